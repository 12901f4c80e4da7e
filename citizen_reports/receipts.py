"""The receipt: the one thing by which a witness comes back, and by which nobody learns who they are.

16 characters of Crockford's base 32 carry 80 bits; a 17th detects any one mistyped and any two exchanged. The code is
made from the form's token, so that equal posts of one form all show the same; what is stored is a keyed hash of it.
"""

import base64
import binascii
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from citizen_reports.models import Report
from safeguards.problems import Unsealable
from safeguards.sealing import keyed_hash, seal, unseal

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
VISIT = timedelta(minutes=30)
LONGEST_VISIT = timedelta(hours=12)  # while a film comes over a bad link: 200 MB at 5 KB a second
READ_AS = str.maketrans("OIL", "011")
_CONTEXT = "citizen_reports.visit"
_LENGTH = 16


def code_for(nonce: str) -> str:
    """The receipt that belongs to a form's token, as it is shown: ``XXXX-XXXX-XXXX-XXXX-C``."""
    digest = bytes.fromhex(keyed_hash(nonce, purpose="citizen_reports.receipt"))
    bits = int.from_bytes(digest[:10])
    code = "".join(ALPHABET[bits >> shift & 31] for shift in range(75, -5, -5))
    return "-".join([*(code[at : at + 4] for at in range(0, _LENGTH, 4)), _check_character(code)])


def bare(typed: str) -> str:
    """What was typed as the 16 characters alone, or "" if it is no receipt.

    Case, spaces and dashes do not matter; O is read as 0, I and L as 1, digits of any script as themselves.
    """
    folded = unicodedata.normalize("NFKC", typed[:200]).upper()
    digits = "".join(str(unicodedata.digit(character, character)) for character in folded)
    code = "".join(filter(str.isalnum, digits)).translate(READ_AS)
    known = len(code) == _LENGTH + 1 and all(character in ALPHABET for character in code)
    return code[:-1] if known and _check_character(code[:-1]) == code[-1] else ""


def lookup_of(code: str) -> str:
    """What is stored of a receipt, however it was typed."""
    return keyed_hash(bare(code), purpose="citizen_reports.lookup")


def token_lookup(nonce: str) -> str:
    """What is stored of a form's token: the key by which a second click finds what the first one left."""
    return keyed_hash(nonce, purpose="citizen_reports.token")


def find(typed: str) -> Report | None:
    """The report of this receipt. None when it is wrong, expired or purged; each takes the same work."""
    kept = Report.objects.filter(Q(expires_at__gt=timezone.now()) | Q(legal_hold=True), purged_at=None)
    return kept.select_related("form").filter(receipt_lookup=lookup_of(typed)).first()


@dataclass(frozen=True)
class Visit:
    """A witness who has shown their receipt: whose report, the nonce of the page they have before them, and when (in
    seconds since 1970) they showed it.
    """

    report: UUID
    nonce: str
    since: int


def open_visit(report: UUID) -> str:
    """For a hidden field of one page: good for `VISIT`, and it tells whoever reads it nothing. Never the receipt."""
    return _visit_token(Visit(report, secrets.token_hex(16), int(timezone.now().timestamp())))


def go_on(visit: Visit) -> str:
    """The same visit, good for `VISIT` from now on; "" when it has lasted for `LONGEST_VISIT`."""
    is_over = timezone.now().timestamp() - visit.since > LONGEST_VISIT.total_seconds()
    return "" if is_over else _visit_token(visit)


def read_visit(token: str) -> Visit | None:
    """None when it is not one of ours, or too old."""
    try:
        sealed = base64.b64decode(token.encode("ascii", "replace"), altchars=b"-_", validate=True)
        plain = unseal(sealed, context=_CONTEXT)
    except (binascii.Error, Unsealable):
        return None
    if timezone.now().timestamp() - int.from_bytes(plain[40:]) > VISIT.total_seconds():
        return None
    return Visit(UUID(bytes=plain[:16]), plain[16:32].hex(), int.from_bytes(plain[32:40]))


def _visit_token(visit: Visit) -> str:
    now = int(timezone.now().timestamp())
    plain = visit.report.bytes + bytes.fromhex(visit.nonce) + visit.since.to_bytes(8) + now.to_bytes(8)
    return base64.urlsafe_b64encode(seal(plain, context=_CONTEXT)).decode()


def _check_character(code: str) -> str:
    # A polynomial over the field of 32 elements (x⁵ + x² + 1), whose generator has order 31 > 17 places.
    total = 0
    for character in (*code, ALPHABET[0]):
        total = (total << 1 ^ (total >> 4) * 0b100101) ^ ALPHABET.index(character)
    return ALPHABET[total]
