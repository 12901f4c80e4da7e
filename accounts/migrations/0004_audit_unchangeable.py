from django.db import migrations

from accounts.models.audit import NO_TRIGGERS, TRIGGERS


def lay(apps, schema_editor):
    """From now on the database itself refuses to change or delete an audit row."""
    for statement in TRIGGERS.get(schema_editor.connection.vendor, []):
        schema_editor.execute(statement)


def lift(apps, schema_editor):
    for statement in NO_TRIGGERS.get(schema_editor.connection.vendor, []):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_cache_table")]

    operations = [migrations.RunPython(lay, lift)]
