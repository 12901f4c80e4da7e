from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("subscriptions", "0014_rhythm_of_lists"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="edition",
            index=models.Index(fields=["state", "due_at"], name="edition_by_state"),
        ),
        migrations.AddIndex(
            model_name="edition",
            index=models.Index(fields=["-created_at", "-id"], name="edition_newest"),
        ),
        migrations.AddIndex(
            model_name="channelpost",
            index=models.Index(fields=["state", "due_at"], name="channel_post_by_state"),
        ),
        migrations.AddIndex(
            model_name="pushround",
            index=models.Index(fields=["state", "due_at"], name="push_round_by_state"),
        ),
        migrations.RemoveIndex(model_name="edition", name="edition_open"),
        migrations.RemoveIndex(model_name="channelpost", name="channel_post_open"),
        migrations.RemoveIndex(model_name="pushround", name="push_round_open"),
    ]
