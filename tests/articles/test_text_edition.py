"""The text edition: all that a story says, in words and links, for the thinnest line."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import brotli
import pytest
from django.test import Client

from articles import actions, paths, text_edition
from articles.models.pressed import PressedFront
from articles.models.published import OldPath
from images.models import Picture
from tests import make
from tests.articles.test_look import prose

NOON = datetime(2026, 11, 22, 12, 5, tzinfo=UTC)


def read(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, path
    return response.content.decode()


def photo(**fields: object) -> Picture:
    return make.picture(colour=fields.pop("colour", "teal"), caption="Men mend a net.", **fields)


def test_a_story_is_all_there_without_anything_that_loads(client: Client, chief) -> None:
    make.site(newsroom_time_zone="Africa/Lagos")
    picture = photo(alt_text="Three men & a net")
    other = make.story("Tram follows")
    body = (
        f'<p>It left.</p><figure data-image="{picture.pk}"></figure><h2>How it went</h2>'
        '<figure data-embed="https://www.youtube.com/watch?v=dQw4w9WgXcQ"></figure>'
        f'<figure data-stories="{other.pk}"></figure>'
        '<aside class="facts"><h3>The ferry</h3><p>Built in 1987.</p></aside>'
        "<dl><dt>When?</dt><dd><p>At noon.</p></dd></dl>"
        "<table><tr><th>Day</th><td>Two trips</td></tr></table>"
        f'<p><a href="{other.path}">before</a>, <a href="https://port.example/times">times</a></p>'
    )
    story = make.story(
        "Ferry & tram <resume>", body=body, dateline="PORT VELA", standfirst="Both ran.", kicker="Transport", at=NOON,
        bylines=["Harbour Wire"], lead_picture=picture.pk,
    )  # fmt: skip
    text = read(client, f"/text{story.path}")
    for expected in (
        "<h1>Ferry &amp; tram &lt;resume&gt;</h1>", "Both ran.", "Transport", "Harbour Wire",
        "PORT VELA</span> — It left.",
        "22 November 2026, 13:05</time> <small>Lagos time", "[Picture: Three men &amp; a net]", "Men mend a net.",
        "Amira Holt", "<h2>How it went</h2>", "Watch the video on YouTube",
        '<a href="https://www.youtube.com/watch?v=dQw4w9WgXcQ">', "Tram follows", "<h2>The ferry</h2>",
        "Built in 1987.",
        "<dt>When?</dt>", "At noon.", "Two trips", f'<a href="/text{other.path}">before</a>',
        '<a href="https://port.example/times">times</a>', f'<a href="{paths.absolute(story.path)}">With pictures',
        f'<link rel="canonical" href="{paths.absolute(story.path)}">', 'href="/text/news/"',
    ):  # fmt: skip
        assert expected in text, expected
    for never in (
        "<img",
        "<script",
        "<picture",
        "<video",
        "<button",
        "<iframe",
        "srcset",
        "src=",
        "Load from",
        '<link rel="icon',
    ):
        assert never not in text
    assert f'<a href="/text{other.path}">Tram follows</a>' in text


def test_what_a_video_shows_and_where_it_can_be_had() -> None:
    html = (
        '<details class="graphic"><summary>Graphic video: show it</summary><figure class="video"><video poster="/p.jpg"'
        ' controls width="9" height="9" aria-label="A street at night"><source src="/pictures/v.mp4" type="video/mp4">'
        '<a href="/pictures/v.mp4">Watch the video</a></video><figcaption>Seen from a roof. <a class="download"'
        ' href="/pictures/v.mp4" download>Download the video (1:05)</a></figcaption></figure></details>'
    )
    assert text_edition.body(html) == (
        "<figure><p>[Video: A street at night]</p><figcaption>Seen from a roof. "
        '<a href="/pictures/v.mp4">Download the video (1:05)</a></figcaption></figure>'
    )


@pytest.mark.parametrize(
    "html",
    [
        '<p onclick="x()">a</p>', "<script>x()</script><p>a</p>", '<p style="color:red">a</p>',
        '<p><a href="javascript:x()">a</a></p>', '<img src="/x.jpg" onerror="x()"><p>a</p>',
        "<svg onload=x()></svg><p>a</p>",
    ],
)  # fmt: skip
def test_nothing_gets_into_the_text_that_runs(html: str) -> None:
    """Bodies are clean before they come here; this is the second lock."""
    text = text_edition.body(html)
    assert re.fullmatch(r"<p>(?:<a>)?a(?:</a>)?</p>", text)


def test_an_article_of_900_words_is_less_than_6_kb(client: Client, db: None) -> None:
    make.site(tagline="From the quay")
    for name in ("News", "Culture", "Sport", "Money"):
        make.section(name)
    story = make.story(body=prose(900), standfirst="It left at noon.", bylines=["Ada Lind"])
    page = client.get(f"/text{story.path}").content
    furniture = len(page) - len(story.body_html.encode())
    assert len(brotli.compress(page, quality=5)) < 6_000
    assert furniture < 2_600  # so that 500 words fit in 6 kB without compression


def test_front_pages_and_sections_lead_on_within_the_edition(client: Client, db: None) -> None:
    make.site()
    news = make.section()
    europe = make.section("Europe", parent=news, in_menu=False)
    stories = [
        make.story(f"Story {n}", section=europe if n % 2 else news, at=NOON - timedelta(hours=n)) for n in range(25)
    ]
    french = make.story("Le bac repart", language="fr", section=news)
    front = read(client, "/text/")
    assert front.index("Story 0<") < front.index("Story 1<") < front.index("Story 5<")
    assert f'<a href="/text{stories[0].path}">' in front
    assert '<a href="/text/news/">News</a>' in front
    assert '<a href="/text/fr/" lang="fr"' in front
    assert french.path not in front
    assert f'<a href="/text{french.path}">Le bac repart</a>' in read(client, "/text/fr/")
    section = read(client, "/text/news/")
    assert '<a href="/text/news/europe/">Europe</a>' in section
    assert '<link rel="canonical" href="http://testserver/news/">' in section.replace(
        paths.absolute(""), "http://testserver"
    )
    older = re.search(r'rel="next" href="([^"]+)"', section)
    assert older
    rest = read(client, f"/text/news/{older[1]}")
    assert f'<link rel="canonical" href="{paths.absolute("/news/")}{older[1]}">' in rest
    shown = re.findall(r">Story (\d+)<", section) + re.findall(r">Story (\d+)<", rest)
    assert shown == [str(n) for n in range(25)]


def test_an_arranged_front_page_keeps_its_order_and_titles(client: Client, db: None) -> None:
    make.site()
    first, second = make.story("First by hand"), make.story("Second by hand")
    cards = [{"story": each.pk, "headline": "", "picture": {}} for each in (first, second)]
    container = {"layout": "list", "title": "By the river", "path": "", "section": None, "cards": cards}
    PressedFront.objects.update_or_create(
        language="en", section=None, defaults={"containers": [container], "pressed_at": NOON}
    )
    text = read(client, "/text/")
    assert text.index("<h2>By the river</h2>") < text.index("First by hand") < text.index("Second by hand")


def test_arabic_runs_from_right_to_left(client: Client, db: None) -> None:
    make.site(wording={"ar": {"name": "بريد الميناء"}})
    story = make.story("العبّارة تعود", language="ar", body="<p>غادرت عند الظهر.</p>")
    text = read(client, quote(f"/text{story.path}"))
    assert '<html lang="ar" dir="rtl">' in text
    assert "غادرت عند الظهر." in text
    assert '<a href="/text/ar/">' in text


def test_moved_withdrawn_and_killed_are_so_here_too(client: Client, db: None) -> None:
    make.site()
    moved, withdrawn, killed = make.story("Moves"), make.story("Goes"), make.story("Was wrong all along")
    old = moved.path
    actions.save(moved.pk, actor=None, content={"slug": "moved-on"})
    new = actions.update(moved.pk, actor=None)
    actions.withdraw(withdrawn.pk, actor=None)
    actions.kill(killed.pk, actor=None, notice="It was not so.")
    response = client.get(f"/text{old}")
    assert (response.status_code, response["Location"]) == (301, f"/text{new.path}")
    assert "no longer available" in read(client, f"/text{withdrawn.path}", 410)
    gone = read(client, f"/text{killed.path}", 410)
    assert "It was not so." in gone
    assert "Was wrong all along" not in gone
    assert f'<a href="/text{new.path}">' in gone
    assert "Page not found" in read(client, "/text/nope/", 404)


def test_redirects_to_what_this_edition_has_not_leave_it(client: Client, db: None) -> None:
    make.site()
    for path, target in (("/old/", "/author/ada/"), ("/away/", "https://elsewhere.example/"), ("/was/", "/news/")):
        OldPath.objects.create(path=path, kind="moved", target=target, at=NOON)
    assert [client.get(f"/text{path}")["Location"] for path in ("/old/", "/away/", "/was/")] == [
        "/author/ada/", "https://elsewhere.example/", "/text/news/"
    ]  # fmt: skip


def test_pages_hang_on_what_their_full_pages_hang_on(client: Client, db: None) -> None:
    make.site()
    story = make.story()
    for path in ("/", "/news/", story.path):
        tags = client.get(f"/text{path}")["Surrogate-Key"].split()
        assert len(tags) >= 2
        assert set(tags) <= {*client.get(path)["Surrogate-Key"].split()}


def test_the_full_edition_leads_here_and_a_story_to_itself(client: Client, db: None) -> None:
    make.site()
    story, page = make.story(), make.page()
    for path in ("/", "/news/", story.path, page.path):
        assert f'<a href="/text{path}">Text edition</a>' in read(client, path)
        assert read(client, f"/text{path}")
    assert '<a href="/text/">Text edition</a>' in read(client, "/nope/", 404)
    assert f'<a href="/text{story.path}">This story without pictures</a>' in read(client, story.path)


def test_what_stays_out_of_search_engines_stays_out_here(client: Client, db: None) -> None:
    make.site()
    story = make.story(noindex=True)
    answer = client.get(f"/text{story.path}")
    assert answer["X-Robots-Tag"] == "noindex"
    # As a file of the web server in front it has no header of its own.
    assert '<meta name="robots" content="noindex">' in answer.content.decode()
    assert "X-Robots-Tag" not in client.get(f"/text{make.story().path}")


def test_no_section_takes_the_address(db: None) -> None:
    assert "text" in paths.RESERVED
    assert paths.text_path("/fr/search/") == "/fr/search/"
    assert paths.text_path("/fr/culture/") == "/text/fr/culture/"


@pytest.mark.parametrize(("path", "queries"), [("/text/", 5), ("/text/news/", 5), ("story", 3)])
def test_pages_cost_the_same_with_one_story_and_with_three(
    client: Client, db: None, django_assert_max_num_queries, path: str, queries: int
) -> None:
    make.site()
    for _more in (1, 2):
        for _each in range(_more):
            story = make.story()
        with django_assert_max_num_queries(queries):
            read(client, f"/text{story.path}" if path == "story" else path)


def test_the_style_is_small_and_allowed_by_its_hash(client: Client, db: None) -> None:
    make.site()
    response = client.get("/text/")
    css = re.findall(r"<style>(.*?)</style>", response.content.decode())
    assert len(css) == 1
    assert len(css[0]) < 700
    assert "'sha256-" in response["Content-Security-Policy"]
    assert not Path("static/site/text.js").exists()
