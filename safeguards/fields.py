"""Text that is sealed in the database and stays sealed in Python until somebody opens it on purpose."""

import logging
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models.query_utils import DeferredAttribute
from django.utils.translation import gettext

from safeguards import sealing
from safeguards.problems import Unsealable

log = logging.getLogger(__name__)


@dataclass(frozen=True, repr=False)
class Sealed:
    """A sealed text. False when it is empty. Neither ``str()`` nor ``repr()`` of it holds the text."""

    sealed: bytes
    context: str

    @classmethod
    def of(cls, text: str, context: str) -> "Sealed":
        """`text`, sealed now with the newest key; the empty text stays empty."""
        return cls(sealing.seal(text.encode(), context=context) if text else b"", context)

    def open(self) -> str:
        """The text. Raises `Unsealable`. Whoever may see it must be settled, and logged, before this is called."""
        return sealing.unseal(self.sealed, context=self.context).decode() if self.sealed else ""

    def told(self) -> str:
        """The same for a list, which must not end at one row: instead of raising, why it cannot be opened."""
        try:
            return self.open()
        except Unsealable as problem:
            return str(problem)

    def __bool__(self) -> bool:
        return bool(self.sealed)

    def __str__(self) -> str:
        return gettext("(sealed)") if self else ""

    def __repr__(self) -> str:
        return f"<Sealed: {self.context}>"


class SealingAttribute(DeferredAttribute):
    """Seals at assignment, so that an instance never holds the open text."""

    field: "SealedTextField"

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = self.field.sealed(value)


class SealedTextField(models.BinaryField):
    """A text kept sealed. Assign a ``str`` (or ``None`` where ``null=True``); read a `Sealed`.

    It can be opened only in its own column (the context is "app.model.field"), so renaming a model or a field needs a
    migration that opens under the old name. It cannot be searched (only ``__isnull``); a model form never offers it, so
    whether it may be empty is for the form to say. Its length in bytes shows in the database.
    """

    description = "Sealed text"
    descriptor_class = SealingAttribute

    @property
    def context(self) -> str:
        return f"{self.model._meta.label_lower}.{self.name}"

    def sealed(self, value: Any) -> Sealed | None:
        """`value` as this column keeps it. What another column sealed is opened and sealed anew."""
        if value is None or (isinstance(value, Sealed) and value.context == self.context):
            return value
        if isinstance(value, Sealed):
            return Sealed.of(value.open(), self.context)
        if isinstance(value, str) or value == b"":  # Django's own default for binary columns is b""
            return Sealed.of(value or "", self.context)
        raise TypeError(f"{self.context} takes a str, not {type(value).__name__}")

    def from_db_value(self, value: bytes | memoryview | None, *args: Any) -> Sealed | None:
        return None if value is None else Sealed(bytes(value), self.context)

    def get_prep_value(self, value: Any) -> Any:
        sealed = self.sealed(value)
        return None if sealed is None else sealed.sealed

    def get_lookup(self, lookup_name: str) -> Any:
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None

    def formfield(self, *args: Any, **kwargs: Any) -> None:
        """None: a form would show "(sealed)" and save that. A form that takes such a text has a field of its own."""

    # Dumps and fixtures carry the sealed bytes in base64, never the text.

    def value_to_string(self, obj: models.Model) -> str:
        return b64encode(self.value_from_object(obj).sealed).decode()

    def to_python(self, value: Any) -> Sealed | None:
        return Sealed(b64decode(value), self.context) if isinstance(value, str) else value


def sealed_fields(model: type[models.Model]) -> list[SealedTextField]:
    """The sealed columns of the model's own table."""
    return [one for one in model._meta.local_concrete_fields if isinstance(one, SealedTextField)]


def sealed_models() -> Iterator[type[models.Model]]:
    """Every installed model whose table has a sealed column."""
    return (model for model in apps.get_models() if sealed_fields(model) and not model._meta.proxy)


def has_lost_its_key(model: type[models.Model], *, looks_at: int = 20) -> bool:
    """Whether something in its oldest or newest rows was sealed with a key that is not in the ring. Opens nothing."""
    names = [one.name for one in sealed_fields(model)]
    rows = model._base_manager.only("pk", *names)
    ends = [*rows.order_by("pk")[:looks_at], *rows.order_by("-pk")[:looks_at]]
    values = (getattr(row, name) for row in ends for name in names)
    return any(value and not sealing.key_is_here(value.sealed) for value in values)


def reseal(model: type[models.Model], *, batch: int = 200) -> int:
    """Seals with the newest key what an older one sealed; how many rows changed.

    Batch by batch, each in a transaction of its own: it may be stopped and run again. A row that cannot be opened is
    logged by its number and left as it is.
    """
    names = [one.name for one in sealed_fields(model)]
    rows = model._base_manager.order_by("pk").only("pk", *names)
    changed = 0
    after: dict[str, Any] = {}
    while True:
        with transaction.atomic():
            found = list(rows.select_for_update().filter(**after)[:batch])
            changed += sum(_reseal_row(row, names) for row in found)
        if not found:
            return changed
        after = {"pk__gt": found[-1].pk}


def _reseal_row(row: models.Model, names: list[str]) -> bool:
    old = {name: value for name in names if (value := getattr(row, name)) and sealing.needs_resealing(value.sealed)}
    try:
        fresh = {name: value.open() for name, value in old.items()}
    except Unsealable:
        log.warning("%s %s cannot be opened, so it was not sealed anew", row._meta.label, row.pk)
        return False
    return bool(fresh) and bool(type(row)._base_manager.filter(pk=row.pk).update(**fresh))
