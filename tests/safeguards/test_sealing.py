"""Sealed values: only the right key, in the right place, opens what nobody has touched."""

import stat
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from safeguards import keyring, sealing
from safeguards.problems import KeysFixed, Unsealable


@given(plain=st.binary(max_size=500), context=st.text(max_size=20))
def test_any_bytes_come_back(plain: bytes, context: str) -> None:
    sealed = sealing.seal(plain, context=context)
    assert sealing.unseal(sealed, context=context) == plain
    assert len(sealed) == len(plain) + 33


@given(plain=st.binary(max_size=100), data=st.data())
def test_any_changed_byte_fails(plain: bytes, data: st.DataObject) -> None:
    sealed = bytearray(sealing.seal(plain, context="report"))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Unsealable):
        sealing.unseal(bytes(sealed), context="report")


@given(st.binary(max_size=80))
def test_what_was_never_sealed_fails_in_the_same_way(noise: bytes) -> None:
    with pytest.raises(Unsealable):
        sealing.unseal(noise, context="report")


def test_every_shortening_fails() -> None:
    sealed = sealing.seal(b"by the old mill", context="report")
    for length in range(len(sealed)):
        with pytest.raises(Unsealable):
            sealing.unseal(sealed[:length], context="report")


def test_another_context_fails_and_the_error_tells_nothing() -> None:
    sealed = sealing.seal(b"Miro Tashen", context="identity.name")
    with pytest.raises(Unsealable) as caught:
        sealing.unseal(sealed, context="identity.phone")
    assert caught.value.args == ()
    assert caught.value.__suppress_context__
    assert "Miro" not in str(caught.value)


def test_the_same_text_never_looks_the_same() -> None:
    assert len({sealing.seal(b"yes", context="report") for _ in range(50)}) == 50


def test_the_ring_is_made_at_first_need_for_its_owner_only(own_secrets: Path) -> None:
    assert not own_secrets.exists()
    sealing.seal(b"x", context="report")
    assert stat.S_IMODE((own_secrets / "sealing").stat().st_mode) == 0o600
    assert len((own_secrets / "sealing").read_text().split()) == 2


def test_after_a_rotation_the_new_key_seals_and_the_old_still_opens(own_secrets: Path) -> None:
    old = sealing.seal(b"before", context="report")
    first_line = (own_secrets / "sealing").read_text()
    assert not sealing.needs_resealing(old)
    keyring.add_key()
    new = sealing.seal(b"after", context="report")
    assert (own_secrets / "sealing").read_text().startswith(first_line)
    assert sealing.needs_resealing(old) and not sealing.needs_resealing(new)
    assert sealing.unseal(old, context="report") == b"before"
    assert sealing.unseal(new, context="report") == b"after"
    keyring.add_key()
    assert len(keyring.ring()) == 3
    assert stat.S_IMODE((own_secrets / "sealing").stat().st_mode) == 0o600


def test_without_its_key_nothing_opens(own_secrets: Path) -> None:
    sealed = sealing.seal(b"x", context="report")
    (own_secrets / "sealing").unlink()
    with pytest.raises(Unsealable):
        sealing.unseal(sealed, context="report")


def test_the_setting_takes_the_place_of_the_file(settings: Any, own_secrets: Path) -> None:
    old, new = keyring.fresh_line(), keyring.fresh_line()
    settings.SEALING_KEYS = [old]
    sealed = sealing.seal(b"x", context="report")
    settings.SEALING_KEYS = [old, new]
    assert sealing.needs_resealing(sealed)
    assert sealing.unseal(sealed, context="report") == b"x"
    with pytest.raises(KeysFixed):
        keyring.add_key()
    assert not own_secrets.exists()


@pytest.mark.parametrize("spoil", ["{id}", "zz{id} {key}", "{id} {key}AAAA", "{id} !{key}", "{good}", ""])
def test_a_spoilt_ring_is_named_by_its_line_and_not_by_its_text(settings: Any, spoil: str) -> None:
    good = keyring.fresh_line()
    key_id, key = good.split()
    settings.SEALING_KEYS = [good, spoil.format(id=key_id, key=key, good=good)]
    if not spoil:
        settings.SEALING_KEYS = ["\n"]
    with pytest.raises(ImproperlyConfigured) as caught:
        sealing.seal(b"x", context="report")
    assert "Line" in str(caught.value)
    assert key[:8] not in str(caught.value)


def test_a_keyed_hash_is_steady_and_its_purposes_are_apart(settings: Any) -> None:
    receipt = sealing.keyed_hash("7K2M9Q", purpose="receipt")
    assert receipt == sealing.keyed_hash(b"7K2M9Q", purpose="receipt")
    assert len(receipt) == 64
    others = {
        sealing.keyed_hash("7K2M9Q", purpose="file"),
        sealing.keyed_hash("7K2M9R", purpose="receipt"),
        sealing.keyed_hash("t7K2M9Q", purpose="receip"),
    }
    settings.PEPPER = "another installation's"
    others.add(sealing.keyed_hash("7K2M9Q", purpose="receipt"))
    assert len(others | {receipt}) == 5
