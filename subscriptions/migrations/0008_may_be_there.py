from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("subscriptions", "0007_audience"),
    ]

    operations = [
        migrations.AddField(
            model_name="channelpost",
            name="may_be_there",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
