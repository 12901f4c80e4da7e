"""PostgreSQL, with all of its processes, is killed under everything and started again: all goes on by itself.

Nothing that was confirmed is lost, nothing happens twice, and nobody waits for it in vain meanwhile.
"""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.core import signing
from django.utils import timezone

from accounts.models.audit import AuditRow
from accounts.roles import Role
from articles import actions_schedule
from articles.models.desk import Article
from articles.models.published import PublishedArticle
from articles.models.workflow import ScheduledChange
from citizen_reports import intake, receipts
from citizen_reports.models import IntakeForm, Report
from citizen_reports.pages import token_name
from safeguards import form_tokens
from safeguards.models import Tally
from subscriptions import ledger
from subscriptions.models.letters import Delivery, Edition
from tests import make
from tests.articles.desk_form import form_of, typed
from tests.elsewhere import kill, own_cluster
from tests.newsroom.large import Desk, Readers, eventually
from tests.pagecache.servers import Seen, Server, ask, servers
from tests.subscriptions.readers import alert
from tests.subscriptions.sink import Sink
from tests.subscriptions.test_kills import CONNECTIONS, check, database_url, readers

pytestmark = [pytest.mark.processes, pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
# `make soak` kills it so many times.
SOAK = bool(os.environ.get("SOAK"))
ROUNDS, LETTERS = (10, 4_000) if SOAK else (1, 400)
EACH = 4  # of stories and of reports, between two kills
STILL_TYPING = "I am still typing."
FORM = "/report/witness/"


class Insisting(threading.Thread):
    """Somebody who sends each of these until it is taken, and tells whoever waits how far they are."""

    def __init__(self, things: list[str], send: Callable[[str], bool]) -> None:
        super().__init__(daemon=True)
        self.things, self.send = things, send
        self.done: list[str] = []
        self._may_go = threading.Semaphore(0)
        self.start()

    def run(self) -> None:
        for each in self.things:
            self._may_go.acquire()
            while not self.send(each):
                time.sleep(0.05)
            self.done.append(each)

    def let(self, count: int) -> None:
        for _ in range(count):
            self._may_go.release()


class Witness:
    """Sends a report by the form, and keeps the receipt that it is shown."""

    def __init__(self, server: Server) -> None:
        self.server, self.form = server, IntakeForm.objects.get(slug="witness")
        self.fields: dict[str, dict[str, str]] = {}
        self.receipts: dict[str, str] = {}

    def send(self, words: str) -> bool:
        """False when what was typed came back; it is then sent as it came."""
        answer = self.post(self.fields.get(words) or self.typed(words))
        found = re.search(r"(?:[0-9A-Z]{4}-){4}[0-9A-Z]", answer.text)
        if answer.status == 200 and found:
            self.receipts[words] = found[0]
            return True
        assert answer.status == 503, answer.text
        assert words in answer.text, "what was typed is gone"
        return False

    def typed(self, words: str) -> dict[str, str]:
        """What stands in the form, opened a while ago: nobody types so fast."""
        opened = int(timezone.now().timestamp() * 1000) - 10_000
        token = signing.Signer(salt=form_tokens.SALT).sign_object(
            [token_name(self.form), secrets.token_hex(16), opened]
        )
        least = {"kind": "eyewitness", "exposure": "anonymous", "credit": "anonymous", "token": token}
        return self.fields.setdefault(words, {**least, "body": words})

    def post(self, fields: dict[str, str]) -> Seen:
        kind = {"Content_Type": "application/x-www-form-urlencoded"}
        return ask(self.server.port, FORM, "POST", urlencode(fields), **kind)


@contextmanager
def worker(sink: Sink) -> Iterator[subprocess.Popen[bytes]]:
    running = subprocess.Popen(
        [sys.executable, "manage.py", "work", "--parent", str(os.getpid())],
        cwd=settings.BASE_DIR,
        env={
            **os.environ, "DJANGO_SETTINGS_MODULE": "newsroom.settings", "LOG_LEVEL": "ERROR",
            "DATA_DIR": str(settings.DATA_DIR), "DATABASE_URL": database_url(),
            "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}", "MAIL_CONNECTIONS": str(CONNECTIONS),
        },
        start_new_session=True,
    )  # fmt: skip
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def scheduled() -> list[int]:
    """Stories that fall due one after the other, from now on."""
    due = []
    for number in range(3 * ROUNDS):
        story, now = make.draft(f"By the clock, {number}"), timezone.now()
        change = actions_schedule.schedule(story.pk, verb="publish", at=now + timedelta(days=1), actor=None)
        at = now + timedelta(seconds=2 * number)
        ScheduledChange.objects.filter(pk=change.pk).update(at=at, due_at=at)
        due.append(story.pk)
    return due


def test_a_killed_postgresql_costs_nothing_that_was_confirmed_and_nothing_happens_twice(tmp_path: Path) -> None:
    make.site()
    intake.found_forms()
    warm, cold = make.story("Ferry resumes"), [make.story(f"Bridge opens, {number}") for number in range(ROUNDS)]
    desk, drafts = Desk(make.user(Role.EDITOR)), [make.draft(f"Decided, {n}") for n in range(2 * EACH * ROUNDS)]
    forms = {form_of(draft): typed(draft, _publish="1") for draft in drafts}
    numbers = {form_of(draft): draft.pk for draft in drafts}
    readers(LETTERS)
    edition = alert("The wall broke")
    with ExitStack() as stack:
        cluster = stack.enter_context(own_cluster(tmp_path))
        due = scheduled()
        sink = stack.enter_context(Sink(pause=0.01))
        (server,) = stack.enter_context(servers(1))
        working = stack.enter_context(worker(sink))
        witness, published = Witness(server), set[int]()

        def publish(form: str) -> bool:
            answer = desk.post(server, form, forms[form])
            if answer.status == 302:
                published.add(numbers[form])
            return answer.status != 503  # who presses once more may be told that it has happened

        editing = Insisting(list(forms), publish)
        telling = Insisting([f"I saw it: {n}." for n in range(2 * EACH * ROUNDS)], witness.send)
        for page in ("/", warm.path):
            eventually(lambda page=page: server.ask(page).how == "HIT", "a warm page")
        with Readers(server.port, ["/", warm.path]) as reading:
            for number in range(ROUNDS):
                editing.let(EACH), telling.let(EACH)
                enough = (2 * number + 1) * EACH
                letters = (number * 2 + 1) * LETTERS // (2 * ROUNDS)
                eventually(lambda enough=enough: min(len(editing.done), len(telling.done)) >= enough, "verbs")
                eventually(lambda letters=letters: len(sink.received) >= letters, "letters")
                editing.let(EACH), telling.let(EACH)
                killed_at = timezone.now()
                kill(cluster)
                check_while_it_is_away(server, desk, reading, cold[number], witness)
                cluster.start()
                eventually(lambda number=number: server.ask(cold[number].path).status == 200, "a cold page")
                # As if the claims of before had run out meanwhile; those since then are younger.
                before = Delivery.objects.filter(lease_until__lt=killed_at + ledger.LEASE)
                before.update(lease_until=killed_at - ledger.LEASE)
                Tally.objects.all().delete()  # what one neighbourhood may send in a minute
                assert witness.send(STILL_TYPING)
                enough = 2 * (number + 1) * EACH
                eventually(lambda enough=enough: min(len(editing.done), len(telling.done)) >= enough, "verbs again")
            reading.go_on()
        assert set(reading.seen) == {200}
        over = [Edition.State.DONE, Edition.State.NEEDS_ATTENTION]
        eventually(lambda: Edition.objects.filter(pk=edition.pk, state__in=over).exists(), "the letters")
        eventually(lambda: not ScheduledChange.objects.filter(state="waiting").exists(), "the clock")
        assert working.poll() is None and server.process.poll() is None
        check_what_is_there(published, {*numbers.values(), *due}, witness)
        # Not what the staff is told by mail, of a clock that was late for example.
        sink.received = [each for each in sink.received if each.to.endswith("@x.example")]
        check(edition, sink, uncertain_at_most=CONNECTIONS * ROUNDS)


def check_while_it_is_away(
    server: Server, desk: Desk, reading: Readers, cold: PublishedArticle, witness: Witness
) -> None:
    with ThreadPoolExecutor() as pool:
        asked = [pool.submit(server.ask, cold.path) for _ in range(5)]
        asked += [pool.submit(desk.get, server, "/admin/"), pool.submit(server.ask, "/health/")]
    away = [each.result() for each in asked]
    assert [each.status for each in away] == [503] * 7
    assert all(each.headers["retry-after"] for each in away[:6])
    assert server.ask("/health/live/").status == 200
    reading.go_on()
    assert not witness.send(STILL_TYPING)


def check_what_is_there(published: set[int], meant: set[int], witness: Witness) -> None:
    """All that was decided is live, and was decided once; each receipt opens its report, and there are no others."""
    live = set(PublishedArticle.objects.filter(pk__in=meant).values_list("pk", flat=True))
    assert published <= live == meant
    rows = AuditRow.objects.filter(verb="published", thing=Article._meta.label_lower)
    said = sorted(int(number) for number in rows.values_list("thing_number", flat=True) if int(number) in meant)
    assert said == sorted(meant)
    reports = {words: receipts.find(receipt) for words, receipt in witness.receipts.items()}
    assert all(report and report.body.open() == words for words, report in reports.items())
    assert Report.objects.count() == len(reports)
