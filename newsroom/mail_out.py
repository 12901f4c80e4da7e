"""Mail without a mail server: each letter becomes a file under DATA_DIR/mail-out that the desk can read."""

import secrets
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone


class EmlBackend(BaseEmailBackend):
    """Writes letters as ``<moment>-<random>.eml`` (RFC 5322), each whole or not at all, oldest name first."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.MAIL_OUT_DIR)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for letter in email_messages:
            name = f"{timezone.now():%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}.eml"
            draft = folder / f".{name}.part"  # which `letters` does not take for one
            try:
                draft.write_bytes(letter.message().as_bytes(linesep="\r\n"))
                draft.chmod(0o600)
                draft.rename(folder / name)
            finally:
                draft.unlink(missing_ok=True)
        return len(email_messages)


def letters(limit: int = 200) -> list[Path]:
    """The newest letters' files, newest first."""
    return sorted(Path(settings.MAIL_OUT_DIR).glob("*.eml"), reverse=True)[:limit]
