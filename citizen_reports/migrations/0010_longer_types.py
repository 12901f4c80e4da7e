"""The type of a Word document has 71 characters; PostgreSQL refused it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("citizen_reports", "0009_upload_mark"),
    ]

    operations = [
        migrations.AlterField(
            model_name="attachment",
            name="sniffed_type",
            field=models.CharField(blank=True, max_length=100, verbose_name="type by signature"),
        ),
    ]
