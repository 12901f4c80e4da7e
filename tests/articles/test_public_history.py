"""What readers are shown of a story's past: published words alone, and only where its section shows them."""

import re
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from articles import actions
from articles.models.desk import Article
from articles.models.public_record import PublishedVersion
from articles.models.published import PublishedArticle
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def paper() -> None:
    make.site()


def open_section(name: str = "Harbour") -> object:
    return make.section(name, shows_history=True)


def update(story: PublishedArticle, note: str = "", **content: object) -> PublishedArticle:
    actions.save(story.pk, actor=None, content=content)
    return actions.update(story.pk, actor=None, note_to_readers=note)


def read(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", html).split())


def test_readers_see_what_changed_and_the_desks_word_on_it(client: Client) -> None:
    story = make.story("Ferry returns at noon", section=open_section(), body="<p>It left at noon.</p><p>All well.</p>")
    assert "history/" not in read(client, story.path)
    update(story, "The ferry was late.", headline="Ferry returns at one", body="<p>It left at one.</p><p>All well.</p>")

    assert f'href="{story.path}history/"' in read(client, story.path)
    page = read(client, f"{story.path}history/")
    assert "The ferry was late." in page
    assert '<meta name="robots" content="noindex">' in page
    assert '<del><span class="visually-hidden">removed: </span>noon' in page
    assert '<ins><span class="visually-hidden">added: </span>one' in page
    assert page.count("<li>") >= 2
    assert words(page).count("All well.") == 1


def test_any_two_versions_are_compared_the_older_one_first(client: Client) -> None:
    story = make.story("One", section=open_section(), body="<p>First words.</p>")
    update(story, headline="Two", body="<p>Second words.</p>")
    update(story, headline="Three", body="<p>Third words.</p>")
    first, _second, third = PublishedVersion.objects.order_by("revision").values_list("revision", flat=True)
    page = read(client, f"{story.path}history/?old={third}&new={first}")
    assert '<del><span class="visually-hidden">removed: </span>First </del>' in page
    assert '<ins><span class="visually-hidden">added: </span>Third </ins>' in page
    for nonsense in ("?old=x&new=99", f"?old={first}&new={first}", "?old=&new="):
        assert "Second" in read(client, f"{story.path}history/{nonsense}")


def test_no_section_shows_it_unasked(client: Client) -> None:
    story = make.story("Ferry returns")
    update(story, headline="Ferry returns late")
    assert client.get(f"{story.path}history/").status_code == 404
    assert "history/" not in read(client, story.path)
    assert not PublishedVersion.objects.exists()


def test_a_section_that_begins_to_show_it_begins_with_what_readers_have(client: Client) -> None:
    section = make.section("Harbour")
    story = make.story("Before", section=section)
    update(story, headline="At the switch")
    section.shows_history = True
    section.save()
    assert "At the switch" in read(client, f"{story.path}history/")
    assert "There is one version so far." in read(client, f"{story.path}history/")
    update(story, headline="After the switch")
    assert list(PublishedVersion.objects.order_by("revision").values_list("headline", flat=True)) == [
        "At the switch", "After the switch",
    ]  # fmt: skip
    assert "Before" not in read(client, f"{story.path}history/")


def test_a_story_from_a_section_that_shows_nothing_brings_nothing_along(client: Client) -> None:
    story = make.story("Written elsewhere", section=make.section("Quiet"))
    open_ = open_section()
    moved = update(story, headline="Moved to the harbour", section=open_.pk)
    assert list(PublishedVersion.objects.values_list("headline", flat=True)) == ["Moved to the harbour"]
    old = client.get(f"{story.path}history/")
    assert (old.status_code, old["Location"]) == (301, f"{moved.path}history/")
    back = update(moved, section=make.section("Quiet").pk)
    assert client.get(f"{back.path}history/").status_code == 404


def test_a_story_that_is_taken_off_takes_its_past_along(client: Client, chief: User) -> None:
    for verb, more in (("withdraw", {}), ("kill", {"notice": "The figures were wrong."})):
        story = make.story("Wrong figures", section=open_section())
        update(story, "A word", headline="Other figures")
        getattr(actions, verb)(story.pk, actor=chief, **more)
        gone = client.get(f"{story.path}history/")
        assert gone.status_code == 410
        assert "figures" not in words(gone.content.decode()).replace("The figures were wrong.", "")
        assert not PublishedVersion.objects.exists()


def test_no_word_that_was_not_published_is_in_it(client: Client) -> None:
    section = open_section()
    other = make.story("Other story's headline")
    picture = make.picture(caption="Aardvark caption")
    body = f'<p>Text.</p><figure data-image="{picture.pk}"><figcaption>Badger caption</figcaption></figure>'
    story = make.story("Pelican", section=section, body=f'{body}<figure data-stories="{other.pk}"></figure>')
    update(story, headline="Pelican on the pier")
    actions.save(
        story.pk, actor=None, content={"headline": "Caracal", "body": "<p>Caracal</p>", "standfirst": "Caracal"}
    )
    page = read(client, f"{story.path}history/?old=1&new=3")
    assert "Pelican on the pier" in page
    assert not re.search("Aardvark|Badger|Caracal|Other story", page)


def test_it_costs_the_same_for_ten_versions_as_for_two(client: Client) -> None:
    story = make.story("One", section=open_section())
    counts = []
    for number in range(9):
        update(story, headline=f"Version {number}")
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{story.path}history/")
        counts.append(len(queries))
    assert counts[0] == counts[-1] <= 6


def test_a_story_whose_slug_is_history_is_a_story(client: Client) -> None:
    story = make.story("History", section=open_section(), slug="history", at=datetime(2026, 11, 1, tzinfo=UTC))
    assert story.path.endswith("/2026/11/01/history/")
    assert "What changed" not in read(client, story.path)
    update(story, body="<p>Other text.</p>")
    assert "What changed: History" in read(client, f"{story.path}history/")


def test_the_page_hangs_on_its_story(client: Client) -> None:
    story = make.story("One", section=open_section())
    assert f"article:{story.pk}" in client.get(f"{story.path}history/")["Surrogate-Key"].split()
    assert Article.objects.get().live_revision == 1
