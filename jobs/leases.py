"""How a row becomes work: it is claimed for a time, done, and let go. A worker may die at any point in between.

PostgreSQL skips rows that others hold; on SQLite the immediate transaction makes claiming one writer's turn at a time.
"""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Lookup, Q
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Leased(models.Model):
    """Fields of a row that workers claim. What its states mean is the business of the model that inherits this."""

    due_at = models.DateTimeField(_("due"), default=timezone.now)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_by = models.CharField(_("claimed by"), max_length=80, blank=True)
    lease_until = models.DateTimeField(_("claimed until"), null=True, blank=True)

    class Meta:
        abstract = True


@models.CharField.register_lookup
class OneOf(Lookup):
    """``state__one_of=[…]``: as ``__in``, for states that the code names, which are written into the statement.

    SQLite finds rows by an index with a condition only where the statement has that condition word for word, and takes
    no parameter in a list for a word: so the same states in the same order as in the index.
    """

    lookup_name = "one_of"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        states = [str(state) for state in self.rhs]
        if not states or not all(state.isidentifier() for state in states):  # never what somebody typed
            raise ValueError(states)
        column, params = self.process_lhs(compiler, connection)
        listed = ", ".join(f"'{state}'" for state in states)
        return f"{column} IN ({listed})", params


Row = TypeVar("Row", bound=Leased)


def claim(
    rows: models.QuerySet[Row],
    *,
    worker: str,
    limit: int,
    lease: timedelta,
    values: dict[str, Any] | None = None,
    fetch: models.QuerySet[Row] | None = None,
) -> list[Row]:
    """Up to `limit` rows of `rows` that are due and free, the longest due first, now held by `worker` for `lease`.

    `values` are written along with the lease (a state). Each claim counts as an attempt. No two workers get one row.
    `fetch`: a query of all rows that says which fields come with them, where that matters.
    """
    model = rows.model
    using = rows.db
    with transaction.atomic(using=using):
        now = timezone.now()
        free = rows.filter(Q(lease_until=None) | Q(lease_until__lt=now), due_at__lte=now).order_by("due_at", "pk")
        if connections[using].features.has_select_for_update_skip_locked:
            free = free.select_for_update(skip_locked=True, of=("self",))
        numbers = list(free.values_list("pk", flat=True)[:limit])
        if not numbers:
            return []
        model._default_manager.using(using).filter(pk__in=numbers).update(
            lease_by=worker, lease_until=now + lease, attempts=F("attempts") + 1, **(values or {})
        )
    found = model._default_manager.all() if fetch is None else fetch
    return list(found.using(using).filter(pk__in=numbers, lease_by=worker).order_by("due_at", "pk"))


def finish(row: Leased, *, worker: str, **values: Any) -> bool:
    """Writes `values` and lets the row go, if `worker` still holds it; False when the lease was lost meanwhile."""
    done = type(row)._default_manager.filter(pk=row.pk, lease_by=worker).update(lease_by="", lease_until=None, **values)
    return bool(done)


def again_at(attempts: int, steps: Sequence[timedelta], *, spread: float = 0.2) -> datetime | None:
    """When to try again after so many attempts (from 1 on), ± `spread`; None when the steps are used up."""
    if attempts > len(steps):
        return None
    step = steps[attempts - 1]
    return timezone.now() + step * random.uniform(1 - spread, 1 + spread)  # noqa: S311  # spreads load, hides nothing
