from django.contrib import admin

from jobs.models import Chore


@admin.register(Chore)
class ChoreAdmin(admin.ModelAdmin):
    """To look at: the role table lets nobody add, change or delete a chore."""

    list_display = ("name", "finished_at", "due_at", "lease_by", "failures", "error")
    ordering = ("name",)
