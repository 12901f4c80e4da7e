from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0013_restored")]

    operations = [
        migrations.AddField(
            model_name="audienceimport",
            name="cadence",
            field=models.CharField(
                choices=[("instant", "At once"), ("daily", "Every morning"), ("weekly", "Once a week")],
                db_default="instant",
                default="instant",
                max_length=8,
                verbose_name="how often",
            ),
        ),
    ]
