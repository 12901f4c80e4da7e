"""What can stand in the way of a verb: one family, each with a message fit for an editor."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext

from articles.findings import Finding


class DeskProblem(Exception):
    """A verb was refused, and nothing was changed. ``str()`` of it may be shown to the editor."""


class NotAllowed(DeskProblem):
    """The person's role does not hold the permission."""

    def __init__(self) -> None:
        super().__init__(gettext("Your role does not allow this. Ask an editor."))


class WrongState(DeskProblem):
    """The story is not in a state from which the verb leads on; often somebody else was quicker."""

    def __init__(self, verb: str, state: str) -> None:
        super().__init__(
            gettext("This story is now “%(state)s”, so this cannot be done: %(verb)s. Load the page again.")
            % {"state": state, "verb": verb}
        )


class StaleCopy(DeskProblem):
    """The working copy was saved by somebody after this page was opened."""

    def __init__(self, *, saved_by: str, saved_at: datetime, version: int, revision: int) -> None:
        self.saved_by, self.saved_at, self.version, self.revision = saved_by, saved_at, version, revision
        super().__init__(
            gettext("%(name)s saved this story while you had it open.") % {"name": saved_by or gettext("Somebody else")}
        )


class StaleFront(DeskProblem):
    """The front page's draft was changed by somebody after this page was opened."""

    def __init__(self, *, changed_by: str) -> None:
        super().__init__(
            gettext("%(name)s changed this front page while you had it open.")
            % {"name": changed_by or gettext("Somebody else")}
        )


class NotReady(DeskProblem):
    """The story lacks what a publication needs. ``errors`` maps field names to messages.

    ``findings`` are the checks that stand in the way, where it was checks.
    """

    def __init__(self, errors: dict[str, list[str]], findings: Sequence[Finding] = ()) -> None:
        self.errors, self.findings = errors, findings
        super().__init__(" ".join(message for messages in errors.values() for message in messages))
