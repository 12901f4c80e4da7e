"""The table of an export names every model and every field of the project, and nothing in it is a secret."""

from __future__ import annotations

import re

import pytest
from django.apps import apps
from django.db import models

from newsroom.handover.table import TABLE, Kind, Taken, kinds
from safeguards.fields import SealedTextField

TAKEN = kinds(with_readers=True)
SECRET = re.compile(r"password|secret|token|credential|link_key|session|lookup|receipt|lease")


def test_every_model_is_taken_or_left_for_a_reason() -> None:
    assert set(TABLE) == {model._meta.label for model in apps.get_models(include_auto_created=True)}
    assert all(isinstance(entry, Taken) or len(entry.why) > 5 for entry in TABLE.values())


@pytest.mark.parametrize("kind", TAKEN, ids=[kind.name for kind in TAKEN])
def test_every_field_of_what_is_taken_is_decided_about(kind: Kind) -> None:
    taken, left = kind.taken.fields.split(), set(kind.taken.leaves)
    own = {field.name for field in kind.model._meta.concrete_fields if not field.primary_key}
    assert {*taken, *left} == own
    assert len(taken) == len(set(taken))
    assert not left & set(taken)
    assert set(kind.taken.anew) <= left
    for field in kind.fields:
        assert not isinstance(field, SealedTextField | models.GeneratedField), field.name
        assert not SECRET.search(field.name), field.name


def test_what_is_taken_leads_only_to_what_is_taken() -> None:
    always = {kind.model for kind in kinds(with_readers=False)}
    all_of_it = {kind.model for kind in TAKEN}
    for kind in TAKEN:
        for field in kind.fields:
            if isinstance(field, models.ForeignKey):
                assert field.related_model in (all_of_it if kind.taken.readers else always), (kind.name, field.name)


def test_readers_come_only_if_asked_for() -> None:
    names = {kind.name for kind in kinds(with_readers=False)}
    assert {kind.name for kind in TAKEN} - names == {
        "subscriptions.subscriber", "subscriptions.subscription", "subscriptions.suppression",
        "subscriptions.audienceimport", "subscriptions.audienceimport_topics",
    }  # fmt: skip
