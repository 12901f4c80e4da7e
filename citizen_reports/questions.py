"""A form's own questions: as fields for the witness, as answers in the report.

What is kept of an answer is JSON: ``[{"kind", "label", "value"}, …]``, the label as the question had it then, in the
paper's language; the value is a text or, of any of several answers, a list of them. So it stays readable whatever
becomes of the question. Days are ISO, yes and no are "yes" and "no".
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils import formats
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from citizen_reports.fields import Day, Text
from citizen_reports.models.intake import Question
from safeguards.fields import Sealed

Kind = Question.Kind
FEW = 6  # more answers than this are a list to open
_LONGEST = {Kind.TEXT: 500, Kind.PLACE: 300, Kind.LONG: 10_000, Kind.URL: 2000}


@dataclass(frozen=True)
class Answer:
    """One answered question, in words for the desk."""

    label: str
    words: str


def name_of(question: Question) -> str:
    """The name of its field."""
    return f"q_{question.key}"


def field_for(question: Question, language: str) -> forms.Field:
    """The field that asks it, in that language. A personal question insists on nothing: `ReportForm` settles that."""
    label = question.said("label", language)
    if question.required:
        how = gettext("needed, unless you stay anonymous") if question.is_personal else gettext("needed")
        label = f"{label} ({how})"
    asked: dict[str, Any] = {
        "label": label,
        "help_text": question.said("help_text", language),
        "required": question.required and not question.is_personal,
    }
    choices = question.choices_in(language)
    match question.kind:
        case Kind.CHOICES:
            return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **asked)
        case Kind.YES_NO | Kind.CHOICE:
            if question.kind == Kind.YES_NO:
                choices = [("yes", gettext("Yes")), ("no", gettext("No"))]
            if not asked["required"]:
                choices = [("", gettext("No answer")), *choices]
            widget = forms.RadioSelect if len(choices) <= FEW else forms.Select
            return forms.ChoiceField(choices=choices, widget=widget, **asked)
        case Kind.DATE:
            return forms.DateField(input_formats=Day.formats, widget=Day, **asked)
        case Kind.URL:
            return forms.URLField(max_length=_LONGEST[Kind.URL], assume_scheme="https", **asked)
        case Kind.LONG:
            return Text(max_length=_LONGEST[Kind.LONG], widget=forms.Textarea(attrs={"rows": 4}), **asked)
    field = forms.CharField(max_length=_LONGEST[Kind(question.kind)], **asked)
    field.widget.attrs.update({"dir": "auto", "autocomplete": "off"})
    return field


def as_text(questions: Iterable[Question], content: dict[str, Any]) -> str:
    """What is kept of the answers in a form's cleaned `content`; "" when there are none."""
    answered = [(question, content.get(name_of(question))) for question in questions]
    kept = [
        {
            "kind": question.kind, "label": question.label,
            "value": value.isoformat() if isinstance(value, date) else value,
        }
        for question, value in answered if value
    ]  # fmt: skip
    return json.dumps(kept, ensure_ascii=False) if kept else ""


def answers_in(sealed: Sealed) -> list[Answer]:
    """The answers kept there, opened: whoever calls has settled that they may be seen."""
    return [Answer(kept["label"], _words(kept)) for kept in json.loads(sealed.open() or "[]")]


def _words(kept: dict[str, Any]) -> str:
    value = kept["value"]
    match kept["kind"]:
        case Kind.CHOICES:
            return " · ".join(value)
        case Kind.YES_NO:
            return str(_("yes") if value == "yes" else _("no"))
        case Kind.DATE:
            return formats.date_format(date.fromisoformat(value), "DATE_FORMAT")
    return str(value)
