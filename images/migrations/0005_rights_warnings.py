import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("images", "0004_once_only"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="picture",
            index=models.Index(fields=["rights_until"], name="picture_rights_until"),
        ),
        migrations.CreateModel(
            name="RightsWarning",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rights_until", models.DateField()),
                ("told_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "picture",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="images.picture",
                    ),
                ),
                (
                    "video",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="images.video",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(fields=("picture", "rights_until"), name="rights_warning_picture_once"),
                    models.UniqueConstraint(fields=("video", "rights_until"), name="rights_warning_video_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("picture", None), ("video__isnull", False)),
                            models.Q(("picture__isnull", False), ("video", None)),
                            _connector="OR",
                        ),
                        name="rights_warning_of_one",
                    ),
                ],
            },
        ),
    ]
