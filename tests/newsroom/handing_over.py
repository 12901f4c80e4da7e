"""A newsroom that has some of everything, and the empty one that comes after it, in one database."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import transaction

from accounts.roles import Role
from articles import actions, actions_desk, actions_fronts, fronts
from articles.kinds import Kind
from articles.models.desk import Article, State
from articles.models.published import PublishedArticle
from tests import make
from tests.articles.paper import printed
from tests.newsroom.test_admin_walk import one_of_each


@contextmanager
def left_behind() -> Iterator[None]:
    """What is done in the block is gone from the database afterwards; the files that it made are not."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def fill() -> PublishedArticle:
    """A row of every model that the desk has, a story of every kind and in every state, one with every block."""
    one_of_each()
    story = printed("en").story
    editor = make.user(Role.EDITOR)
    for kind in Kind:
        make.story(f"A {kind}", kind=kind, standfirst="In short.", lead_picture=make.picture().pk, bylines=["Ada Lind"])
    in_each_state(make.user(Role.CHIEF))
    card = fronts.Card(story=story.pk, headline="In other words")
    actions_fronts.change_draft("en", None, actor=editor, containers=[fronts.Container("top", cards=[card], size=3)])
    actions_fronts.launch("en", None, actor=editor)
    return story


def in_each_state(chief: Any) -> None:
    actions_desk.submit(make.draft().pk, actor=chief)
    returned, ready = make.draft(), make.draft()
    for each in (returned, ready):
        actions_desk.submit(each.pk, actor=chief)
    actions_desk.send_back(returned.pk, actor=chief, note="A second source, please.")
    actions_desk.mark_ready(ready.pk, actor=chief)
    actions.withdraw(make.story().pk, actor=chief)
    actions.kill(make.story().pk, actor=chief, notice="We were wrong.")
    actions.discard(make.draft().pk, actor=chief)
    assert set(Article.objects.values_list("state", flat=True)) == set(State.values)


def files(folder: Path) -> dict[str, bytes]:
    """Everything in an export but the manifest."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }


def manifest(folder: Path) -> Any:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def sign_anew(folder: Path) -> None:
    """Makes the sums of the manifest those of the files: a forgery, not an accident."""
    said = manifest(folder)
    sums = {}
    for name, each in said["kinds"].items():
        body = (folder / each["file"]).read_bytes() if (folder / each["file"]).exists() else b""
        each["sha256"], each["rows"] = hashlib.sha256(body).hexdigest(), body.count(b"\n")
        sums[name] = each["sha256"]
    said["media"]["sha256"] = sums["media.jsonl"] = hashlib.sha256((folder / "media.jsonl").read_bytes()).hexdigest()
    lines = "".join(f"{name} {each}\n" for name, each in sorted(sums.items()))
    said["content"] = hashlib.sha256(lines.encode()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(said))
