"""The reason for passing over a check holds for what stood in the way when it was given."""

from typing import Any

from django.db import migrations, models

# All that could be set aside before, a witness's consent not among it.
BEFORE = ["desk_link", "embargo", "lead_picture", "legal", "pictures", "placeholder", "standfirst"]


def keep_what_was_given(apps: Any, schema_editor: Any) -> None:
    """What waits with a reason goes out as before."""
    changes = apps.get_model("articles", "ScheduledChange").objects.using(schema_editor.connection.alias)
    changes.filter(state="waiting").exclude(override="").update(set_aside=BEFORE)


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0016_moves_from_elsewhere"),
    ]

    operations = [
        migrations.AddField(
            model_name="scheduledchange",
            name="set_aside",
            field=models.JSONField(
                blank=True, db_default=models.Value([], models.JSONField()), default=list, editable=False
            ),
        ),
        migrations.RunPython(keep_what_was_given, migrations.RunPython.noop, elidable=True),
    ]
