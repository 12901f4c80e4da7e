"""Consent withdrawn while readers see a story with it: who is told, where it shows, and when it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from accounts import notices
from accounts.models.audit import AuditRow, record
from articles.actions_desk import concerned, editors_for
from articles.checks import OVERRIDE
from articles.models.desk import Article
from articles.models.published import PublishedArticle, PublishedPicture, PublishedVideo
from citizen_reports import handling, sorting, stories
from citizen_reports.before_publication import CONSENT
from citizen_reports.models.reports import Report, ReportEvent, ReportState, ReportStory
from citizen_reports.models.stories import ConsentAlarm, LibraryCopy

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import User

WITHDRAWN = gettext_noop("Consent withdrawn, and readers still see it: report %(reference)s (%(desk)s)")
Use = tuple[UUID, int]  # a report in a live story


def open_ones() -> QuerySet[ConsentAlarm]:
    """The alarms that nobody has dealt with yet, the newest first, each with its report and its story."""
    return ConsentAlarm.objects.filter(ended_at=None).select_related("report__section__parent", "article")


def follow(report: Report, *, at: datetime) -> None:
    """After what the witness allows has changed, in that transaction, which holds the report's row."""
    lacking = _lacking(ReportStory.objects.filter(report=report), LibraryCopy.objects.filter(report=report))
    for each in ConsentAlarm.objects.filter(report=report, ended_at=None):
        if (report.pk, each.article_id) not in lacking:
            _end([each], actor=None)
    for _report, article in lacking:
        ConsentAlarm.objects.get_or_create(report=report, article_id=article, ended_at=None, defaults={"since": at})


def shown_by_consent(report: Report) -> list[PublishedArticle]:
    """The live stories that show its pictures or films while its witness allows that."""
    shown = _shown(LibraryCopy.objects.filter(report=report))
    consent = handling.consent_in_force(report)
    if not (shown and consent and consent.publish_media):
        return []
    return list(PublishedArticle.objects.filter(pk__in=shown[report.pk]).only("headline").order_by("pk"))


def _lacking(links: QuerySet[ReportStory], copies: QuerySet[LibraryCopy]) -> set[Use]:
    """Of these, what readers see and no consent covers; six queries at most."""
    words = _printed(links)
    media = {(report, article) for report, articles in _shown(copies).items() for article in articles}
    consents = stories.consents_of({report for report, _article in words | media})
    return {use for use in words if not (use[0] in consents and consents[use[0]].publish_text)} | {
        use for use in media if not (use[0] in consents and consents[use[0]].publish_media)
    }


def _printed(links: QuerySet[ReportStory]) -> set[Use]:
    """The live stories with words of these reports: those linked, and their translations."""
    of_story: dict[int, list[UUID]] = {}
    for report, article in links.filter(prints_words=True).values_list("report", "article"):
        of_story.setdefault(article, []).append(report)
    live = PublishedArticle.objects.filter(Q(pk__in=of_story) | Q(original__in=of_story))
    return {
        (report, story)
        for story, original in live.values_list("pk", "original")
        for each in {story, original or story}
        for report in of_story.get(each, ())
    }


def _shown(copies: QuerySet[LibraryCopy]) -> dict[UUID, set[int]]:
    """The live stories that show these copies, by report."""
    of_thing: dict[tuple[str, int], list[UUID]] = {}
    for report, picture, video in copies.values_list("report", "picture", "video"):
        of_thing.setdefault(("picture", picture) if picture else ("video", video), []).append(report)
    found: dict[UUID, set[int]] = {}
    for kind, rows, name in (
        ("picture", PublishedPicture.objects, "picture"),
        ("picture", PublishedVideo.objects, "video__poster"),
        ("video", PublishedVideo.objects, "video"),
    ):
        numbers = [number for known, number in of_thing if known == kind]
        for number, article in rows.filter(**{f"{name}__in": numbers}).values_list(name, "article") if numbers else ():
            for report in of_thing[kind, number]:
                found.setdefault(report, set()).add(article)
    return found


def on_live(sender: object, *, article_id: int, published: PublishedArticle, actor: User | None, **kwargs: Any) -> None:
    """Readers have a new version of the story: what was withdrawn is out of it, or a chief has said why it is not.

    Pictures of witnesses in it make their reports known as used in it. The rows of its reports are held, so that one
    whose witness withdraws at this very moment raises the alarm here or there.
    """
    pictures = set(PublishedPicture.objects.filter(article=article_id).values_list("picture", flat=True))
    videos = dict(PublishedVideo.objects.filter(article=article_id).values_list("video", "video__poster"))
    shown = Q(picture__in=pictures | ({*videos.values()} - {None})) | Q(video__in=videos)
    copies = LibraryCopy.objects.filter(shown)
    _settle_links(article_id)
    links = ReportStory.objects.filter(article__in={article_id, published.root})
    by_report = {each.report_id: each for each in copies} if pictures or videos else {}
    known = set(links.values_list("report", flat=True))
    numbers = known | by_report.keys()
    open_alarms = ConsentAlarm.objects.filter(article=article_id, ended_at=None)
    if not numbers:
        _end(open_alarms, actor=actor)
        return
    reports = Report.objects.select_for_update().filter(pk__in=numbers).order_by("pk")
    for report in reports:
        if report.pk not in known:
            copy = by_report[report.pk]
            ReportStory.objects.create(
                report=report, article_id=article_id, prints_words=False, consent=copy.consent, by=actor or copy.by
            )
            _note(report, ReportEvent.Verb.LINKED_TO_STORY, actor, article_id)
        if report.state == ReportState.READY:
            Report.objects.filter(pk=report.pk).update(state=ReportState.USED)
    lacking = {
        key for key, article in (() if _was_set_aside(article_id) else _lacking(links, copies)) if article == article_id
    }
    _end([each for each in open_alarms if each.report_id not in lacking], actor=actor)
    for key in lacking:
        ConsentAlarm.objects.get_or_create(
            report_id=key, article_id=article_id, ended_at=None,
            defaults={"since": timezone.now().replace(minute=0, second=0, microsecond=0)},
        )  # fmt: skip


def _settle_links(article_id: int) -> None:
    """Readers have no older version any more: what was unlinked, or linked without its words, is so from now on."""
    links = ReportStory.objects.filter(article=article_id)
    if not links.exists():
        return
    links.filter(removed_at__isnull=False).delete()
    links.filter(words_out=True).update(prints_words=False, words_out=False, credit_line="")


def on_taken_off(sender: object, *, article_id: int, actor: User | None, **kwargs: Any) -> None:
    """Readers do not have the story any more."""
    _settle_links(article_id)
    _end(ConsentAlarm.objects.filter(article=article_id, ended_at=None), actor=actor)


def _was_set_aside(article_id: int) -> bool:
    """In this publication, whose audit row was written just now, a chief has set the missing consent aside."""
    rows = AuditRow.objects.filter(thing=Article._meta.label_lower, thing_number=str(article_id))
    newest = rows.filter(verb__in=("published", "updated")).order_by("-pk").first()
    return newest is not None and CONSENT in newest.detail.get("overridden", ())


def _end(alarms: Any, *, actor: User | None, **detail: Any) -> None:
    for alarm in alarms:
        if ConsentAlarm.objects.filter(pk=alarm.pk, ended_at=None).update(ended_at=timezone.now()):
            _note(alarm.report, ReportEvent.Verb.ALARM_ENDED, actor, alarm.article_id, **detail)


def _note(report: Report, verb: ReportEvent.Verb, actor: User | None, article_id: int, **detail: Any) -> None:
    handling.note_event(report, actor=actor, verb=verb, story=article_id, **detail)


@transaction.atomic
def settle(number: Any, *, actor: User, alarm: int, reason: str) -> None:
    """A chief says why the story may stay as it is, for example since nothing of it is printed."""
    if not actor.has_perm(OVERRIDE):
        raise handling.HandlingRefused(gettext("Only a chief may say that it stays. Update the story, or ask one."))
    if not reason.strip():
        raise handling.HandlingRefused(gettext("Say why it may stay although the witness took back their consent."))
    report = handling.hold(number, actor, even_purged=True)
    found = ConsentAlarm.objects.filter(pk=alarm, report=report, ended_at=None).select_related("report", "article")
    for each in found:
        record(
            actor=actor, verb=gettext_noop("withdrawn consent set aside"), thing=each.article,
            report=report.reference, note=reason.strip(),
        )  # fmt: skip
    _end(found, actor=actor, reason=reason.strip())


def announce() -> int:
    """For the worker, every quarter of an hour: those concerned hear of each open alarm once; of how many.

    Not at once: a notice keeps its minute, and of an anonymous witness not even the database knows that.
    """
    told = 0
    for alarm in open_ones().filter(is_announced=False)[:50]:
        with transaction.atomic():
            if ConsentAlarm.objects.filter(pk=alarm.pk, is_announced=False).update(is_announced=True):
                told += 1
                _tell(alarm)
    return told


def _tell(alarm: ConsentAlarm) -> None:
    report, story = alarm.report, alarm.article
    desk = str(report.section or gettext("every desk"))
    theirs = list(sorting.editors_of(report)) + ([report.assigned_to] if report.assigned_to else [])
    page = reverse("admin:citizen_reports_report_change", args=[report.pk])
    notices.tell(theirs, WITHDRAWN, page, urgent=True, reference=report.reference, desk=desk)
    others = [each for each in (*concerned(story), *editors_for(story)) if each not in theirs]
    page = reverse("admin:articles_article_change", args=[story.pk])
    notices.tell(others, WITHDRAWN, f"{page}#panel-reports", urgent=True, reference=report.reference, desk=desk)
