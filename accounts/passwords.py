"""What a password may not be made of, beside what Django itself refuses."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role

# What anybody would try first at a newspaper, besides the names of its site and of our roles.
WORDS = (
    "journalist", "newspaper", "newsroom", "password", "newsdesk", "editorial", "welcome", "admin", "paper", "press",
    "desk", "news", "staff",
)  # fmt: skip
LEAST = 6  # letters that are left without such words


class NotOurOwnWords:
    """For ``AUTH_PASSWORD_VALIDATORS``: a password with such words needs enough letters besides."""

    def validate(self, password: str, user: object = None) -> None:
        rest = password.casefold()
        for word in sorted(own_words(), key=len, reverse=True):
            rest = rest.replace(word, " ")
        if rest != password.casefold() and len(re.sub(r"[\W\d_]", "", rest)) < LEAST:
            said = _("Too much of this password is words that anybody would try here: the paper's, its trade's.")
            raise ValidationError(said, code="password_of_own_words")

    def get_help_text(self) -> str:
        return gettext("Your password can’t be made of the paper’s name and words of the trade.")


def own_words() -> set[str]:
    """In small letters; of the site's host each part of at least four."""
    host = urlsplit(settings.SITE_URL).hostname or ""
    return {*WORDS, *(role.value for role in Role), *(part for part in re.split(r"[\W\d_]+", host) if len(part) > 3)}
