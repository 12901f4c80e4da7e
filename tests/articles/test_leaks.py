"""Nothing unpublished can be read: no key leads from readers' models to the desk's, no page shows a planted word."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Model
from django.test import Client

from accounts.models import User
from articles import actions, actions_fronts, actions_site, fronts
from articles.models import Article, Revision
from articles.models.places import Section, Series, Tag
from articles.models.pressed import PressedFront
from articles.models.public_record import PublishedCorrection, PublishedVersion
from articles.models.published import OldPath, PublishedArticle, PublishedByline, PublishedTag
from articles.models.site import MenuItem, Page, SiteSettings
from authors.models import Author
from newsroom.management.commands.addresses import addresses
from tests import make

START = datetime(2026, 11, 1, tzinfo=UTC)
READERS = (
    PublishedArticle, PressedFront, PublishedByline, PublishedTag, PublishedCorrection, PublishedVersion, OldPath,
    Section, Series, Tag, SiteSettings, Page, MenuItem, Author,
)  # fmt: skip


def neighbours(model: type[Model]) -> Iterator[type[Model]]:
    for field in model._meta.get_fields():
        if field.is_relation and isinstance(field.related_model, type):
            yield field.related_model


@pytest.mark.parametrize("start", READERS)
def test_no_key_leads_from_readers_to_the_desk(start: type[Model]) -> None:
    reached: set[type[Model]] = set()
    ahead = [start]
    while ahead:
        model = ahead.pop()
        if model not in reached:
            reached.add(model)
            ahead.extend(neighbours(model))
    assert Article not in reached
    assert Revision not in reached


def everything(client: Client) -> dict[str, str]:
    """Every page that links, rows and the list of addresses lead to: address -> its text and headers."""
    paths = {re.sub(r"^https?://[^/]+", "", address) for address in addresses().values() if address}
    paths |= set(OldPath.objects.values_list("path", flat=True))
    tails = ("", "feeds/rss.xml", "feeds/atom.xml", "feeds/feed.json")
    for kind, model in {"tag": Tag, "author": Author, "series": Series}.items():
        for slug in model._default_manager.values_list("slug", flat=True):
            paths |= {f"/{kind}/{slug}/{tail}" for tail in tails}
    for path in Section.objects.values_list("path", flat=True):
        paths |= {f"{edition}{path}/{tail}" for edition in ("/", "/fr/") for tail in tails}
    paths |= set(Page.desk.values_list("path", flat=True))
    paths |= set(PublishedArticle.objects.values_list("path", flat=True))
    paths |= {place["path"] for place in Article.objects.values_list("public_place", flat=True) if place}
    paths = {path for path in paths if not path.startswith(("/admin/", "/accounts/"))}
    read: dict[str, str] = {}
    while paths:
        path = paths.pop()
        response = client.get(path)
        read[path] = response.getvalue().decode(errors="replace") + str(response.headers)
        links = re.findall(r'(?:href|src)="(/[^"]*|\?[^"]*)"', read[path])
        here = {link if link.startswith("/") else path.partition("?")[0] + link.replace("&amp;", "&") for link in links}
        paths |= {link for link in here if not link.startswith(("/static/", "/admin/", "/accounts/"))} - set(read)
    return read


def planted(word: str) -> dict[str, object]:
    """A story's content with `word` in every field that holds text, and beside it in everything it hangs on."""
    return {
        "headline": f"{word} headline", "short_headline": f"{word} short", "social_headline": f"{word} social",
        "kicker": f"{word} kicker", "standfirst": f"{word} standfirst", "dateline": f"{word} dateline",
        "body": f"<p>{word} body</p>", "tags": [f"{word} tag"],
        "bylines": [make.author(f"{word} Author", slug=f"{word}-author"), f"{word} Wire"],
        "series": make.series(f"{word} series", slug=f"{word}-series"),
    }  # fmt: skip


def test_no_address_shows_a_word_that_is_not_published(client: Client, db: None, chief: User) -> None:
    make.site()
    for language in ("en", "fr"):
        for hour in range(12):
            make.story(language=language, at=START + timedelta(hours=hour), tags=["Live tag"])
        make.page(slug=f"about-{language}", language=language)
    actions_site.save_page(Page(title="Mandrill", slug="hidden", body="<p>Mandrill</p>", is_hidden=True), actor=chief)
    MenuItem.objects.create(page=Page.desk.get(slug="hidden"))

    make.draft(**planted("Aardvark"))
    live = make.story("Pelican on the pier", slug="pier", bylines=[make.author("Plain Author")])
    words = {key: value for key, value in planted("Bushbaby").items() if isinstance(value, str)}
    actions.save(live.pk, actor=chief, content=words)
    withdrawn = make.story(slug="census", **planted("Caracal"))
    actions.withdraw(withdrawn.pk, actor=chief, note="Dugong told us")
    killed = make.story("Killed story", slug="figures", body="<p>Echidna</p>", standfirst="Echidna")
    actions.save(killed.pk, actor=chief, content={"headline": "Fossa headline"})
    discarded = make.draft(**planted("Gibbon"))
    actions.discard(discarded.pk, actor=chief)
    everyone = [live.pk, *Article.objects.exclude(state="published").values_list("pk", flat=True), killed.pk]
    numbers = " ".join(map(str, everyone))
    pointing = make.story("Read on", body=f'<p>Text.</p><figure data-stories="{numbers}"></figure>')
    cards = [fronts.Card(each, headline="Hyrax headline") for each in everyone if each != live.pk]
    launched = [fronts.Container("c1", cards=cards), fronts.Container("c2", layout=fronts.Layout.LEAD, size=9)]
    hidden = [*launched, fronts.Container("c3", title="Ibex", cards=[fronts.Card(live.pk, headline="Ibex")])]
    actions_fronts.change_draft("en", None, actor=chief, containers=launched)
    actions_fronts.launch("en", None, actor=chief)
    actions_fronts.change_draft("en", None, actor=chief, containers=hidden)
    actions.kill(killed.pk, actor=chief, notice="The figures were wrong.")

    read = everything(client)
    assert len(read) > 60
    assert "Pelican on the pier" in read["/"]
    assert "Pelican on the pier" in read["/feeds/rss.xml"]
    assert "The figures were wrong." in read[killed.path]
    assert '<nav class="related"' in read[pointing.path]
    secrets = ("aardvark", "bushbaby", "caracal", "dugong", "echidna", "fossa", "gibbon", "mandrill")
    # The words of an address that leads nowhere stand in the search field of that page: they are the visitor's.
    said = {path: re.sub(r'<input type="search"[^>]*>', "", text).lower() for path, text in read.items()}
    leaks = {(path, word) for path, text in said.items() for word in secrets if word in text}
    assert leaks == set()
    # The notice is all that is said of a killed story.
    assert {path for path, text in read.items() if "Killed story" in text} == set()
