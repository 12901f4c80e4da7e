"""The full-text indexes over `SearchText`: FTS5 on SQLite, tsvector with GIN on PostgreSQL."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

MAKE = {
    "sqlite": [
        """CREATE VIRTUAL TABLE articles_search USING fts5(
               title, body, content='articles_searchtext', content_rowid='id', prefix='2 3',
               tokenize='unicode61 remove_diacritics 0'
           )""",
    ],
    "postgresql": [
        "ALTER TABLE articles_searchtext ADD COLUMN vector tsvector",
        "CREATE INDEX articles_search_vector ON articles_searchtext USING gin (vector)",
    ],
}
TAKE_AWAY = {
    "sqlite": ["DROP TABLE articles_search"],
    "postgresql": ["ALTER TABLE articles_searchtext DROP COLUMN vector"],
}


def make(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in MAKE[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def take_away(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in TAKE_AWAY[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("articles", "0010_search")]

    operations = [migrations.RunPython(make, take_away)]
