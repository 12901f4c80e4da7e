"""The whole ring in Chromium: a witness is heard, a story is published, a subscriber is told and leaves."""

import re
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from playwright.sync_api import Page, expect

from articles.models.desk import Article
from articles.models.published import PublishedArticle
from citizen_reports import intake, views
from citizen_reports.models import Report
from jobs import queues
from subscriptions import views as letter_views
from subscriptions.models.letters import Edition
from subscriptions.models.people import Subscription
from tests import make
from tests.browser.checks import axe
from tests.citizen_reports import posts
from tests.subscriptions.sink import Sink

pytestmark = [pytest.mark.browser, pytest.mark.both_databases, pytest.mark.django_db(transaction=True)]

NAME, PLACE, ADDRESS = "Planted Nameham", "Plantedville", "nameham@planted.example"
READER = "ada@mail.example"


@pytest.fixture
def paper(live_server, settings, tmp_path, monkeypatch) -> None:
    settings.DATA_DIR = tmp_path
    settings.SITE_URL = live_server.url
    monkeypatch.setattr(views, "TYPING_TAKES", timedelta(0))
    monkeypatch.setattr(letter_views, "AT_LEAST", timedelta(0))
    make.site(further_languages=[])
    make.section("News")
    intake.found_forms()


@pytest.fixture
def sink(paper, settings):
    with Sink() as running:
        settings.MAIL_TO_FILES = False
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
        yield running


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def work() -> None:
    while queues.run_once("worker"):
        pass


def letter(sink: Sink, number: int) -> EmailMessage:
    found: EmailMessage = BytesParser(policy=policy.default).parsebytes(sink.received[number].letter)
    return found


def link_in(letter: EmailMessage, part: str) -> str:
    body = letter.get_body(("plain",))
    assert body
    found = re.search(rf"https?://\S*{part}\S*", body.get_content())
    assert found, body.get_content()
    return urlsplit(found[0]).path


def send_report(page: Page, story: str, photo: Path) -> str:
    """By the link under a story, with script off; the receipt."""
    page.goto(story)
    page.get_by_role("link", name="Tell us what you saw").click()
    expect(page.get_by_text("Ferry service resumes")).to_be_visible()
    page.get_by_label("What happened").fill("The gates were opened at night.\nNobody was warned.")
    page.get_by_label("Where").fill(PLACE)
    page.set_input_files("input[type=file]", photo)
    page.get_by_label("May be named").check()
    page.get_by_text("Name and contact: only if you wish").click()
    page.locator("[name=name]").fill(NAME)
    page.locator("[name=email]").fill(ADDRESS)
    page.locator("[name=publish_text]").check()
    page.locator("[name=made_it_myself]").check()
    page.locator("[name=of_age]").check()
    page.get_by_label("Which name may stand beside it?").select_option("first")
    press(page, "Send")
    found = re.search(r"(?:[0-9A-Z]{4}-){4}[0-9A-Z]", page.content())
    assert found, page.content()
    return found[0]


def enter(page: Page, receipt: str) -> None:
    page.goto("/report/receipt/")
    page.locator("[name=receipt]").fill(receipt.lower())
    page.locator("main button[type=submit]").first.click()


def database() -> Iterator[str]:
    """Every value of every table, as it is stored: bytes as they are, read as Latin-1."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                for value in row:
                    yield bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)


def test_the_ring(open_page, desk_page, sink, tmp_path):
    photo = tmp_path / "IMG_0001.jpg"
    photo.write_bytes(posts.tagged_photo().read())
    first = make.story("Ferry service resumes")

    # A reader subscribes, and confirms by a button.
    reader = open_page(java_script_enabled=False)
    reader.goto(first.path)
    reader.get_by_role("link", name="Get our news by e-mail").click()
    reader.locator("[name=email]").fill(READER)
    reader.locator("[name=topics]").first.check()
    press(reader, "Subscribe")
    work()
    reader.goto(link_in(letter(sink, 0), "confirm"))
    assert not Subscription.objects.filter(state="active").exists(), "looking confirms nothing"
    press(reader, "Yes, send me these letters")
    assert Subscription.objects.get().state == "active"

    # A witness reports.
    witness = open_page(java_script_enabled=False, viewport={"width": 360, "height": 740})
    receipt = send_report(witness, first.path, photo)
    work()

    # The desk reads, and asks.
    desk = desk_page(make.user("editor"))
    desk.goto("/admin/")
    desk.get_by_role("region", name="Witnesses who wait for us").get_by_role("link").first.click()
    expect(desk.get_by_text("The gates were opened at night.")).to_be_visible()
    expect(desk.get_by_role("img", name="Picture 1 from the witness")).to_be_visible()
    assert NAME not in desk.content()
    assert axe(desk) == []
    desk.get_by_label("Answer the witness").fill("Which gate was it?")
    press(desk, "Answer")

    # The witness comes back with the receipt.
    enter(witness, receipt)
    expect(witness.get_by_text("Which gate was it?")).to_be_visible()
    witness.locator("[name=body]").fill("The northern one.")
    witness.locator("form:has([name=body]) button[type=submit]").click()

    # The desk verifies, makes a story, publishes, and tells.
    desk.reload()
    expect(desk.get_by_text("The northern one.")).to_be_visible()
    for to in ("Sorted", "Being verified"):
        desk.get_by_label("New state").select_option(to)
        press(desk, "Move")
    desk.get_by_label("Found").select_option("Verified")
    desk.get_by_label("How do you know?").fill("Two videos show the same gate.")
    press(desk, "Write it down")
    desk.get_by_label("New state").select_option("Ready to use")
    press(desk, "Move")
    desk.get_by_label("I am sure that the witness wants to be named").check()
    press(desk, "Make a draft story")
    expect(desk.get_by_role("textbox", name="Text", exact=True)).to_contain_text("Nobody was warned.")
    desk.get_by_label("Headline:", exact=True).fill("Gates opened at night")
    desk.get_by_label("Section:").select_option("News")
    desk.get_by_role("checkbox", name="Alert subscribers by e-mail", exact=True).check()
    press(desk, "Publish")
    expect(desk.get_by_text("Published. Readers find it at")).to_be_visible()
    story = PublishedArticle.objects.get(headline="Gates opened at night")
    assert [line["name"] for line in story.byline] == ["Planted"]
    assert Report.objects.get().state == "used"
    assert Article.objects.count() == 2

    # The subscriber is told, and leaves by one click, without cookies or context.
    work()
    told = letter(sink, 1)
    assert told["To"].addresses[0].addr_spec == READER
    assert told["Subject"] == "Gates opened at night"
    assert told["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    one_click = re.search(r"<(http[^>]+)>", str(told["List-Unsubscribe"]).replace("\n ", "").replace(" ", ""))
    assert one_click
    request = urllib.request.Request(one_click[1], data=b"List-Unsubscribe=One-Click", method="POST")
    with urllib.request.urlopen(request) as answer:
        assert (answer.status, answer.url) == (200, one_click[1])
    assert Subscription.objects.get().state == "left"
    edition = Edition.objects.get()
    assert (edition.state, edition.audience, edition.deliveries.filter(state="sent").count()) == ("done", 1, 1)

    # Nothing says where the photo was taken, or who the witness is: not the page, not the letter, no file, no table.
    secrets = (posts.PLANTED, "Nameham", ADDRESS, PLACE, receipt, receipt.replace("-", ""))
    reader.goto(story.path)
    expect(reader.get_by_text("Nobody was warned.")).to_be_visible()
    kept = {"page": reader.content(), "database": "\n".join(database())}
    kept |= {f"letter {number}": each.letter.decode("latin-1") for number, each in enumerate(sink.received)}
    files = [file for file in tmp_path.rglob("*") if file.is_file() and file != photo]
    kept |= {str(file): file.read_bytes().decode("latin-1") for file in files}
    assert "Nobody was warned." in kept["database"], "the story can be read where it is looked for"
    assert {(place, secret) for place, text in kept.items() for secret in secrets if secret in text} == set()
