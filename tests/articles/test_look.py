"""The paper's look: palettes that can be read, a style that comes with the page, fonts and icons of its own."""

import base64
import hashlib
import json
import re
from io import BytesIO
from pathlib import Path

import brotli
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts.models import User
from articles import icons, palettes, style
from articles.models.site import Faces, Palette, SiteSettings
from tests import make

STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
WORDS = ["harbour", "ferry", "council", "water", "evening", "quay", "storm", "island", "market", "bridge", "teacher"]


def prose(count: int) -> str:
    """So many words of paragraphs in which no two sentences are the same."""
    words = [WORDS[(place * place + place // 7) % len(WORDS)] + ("s" if place % 3 else "") for place in range(count)]
    words = [word + str(place) if place % 5 == 0 else word for place, word in enumerate(words)]
    return "".join(f"<p>{' '.join(words[start : start + 60])}.</p>" for start in range(0, count, 60))


def woff2(size: int = 2000) -> bytes:
    """The head of a WOFF2 file, and as many bytes behind it as it says."""
    head = b"wOF2" + b"\x00\x01\x00\x00" + size.to_bytes(4, "big") + (9).to_bytes(2, "big") + bytes(2)
    return head.ljust(size, b"\x07")


def form(site: SiteSettings, **changes: object) -> dict[str, object]:
    return {
        "name": site.name, "palette": site.palette, "faces": site.faces, "language": site.language,
        "further_languages": site.further_languages, "newsroom_time_zone": "UTC", "home_time_zone": "UTC", **changes,
    }  # fmt: skip


# Which colour is set on which: text, and lines and shapes that carry meaning.
TEXT_PAIRS = (
    ("ink", "paper"), ("ink", "tint"), ("quiet", "paper"), ("quiet", "tint"), ("link", "paper"), ("link", "tint"),
    ("paper", "ink"), ("mast_ink", "mast"),
)  # fmt: skip
SHAPE_PAIRS = (("strong", "paper"), ("focus", "paper"), ("focus", "tint"))

SETTINGS = "/admin/articles/sitesettings/1/change/"


@pytest.mark.parametrize("name", Palette.values)
def test_every_palette_can_be_read_by_day_and_by_night(name: str) -> None:
    colours = palettes.PALETTES[name]
    poor = [
        (above, below, round(palettes.contrast(getattr(shades, above), getattr(shades, below)), 2))
        for shades in (colours.light, colours.dark)
        for pairs, least in ((TEXT_PAIRS, palettes.TEXT), (SHAPE_PAIRS, 3.0))
        for above, below in pairs
        if palettes.contrast(getattr(shades, above), getattr(shades, below)) < least
    ]
    assert poor == []


@pytest.mark.parametrize("name", Palette.values)
@pytest.mark.parametrize("colour", ["#000000", "#ffffff", "#ffff00", "#8b1e1e", "#1f4e79", "#808080", "#00ff00"])
def test_any_section_colour_becomes_one_that_can_be_read(name: str, colour: str) -> None:
    colours = palettes.PALETTES[name]
    for shade, shades in zip(palettes.section_shades(colour, colours), (colours.light, colours.dark), strict=True):
        assert palettes.contrast(shade, shades.paper) >= palettes.TEXT
        assert palettes.contrast(shade, shades.tint) >= palettes.TEXT


def test_contrast_is_that_of_wcag() -> None:
    assert palettes.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert palettes.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", Palette.values)
def test_the_style_comes_inline_and_its_hash_allows_it(client: Client, db: None, name: str) -> None:
    make.site(palette=name)
    story = make.story(section=make.section(colour="#8b1e1e"))
    for path in ("/", story.path, "/nope/"):
        response = client.get(path)
        css = STYLE.findall(response.content.decode())
        digest = base64.b64encode(hashlib.sha256(css[0].encode()).digest()).decode()
        assert len(css) == 1
        assert f"style-src 'self' 'sha256-{digest}'" in response["Content-Security-Policy"]
        assert palettes.PALETTES[name].light.mast in css[0]
        assert 'rel="stylesheet"' not in response.content.decode()
        assert "nonce" not in response["Content-Security-Policy"]


def test_a_section_colours_what_belongs_to_it_and_to_its_parts(client: Client, db: None) -> None:
    make.site()
    news = make.section(colour="#8b1e1e")
    part = make.section("Europe", parent=news, in_menu=False)
    story = make.story(section=part)
    page = client.get(story.path).content.decode()
    assert f'class="story s{news.pk}"' in page
    assert f".s{news.pk}{{--section:#8b1e1e}}" in page
    assert f'class="block s{news.pk}"' not in page


def test_the_further_blocks_bring_their_style_only_where_they_stand(db: None) -> None:
    site = make.site()
    plain, with_questions = style.critical(site, body="<p>x</p>"), style.critical(site, body="<dl><dt>x</dt></dl>")
    assert with_questions.css == plain.css + style.minified("site/blocks.css")


def test_the_minified_style_says_the_same() -> None:
    css = style.minified("site/site.css")
    assert "/*" not in css
    assert "\n" not in css
    assert css.count("{") == css.count("}")
    assert 'content:"* * *"' in css


def test_a_story_of_900_words_and_the_front_page_fit_their_budgets(client: Client, chief: User) -> None:
    make.site(tagline="From the quay", telegram_url="https://t.example/post", whatsapp_url="https://w.example/post")
    photo = make.picture((1600, 1200))
    sections = [make.section(name, colour="#1f4e79") for name in ("News", "Culture", "Sport", "Money")]
    stories = [
        make.story(
            f"Ferry service resumes after {number} weeks of storms", section=sections[number % 4], body=prose(900),
            standfirst=f"It left at noon with {number * 13} on board, most of them pupils.", lead_picture=photo.pk,
            kicker=f"Harbour {number}", bylines=["Ada Lind"], tags=["Ferries"],
        )
        for number in range(24)
    ]  # fmt: skip
    story, front = (brotli.compress(client.get(path).content, quality=5) for path in (stories[0].path, "/"))
    assert len(story) <= 14_000
    assert len(front) <= 20_000


def test_nothing_on_a_page_comes_from_elsewhere(client: Client, db: None) -> None:
    make.site(palette="harbour")
    page = client.get(make.story().path).content.decode()
    loaded = re.findall(r'(?:src|srcset)="([^"]+)"|<link rel="(?:icon|manifest|stylesheet)[^>]*href="([^"]+)"', page)
    assert [each for pair in loaded for each in pair if each and not each.startswith("/")] == []
    assert "http" not in STYLE.findall(page)[0]


# Fonts


def test_a_font_is_taken_and_served_for_a_year(client: Client, chief: User) -> None:
    site = make.site()
    client.force_login(chief)
    font = SimpleUploadedFile("Quay Bold.woff2", woff2())
    answer = client.post(SETTINGS, form(site, faces="own", headline_font=font))
    assert answer.status_code == 302
    site.refresh_from_db()
    page = client.get("/").content.decode()
    path = style.font_path(site.headline_font.name)
    assert f'src:url("{path}") format("woff2")' in page
    assert "font-display:swap" in page
    assert "preload" not in page
    served = client.get(path)
    assert b"".join(served) == woff2()
    assert served["Content-Type"] == "font/woff2"
    assert "immutable" in served["Cache-Control"]
    assert "Quay" not in path


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x00\x01\x00\x00" + bytes(500), "not a WOFF2 font"),
        (b"<html>", "not a WOFF2 font"),
        (woff2()[:900], "not a WOFF2 font"),
        (woff2(300_001), "larger than 300 kB"),
    ],
)
def test_other_files_are_refused_in_plain_words(client: Client, chief: User, content: bytes, words: str) -> None:
    site = make.site()
    client.force_login(chief)
    answer = client.post(SETTINGS, form(site, text_font=SimpleUploadedFile("quay.woff2", content)))
    assert words in answer.content.decode()
    site.refresh_from_db()
    assert not site.text_font


def test_own_faces_need_a_font_and_a_replaced_one_is_deleted(
    client: Client, chief: User, django_capture_on_commit_callbacks
) -> None:
    site = make.site()
    client.force_login(chief)
    assert "Upload a font" in client.post(SETTINGS, form(site, faces="own")).content.decode()
    client.post(SETTINGS, form(site, faces="own", text_font=SimpleUploadedFile("a.woff2", woff2())))
    site.refresh_from_db()
    former = Path(site.text_font.path)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(SETTINGS, form(site, faces="own", text_font=SimpleUploadedFile("b.woff2", woff2(2100))))
    site.refresh_from_db()
    assert not former.exists()
    assert Path(site.text_font.path).read_bytes() == woff2(2100)


# Icons and the manifest


def test_without_an_upload_the_first_letter_stands_on_the_palettes_colour(client: Client, db: None) -> None:
    make.site(name="Quay", palette="harbour")
    ico = Image.open(BytesIO(b"".join(client.get("/favicon.ico"))))
    touch = Image.open(BytesIO(b"".join(client.get("/apple-touch-icon.png"))))
    assert ico.format == "ICO"
    assert ico.info["sizes"] == {(16, 16), (32, 32)}
    assert touch.size == (180, 180)
    assert touch.mode == "RGB"
    assert touch.getpixel((4, 4)) == palettes.rgb(palettes.PALETTES["harbour"].light.mast)


def test_an_uploaded_icon_is_made_anew_in_every_size(client: Client, chief: User) -> None:
    site = make.site(palette="savanna")
    client.force_login(chief)
    upload = make.picture_file((600, 600), "#004488", "PNG")
    answer = client.post(SETTINGS, form(site, icon=SimpleUploadedFile("me.png", upload.read())))
    assert answer.status_code == 302
    site.refresh_from_db()
    for kind, side in icons.SIZES.items():
        response = client.get(icons.path_of(kind, site))
        icon = Image.open(BytesIO(b"".join(response))).convert("RGB")
        paper = palettes.rgb(palettes.PALETTES["savanna"].light.paper)
        assert icon.size == (side, side)
        assert icon.getpixel((side // 2, side // 2)) == (0, 0x44, 0x88)
        assert icon.getpixel((2, 2)) == (paper if kind == "maskable" else (0, 0x44, 0x88))
        assert "immutable" in response["Cache-Control"]


@pytest.mark.parametrize(
    ("size", "words"), [((600, 500), "must be square"), ((300, 300), "at least 512 pixels"), (None, "not a picture")]
)
def test_what_is_no_icon_is_refused(client: Client, chief: User, size: tuple[int, int] | None, words: str) -> None:
    site = make.site()
    client.force_login(chief)
    content = make.picture_file(size, form="PNG").read() if size else b"<svg>"
    answer = client.post(SETTINGS, form(site, icon=SimpleUploadedFile("icon.png", content)))
    assert words in answer.content.decode()


def test_an_icon_of_former_days_leads_to_the_present_one(client: Client, db: None) -> None:
    site = make.site()
    former = icons.path_of("192", site)
    site = make.site(palette="signal")
    assert client.get(former)["Location"] == icons.path_of("192", site) != former
    assert client.get("/pictures/icon-999-0123456789abcdef.png").status_code == 404


def test_the_manifest_describes_each_edition(client: Client, db: None) -> None:
    site = make.site(wording={"ar": {"name": "بريد الميناء"}}, palette="signal")
    english = json.loads(client.get("/manifest.webmanifest").content)
    response = client.get("/ar/manifest.webmanifest")
    arabic = json.loads(response.content)
    assert response["Content-Type"] == "application/manifest+json"
    assert (english["name"], english["short_name"], english["start_url"]) == ("The Harbour Post", "Harbour Post", "/")
    assert (arabic["name"], arabic["lang"], arabic["dir"], arabic["start_url"]) == ("بريد الميناء", "ar", "rtl", "/ar/")
    assert english["theme_color"] == palettes.PALETTES["signal"].light.mast
    assert {icon["purpose"] for icon in english["icons"]} == {"any", "maskable"}
    sizes = [Image.open(BytesIO(b"".join(client.get(icon["src"])))).size for icon in english["icons"]]
    assert sizes == [(192, 192), (512, 512), (512, 512)]
    assert client.get("/de/manifest.webmanifest").status_code == 404
    assert icons.path_of("512", site) in client.get("/").content.decode()


def test_the_look_can_be_tried_on_before_it_is_saved(client: Client, chief: User, reporter: User) -> None:
    make.site()
    make.story("Ferry service resumes")
    client.force_login(chief)
    tried = client.get("/admin/articles/sitesettings/look/?palette=signal&faces=plain").content.decode()
    assert palettes.PALETTES["signal"].light.mast in tried
    assert f"--headline:{palettes.FACES[Faces.PLAIN][0]}" in tried
    assert "Ferry service resumes" in tried
    assert SiteSettings.load().palette == Palette.BROADSHEET
    assert 'value="harbour"' in client.get(SETTINGS).content.decode()
    client.force_login(reporter)
    assert client.get("/admin/articles/sitesettings/look/").status_code == 403


def test_drawn_pictures_lie_in_the_data_folder(client: Client, db: None) -> None:
    site = make.site(name="Lantern")
    drawn = b"".join(client.get(icons.path_of("512", site)))
    assert (Path(settings.MEDIA_ROOT) / "drawn" / icons.name_of("512", site)).read_bytes() == drawn
