"""Forms of the desk for channels: an account with its keys, which are typed and never shown, and a story's texts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles.forms.site import edition_choices
from articles.models.site import SiteSettings
from safeguards.problems import Unsealable
from subscriptions.channels import wording
from subscriptions.channels.answers import web_address
from subscriptions.channels.desk import too_long
from subscriptions.channels.kinds import KINDS, is_ticked
from subscriptions.channels.ledger import Offer
from subscriptions.channels.measuring import LINK, LINK_LENGTH, measure_of
from subscriptions.models.channels import ChannelAccount, ChannelPost

KEY = "key_"
LONGEST = 70_000  # characters, more than any channel takes


class NewAccountForm(forms.ModelForm):
    """Which channel, and what it is called; all else is asked on the account's own page."""

    class Meta:
        model = ChannelAccount
        fields = ("kind", "name")


class AccountForm(forms.ModelForm):
    """What this kind of channel needs. A key that is left empty stays as it is."""

    forget = forms.BooleanField(label=_("Forget the keys"), required=False)
    server = forms.URLField(label=_("Server"), required=False, max_length=200, assume_scheme="https")

    class Meta:
        model = ChannelAccount
        fields = ("name", "address", "server", "language", "sections", "is_active")
        widgets: ClassVar = {"sections": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.channel = KINDS.get(self.instance.kind)
        languages = edition_choices(SiteSettings.load(), also=self.instance.language)
        self.fields["language"] = forms.ChoiceField(
            label=_("Language"), required=False, choices=[("", _("any")), *languages]
        )
        address = self.fields["address"]
        if self.channel is None:
            address.label, address.help_text = _("Link of the channel"), "https://whatsapp.com/channel/…"
        elif self.channel.address:
            example = gettext("For example %(example)s") % {"example": self.channel.example}
            address.label, address.help_text = self.channel.address, example
        else:
            del self.fields["address"]
        for name, label in self.channel.keys.items() if self.channel else ():
            self.fields[KEY + name] = forms.CharField(
                label=label, required=False, max_length=2000,
                help_text=_("Kept sealed. Empty: stays as it is.") if self.instance.credentials else _("Kept sealed."),
                widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "vTextField", "dir": "ltr"}),
            )  # fmt: skip
        if not self.instance.credentials:
            del self.fields["forget"]
        if self.channel is None:
            del self.fields["server"]
        else:
            self.fields["server"].help_text = gettext("Empty: %(server)s") % {"server": self.channel.server()}

    def clean_address(self) -> str:
        address = str(self.cleaned_data["address"]).strip()
        if self.channel is None and address and not web_address(address):
            raise ValidationError(gettext("Enter the whole link of the channel, with https://."))
        return address

    def clean_server(self) -> str:
        server = str(self.cleaned_data["server"] or "").rstrip("/")
        parts = urlsplit(server)
        if parts.scheme == "http" and parts.netloc not in settings.OUTGOING_ALLOWED:
            raise ValidationError(gettext("Keys travel only over https://."))
        return server

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name, value in self.typed_keys().items():
            if not (value.isascii() and value.isprintable()) or " " in value:
                self.add_error(KEY + name, gettext("A key has no spaces and no letters with accents. Copy it anew."))
        if self.channel and self._goes_elsewhere(cleaned):
            for name in self.channel.keys.keys() - self.typed_keys().keys():
                self.add_error(KEY + name, gettext("Without this key nothing can be posted."))
        if cleaned.get("is_active") and self.channel:
            if self.channel.address and not cleaned.get("address") and "address" not in self.errors:
                self.add_error("address", gettext("Without this nothing can be posted."))
            missing = [name for name in self.channel.keys if not self.keys_then().get(name)]
            for name in missing:
                if KEY + name not in self.errors:
                    self.add_error(KEY + name, gettext("Without this key nothing can be posted."))
        return cleaned

    def _goes_elsewhere(self, cleaned: dict[str, Any]) -> bool:
        """The kept keys would travel to another server than the one for which they were typed."""
        if not self.channel or not self.instance.credentials or cleaned.get("forget") or "server" not in cleaned:
            return False
        usual, before = self.channel.server(), self.initial.get("server") or ""
        return (cleaned["server"] or usual).rstrip("/") != (before or usual).rstrip("/")

    def typed_keys(self) -> dict[str, str]:
        """What was typed, by the keys' names."""
        names = self.channel.keys if self.channel else {}
        typed = {name: str(self.cleaned_data.get(KEY + name) or "").strip() for name in names}
        return {name: value for name, value in typed.items() if value}

    def keys_then(self) -> dict[str, str]:
        """The account's keys once this form is saved."""
        try:
            kept = {} if self.cleaned_data.get("forget") else self.instance.keys()
        except Unsealable:  # its sealing key is gone: what is typed now begins anew
            kept = {}
        return {**kept, **self.typed_keys()}

    def save(self, commit: bool = True) -> ChannelAccount:
        if self.typed_keys() or self.cleaned_data.get("forget"):
            keys = self.keys_then()
            self.instance.credentials = json.dumps(keys) if keys else ""
        if self.typed_keys() or self.cleaned_data.get("forget") or {"server", "address"} & set(self.changed_data):
            self.instance.tested_at, self.instance.test_problem, self.instance.test_detail = None, "", ""
        return super().save(commit)


@dataclass(frozen=True)
class Row:
    """One channel in the form of a story's texts."""

    tick: BoundField
    text: BoundField
    preview: str
    limit: int
    used: int
    note: Any


class TextsForm(forms.Form):
    """A tick and a text for each offer. `link` is the story's address, "" while it has none.

    As long as it has none, what the person left as the page showed it stays as it is now: somebody else may have
    written it meanwhile.
    """

    def __init__(self, data: Any = None, *, offers: list[Offer], link: str, language: str) -> None:
        super().__init__(data, auto_id="channel_%s", label_suffix="")
        self.offers, self.link = offers, link
        for offer in offers:
            measure = measure_of(offer.account.kind)
            what = f"{offer.account}" if offer.purpose == "publish" else f"{offer.account} · {offer.purpose.label}"
            self.fields[f"tick-{offer.name}"] = forms.BooleanField(
                label=what, required=False, initial=offer.is_ticked, show_hidden_initial=not link
            )
            self.fields[f"text-{offer.name}"] = forms.CharField(
                label=gettext("Text for %(channel)s") % {"channel": what}, required=False, initial=offer.text,
                max_length=LONGEST, show_hidden_initial=not link,
                widget=forms.Textarea(attrs={
                    "rows": 4, "dir": "auto", "lang": language, "data-measure": measure.name,
                    "data-limit": measure.limit, "data-link": link or "x" * LINK_LENGTH,
                    "data-link-short": str(measure.is_link_short).lower(),
                }),
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        for offer, text, ticked in self.chosen():
            if not ticked:
                continue
            if not text:
                self.add_error(f"text-{offer.name}", gettext("Write a text, or take the tick off."))
            elif not measure_of(offer.account.kind).fits(text, link=self.link):
                self.add_error(
                    f"text-{offer.name}", too_long(offer.account.kind, wording.filled(text, self.link or LINK))
                )
        return cleaned

    def chosen(self) -> list[tuple[Offer, str, bool]]:
        """Each offer with its text, and whether it is ticked."""
        return [
            (
                offer,
                wording.filled(self._meant(f"text-{offer.name}", offer.text), LINK),
                self._meant(f"tick-{offer.name}", offer.is_ticked),
            )
            for offer in self.offers
        ]

    def _meant(self, name: str, now: Any) -> Any:
        is_known = self.add_initial_prefix(name) in self.data
        return now if is_known and name not in self.changed_data else self.cleaned_data[name]

    def rows(self) -> list[Row]:
        """What is to be said for the first time: publication and corrections."""
        return [self._row(offer) for offer in self.offers if offer.purpose != ChannelPost.Purpose.UPDATE]

    def updates(self) -> list[Row]:
        """What could be said again; nobody needs to."""
        return [self._row(offer) for offer in self.offers if offer.purpose == ChannelPost.Purpose.UPDATE]

    def _row(self, offer: Offer) -> Row:
        text = self[f"text-{offer.name}"]
        shown = str(text.value() or "")
        measure = measure_of(offer.account.kind)
        return Row(
            self[f"tick-{offer.name}"],
            text,
            preview=wording.filled(shown, self.link or "https://…"),
            limit=measure.limit,
            used=measure.used(shown, link=self.link),
            note="" if is_ticked(offer.account) else KINDS[offer.account.kind].note,
        )


class HandForm(forms.Form):
    """What a person says who has posted by hand, or has found a post on the channel."""

    url = forms.URLField(label=_("Link of the post"), required=False, max_length=500, assume_scheme="https")


class AgainForm(forms.Form):
    """A post that goes out once more, with its text, which may be changed."""

    text = forms.CharField(label=_("Text"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"}))

    def __init__(self, data: Any = None, *, post: ChannelPost) -> None:
        super().__init__(data, initial={"text": post.text})
        measure = measure_of(post.account.kind)
        self.fields["text"].widget.attrs |= {
            "data-measure": measure.name, "data-limit": measure.limit, "data-link": post.link,
        }  # fmt: skip
