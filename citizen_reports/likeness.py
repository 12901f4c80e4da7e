"""Alike reports: the same words sent again and again, the same picture made smaller, found without reading either.

Of a text, 24 minima of keyed hashes over its runs of four words (MinHash: Broder, 1997): the share that two texts have
in common estimates how much of them is the same. Of a picture, its 64-bit difference hash byte by byte, each keyed.
Without the installation's key the numbers say nothing, and they go with the report.
"""

from __future__ import annotations

import hmac
from hashlib import blake2b
from typing import Any, NamedTuple

from django.db.models import Count
from PIL import Image

from articles.search.words import words
from citizen_reports.models.files import Attachment
from citizen_reports.models.inbox import Trace
from citizen_reports.models.reports import Report
from images.library import perceptual_hash
from safeguards.sealing import keyed_hash

MINIMA = 24
ALIKE_TEXT = 8  # of 24 in common: a good third of the words
ALIKE_PICTURE = 5  # of 8 bytes
OFFERED = 10
_RUN = 4  # words
_LONGEST = 5_000  # words of a text that are looked at
_LEAST = 8  # words: "Help!" is alike to everything
_MASK = 2**63 - 1
_LOOKED_AT = 4_000  # numbers


class Alike(NamedTuple):
    """A report's number, how much of text or picture is the same (0 to 1), and which of the two it is."""

    number: Any
    share: float
    is_picture: bool


def trace_text(report: Report, text: str) -> None:
    """Leaves the text's numbers, in the caller's transaction. A text of a few words leaves none."""
    rows = [Trace(report=report, kind=Trace.Kind.TEXT, value=value) for value in set(minima(text))]
    Trace.objects.bulk_create(rows)


def trace_picture(attachment: Attachment, picture: Image.Image) -> None:
    """Leaves the numbers of a report's picture; again is harmless."""
    report = attachment.report_id
    if report is None:
        return
    whole = bytes.fromhex(perceptual_hash(picture))
    if len(set(whole)) < 3:
        return  # a blank wall is alike to every other
    key = _key("picture")
    values = [_number(key, bytes([place, byte])) for place, byte in enumerate(whole)]
    attachment.traces.all().delete()
    Trace.objects.bulk_create(
        Trace(report_id=report, attachment=attachment, kind=Trace.Kind.PICTURE, value=value) for value in values
    )


def alike(report: Report) -> list[Alike]:
    """Other reports like this one, the most alike first, at most ten; at most four queries, however many there are."""
    own = list(report.traces.all())
    found: dict[Any, Alike] = {}
    for kind, least, most in ((Trace.Kind.TEXT, ALIKE_TEXT, MINIMA), (Trace.Kind.PICTURE, ALIKE_PICTURE, 8)):
        values = {trace.value for trace in own if trace.kind == kind}
        rows = Trace.objects.filter(kind=kind, value__in=values).exclude(report=report).order_by("-pk")
        # Each of our numbers counts once for each of theirs; of a flood only the newest are looked at.
        common: dict[tuple[Any, int | None], set[int]] = {}
        for number, attachment, value in rows.values_list("report", "attachment", "value")[:_LOOKED_AT]:
            common.setdefault((number, attachment), set()).add(value)
        for (number, _attachment), shared in common.items():
            share = len(shared) / most
            if len(shared) >= least and (number not in found or found[number].share < share):
                found[number] = Alike(number, share, is_picture=kind == Trace.Kind.PICTURE)
    return sorted(found.values(), key=lambda each: -each.share)[:OFFERED]


def times(text: str) -> int:
    """How many of the newest reports say the very same, counted to thirty."""
    values = minima(text)
    if not values:
        return 0
    newest = Trace.objects.filter(kind=Trace.Kind.TEXT, value=values[0]).order_by("-pk").values("report")[:30]
    same = Trace.objects.filter(
        kind=Trace.Kind.TEXT, value__in=set(values), report__in=list(newest.values_list("report", flat=True))
    )
    return sum(row["common"] == len(set(values)) for row in same.values("report").annotate(common=Count("value")))


def minima(text: str) -> list[int]:
    """The text's 24 numbers; none for fewer than eight words."""
    found = [word.text for word, _n in zip(words(text), range(_LONGEST), strict=False)]
    if len(found) < _LEAST:
        return []
    key = _key("text")
    runs = {" ".join(found[start : start + _RUN]).encode() for start in range(len(found) - _RUN + 1)}
    # One keyed hash a run gives all 24: slices of a long digest are as independent as 24 hashes.
    digests = [blake2b(run, key=key, digest_size=64).digest() + blake2b(run, key=key[::-1], digest_size=64).digest()
               + blake2b(run, key=key[:16], digest_size=64).digest() for run in runs]  # fmt: skip
    places = [slice(8 * place, 8 * place + 8) for place in range(MINIMA)]
    return [min(int.from_bytes(digest[place]) for digest in digests) & _MASK for place in places]


def _key(what: str) -> bytes:
    return bytes.fromhex(keyed_hash(what, purpose="citizen_reports.likeness"))


def _number(key: bytes, data: bytes) -> int:
    return int.from_bytes(hmac.digest(key, data, "sha256")[:8]) & _MASK
