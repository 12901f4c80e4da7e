"""The worker, a real process, is killed while a channel has the post and has not answered: one post, or it is shown."""

import os
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as configured
from django.utils import timezone

from subscriptions.models.channels import ChannelPost
from tests.subscriptions.channels.accounts import BY_PROGRAM, account, due, publish, work
from tests.subscriptions.channels.double import Double
from tests.subscriptions.test_kills import database_url

pytestmark = [
    pytest.mark.processes,
    pytest.mark.race,
    pytest.mark.both_databases,
    pytest.mark.django_db(transaction=True),
]
# `make soak` asks for the long form: each channel, five kills in a row.
KINDS, KILLS = (BY_PROGRAM, 5) if os.environ.get("SOAK") else (("telegram", "mastodon"), 1)
WORKER = """
import threading, django
django.setup()
from subscriptions.channels import posting
posting.turn("a process", threading.Event())
"""


@pytest.mark.parametrize("kind", KINDS)
def test_a_worker_killed_before_the_answer_posts_nothing_twice(kind: str, double: Double, settings: Any) -> None:
    account(kind)
    story = publish()
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "newsroom.settings", "DATABASE_URL": database_url(),
        f"{kind.upper()}_URL": double.url, "OUTGOING_ALLOWED": settings.OUTGOING_ALLOWED[0],
    }  # fmt: skip
    for _kill in range(KILLS):
        if not ChannelPost.objects.filter(state="ready").exists():
            break
        double.hanging.clear()
        double.faults = ["hang"]
        due()
        process = subprocess.Popen([sys.executable, "-c", WORKER], env=environment, cwd=configured.BASE_DIR)
        try:
            assert double.hanging.wait(60), "the worker posts nothing"
            assert ChannelPost.objects.get().state == "sending", "committed before it went out"
        finally:
            process.kill()
            process.wait()
        ChannelPost.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        double.faults = []
    for _turn in range(3):
        work()
        due()
    post = ChannelPost.objects.get(article_number=story.pk)
    assert len(double.texts(kind)) == 1
    assert post.state == ("uncertain" if kind in {"telegram", "x"} else "posted")
