"""Fields of the witness's forms."""

from typing import Any

from django import forms


class Text(forms.CharField):
    """Text of several lines; a browser's line ends count as one character, as its own counter has it."""

    widget = forms.Textarea

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "dir": "auto"}

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n").strip()


class Day(forms.DateInput):
    """The browser's own calendar; typed by hand where it has none."""

    input_type = "date"
    formats = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y")

    def format_value(self, value: Any) -> str | None:
        # The browser's own calendar knows only this form, whatever the language.
        return value.isoformat() if hasattr(value, "isoformat") else value
