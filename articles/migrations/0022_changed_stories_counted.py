"""The stories changed since they went live, in a form of which PostgreSQL knows how many there are.

Of ``digest <> live_digest`` it guesses that nearly all rows fulfil it, and with a million stories it read them all for
the handful; of an expression it keeps statistics. Analysed here, since the server's own turn may be hours away. Code
that is still running asks by the old form: it is answered, more slowly.
"""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models.functions import NullIf
from django.db.models.lookups import IsNull


def count(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE STATISTICS articles_changed_since ON (NULLIF(digest, live_digest)) FROM articles_article"
        )
        schema_editor.execute("ANALYZE articles_article")


def forget(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP STATISTICS articles_changed_since")


class Migration(migrations.Migration):
    dependencies = [("articles", "0021_feed_names")]

    operations = [
        migrations.AddIndex(
            model_name="article",
            index=models.Index(
                fields=["state", "-saved_at"],
                name="article_changed_since",
                condition=models.Q(IsNull(NullIf("digest", "live_digest"), False)),
            ),
        ),
        migrations.RemoveIndex(model_name="article", name="article_changed"),
        migrations.RunPython(count, forget),
    ]
