"""The form of a letter by the desk, and how its stories are arranged without a script."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles.forms.moments import MomentField
from articles.languages import LANGUAGES
from articles.models.published import PublishedArticle
from articles.models.site import SiteSettings
from articles.search import find
from safeguards.numbers import whole
from subscriptions.manual import MOST_STORIES
from subscriptions.models.letters import Newsletter
from subscriptions.models.manual import ManualLetter
from subscriptions.models.people import Subscription, Topic

FOUND = 10
_SPANS = [
    (0, _("all at once")),
    (30, _("half an hour")),
    (60, _("an hour")),
    (180, _("three hours")),
    (360, _("six hours")),
]
_WORDS = {"dir": "auto"}


class LetterForm(forms.Form):
    """What an editor types. ``version`` is that of the letter as the page showed it."""

    newsletter = forms.ModelChoiceField(Newsletter.objects.none(), label=_("Newsletter"))
    language = forms.ChoiceField(label=_("Language"))
    subject = forms.CharField(
        label=_("Subject"), max_length=160, required=False, widget=forms.TextInput(attrs=_WORDS),
        help_text=_("Some forty characters are seen on a phone."),
    )  # fmt: skip
    preheader = forms.CharField(
        label=_("Preheader"), max_length=160, required=False, widget=forms.TextInput(attrs=_WORDS),
        help_text=_("What mailboxes show beside the subject."),
    )  # fmt: skip
    intro = forms.CharField(
        label=_("Opening"), max_length=8000, required=False, widget=forms.Textarea(attrs={**_WORDS, "rows": 10}),
        help_text=_("A line is a paragraph. *bold*, _italic_, [words](https://…) is a link."),
    )  # fmt: skip
    closing = forms.CharField(
        label=_("Closing note"), max_length=4000, required=False, widget=forms.Textarea(attrs={**_WORDS, "rows": 4})
    )
    due_at = MomentField(label=_("Goes out"), required=False, help_text=_("Empty: as soon as it is sent off."))
    span_minutes = forms.TypedChoiceField(
        label=_("Spread over"), choices=_SPANS, coerce=int, initial=0,
        help_text=_("So that the site is not visited by everybody in the same minute."),
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        newsletters = cast("forms.ModelChoiceField[Newsletter]", self.fields["newsletter"])
        newsletters.queryset = Newsletter.objects.filter(kind=Newsletter.Kind.MANUAL)
        site = SiteSettings.load()
        languages = [(code, LANGUAGES[code].name) for code in site.languages if code in LANGUAGES]
        cast(forms.ChoiceField, self.fields["language"]).choices = languages

    @classmethod
    def of(cls, letter: ManualLetter, data: QueryDict | None) -> LetterForm:
        """Bound to what was typed; else it shows the letter."""
        names = [name for name in cls.base_fields if name != "newsletter"]
        shown = {**{name: getattr(letter, name) for name in names}, "newsletter": letter.newsletter_id}
        return cls(data, initial=shown)


@dataclass
class Arrangement:
    """The stories of a letter on its form: their numbers in order, and what was looked for."""

    numbers: list[int]
    words: str = ""
    found: list[PublishedArticle] = field(default_factory=list)

    @classmethod
    def typed(cls, data: QueryDict) -> Arrangement:
        """As the form posts it; what is no number is nothing."""
        given = [number for each in data.getlist("story")[:100] if (number := whole(each)) is not None]
        return cls(list(dict.fromkeys(given))[:MOST_STORIES], data.get("find", "").replace("\0", "").strip()[:200])

    def change(self, data: QueryDict) -> bool:
        """Does what one of the small buttons says; False if none was pressed."""
        if "_find" in data:
            self.look()
            return True
        if added := whole(data.get("_add")):
            if added not in self.numbers and len(self.numbers) < MOST_STORIES:
                self.numbers.append(added)
            self.words = ""
            return True
        verb, _colon, digits = data.get("_move", "").partition(":")
        number = whole(digits)
        if number not in self.numbers:
            return "_move" in data
        at = self.numbers.index(number)
        self.numbers.remove(number)
        if verb != "remove":
            self.numbers.insert(max(0, at + (-1 if verb == "up" else 1)), number)
        return True

    def look(self) -> None:
        """Published stories with all the words in headline or byline, the newest first; without words the newest."""
        rows = PublishedArticle.objects.newest_first().cards().exclude(pk__in=self.numbers)
        if self.words:
            rows = rows.filter(pk__in=find.titled(self.words))
        self.found = list(rows[:FOUND])

    def rows(self) -> list[tuple[int, PublishedArticle | None]]:
        """Each number with its story; None for one that readers no longer find."""
        live = PublishedArticle.objects.cards().in_bulk(self.numbers)
        return [(number, live.get(number)) for number in self.numbers]


# What the paper's own newsletters do not have.
OF_THE_DESK = ("description", "is_offered", "topics", "needs_approval")


class NewsletterForm(forms.ModelForm):
    """At the desk: what a newsletter is called and who gets it. The paper's own have no choice of readers."""

    class Meta:
        model = Newsletter
        fields = (
            "name", "slug", "description", "is_offered", "topics", "from_name", "not_after_hours", "needs_approval",
            "is_public",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and self.instance.kind != Newsletter.Kind.MANUAL:
            for name in OF_THE_DESK:
                self.fields.pop(name, None)
        if "topics" in self.fields:
            offered = Topic.objects.filter(kind__in=[Topic.Kind.SITE, Topic.Kind.SECTION])
            choice = cast("forms.ModelMultipleChoiceField[Topic]", self.fields["topics"])
            choice.queryset = offered.select_related("section__parent")

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        has_readers = self.cleaned_data.get("topics") or self.cleaned_data.get("is_offered") or self._is_chosen()
        if "topics" in self.fields and not has_readers:
            self.add_error("topics", gettext("Say who gets it, or let readers choose it by its name."))
        return cleaned

    def _is_chosen(self) -> bool:
        """Whether readers have chosen it by its name: they go on getting it when it is offered no more."""
        return self.instance.pk is not None and Subscription.objects.filter(topic__newsletter=self.instance.pk).exists()

    def clean_slug(self) -> str:
        slug = self.cleaned_data["slug"]
        if slug in Newsletter.Kind.values and slug != self.instance.kind:
            raise ValidationError(gettext("The paper’s own letters have this address. Take another word."))
        return str(slug)

    def clean_not_after_hours(self) -> int:
        hours = self.cleaned_data["not_after_hours"]
        if not 1 <= hours <= 72:
            raise ValidationError(gettext("From one hour to 72."))
        return int(hours)
