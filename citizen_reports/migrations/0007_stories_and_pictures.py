"""Several reports to a story, files taken into the library, and the alarm when consent is withdrawn."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0015_feeds"),
        ("citizen_reports", "0006_when_to_warn"),
        ("images", "0005_rights_warnings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="reportstory",
            name="prints_words",
            field=models.BooleanField(db_default=True, default=True, verbose_name="prints their words"),
        ),
        migrations.AddField(
            model_name="reportstory",
            name="removed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="reportevent",
            name="verb",
            field=models.CharField(
                choices=[
                    ("received", "Received"),
                    ("witness_wrote", "The witness wrote"),
                    ("files_left_out", "More files came than are taken; the mail itself has them"),
                    ("mail_bounced", "A mail to the witness could not be delivered"),
                    ("consent_noted", "Wrote down what the witness allows"),
                    ("mail_let_in", "Let in a mail that was held"),
                    ("witness_withdrew_consent", "The witness withdrew their consent"),
                    ("witness_deleted_contact", "The witness had their contact data deleted"),
                    ("moved", "Moved"),
                    ("judged", "Verification written down"),
                    ("taken", "Taken on"),
                    ("sorted", "Given a desk, a person, a priority"),
                    ("checked", "Evidence written down"),
                    ("linked", "Found to be the same as another"),
                    ("blocked", "Sender and files blocked"),
                    ("answered", "Answered"),
                    ("noted", "Note written"),
                    ("identity_seen", "Looked at the witness’s identity"),
                    ("original_downloaded", "Downloaded an original"),
                    ("became_story", "Made into a draft story"),
                    ("linked_to_story", "Linked to a story"),
                    ("unlinked_from_story", "Unlinked from a story"),
                    ("taken_into_library", "File taken into the library"),
                    ("contact_removed", "Deleted the witness’s name and contact data, as they wished"),
                    ("alarm_ended", "Consent withdrawn: the story was dealt with"),
                    ("kept_longer", "Kept longer"),
                    ("put_on_hold", "Put under legal hold"),
                    ("hold_lifted", "Legal hold lifted"),
                    ("purged", "Purged at the end of its time"),
                ],
                max_length=40,
                verbose_name="did what",
            ),
        ),
        migrations.AlterField(
            model_name="reportstory",
            name="consent",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="uses",
                to="citizen_reports.consent",
                verbose_name="consent",
            ),
        ),
        migrations.CreateModel(
            name="LibraryCopy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("derivative", models.CharField(max_length=64)),
                ("names_witness", models.BooleanField(default=False)),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="at")),
                (
                    "attachment",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="library_copy",
                        to="citizen_reports.attachment",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "consent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="citizen_reports.consent",
                        verbose_name="consent",
                    ),
                ),
                (
                    "picture",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="images.picture"
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="library_copies",
                        to="citizen_reports.report",
                    ),
                ),
                (
                    "video",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="images.video"
                    ),
                ),
            ],
            options={
                "verbose_name": "file taken into the library",
                "verbose_name_plural": "files taken into the library",
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(picture=None, video__isnull=False) | Q(picture__isnull=False, video=None),
                        name="library_copy_of_one",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ConsentAlarm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField(verbose_name="since")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended")),
                ("is_announced", models.BooleanField(db_default=False, default=False)),
                (
                    "article",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="articles.article",
                        verbose_name="story",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="alarms", to="citizen_reports.report"
                    ),
                ),
            ],
            options={
                "verbose_name": "consent withdrawn",
                "verbose_name_plural": "consents withdrawn",
                "ordering": ("-since", "-pk"),
                "default_permissions": (),
                "indexes": [
                    models.Index(condition=Q(ended_at=None), fields=["-since", "-id"], name="consent_alarm_open")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(ended_at=None), fields=("report", "article"), name="consent_alarm_once"
                    )
                ],
            },
        ),
    ]
