from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("subscriptions", "0010_newsletters_by_name"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(fields=["topic", "state", "subscriber"], name="subscription_wanted"),
        ),
        # Last: from here to the end nobody else reads the table.
        migrations.RemoveIndex(
            model_name="subscription",
            name="subscription_audience",
        ),
    ]
