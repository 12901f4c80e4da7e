from django.contrib.admin.apps import AdminConfig


class DeskAdminConfig(AdminConfig):
    """Kept apart from the site itself, which needs the models of every app."""

    default_site = "newsroom.desk_site.DeskAdminSite"
