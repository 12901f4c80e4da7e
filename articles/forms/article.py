"""The story's form: what was typed, cleaned and turned into the content that a revision holds."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from articles import blocks, markup, snapshots
from articles.editor import BodyEditor
from articles.forms import refusals, typed
from articles.forms.pictures import LeadPicture
from articles.forms.site import edition_choices
from articles.models.desk import Article, Byline
from articles.models.places import Section
from articles.models.site import SiteSettings
from articles.problems import DeskProblem
from articles.verbs import sections_of
from authors.models import Author
from images.models import Picture

MOST_BYLINES = 30


class BylineForm(forms.Form):
    author = forms.ModelChoiceField(
        Author.objects.all(), label=_("Author"), required=False,
        widget=AutocompleteSelect(Byline._meta.get_field("author"), admin.site),
    )  # fmt: skip
    name = forms.CharField(label=_("As printed"), max_length=160, required=False)
    credit = forms.CharField(label=_("Credit"), max_length=80, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("credit") and not (cleaned.get("author") or cleaned.get("name")):
            self.add_error("name", gettext("A credit needs a name: choose an author or write one."))
        return cleaned

    def line(self) -> snapshots.Line | None:
        """The byline as a revision holds it; None for a row that was left empty."""
        author, name = self.cleaned_data.get("author"), self.cleaned_data.get("name", "")
        credit = self.cleaned_data["credit"]
        if author:
            return snapshots.Line(author=author.pk, name=name or author.name, credit=credit)
        return snapshots.Line(author=None, name=name, credit=credit) if name else None


BylineFormSet = forms.formset_factory(
    BylineForm, extra=1, can_delete=True, can_order=True, max_num=MOST_BYLINES, absolute_max=MOST_BYLINES + 10
)


def lines_as_typed(article: Article) -> list[dict[str, Any]]:
    """The story's bylines as rows of the form: a name that is simply the author's stays empty."""
    return [{"author": line.author_id, "name": line.name, "credit": line.credit} for line in article.bylines.all()]


class ArticleForm(forms.ModelForm):
    """`content` is what was typed. `problem` is a refusal met while saving: it is shown, and nothing typed is lost.

    `restored` is what was typed earlier and kept unsaved: it stands in the form as if typed now. `person` is offered
    the sections in which they work.
    """

    problem: DeskProblem | None = None
    restored: QueryDict | None = None
    person: User | None = None
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Article
        fields = (
            "kicker", "headline", "standfirst", "lead_picture", "body", "section", "series", "tags", "kind", "language",
            "original", "slug", "short_headline", "social_headline", "dateline", "noindex",
        )  # fmt: skip
        widgets = {
            "body": BodyEditor(for_stories=True),
            "headline": forms.Textarea(attrs={"rows": 2, "dir": "auto", "class": "vTextField one-line"}),
            "standfirst": forms.Textarea(attrs={"rows": 3, "dir": "auto", "class": "vTextField one-line"}),
            **{
                name: forms.TextInput(attrs={"dir": "auto", "class": "vTextField"})
                for name in ("kicker", "short_headline", "social_headline", "dateline", "slug")
            },
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = self.instance.version
        if "section" in self.fields:
            sections = Section.objects.select_related("parent").order_by("path")
            limits = sections_of(self.person) if self.person else None
            self.fields["section"] = forms.ModelChoiceField(
                sections if limits is None else sections.filter(pk__in=limits),
                label=_("Section"), required=False, empty_label="—",
            )  # fmt: skip
        if "original" in self.fields:
            # What the story has for an original stays, even where its person may not see that one.
            seen = Article.objects.for_user(self.person).values("pk") if self.person else Article.objects.values("pk")
            stories = Article.objects.filter(Q(pk__in=seen) | Q(pk=self.instance.original_id))
            cast("forms.ModelChoiceField[Article]", self.fields["original"]).queryset = stories
        if "lead_picture" in self.fields:
            self.fields["lead_picture"] = forms.ModelChoiceField(
                Picture.objects.all(), label=_("Lead picture"), required=False, widget=LeadPicture,
                error_messages={"invalid_choice": _("There is no picture with this number in the library.")},
            )  # fmt: skip
        if "language" in self.fields:
            site = SiteSettings.load()
            self.fields["language"] = forms.ChoiceField(
                label=_("Language"), initial=site.language,
                choices=edition_choices(site, also=self.instance.language if self.instance.pk else ""),
            )  # fmt: skip
        if "body" in self.fields:
            self.fields["body"].widget.commissioned = self.instance.commissioned_length
        lines = lines_as_typed(self.instance) if self.instance.pk else []
        if self.restored is not None:
            self.initial = {**self.initial, **typed.initial(self.fields, self.restored)}
            lines = typed.bylines(self.restored)
        self.bylines = BylineFormSet(self.data if self.is_bound else None, prefix=typed.BYLINES, initial=lines)

    def clean_headline(self) -> str:
        return " ".join(self.cleaned_data["headline"].split())

    def clean_standfirst(self) -> str:
        return " ".join(self.cleaned_data["standfirst"].split())

    def clean_body(self) -> str:
        body = markup.clean(self.cleaned_data["body"])
        known_to_editor = self.data.get("body_nodes", "").split()
        if known_to_editor and blocks.lost(self.instance.body, body) - {*known_to_editor}:
            raise ValidationError(
                gettext("The editor ran without one of its parts, and would lose what that shows. Load the page again.")
            )
        return body

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.bylines.is_valid():
            self.add_error(None, gettext("Bylines: please correct what is marked there."))
        if self.problem:
            refusals.show(self.problem, self)
        return cleaned

    def content(self) -> dict[str, Any]:
        """What was typed, in the shape of `snapshots.take`. For a valid form."""
        section, series = self.cleaned_data["section"], self.cleaned_data["series"]
        original = self.cleaned_data.get("original")  # the paper may have but one language
        lead = self.cleaned_data["lead_picture"]
        lines = [form.line() for form in self.bylines.ordered_forms] if self.bylines.is_valid() else []
        return {
            **{name: self.cleaned_data[name] for name in snapshots.TEXT_FIELDS},
            "noindex": self.cleaned_data["noindex"],
            "original": (original.original_id or original.pk) if original else None,
            "lead_picture": lead.pk if lead else None,
            "section": section.pk if section else None,
            "series": series.pk if series else None,
            "tags": sorted(tag.pk for tag in self.cleaned_data["tags"]),
            "bylines": [line for line in lines if line],
        }
