from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("articles", "0013_translations")]

    operations = [
        migrations.CreateModel(
            name="StoryReads",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("article_number", models.BigIntegerField()),
                ("hour", models.DateTimeField(db_index=True)),
                ("count", models.PositiveIntegerField()),
            ],
            options={"default_permissions": ()},
        ),
        migrations.CreateModel(
            name="MostRead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("language", models.CharField(max_length=12, unique=True)),
                ("stories", models.JSONField(default=list)),
            ],
            options={"default_permissions": ()},
        ),
        migrations.AddConstraint(
            model_name="storyreads",
            constraint=models.UniqueConstraint(fields=("article_number", "hour"), name="story_reads_once_an_hour"),
        ),
        migrations.AddField(
            model_name="sitesettings",
            name="counts_reads",
            field=models.BooleanField(
                db_default=True,
                default=True,
                help_text="The front page then shows what is read most, and the desk how often a story was read. No"
                " cookie, no identifier; whoever asks browsers not to be followed is not counted.",
                verbose_name="count what is read",
            ),
        ),
    ]
