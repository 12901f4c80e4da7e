"""What a letter costs with its ledger, beside a bare SMTP client on the same sink; what addressing costs in memory; and
how long readers wait for pages while letters go out.

The bare client is the standard library's, with as many connections in as many threads, and sends finished bytes; it
knows no database. A second row says what the ledger alone costs: our own client with finished bytes.

``python -m benchmarks.letters`` as `benchmarks.run` starts it, with DATA_DIR a folder to be thrown away; with
``--address`` it addresses what is due and prints the most memory that it needed, in kilobytes; with ``--send`` it sends
what is due.
"""

from __future__ import annotations

import argparse
import json
import os
import smtplib
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import IO, cast
from urllib.parse import urlsplit

import django

if __name__ == "__main__":
    django.setup()  # the models below need it

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from articles.models.site import SiteSettings
from benchmarks.load import ask, most_memory, request
from benchmarks.table import Row
from benchmarks.warm import running
from subscriptions import addressing, ledger, mime, sending
from subscriptions.models.letters import Delivery, Edition, Newsletter
from subscriptions.models.people import Subscriber, Subscription
from subscriptions.routes import Parcel
from subscriptions.smtp import SmtpRoute
from subscriptions.topics import open_topics
from tests.run import free_port

ROOT = Path(__file__).resolve().parent.parent
LETTERS_EACH = 6  # that go to every reader while pages are asked for
BODY = "<p>" + "The ferry did not sail this morning, and nobody on the quay could say when it would. " * 160 + "</p>"


@contextmanager
def sink() -> Iterator[int]:
    """A mail server in a process of its own, and settings that lead to it; its port."""
    program = [sys.executable, "-m", "benchmarks.sink"]
    with subprocess.Popen(program, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        told = cast("IO[str]", process.stdout)
        settings.MAIL_TO_FILES, settings.EMAIL_HOST = False, "127.0.0.1"
        settings.EMAIL_PORT = int(told.readline())
        yield settings.EMAIL_PORT
        process.terminate()


def readers(first: int, last: int) -> None:
    """Readers with these numbers, who want everything at once."""
    topic = open_topics()[0]
    for start in range(first, last, 10_000):
        people = [
            Subscriber(
                email=f"r{number}@d{number % 50}.example", email_norm=f"r{number}@d{number % 50}.example",
                address_hash=f"hash {number}", state=Subscriber.State.ACTIVE,
            )
            for number in range(start, min(last, start + 10_000))
        ]  # fmt: skip
        Subscriber.objects.bulk_create(people, batch_size=2000)
        wishes = [Subscription(subscriber=each, topic=topic, state=Subscription.State.ACTIVE) for each in people]
        Subscription.objects.bulk_create(wishes, batch_size=2000)


def letter(key: str) -> Edition:
    """A letter of some 20 kB to all readers."""
    newsletter = Newsletter.objects.get_or_create(kind=Newsletter.Kind.BREAKING, defaults={"name": "Breaking"})[0]
    edition = Edition.objects.create(
        newsletter=newsletter, edition_key=key, language="en", subject="The ferry did not sail", html=BODY, text="…",
        not_after=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    edition.topics.set(open_topics()[:1])
    return edition


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--address", action="store_true")
    parser.add_argument("--send", action="store_true")
    parser.add_argument("--letters", type=int, default=5_000)
    parser.add_argument("--readers", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if options.address:
        while addressing.prepare("bench"):
            pass
        print(most_memory())  # noqa: T201  # for the process that started this one
        return
    if options.send:
        _ours([])
        return
    call_command("migrate", verbosity=0)
    SiteSettings.objects.update_or_create(pk=1, defaults={"name": "The Strait", "language": "en"})
    on = "PostgreSQL" if connection.vendor == "postgresql" else "SQLite"
    rows = compare(options.letters, rounds=options.rounds, on=on)
    rows += waiting(options.letters, on=on)
    rows.append(memory(options.letters, min(10_000, options.readers // 2), options.readers, on=on))
    print(json.dumps([asdict(row) for row in rows]))  # noqa: T201


def compare(count: int, *, rounds: int, on: str) -> list[Row]:
    """Letters a second, ours and bare, in turn."""
    readers(0, count)
    ways: dict[str, Callable[[list[Parcel]], None]] = {"ledger": _ours, "bare": _bare, "client": _client}
    rates: dict[str, list[float]] = {name: [] for name in ways}
    with sink():
        for number in range(rounds + 1):
            edition = letter(f"round {number}")
            addressing.prepare("bench")
            parcels = _parcels(edition)
            for name, way in ways.items():
                began = time.perf_counter()
                way(parcels)
                if number:
                    rates[name].append(len(parcels) / (time.perf_counter() - began))
            if edition.deliveries.exclude(state=Delivery.State.SENT).exists():
                raise RuntimeError("not every letter was sent")
    median = {name: statistics.median(found) for name, found in rates.items()}
    lines = settings.MAIL_CONNECTIONS

    def row(measure: str, beside: str, budget: str) -> Row:
        rate = f"{median['ledger']:,.0f}/s"
        return Row(measure, on, rate, f"{median[beside]:,.0f}/s", median["ledger"] / median[beside], budget)

    return [
        row(f"letters with ledger / smtplib without, {lines} connections", "bare", "≥ 0.80"),
        row(f"letters with ledger / our client without, {lines} connections", "client", ""),
    ]


def _parcels(edition: Edition) -> list[Parcel]:
    shell = mime.shell_of(edition, from_name="The Strait")
    deliveries = edition.deliveries.select_related("subscriber").order_by("pk")
    return [
        Parcel(each.pk, mime.sender(), each.address, shell.letter(each, each.subscriber, at=timezone.now()))
        for each in deliveries
    ]


def _ours(_parcels: list[Parcel]) -> None:
    while sending.turn("bench", threading.Event()):
        pass


def _bare(parcels: list[Parcel]) -> None:
    def send(mine: list[Parcel]) -> None:
        with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT) as server:
            for parcel in mine:
                server.sendmail(parcel.sender, [parcel.to], parcel.letter)

    lines = settings.MAIL_CONNECTIONS
    threads = [threading.Thread(target=send, args=(parcels[number::lines],)) for number in range(lines)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _client(parcels: list[Parcel]) -> None:
    route, todo, done = SmtpRoute(), list(parcels), 0
    while done < len(parcels):
        for _ in range(route.ready(len(todo))):
            route.begin(todo.pop())
        done += sum(1 for _outcome in route.finished())
    route.close()


def waiting(count: int, *, on: str) -> list[Row]:
    """How long one page in twenty takes at least, kept and not kept, while a worker sends; beside a quiet server."""
    call_command("collectstatic", verbosity=0, interactive=False)
    port = free_port()
    pages = {"a kept page": "/", "a page made anew": "/subscribe/"}
    with sink() as server, running(port, "newsroom.webserver", "127.0.0.1", str(port), str(os.getpid())):
        _waits(port, pages, until=lambda: True)  # to warm the server
        sides: list[dict[str, float]] = []
        for is_sending in (False, True):
            editions = [letter(f"waiting {is_sending} {number}") for number in range(LETTERS_EACH)]
            while is_sending and addressing.prepare("bench"):
                pass
            # Nice as `deploy/systemd/newsroom-worker.service` has it.
            program = ["nice", "-n", "5", sys.executable, "-m", "benchmarks.letters", "--send"]
            environment = {**os.environ, "EMAIL_URL": f"smtp://127.0.0.1:{server}"}
            with subprocess.Popen(program if is_sending else ["sleep", "6"], cwd=ROOT, env=environment) as beside:
                sides.append(_waits(port, pages, until=lambda: beside.poll() is not None))
            for edition in editions:
                ledger.cancel(edition)
        if Delivery.objects.exclude(state=Delivery.State.SENT).exists():
            raise RuntimeError("not every letter was sent")
    quiet, busy = sides
    return [
        Row(
            f"wait for {name} while {count * LETTERS_EACH:,} letters go / at rest, 95 % of them", on,
            f"{busy[name] * 1000:.1f} ms",
            f"{quiet[name] * 1000:.1f} ms", busy[name] / quiet[name], "≤ 2.00",
        )
        for name in pages
    ]  # fmt: skip


def _waits(port: int, pages: dict[str, str], *, until: Callable[[], bool]) -> dict[str, float]:
    """Seconds in which 95 of 100 answers came, for each of the pages, asked in turn.

    The quick ones more often, for nineteen of twenty say little of twenty.
    """
    took: dict[str, list[float]] = {name: [] for name in pages}
    asked = {name: request(path, urlsplit(settings.SITE_URL).netloc) for name, path in pages.items()}
    while not until() or not all(len(found) > 40 for found in took.values()):
        for name in [*list(pages)[:1] * 8, *pages]:
            began = time.perf_counter()
            ask(port, asked[name])
            took[name].append(time.perf_counter() - began)
            time.sleep(0.005)
    return {name: statistics.quantiles(found, n=20)[-1] for name, found in took.items()}


def memory(there: int, few: int, many: int, *, on: str) -> Row:
    """The most memory that a process needs to address `few` readers, and `many`; so many are there already."""
    peaks = []
    for first, last in ((there, few), (few, many)):
        readers(first, last)
        edition = letter(f"to {last}")
        program = [sys.executable, "-m", "benchmarks.letters", "--address"]
        done = subprocess.run(program, cwd=ROOT, env=os.environ, check=True, stdout=subprocess.PIPE, text=True)
        peaks.append(int(done.stdout))
        if edition.deliveries.count() != max(there, last):
            raise RuntimeError("not every reader was addressed")
        ledger.cancel(edition)
    measure = f"memory of addressing {many:,} / {few:,} readers"
    return Row(measure, on, f"{peaks[1] / 1024:.0f} MB", f"{peaks[0] / 1024:.0f} MB", peaks[1] / peaks[0], "≤ 1.10")


if __name__ == "__main__":
    main()
