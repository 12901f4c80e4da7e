"""Makes docs/screenshots anew, of a running newsroom that has the demo in it.

Each kind of page in English and Arabic, on a phone and on a desk, light and dark; and front.png, which the README has.
Readers' pages are found by their links, as a reader finds them; a kind that an edition has no page of is left out.
With the password of the demo's staff, the desk's pages too: names begin with "desk-".
"""

import argparse
import shutil
import sys
from io import BytesIO
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urljoin

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.run import CHROMIUM

FOLDER = Path(__file__).resolve().parent / "screenshots"
HEIGHTS = {360: 1300, 1280: 1000}  # by width
LINKS = {
    "section": ".sections a",
    "archive": ".foot a[href$='/archive/']",
    "report": ".channels a[href*='/report/']",
    "subscribe": ".channels a[href*='/subscribe/']",
}
SEARCHES = {"en": "search/?q=river", "ar": "search/?q=النهر"}
LINKS_OF_STORIES = {"author": "a[rel=author]", "tag": "a[rel=tag]", "series": ".series a"}
BLOCKS = {"gallery": ".text .gallery", "interview": ".text dl", "facts": ".text .facts", "graphic": ".text .graphic"}
DESK = {
    "index": "/admin/",
    "stories": "/admin/articles/article/",
    "library": "/admin/images/picture/",
    "upload": "/admin/images/picture/add/",
    "videos": "/admin/images/video/",
    "reports": "/admin/citizen_reports/report/",
    "letters": "/admin/subscriptions/edition/",
    "settings": "/admin/articles/sitesettings/1/change/",
}
CHIEF = "chief@demo.example"
SCHEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
SIZES = [(width, scheme) for width in HEIGHTS for scheme in SCHEMES]
_HREFS = "links => links.map(link => link.getAttribute('href'))"
# Pictures further down would come when a reader gets there.
ALL_PICTURES = """() => Promise.all([...document.images].map(image => {
  image.loading = "eager";
  image.decoding = "sync";
  return image.decode();
}))"""


def find_pages(page: Page, front: str) -> dict[str, str]:
    """Kind of page -> its address, for those in the language of this front page."""
    page.goto(front)
    language = page.locator("html").get_attribute("lang")
    found = {
        "front": front,
        "search": urljoin(front, SEARCHES[str(language)]),
        "missing": urljoin(front, "no/such/page/"),
    }
    found |= _follow(page, LINKS)
    stories = [urljoin(page.url, path) for path in page.locator(".headline a").evaluate_all(_HREFS)]
    found["article"] = stories[0]
    for story in stories:
        page.goto(story)
        found = _follow(page, LINKS_OF_STORIES) | found
        for kind, block in BLOCKS.items():
            if page.locator(block).count():
                found.setdefault(kind, story)
    return {kind: address for kind, address in found.items() if _language_of(page, address) == language}


def _follow(page: Page, links: dict[str, str]) -> dict[str, str]:
    paths = {kind: page.locator(selector).evaluate_all(_HREFS) for kind, selector in links.items()}
    return {kind: urljoin(page.url, path[0]) for kind, path in paths.items() if path}


def _language_of(page: Page, address: str) -> str | None:
    page.goto(address)
    return page.locator("html").get_attribute("lang")


def shoot(page: Page) -> Image.Image:
    page.evaluate(ALL_PICTURES)
    return Image.open(BytesIO(page.screenshot())).convert("RGB")


def in_few_colours(shot: Image.Image) -> Image.Image:
    """A palette of the page's own flat colours as they are, the pictures' frequent ones, and the rarest ones too."""
    counted = cast("list[tuple[int, tuple[int, ...]]]", shot.getcolors(shot.width * shot.height))
    palette = [value for _, colour in sorted(counted, reverse=True)[:48] for value in colour]
    for method in (Image.Quantize.MEDIANCUT, Image.Quantize.MAXCOVERAGE):
        palette += (shot.quantize(104, method=method).getpalette() or [])[: 3 * 104]
    few = Image.new("P", (1, 1))
    few.putpalette(palette)
    return shot.quantize(palette=few, dither=Image.Dither.NONE)


def make(url: str, password: str) -> None:
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        sys.exit("Chromium is needed: apt-get install chromium")
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--hide-scrollbars"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(url)
        shoot(page).save(FOLDER / "front.png", optimize=True)
        editions = _follow(page, {language: f".editions a[lang={language}]" for language in ("en", "ar")})
        pages = {language: find_pages(page, front) for language, front in editions.items()}
        for width, scheme in SIZES:
            window = open_window(browser, width, scheme)
            for language, kinds in pages.items():
                for kind, address in kinds.items():
                    window.goto(address)
                    save(window, f"{kind}-{language}-{width}-{scheme}")
            window.close()
        if password:
            make_desk(browser, url, password)


def open_window(browser: Browser, width: int, scheme: Literal["light", "dark"]) -> Page:
    return browser.new_page(viewport={"width": width, "height": HEIGHTS[width]}, color_scheme=scheme)


def save(page: Page, name: str) -> None:
    in_few_colours(shoot(page)).save(FOLDER / f"{name}.png", optimize=True)


def make_desk(browser: Browser, url: str, password: str) -> None:
    """The desk as the demo's chief editor sees it, in each language; then it speaks English to them again."""
    for width, scheme in SIZES:
        window = open_window(browser, width, scheme)
        window.goto(urljoin(url, "/accounts/sign-in/"))
        window.locator("#login-form input:not([type=hidden])").nth(0).fill(CHIEF)
        window.locator("#login-form input[type=password]").fill(password)
        window.locator("#login-form [type=submit]").click()
        window.wait_for_url("**/admin/")
        for language in ("ar", "en"):
            window.goto(urljoin(url, "/accounts/"))
            window.locator("[name=language]").select_option(language)
            window.locator("main form [type=submit]").first.click()
            window.wait_for_load_state()
            for kind, path in DESK.items():
                window.goto(urljoin(url, path))
                save(window, f"desk-{kind}-{language}-{width}-{scheme}")
            window.goto(urljoin(url, DESK["library"]))
            window.locator("#content a[href*='/change/']").first.click()
            window.wait_for_load_state()
            save(window, f"desk-picture-{language}-{width}-{scheme}")
            window.goto(urljoin(url, DESK["stories"]))
            window.locator("#result_list tbody th a").first.click()
            window.locator(".ProseMirror").first.wait_for()
            save(window, f"desk-form-{language}-{width}-{scheme}")
            window.locator("[data-command=photo]").first.click()
            window.locator("dialog[open] img").first.wait_for()
            save(window, f"desk-picker-{language}-{width}-{scheme}")
        window.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000/", help="where the newsroom runs")
    parser.add_argument("--password", default="", help="of the demo's staff, as `serve` says it")
    given = parser.parse_args()
    make(given.url, given.password)
