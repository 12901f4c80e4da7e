"""Whether feeds carry whole stories, and what WebSub hubs are still to be told."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("articles", "0014_reads")]

    operations = [
        migrations.AddField(
            model_name="sitesettings",
            name="feeds_whole",
            field=models.BooleanField(
                db_default=True,
                default=True,
                help_text="Off: the feeds carry the standfirst and a link. Whoever reads by feed then has to come to you.",
                verbose_name="whole stories in the feeds",
            ),
        ),
        migrations.CreateModel(
            name="HubNotice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="due")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("lease_by", models.CharField(blank=True, max_length=80, verbose_name="claimed by")),
                ("lease_until", models.DateTimeField(blank=True, null=True, verbose_name="claimed until")),
                ("hub", models.CharField(max_length=200)),
                ("path", models.CharField(max_length=1000)),
                ("changes", models.PositiveBigIntegerField(default=0)),
                ("told", models.PositiveBigIntegerField(default=0)),
            ],
            options={"default_permissions": ()},
        ),
        migrations.AddConstraint(
            model_name="hubnotice",
            constraint=models.UniqueConstraint(fields=("hub", "path"), name="hub_notice_once"),
        ),
        migrations.AddIndex(
            model_name="hubnotice",
            index=models.Index(
                condition=models.Q(("told__lt", models.F("changes"))), fields=["hub", "due_at"], name="hub_notice_owed"
            ),
        ),
    ]
