"""The forms of a front page's editor: one for each container, one for each card, read together in their order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from django import forms
from django.db import models
from django.http import QueryDict
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from articles import figures
from articles.clocks import Zones
from articles.forms.moments import MomentField
from articles.fronts import MOST_CONTAINERS, MOST_STORIES, Card, Container, Fill, Layout, Rule
from articles.kinds import Kind
from articles.models.places import Section, Series, Tag
from articles.models.published import PublishedArticle
from authors.models import Author
from images.models import Picture
from safeguards.numbers import whole

NAMED: dict[Fill, tuple[type[models.Model], str]] = {
    Fill.TAG: (Tag, "name"), Fill.SERIES: (Series, "title"), Fill.AUTHOR: (Author, "name")
}  # fmt: skip


class ContainerForm(forms.Form):
    title = forms.CharField(
        label=_("Title"), max_length=80, required=False, strip=True,
        widget=forms.TextInput(attrs={"dir": "auto", "class": "vTextField"}),
    )  # fmt: skip
    layout = forms.ChoiceField(
        label=pgettext_lazy("of a container on a front page", "Looks like"), choices=Layout.choices
    )
    # "newest", "section:4", "kind:opinion"; "tag", "series" and "author" with a name beside it.
    fill = forms.ChoiceField(label=_("Fills up with"))
    name = forms.CharField(
        label=_("Name of the tag, series or author"), max_length=160, required=False,
        widget=forms.TextInput(attrs={"dir": "auto", "class": "vTextField"}),
    )  # fmt: skip
    size = forms.IntegerField(label=_("Stories"), min_value=1, max_value=MOST_STORIES)

    def __init__(self, *args: Any, sections: Iterable[Section], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fill"].choices = [  # type: ignore[attr-defined]
            (Fill.NONE, Fill.NONE.label),
            (Fill.NEWEST, Fill.NEWEST.label),
            (_("Section"), [(f"section:{section.pk}", str(section)) for section in sections]),
            (_("Kind of story"), [(f"kind:{kind.value}", kind.label) for kind in Kind]),
            (_("By name"), [(fill, fill.label) for fill in NAMED]),
        ]

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or {}
        fill, _sep, value = str(data.get("fill", "")).partition(":")
        if not fill:
            return data
        if fill in NAMED:
            model, called = NAMED[Fill(fill)]
            name = data.get("name", "").strip()
            thing = model._default_manager.filter(**{f"{called}__named": name}).order_by("pk").first() if name else None
            if thing is None:
                self.add_error("name", gettext("Nothing has this name.") if name else gettext("Write its name."))
                return data
            data["rule"] = Rule(Fill(fill), thing.pk)
        else:
            data["rule"] = Rule(Fill(fill), int(value) if fill == Fill.SECTION else value)
        return data


class CardForm(forms.Form):
    headline = forms.CharField(
        label=_("Headline here"), max_length=160, required=False,
        widget=forms.TextInput(attrs={"dir": "auto", "class": "vTextField"}),
    )  # fmt: skip
    picture = forms.IntegerField(label=_("Picture here"), min_value=1, required=False)
    pinned_until = MomentField(label=_("Stays until"), required=False)

    def clean_picture(self) -> int | None:
        number: int | None = self.cleaned_data["picture"]
        if number and not Picture.objects.filter(pk=number).exists():
            raise forms.ValidationError(gettext("The library has no picture of this number."))
        return number


@dataclass
class CardRow:
    """A card on the page: its form, the story that readers find (None: not published), its own picture's thumbnail."""

    story: int
    form: CardForm
    published: PublishedArticle | None = None
    thumb: str = ""
    is_over: bool = False


@dataclass
class ContainerRow:
    key: str
    form: ContainerForm
    cards: list[CardRow]
    filled: list[PublishedArticle] = field(default_factory=list)  # what its rule brings now


class Arrangement:
    """The whole editor's form. `containers` to begin with, or `data` as it was posted, in the order posted.

    The fields of a container are called ``<key>-…``, those of a card ``card-<story>-…``; the hidden fields ``order``
    say which stand where: ``container:<key>`` and, after it, its ``card:<story>``.
    """

    def __init__(
        self, containers: list[Container] | None = None, *, data: QueryDict | None = None, zones: Zones
    ) -> None:
        self.zones = zones
        self.sections = list(Section.objects.select_related("parent"))
        self.rows: list[ContainerRow] = []
        if data is not None:
            self._read(data)
        for container in containers or []:
            form = ContainerForm(prefix=container.key, sections=self.sections, initial=_initial(container))
            cards = [CardRow(card.story, self._card(card.story, None, card)) for card in container.cards]
            self.rows.append(ContainerRow(container.key, form, cards))

    def _read(self, data: QueryDict) -> None:
        seen = set()
        for line in data.getlist("order")[: MOST_CONTAINERS * (MOST_STORIES + 2)]:
            what, _sep, name = line.partition(":")
            if what == "container" and name.isalnum() and len(name) <= 12 and line not in seen:
                form = ContainerForm(data, prefix=name, sections=self.sections)
                self.rows.append(ContainerRow(name, form, []))
            elif what == "card" and whole(name) and self.rows and line not in seen:
                self.rows[-1].cards.append(CardRow(int(name), self._card(int(name), data)))
            seen.add(line)

    def _card(self, story: int, data: QueryDict | None, card: Card | None = None) -> CardForm:
        initial = vars(card) if card else None
        form = CardForm(data, prefix=f"card-{story}", initial=initial)
        form.fields["pinned_until"].widget.zones = self.zones
        return form

    def is_valid(self) -> bool:
        forms_ = [row.form for row in self.rows] + [card.form for row in self.rows for card in row.cards]
        return not [form for form in forms_ if not form.is_valid()]  # each is asked, so that each says what is wrong

    def containers(self) -> list[Container]:
        """What was posted; after `is_valid` said yes."""
        return [
            Container(
                key=row.key, title=row.form.cleaned_data["title"], layout=Layout(row.form.cleaned_data["layout"]),
                rule=row.form.cleaned_data["rule"], size=row.form.cleaned_data["size"],
                cards=[Card(story=card.story, **card.form.cleaned_data) for card in row.cards],
            )
            for row in self.rows
        ]  # fmt: skip

    def with_stories(self, pressed: list[dict[str, Any]], *, now: datetime) -> Arrangement:
        """The rows know their stories and pictures, and those that fill `pressed` besides, by two queries."""
        cards = [card for row in self.rows for card in row.cards]
        shown = {each["key"]: [card["story"] for card in each["cards"]] for each in pressed}
        numbers = [card.story for card in cards] + [story for stories in shown.values() for story in stories]
        stories = PublishedArticle.objects.cards().in_bulk(numbers)
        chosen = {card.story: whole(card.form["picture"].value()) for card in cards}
        pictures = Picture.objects.in_bulk([number for number in chosen.values() if number])
        for card in cards:
            card.published = stories.get(card.story)
            picture = pictures.get(chosen[card.story] or 0)
            card.thumb = figures.thumbnail(picture) if picture else ""
            until = card.form.initial.get("pinned_until")
            card.is_over = until is not None and until <= now
        for row in self.rows:
            row.filled = [
                stories[story] for story in shown.get(row.key, []) if story not in chosen and story in stories
            ]
        return self


def _initial(container: Container) -> dict[str, Any]:
    rule, name = container.rule, ""
    if rule.fill in NAMED:
        model, called = NAMED[rule.fill]
        thing = model._default_manager.filter(pk=rule.value).first()
        name = getattr(thing, called) if thing else ""
    has_value = rule.fill in {Fill.SECTION, Fill.KIND}
    fill = f"{rule.fill.value}:{rule.value}" if has_value else rule.fill.value
    return {"title": container.title, "layout": container.layout, "fill": fill, "name": name, "size": container.size}


def stories_named(text: str) -> tuple[list[int], list[str]]:
    """Numbers of the published stories that `text` names, by number or address, and the words that name none."""
    found, unknown = [], []
    for word in text.split()[:MOST_STORIES]:
        number = whole(word)
        path = unquote(urlsplit(word).path) if not number else ""
        by: dict[str, Any] = {"pk": number} if number else {"path": path or "-"}
        story = PublishedArticle.objects.filter(**by).values_list("pk", flat=True).first()
        if story:
            found.append(story)
        else:
            unknown.append(word)
    return found, unknown
