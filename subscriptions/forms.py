from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from articles.languages import LANGUAGES
from articles.reading import Edition as Paper
from subscriptions import hours
from subscriptions.models.people import Subscription, Topic, normal_address
from subscriptions.topics import keep, open_topics, with_headlines

Cadence = Subscription.Cadence


class SubscribeForm(forms.Form):
    """The sign-up. ``chosen_topics`` are the rows of the valid choice, made where nobody has wanted them before.

    `asked` are topics that the link to this page named; ``website`` is a trap that people do not see.
    """

    email = forms.EmailField(
        label=_("Your e-mail address"), max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "dir": "ltr"}),
    )  # fmt: skip
    topics = forms.MultipleChoiceField(label=_("What about"), widget=forms.CheckboxSelectMultiple)
    cadence = forms.ChoiceField(
        label=_("How often"), choices=Cadence, required=False, initial=Cadence.INSTANT, widget=forms.RadioSelect
    )
    language = forms.ChoiceField(label=_("In which language"), widget=forms.RadioSelect)
    time_zone = forms.ChoiceField(label=_("Where you are"), required=False)
    website = forms.CharField(required=False)

    def __init__(self, *args: Any, paper: Paper, asked: Collection[Topic] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [*asked, *open_topics()]
        self.rows = {topic.key: topic for topic in with_headlines(offered)}
        offer(self, "topics", [(key, topic.name_in(paper.language)) for key, topic in self.rows.items()])
        offer(self, "language", languages(paper))
        offer(self, "time_zone", hours.zone_choices(besides=paper.site.newsroom_time_zone))
        self.fields["topics"].initial = [topic.key for topic in asked] or list(self.rows)[:1]
        self.fields["language"].initial = paper.language if paper.is_offered else paper.site.language
        self.fields["time_zone"].initial = paper.site.newsroom_time_zone

    @property
    def chosen_topics(self) -> list[Topic]:
        return keep(self.rows[key] for key in self.cleaned_data["topics"])

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
