"""What the desk's search asks: headlines by their words (on PostgreSQL; FTS5 has them), and the stories changed since
they went live.
"""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def make(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE INDEX articles_search_title ON articles_searchtext USING gin (to_tsvector('simple', title))"
        )


def take_away(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX articles_search_title")


class Migration(migrations.Migration):
    dependencies = [("articles", "0019_changes_on_their_way")]

    operations = [
        migrations.RunPython(make, take_away),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(
                fields=["state", "-saved_at"],
                name="article_changed",
                condition=models.Q(("digest", models.F("live_digest")), _negated=True),
            ),
        ),
    ]
