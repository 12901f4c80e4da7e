"""How many parts of the clean copy were blurred when the library got it: a copy with fewer does not take its place."""

from typing import Any

from django.db import migrations, models
from django.db.models import F, OuterRef, Subquery


def count(apps: Any, schema_editor: Any) -> None:
    """Known of those whose clean copy is still the one that was taken."""
    alias = schema_editor.connection.alias
    there = apps.get_model("citizen_reports", "Attachment").objects.using(alias).filter(pk=OuterRef("attachment"))
    copies = apps.get_model("citizen_reports", "LibraryCopy").objects.using(alias)
    same = copies.filter(attachment__derivative=F("derivative")).values_list("pk", flat=True)
    copies.filter(pk__in=list(same)).update(blurred=Subquery(there.values("blurred")[:1]))


class Migration(migrations.Migration):
    dependencies = [
        ("citizen_reports", "0011_words_out"),
    ]

    operations = [
        migrations.AddField(
            model_name="librarycopy",
            name="blurred",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.RunPython(count, migrations.RunPython.noop, elidable=True),
    ]
