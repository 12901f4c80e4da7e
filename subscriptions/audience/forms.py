from __future__ import annotations

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles.languages import LANGUAGES
from articles.models.site import SiteSettings
from subscriptions.models.people import Subscriber, Subscription, Topic
from subscriptions.topics import offered_letters, open_topics

MOST_MB = 20  # some 500,000 addresses


class ImportForm(forms.Form):
    """A list of addresses, what its readers get, and what is known of their consent."""

    file = forms.FileField(
        label=_("The list"),
        help_text=_("A table as CSV: an address on each line; columns called language and time_zone are read too."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv,text/plain"}),
    )
    topics = forms.MultipleChoiceField(label=_("They get letters about"), widget=forms.CheckboxSelectMultiple)
    cadence = forms.ChoiceField(
        label=_("How often"), choices=Subscription.Cadence, initial=Subscription.Cadence.INSTANT,
        widget=forms.RadioSelect,
    )  # fmt: skip
    language = forms.ChoiceField(label=_("Language"), help_text=_("Where the list does not say another."))
    agreed = forms.ChoiceField(
        label=_("Did they agree to get these letters?"),
        choices=[
            ("yes", _("Yes, each of them did")),
            ("no", _("I cannot say so: ask each of them by mail")),
        ],
        widget=forms.RadioSelect,
    )
    agreed_where = forms.CharField(
        label=_("Where they agreed"), max_length=300, required=False,
        help_text=_("For example: the form on our old site, the sheet at the subscribers’ day."),
    )  # fmt: skip
    agreed_when = forms.CharField(
        label=_("When they agreed"), max_length=120, required=False,
        help_text=_("For example: March 2024 to May 2026."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        site = SiteSettings.load()
        self.rows = {str(topic.pk): topic for topic in [*open_topics(), *offered_letters()]}
        topics = cast(forms.MultipleChoiceField, self.fields["topics"])
        topics.choices = [(number, topic.name_in(site.language)) for number, topic in self.rows.items()]
        topics.initial = list(self.rows)[:1]
        language = cast(forms.ChoiceField, self.fields["language"])
        language.choices = [(code, LANGUAGES[code].name) for code in site.languages if code in LANGUAGES]
        language.initial = site.language

    @property
    def chosen_topics(self) -> list[Topic]:
        return [self.rows[number] for number in self.cleaned_data["topics"]]

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_MB * 1024 * 1024:
            raise ValidationError(gettext("This list is larger than %(most)d MB. Cut it in two.") % {"most": MOST_MB})
        return file

    def clean(self) -> None:
        for name in ("agreed_where", "agreed_when"):
            if self.cleaned_data.get("agreed") == "yes" and not self.cleaned_data.get(name):
                self.add_error(name, gettext("Please say it, as well as you know. It is kept as evidence."))


class ExportForm(forms.Form):
    """Who is exported, and what for."""

    state = forms.ChoiceField(
        label=_("Who"),
        required=False,
        choices=[("", _("Everybody")), *[each for each in Subscriber.State.choices if each[0] != "erased"]],
    )
    reason = forms.CharField(
        label=_("What for"), max_length=200, min_length=5,
        help_text=_("It stands in the audit log beside your name."),
    )  # fmt: skip
