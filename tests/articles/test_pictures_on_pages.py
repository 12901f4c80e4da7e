"""Where readers see pictures: over the story, on cards, in what messengers show. And where they must not."""

import re
from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from images import names
from tests import make

PICTURE = re.compile(r'<picture><source type="image/avif" srcset="([^"]+)" sizes="([^"]+)">.*?<img ([^>]+)>')


def read(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def crops(text: str) -> list[str]:
    """How each picture on the page is cut, in their order."""
    found = (re.search(r"/pictures/([^ ]+)", srcset) for srcset, _, _ in PICTURE.findall(text))
    return [meant.crop for each in found if each and (meant := names.read(each[1]))]


def test_a_story_opens_with_its_picture_whole(client: Client, db: None) -> None:
    make.site()
    picture = make.picture(size=(1600, 1000), alt_text='A "red" boat', caption="Noon at the quay", credit="Ada Lind")
    text = read(client, make.story(lead_picture=picture.pk).path)
    [(srcset, sizes, image)] = PICTURE.findall(text)
    assert [each.split()[1] for each in srcset.split(", ")] == ["320w", "480w", "640w", "960w", "1280w", "1600w"]
    assert crops(text) == ["whole"]
    assert sizes == "(min-width: 64rem) 58rem, 92vw"
    assert 'alt="A &quot;red&quot; boat" width="1600" height="1000" fetchpriority="high"' in image
    assert '<figcaption>Noon at the quay <span class="credit">Ada Lind</span></figcaption>' in text
    assert text.index('class="headline"') < text.index("<picture>") < text.index('<div class="text">')


def test_messengers_get_a_jpeg_by_its_whole_address(client: Client, db: None, settings) -> None:
    settings.SITE_URL = "https://post.example"
    make.site()
    text = read(client, make.story(lead_picture=make.picture(size=(3200, 2400), alt_text="The quay").pk).path)
    address = re.search(r'<meta property="og:image" content="https://post.example/pictures/([^"]+)">', text)
    assert address
    meant = names.read(address[1])
    assert meant
    assert (meant.crop, meant.width, meant.form) == ("wide", 1280, "jpg")
    assert '<meta property="og:image:width" content="1280">' in text
    assert '<meta property="og:image:height" content="720">' in text
    assert '<meta property="og:image:alt" content="The quay">' in text
    assert '<meta name="twitter:card" content="summary_large_image">' in text
    sent = client.get(f"/pictures/{address[1]}")
    assert sent["Content-Type"] == "image/jpeg"
    assert b"".join(sent.streaming_content).startswith(b"\xff\xd8\xff")


def test_without_a_picture_nothing_stands_in_its_place(client: Client, db: None) -> None:
    make.site()
    story = make.story()
    for path in (story.path, "/", "/news/"):
        text = read(client, path)
        for absent in ("<picture", "<figure", 'class="card pictured', "None"):
            assert absent not in text


def test_a_graphic_picture_is_covered_on_its_page_and_shown_nowhere_else(client: Client, db: None) -> None:
    make.site()
    story = make.story(lead_picture=make.picture(is_sensitive=True).pk)
    text = read(client, story.path)
    cover = text.index("<summary>Graphic picture: show it</summary>")
    assert text.index("<details") < cover < text.index("<picture>") < text.index("</details>")
    assert 'loading="lazy"' in PICTURE.findall(text)[0][2]
    assert '<meta property="og:image" content="http://127.0.0.1:8000/pictures/card-' in text
    for path in ("/", "/news/"):
        assert story.path in read(client, path)
        assert "<picture" not in read(client, path)


def test_the_front_page_cuts_pictures_by_their_place(client: Client, db: None) -> None:
    make.site()
    news, sport = make.section(), make.section("Sport")
    for number in range(12):
        make.story(section=sport if number < 2 else news, lead_picture=make.picture((1600, 1200)).pk)
    text = read(client, "/")
    # The lead, two beside it, none among the latest, and the first of each section.
    assert crops(text) == ["wide", "standard", "standard", "standard", "standard"]
    images = [image for _, _, image in PICTURE.findall(text)]
    assert 'fetchpriority="high"' in images[0]
    assert all('loading="lazy"' in image for image in images[1:])
    assert [len(srcset.split(", ")) for srcset, _, _ in PICTURE.findall(text)] == [6, 4, 4, 4, 4]


@pytest.mark.parametrize("path", ["/news/", "/author/ada-lind/", "/tag/ferries/", "/series/slow/"])
def test_lists_show_small_pictures_for_no_further_query(client: Client, db: None, path: str) -> None:
    make.site()
    content = {"bylines": [make.author("Ada Lind", slug="ada-lind")], "series": make.series("Slow", slug="slow")}

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            read(client, path)
        return len(asked)

    make.story(tags=["Ferries"], **content)
    without = queries()
    for _ in range(3):
        make.story(tags=["Ferries"], lead_picture=make.picture((1600, 1200)).pk, **content)
    assert queries() == without
    text = read(client, path)
    # A section's page opens with its newest story in large.
    first, most = ("wide", 6) if path == "/news/" else ("standard", 4)
    assert crops(text) == [first, "standard", "standard"]
    assert [len(srcset.split(", ")) for srcset, _, _ in PICTURE.findall(text)] == [most, 3, 3]


def test_a_small_picture_is_offered_as_large_as_it_is(client: Client, db: None) -> None:
    make.site()
    story = make.story(lead_picture=make.picture(size=(300, 200)).pk)
    for path in (story.path, "/"):
        [(srcset, _, image)] = PICTURE.findall(read(client, path))
        assert re.fullmatch(r"/pictures/[^ ]+ 300w", srcset)
        assert 'width="300"' in image


def test_every_named_rendition_is_there_in_the_size_that_the_page_says(client: Client, db: None) -> None:
    make.site()
    make.story(lead_picture=make.picture(size=(500, 900)).pk)
    [(srcset, _, image)] = PICTURE.findall(read(client, "/"))
    assert 'width="480" height="270"' in image
    sizes = []
    for source in srcset.split(", "):
        with Image.open(BytesIO(b"".join(client.get(source.split()[0]).streaming_content))) as sent:
            sizes.append((sent.format, sent.size))
    assert sizes == [("AVIF", (320, 180)), ("AVIF", (480, 270))]
