"""Stories with every block as readers meet them: whole, accessible, and silent towards others until they are asked."""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from articles.models.published import PublishedArticle
from tests import make
from tests.articles.test_blocks import TUBE as CARD
from tests.articles.test_blocks import gallery, video
from tests.browser.checks import TELL_OF_VIOLATIONS, axe, nu

TUBE = "https://www.youtube-nocookie.com"
WORDS = "<p>The ferry between the two islands ran again on Monday, six weeks after the storm.</p>"


def fill(language: str = "en") -> PublishedArticle:
    """A published story with every block, some of them twice."""
    make.site(tagline="From the quay")
    photos = [make.picture((1200, 800), f"#2{number}7a7a", caption="The quay at noon.") for number in range(4)]
    graphic = make.picture((800, 1200), "maroon", is_sensitive=True)
    shown, covered = video(poster=photos[0]), video(poster=photos[1], is_sensitive=True)
    others = [make.story(), make.story(language="ar")]
    stories = f'<figure data-stories="{others[0].pk} {others[1].pk}"></figure>'
    body = [
        gallery(*[photo.pk for photo in photos], graphic.pk), f'<figure data-video="{shown.pk}"></figure>',
        f'<figure data-video="{covered.pk}"></figure>',
        CARD,
        '<figure data-embed="https://x.com/mara/status/12"></figure>',
        '<figure data-embed="https://quay.example/@mara/112233445566778899"></figure>',
        f'<aside class="facts"><h3>In numbers</h3>{WORDS}<ul><li>Two islands</li><li>One ferry</li></ul></aside>',
        f'<aside class="facts">{WORDS}</aside>', stories, stories,
        f"<dl><dt>How long did it take?</dt><dd>{WORDS}{WORDS}</dd><dt>And then?</dt><dd>{WORDS}</dd></dl>",
    ]  # fmt: skip
    return make.story("Every block", language=language, dateline="PORT VELA", body=WORDS + WORDS.join(body) + WORDS)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("width", "scheme", "language"),
    [(360, "light", "en"), (360, "dark", "ar"), (1280, "dark", "en"), (1600, "light", "ar")],
)
def test_a_story_with_every_block_is_whole_and_asks_nobody_else(
    open_page: Callable[..., Page], width: int, scheme: str, language: str
) -> None:
    story = fill(language)
    page = open_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.goto(story.path)
    page.locator(".foot").scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.get_by_role("button", name="YouTube")).to_be_visible()
    expect(page.locator("iframe")).to_have_count(0)


@pytest.mark.nu
def test_the_validator_finds_nothing_in_the_blocks(client: Client, db: None) -> None:
    assert nu({"blocks": client.get(fill().path).content.decode()}) == []


@pytest.mark.browser
def test_without_scripts_there_are_links_and_no_idle_buttons(open_page: Callable[..., Page]) -> None:
    story = fill()
    page = open_page(java_script_enabled=False)
    page.goto(story.path)
    link = page.get_by_role("link", name="Watch the video on YouTube")
    expect(link).to_have_attribute("href", "https://www.youtube.com/watch?v=abcdefghijk")
    expect(page.get_by_role("button", name="Load from")).to_have_count(0)
    covered = page.locator("details.graphic:has(video)")
    expect(covered.locator("video")).to_be_hidden()
    covered.locator("summary").click()
    expect(covered.locator("video")).to_be_visible()


@pytest.mark.browser
def test_a_gallery_is_seen_by_keyboard(open_page: Callable[..., Page]) -> None:
    story = fill()
    page = open_page(viewport={"width": 360, "height": 800})
    page.goto(story.path)
    pictures = page.get_by_role("group", name="Gallery, 5 pictures")
    pictures.focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(80)
    page.wait_for_function("document.querySelector('.gallery').scrollLeft > 100")


@pytest.mark.browser
def test_what_is_elsewhere_comes_when_it_is_asked_for(browser: Browser, live_server: LiveServer, db: None) -> None:
    story = fill()
    profile = browser.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 800})
    complaints: list[str] = []
    asked: list[tuple[str, str]] = []
    profile.add_init_script(TELL_OF_VIOLATIONS)
    profile.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    told = "parent.postMessage(JSON.stringify({height: 321}), '*'); parent.postMessage('{', '*')"
    html = f"<!doctype html><title>a</title><script>{told}</script>"
    for origin in (TUBE, "https://quay.example"):
        profile.route(f"{origin}/**", lambda route: route.fulfill(body=html, content_type="text/html"))
    profile.on("request", lambda request: asked.append((request.url, request.headers.get("referer", ""))))
    page = profile.new_page()
    page.goto(story.path)
    page.wait_for_load_state("networkidle")
    assert [url for url, _ in asked if not url.startswith(live_server.url)] == []
    page.get_by_role("button", name="Load from YouTube").press("Enter")
    frame = page.locator("iframe.video")
    expect(frame).to_be_focused()
    expect(frame).to_have_attribute("title", "Video on YouTube")
    page.get_by_role("button", name="Load from Mastodon").click()
    expect(page.locator("iframe.post")).to_have_css("height", "321px")
    page.wait_for_load_state("networkidle")
    elsewhere = [(url, referer) for url, referer in asked if not url.startswith(live_server.url)]
    assert elsewhere == [
        (f"{TUBE}/embed/abcdefghijk?autoplay=1", f"{live_server.url}/"),
        ("https://quay.example/@mara/112233445566778899/embed", ""),
    ]
    size = frame.bounding_box()
    assert size and round(size["width"] / size["height"], 2) == 1.78
    assert "allow-same-origin" in str(frame.get_attribute("sandbox"))
    assert "allow-top-navigation" not in str(frame.get_attribute("sandbox"))
    expect(page.get_by_role("button", name="Load from")).to_have_count(0)
    expect(page.get_by_role("link", name="Watch the video on YouTube")).to_be_visible()
    assert complaints == []
    profile.close()
