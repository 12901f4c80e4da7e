"""Puts stories that were published before there was a search into its index, some at a time."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

AT_ONCE = 200


def fill(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    from articles.models.published import PublishedArticle  # noqa: PLC0415  # what the index reads of it was there before
    from articles.search import index  # noqa: PLC0415

    stories = apps.get_model("articles", "PublishedArticle").objects.order_by("pk")
    last = 0
    while numbers := list(stories.filter(pk__gt=last).values_list("pk", flat=True)[:AT_ONCE]):
        wanted = ("headline", "kicker", "byline", "standfirst", "body_html")
        for story in PublishedArticle.objects.filter(pk__in=numbers).only(*wanted):
            index.keep(story)
        last = numbers[-1]


class Migration(migrations.Migration):
    dependencies = [("articles", "0011_search_index")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
