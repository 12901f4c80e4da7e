"""The verbs inside the desk: nothing that readers see changes. As in `articles.actions`, each is one transaction.

Those concerned are told in the admin (`accounts.notices`), and by mail if they wish; nobody is told of their own doing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from accounts import notices
from accounts.models import User
from accounts.models.audit import record
from accounts.roles import roles_with
from articles import actions, schedule
from articles.actions import take_hold
from articles.models.desk import Article, State
from articles.models.revisions import Revision
from articles.models.site import SiteSettings
from articles.models.workflow import Comment, ScheduledChange, SectionLimit
from articles.problems import DeskProblem, NotAllowed, NotReady
from articles.verbs import VERBS, within_limits

if TYPE_CHECKING:
    from datetime import datetime

# What the panel says of a publication that the clock no longer carries out: nobody publishes what is being rewritten.
_WENT_BACK = gettext_noop("It went back to the writer.")
FLAGS = ("needs_legal", "needs_picture", "is_sensitive")
PLANS = ("assignee", "due_at", "commissioned_length", "brief", "embargo_until")


@transaction.atomic
def submit(number: int, *, actor: User | None, note: str = "", expected_version: int | None = None) -> Article:
    """Hands copy, or changes of a live story, to the desk. The revision handed in is kept for good.

    Raises `NotReady` without a headline, `DeskProblem` where readers have all of a live story already.
    """
    article = take_hold(number, verb="submit", actor=actor, expected_version=expected_version)
    if not article.headline.strip():
        raise NotReady({"headline": [gettext("A story needs a headline before the desk takes it.")]})
    article.revisions.filter(number=article.latest_revision, verb=Revision.Verb.SAVED).update(
        verb=Revision.Verb.SUBMITTED
    )
    return _move(article, "submit", actor=actor, note=note, to=[*concerned(article), *editors_for(article)])


@transaction.atomic
def recall(number: int, *, actor: User | None, expected_version: int | None = None) -> Article:
    """Takes copy back from the desk to go on writing."""
    article = take_hold(number, verb="recall", actor=actor, expected_version=expected_version)
    schedule.settle(article, schedule.PUBLICATIONS, actor=actor, why=_WENT_BACK)
    return _move(article, "recall", actor=actor, to=[*concerned(article), *editors_for(article)])


@transaction.atomic
def send_back(number: int, *, actor: User | None, note: str, expected_version: int | None = None) -> Article:
    """Gives copy back to its writer with a note on what is to be done. Raises `NotReady` without one."""
    if not note.strip():
        raise NotReady({"note": [gettext("Say what is to be done: the writer sees it.")]})
    article = take_hold(number, verb="return", actor=actor, expected_version=expected_version)
    to = concerned(article)  # whoever had it on the desk, or set the clock, among them
    schedule.settle(article, schedule.PUBLICATIONS, actor=actor, why=_WENT_BACK)
    article.assignee = writer_of(article)
    article.save(update_fields=["assignee"])
    return _move(article, "return", actor=actor, note=note, to=[*to, *filter(None, [article.assignee])])


@transaction.atomic
def mark_ready(number: int, *, actor: User | None, note: str = "", expected_version: int | None = None) -> Article:
    """Says that nothing is left to do but to publish. Raises `DeskProblem` as `submit` does."""
    article = take_hold(number, verb="ready", actor=actor, expected_version=expected_version)
    return _move(article, "ready", actor=actor, note=note, to=[*concerned(article), *editors_for(article)])


def _move(article: Article, verb: str, *, actor: User | None, note: str = "", to: Iterable[User]) -> Article:
    rule = VERBS[verb]
    is_live, target = article.state == State.PUBLISHED, rule.target or ""
    if not is_live:
        article.state = target
    elif article.has_unpublished_changes:
        article.changes = "" if target == State.DRAFT else target
    else:
        raise DeskProblem(gettext("Readers have this story just as it is: there are no changes to hand on."))
    article.save(update_fields=["state", "changes"])
    note = note.strip()
    if note and actor:
        Comment.objects.create(article=article, author=actor, text=note)
    said = {**({"note": note[:300]} if note else {}), **({"live": True} if is_live else {})}
    record(actor=actor, verb=rule.audit, thing=article, **said)
    _tell(to, _CHANGES_SENT if is_live and verb == "submit" else _MOVED[verb], article, actor)
    return article


_CHANGES_SENT = gettext_noop("%(who)s sent changes to the live story “%(story)s” for review.")
_MOVED = {
    "submit": gettext_noop("%(who)s sent “%(story)s” for review."),
    "recall": gettext_noop("%(who)s took “%(story)s” back."),
    "return": gettext_noop("%(who)s returned “%(story)s” with a note."),
    "ready": gettext_noop("%(who)s marked “%(story)s” as ready."),
}


@transaction.atomic
def commission(*, actor: User | None, content: dict[str, Any], **plans: Any) -> Article:
    """Begins a story for somebody: a draft with `content` (as for `actions.save`) and `plans` (any of `PLANS`).

    The assignee may write it as if it were their own. Raises what `actions.save` and `plan` raise.
    """
    article = actions.create(actor=actor)
    if actor and not VERBS["plan"].allowed(actor, article):
        raise NotAllowed
    actions.save(article.pk, actor=actor, content=content)
    return plan(article.pk, actor=actor, **plans)


@transaction.atomic
def plan(
    number: int,
    *,
    actor: User | None,
    expected_version: int | None = None,
    **changes: User | datetime | int | str | None,
) -> Article:
    """Writes those of `changes` (any of `PLANS`) that differ; a new assignee is told.

    Raises `NotReady` for an assignee who does not work in the story's section.
    """
    article = take_hold(number, verb="plan", actor=actor, expected_version=expected_version)
    assignee = changes.get("assignee")
    if isinstance(assignee, User) and not within_limits(assignee, article):
        said = gettext("%(name)s does not work in this section.") % {"name": assignee}
        raise NotReady({"assignee": [said]})
    changed = _write(article, changes, allowed=PLANS)
    if not changed:
        return article
    record(actor=actor, verb=VERBS["plan"].audit, thing=article, fields=sorted(changed))
    if "assignee" in changed and article.assignee:
        _tell([article.assignee], gettext_noop("%(who)s gave you “%(story)s”."), article, actor)
    return article


@transaction.atomic
def flag(number: int, *, actor: User | None, expected_version: int | None = None, **flags: bool) -> Article:
    """Sets or takes off flags (any of `FLAGS`). Only an editor clears “needs legal”; the writer is told of it."""
    article = take_hold(number, verb="flag", actor=actor, expected_version=expected_version)
    if article.needs_legal and flags.get("needs_legal") is False and actor:
        if not actor.has_perm("articles.clear_legal"):
            raise NotAllowed
        _tell(concerned(article), gettext_noop("%(who)s cleared “%(story)s” legally."), article, actor)
    changed = _write(article, flags, allowed=FLAGS)
    if changed:
        record(actor=actor, verb=VERBS["flag"].audit, thing=article, **{name: flags[name] for name in changed})
    return article


@transaction.atomic
def take(number: int, *, actor: User) -> Article:
    """The story is now with this person; whoever had it is told."""
    article = take_hold(number, verb="take", actor=actor)
    former = article.assignee
    if former != actor:
        _write(article, {"assignee": actor}, allowed=PLANS)
        record(actor=actor, verb=VERBS["take"].audit, thing=article)
        _tell([former] if former else [], gettext_noop("%(who)s has taken on “%(story)s”."), article, actor)
    return article


def _write(article: Article, changes: dict[str, Any], *, allowed: tuple[str, ...]) -> set[str]:
    unknown = changes.keys() - set(allowed)
    if unknown:
        raise TypeError(f"not to be changed here: {sorted(unknown)}")
    changed = {name for name, value in changes.items() if getattr(article, name) != value}
    for name in changed:
        setattr(article, name, changes[name])
    if changed:
        article.save(update_fields=sorted(changed))
    return changed


@transaction.atomic
def comment(number: int, *, actor: User, text: str, answers: int | None = None, excerpt: str = "") -> Comment:
    """Says something about a story to the rest of the desk. Raises `NotReady` when nothing is said."""
    if not text.strip():
        raise NotReady({"text": [gettext("Write something first.")]})
    article = take_hold(number, verb="comment", actor=actor)
    first = article.comments.filter(pk=answers, answers=None).first() if answers else None
    made = Comment.objects.create(
        article=article, author=actor, text=text.strip(), answers=first, excerpt="" if first else excerpt.strip()[:300]
    )
    said_before = User.objects.filter(pk__in=article.comments.values("author"), is_active=True)
    _tell([*concerned(article), *said_before], gettext_noop("%(who)s commented on “%(story)s”."), article, actor)
    return made


@transaction.atomic
def resolve(comment_number: int, *, actor: User, is_resolved: bool = True) -> Comment:
    """Closes a comment with its answers, or opens it again. A second click changes nothing."""
    made = Comment.objects.select_related("article").get(pk=comment_number, answers=None)
    take_hold(made.article_id, verb="comment", actor=actor)
    now = timezone.now() if is_resolved else None
    Comment.objects.filter(pk=made.pk, resolved_at__isnull=is_resolved).update(
        resolved_at=now, resolved_by=actor if is_resolved else None
    )
    made.refresh_from_db()
    return made


def writer_of(article: Article) -> User | None:
    """Who is to go on writing: who handed it in last, or began it, and is still here; else whoever has it now.

    Of a live story: who handed in the changes last, or began them.
    """
    revisions = article.revisions.filter(number__gt=article.live_revision or 0).order_by("number")
    handed_in = revisions.filter(verb=Revision.Verb.SUBMITTED).last()
    first = revisions.first() if article.live_revision else None
    made = [revision.created_by for revision in (handed_in, first) if revision]
    candidates = [*made, article.created_by, article.assignee]
    return next((person for person in candidates if person and person.is_active), None)


def concerned(article: Article) -> list[User]:
    """Whose story it is: who began it, has it now, handed it in, has a byline on it, or has set the clock for it.

    Active members of staff.
    """
    waiting = article.schedule.filter(state=ScheduledChange.State.WAITING)
    people = {
        article.created_by_id, article.assignee_id, *article.bylines.values_list("author__user", flat=True),
        *waiting.values_list("created_by", flat=True),
        *article.revisions.filter(verb=Revision.Verb.SUBMITTED).values_list("created_by", flat=True),
    }  # fmt: skip
    return list(User.objects.filter(pk__in=people - {None}, is_active=True))


def editors_for(article: Article) -> list[User]:
    """Those of the desk who take copy: everybody who may change others' copy in the story's section."""
    people = User.objects.filter(is_active=True, role__in=roles_with(VERBS["return"].permission))
    if article.section:
        limited = SectionLimit.objects.values("user")
        here = SectionLimit.objects.filter(section__in=[article.section_id, article.section.parent_id]).values("user")
        people = people.filter(~Q(pk__in=limited) | Q(pk__in=here))
    return list(people)


def _tell(people: Iterable[User], message: str, article: Article, actor: User | None) -> None:
    notices.tell(
        people, message, url=reverse("admin:articles_article_change", args=[article.pk]), actor=actor,
        who=str(actor or SiteSettings.load()), story=str(article),
    )  # fmt: skip
