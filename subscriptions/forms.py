from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from articles.languages import LANGUAGES
from articles.reading import Edition as Paper
from subscriptions.models.people import Subscriber, Subscription, Topic, normal_address
from subscriptions.topics import open_topics


class ChoiceForm(forms.Form):
    """Topics and language, of those that the paper offers. ``chosen_topics`` are the rows of the valid choice."""

    topics = forms.MultipleChoiceField(label=_("What about"), widget=forms.CheckboxSelectMultiple)
    language = forms.ChoiceField(label=_("In which language"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, paper: Paper, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = {str(topic.pk): topic for topic in open_topics()}
        languages = [(code, LANGUAGES[code].name) for code in paper.site.languages if code in LANGUAGES]
        topics = [(number, topic.name_in(paper.language)) for number, topic in self.rows.items()]
        cast(forms.MultipleChoiceField, self.fields["topics"]).choices = topics
        cast(forms.ChoiceField, self.fields["language"]).choices = languages

    @property
    def chosen_topics(self) -> list[Topic]:
        return [self.rows[number] for number in self.cleaned_data["topics"]]


class SubscribeForm(ChoiceForm):
    """The sign-up: an address besides. ``website`` is a trap that people do not see."""

    field_order = ("email", "topics", "language")
    email = forms.EmailField(
        label=_("Your e-mail address"), max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "dir": "ltr"}),
    )  # fmt: skip
    website = forms.CharField(required=False)

    def __init__(self, *args: Any, paper: Paper, **kwargs: Any) -> None:
        super().__init__(*args, paper=paper, **kwargs)
        self.fields["topics"].initial = list(self.rows)[:1]
        self.fields["language"].initial = paper.language if paper.is_offered else paper.site.language

    def clean_email(self) -> str:
        normal_address(self.cleaned_data["email"])
        return str(self.cleaned_data["email"])


class PreferencesForm(ChoiceForm):
    """What a reader gets; no topic at all is a choice too."""

    def __init__(self, *args: Any, paper: Paper, subscriber: Subscriber, **kwargs: Any) -> None:
        super().__init__(*args, paper=paper, **kwargs)
        self.fields["topics"].required = False
        active = subscriber.subscriptions.filter(state=Subscription.State.ACTIVE)
        self.fields["topics"].initial = [str(number) for number in active.values_list("topic", flat=True)]
        self.fields["language"].initial = subscriber.language


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
