from django.core.management import call_command
from django.db import migrations


def create(apps, schema_editor):
    """The table of the shared cache (the setting CACHES), in which attempts to sign in are counted."""
    call_command("createcachetable", "cache", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_people")]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
