"""A model with sealed columns, in a registry of its own: the project's migrations know nothing of it."""

from django.db import models
from django.test.utils import isolate_apps

from safeguards.fields import SealedTextField

with isolate_apps("safeguards") as registry:

    class Witness(models.Model):
        name = SealedTextField()
        phone = SealedTextField(blank=True)
        note = SealedTextField(null=True, blank=True)
        place = models.CharField(max_length=80, blank=True)

        class Meta:
            app_label = "safeguards"
            verbose_name_plural = "witnesses"

        def __str__(self) -> str:
            return f"witness {self.pk}"
