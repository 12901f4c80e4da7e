"""A story's form as a browser posts it: what of it is worth keeping, and how it gets back into the form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from articles import markup, snapshots
from safeguards.numbers import whole

BYLINES = "bylines"
_MOST_ROWS = 40


def worth_keeping(data: QueryDict, names: Iterable[str]) -> dict[str, list[str]]:
    """What was typed into the form's fields (`names`), the bylines, and what the editor says of itself."""
    known = {*names, "body_nodes"}
    return {
        name: [str(value) for value in data.getlist(name)]
        for name in data
        if name in known or name.startswith(f"{BYLINES}-")
    }


def as_posted(fields: Mapping[str, Iterable[str]]) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, values in fields.items():
        data.setlist(name, [*values])
    return data


def posted(content: Mapping[str, Any], *, version: int) -> dict[str, list[str]]:
    """A content (`snapshots.take`) as the form's fields, opened on this version."""
    fields: dict[str, list[str]] = {"version": [str(version)]}
    for name, value in content.items():
        if name == "bylines":
            fields |= _rows(value)
        elif isinstance(value, list):
            fields[name] = [str(each) for each in value]
        elif isinstance(value, bool):
            fields |= {name: ["on"]} if value else {}
        else:
            fields[name] = ["" if value is None else str(value)]
    return fields


def initial(fields: Mapping[str, forms.Field], data: QueryDict) -> dict[str, Any]:
    """What was typed, to be shown in a form that is not yet sent. What is no longer there is left out."""
    shown: dict[str, Any] = {}
    for name, field in fields.items():
        value = field.widget.value_from_datadict(data, {}, name)
        if isinstance(field, forms.ModelMultipleChoiceField):
            numbers = [number for each in value or [] if (number := whole(each)) is not None]
            value = list(field.queryset.filter(pk__in=numbers)) if field.queryset is not None else []
        elif isinstance(field, forms.ModelChoiceField):
            value = _existing(field, value)
        elif name == "body":
            value = markup.clean(value or "")
        shown[name] = value
    return shown


def bylines(data: QueryDict) -> list[dict[str, Any]]:
    """The rows of bylines that were typed, in the order that was asked for, without those that were taken out."""
    count = min(whole(data.get(f"{BYLINES}-TOTAL_FORMS"), digits=3) or 0, _MOST_ROWS)
    rows = []
    for index in range(count):
        row = {name: data.get(f"{BYLINES}-{index}-{name}", "") for name in ("author", "name", "credit")}
        order = whole(data.get(f"{BYLINES}-{index}-ORDER"), digits=3)
        if any(row.values()) and f"{BYLINES}-{index}-DELETE" not in data:
            row["author"] = "" if whole(row["author"]) is None else row["author"]
            rows.append((_MOST_ROWS if order is None else order, index, row))
    return [row for _, _, row in sorted(rows, key=lambda each: each[:2])]


def _existing(field: forms.ModelChoiceField[Any], value: Any) -> Any:
    try:
        found = field.to_python(value)
    except ValidationError:
        return None
    return found.pk if found else None


def _rows(lines: Iterable[snapshots.Line]) -> dict[str, list[str]]:
    lines = list(lines)
    fields = {f"{BYLINES}-TOTAL_FORMS": [str(len(lines) + 1)], f"{BYLINES}-INITIAL_FORMS": ["0"]}
    for index, line in enumerate(lines):
        row = {"author": line["author"] or "", "name": line["name"], "credit": line["credit"], "ORDER": index + 1}
        fields |= {f"{BYLINES}-{index}-{name}": [str(value)] for name, value in row.items()}
    return fields
