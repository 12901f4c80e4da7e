"""Reports linked anew without their words stay watched until readers have a version of the story without them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("citizen_reports", "0010_longer_types"),
    ]

    operations = [
        migrations.AddField(
            model_name="reportstory",
            name="words_out",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
