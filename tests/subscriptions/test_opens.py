"""Opens and followed links: counted of readers who agreed alone, while the newsroom wants it, and kept as totals."""

import base64
import json
import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings as project
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from articles.models.published import PublishedArticle
from articles.models.site import SiteSettings
from subscriptions import digests, links, opens, people
from subscriptions.links import Purpose
from subscriptions.models.audience import LinkTotal
from subscriptions.models.letters import Delivery, Edition
from subscriptions.models.people import Subscriber, Subscription
from tests import make
from tests.subscriptions.readers import alert, mailed, part, publish, reader, topic_of, work

pytestmark = pytest.mark.usefixtures("paper")
SITE = "http://127.0.0.1:8000"
FORM: dict[str, object] = {"language": "en", "time_zone": "UTC", "digest_hour": 7, "digest_weekday": 0}
BODY = (
    '<p>See <a href="/news/#map">the map</a>, <a href="/search/?q=ferry">more</a>, <a href="/report/">write to us</a>,'
    ' <a href="https://ferries.example/times">times</a> and <a href="/corrections/report/">say what is wrong</a>.</p>'
)


@pytest.fixture
def counting(paper: None) -> SiteSettings:
    return make.site(counts_letters=True, telegram_url="https://t.me/harbourpost")


@pytest.fixture
def mailbox() -> Client:
    """A mail program that shows pictures and says what it is."""
    return Client(headers={"User-Agent": "Mozilla/5.0 Thunderbird/128.0"})


def agreed(email: str = "ada@mail.example") -> Subscriber:
    found = reader(email)
    Subscriber.objects.filter(pk=found.pk).update(agrees_to_measure=True)
    return found


def letter_to(email: str, kind: str = "html") -> str:
    return next(part(letter, kind) for letter in mailed() if letter["To"] == email)


def hrefs(html: str) -> list[str]:
    return [unescape(each) for each in re.findall(r'<a\b[^>]*?\bhref="([^"]+)"', html)]


def here(address: str) -> str:
    """The address without the host and what only browsers see."""
    assert address.startswith(SITE)
    return address.removeprefix(SITE).partition("#")[0]


def picture(html: str) -> str:
    (found,) = re.findall(r'<img src="([^"]*/subscribe/opened/[^"]*)" alt="" width="1" height="1">', html)
    return here(found)


def story_link(html: str) -> str:
    path = PublishedArticle.objects.get().path
    return next(here(each) for each in hrefs(html) if "/subscribe/to/" in each and each.endswith(path))


def sent() -> tuple[Edition, str]:
    """A letter that went to a reader who agreed, and its HTML."""
    agreed()
    edition = alert("The wall broke", body=BODY)
    work()
    return edition, letter_to("ada@mail.example")


def figures(edition: Edition) -> tuple[int, int, int]:
    return tuple(opens.figures([edition.pk]).get(edition.pk, (0, 0, 0)))


def own_page(subscriber: Subscriber) -> str:
    subscriber.refresh_from_db()
    return f"/subscribe/manage/{links.make(Purpose.MANAGE, subscriber)}/"


def test_while_it_is_off_nothing_anywhere_changes(mailbox: Client, chief: User, signed_in: Callable[[User], Client]):
    assert not SiteSettings.load().counts_letters
    edition, html = sent()
    assert "/subscribe/opened/" not in html and "/subscribe/to/" not in html
    assert Delivery.objects.get().is_counted is False
    assert "We do not measure whether you open them" in mailbox.get("/subscribe/").content.decode()
    subscriber = Subscriber.objects.get()
    assert "agrees_to_measure" not in mailbox.get(own_page(subscriber)).content.decode()
    mailbox.post(own_page(subscriber), FORM)
    assert Subscriber.objects.get().agrees_to_measure, "who is not asked has answered nothing"
    desk = signed_in(chief)
    for address in (f"/admin/subscriptions/edition/{edition.pk}/change/", "/admin/subscriptions/subscriber/growth/"):
        assert "Opened and followed" not in desk.get(address).content.decode()


def test_only_letters_to_who_agreed_are_counted_and_every_link_still_leads_where_it_led(
    counting: SiteSettings, mailbox: Client
):
    reader("ben@mail.example")
    edition, html = sent()
    plain = letter_to("ben@mail.example")
    assert "/subscribe/opened/" not in plain and "/subscribe/to/" not in plain
    assert dict(edition.deliveries.values_list("address", "is_counted")) == {
        "ada@mail.example": True, "ben@mail.example": False,
    }  # fmt: skip
    led, straight = hrefs(html), hrefs(plain)
    assert len(led) == len(straight)
    counted = set()
    for past_us, address in zip(led, straight, strict=True):
        if "/subscribe/to/" in past_us:
            answer = mailbox.get(here(past_us))
            assert (answer.status_code, SITE + answer["Location"]) == (302, address.partition("#")[0])
            assert past_us.partition("#")[2] == address.partition("#")[2]
            counted.add(address.removeprefix(SITE))
        elif "/subscribe/" not in address:  # those are each reader's own
            assert past_us == address
    assert counted == {"/", "/news/#map", PublishedArticle.objects.get().path}
    left = {each for each in led if "/subscribe/to/" not in each}
    assert {
        f"{SITE}/search/?q=ferry", f"{SITE}/report/", f"{SITE}/corrections/report/", "https://ferries.example/times",
        "https://t.me/harbourpost",
    } <= left  # fmt: skip
    assert sum("/subscribe/leave/" in each or "/subscribe/manage/" in each for each in left) == 2
    assert not [src for src in re.findall(r'src="([^"]+)"', html) if not src.startswith(SITE)]
    assert picture(html).startswith("/subscribe/opened/")
    assert "reader-goes" not in html
    # In the text nothing differs but whose letter it is.
    texts = [letter_to(f"{name}@mail.example", "plain") for name in ("ada", "ben")]
    assert len({re.sub(r"/subscribe/(leave|manage)/[\w-]+/", r"/\1/", text) for text in texts}) == 1


def test_a_letter_counts_once_as_opened_and_once_as_followed_and_each_link_by_itself(
    counting: SiteSettings, mailbox: Client
):
    edition, html = sent()
    assert figures(edition) == (1, 0, 0)
    for _time in range(2):
        answer = mailbox.get(picture(html))
        assert answer.content.startswith(b"GIF89a") and answer["Content-Type"] == "image/gif"
        assert answer["Cache-Control"] == "no-store"
        assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert figures(edition) == (1, 1, 0)
    for _time in range(2):
        answer = mailbox.get(story_link(html))
        assert (answer["Cache-Control"], answer["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert figures(edition) == (1, 1, 1)
    total = LinkTotal.objects.get()
    assert (total.edition, total.path, total.count) == (edition, PublishedArticle.objects.get().path, 2)


def test_who_follows_a_link_has_opened_the_letter_and_who_asks_not_to_be_counted_or_looks_ahead_has_not(
    counting: SiteSettings, mailbox: Client
):
    edition, html = sent()
    for told in (
        {"Sec-GPC": "1"}, {"DNT": "1"}, {"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"},
        {"User-Agent": "LinkScanner/2"},
    ):  # fmt: skip
        assert mailbox.get(picture(html), headers=told).status_code == 200
        assert mailbox.get(story_link(html), headers=told).status_code == 302
    for address, status in ((picture(html), 200), (story_link(html), 302)):
        assert mailbox.head(address).status_code == status
        assert mailbox.post(address).status_code == 405
    assert figures(edition) == (1, 0, 0) and not LinkTotal.objects.exists()
    mailbox.get(story_link(html))
    assert figures(edition) == (1, 1, 1)


def test_a_forged_address_leads_nowhere_and_counts_nothing(counting: SiteSettings, mailbox: Client):
    edition, html = sent()
    address = story_link(html)
    token = address.split("/")[3]
    raw = base64.urlsafe_b64decode(token)
    wrong = [base64.urlsafe_b64encode(raw[:8] + bytes([raw[8] ^ 1]) + raw[9:]).decode(), token[:-4], "A" * 32, "x"]
    wrong.append(picture(html).split("/")[3])
    for each in wrong:
        assert mailbox.get(address.replace(token, each)).status_code == 404
    for path in ("/", "/news/", "//evil.example/", "/evil.example/%0d%0a/", "/subscribe/"):
        answer = mailbox.get(f"/subscribe/to/{token}{path}")
        assert answer.status_code == 404 and "Location" not in answer
    assert mailbox.get(f"/subscribe/opened/{token}/").status_code == 404
    for path in ("//evil.example/", "/\\evil.example/", "https://evil.example/"):  # not even a signed one
        answer = mailbox.get(f"/subscribe/to/{opens.token(1, path)}{path}")
        assert answer.status_code == 404 and "Location" not in answer
    assert figures(edition) == (1, 0, 0) and not LinkTotal.objects.exists()


def test_a_link_to_our_own_name_elsewhere_is_no_page_of_ours():
    html = "".join(
        f'<a href="{each}">x</a>'
        for each in (f"{SITE}.evil.example/news/", "//evil.example/", f"{SITE}/admin/", f"{SITE}/nowhere", SITE)
    )
    led, paths = opens.led(f"<body>{html}</body>")
    assert led.startswith(f"<body>{html}<img ") and paths == (opens.PICTURE,)


def test_addresses_in_any_script_come_back_as_they_were(counting: SiteSettings, mailbox: Client):
    led, paths = opens.led(f'<body><a href="{SITE}/ar/%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1/2026/11/23/%25/">x</a></body>')
    assert paths == (opens.PICTURE, "/ar/أخبار/2026/11/23/%/")
    places = opens.places(4, paths)
    for place, token in places.items():
        led = led.replace(place.decode(), token.decode())
    assert mailbox.get(here(hrefs(led)[0]))["Location"] == "/ar/%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1/2026/11/23/%25/"


def _withdraws(subscriber: Subscriber, client: Client) -> None:
    client.post(own_page(subscriber), {**FORM, topic_of().key: "instant"})


def _is_forgotten(subscriber: Subscriber, client: Client) -> None:
    client.post(own_page(subscriber), {"do": "forget"})


@pytest.mark.parametrize("gone", [_withdraws, _is_forgotten])
def test_what_was_noted_goes_with_the_agreement_and_letters_already_sent_count_no_longer(
    counting: SiteSettings, mailbox: Client, gone: Callable[[Subscriber, Client], None]
):
    edition, html = sent()
    mailbox.get(story_link(html))
    gone(Subscriber.objects.get(), mailbox)
    assert not Subscriber.objects.get().agrees_to_measure
    kept = Delivery.objects.get()
    assert (kept.is_counted, kept.is_opened, kept.is_followed) == (False, False, False)
    assert mailbox.get(story_link(html)).status_code == 302
    assert mailbox.get(picture(html)).status_code == 200
    assert figures(edition) == (0, 0, 0)
    assert LinkTotal.objects.get().count == 1
    if gone is _withdraws:
        alert("Second letter")
        work()
        assert "/subscribe/to/" not in part(mailed()[-1], "html")


def test_links_lead_on_when_nothing_is_counted_any_more(counting: SiteSettings, mailbox: Client, settings):
    edition, html = sent()
    way = story_link(html)
    SiteSettings.objects.update(counts_letters=False)
    assert mailbox.get(way)["Location"] == PublishedArticle.objects.get().path
    assert figures(edition) == (1, 0, 0)
    SiteSettings.objects.update(counts_letters=True)
    Subscriber.objects.update(agrees_to_measure=False)  # as if she did so in this very moment
    assert mailbox.get(way).status_code == mailbox.get(picture(html)).status_code + 102 == 302
    assert figures(edition) == (1, 0, 0)
    Subscriber.objects.update(agrees_to_measure=True)
    people.leave(Subscriber.objects.get())
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 10, [settings.SECRET_KEY]
    assert mailbox.get(way).status_code == 302
    assert figures(edition) == (1, 1, 1), "an address made with the key before is ours"
    Edition.objects.all().delete()
    assert mailbox.get(way).status_code == 302


def test_a_database_that_takes_nothing_keeps_nobody_from_the_story(
    counting: SiteSettings, mailbox: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    _edition, html = sent()

    def busy(*_given: object) -> None:
        raise DatabaseError("locked")

    monkeypatch.setattr(opens, "followed", busy)
    caplog.set_level(logging.DEBUG)
    assert mailbox.get(story_link(html)).status_code == 302
    assert [each.getMessage() for each in caplog.records if each.name.startswith("subscriptions")] == [
        "a letter was not counted"
    ]


def test_no_log_says_who_followed_what(counting: SiteSettings, mailbox: Client, caplog: pytest.LogCaptureFixture):
    _edition, html = sent()
    caplog.set_level(logging.INFO)
    mailbox.get(story_link(html))
    mailbox.get(picture(html))
    assert "ada" not in caplog.text and story_link(html).split("/")[3] not in caplog.text
    root = Path(project.BASE_DIR) / "deploy"
    for name in ("nginx.conf", "large/nginx.conf"):
        shown = re.search(r'"~(\S+)"\s+"/subscribe/\.\.\.";', (root / name).read_text())
        assert shown and all(re.match(shown[1], address) for address in (story_link(html), picture(html)))
    pattern = re.search(r"request>uri regexp (\S+) (\S+)", (root / "Caddyfile").read_text())
    assert pattern and re.sub(pattern[1], pattern[2].replace("$1", r"\1"), picture(html)) == "/subscribe/..."


def test_a_reader_is_asked_with_no_tick_and_finds_the_answer_in_her_data(counting: SiteSettings, mailbox: Client):
    assert "only if you allow it" in mailbox.get("/subscribe/").content.decode()
    subscriber = reader()
    page = mailbox.get(own_page(subscriber)).content.decode()
    (box,) = re.findall(r'<input[^>]*name="agrees_to_measure"[^>]*>', page)
    assert "You may count whether I open letters and which links I follow" in page and "checked" not in box
    chosen = {**FORM, topic_of().key: "instant", "agrees_to_measure": "on"}
    page = mailbox.post(own_page(subscriber), chosen).content.decode()
    (box,) = re.findall(r'<input[^>]*name="agrees_to_measure"[^>]*>', page)
    assert "checked" in box
    alert()
    work()
    mailbox.get(picture(part(mailed()[0], "html")))
    known = json.loads(mailbox.post(own_page(subscriber), {"do": "export"}).content)
    assert known["agrees to be counted"] is True
    assert [(each["opened"], each["a link followed"]) for each in known["letters"]] == [(True, False)]


def test_digests_are_counted_for_who_agreed_alone(counting: SiteSettings, monkeypatch: pytest.MonkeyPatch):
    morning = datetime(2026, 11, 23, 6, tzinfo=UTC)
    monkeypatch.setattr("django.utils.timezone.now", lambda: morning)
    agreed()
    reader("ben@mail.example")
    Subscription.objects.update(cadence="daily", changed_at=morning - timedelta(days=30))
    publish("The ferry sails")
    digests.keep_editions()
    monkeypatch.setattr("django.utils.timezone.now", lambda: morning + timedelta(hours=1))
    work()
    assert picture(letter_to("ada@mail.example")) and story_link(letter_to("ada@mail.example"))
    assert "/subscribe/to/" not in letter_to("ben@mail.example")


def test_who_did_not_agree_costs_no_query_more_and_many_who_did_as_few_as_one(counting: SiteSettings):
    def queries(*, is_on: bool) -> int:
        SiteSettings.objects.update(counts_letters=is_on)
        alert()
        with CaptureQueriesContext(connection) as seen:
            work()
        return len(seen)

    for number in range(3):
        reader(f"{number}@mail.example")
    queries(is_on=False)
    assert queries(is_on=True) == queries(is_on=False)
    Subscriber.objects.update(agrees_to_measure=True)
    asked = queries(is_on=False)
    assert queries(is_on=True) == asked + 1, "which of them are counted is written down at once"


def test_the_account_and_the_audience_say_it_honestly_in_few_queries(
    counting: SiteSettings, mailbox: Client, chief: User, signed_in: Callable[[User], Client]
):
    reader("ben@mail.example")
    empty = alert("Nobody agreed")
    work()
    desk = signed_in(chief)
    account = f"/admin/subscriptions/edition/{empty.pk}/change/"
    assert "Nobody who got it had agreed to be counted." in desk.get(account).content.decode()
    growth = "/admin/subscriptions/subscriber/growth/"
    assert "Nobody who got one of these letters had agreed" in desk.get(growth).content.decode()

    def look(edition: Edition) -> tuple[str, list[int]]:
        counts, pages = [], []
        for address in (f"/admin/subscriptions/edition/{edition.pk}/change/", growth):
            with CaptureQueriesContext(connection) as seen:
                pages.append(" ".join(desk.get(address).content.decode().split()))
            counts.append(len(seen))
        return "".join(pages), counts

    for name in ("ada", "eve", "ivy"):
        agreed(f"{name}@mail.example")
    letters = [alert(f"The {name} resumes") for name in ("ferry", "ring road", "tram")]
    work()
    for delivery in Delivery.objects.filter(edition=letters[0], is_counted=True).order_by("address")[:2]:
        mailbox.get(f"/subscribe/opened/{opens.token(delivery.pk, '')}/")
    first = Delivery.objects.get(edition=letters[0], address="eve@mail.example").pk
    path = PublishedArticle.objects.get(pk=letters[0].article_number).path
    mailbox.get(f"/subscribe/to/{opens.token(first, path)}{path}")
    page, few = look(letters[0])
    assert "Of the 3 readers who agreed to be counted, 2 opened it, and 1 followed a link." in page
    assert "mail programs that fetch pictures or look into links by themselves count too" in page
    assert f'<a href="{path}">The ferry resumes</a></th><td>1</td>' in page and '<rect width="100"' in page
    assert re.search(r'<rect [^>]*class="opened"><title>[^<]*Opened 2</title>', page)
    assert re.search(r"The ferry resumes</a></th><td>[^<]*</td><td>3</td><td>2</td><td>1</td>", page)
    for other in ("/", "/news/"):
        for delivery in Delivery.objects.filter(is_counted=True):
            mailbox.get(f"/subscribe/to/{opens.token(delivery.pk, other)}{other}")
    page, many = look(letters[0])
    assert many == few and "3 followed a link" in page


def test_chiefs_switch_it_on_where_the_paper_is_set_up(chief: User, signed_in: Callable[[User], Client]):
    site = make.site()
    desk = signed_in(chief)
    page = desk.get("/admin/articles/sitesettings/1/change/").content.decode()
    assert "Readers are then asked on their own page" in page
    form = {
        "name": site.name, "palette": site.palette, "faces": site.faces, "language": "en", "newsroom_time_zone": "UTC",
        "further_languages": ["fr", "ar"], "home_time_zone": "UTC", "counts_letters": "on",
    }  # fmt: skip
    desk.post("/admin/articles/sitesettings/1/change/", form)
    assert SiteSettings.load().counts_letters
