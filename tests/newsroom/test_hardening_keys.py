"""Changing the keys: what was signed or sealed under the former one stays good for as long as it is listed."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.test import Client
from django.urls import reverse

from accounts.models import User
from images import names
from newsroom.backups import container
from safeguards import form_tokens, keyring
from safeguards.problems import TokenForged
from safeguards.sealing import seal, unseal
from subscriptions import bounces, links
from subscriptions.models.letters import Delivery
from tests.subscriptions.readers import alert, reader

pytestmark = pytest.mark.django_db
OLD, NEW = "the former key " * 5, "the new key " * 5


def test_what_the_former_secret_key_signed_is_good_until_it_is_struck_off(
    editor: User, signed_in: Callable[[User], Client], settings: Any
) -> None:
    settings.SECRET_KEY = OLD
    desk, idle, samira = signed_in(editor), signed_in(editor), reader("samira@mail.example")
    link = links.make(links.Purpose.MANAGE, samira)
    form, reset = form_tokens.issue("form"), default_token_generator.make_token(editor)
    bounce = Delivery.objects.create(edition=alert(), subscriber=samira).token

    def is_in(client: Client) -> bool:
        return client.get(reverse("admin:index")).status_code == 200

    def still_good() -> list[bool]:
        try:
            form_tokens.read(form, form="form", at_least=timedelta(0), at_most=timedelta(hours=1))
            is_form_good = True
        except TokenForged:
            is_form_good = False
        return [
            links.read(link, links.Purpose.MANAGE) is not None,
            is_form_good,
            bounces.named(bounce) is not None,
            default_token_generator.check_token(editor, reset),
        ]

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD]
    assert still_good() == [True] * 4
    assert is_in(desk)  # and so has gone over to the new key
    settings.SECRET_KEY_FALLBACKS = []
    assert still_good() == [False] * 4
    assert is_in(desk) and not is_in(idle)


def test_the_secret_key_signs_no_address_of_a_picture(settings: Any) -> None:
    """Pages that lie in readers' browsers, in letters and with search engines name pictures."""
    before = names.Rendition(1, 1, "wide", 640, "webp").name
    settings.SECRET_KEY = NEW
    assert names.Rendition(1, 1, "wide", 640, "webp").name == before


def test_a_further_sealing_key_opens_what_the_former_sealed(settings: Any, tmp_path: Path) -> None:
    def line(number: int) -> str:
        return f"{number:08x} {base64.b64encode(bytes([number]) * 32).decode()}"

    settings.SEALING_KEYS = [line(1)]
    old = seal(b"a witness's words", context="test")
    settings.SEALING_KEYS = [line(1), line(2)]
    new = seal(b"a witness's words", context="test")
    assert keyring.newest()[0] == bytes.fromhex("00000002")
    assert unseal(old, context="test") == unseal(new, context="test") == b"a witness's words"


def test_a_backup_opens_with_the_key_that_sealed_it(settings: Any) -> None:
    settings.BACKUP_KEY = "ab" * 32
    assert container.key() == b"\xab" * 32
    settings.BACKUP_KEY = "short"
    with pytest.raises(container.BadBackup, match="64 hexadecimal digits"):
        container.key()
