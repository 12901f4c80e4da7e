import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("subscriptions", "0009_unwritten_letters"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="topic",
            name="topic_of_its_kind",
        ),
        migrations.AddField(
            model_name="newsletter",
            name="description",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="A sentence or two beside its name: what is in it, and how often it comes.",
                max_length=200,
                verbose_name="what it is about",
            ),
        ),
        migrations.AddField(
            model_name="newsletter",
            name="is_offered",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Readers find it by its name where they subscribe. Who has chosen it gets it in every language.",
                verbose_name="to be chosen by readers",
            ),
        ),
        migrations.AddField(
            model_name="topic",
            name="newsletter",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="list_topic",
                to="subscriptions.newsletter",
                verbose_name="newsletter",
            ),
        ),
        migrations.AlterField(
            model_name="topic",
            name="kind",
            field=models.CharField(
                choices=[
                    ("site", "The whole paper"),
                    ("section", "A section"),
                    ("author", "An author"),
                    ("tag", "A tag"),
                    ("story", "A story"),
                    ("letter", "A newsletter by its name"),
                ],
                max_length=8,
                verbose_name="kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="topic",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("article_number__isnull", True),
                        ("author__isnull", True),
                        ("kind", "site"),
                        ("newsletter__isnull", True),
                        ("section__isnull", True),
                        ("tag__isnull", True),
                    ),
                    models.Q(
                        ("article_number__isnull", True),
                        ("author__isnull", True),
                        ("kind", "section"),
                        ("newsletter__isnull", True),
                        ("section__isnull", False),
                        ("tag__isnull", True),
                    ),
                    models.Q(
                        ("article_number__isnull", True),
                        ("author__isnull", False),
                        ("kind", "author"),
                        ("newsletter__isnull", True),
                        ("section__isnull", True),
                        ("tag__isnull", True),
                    ),
                    models.Q(
                        ("article_number__isnull", True),
                        ("author__isnull", True),
                        ("kind", "tag"),
                        ("newsletter__isnull", True),
                        ("section__isnull", True),
                        ("tag__isnull", False),
                    ),
                    models.Q(
                        ("article_number__isnull", False),
                        ("author__isnull", True),
                        ("kind", "story"),
                        ("newsletter__isnull", True),
                        ("section__isnull", True),
                        ("tag__isnull", True),
                    ),
                    models.Q(
                        ("article_number__isnull", True),
                        ("author__isnull", True),
                        ("kind", "letter"),
                        ("newsletter__isnull", False),
                        ("section__isnull", True),
                        ("tag__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="topic_of_its_kind",
            ),
        ),
    ]
