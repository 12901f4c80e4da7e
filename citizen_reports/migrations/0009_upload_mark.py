from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("citizen_reports", "0008_clean_copies_and_scans"),
    ]

    operations = [
        migrations.AddField(
            model_name="upload",
            name="mark",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
    ]
