import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("subscriptions", "0003_channels"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="EditionStory",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("article_number", models.BigIntegerField(db_index=True)),
                ("position", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "ordering": ("position",),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ManualLetter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("language", models.CharField(max_length=12, verbose_name="language")),
                ("subject", models.CharField(blank=True, max_length=160, verbose_name="subject")),
                (
                    "preheader",
                    models.CharField(
                        blank=True,
                        help_text="What mailboxes show beside the subject.",
                        max_length=160,
                        verbose_name="preheader",
                    ),
                ),
                ("intro", models.TextField(blank=True, max_length=8000, verbose_name="opening")),
                ("closing", models.TextField(blank=True, max_length=4000, verbose_name="closing note")),
                ("stories", models.JSONField(blank=True, default=list, verbose_name="stories")),
                ("due_at", models.DateTimeField(blank=True, null=True, verbose_name="goes out")),
                ("span_minutes", models.PositiveSmallIntegerField(default=0, verbose_name="spread over, in minutes")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Being written"),
                            ("waiting", "Waits for approval"),
                            ("decided", "Goes out"),
                            ("discarded", "Discarded"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="begun")),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="changed")),
            ],
            options={
                "verbose_name": "letter by the desk",
                "verbose_name_plural": "letters by the desk",
                "ordering": ("-created_at", "-pk"),
                "default_permissions": (),
            },
        ),
        migrations.AlterModelOptions(
            name="newsletter",
            options={
                "default_permissions": (),
                "ordering": ("name", "pk"),
                "verbose_name": "newsletter",
                "verbose_name_plural": "newsletters",
            },
        ),
        migrations.AddField(
            model_name="delivery",
            name="not_after",
            field=models.DateTimeField(null=True, verbose_name="not after"),
        ),
        migrations.AddField(
            model_name="delivery",
            name="stories",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="edition",
            name="cadence",
            field=models.CharField(
                blank=True,
                choices=[("instant", "At once"), ("daily", "Every morning"), ("weekly", "Once a week")],
                db_default="instant",
                default="instant",
                max_length=8,
                verbose_name="how often",
            ),
        ),
        migrations.AddField(
            model_name="edition",
            name="day",
            field=models.DateField(null=True, verbose_name="day"),
        ),
        migrations.AddField(
            model_name="edition",
            name="frozen_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now
            ),
        ),
        migrations.AddField(
            model_name="edition",
            name="open_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="edition",
            name="span_minutes",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name="spread over, in minutes"),
        ),
        migrations.AddField(
            model_name="newsletter",
            name="is_public",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Letters that have gone out can be read by everybody under /letters/.",
                verbose_name="to be read on the site",
            ),
        ),
        migrations.AddField(
            model_name="newsletter",
            name="needs_approval",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Somebody other than its writer must approve each letter before it goes out.",
                verbose_name="a second person approves",
            ),
        ),
        migrations.AddField(
            model_name="newsletter",
            name="slug",
            field=models.SlugField(
                help_text="Its part of addresses on the site: “friday-letter”.",
                max_length=60,
                null=True,
                unique=True,
                verbose_name="address",
            ),
        ),
        migrations.AddField(
            model_name="newsletter",
            name="topics",
            field=models.ManyToManyField(
                blank=True,
                help_text="Readers who subscribe to one of these, however often they want letters about it.",
                related_name="+",
                to="subscriptions.topic",
                verbose_name="who gets it",
            ),
        ),
        migrations.AlterField(
            model_name="newsletter",
            name="kind",
            field=models.CharField(
                choices=[
                    ("breaking", "Breaking news"),
                    ("daily", "Every morning"),
                    ("weekly", "Once a week"),
                    ("correction", "Corrections"),
                    ("manual", "Written by the desk"),
                ],
                default="manual",
                max_length=10,
                verbose_name="kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="newsletter",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "manual"), _negated=True), fields=("kind",), name="newsletter_one_of_a_kind"
            ),
        ),
        migrations.AddField(
            model_name="editionstory",
            name="edition",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="story_rows", to="subscriptions.edition"
            ),
        ),
        migrations.AddField(
            model_name="manualletter",
            name="changed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="changed by",
            ),
        ),
        migrations.AddField(
            model_name="manualletter",
            name="created_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="by",
            ),
        ),
        migrations.AddField(
            model_name="manualletter",
            name="edition",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="written",
                to="subscriptions.edition",
            ),
        ),
        migrations.AddField(
            model_name="manualletter",
            name="newsletter",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="letters",
                to="subscriptions.newsletter",
                verbose_name="newsletter",
            ),
        ),
        migrations.AddConstraint(
            model_name="editionstory",
            constraint=models.UniqueConstraint(fields=("edition", "article_number"), name="edition_story_once"),
        ),
        migrations.AddConstraint(
            model_name="manualletter",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "decided"), ("edition", None), _connector="OR"),
                name="manual_letter_decided",
            ),
        ),
    ]
