"""Every kind of public page in Chromium: silent, whole at any width, nothing for axe or the Nu validator to find."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from articles import actions
from articles.models.published import PublishedArticle
from citizen_reports.intake import found_forms
from newsroom.management.commands.addresses import addresses
from tests import make
from tests.browser.checks import faults_in_all_looks, nu, visit
from tests.subscriptions.readers import gone_out

BODY = """<p>The ferry left at <a href="/about/">noon</a>.</p><h2>The crossing</h2><ul><li>Slow</li><li>Wet</li></ul>
<blockquote><p>It rolled.</p><footer>Ines Tarraf, purser</footer></blockquote><blockquote class="pull"><p>Never
again.</p></blockquote><hr><table><caption>Sailings</caption><thead><tr><th scope="col">Port</th><th scope="col">
Departure at the earliest</th><th scope="col">Passengers with vehicles</th><th scope="col">Remarks by the harbour master
</th></tr></thead><tbody><tr><td>Vela</td><td>12:05</td><td>240</td><td>Punctual</td></tr></tbody></table>"""


def fill(chief: User) -> PublishedArticle:
    """A newsroom with something behind each kind of address; the newest English story is returned."""
    make.site(
        tagline="From the quay", description="News of the harbour.", telegram_url="https://t.example/post",
        whatsapp_url="https://w.example/post", report_email="desk@post.example", x_url="https://x.example/post",
    )  # fmt: skip
    europe = make.section("Europe", parent=make.section(colour="#8b1e1e", description="What happened."), in_menu=False)
    sections = [make.section("Culture", colour="#6a2c70"), make.section("Sport"), europe]
    author = make.author(
        "Ada Lind", slug="ada-lind", role="Correspondent", biography="Ada writes.\n\nShe sails.", telegram="adalind"
    )
    series = make.series("After the flood", slug="after-the-flood", description="Six weeks on.")
    start = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
    photo = make.picture((1600, 1200), "teal", caption="The quay at noon, seen from the customs house.")
    graphic = make.picture((900, 1200), "maroon", is_sensitive=True)
    figures = f'<figure data-image="{photo.pk}"></figure><figure data-image="{graphic.pk}"></figure>'
    leads = [photo.pk, None, photo.pk, graphic.pk]
    words = {"en": "Ferry service resumes", "fr": "Le bac « repart »", "ar": "عودة العبّارة"}
    originals: dict[int, int] = {}
    for language, headline in words.items():
        make.page(f"About {language}", slug="about", language=language, body=BODY)
        for day in range(14):
            story = make.story(
                f"{headline} {day}", language=language, original=originals.get(day),
                section=sections[day % 3], at=start + timedelta(days=day),
                kicker="Harbour", standfirst="It left at noon.", dateline="PORT VELA", body=BODY + figures,
                series=series, lead_picture=leads[(day + 3) % 4],
                bylines=[author, "Harbour Wire"], tags=["Ferries", "Trams"], kind="opinion" if day == 12 else "news",
            )  # fmt: skip
            originals.setdefault(day, story.pk)
    found_forms()
    for language in words:
        gone_out(language)
    withdrawn, killed = make.story(), make.story()
    actions.withdraw(withdrawn.pk, actor=chief)
    actions.kill(killed.pk, actor=chief, notice="The figures were wrong.")
    return PublishedArticle.objects.filter(language="en").newest_first()[0]


def kinds() -> dict[str, str]:
    """Kind of page -> its address here, for all that are HTML and the readers' own."""
    own = {kind: address for kind, address in addresses().items() if address}
    for kind in ("admin", "accounts", "health"):
        del own[kind]
    pages = {kind: address for kind, address in own.items() if "feed" not in kind}
    pages["unknown"] = pages["front"] + "nope/"
    pages["unknown_ar"] = pages["front_ar"] + "nope/"
    return pages


@pytest.fixture(autouse=True)
def _address(settings, live_server: LiveServer) -> None:
    settings.SITE_URL = live_server.url


@pytest.mark.browser
def test_pages_are_silent_whole_and_accessible(open_page: Callable[..., Page], chief: User) -> None:
    fill(chief)
    page = open_page(viewport={"width": 360, "height": 800})
    findings = []
    for kind, address in kinds().items():
        visit(page, address, width=1600)
        findings += [f"{kind} {finding}" for finding in faults_in_all_looks(page, (1600, 360))]
    assert findings == []


@pytest.mark.nu
def test_the_validator_finds_nothing(client: Client, live_server: LiveServer, chief: User) -> None:
    fill(chief)
    pages = kinds().items()
    html = {kind: client.get(address.removeprefix(live_server.url)).content.decode() for kind, address in pages}
    html["further"] = client.get("/news/europe/?before=2026-11-12T12:00:00.000000Z-1").content.decode()
    assert nu(html) == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_moves_while_pictures_come(open_page: Callable[..., Page], chief: User, width: int) -> None:
    story = fill(chief)
    page = open_page(viewport={"width": width, "height": 800})
    page.add_init_script(
        "addEventListener('DOMContentLoaded', () => new PerformanceObserver(list => list.getEntries().forEach("
        "shift => console.error('moved by', shift.value))).observe({type: 'layout-shift', buffered: true}))"
    )
    for path in ("/", "/news/europe/", story.path):
        page.goto(path)
        page.evaluate("document.fonts.ready")
        for _ in range(6):
            page.mouse.wheel(0, 700)
            page.wait_for_timeout(50)
        page.wait_for_load_state("networkidle")
        images = page.evaluate(
            "[...document.images].filter(each => each.checkVisibility()).map(each => each.currentSrc)"
        )
        assert images
        assert all(".avif" in each for each in images)


@pytest.mark.browser
def test_a_graphic_picture_comes_when_it_is_asked_for(reader_page: Page, chief: User) -> None:
    story, page = fill(chief), reader_page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(story.path)
    covered = page.locator("details.graphic img")
    expect(covered).to_be_hidden()
    page.locator("footer").last.scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    name = str(covered.get_attribute("src")).rpartition("/")[2].split("-")[0]
    assert not [url for url in asked if f"/pictures/{name}-" in url]
    with page.expect_request(f"**/pictures/{name}-*"):
        page.get_by_text("Graphic picture: show it").click()
    expect(covered).to_be_visible()


@pytest.mark.browser
def test_the_link_can_be_copied_and_without_scripts_no_button_lies(
    open_page: Callable[..., Page], live_server: LiveServer, chief: User
) -> None:
    story = fill(chief)
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(story.path)
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("status")).to_have_text("Link copied")
    assert page.evaluate("navigator.clipboard.readText()") == f"{live_server.url}{story.path}"
    plain = open_page(java_script_enabled=False)
    plain.goto(story.path)
    expect(plain.get_by_role("heading", level=1)).to_have_text(story.headline)
    expect(plain.get_by_role("button", name="Copy link")).to_have_count(0)


@pytest.mark.browser
def test_a_reader_finds_the_way_by_keyboard_and_link(reader_page: Page, chief: User) -> None:
    story = fill(chief)
    reader_page.goto("/")
    reader_page.keyboard.press("Tab")
    expect(reader_page.get_by_role("link", name="Skip to the text")).to_be_in_viewport()
    reader_page.get_by_role("link", name=story.headline, exact=True).click()
    expect(reader_page.get_by_role("heading", level=1)).to_have_text(story.headline)
    reader_page.get_by_role("link", name="Ada Lind").click()
    reader_page.get_by_role("link", name="Older stories").click()
    expect(reader_page.get_by_role("link", name="Back to the newest")).to_be_visible()
    reader_page.get_by_role("link", name="العربية").click()
    expect(reader_page.locator("html")).to_have_attribute("dir", "rtl")
