"""The desk's whole list in the order in which stories are due, without sorting all of them. On PostgreSQL: SQLite
would take this index for “not due at all” too, which nearly all stories are, and walk along it for the few at work.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def make(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("CREATE INDEX article_by_due ON articles_article (due_at, saved_at DESC, id DESC)")


def take_away(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX article_by_due")


class Migration(migrations.Migration):
    dependencies = [("articles", "0022_changed_stories_counted")]

    operations = [migrations.RunPython(make, take_away)]
