"""Readers at two real servers while stories are published, corrected and withdrawn: nobody is shown what is over.

Every headline carries a version. After a hard purge no older one may be served; after a soft one none that is older
than two seconds; what is withdrawn is gone when the verb returns.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import NamedTuple

import pytest
from django.db import connections

from articles import actions, actions_corrections
from articles.kinds import NoteKind
from articles.models.published import PublishedArticle
from pagecache.generations import GRACE
from tests import make
from tests.pagecache.servers import Seen, ask, servers

pytestmark = [
    pytest.mark.processes,
    pytest.mark.race,
    pytest.mark.both_databases,
    pytest.mark.django_db(transaction=True),
]
# `make soak` asks for the long form.
OPERATIONS = 1000 if os.environ.get("SOAK") else 60
STORIES, READERS = 4, 8
VERSION = re.compile(r"Story (\d+) version (\d+)")


class Fact(NamedTuple):
    """A verb, begun at `since`, that has returned: from `at` on nobody sees a version older than `version` (0: any).

    Lists that did not have the story have it from `listed_at` on: they follow softly, whatever the verb.
    """

    story: int
    version: int
    since: float
    at: float
    listed_at: float


class Desk:
    """Changes stories of its own, one verb after the other, and writes down what readers may count on."""

    def __init__(self, numbers: list[int], chance: Random, facts: list[Fact]) -> None:
        self.numbers, self.chance, self.facts = numbers, chance, facts
        self.versions = dict.fromkeys(numbers, 1)
        self.withdrawn: set[int] = set()

    def work(self, operations: int) -> None:
        try:
            for _ in range(operations):
                number = self.chance.choice(self.numbers)
                verbs = (
                    [self.publish] if number in self.withdrawn else [*[self.update] * 6, self.correct, self.withdraw]
                )
                self.chance.choice(verbs)(number)
                time.sleep(self.chance.random() * 0.1)
        finally:
            connections.close_all()

    def update(self, number: int) -> None:
        self._change(number, lambda: actions.update(number, actor=None), wait=GRACE)

    def publish(self, number: int) -> None:
        self.withdrawn.discard(number)
        self._change(number, lambda: actions.publish(number, actor=None), wait=GRACE)

    def correct(self, number: int) -> None:
        text = f"An earlier version, before {self.versions[number] + 1}, named the wrong quay."
        self._change(
            number,
            lambda: actions_corrections.add(number, actor=None, kind=NoteKind.CORRECTION, text=text, with_changes=True),
        )

    def withdraw(self, number: int) -> None:
        since = time.monotonic()
        actions.withdraw(number, actor=None)
        self.withdrawn.add(number)
        self.facts.append(Fact(number, 0, since, now := time.monotonic(), now))

    def _change(self, number: int, verb: Callable[[], object], wait: float = 0.0) -> None:
        self.versions[number] += 1
        headline = f"Story {number} version {self.versions[number]}"
        actions.save(number, actor=None, content={"headline": headline})
        since = time.monotonic()
        verb()
        now = time.monotonic()
        self.facts.append(Fact(number, self.versions[number], since, now + wait, now + GRACE))


def read_on(ports: list[int], paths: list[str], chance: Random, stop: threading.Event) -> list[tuple[str, Seen]]:
    """Asks for one page after the other until told to stop."""
    seen = []
    while not stop.is_set():
        path = chance.choice(paths)
        seen.append((path, ask(chance.choice(ports), path)))
    return seen


def broken(story: int, facts: list[Fact], path: str, seen: Seen) -> str:
    """What is wrong with an answer that should show the story; "" when nothing is."""
    shown = min((int(version) for number, version in VERSION.findall(seen.text) if int(number) == story), default=0)
    binding = [fact for fact in facts if fact.at <= seen.begun]
    if not binding or seen.how == "BUSY":
        return ""
    newest = max(binding, key=lambda fact: fact.since)
    changed_since = any(newest.since < fact.since <= seen.ended for fact in facts)
    versions = [fact.version for fact in binding if fact.version]
    if shown and shown < max(versions, default=0):
        return f"{path} shows version {shown} of {story}, long after {max(versions)} ({seen.how})"
    withdrawn = max((fact.since for fact in binding if not fact.version), default=0.0)
    is_listed = any(fact.version and fact.since > withdrawn and fact.listed_at <= seen.begun for fact in binding)
    if not changed_since and (not shown if is_listed else shown and not newest.version):
        return f"{path} shows version {shown} of {story} instead of {newest.version} ({seen.status}, {seen.how})"
    return ""


def test_no_reader_is_served_what_is_over() -> None:
    make.site()
    stories = [make.story(f"Placeholder {number}") for number in range(STORIES)]
    facts: list[Fact] = []
    desks = [Desk([story.pk for story in stories[half::2]], Random(half), facts) for half in range(2)]
    for desk in desks:
        for number in desk.numbers:
            desk.update(number)
    own = {story.path: story.pk for story in PublishedArticle.objects.all()}
    lists = ["/", "/news/", "/feeds/rss.xml"]
    stop = threading.Event()
    with servers(2, SLOWLY="1") as running, ThreadPoolExecutor(READERS + len(desks)) as pool:
        ports = [each.port for each in running]
        readers = [pool.submit(read_on, ports, [*own, *lists], Random(number), stop) for number in range(READERS)]
        working = [pool.submit(desk.work, OPERATIONS // len(desks)) for desk in desks]
        try:
            for each in working:
                each.result()
            time.sleep(GRACE + 0.5)  # so that the last changes must be seen, too
        finally:
            stop.set()
        answers = [each for reader in readers for each in reader.result()]

    statuses = Counter((seen.status, seen.how) for _path, seen in answers if seen.how != "BUSY")
    assert {status for status, _how in statuses} <= {200, 410}, statuses
    by_story: dict[int, list[Fact]] = defaultdict(list)
    for fact in facts:
        by_story[fact.story].append(fact)
    wrong = [
        words
        for path, seen in answers
        for story in ([own[path]] if path in own else by_story)
        if (words := broken(story, by_story[story], path, seen))
    ]
    assert wrong == []
    assert {"HIT", "MISS"} <= {seen.how for _path, seen in answers}, "the store was at work"
    assert {path for path, seen in answers if seen.status == 200} == {*own, *lists}
