"""A date and time on two clocks: typed on the newsroom's, shown beside it on the home country's and one's own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_time
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles.clocks import Zones, around_gap, instants, time_of
from articles.models.site import SiteSettings

YEARS = range(1990, 2200)  # beyond them is a slip of the finger
FIRST, SECOND = "first", "second"


class MomentWidget(forms.MultiWidget):
    """Posts ``name_date`` (ISO), ``name_time`` (24 hours) and, for a time that comes twice, ``name_which``.

    It brings its script and style along; without them all but the live clocks works.
    """

    label: Any = ""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(
            {
                "date": forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
                "time": forms.TimeInput({"type": "time"}, format="%H:%M"),
                "which": forms.HiddenInput(),
            },
            attrs,
        )

    @cached_property
    def zones(self) -> Zones:
        """The paper's clocks, asked for once for each form; who has many forms on a page sets it."""
        return Zones.of(SiteSettings.load())

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_date" if id_ else ""

    def decompress(self, value: Any) -> list[Any]:
        if not value:
            return [None, None, ""]
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        moment = timezone.make_aware(value, UTC) if timezone.is_naive(value) else value
        here = moment.astimezone(self.zones.newsroom)
        comes_twice = len(instants(here.replace(tzinfo=None, fold=0), self.zones.newsroom)) == 2
        return [here.date(), here.time(), (SECOND if here.fold else FIRST) if comes_twice else ""]

    def render(self, name: str, value: Any, attrs: Mapping[str, Any] | None = None, renderer: Any = None) -> SafeString:
        given = value if isinstance(value, list) else self.decompress(value)
        day, clock, which = [*given, None, None, None][:3]
        wall = wall_of(day, clock)
        found = instants(wall, self.zones.newsroom) if wall else []
        chosen = found[-1 if which == SECOND else 0] if found else None
        own = timezone.get_current_timezone()
        final = {**(self.attrs or {}), **(attrs or {})}
        context = {
            "id": final.get("id") or f"id_{name}",
            "name": name,
            "label": self.label,
            "required": final.get("required"),
            "invalid": final.get("aria-invalid"),
            "described_by": final.get("aria-describedby"),
            "disabled": final.get("disabled"),
            "day": day.isoformat() if isinstance(day, date) else day or "",
            "clock": clock.strftime("%H:%M") if isinstance(clock, time) else clock or "",
            "which": which or "",
            "comes_twice": len(found) == 2,
            "newsroom": self.zones.newsroom.key,
            "newsroom_city": self.zones.city(self.zones.newsroom),
            "clocks": self._clocks(chosen, wall, own),
        }
        return render_to_string("admin/articles/_moment.html", context)

    def _clocks(self, chosen: datetime | None, wall: datetime | None, own: Any) -> list[dict[str, str]]:
        """The clocks to show beside what is typed: the home country's and one's own, unless they agree."""
        zones = {self.zones.newsroom.key}
        shown = []
        for zone, label in ((self.zones.home, gettext("home country")), (own, gettext("where you are"))):
            if not isinstance(zone, ZoneInfo) or zone.key in zones:
                continue
            zones.add(zone.key)
            there = chosen.astimezone(zone) if chosen else None
            with_date = bool(there and wall and there.date() != wall.date())
            shown.append({
                "zone": zone.key,
                "label": f"{self.zones.city(zone)} ({label})",
                "shows": time_of(there, with_date=with_date) if there else "",
            })  # fmt: skip
        return shown


class MomentField(forms.MultiValueField):
    """Gives an aware moment (UTC) or None. What was typed is the time on the newsroom's clock.

    A time that clocks skip is refused with the two beside it; one that comes twice asks which of the two is meant.
    """

    widget = MomentWidget
    default_error_messages = {
        "incomplete": _("Give both the date and the time."),
        "invalid": _("This is no date and time."),
        "gap": _(
            "Clocks in %(city)s go forward then: %(typed)s does not exist. Take %(before)s or %(after)s, for example."
        ),
        "twice": _("Clocks in %(city)s go back then: %(typed)s comes twice. Say which is meant."),
    }

    def __init__(self, **kwargs: Any) -> None:
        fields = (
            forms.DateField(input_formats=["%Y-%m-%d"]),
            forms.TimeField(input_formats=["%H:%M", "%H:%M:%S"]),
            forms.ChoiceField(choices=[(FIRST, FIRST), (SECOND, SECOND)], required=False),
        )
        super().__init__(fields, require_all_fields=False, **kwargs)

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> BoundField:
        bound = super().get_bound_field(form, field_name)
        self.widget.label = bound.label
        return bound

    def clean(self, value: Any) -> datetime | None:
        # The last field alone (a hidden one) is no moment.
        given = [*(value or []), "", "", ""][:3]
        if not given[0] and not given[1]:
            given[2] = ""
        return super().clean(given)

    def compress(self, values: list[Any]) -> datetime | None:
        day, clock, which = [*values, None, None, None][:3]
        if day is None:
            return None
        if day.year not in YEARS:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        wall = datetime.combine(day, clock)
        zones = cast(MomentWidget, self.widget).zones
        zone = zones.newsroom
        found = instants(wall, zone)
        said = {"city": zones.city(zone), "typed": time_of(wall, with_date=False)}
        if not found:
            before, after = around_gap(wall, zone)
            said |= {"before": _written(before, wall), "after": _written(after, wall)}
            raise ValidationError(self.error_messages["gap"] % said, code="gap")
        if len(found) == 2 and which not in {FIRST, SECOND}:
            raise ValidationError(self.error_messages["twice"] % said, code="twice")
        return found[-1 if which == SECOND else 0]

    def has_changed(self, initial: Any, data: Any) -> bool:
        if self.disabled:
            return False
        try:
            return (initial or None) != self.clean(data)
        except ValidationError:
            return True


def wall_of(day: Any, clock: Any) -> datetime | None:
    """What was typed, or came from the database, as a time without a zone; None when it is not one."""
    try:
        day = parse_date(day) if isinstance(day, str) else day
        clock = parse_time(clock) if isinstance(clock, str) else clock
    except ValueError:
        return None
    if not day or clock is None or day.year not in YEARS:
        return None
    return datetime.combine(day, clock.replace(tzinfo=None, fold=0))


def _written(moment: datetime, typed: datetime) -> str:
    return time_of(moment, with_date=moment.date() != typed.date())
