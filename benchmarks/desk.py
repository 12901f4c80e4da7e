"""What the desk's work costs in newsrooms of two sizes: lists of stories, one found by its words, one published."""

from __future__ import annotations

import itertools
import statistics

from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from articles import actions
from articles.models.places import Section
from benchmarks.filling import SECTIONS, open_newsroom
from benchmarks.load import spent
from benchmarks.table import Row

PUBLISHED = "publication of a story"
_numbers = itertools.count(1)


def compare(few: int, many: int, *, rounds: int, on: str) -> list[Row]:
    """Each piece of work at `many` stories beside `few`, done as an editor does it, through all the middleware."""
    desks = {count: _Desk(count) for count in (few, many)}
    costs: dict[tuple[int, str], list[float]] = {}
    for number in range(rounds + 1):
        for name in desks[few].work:
            for count, desk in desks.items():
                cost = desk.cost(name)
                if number:  # the first round warms templates
                    costs.setdefault((count, name), []).append(cost)
    median = {key: statistics.median(values) * 1000 for key, values in costs.items()}
    return [
        Row(f"{name}, {many:,} / {few:,} stories", on, f"{median[many, name]:.2f} ms", f"{median[few, name]:.2f} ms",
            median[many, name] / median[few, name], "≤ 1.30")
        for name in desks[few].work
    ]  # fmt: skip


def lists(section: int) -> dict[str, str]:
    """The addresses of lists of stories, as the fields above the list make them."""
    stories = reverse("admin:articles_article_changelist")
    return {
        "list of stories": stories,
        "list of stories, one section": f"{stories}?section={section}",
        "list of stories, changed since": f"{stories}?changed=1",
        "list of stories, in order of due": f"{stories}?o=5.-8",
        "list of stories, words looked for": f"{stories}?q=north+quay",
        "list of stories, a word of none": f"{stories}?q=northern",
    }


class _Desk:
    """A chief signed in to the newsroom with `count` stories."""

    def __init__(self, count: int) -> None:
        self.count = count
        open_newsroom(count)
        self.chief = User.objects.create(email="chief@localhost", display_name="Chief", role=Role.CHIEF)
        self.client = Client(HTTP_HOST="127.0.0.1:8000")
        self.client.force_login(self.chief)
        self.section = Section.objects.get(name=SECTIONS[0])
        self.work = {
            "the desk's first page": reverse("admin:index"),
            "board": reverse("admin:articles_article_board"),
            **lists(self.section.pk),
            "form of a story": reverse("admin:articles_article_change", args=[count // 2]),
            PUBLISHED: "",
        }

    def cost(self, name: str) -> float:
        """Seconds of processor time. Raises ``RuntimeError`` when a page is none."""
        open_newsroom(self.count)
        if name == PUBLISHED:
            number = self._written()
            before = spent()
            actions.publish(number, actor=self.chief)
            return spent() - before
        before = spent()
        answer = self.client.get(self.work[name])
        if answer.status_code != 200:
            raise RuntimeError(f"{self.work[name]}: {answer.status_code}")
        return spent() - before

    def _written(self) -> int:
        """A new story's number."""
        number = actions.create(actor=self.chief).pk
        words = f"Lamp {next(_numbers)} is lit again at the pier head"
        content = {"headline": words, "section": self.section.pk, "body": "<p>The keeper climbed the stairs.</p>"}
        actions.save(number, actor=self.chief, content=content)
        return number
