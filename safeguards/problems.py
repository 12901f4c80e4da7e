"""What a safeguard refuses: one family, each with a message fit for whoever asked."""

from typing import Literal

from django.utils.translation import gettext_lazy as _


class SafeguardProblem(Exception):
    """A safeguard said no. ``str()`` of it may be shown; it never holds what was to be protected."""

    message = _("This was refused.")

    def __str__(self) -> str:
        return str(self.message)


class Unsealable(SafeguardProblem):
    """Changed, cut short, from another place, or sealed by a key that is gone: which of them is not said."""

    message = _("This cannot be opened: it was changed, or its key is missing.")


class KeysFixed(SafeguardProblem):
    """The environment holds the sealing keys, so this program cannot add one."""

    message = _("The sealing keys are set by SEALING_KEYS; add a new one at its end.")


class TokenProblem(SafeguardProblem):
    """The form's token does not stand. Nothing was done with what the form held."""


class TokenMissing(TokenProblem):
    message = _("Part of this form is missing. Please load the page again and send it once more.")


class TokenForged(TokenProblem):
    message = _("This form cannot be accepted as it came. Please load the page again and send it once more.")


class TokenTooFast(TokenProblem):
    message = _("This came faster than a person can type. Please wait a few seconds and send it again.")


class TokenTooOld(TokenProblem):
    message = _("This page was open for too long. Please load it again and send it once more.")


class OutgoingRefused(SafeguardProblem):
    """The address is not one that we call. Nothing was sent."""

    message = _("Only public web addresses (http, https) may be called.")


class OutgoingFailed(SafeguardProblem):
    """No answer came. ``phase`` "before": certainly nothing was sent; "after": some or all of the request may
    have arrived. ``reason`` is the technical cause, in English, for logs.
    """

    message = _("The other server could not be reached, or did not answer properly.")

    def __init__(self, phase: Literal["before", "after"], reason: str) -> None:
        self.phase, self.reason = phase, reason
        super().__init__(phase, reason)
