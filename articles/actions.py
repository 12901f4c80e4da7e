"""The verbs of the desk. Each is one transaction: rows, revision, audit row and one signal, or nothing at all.

Every verb takes the story's number, the `actor` (a member of staff; None is the system itself) and, where a page was
open, the `expected_version` it showed. Refusals are `articles.problems.DeskProblem`, and nothing has changed then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from accounts.models.audit import record
from articles import checks, publication, schedule, signals, snapshots, translations
from articles.models.desk import Article, State
from articles.models.places import Tag
from articles.models.published import OldPath, PublishedArticle
from articles.models.revisions import Revision
from articles.models.site import SiteSettings
from articles.problems import NotAllowed, NotReady, StaleCopy, WrongState
from articles.search import index
from articles.verbs import VERBS, within_limits

if TYPE_CHECKING:
    from accounts.models import User


# Why a schedule was cancelled.
_PUBLISHED_BEFORE = gettext_noop("It was published before its time.")
_TAKEN_OFF = gettext_noop("The story was taken off.")


def take_hold(number: int, *, verb: str, actor: User | None, expected_version: int | None = None) -> Article:
    """The story's row, locked to the end of the caller's transaction, once the verb is known to be allowed on it.

    Raises `NotAllowed`, `WrongState`, or `StaleCopy` when `expected_version` is given and is not the row's.
    """
    article = _locked(number)
    _let(article, verb=verb, actor=actor, expected_version=expected_version)
    return article


def _locked(number: int) -> Article:
    return Article.objects.select_for_update(of=("self",)).select_related("saved_by").get(pk=number)


def _let(article: Article, *, verb: str, actor: User | None, expected_version: int | None) -> None:
    rule = VERBS[verb]
    if not rule.allowed(actor, article):
        raise NotAllowed
    if not rule.fits(actor, article):
        raise WrongState(str(rule.label), article.stage_label)
    if expected_version is not None and article.version != expected_version:
        raise StaleCopy(
            saved_by=str(article.saved_by or ""), saved_at=article.saved_at,
            version=article.version, revision=article.latest_revision,
        )  # fmt: skip


@transaction.atomic
def create(*, actor: User | None, import_digest: str = "", language: str = "") -> Article:
    """An empty draft that belongs to `actor`, in the paper's main language unless one is given."""
    if actor and not actor.has_perm("articles.add_article"):
        raise NotAllowed
    language = language or SiteSettings.load().language
    return Article.objects.create(created_by=actor, saved_by=actor, language=language, import_digest=import_digest)


@transaction.atomic
def bring(content: dict[str, Any], *, import_digest: str) -> Article:
    """A draft by the system itself, whole at once: `create` and `save` with `content`, as copy from elsewhere."""
    article = create(actor=None, import_digest=import_digest, language=content.get("language", ""))
    empty = {**snapshots.fields_of(article), "tags": [], "bylines": []}
    snapshots.put_back(article, {**empty, **content}, is_new=True)
    finish_save(article, actor=None, verb=Revision.Verb.IMPORTED)
    return article


@transaction.atomic
def save(
    number: int,
    *,
    actor: User | None,
    content: dict[str, Any],
    expected_version: int | None = None,
    verb: Revision.Verb = Revision.Verb.SAVED,
) -> Revision:
    """Writes `content` (any keys of `snapshots.take`) into the working copy, and keeps a revision of the whole."""
    article = take_hold(number, verb="save", actor=actor, expected_version=expected_version)
    snapshots.put_back(article, {**snapshots.take(article), **content})
    return finish_save(article, actor=actor, verb=verb)


def finish_save(
    article: Article, *, actor: User | None, verb: Revision.Verb = Revision.Verb.SAVED, note: str = ""
) -> Revision:
    """The end of every save, in the transaction that wrote the working copy and holds its row (`take_hold`).

    A revision of what is now there, unless nothing has changed since the last one; version, audit row, signal.
    Raises `NotReady` when the story would come to lie in a section in which the actor does not work.
    """
    if actor and not within_limits(actor, article):
        raise NotReady({"section": [gettext("You do not work in this section. Choose one of yours.")]})
    content = snapshots.take(article)
    digest = snapshots.digest(content)
    last = article.latest_revision
    latest = article.revisions.filter(number=last).first() if last else None
    if latest and latest.digest == digest and verb == Revision.Verb.SAVED:
        return latest
    now = timezone.now()
    revision = Revision.objects.create(
        article=article, number=article.latest_revision + 1, verb=verb, content=content, digest=digest,
        note=note, created_at=now, created_by=actor,
    )  # fmt: skip
    article.latest_revision, article.digest = revision.number, digest
    article.version += 1
    article.saved_at, article.saved_by = now, actor
    if not article.has_unpublished_changes:  # what was changed has been taken back: nothing is on its way any more
        article.changes = ""
    article.save(update_fields=["latest_revision", "digest", "changes", "version", "saved_at", "saved_by"])
    record(actor=actor, verb=verb, thing=article, revision=revision.number)
    signal = signals.article_restored if verb == Revision.Verb.RESTORED else signals.article_saved
    signal.send(Article, article_id=article.pk)
    return revision


@transaction.atomic
def publish(
    number: int,
    *,
    actor: User | None,
    expected_version: int | None = None,
    at: datetime | None = None,
    options: dict[str, bool] | None = None,
    override: str = "",
    known: Collection[str] | None = None,
    frozen: int | None = None,
) -> PublishedArticle:
    """Puts the latest revision before readers. Publishing what is already there, just so, changes and signals nothing.

    `options` are the ticks of `articles.registry`; the signal hands them to the rooms that offered them.

    `at` is the moment of first publication for copy brought from elsewhere; it cannot lie in the future.
    `override` is the reason why checks that stand in the way are set aside; only a chief may give one.
    `known` are the codes that it was given for, where that was earlier: none but those are set aside.
    `frozen` is the number of the revision to take instead; the clock gives it. The clock was allowed to when it was
    set, so the role of `actor`, who set it, is not asked again.

    Raises `NotReady` with messages by field, besides what `take_hold` raises.
    """
    article = _locked(number)
    there = _already_live(article, actor, expected_version, frozen)
    if there:
        return there
    asked = actor if frozen is None else None
    _let(article, verb="publish", actor=asked, expected_version=expected_version)
    published, _none, said = _put_live(article, actor=asked, at=at, override=override, known=known, frozen=frozen)
    record(actor=actor, verb="published", thing=article, **said)
    schedule.settle(article, schedule.PUBLICATIONS, actor=actor, why=_PUBLISHED_BEFORE)
    signals.article_published.send(
        Article, article_id=article.pk, published=published, options=options or {}, actor=actor
    )
    return published


@transaction.atomic
def update(
    number: int,
    *,
    actor: User | None,
    expected_version: int | None = None,
    options: dict[str, bool] | None = None,
    override: str = "",
    known: Collection[str] | None = None,
    frozen: int | None = None,
    note_to_readers: str = "",
) -> PublishedArticle:
    """Puts the changes of a live story before readers; as `publish`, for what is already published.

    `note_to_readers` says what changed, where the section shows its stories' history.
    """
    article = _locked(number)
    there = _already_live(article, actor, expected_version, frozen)
    if there:
        return there
    asked = actor if frozen is None else None
    _let(article, verb="update", actor=asked, expected_version=expected_version)
    published, replaced, said = _put_live(
        article, actor=asked, override=override, known=known, frozen=frozen, note_to_readers=note_to_readers.strip()
    )
    record(actor=actor, verb="updated", thing=article, **said)
    schedule.settle(article, schedule.PUBLICATIONS, actor=actor, why=_PUBLISHED_BEFORE)
    signals.article_updated.send(
        Article, article_id=article.pk, published=published, replaced=replaced, options=options or {}, actor=actor
    )
    return published


def _already_live(
    article: Article, actor: User | None, expected_version: int | None, frozen: int | None
) -> PublishedArticle | None:
    """The publication, when readers already have exactly what is to go out: a second click, a second tab."""
    if article.state != State.PUBLISHED:
        return None
    if frozen is not None:
        is_there = article.revisions.filter(number=frozen, digest=article.live_digest).exists()
        return PublishedArticle.objects.get(pk=article.pk) if is_there else None
    if article.has_unpublished_changes or not VERBS["publish"].allowed(actor, article):
        return None
    if expected_version is not None and expected_version != article.version:
        return None
    return PublishedArticle.objects.get(pk=article.pk)


def _put_live(
    article: Article,
    *,
    actor: User | None,
    at: datetime | None = None,
    override: str = "",
    known: Collection[str] | None = None,
    frozen: int | None = None,
    note_to_readers: str = "",
) -> tuple[PublishedArticle, PublishedArticle | None, dict[str, Any]]:
    """The published row, the one before, and what the audit row says: revision, path, the clock, checks set aside."""
    site = SiteSettings.load()
    wanted = article.latest_revision if frozen is None else frozen
    revision = article.revisions.filter(number=wanted).first() or finish_save(article, actor=actor)
    now = timezone.now()
    first = article.first_published_at or (min(at, now) if at else now)
    choose = cache(partial(publication.choose_place, article, revision.content, site=site, first=first))
    found = checks.examine_story(article, revision.content, site=site, place=choose, only_required=True)
    set_aside = checks.hold(found, actor=actor, override=override, known=known)
    place = choose()
    published, replaced = publication.write(
        article.pk, revision, path=place["path"], published_at=first, updated_at=first if at else now,
        note_to_readers=note_to_readers,
    )  # fmt: skip
    if former := article.public_place:
        publication.leave_old_paths(article.pk, kind=OldPath.Kind.MOVED, target=place["path"], former=former)
    article.state = State.PUBLISHED
    article.live_revision, article.live_digest = revision.number, revision.digest
    article.first_published_at, article.public_place = first, place
    if not article.has_unpublished_changes:
        article.changes = ""
    if article.original and frozen is None:
        article.original_revision = article.original.latest_revision
    article.save(
        update_fields=[
            "state", "changes", "live_revision", "live_digest", "first_published_at", "public_place",
            "original_revision",
        ]
    )  # fmt: skip
    if revision.verb in {Revision.Verb.SAVED, Revision.Verb.SCHEDULED}:
        Revision.objects.filter(pk=revision.pk).update(verb=Revision.Verb.PUBLISHED)
    by_clock = {"by": "clock"} if frozen is not None else {}
    told = {"told": note_to_readers} if note_to_readers else {}
    return published, replaced, {"revision": revision.number, "path": published.path, **told, **by_clock, **set_aside}


@transaction.atomic
def withdraw(
    number: int, *, actor: User | None, note: str = "", expected_version: int | None = None, by_clock: bool = False
) -> Article:
    """Takes a story off quietly: its address says that it is no longer there. It can be published again.

    `by_clock`: `actor` set the clock and was allowed to then.
    """
    asked = None if by_clock else actor
    article = take_hold(number, verb="withdraw", actor=asked, expected_version=expected_version)
    published = _take_off(article, State.WITHDRAWN, OldPath.Kind.WITHDRAWN)
    record(actor=actor, verb="withdrawn", thing=article, note=note, **({"by": "clock"} if by_clock else {}))
    schedule.settle(article, schedule.Verb.values, actor=actor, why=_TAKEN_OFF)
    signals.article_withdrawn.send(Article, article_id=article.pk, published=published, actor=actor)
    return article


@transaction.atomic
def kill(number: int, *, actor: User | None, notice: str, expected_version: int | None = None) -> Article:
    """Retracts a story for good: its address answers 410 with `notice`. Raises `NotReady` without a notice."""
    if not notice.strip():
        raise NotReady({"notice": [publication.notice_missing()]})
    article = take_hold(number, verb="kill", actor=actor, expected_version=expected_version)
    published = _take_off(article, State.KILLED, OldPath.Kind.KILLED, notice=notice.strip())
    record(actor=actor, verb="killed", thing=article, notice=notice.strip())
    schedule.settle(article, schedule.Verb.values, actor=actor, why=_TAKEN_OFF)
    signals.article_killed.send(Article, article_id=article.pk, published=published, actor=actor)
    return article


def _take_off(article: Article, state: State, kind: OldPath.Kind, *, notice: str = "") -> PublishedArticle | None:
    """What readers had until now; None when it was off already."""
    rows = PublishedArticle.objects.filter(pk=article.pk)
    published = rows.select_related("section__parent", "series").first()
    headline = published.headline if published else ""  # as readers knew it
    rows.delete()
    index.forget(article.pk)
    publication.follow(article.pk)
    publication.leave_old_paths(article.pk, kind=kind, former=article.public_place, notice=notice, headline=headline)
    article.state, article.changes, article.live_revision, article.live_digest = state, "", None, ""
    article.save(update_fields=["state", "changes", "live_revision", "live_digest"])
    return published


@transaction.atomic
def restore(
    number: int, *, actor: User | None, revision: int, field: str = "", expected_version: int | None = None
) -> Revision:
    """Writes an old revision back into the working copy, or one `field` of it (a key of `snapshots.take`).

    What readers see stays until it is published. Raises ``Revision.DoesNotExist`` for one that is not there (any more).
    The new revision's note is the old one's number, and after a space the field.
    """
    article = take_hold(number, verb="restore", actor=actor, expected_version=expected_version)
    old = article.revisions.get(number=revision)
    now = snapshots.take(article)
    snapshots.put_back(article, {**now, field: old.content.get(field, now[field])} if field else old.content)
    return finish_save(article, actor=actor, verb=Revision.Verb.RESTORED, note=f"{old.number} {field}".strip())


@transaction.atomic
def discard(number: int, *, actor: User | None, expected_version: int | None = None) -> Article:
    """Puts a draft that was never published into the bin, with all its revisions. `reclaim` takes it out again."""
    article = take_hold(number, verb="discard", actor=actor, expected_version=expected_version)
    schedule.settle(article, schedule.Verb.values, actor=actor, why=_TAKEN_OFF)
    signals.article_discarded.send(Article, article_id=article.pk, actor=actor)
    return _set_state(article, "discard", actor)


@transaction.atomic
def reclaim(number: int, *, actor: User | None, expected_version: int | None = None) -> Article:
    """Takes a draft back out of the bin. Raises `NotReady` when its group has another in its language meanwhile.

    Where its original has become a translation meanwhile, it is one of the same original, and a revision says so.
    """
    article = take_hold(number, verb="reclaim", actor=actor, expected_version=expected_version)
    former = article.original_id
    translations.settle(article, former=former)
    if article.original_id != former:
        article.save(update_fields=["original", "original_revision"])
        finish_save(article, actor=actor)
    return _set_state(article, "reclaim", actor)


def _set_state(article: Article, verb: str, actor: User | None) -> Article:
    article.state = VERBS[verb].target or article.state
    article.save(update_fields=["state"])
    record(actor=actor, verb={"discard": "discarded", "reclaim": "reclaimed"}[verb], thing=article)
    return article


def names_to_tags(names: Iterable[str]) -> list[Tag]:
    """Tags of these names, in any case; those that do not exist yet are made."""
    tags = []
    for name in dict.fromkeys(name.strip() for name in names if name.strip()):
        tags.append(Tag.objects.filter(name__named=name).first() or Tag.objects.create(name=name))
    return tags
