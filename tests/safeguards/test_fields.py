"""Sealed columns: no text in the database, none in what Python prints, and rotation reaches every row."""

import io
import logging
import pickle
from base64 import b64decode
from typing import Any

import pytest
from django.core import serializers
from django.core.exceptions import FieldError
from django.core.management import call_command
from django.db import connection
from django.forms import modelform_factory
from django.template import Context, Template

from safeguards import fields, keyring, sealing
from safeguards.fields import Sealed
from safeguards.problems import Unsealable
from tests.safeguards.witness import Witness, registry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("witness_table")]
NAME = "Miro Tashen of Velm"


def raw(witness: Witness, column: str) -> bytes | None:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT "{column}" FROM safeguards_witness WHERE id = %s', [witness.pk])
        value = cursor.fetchone()[0]
    return None if value is None else bytes(value)


def test_a_text_comes_back_and_is_not_in_the_database() -> None:
    witness = Witness.objects.create(name=NAME, phone="+999 555 0134", note="سمعتُ الانفجار")
    found = Witness.objects.get()
    assert (found.name.open(), found.phone.open(), found.note.open()) == (NAME, "+999 555 0134", "سمعتُ الانفجار")
    for column in ("name", "phone", "note"):
        stored = raw(witness, column)
        for text in (NAME, "Tashen", "0134", "سمعتُ"):
            assert text.encode() not in stored
    assert sealing.unseal(raw(witness, "name"), context="safeguards.witness.name").decode() == NAME


def test_what_python_shows_of_it_never_holds_the_text() -> None:
    witness = Witness(name=NAME)
    shown = [str(witness.name), repr(witness.name), f"{witness.name}", repr(witness.__dict__), repr(vars(witness.name))]
    shown.append(Template("{{ witness.name }} {{ witness.name|pprint }}").render(Context({"witness": witness})))
    assert not [text for text in shown if "Tashen" in text]
    assert b"Tashen" not in pickle.dumps(witness)
    assert pickle.loads(pickle.dumps(witness.name)).open() == NAME
    assert str(witness.name) == "(sealed)"


def test_empty_and_missing() -> None:
    witness = Witness.objects.create(name=NAME)
    witness.refresh_from_db()
    assert (raw(witness, "phone"), raw(witness, "note")) == (b"", None)
    assert (bool(witness.name), bool(witness.phone), witness.note) == (True, False, None)
    assert (witness.phone.open(), str(witness.phone)) == ("", "")
    assert Witness.objects.filter(note__isnull=True).count() == 1


def test_every_way_of_writing_seals() -> None:
    first, second = Witness.objects.bulk_create([Witness(name="a"), Witness(name="b")])
    first.name = NAME
    first.save(update_fields=["name"])
    Witness.objects.filter(pk=second.pk).update(name=NAME, note=None)
    second.refresh_from_db()
    second.phone = "12345678"
    Witness.objects.bulk_update([second], ["phone"])
    assert [one.open() for one in Witness.objects.values_list("name", flat=True)] == [NAME, NAME]
    assert Witness.objects.defer("phone").get(pk=second.pk).phone.open() == "12345678"
    assert b"12345678" not in raw(second, "phone")


def test_saving_again_leaves_the_sealed_bytes_as_they_are() -> None:
    witness = Witness.objects.create(name=NAME)
    before = raw(witness, "name")
    found = Witness.objects.get()
    found.place = "Velm"
    found.full_clean()
    found.save()
    assert raw(witness, "name") == before


def test_a_column_opens_only_its_own() -> None:
    witness = Witness.objects.create(name=NAME, phone="+999 555 0134")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE safeguards_witness SET phone = name")
    with pytest.raises(Unsealable):
        Witness.objects.get().phone.open()
    witness.note = witness.name  # in Python it is opened and sealed for its new place
    assert (witness.note.context, witness.note.open()) == ("safeguards.witness.note", NAME)


def test_bytes_and_numbers_are_no_texts() -> None:
    for wrong in (b"bytes", 7):
        with pytest.raises(TypeError, match="takes a str"):
            Witness(name=wrong)


def test_it_cannot_be_searched() -> None:
    with pytest.raises(FieldError):
        Witness.objects.filter(name=NAME).exists()
    with pytest.raises(FieldError):
        Witness.objects.filter(name__contains="Tashen").exists()


def test_forms_leave_it_out() -> None:
    assert list(modelform_factory(Witness, fields="__all__").base_fields) == ["place"]


def test_a_dump_carries_it_sealed_and_loads_again() -> None:
    witness = Witness.objects.create(name=NAME, phone="")
    dump = serializers.serialize("python", [witness])
    assert dump[0]["fields"]["note"] is None
    assert b64decode(dump[0]["fields"]["name"]) == raw(witness, "name")
    loaded = Witness(
        **{name: Witness._meta.get_field(name).to_python(text) for name, text in dump[0]["fields"].items()}
    )
    assert (loaded.name.open(), loaded.phone.open(), loaded.note) == (NAME, "", None)


def test_reseal_changes_the_old_ones_in_batches_and_counts_them() -> None:
    Witness.objects.bulk_create([Witness(name=f"witness {number}", phone="1", note=None) for number in range(7)])
    keyring.add_key()
    fresh = Witness.objects.create(name="fresh")
    before = raw(fresh, "name")
    assert fields.reseal(Witness, batch=3) == 7
    assert fields.reseal(Witness, batch=3) == 0
    assert raw(fresh, "name") == before
    found = list(Witness.objects.order_by("pk"))
    assert [one.name.open() for one in found] == [*(f"witness {number}" for number in range(7)), "fresh"]
    assert [one.phone.open() for one in found] == ["1"] * 7 + [""]
    assert not [one for one in found if sealing.needs_resealing(one.name.sealed)]


def test_a_row_that_cannot_be_opened_stops_nothing_and_is_logged_by_number(caplog: pytest.LogCaptureFixture) -> None:
    broken, sound = Witness.objects.bulk_create([Witness(name="one"), Witness(name="two")])
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE safeguards_witness SET name = %s WHERE id = %s",
            [connection.Database.Binary(raw(broken, "name")[:-1] + b"\0\0"), broken.pk],
        )
    keyring.add_key()
    with caplog.at_level(logging.WARNING):
        assert fields.reseal(Witness) == 1
    assert f"safeguards.Witness {broken.pk} cannot be opened" in caplog.text
    assert not sealing.needs_resealing(raw(sound, "name"))


def test_rotate_keys_reaches_every_model(monkeypatch: pytest.MonkeyPatch) -> None:
    witness = Witness.objects.create(name=NAME)
    old = raw(witness, "name")
    monkeypatch.setattr(fields, "apps", registry)
    out = io.StringIO()
    call_command("rotate_keys", stdout=out)
    assert out.getvalue() == "witnesses: 1\n"
    assert sealing.needs_resealing(old) and not sealing.needs_resealing(raw(witness, "name"))
    assert Witness.objects.get().name.open() == NAME
    assert sealing.unseal(old, context="safeguards.witness.name").decode() == NAME  # a backup still opens


def test_rotate_keys_with_keys_from_the_environment(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SEALING_KEYS = [keyring.fresh_line()]
    witness = Witness.objects.create(name=NAME)
    settings.SEALING_KEYS = [*settings.SEALING_KEYS, keyring.fresh_line()]
    monkeypatch.setattr(fields, "apps", registry)
    out = io.StringIO()
    call_command("rotate_keys", stdout=out)
    assert "SEALING_KEYS" in out.getvalue() and "witnesses: 1" in out.getvalue()
    assert not sealing.needs_resealing(raw(witness, "name"))


def test_the_empty_text_is_not_sealed() -> None:
    assert Sealed.of("", "anywhere") == Sealed(b"", "anywhere")
