"""The verbs on a story: from which states each leads where, and who may. The admin and `articles.actions` read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from articles.models.desk import ON_THEIR_WAY, Article, State
from articles.models.places import Section
from articles.models.workflow import SectionLimit

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class Verb:
    """`permission` is held by role; `own_permission`, if any, is enough for a story of one's own.

    `sources` are stages (`Article.stage`). `own_sources`: from which of them the own permission leads on; None: from
    all. Of a live story, a `target` that readers do not see is where its changes come to stand. `audit` is what audit
    rows say.
    """

    label: str | Promise
    sources: frozenset[str]
    target: str | None  # None: the state stays
    permission: str
    own_permission: str = ""
    own_sources: frozenset[str] | None = None
    needs_note: bool = False
    audit: str = ""

    def allowed(self, user: User | None, article: Article, *, is_own: bool | None = None) -> bool:
        """Whether this person may do it to this story. None is the system itself, which may.

        `is_own`: whether the story belongs to the person, where a list has asked for all its stories at once.
        """
        if user is None:
            return True
        if not within_limits(user, article):
            return False
        return user.has_perm(self.permission) or self._own(user, article, is_own)

    def fits(self, user: User | None, article: Article) -> bool:
        """Whether the story's state lets this person do it, who may (`allowed`)."""
        if user and self.own_sources is not None and not user.has_perm(self.permission):
            return article.stage in self.own_sources
        return article.stage in self.sources

    def _own(self, user: User, article: Article, is_own: bool | None) -> bool:
        if not self.own_permission or not user.has_perm(self.own_permission):
            return False
        return article.belongs_to(user) if is_own is None else is_own


def sections_of(user: User) -> frozenset[int] | None:
    """Numbers of the sections that this person works in, those below them among them; None: in all."""
    known = user.__dict__.get("_desk_sections", False)
    if known is False:
        tops = list(SectionLimit.objects.filter(user=user).values_list("section", flat=True))
        below = Section.objects.filter(parent__in=tops).values_list("pk", flat=True) if tops else []
        known = user.__dict__["_desk_sections"] = frozenset([*tops, *below]) if tops else None
    return known


def within_limits(user: User, article: Article) -> bool:
    """Whether the story lies in a section that this person works in; without a section yet, it lies in none's way."""
    limits = sections_of(user)
    return limits is None or article.section_id is None or article.section_id in limits


def _from(*states: State) -> frozenset[str]:
    return frozenset(str(state) for state in states)


def _live(*changes: State) -> frozenset[str]:
    """Live, with changes that are so far on their way."""
    return frozenset(f"{State.PUBLISHED} {state}" for state in changes)


_UNPUBLISHED = _from(State.DRAFT, State.IN_REVIEW, State.RETURNED, State.READY)
_LIVE = _from(State.PUBLISHED) | _live(*ON_THEIR_WAY)
_OPEN = _UNPUBLISHED | _LIVE | _from(State.WITHDRAWN)
# What is with the desk is not changed under its hands.
_IN_REVIEW = _from(State.IN_REVIEW) | _live(State.IN_REVIEW)
_WITH_THE_DESK = _IN_REVIEW | _from(State.READY) | _live(State.READY)
_WRITERS = _OPEN - _WITH_THE_DESK
_TO_HAND_IN = _from(State.DRAFT, State.RETURNED, State.PUBLISHED) | _live(State.RETURNED)
_CHANGE, _CHANGE_OWN = "articles.change_article", "articles.change_own_article"
_DISCARD = "articles.discard_article"

VERBS: dict[str, Verb] = {
    "save": Verb(_("Save draft"), _OPEN, None, _CHANGE, _CHANGE_OWN, _WRITERS),
    "restore": Verb(_("Restore"), _OPEN, None, _CHANGE, _CHANGE_OWN, _WRITERS),
    "submit": Verb(
        _("Send for review"), _TO_HAND_IN, State.IN_REVIEW, _CHANGE, _CHANGE_OWN, audit=gettext_noop("sent for review")
    ),
    "recall": Verb(
        _("Take back"), _WITH_THE_DESK, State.DRAFT, _CHANGE, _CHANGE_OWN, _IN_REVIEW, audit=gettext_noop("taken back")
    ),
    "return": Verb(
        _("Return to the writer"), _WITH_THE_DESK, State.RETURNED, _CHANGE, needs_note=True,
        audit=gettext_noop("returned"),
    ),
    "ready": Verb(
        _("Mark as ready"), _TO_HAND_IN | _IN_REVIEW, State.READY, _CHANGE, audit=gettext_noop("marked as ready")
    ),
    "plan": Verb(_("Plan"), _OPEN, None, "articles.commission_article", audit=gettext_noop("planned")),
    "flag": Verb(_("Flags"), _OPEN, None, _CHANGE, _CHANGE_OWN, _WRITERS, audit=gettext_noop("flagged")),
    "take": Verb(_("I take it"), _OPEN, None, _CHANGE, audit=gettext_noop("taken on")),
    "translate": Verb(
        _("Begin a translation"), _OPEN, None, "articles.view_article", _CHANGE_OWN,
        audit=gettext_noop("translation begun"),
    ),
    "comment": Verb(_("Comment"), _OPEN | _from(State.KILLED), None, "articles.view_article", _CHANGE_OWN),
    "publish": Verb(_("Publish"), _UNPUBLISHED | _from(State.WITHDRAWN), State.PUBLISHED, "articles.publish_article"),
    "update": Verb(_("Publish changes"), _LIVE, State.PUBLISHED, "articles.update_article"),
    "schedule": Verb(_("Schedule"), _OPEN, None, "articles.publish_article", audit=gettext_noop("scheduled")),
    "unschedule": Verb(
        _("Cancel the schedule"), _OPEN, None, "articles.publish_article", audit=gettext_noop("schedule cancelled")
    ),
    "correct": Verb(_("Correct"), _LIVE, None, "articles.update_article", audit=gettext_noop("corrected")),
    "withdraw": Verb(_("Withdraw"), _LIVE, State.WITHDRAWN, "articles.withdraw_article"),
    "kill": Verb(
        _("Kill"), _LIVE | _from(State.WITHDRAWN), State.KILLED, "articles.kill_article", needs_note=True
    ),
    "discard": Verb(
        _("Discard"), _UNPUBLISHED, State.DISCARDED, _DISCARD, _CHANGE_OWN, _from(State.DRAFT, State.RETURNED)
    ),
    "reclaim": Verb(_("Take back out of the bin"), _from(State.DISCARDED), State.DRAFT, _DISCARD, _CHANGE_OWN),
}  # fmt: skip


def offered(user: User, article: Article) -> list[str]:
    """Names of the verbs that make sense on this story now and that this person may do."""
    return [name for name, verb in VERBS.items() if verb.fits(user, article) and verb.allowed(user, article)]


# What audit rows about the paper say; `AuditRow.said` looks the words up in the reader's language.
AUDIT_WORDS = (
    gettext_noop("saved"), gettext_noop("imported"), gettext_noop("restored"), gettext_noop("published"),
    gettext_noop("updated"), gettext_noop("withdrawn"), gettext_noop("killed"), gettext_noop("discarded"),
    gettext_noop("reclaimed"), gettext_noop("deleted"), gettext_noop("section saved"), gettext_noop("page saved"),
    gettext_noop("tag saved"), gettext_noop("series saved"), gettext_noop("menu item saved"),
    gettext_noop("site settings saved"), gettext_noop("front launched"), gettext_noop("front restored"),
    gettext_noop("draft discarded"), gettext_noop("banner set"), gettext_noop("banner ended"),
    gettext_noop("in line with the original"),
)  # fmt: skip
