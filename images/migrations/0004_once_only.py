from django.db import migrations, models


class Migration(migrations.Migration):
    """Of two who bring one file at the same moment, one wins. Pictures that are here already, doubles too, stay as they
    are: `added_sha256` is empty for them, and another upload of their file still finds them by `sha256`."""

    dependencies = [
        ("images", "0003_videos"),
    ]

    operations = [
        migrations.AddField(
            model_name="picture",
            name="added_sha256",
            field=models.CharField(editable=False, max_length=64, null=True, unique=True),
        ),
    ]
