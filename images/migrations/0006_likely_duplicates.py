from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("images", "0005_rights_warnings"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="picture",
            index=models.Index(
                models.Func(
                    "perceptual_hash",
                    function="SUBSTR",
                    output_field=models.CharField(),
                    template="%(function)s(%(expressions)s, 1, 4)",
                ),
                name="picture_alike_0",
            ),
        ),
        migrations.AddIndex(
            model_name="picture",
            index=models.Index(
                models.Func(
                    "perceptual_hash",
                    function="SUBSTR",
                    output_field=models.CharField(),
                    template="%(function)s(%(expressions)s, 5, 4)",
                ),
                name="picture_alike_4",
            ),
        ),
        migrations.AddIndex(
            model_name="picture",
            index=models.Index(
                models.Func(
                    "perceptual_hash",
                    function="SUBSTR",
                    output_field=models.CharField(),
                    template="%(function)s(%(expressions)s, 9, 4)",
                ),
                name="picture_alike_8",
            ),
        ),
        migrations.AddIndex(
            model_name="picture",
            index=models.Index(
                models.Func(
                    "perceptual_hash",
                    function="SUBSTR",
                    output_field=models.CharField(),
                    template="%(function)s(%(expressions)s, 13, 4)",
                ),
                name="picture_alike_12",
            ),
        ),
    ]
