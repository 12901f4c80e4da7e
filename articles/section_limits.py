"""In which sections a member of staff works: a box on the person's page, for chiefs."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.db import transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.models.audit import record
from accounts.registry import UserPanel
from articles.models.places import Section
from articles.models.workflow import SectionLimit

AUDIT = gettext_noop("sections set")


class LimitsForm(forms.Form):
    sections = forms.ModelMultipleChoiceField(
        Section.objects.select_related("parent").order_by("path"), label=_("Works in"), required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("With what is below them. None ticked: all sections. Stories elsewhere can be read, not changed."),
    )  # fmt: skip


def _render(request: HttpRequest, person: User) -> str:
    chosen = [*person.section_limits.values_list("section", flat=True)]
    form = LimitsForm(initial={"sections": chosen}, prefix="limits")
    return render_to_string("admin/accounts/user/_section_limits.html", {"form": form}, request)


def _save(request: HttpRequest, person: User) -> str:
    form = LimitsForm(request.POST, prefix="limits")
    if not form.is_valid():
        return gettext("Nothing was changed: a section is no longer there.")
    set_limits(person, form.cleaned_data["sections"], actor=request.user)  # type: ignore[arg-type]
    return gettext("Saved.")


@transaction.atomic
def set_limits(person: User, sections: Iterable[Section], *, actor: User) -> None:
    """From now on the person works in these sections alone, and what is below them; in all when there are none."""
    User.objects.select_for_update().get(pk=person.pk)
    before = set(person.section_limits.values_list("section", flat=True))
    wanted = {section.pk for section in sections}
    if wanted == before:
        return
    person.section_limits.exclude(section__in=wanted).delete()
    SectionLimit.objects.bulk_create(SectionLimit(user=person, section_id=number) for number in wanted - before)
    record(actor=actor, verb=AUDIT, thing=person, sections=sorted(wanted))


PANEL = UserPanel("sections", _("Save the sections"), _render, _save)
