"""Who wrote a mail: a person or a program (RFC 3834, RFC 3464, and what mail systems do beside them)."""

from __future__ import annotations

import re

from citizen_reports.mail import addresses
from citizen_reports.mail.reading import Letter
from citizen_reports.models.mail import InboundEmail

Reason = InboundEmail.Reason
_DAEMONS = re.compile(r"(mailer-daemon|postmaster|mail-daemon|mailerdaemon)@", re.IGNORECASE)
_NO_REPLY = re.compile(
    r"(.*[._+-])?(no-?_?reply|do-?_?not-?_?reply|notifications?|alerts?|bounces?|mailer|newsletter|listserv|majordomo)"
    r"([._+-].*)?@",
    re.IGNORECASE,
)
# Nobody needs to decide about these: they are kept aside for their 30 days, and that is all.
SET_ASIDE = frozenset({Reason.OWN, Reason.BOUNCE, Reason.AUTO_REPLY})


def robot(letter: Letter) -> InboundEmail.Reason | None:
    """Why a program is thought to have written it; None for a person."""
    signals = letter.signals
    said = {name: value.lower().strip() for name, value in signals.items()}
    if addresses.is_ours(letter.sender) or addresses.report_answered([letter.message_id]):
        return Reason.OWN
    is_report = "multipart/report" in said.get("content-type", "") and "disposition" not in said["content-type"]
    if is_report or "x-failed-recipients" in said or _DAEMONS.match(letter.sender):
        return Reason.BOUNCE
    submitted = said.get("auto-submitted", "no").partition(";")[0].strip()
    precedence = said.get("precedence", "")
    if (
        submitted.startswith("auto-replied")
        or precedence in ("auto_reply", "auto-reply")
        or {"x-autoreply", "x-autorespond"} & said.keys()
        or "multipart/report" in said.get("content-type", "")
        or said.get("return-path") == "<>"
    ):
        return Reason.AUTO_REPLY
    if (
        said.get("x-spam-flag") == "yes"
        or said.get("x-spam") == "yes"
        or said.get("x-spam-status", "").startswith("yes")
    ):
        return Reason.SPAM
    is_list = any(name.startswith("list-") for name in said) or precedence in ("bulk", "junk", "list")
    if submitted != "no" or is_list or "x-loop" in said or _NO_REPLY.match(letter.sender):
        return Reason.ROBOT
    return None


def is_forged(letter: Letter) -> bool:
    """The mail server says that it does not come from the address that it gives (RFC 8601)."""
    said = letter.signals.get("authentication-results", "")
    return re.search(r"\bdmarc\s*=\s*fail", said, re.IGNORECASE) is not None


def may_answer(letter: Letter) -> bool:
    """A mail that a person wrote may be acknowledged: not to ourselves, nor where the sender may be forged."""
    signals = letter.signals
    return bool(
        addresses.normal(letter.sender)
        and robot(letter) is None
        and addresses.domain_of(letter.sender) != addresses.domain_of(addresses.base())
        and "x-auto-response-suppress" not in signals
        and not is_forged(letter)
    )
