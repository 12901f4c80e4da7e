"""The worker, a real process, dies at the worst moments while clean copies are made: none is lost or half there."""

import os
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as project
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from citizen_reports import derivatives, quarantine
from citizen_reports.models import Attachment
from tests.citizen_reports import media
from tests.citizen_reports.posts import photo, send, stored
from tests.images.films import film
from tests.subscriptions.test_kills import database_url

pytestmark = [
    pytest.mark.processes,
    pytest.mark.race,
    pytest.mark.both_databases,
    pytest.mark.django_db(transaction=True),
]
# Where it dies: before the first byte is read, with a copy half sealed, with one sealed that no row knows.
MOMENTS = ("quarantine.original", "quarantine.SealedFile.write", "leases.finish")
# `make soak` asks for the long form: each moment for each file.
RUN = """
import django, os, signal, sys, threading
django.setup()
from citizen_reports import derivatives, quarantine
from jobs import leases

def die(*args, **values):
    os.kill(os.getpid(), signal.SIGKILL)

place, _dot, name = sys.argv[1].rpartition(".")
setattr(eval(place), name, die)
derivatives.turn_media("dying", threading.Event())
derivatives.turn("dying", threading.Event())
"""


@pytest.mark.parametrize("shift", range(len(MOMENTS) if os.environ.get("SOAK") else 1))
def test_killed_while_copies_are_made_nothing_is_lost_doubled_or_half_there(
    witness: Client, own_data: Path, shift: int
) -> None:
    sent = {"film": film(planted=True), "voice": media.sound("ogg", "libopus"), "photo": photo().read()}
    send(witness, files=[SimpleUploadedFile(name, data) for name, data in sent.items()])
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "newsroom.settings", "DATABASE_URL": database_url(),
        "DATA_DIR": str(own_data), "CLAMD_URL": "",
    }  # fmt: skip
    for number in range(len(MOMENTS)):  # each dies of another file: the leases of those before still stand
        moment = MOMENTS[(number + shift) % len(MOMENTS)]
        died = subprocess.run([sys.executable, "-c", RUN, moment], env=environment, cwd=project.BASE_DIR, check=False)
        assert died.returncode == -9, moment
        assert Attachment.objects.filter(lease_by="dying").count() == number + 1
        assert not Attachment.objects.exclude(derivative="", poster="", derivative_state="waiting").exists()
    strays = len(stored(own_data)) - len(sent)
    assert strays >= 2, "what was sealed, and half sealed, lies about"

    stop = threading.Event()
    assert derivatives.turn_media("next", stop) + derivatives.turn("next", stop) == 0
    Attachment.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert derivatives.turn_media("next", stop) + derivatives.turn("next", stop) == len(sent)
    files = {file.display_name.open(): file for file in Attachment.objects.all()}
    for name, file in files.items():
        assert (file.derivative_state, file.attempts) == ("made", 2)
        assert b"".join(quarantine.original(file)) == sent[name]
        assert quarantine.safe_copy(file) and b"PLANTED" not in quarantine.safe_copy(file)

    long_ago = (timezone.now() - timedelta(days=3)).timestamp()
    for path in stored(own_data):
        os.utime(path, (long_ago, long_ago))
    assert quarantine.forget_unsent() == strays
    assert {path.name for path in stored(own_data)} == {name for file in files.values() for name in file.files()}
