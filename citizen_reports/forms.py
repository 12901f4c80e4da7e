"""The witness's forms. Files, the token and the ticks that take files out again are read beside them, in the views."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from citizen_reports import questions
from citizen_reports.fields import Day, Text
from citizen_reports.models.intake import IntakeForm, ReportKind
from citizen_reports.models.people import Credit
from citizen_reports.models.reports import Exposure, Precision

LONGEST_TEXT = 50_000
_NAME_FOR: dict[str, str] = {Credit.FULL: "name", Credit.FIRST: "name", Credit.PSEUDONYM: "credit_name"}
CONTACT = ("name", "email", "phone", "other_contact")


class ReportForm(forms.Form):
    """`cleaned_data` is what `intake.receive` takes. Nothing but the text is asked for with insistence, and what the
    call-out's own questions insist on.
    """

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
        input_formats=Day.formats,
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

    def __init__(self, intake: IntakeForm, language: str, data: QueryDict | None = None) -> None:
        standard = {"exposure": Exposure.ANONYMOUS.value, "credit": Credit.ANONYMOUS.value}
        super().__init__(data, initial=standard, label_suffix="")
        kind = cast("forms.ChoiceField", self.fields["kind"])
        kind.choices = [choice for choice in ReportKind.choices if not intake.kinds or choice[0] in intake.kinds]
        self.asked = list(intake.questions.filter(is_active=True))
        for question in self.asked:
            self.fields[questions.name_of(question)] = questions.field_for(question, language)
        for name in (*CONTACT, "website"):
            self.fields[name].widget.attrs["autocomplete"] = "off"  # a shared phone would offer it to the next person
        self.fields["website"].widget.attrs["tabindex"] = "-1"

    def asked_fields(self) -> list[BoundField]:
        """The call-out's own questions."""
        return [self[questions.name_of(question)] for question in self.asked if not question.is_personal]

    @property
    def insists(self) -> bool:
        """One of them must be answered."""
        return any(question.required for question in self.asked)

    def personal_fields(self) -> list[BoundField]:
        """Those of them that tell who the witness is."""
        return [self[questions.name_of(question)] for question in self.asked if question.is_personal]

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
        # Who stays anonymous answers nothing about themselves, however much it was wished for.
        if content.get("exposure") not in (None, Exposure.ANONYMOUS):
            for question in self.asked:
                name = questions.name_of(question)
                if question.is_personal and question.required and not content.get(name) and name not in self.errors:
                    self.add_error(name, gettext("Please answer this, or choose above to stay anonymous."))
        content["answers"] = questions.as_text([each for each in self.asked if not each.is_personal], content)
        content["personal_answers"] = questions.as_text([each for each in self.asked if each.is_personal], content)
        return content

    @property
    def is_spam(self) -> bool:
        return bool(self.cleaned_data["website"])

    @property
    def drops_contact(self) -> bool:
        """Contact data was typed, and being anonymous they lose it."""
        content = self.cleaned_data
        typed = any(content[name] for name in CONTACT) or bool(content["personal_answers"])
        return content["exposure"] == Exposure.ANONYMOUS and typed


class ReplyForm(forms.Form):
    """The witness's next message. It may be empty where files come with it."""

    body = Text(
        label=_("Your message"), max_length=LONGEST_TEXT, required=False, widget=forms.Textarea(attrs={"rows": 6})
    )

    def __init__(self, data: QueryDict | None = None, *, unsent: str = "") -> None:
        super().__init__(data, initial={"body": unsent}, label_suffix="")
