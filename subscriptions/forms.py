from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast

from django import forms
from django.forms.boundfield import BoundWidget
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles.languages import LANGUAGES
from articles.reading import Edition as Paper
from subscriptions import hours
from subscriptions.models.people import Subscription, Topic, normal_address
from subscriptions.topics import keep, offered_letters, open_topics, with_headlines

Cadence = Subscription.Cadence


class SubscribeForm(forms.Form):
    """The sign-up. ``chosen_topics`` are the rows of the valid choice, made where nobody has wanted them before.

    `asked` are topics that the link to this page named; ``website`` is a trap that people do not see.
    """

    email = forms.EmailField(
        label=_("Your e-mail address"), max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "dir": "ltr"}),
    )  # fmt: skip
    topics = forms.MultipleChoiceField(label=_("What about"), required=False, widget=forms.CheckboxSelectMultiple)
    cadence = forms.ChoiceField(
        label=_("How often"), choices=Cadence, required=False, initial=Cadence.INSTANT, widget=forms.RadioSelect
    )
    letters = forms.MultipleChoiceField(label=_("Newsletters"), required=False, widget=forms.CheckboxSelectMultiple)
    language = forms.ChoiceField(label=_("In which language"), widget=forms.RadioSelect)
    time_zone = forms.ChoiceField(label=_("Where you are"), required=False)
    website = forms.CharField(required=False)

    def __init__(self, *args: Any, paper: Paper, asked: Collection[Topic] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [topic for topic in asked if topic.kind != Topic.Kind.LETTER]
        topics = {topic.key: topic for topic in with_headlines([*named, *open_topics()])}
        self.newsletters = {topic.key: topic for topic in offered_letters()}
        self.rows = topics | self.newsletters
        for name, found in (("topics", topics), ("letters", self.newsletters)):
            offer(self, name, [(key, topic.name_in(paper.language)) for key, topic in found.items()])
        offer(self, "language", languages(paper))
        offer(self, "time_zone", hours.zone_choices(besides=paper.site.newsroom_time_zone))
        self.fields["topics"].initial = [topic.key for topic in named] if asked else list(topics)[:1]
        self.fields["letters"].initial = [topic.key for topic in asked]
        self.fields["language"].initial = paper.language if paper.is_offered else paper.site.language
        self.fields["time_zone"].initial = paper.site.newsroom_time_zone

    @property
    def chosen_topics(self) -> list[Topic]:
        return keep(self.rows[key] for key in [*self.cleaned_data["topics"], *self.cleaned_data["letters"]])

    def letter_options(self) -> list[tuple[BoundWidget, str]]:
        """A tick for each newsletter, and what it is about."""
        ticks = self["letters"].subwidgets
        found = [(tick, self.newsletters[str(tick.data["value"])].newsletter) for tick in ticks]
        return [(tick, newsletter.description if newsletter else "") for tick, newsletter in found]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not (cleaned.get("topics") or cleaned.get("letters") or "topics" in self.errors):
            self.add_error("topics", gettext("Choose at least one."))
        return cleaned

    def clean_email(self) -> str:
        normal_address(self.cleaned_data["email"])
        return str(self.cleaned_data["email"])

    def clean_cadence(self) -> str:
        return self.cleaned_data["cadence"] or Cadence.INSTANT

    def clean_time_zone(self) -> str:
        return self.cleaned_data["time_zone"] or str(self.fields["time_zone"].initial)


class SuppressionForm(forms.Form):
    """At the desk: an address that must not be written to, or may be again."""

    email = forms.CharField(label=_("E-mail address"), max_length=254)
    action = forms.ChoiceField(
        label=_("From now on"),
        choices=[("suppress", _("Never write to it")), ("lift", _("It may be written to again"))],
        initial="suppress",
        widget=forms.RadioSelect,
    )

    def clean_email(self) -> str:
        return normal_address(self.cleaned_data["email"])


def offer(form: forms.Form, name: str, choices: list[Any]) -> None:
    """Gives a field of the form what may be chosen in it."""
    cast(forms.ChoiceField, form.fields[name]).choices = choices


def languages(paper: Paper) -> list[tuple[str, str]]:
    """Those of the paper's editions, under their own names."""
    return [(code, LANGUAGES[code].name) for code in paper.site.languages if code in LANGUAGES]
