"""Cards that we draw for stories without a picture."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image, ImageChops

from accounts.models import User
from articles import actions, kept, lettering, palettes, social_cards
from articles.models.published import PublishedArticle
from articles.social_cards import Words
from tests import make

OG_IMAGE = re.compile(r'property="og:image" content="http://127.0.0.1:8000([^"]+)"')


def card_path(client: Client, story: PublishedArticle) -> str:
    found = OG_IMAGE.search(client.get(story.path).content.decode())
    assert found
    return found[1]


def fetch(client: Client, path: str) -> bytes:
    """The file at that address; the response is read to its end."""
    response = client.get(path)
    assert response.status_code == 200
    return b"".join(response)


def words(headline: str, language: str = "en") -> Words:
    return Words(headline, "Harbour", "The Harbour Post", "#8b1e1e", language)


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data)).convert("RGB")


def inked(image: Image.Image, box: tuple[int, int, int, int]) -> int:
    """How many pixels of a part are not in its most frequent colour."""
    part = image.crop(box)
    counted = part.getcolors(part.width * part.height) or []
    return part.width * part.height - max(count for count, _colour in counted)


def test_a_story_without_a_picture_gets_a_card_on_its_sections_colour(client: Client, db: None) -> None:
    make.site()
    story = make.story("Ferry service resumes", section=make.section(colour="#1f4e79"))
    path = card_path(client, story)
    page = client.get(story.path).content.decode()
    response = client.get(path)
    card = Image.open(BytesIO(b"".join(response)))
    assert card.format == "PNG"
    assert card.size == (1200, 630)
    assert card.convert("RGB").getpixel((600, 10)) == (0x1F, 0x4E, 0x79)
    assert inked(card.convert("RGB"), (76, 158, 1124, 480)) > 5000
    assert "immutable" in response["Cache-Control"]
    assert 'content="summary_large_image"' in page
    assert 'og:image:alt" content="Ferry service resumes"' in page


def test_a_photo_goes_before_a_card_and_a_graphic_one_does_not(client: Client, db: None) -> None:
    make.site()
    shown = make.story(lead_picture=make.picture().pk)
    covered = make.story(lead_picture=make.picture(colour="maroon", is_sensitive=True).pk)
    assert card_path(client, shown).endswith(".jpg")
    assert card_path(client, covered).startswith("/pictures/card-")


def test_a_new_headline_is_a_new_card_and_the_former_leads_to_it(client: Client, chief: User) -> None:
    make.site()
    story = make.story("Ferry service resumes")
    former = card_path(client, story)
    fetch(client, former)
    actions.save(story.pk, actor=chief, content={"headline": "Ferry service stops"})
    actions.update(story.pk, actor=chief)
    story.refresh_from_db()
    now = card_path(client, story)
    assert now != former
    assert client.get(former)["Location"] == now
    assert opened(fetch(client, now)).size == (1200, 630)
    assert [file.name for file in kept.folder().glob(f"card-{story.pk}-*")] == [now.rpartition("/")[2]]


def test_only_names_that_we_made_are_drawn_and_only_of_published_stories(client: Client, chief: User) -> None:
    make.site()
    story = make.story()
    path = card_path(client, story)
    forged = path[:-5] + ("0" if path[-5] != "0" else "1") + ".png"
    assert client.get(forged).status_code == 404
    assert client.get(path.replace(f"card-{story.pk}-", f"card-{story.pk + 1}-")).status_code == 404
    fetch(client, path)
    actions.withdraw(story.pk, actor=chief)
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("headline", ["عودة العبّارة إلى الجزر", "تقرير COP30 عن 12 جزيرة"])
def test_arabic_is_joined_and_stands_at_the_right(headline: str) -> None:
    card = opened(social_cards.draw(words(headline, "ar")))
    assert inked(card, (800, 158, 1130, 480)) > 2000
    assert inked(card, (0, 0, 76, 630 - social_cards.FOOT)) == 0
    apart = opened(social_cards.draw(words(" ".join(headline.replace(" ", "")), "ar")))
    assert ImageChops.difference(card, apart).getbbox()


def test_letters_are_drawn_and_not_the_sign_for_missing_ones() -> None:
    drawn = [opened(social_cards.draw(words(letter, "ar"))).tobytes() for letter in "بجسم"]
    assert len(set(drawn)) == 4
    assert lettering.is_drawable("عودة العبّارة «يومياً» — COP30، 12%؟ (نعم)")
    assert lettering.is_drawable("Паром: “Ναυτικό” – Île d’Yeu…")


def test_without_a_font_for_the_script_the_papers_icon_stands_in(client: Client, db: None) -> None:
    make.site()
    story = make.story("\U00012000 tablets found")  # cuneiform
    assert not lettering.is_drawable(story.headline)
    assert card_path(client, story).startswith("/pictures/icon-512-")
    assert 'name="twitter:card" content="summary"' in client.get(story.path).content.decode()


@pytest.mark.parametrize("headline", ["Stop", "Ferry " * 40, "Donaudampfschifffahrtsgesellschaft" * 4])
def test_any_headline_fits(headline: str) -> None:
    card = opened(social_cards.draw(words(headline)))
    assert inked(card, (76, 158, 1124, 480)) > 1000
    assert inked(card, (1130, 0, 1200, 630 - social_cards.FOOT)) == 0
    assert inked(card, (0, 490, 1200, 630 - social_cards.FOOT)) == 0


def test_white_can_be_read_on_every_card(client: Client, db: None) -> None:
    site = make.site()
    story = make.story(section=make.section(colour="#ffff00"), at=timezone.now() - timedelta(days=1))
    found = social_cards.words_of(story, site)
    assert found
    assert palettes.contrast(found.colour, "#ffffff") >= palettes.TEXT
