from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("articles", "0018_counted_letters")]

    operations = [
        migrations.AddField(
            model_name="article",
            name="changes",
            field=models.CharField(
                blank=True,
                choices=[("in_review", "In review"), ("returned", "Returned"), ("ready", "Ready")],
                db_default="",
                default="",
                editable=False,
                max_length=12,
            ),
        ),
        migrations.AddIndex(model_name="article", index=models.Index(fields=["changes"], name="article_changes")),
        migrations.AddConstraint(
            model_name="article",
            constraint=models.CheckConstraint(
                condition=models.Q(("changes", ""), ("state", "published"), _connector="OR"),
                name="article_changes_of_a_live_one",
            ),
        ),
    ]
