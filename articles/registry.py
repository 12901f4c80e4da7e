"""Where the rooms above hang in what stories show: they register in ``AppConfig.ready``, and stories ask.

Nothing here knows who registered. Without any of them the story's pages and forms are simply shorter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from articles.findings import Finding

if TYPE_CHECKING:
    from accounts.models import User
    from articles.models.places import Tag
    from articles.models.published import PublishedArticle
    from authors.models import Author


@dataclass(frozen=True)
class PublishOption:
    """A tick beside the *Publish* button. Its choice travels in the verb's signal as ``options[name]``.

    With the verb ``update`` it stands beside the button that publishes changes of a live story instead.
    """

    name: str
    label: str | Promise
    help_text: Callable[[], str]
    offered: Callable[[User, int | None], bool]  # the person, and the story's number (None: not saved yet)
    verb: str = "publish"


@dataclass(frozen=True)
class ReaderLink:
    """One line of the channels block that ends every story: a link on this site, after a few words if need be."""

    text: str
    url: str
    lead: str = ""


@dataclass(frozen=True)
class FootLink:
    """A line at the foot of every page, as long as what it leads to is there. `name` is an identifier of its own.

    `is_there` makes a condition out of a language (a word, or an `OuterRef` to one): it becomes part of a query that
    every page asks anyhow. Whoever changes the answer has every page made anew. `make` gets the language as addresses
    have it: "" for the main one.
    """

    name: str
    is_there: Callable[[Any], Exists]
    make: Callable[[str], ReaderLink]


class Arrival(TextChoices):
    """How it stands with one way to readers."""

    THERE = "there", _("There")
    NOT_THERE = "not_there", _("Not there")
    SUBMITTED = "submitted", _("Handed over")
    WAITING = "waiting", _("Waiting")
    UNCERTAIN = "uncertain", _("Uncertain")
    FAILED = "failed", _("Failed")
    STOPPED = "stopped", _("Stopped")
    NOT_ASKED = "not_asked", _("Not asked for")


@dataclass(frozen=True)
class ReceiptLine:
    """One line of a story's receipt: a way to readers, and how far the story has come on it.

    `url` leads to it; to `retry` a button posts that tries again what failed, this alone, with ``back=receipt``.
    """

    name: str
    state: Arrival
    detail: str = ""
    at: datetime | None = None
    url: str = ""
    retry: str = ""


publish_options: list[PublishOption] = []
Check = Callable[[dict[str, Any], int | None], Iterable[Finding]]
_checks: dict[str, Check] = {}
_reader_links: list[Callable[[str, PublishedArticle | None], ReaderLink | None]] = []

_foot_links: dict[str, FootLink] = {}
_follow_links: list[Callable[[str, Author | Tag], ReaderLink | None]] = []
_receipt_lines: list[Callable[[int, User], Iterable[ReceiptLine]]] = []


def add_publish_option(option: PublishOption) -> None:
    """Offers a tick on the form of every story. A second call with the same name changes nothing."""
    if option.name not in [known.name for known in publish_options]:
        publish_options.append(option)


def add_check(code: str, find: Check) -> None:
    """`find(content, number or None)` gives what a room above has found in a story's content before publication.

    It is asked while people write, too: it must be quick, and change nothing. A second call with a code replaces.
    """
    _checks[code] = find


def add_reader_link(make: Callable[[str, PublishedArticle | None], ReaderLink | None]) -> None:
    """`make(language, story or None)` gives a line for the channels block, or None, and asks the database nothing."""
    if make not in _reader_links:
        _reader_links.append(make)


def add_foot_link(link: FootLink) -> None:
    """Offers a line for the foot of all pages. A second one with its name takes its place."""
    _foot_links[link.name] = link


def foot_links() -> list[FootLink]:
    """All that may be there, in the order of registration."""
    return list(_foot_links.values())


def add_follow_link(make: Callable[[str, Author | Tag], ReaderLink | None]) -> None:
    """`make(language, author or tag)` gives a line for the head of its page, or None, and asks the database nothing."""
    if make not in _follow_links:
        _follow_links.append(make)


def add_receipt_line(make: Callable[[int, User], Iterable[ReceiptLine]]) -> None:
    """`make(number, user)` gives lines for the receipt of that story, as that person may see them; few queries."""
    if make not in _receipt_lines:
        _receipt_lines.append(make)


def receipt_lines(number: int, user: User) -> list[ReceiptLine]:
    """What the rooms above say of where the story went, in the order of registration."""
    return [line for make in _receipt_lines for line in make(number, user)]


def options_for(user: User, number: int | None, *, verb: str = "publish") -> list[PublishOption]:
    """The ticks that this person is offered on this story beside the button of that verb."""
    return [option for option in publish_options if option.verb == verb and option.offered(user, number)]


def findings(content: dict[str, Any], number: int | None) -> list[Finding]:
    """What rooms above have found in this content."""
    return [finding for find in _checks.values() for finding in find(content, number)]


def reader_links(language: str, story: PublishedArticle | None = None) -> list[ReaderLink]:
    """The lines for the channels block, in the order of registration."""
    return [link for link in (make(language, story) for make in _reader_links) if link]


def follow_links(language: str, thing: Author | Tag) -> list[ReaderLink]:
    """The lines for the head of an author's or a tag's page, in the order of registration."""
    return [link for link in (make(language, thing) for make in _follow_links) if link]
