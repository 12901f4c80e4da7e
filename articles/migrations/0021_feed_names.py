"""Names by which an old site's feeds knew its stories: a table of their own, out of that of things moved."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def take_over(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """An import before this kept them as things of no site."""
    kept = apps.get_model("articles", "MovedThing").objects.filter(source="", kind="feed")
    names = apps.get_model("articles", "FeedName").objects
    rows = kept.values_list("number", "name")
    names.bulk_create((names.model(article_number=number, name=name) for number, name in rows), batch_size=1000)
    kept.delete()


class Migration(migrations.Migration):
    dependencies = [("articles", "0020_desk_search")]

    operations = [
        migrations.CreateModel(
            name="FeedName",
            fields=[
                ("article_number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=190)),
            ],
            options={"default_permissions": ()},
        ),
        migrations.RunPython(take_over, migrations.RunPython.noop, elidable=True),
    ]
