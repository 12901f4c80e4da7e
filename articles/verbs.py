"""The verbs on a story: from which states each leads where, and who may. The admin and `articles.actions` read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from articles.models.desk import Article, State

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class Verb:
    """`permission` is held by role; `own_permission`, if any, is enough for a story of one's own."""

    label: str | Promise
    sources: frozenset[str]
    target: str | None  # None: the state stays
    permission: str
    own_permission: str = ""

    def allowed(self, user: User | None, article: Article) -> bool:
        """Whether this person may do it to this story. None is the system itself, which may."""
        if user is None or user.has_perm(self.permission):
            return True
        return bool(self.own_permission) and user.has_perm(self.own_permission) and article.belongs_to(user)


def _from(*states: State) -> frozenset[str]:
    return frozenset(str(state) for state in states)


_OPEN = _from(State.DRAFT, State.PUBLISHED, State.WITHDRAWN)
_CHANGE, _CHANGE_OWN = "articles.change_article", "articles.change_own_article"

VERBS: dict[str, Verb] = {
    "save": Verb(_("Save draft"), _OPEN, None, _CHANGE, _CHANGE_OWN),
    "restore": Verb(_("Restore"), _OPEN, None, _CHANGE, _CHANGE_OWN),
    "publish": Verb(_("Publish"), _from(State.DRAFT, State.WITHDRAWN), State.PUBLISHED, "articles.publish_article"),
    "update": Verb(_("Publish changes"), _from(State.PUBLISHED), State.PUBLISHED, "articles.update_article"),
    "withdraw": Verb(_("Withdraw"), _from(State.PUBLISHED), State.WITHDRAWN, "articles.withdraw_article"),
    "kill": Verb(_("Kill"), _from(State.PUBLISHED, State.WITHDRAWN), State.KILLED, "articles.kill_article"),
    "discard": Verb(_("Discard"), _from(State.DRAFT), State.DISCARDED, "articles.discard_article", _CHANGE_OWN),
    "reclaim": Verb(
        _("Take back out of the bin"), _from(State.DISCARDED), State.DRAFT, "articles.discard_article", _CHANGE_OWN
    ),
}


def offered(user: User, article: Article) -> list[str]:
    """Names of the verbs that make sense on this story now and that this person may do."""
    return [name for name, verb in VERBS.items() if article.state in verb.sources and verb.allowed(user, article)]


# What audit rows about the paper say; `AuditRow.said` looks the words up in the reader's language.
AUDIT_WORDS = (
    gettext_noop("saved"), gettext_noop("imported"), gettext_noop("restored"), gettext_noop("published"),
    gettext_noop("updated"), gettext_noop("withdrawn"), gettext_noop("killed"), gettext_noop("discarded"),
    gettext_noop("reclaimed"), gettext_noop("deleted"), gettext_noop("section saved"), gettext_noop("page saved"),
    gettext_noop("tag saved"), gettext_noop("series saved"), gettext_noop("menu item saved"),
    gettext_noop("site settings saved"),
)  # fmt: skip
