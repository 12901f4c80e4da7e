from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

# What the database itself refuses, whoever asks: see the migration that lays these triggers. A migration that makes
# SQLite build the table anew must lay them again. Emptying a whole table (TRUNCATE) is left to whoever owns it.
TRIGGERS = {
    "sqlite": [
        f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON accounts_auditrow"
        " BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END"
        for verb in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION audit_unchangeable() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'audit rows are never changed' USING ERRCODE = 'restrict_violation'; END $$",
        "CREATE TRIGGER audit_unchangeable BEFORE UPDATE OR DELETE ON accounts_auditrow"
        " FOR EACH ROW EXECUTE FUNCTION audit_unchangeable()",
    ],
}
NO_TRIGGERS = {
    "sqlite": [f"DROP TRIGGER IF EXISTS audit_no_{verb}" for verb in ("update", "delete")],
    "postgresql": [
        "DROP TRIGGER IF EXISTS audit_unchangeable ON accounts_auditrow",
        "DROP FUNCTION IF EXISTS audit_unchangeable()",
    ],
}


class Unchangeable(TypeError):
    """Somebody's code tried to change or delete an audit row."""


def _refuse() -> NoReturn:
    raise Unchangeable("Audit rows are never changed and never deleted.")


class AuditRows(models.QuerySet["AuditRow"]):
    """Rows are added and read, and that is all."""

    def update(self, **kwargs: Any) -> NoReturn:
        _refuse()

    def delete(self) -> NoReturn:
        _refuse()

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        _refuse()


class AuditRow(models.Model):
    """Who did what to which thing, and when. Written in the verb's own transaction, never changed, never deleted."""

    at = models.DateTimeField(_("at"), default=timezone.now, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("who")
    )
    verb = models.CharField(_("did what"), max_length=40, db_index=True)
    thing = models.CharField(_("kind of thing"), max_length=60)
    thing_number = models.CharField(_("its number"), max_length=40)
    label = models.CharField(_("to what"), max_length=300)
    detail = models.JSONField(_("detail"), default=dict, blank=True)

    objects = AuditRows.as_manager()

    class Meta:
        verbose_name = _("audit row")
        verbose_name_plural = _("audit")
        ordering = ("-at", "-pk")
        default_permissions = ()
        indexes = [models.Index(fields=["thing", "thing_number", "-at"], name="audit_by_thing")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb} {self.label}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            _refuse()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        _refuse()

    @property
    def said(self) -> str:
        """The verb in the reader's language."""
        return gettext(self.verb)


def record(*, actor: Any, verb: str, thing: models.Model, **detail: Any) -> AuditRow:
    """Writes one audit row inside the caller's transaction. `actor` is None for the system itself.

    `detail` must be JSON; it must hold nothing that a person would want forgotten.
    """
    return AuditRow.objects.create(
        actor=actor,
        verb=verb,
        thing=thing._meta.label_lower,
        thing_number=str(thing.pk),
        label=str(thing)[:300],
        detail=detail,
    )
