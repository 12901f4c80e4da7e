"""Reports that are here already are told of two weeks before their end; the worker finds what is later than that."""

from datetime import timedelta

from django.db import migrations
from django.db.models import F


def fill(apps, schema_editor):
    kept = apps.get_model("citizen_reports", "Report").objects.filter(purged_at=None, warn_at=None)
    kept.update(warn_at=F("expires_at") - timedelta(days=14))


class Migration(migrations.Migration):
    dependencies = [("citizen_reports", "0005_retention")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
