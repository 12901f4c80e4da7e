"""Our own addresses: the mailbox that witnesses write to, and what is put into addresses to know a report again.

A reply to our mail goes to ``reports+7k2m9q.<80 bits>@…``: the report's public reference and a keyed hash of it, which
nobody can make up. Our mails call themselves by such a name too, under another key, so that a reply finds its report
even where the address was lost on the way.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings

from citizen_reports.models import Report
from citizen_reports.models.reports import ReportState
from safeguards.sealing import keyed_hash

_TOKEN = re.compile(r"\+([0-9a-hjkmnp-tv-z]{6})\.([a-z2-7]{16})@", re.IGNORECASE)
_OUR_ID = re.compile(r"<([0-9a-hjkmnp-tv-z]{6})\.([a-z2-7]{16})\.\w{1,40}@", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s@<>\"(),:;\\]{1,64}@[^\s@<>\"(),:;\\]{1,255}")


def base() -> str:
    """The address that witnesses write to, as the operator set it; "" where none is: then nothing is ever sent."""
    return str(settings.REPORTS_ADDRESS)


def normal(address: str) -> str:
    """An address as it is compared and written to: "" if it is none that a letter could go to."""
    address = address.strip()
    return address if len(address) <= 254 and _ADDRESS.fullmatch(address) else ""


def is_same(one: str, other: str) -> bool:
    return bool(one) and one.casefold() == other.casefold()


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].casefold()


def is_ours(address: str) -> bool:
    """The mailbox itself, under any of its plus addresses, or the sender of the newsroom's letters."""
    local, _at, domain = address.casefold().rpartition("@")
    bare = f"{local.partition('+')[0]}@{domain}"
    return bare in {base().casefold(), parseaddr(settings.DEFAULT_FROM_EMAIL)[1].casefold()}


def for_report(report: Report) -> str:
    """The plus address to which the witness's reply goes."""
    local, _at, domain = base().rpartition("@")
    return f"{local}+{_short(report)}.{_mac(report, 'address')}@{domain}"


def message_id(report: Report, what: str = "") -> str:
    """What a mail of ours to this witness calls itself. The same `what` (letters and digits) gives the same name."""
    host = domain_of(base()) or urlsplit(settings.SITE_URL).hostname
    return f"<{_short(report)}.{_mac(report, 'message')}.{what or secrets.token_hex(8)}@{host}>"


def report_addressed(recipients: list[str]) -> Report | None:
    """The report whose plus address is among the recipients; None when there is none, or it is purged."""
    return _first(_TOKEN, recipients, "address")


def report_answered(references: list[str]) -> Report | None:
    """The report to whose witness we wrote the mail that is referred to."""
    return _first(_OUR_ID, references, "message")


def _first(pattern: re.Pattern[str], texts: list[str], use: str) -> Report | None:
    for short, mac in (found.groups() for text in texts[-50:] if (found := pattern.search(text))):
        reference = f"CR-{short[:4]}-{short[4:]}".upper()
        report = Report.objects.filter(reference=reference).exclude(state=ReportState.PURGED).first()
        if report and hmac.compare_digest(_mac(report, use), mac.lower()):
            return report
    return None


def _short(report: Report) -> str:
    return report.reference.removeprefix("CR-").replace("-", "").lower()


def _mac(report: Report, use: str) -> str:
    digest = bytes.fromhex(keyed_hash(str(report.pk), purpose=f"citizen_reports.mail.{use}"))
    return base64.b32encode(digest[:10]).decode().lower()
