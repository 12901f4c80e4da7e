"""The witness's forms. Files, the token and the ticks that take files out again are read beside them, in the views."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from citizen_reports.models.intake import ReportKind
from citizen_reports.models.people import Credit
from citizen_reports.models.reports import Exposure, Precision

LONGEST_TEXT = 50_000
_NAME_FOR: dict[str, str] = {Credit.FULL: "name", Credit.FIRST: "name", Credit.PSEUDONYM: "credit_name"}
CONTACT = ("name", "email", "phone", "other_contact")


class Text(forms.CharField):
    """Text of several lines; a browser's line ends count as one character, as its own counter has it."""

    widget = forms.Textarea

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "dir": "auto"}

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n").strip()


class Day(forms.DateInput):
    input_type = "date"

    def format_value(self, value: Any) -> str | None:
        # The browser's own calendar knows only this form, whatever the language.
        return value.isoformat() if hasattr(value, "isoformat") else value


class ReportForm(forms.Form):
    """`cleaned_data` is what `intake.receive` takes. Nothing but the text is asked for with insistence."""

    kind = forms.ChoiceField(label=_("What are you sending?"), choices=ReportKind)
    body = Text(
        label=_("What happened?"),
        max_length=LONGEST_TEXT,
        help_text=_("In any language. What did you see or hear yourself, and what did others tell you?"),
    )
    title = forms.CharField(label=_("A headline"), max_length=160, required=False)
    place = forms.CharField(
        label=_("Where was it?"),
        max_length=300,
        required=False,
        help_text=_("Town, street, landmark: as exactly as is safe for you."),
    )
    happened_on = forms.DateField(
        label=_("When was it?"),
        required=False,
        input_formats=["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"],
        widget=Day,
        help_text=_("If you know the hour, write it in your text."),
    )
    happened_precision = forms.ChoiceField(
        label=_("How sure are you of the day?"),
        choices=[(Precision.DAY.value, _("It was that day")), (Precision.ABOUT.value, _("It was around that day"))],
        required=False,
    )

    exposure = forms.ChoiceField(
        label=_("Who may know who you are?"),
        widget=forms.RadioSelect,
        choices=[
            (Exposure.ANONYMOUS.value, _("Nobody: I stay anonymous")),
            (Exposure.CONFIDENTIAL.value, _("Only the newsroom, to reach me")),
            (Exposure.NAMED.value, _("I may be named in public")),
        ],
    )
    name = forms.CharField(label=_("Your name"), max_length=160, required=False)
    email = forms.EmailField(label=_("E-mail address"), required=False)
    phone = forms.CharField(label=_("Telephone"), max_length=60, required=False)
    other_contact = forms.CharField(label=_("Another way to reach you"), max_length=160, required=False)
    safe_contact_note = Text(
        label=_("How and when is it safe to reach you?"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    may_contact = forms.BooleanField(label=_("You may contact me."), required=False)

    publish_text = forms.BooleanField(label=_("You may publish my text, whole or in part."), required=False)
    publish_media = forms.BooleanField(label=_("You may publish my photos, videos and recordings."), required=False)
    made_it_myself = forms.BooleanField(label=_("I wrote and took all of this myself."), required=False)
    of_age = forms.BooleanField(label=_("I am 18 or older."), required=False)
    credit = forms.ChoiceField(label=_("Which name may stand beside it?"), choices=Credit, required=False)
    credit_name = forms.CharField(
        label=_("The name you choose"), max_length=160, required=False, help_text=_("Only for “A name I choose”.")
    )
    # People do not see it (the style sheet hides it, its label warns); whoever fills it in is a program.
    website = forms.CharField(label=_("Leave this field empty"), required=False)

    def __init__(self, data: QueryDict | None = None) -> None:
        standard = {"exposure": Exposure.ANONYMOUS.value, "credit": Credit.ANONYMOUS.value}
        super().__init__(data, initial=standard, label_suffix="")
        for name in (*CONTACT, "website"):
            self.fields[name].widget.attrs["autocomplete"] = "off"  # a shared phone would offer it to the next person
        self.fields["website"].widget.attrs["tabindex"] = "-1"

    def clean_happened_on(self) -> Any:
        day = self.cleaned_data["happened_on"]
        if day and day > timezone.localdate() + timedelta(days=1):  # it may be tomorrow already where they are
            raise forms.ValidationError(gettext("This day has not come yet."))
        return day

    def clean_happened_precision(self) -> str:
        return self.cleaned_data["happened_precision"] or Precision.DAY

    def clean_credit(self) -> str:
        return self.cleaned_data["credit"] or Credit.ANONYMOUS

    def clean(self) -> dict[str, Any]:
        content = super().clean() or {}
        credit = content.get("credit", "")
        needed = _NAME_FOR.get(credit)
        if needed == "name" and content.get("exposure") != Exposure.NAMED:
            # Which of the two they meant, only they can say.
            self.add_error(
                "credit", gettext("Above you did not choose to be named in public. Please change one of the two.")
            )
        elif needed and not content.get(needed):
            self.add_error(needed, gettext("Please write the name that may be printed, or choose another credit."))
        return content

    @property
    def is_spam(self) -> bool:
        return bool(self.cleaned_data["website"])

    @property
    def drops_contact(self) -> bool:
        """Contact data was typed, and being anonymous they lose it."""
        content = self.cleaned_data
        return content["exposure"] == Exposure.ANONYMOUS and any(content[name] for name in CONTACT)


class ReplyForm(forms.Form):
    """The witness's next message. It may be empty where files come with it."""

    body = Text(
        label=_("Your message"), max_length=LONGEST_TEXT, required=False, widget=forms.Textarea(attrs={"rows": 6})
    )

    def __init__(self, data: QueryDict | None = None, *, unsent: str = "") -> None:
        super().__init__(data, initial={"body": unsent}, label_suffix="")
