"""Which check counts how much for which kind of story: one table, read by `articles.checks`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from articles.checks import facts, links, prose
from articles.checks.copy import Copy
from articles.findings import Level, Place
from articles.kinds import Kind

Rule = Callable[[Copy], Iterator[tuple[str, str, Place | None]]]

RULES: dict[str, Rule] = {
    "headline": facts.headline,
    "slug": facts.slug,
    "address": facts.address,
    "section": facts.section,
    "language": facts.language,
    "text": facts.text,
    "pictures": facts.pictures,
    "embargo": facts.embargo,
    "legal": facts.legal,
    "placeholder": prose.placeholder,
    "desk_link": links.desk_link,
    "dead_link": links.dead_link,
    "standfirst": facts.standfirst,
    "lead_picture": facts.lead_picture,
    "dateline": facts.dateline,
    "attribution": prose.attribution,
    "headline_length": facts.headline_length,
    "headline_capitals": facts.headline_capitals,
    "published_twice": facts.published_twice,
    "doubled_word": prose.doubled_word,
    "repeated_word": prose.repeated_word,
    "unbalanced": prose.unbalanced,
    "long_sentence": prose.long_sentence,
    "long_paragraph": prose.long_paragraph,
}
# Without these there is nothing to publish, or nowhere to put it.
NEVER_OVERRIDDEN = frozenset({"headline", "slug", "address", "section", "language", "text"})

_R, _r = Level.REQUIRED, Level.RECOMMENDED
_EVERY: dict[str, Level] = {
    "headline": _R, "slug": _R, "address": _R, "section": _R, "language": _R, "text": _R,
    "pictures": _R, "embargo": _R, "legal": _R, "placeholder": _R, "desk_link": _R,
    "dead_link": _r, "lead_picture": _r, "headline_length": _r, "headline_capitals": _r,
    "published_twice": _r, "doubled_word": _r, "repeated_word": _r, "unbalanced": _r, "long_sentence": _r,
    "long_paragraph": _r,
}  # fmt: skip
_OWN: dict[str, dict[str, Level]] = {
    Kind.NEWS: {"standfirst": _r, "dateline": _r, "attribution": _r},
    Kind.ANALYSIS: {"standfirst": _r, "attribution": _r},
    Kind.OPINION: {"standfirst": _r},
    Kind.INTERVIEW: {"standfirst": _R},  # it says who is asked, and why
    Kind.EXPLAINER: {"standfirst": _r, "attribution": _r},
    Kind.LONG_READ: {"standfirst": _R, "attribution": _r},
    Kind.BRIEF: {},
}
LEVELS: dict[str, dict[str, Level]] = {kind: {**_EVERY, **own} for kind, own in _OWN.items()}
