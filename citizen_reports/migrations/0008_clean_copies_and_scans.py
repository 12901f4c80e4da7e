import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("citizen_reports", "0007_stories_and_pictures"),
    ]

    operations = [
        migrations.AddField(
            model_name="attachment",
            name="blurred",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="attachment",
            name="derivative_type",
            field=models.CharField(blank=True, db_default="", default="", max_length=60),
        ),
        migrations.AddField(
            model_name="attachment",
            name="failure",
            field=models.CharField(
                blank=True,
                choices=[
                    (
                        "engine",
                        "This server cannot work on films and sound: whoever runs it installs PyAV (pip install av) or ffmpeg.",
                    ),
                    ("unread", "It is damaged, or in a form of which no clean copy can be made."),
                    ("large", "It is too large for a clean copy."),
                    ("gone", "The original is gone, or was changed on the disk."),
                    ("deadly", "It was tried three times, and never came to an end."),
                    ("disk", "The disk was full, or could not be written."),
                ],
                db_default="",
                default="",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="attachment",
            name="poster",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
        migrations.AddField(
            model_name="attachment",
            name="seconds",
            field=models.FloatField(null=True),
        ),
        migrations.AlterField(
            model_name="attachment",
            name="derivative_state",
            field=models.CharField(
                choices=[
                    ("waiting", "Waiting"),
                    ("made", "Made"),
                    ("none", "Kept as evidence, never shown"),
                    ("failed", "No safe copy could be made"),
                    ("blocked", "Blocked: the file is infected"),
                ],
                default="waiting",
                max_length=8,
                verbose_name="safe copy",
            ),
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
                    ("file_infected", "The scanner found malware in a file"),
                    ("file_blurred", "Made parts of a picture unrecognisable"),
                    ("copy_asked", "Had a clean copy made anew from the original"),
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
        migrations.CreateModel(
            name="FileScan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("lease_by", models.CharField(blank=True, max_length=80, verbose_name="claimed by")),
                ("lease_until", models.DateTimeField(blank=True, null=True, verbose_name="claimed until")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "Waiting for the scanner"),
                            ("scanning", "Being scanned"),
                            ("clean", "Scanned: nothing found"),
                            ("infected", "Infected"),
                            ("unscannable", "Could not be scanned: not known to be clean"),
                        ],
                        default="received",
                        max_length=12,
                    ),
                ),
                ("found", models.CharField(blank=True, max_length=100)),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now, null=True)),
                (
                    "attachment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="scan",
                        to="citizen_reports.attachment",
                    ),
                ),
            ],
            options={
                "verbose_name": "scan of a file",
                "verbose_name_plural": "scans of files",
                "default_permissions": (),
                "indexes": [
                    models.Index(condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="scan_waiting")
                ],
            },
        ),
    ]
