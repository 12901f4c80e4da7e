"""What is looked at before a story goes out that rests on witnesses' reports, or shows their pictures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext

from articles import figures
from articles.findings import Finding, Level
from citizen_reports import handling, into_library, stories
from citizen_reports.models.people import Consent, Credit
from citizen_reports.models.reports import Priority, Report, ReportEvent, ReportState, ReportStory, Verification
from citizen_reports.models.stories import LibraryCopy
from images.models import Video

CONSENT, VERIFIED, TWO = "witness_consent", "witness_verified", "witness_two_people"
_OPEN = (Verification.UNVERIFIED, Verification.IN_PROGRESS)


def find(content: dict[str, Any], number: int | None) -> Iterable[Finding]:
    """For `articles.registry`: what a story must not go out with, unless a chief says why. Four queries at most,
    and one for each credit that names a witness who wants none."""
    copies = _copies(content)
    # A translation has its original's words.
    both = {number, content.get("original")} - {None}
    links = ReportStory.objects.filter(article__in=both, removed_at=None).select_related("report").order_by("pk")
    printed = {link.report_id for link in links if link.has_words}
    reports = {link.report_id: link.report for link in links} | {copy.report_id: copy.report for copy in copies}
    if not reports:
        return
    consents = stories.consents_of(reports)
    for report in reports.values():
        if report.pk in printed and (said := about_words(report, consents.get(report.pk))):
            yield Finding(CONSENT, "body", said, Level.REQUIRED)
    for copy in copies:
        consent = consents.get(copy.report_id)
        is_lead = copy.picture_id is not None and copy.picture_id == content.get("lead_picture")
        field = "lead_picture" if is_lead else "body"
        if consent is None or not consent.publish_media:
            said = gettext(
                "“%(picture)s” comes from report %(reference)s, and the witness does not allow that it is published, or"
                " no longer. Take it out, or ask them."
            ) % {"picture": copy.thing, "reference": copy.report.reference}
            yield Finding(CONSENT, field, said, Level.REQUIRED)
        elif consent.credit == Credit.ANONYMOUS and (said := _about_name(copy)):
            yield Finding(CONSENT, field, said, Level.REQUIRED)
    for report, code, said in about_truth(reports.values()):
        yield Finding(code, "", said % {"reference": report.reference}, Level.REQUIRED)


def _copies(content: dict[str, Any]) -> list[LibraryCopy]:
    pictures = {*figures.numbers_in(content["body"]), content.get("lead_picture")} - {None}
    videos = figures.numbers_in(content["body"], "video")
    if not (pictures or videos):
        return []
    posters = Video.objects.filter(pk__in=videos).values("poster")  # readers see those before it plays
    seen = Q(picture__in=pictures) | Q(video__in=videos) | Q(picture__in=posters)
    found = LibraryCopy.objects.filter(seen).order_by("pk")
    return list(found.select_related("report", "picture", "video"))


def _about_name(copy: LibraryCopy) -> str:
    """What to do about a credit that names who wants no name any more; "" where it does not."""
    nameless = into_library.nameless() if copy.names_witness else ""
    if copy.thing is None or not copy.names_witness or copy.thing.credit in ("", nameless):
        return ""
    return gettext(
        "“%(picture)s” names the witness of report %(reference)s, who wants no name in print any more. Change its"
        " credit to “%(credit)s”."
    ) % {"picture": copy.thing, "reference": copy.report.reference, "credit": nameless}


def about_words(report: Report, consent: Consent | None) -> str:
    """What to do about words of this report that are printed without consent; "" where it covers them."""
    if consent and consent.publish_text:
        return ""
    return gettext(
        "The witness of report %(reference)s does not allow that their words are published, or no longer. Take them out"
        " of the text and unlink the report in the panel “Witnesses’ reports”, or ask the witness."
    ) % {"reference": report.reference}


def about_truth(reports: Iterable[Report]) -> list[tuple[Report, str, str]]:
    """Those that nobody has verified, that were found to be false, or behind which a second person must stand and does
    not, each with the check's code and what to do. One query at most.
    """
    reports = list(reports)
    behind = _behind(reports) if reports else {}
    unverified = gettext(
        "Nobody has verified report %(reference)s. Write down at the report what verification found, or mark it as"
        " ready with the reason to go without."
    )
    false = gettext("Report %(reference)s was found to be false. Take out what rests on it, and unlink it.")
    alone = gettext(
        "Report %(reference)s is of high priority and needs two people: one writes down what verification found,"
        " another marks it as ready. Where one person did both, somebody else writes down what they find."
    )
    found = []
    for report in reports:
        known = behind.get(report.pk) or Behind()
        if report.verification == Verification.FALSE:
            found.append((report, VERIFIED, false))
        elif report.verification in _OPEN and not known.goes_without:
            found.append((report, VERIFIED, unverified))
        elif handling.is_for_two(report, judge=known.judge, ready_by=known.ready_by, lowered_by=known.lowered_by):
            found.append((report, TWO, alone if report.priority == Priority.HIGH else handling.lowered_alone()))
    return found


@dataclass
class Behind:
    """Who last wrote down what verification found, and who marked the report as ready, where it was not taken back;
    who lowered its high priority."""

    judge: int | None = None
    ready_by: int | None = None
    lowered_by: int | None = None
    # It was marked as ready without verification, with a written reason, and nobody judged since.
    goes_without: bool = False


def _behind(reports: list[Report]) -> dict[UUID, Behind]:
    verbs = (ReportEvent.Verb.MOVED, ReportEvent.Verb.JUDGED, ReportEvent.Verb.SORTED)
    events = ReportEvent.objects.filter(report__in=[report.pk for report in reports], verb__in=verbs).order_by("pk")
    found: defaultdict[UUID, Behind] = defaultdict(Behind)
    for key, verb, actor, detail in events.values_list("report", "verb", "actor", "detail"):
        each, to = found[key], detail.get("after")
        if verb == ReportEvent.Verb.JUDGED:
            each.judge, each.goes_without = actor, False
        elif verb == ReportEvent.Verb.SORTED:
            each.lowered_by = actor if detail.get("lowered") else each.lowered_by
        elif to == ReportState.READY:
            each.ready_by = actor
            each.goes_without = each.goes_without or bool(detail.get("reason"))
        elif to != ReportState.CLOSED:  # closed after its use, it stays what it was
            each.ready_by = None
    return found
