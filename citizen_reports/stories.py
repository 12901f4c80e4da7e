"""Reports and stories: several reports to one story, one report to several, and back. Refusals are `HandlingRefused`.

Whoever takes rows takes the story's first and the report's after it, as a publication does: nobody waits in a circle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from accounts.models.audit import record
from articles.models.desk import Article, State
from articles.models.published import PublishedArticle
from citizen_reports import handling
from citizen_reports.models.people import Consent
from citizen_reports.models.reports import Report, ReportEvent, ReportState, ReportStory

if TYPE_CHECKING:
    from accounts.models import User

GONE = (State.KILLED, State.DISCARDED)
# Set aside, and so of no story.
ASIDE = {ReportState.SPAM, ReportState.HELD, ReportState.DUPLICATE, ReportState.DECLINED}


class NameInPrint(handling.HandlingRefused):
    """A name would be printed: the same once more with `credit_checked` is taken."""


def of(report: Report) -> list[ReportStory]:
    """Its uses in stories, the newest first."""
    return list(report.stories.filter(removed_at=None).select_related("article", "by").order_by("-pk"))


@transaction.atomic
def link(number: Any, *, actor: User, article: int, prints_words: bool, credit_checked: bool = False) -> ReportStory:
    """The story rests on this report; `prints_words`: what the witness wrote is printed in it, which needs consent.

    A report that is ready is "used" from then on. The same again changes nothing. Words that readers have stay on
    record until the story is published anew: a consent withdrawn then still raises the alarm.
    """
    handling.need(actor, "change_report")
    story = _held_story(article, actor)
    report = handling.hold(number, actor)
    if report.state in ASIDE:
        raise handling.HandlingRefused(gettext("This report was set aside. Take it up again first."))
    consent = handling.consent_in_force(report)
    credit = ""
    if prints_words:
        if consent is None or not consent.publish_text:
            raise handling.HandlingRefused(
                gettext("The witness has not agreed that their words may be published. Ask them, or link it without.")
            )
        credit = handling.credit_line(report, consent)
        if credit and not credit_checked:
            raise NameInPrint(gettext("The witness’s name will be printed. Tick that you are sure."))
    there = ReportStory.objects.filter(report=report, article=story).first()
    if there and there.removed_at is None and there.has_words == prints_words:
        return there
    values: dict[str, Any] = {
        "prints_words": prints_words,
        "consent": consent,
        "credit_line": credit,
        "words_out": False,
    }
    if there and there.prints_words and not prints_words and PublishedArticle.objects.filter(pk=story.pk).exists():
        values = {"words_out": True}
    made, _is_new = ReportStory.objects.update_or_create(
        report=report, article=story, defaults={**values, "by": actor, "at": timezone.now(), "removed_at": None}
    )
    used = {"state": ReportState.USED} if report.state == ReportState.READY else {}
    Report.objects.filter(pk=report.pk).update(**used, **handling.activity(report))
    handling.note_event(
        report, actor=actor, verb=ReportEvent.Verb.LINKED_TO_STORY, story=story.pk, prints_words=prints_words
    )
    record(actor=actor, verb=gettext_noop("report linked"), thing=story, report=report.reference)
    return made


@transaction.atomic
def unlink(number: Any, *, actor: User, article: int, reason: str) -> Report:
    """The story rests on this report no more. A report that no story uses any more is "ready" again.

    While readers have the story as it was, the use stays on record: a consent withdrawn then still raises the alarm.
    """
    handling.need(actor, "change_report")
    if not reason.strip():
        raise handling.HandlingRefused(gettext("Say why: colleagues will wonder where it went."))
    story = _held_story(article, actor, whatever_state=True)
    report = handling.hold(number, actor, even_purged=True)
    rows = ReportStory.objects.filter(report=report, article=story, removed_at=None)
    if PublishedArticle.objects.filter(pk=story.pk).exists():
        ended = rows.update(removed_at=timezone.now())
    else:
        ended = rows.delete()[0]
    if not ended:
        raise handling.HandlingRefused(gettext("This report is not linked to that story any more."))
    is_used = report.stories.filter(removed_at=None).exists()
    back = {"state": ReportState.READY} if report.state == ReportState.USED and not is_used else {}
    Report.objects.filter(pk=report.pk, purged_at=None).update(**back, **handling.activity(report))
    handling.note_event(
        report, actor=actor, verb=ReportEvent.Verb.UNLINKED_FROM_STORY, story=story.pk, reason=reason.strip()
    )
    record(actor=actor, verb=gettext_noop("report unlinked"), thing=story, report=report.reference, note=reason.strip())
    report.refresh_from_db()
    return report


def _held_story(article: int, actor: User, *, whatever_state: bool = False) -> Article:
    seen = Article.objects.for_user(actor).filter(pk=article).values("pk")
    story = Article.objects.select_for_update(of=("self",)).filter(pk__in=seen).first()
    if story is None:
        raise handling.HandlingRefused(gettext("There is no such story, or it is not for you."))
    if story.state in GONE and not whatever_state:
        raise handling.HandlingRefused(gettext("This story was killed, or lies in the bin."))
    return story


def consents_of(reports: Any) -> dict[Any, Consent]:
    """What the witnesses of those reports allow now, by the report's key; one query."""
    return {each.report_id: each for each in Consent.objects.filter(report__in=reports, withdrawn_at=None)}
