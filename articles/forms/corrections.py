"""What is asked about a correction, and before it goes; and into what an author or a tag is merged."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.utils.translation import gettext_lazy as _

from articles.actions_corrections import LONGEST
from articles.kinds import NoteKind
from articles.models.desk import Article, Byline
from articles.models.places import Tag
from authors.models import Author


class CorrectionForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=NoteKind, initial=NoteKind.CORRECTION)
    text = forms.CharField(
        label=_("Text"), max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"}),
        help_text=_("What was wrong, and what is right, in the story’s language. An empty line begins a paragraph."),
        error_messages={"required": _("Write what was wrong, and what is right.")},
    )  # fmt: skip
    is_above = forms.TypedChoiceField(
        label=_("Place"), coerce=lambda value: value == "above", initial="below",
        choices=[("below", _("Below the text")), ("above", _("Above the text: readers must know it first"))],
    )  # fmt: skip


class NewCorrectionForm(CorrectionForm):
    """Offers to publish with it what has been changed in the text; `has_changes` says that there is something."""

    with_changes = forms.BooleanField(
        label=_("Publish the changes of the working copy with it"), required=False,
        help_text=_("The text has been changed since it was published. Without this tick readers see only the note."),
    )  # fmt: skip

    def __init__(self, *args: Any, has_changes: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_changes:
            del self.fields["with_changes"]


class RemoveCorrectionForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=_("It stays with the story’s history; readers do not see it."),
        error_messages={"required": _("Say why it goes: it stays with the story’s history.")},
    )  # fmt: skip


class MergeAuthorForm(forms.Form):
    into = forms.ModelChoiceField(
        Author.objects.all(), label=_("Merge into"),
        widget=AutocompleteSelect(Byline._meta.get_field("author"), admin.site),
    )  # fmt: skip


class MergeTagForm(forms.Form):
    into = forms.ModelChoiceField(
        Tag.objects.all(), label=_("Merge into"), widget=AutocompleteSelect(Article._meta.get_field("tags"), admin.site)
    )
