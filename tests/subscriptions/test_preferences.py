"""A reader's own page: everything she may set, in one form that forgets nothing, and what comes of it in words."""

import json
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from articles import actions
from subscriptions import coming, links, manage, people, preferences
from subscriptions.links import Purpose
from subscriptions.models.people import Subscriber, Suppression, Topic
from subscriptions.topics import find, keep
from tests import make
from tests.subscriptions.readers import alert, publish, reader, topic_of, work

pytestmark = pytest.mark.usefixtures("paper")
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)  # a Monday


def own_page(subscriber: Subscriber) -> str:
    return f"/subscribe/manage/{links.make(Purpose.MANAGE, subscriber)}/"


def form(**changes: object) -> dict[str, object]:
    return {"language": "en", "time_zone": "UTC", "digest_hour": "7", "digest_weekday": "0", **changes}


def wishes(subscriber: Subscriber) -> dict[str, str]:
    rows = subscriber.subscriptions.filter(state="active").select_related("topic")
    return {row.topic.key: row.cadence for row in rows}


def story_by(name: str, *, tag: str = "", headline: str = ""):
    return publish(headline, bylines=[make.author(name)], tags=[tag] if tag else [])


def test_everything_is_kept_that_was_chosen(browser):
    sport = make.section("Sport")
    story = story_by("Ines Duarte", tag="harbour")
    author, tag = story.author_rows.get().author_id, story.tag_rows.get().tag_id
    subscriber = reader()
    chosen = form(
        **{topic_of(sport).key: "weekly", f"author-{author}": "instant", f"tag-{tag}": "daily"},
        **{f"story-{story.pk}": "instant"},
        time_zone="America/Port_of_Spain", digest_hour="18", digest_weekday="5", quiet_from="22", quiet_until="6",
        paused_until=str(timezone.now().date() + timedelta(days=20)), language="fr",
    )  # fmt: skip
    page = browser.post(own_page(subscriber), chosen).content.decode()
    subscriber.refresh_from_db()
    assert wishes(subscriber) == {
        topic_of(sport).key: "weekly", f"author-{author}": "instant", f"tag-{tag}": "daily",
        f"story-{story.pk}": "instant",
    }  # fmt: skip
    assert (subscriber.time_zone, subscriber.digest_hour, subscriber.digest_weekday) == ("America/Port_of_Spain", 18, 5)
    assert (subscriber.quiet_from, subscriber.quiet_until, subscriber.language) == (22, 6, "fr")
    assert subscriber.paused_until == timezone.now().date() + timedelta(days=20)
    assert '<html lang="fr"' in page and 'role="status"' in page
    again = browser.get(own_page(subscriber)).content.decode()
    assert again.count('value="instant" selected') == 2
    assert 'value="America/Port_of_Spain" selected' in again
    assert story.headline in again


def test_what_is_chosen_survives_every_error(browser):
    subscriber = reader()
    for wrong, where in [
        ({"quiet_from": "22"}, "id_quiet_until_error"),
        ({"quiet_from": "5", "quiet_until": "5"}, "id_quiet_until_error"),
        ({"paused_until": "2020-01-01"}, "id_paused_until_error"),
        ({"paused_until": "2099-01-01"}, "id_paused_until_error"),
        ({"paused_until": "soon"}, "id_paused_until_error"),
        ({"time_zone": "Mars/Olympus"}, "id_time_zone_error"),
        ({"digest_hour": "24"}, "id_digest_hour_error"),
        ({"site": "hourly"}, "id_site_error"),
    ]:
        answered = browser.post(own_page(subscriber), form(**{"digest_weekday": "4", "site": "daily", **wrong}))
        page = answered.content.decode()
        assert answered.status_code == 422
        assert f'id="{where}"' in page
        assert '<option value="4" selected>Friday</option>' in page
        if wrong.get("paused_until"):
            assert f'value="{wrong["paused_until"]}"' in page
    subscriber.refresh_from_db()
    assert (subscriber.digest_weekday, subscriber.paused_until, wishes(subscriber)) == (0, None, {"site": "instant"})


def test_news_of_one_story_comes_at_once_or_never(browser):
    story = publish()
    subscriber = reader()
    assert browser.post(own_page(subscriber), form(**{f"story-{story.pk}": "daily"})).status_code == 422
    people.choose(subscriber, {keep([find(f"story-{story.pk}")])[0]: "weekly"})
    assert wishes(subscriber) == {f"story-{story.pk}": "instant"}


def test_no_topic_is_made_by_looking_and_none_of_what_readers_do_not_know(browser):
    story = story_by("Ines Duarte", tag="harbour")
    nobody = make.author("Not yet printed")
    subscriber = reader()
    before = Topic.objects.count()
    assert "Ines Duarte" in browser.get(own_page(subscriber)).content.decode()
    assert "Not yet printed" not in browser.get(own_page(subscriber)).content.decode()
    browser.post(
        own_page(subscriber), form(**{f"author-{nobody.pk}": "daily", "story-999999": "instant", "tag-x": "daily"})
    )
    assert Topic.objects.count() == before
    browser.post(own_page(subscriber), form(**{f"author-{story.author_rows.get().author_id}": "daily"}))
    assert Topic.objects.filter(kind="author").count() == 1


def test_leaving_one_topic_leaves_the_rest_and_coming_back_is_one_choice(browser):
    sport = make.section("Sport")
    subscriber = reader("", topic_of(), topic_of(sport))
    browser.post(own_page(subscriber), form(site="weekly"))
    assert wishes(subscriber) == {"site": "weekly"}
    browser.post(own_page(subscriber), form(**{"site": "weekly", topic_of(sport).key: "daily"}))
    assert wishes(subscriber) == {"site": "weekly", topic_of(sport).key: "daily"}


def test_the_page_takes_as_many_queries_however_much_is_followed(browser, django_assert_max_num_queries):
    stories = [story_by(f"Author {number}", tag=f"subject {number}") for number in range(3)]
    keys = [[f"story-{each.pk}", f"author-{each.author_rows.get().author_id}"] for each in stories]

    def count(subscriber: Subscriber) -> int:
        with django_assert_max_num_queries(40) as counted:
            browser.get(own_page(subscriber))
        return len(counted)

    few, many = reader(), reader()
    people.choose(few, dict.fromkeys(keep([find(key) for key in keys[0]]), "instant"))
    people.choose(many, dict.fromkeys(keep([find(key) for each in keys for key in each]), "instant"))
    count(few)
    assert count(few) == count(many)


def found_on(page: str) -> str:
    """What stands in the part of the page where one searches."""
    return page.partition('id="find"')[2].partition("</fieldset>")[0]


@pytest.mark.parametrize("typed", ["zoe kovac", "  KOVÁČ   zoé ", "vá"])
def test_an_author_whom_the_page_does_not_offer_is_found_in_any_spelling_and_followed(browser, typed, monkeypatch):
    monkeypatch.setattr(preferences, "SUGGESTED", 1)
    for number in range(2):
        story_by("Ines Duarte", tag=f"harbour {number}")
    zoe = story_by("Zoé Kováč").author_rows.get().author_id
    subscriber = reader()
    assert "Kováč" not in browser.get(own_page(subscriber)).content.decode()
    page = browser.post(own_page(subscriber), form(do="find", find=typed)).content.decode()
    assert "Zoé Kováč" in found_on(page) and "Ines Duarte" not in found_on(page)
    assert wishes(subscriber) == {"site": "instant"} and not Topic.objects.filter(kind="author").exists()
    browser.post(own_page(subscriber), form(site="instant", **{f"author-{zoe}": "daily"}))
    assert wishes(subscriber) == {"site": "instant", f"author-{zoe}": "daily"}


def test_a_search_keeps_what_was_chosen_typed_and_found_before_and_saves_none_of_it(browser, monkeypatch):
    make.site(counts_letters=True)
    monkeypatch.setattr(preferences, "SUGGESTED", 0)
    first = story_by("Ines Duarte").author_rows.get().author_id
    story_by("Amira Holt")
    subscriber = reader()
    before = Subscriber.objects.filter(pk=subscriber.pk).values().get()
    typed = form(
        site="", digest_hour="18", digest_weekday="4", quiet_from="22", paused_until="soon", agrees_to_measure="on",
        time_zone="Africa/Lagos", language="fr", do="find", find="holt", **{f"author-{first}": "weekly"},
    )  # fmt: skip
    answered = browser.post(own_page(subscriber), typed)
    page = answered.content.decode()
    assert answered.status_code == 200 and 'role="alert"' not in page and 'class="error"' not in page
    assert "Amira Holt" in found_on(page) and "Ines Duarte" not in found_on(page)
    row = page.split("Ines Duarte</label>")[1].split("</select>")[0]
    assert '<option value="weekly" selected>' in row
    site = page.split('name="site"')[1].split("</select>")[0]
    assert '<option value="" selected>' in site
    for kept in ('value="18" selected', 'value="4" selected', 'value="22" selected', 'value="Africa/Lagos" selected'):
        assert kept in page
    assert 'value="soon"' in page and 'value="holt"' in page
    assert re.search(r'name="agrees_to_measure"[^>]* checked', page) and re.search(r'value="fr"[^>]* checked', page)
    assert Subscriber.objects.filter(pk=subscriber.pk).values().get() == before
    assert wishes(subscriber) == {"site": "instant"}
    unticked = {name: value for name, value in typed.items() if name != "agrees_to_measure"}
    Subscriber.objects.update(agrees_to_measure=True)
    page = browser.post(own_page(subscriber), unticked | {"find": ""}).content.decode()
    assert not re.search(r'name="agrees_to_measure"[^>]* checked', page)
    assert "Write a name" in found_on(page)


def test_what_is_found_is_of_the_readers_edition_bounded_and_once_on_the_page(browser, monkeypatch):
    monkeypatch.setattr(preferences, "FOUND", 2)
    for number in range(3):
        story_by(f"Amira Holt {number}", tag=f"holt {number}")
    publish(language="fr", bylines=[make.author("Holt Lefèvre")])
    make.author("Holt, never printed")
    subscriber = reader()
    page = browser.post(own_page(subscriber), form(do="find", find="holt")).content.decode()
    found = found_on(page)
    assert found.count("<select") == 4 and "There are more than these" in found
    assert "Lefèvre" not in found and "never printed" not in found
    assert all(page.count(f'name="{name}"') == 1 for name in re.findall(r'name="((?:author|tag)-\d+)"', page))
    nobody = found_on(browser.post(own_page(subscriber), form(do="find", find="Quill\0")).content.decode())
    assert "no author and no subject" in nobody and "<select" not in nobody


def test_who_searches_too_often_is_asked_to_wait_and_loses_nothing(browser, monkeypatch):
    monkeypatch.setattr(manage, "FINDS", 1)
    story_by("Ines Duarte")
    subscriber, other = reader(), reader()
    asked = form(do="find", find="ines", digest_hour="18")
    assert "Ines Duarte" in found_on(browser.post(own_page(subscriber), asked).content.decode())
    page = browser.post(own_page(subscriber), asked).content.decode()
    assert "try again in an hour" in found_on(page) and "Ines Duarte" not in found_on(page)
    assert 'value="18" selected' in page and 'value="ines"' in page
    assert "Ines Duarte" in found_on(browser.post(own_page(other), asked).content.decode())
    forged = own_page(subscriber).replace("/manage/", "/manage/A")
    assert browser.post(forged, asked).status_code == 404


@pytest.mark.parametrize("others", [[], ["ar"]])
def test_a_reader_of_an_edition_that_was_given_up_can_save_and_then_reads_the_papers_language(browser, others):
    make.site(further_languages=["fr", "ar"])
    subscriber = reader(language="fr")
    make.site(further_languages=others)
    page = browser.get(own_page(subscriber)).content.decode()
    fields = [each for each in re.findall("<input[^>]*>", page) if 'name="language"' in each]
    (chosen,) = [each for each in fields if 'type="hidden"' in each or " checked" in each]
    language = re.search('value="([a-z]*)"', chosen)[1]
    saved = browser.post(own_page(subscriber), form(site="daily", language=language))
    assert "Saved." in saved.content.decode()
    subscriber.refresh_from_db()
    assert (subscriber.language, wishes(subscriber)) == ("en", {"site": "daily"})


def buttons_of(page: str, field: str) -> list[str]:
    """What the buttons say of the form that a field is in, the first first: it is what Enter presses."""
    (within,) = [each for each in re.findall(r"<form.*?</form>", page, re.DOTALL) if f'name="{field}"' in each]
    return re.findall(r'<button type="submit" name="do" value="([^"]*)"', within)


def test_enter_saves_and_in_the_search_finds(browser):
    story_by("Ines Duarte")
    subscriber = reader()
    page = browser.get(own_page(subscriber)).content.decode()
    assert buttons_of(page, "paused_until")[0] == buttons_of(page, "find")[0] == "enter"
    day = timezone.now().date() + timedelta(days=20)
    pressed = form(do="enter", site="instant", paused_until=str(day), find="", found="")
    page = browser.post(own_page(subscriber), pressed | {"find": " ines  duarte"}).content.decode()
    assert "Ines Duarte" in found_on(page) and 'role="status" tabindex="-1" autofocus' in page
    subscriber.refresh_from_db()
    assert subscriber.paused_until is None
    looked_for = {name: re.search(rf'name="{name}"[^>]* value="([^"]*)"', page)[1] for name in ("find", "found")}
    for typed in ({}, looked_for):
        Subscriber.objects.update(paused_until=None)
        assert "Saved." in browser.post(own_page(subscriber), pressed | typed).content.decode()
        subscriber.refresh_from_db()
        assert subscriber.paused_until == day


def test_enter_in_a_new_address_asks_there_while_another_is_waited_for(browser):
    subscriber = reader()
    page = browser.post(own_page(subscriber), {"do": "address", "email": "new@mail.example"}).content.decode()
    assert buttons_of(page, "email") == ["address", "keep-address"]


def test_a_search_takes_as_many_queries_whatever_it_finds_and_was_chosen_before(
    browser, django_assert_max_num_queries, monkeypatch
):
    monkeypatch.setattr(preferences, "SUGGESTED", 0)
    for number in range(3):
        story_by(f"Amira Holt {number}")
    stories = [story_by(f"Ines Duarte {number}", tag=f"quay {number}") for number in range(3)]
    chosen = [(f"author-{each.author_rows.get().author_id}", f"tag-{each.tag_rows.get().tag_id}") for each in stories]
    subscriber = reader()

    def count(find: str, names: int) -> int:
        wanted = {key: "daily" for pair in chosen[:names] for key in pair}
        with django_assert_max_num_queries(40) as counted:
            page = browser.post(own_page(subscriber), form(do="find", find=find, **wanted)).content.decode()
        assert found_on(page).count("<select") == names
        return len(counted)

    count("holt", 3)
    assert count("holt 1", 1) == count("holt", 3)


@pytest.mark.parametrize(
    ("now", "hour", "expected"),
    [
        (NOW, 7, "tomorrow at 07:00, Lisbon"),
        (NOW, 18, "today at 18:00, Lisbon"),
        (datetime(2026, 3, 28, 12, tzinfo=UTC), 1, "tomorrow at 02:00, Lisbon"),  # clocks skip one o'clock
    ],
)
def test_the_next_morning_letter_is_named_by_the_readers_clock(now, hour, expected, monkeypatch):
    monkeypatch.setattr(coming.timezone, "now", lambda: now)
    subscriber = reader()
    people.choose(subscriber, {topic_of(): "daily"}, time_zone="Europe/Lisbon", digest_hour=hour)
    (line,) = coming.lines(subscriber)
    assert line == f"Your next morning letter: {expected}. It is about: The whole paper."


def test_what_comes_is_said_in_whole_sentences(monkeypatch):
    monkeypatch.setattr(coming.timezone, "now", lambda: NOW)
    sport = make.section("Sport")
    subscriber = reader()
    assert coming.lines(subscriber) == ["At once, when it is breaking news: The whole paper."]
    people.choose(
        subscriber, {topic_of(): "instant", topic_of(sport): "weekly"}, time_zone="Africa/Lagos", digest_weekday=2,
        quiet_from=22, quiet_until=7, paused_until=date(2026, 12, 3),
    )  # fmt: skip
    assert coming.lines(subscriber) == [
        "Nothing comes before Thursday 3 December: you have paused your letters.",
        "At once, when it is breaking news: The whole paper.",
        "Nothing wakes you between 22:00 and 07:00: it waits until then, if it is still news.",
        "Your next weekly letter: Wednesday 9 December at 07:00, Lagos. It is about: Sport.",
    ]
    people.leave(subscriber)
    assert coming.lines(subscriber) == ["You get no letters."]


def test_who_is_written_to_no_more_is_told_so_and_finds_the_way_back(browser):
    subscriber = reader("ada@x.example")
    people.suppress("ada@x.example", actor=None, reason=Suppression.Reason.HARD)
    page = browser.get(own_page(subscriber)).content.decode()
    assert "No letters are sent to this address" in page and "At once, when it is breaking news" not in page


def test_all_that_is_known_comes_as_a_file_and_only_by_a_button(browser):
    subscriber = reader("ada@mail.example")
    alert("The bridge is open")
    work()
    assert "attachment" not in str(browser.get(own_page(subscriber) + "?do=export").headers)
    answered = browser.post(own_page(subscriber), {"do": "export"})
    assert answered.headers["Content-Disposition"] == 'attachment; filename="my-letters.json"'
    assert answered.headers["Cache-Control"] == "no-store"
    known = json.loads(answered.content)
    assert known["e-mail address"] == "ada@mail.example"
    assert [each["topic"] for each in known["subscriptions"]] == ["The whole paper"]
    (letter,) = known["letters"]
    assert (letter["subject"], letter["address"], letter["state"]) == ("The bridge is open", "ada@mail.example", "sent")


def test_nothing_that_a_reader_set_is_left_when_she_is_forgotten(browser):
    subscriber = reader("ada@mail.example")
    people.choose(
        subscriber, {topic_of(): "daily"}, time_zone="Asia/Kathmandu", digest_hour=3, digest_weekday=4, quiet_from=1,
        quiet_until=2, paused_until=date(2030, 1, 1), agrees_to_measure=True,
    )  # fmt: skip
    browser.post(own_page(subscriber), {"do": "forget"})
    row = Subscriber.objects.filter(pk=subscriber.pk).values().get()
    assert row["state"] == "erased"
    assert "ada" not in str(row) and "Kathmandu" not in str(row)
    kept = {"digest_hour": 7, "digest_weekday": 0, "quiet_from": None, "quiet_until": None, "paused_until": None}
    assert {name: row[name] for name in kept} == kept
    assert not row["agrees_to_measure"]


def test_a_pause_is_over_by_itself_and_is_not_shown_any_more(browser):
    subscriber = reader()
    Subscriber.objects.update(paused_until=timezone.now().date() - timedelta(days=2))
    page = browser.get(own_page(subscriber)).content.decode()
    assert (
        'name="paused_until" id="id_paused_until"' in page.replace(' type="date"', "") or 'id="id_paused_until"' in page
    )
    assert str(timezone.now().date() - timedelta(days=2)) not in page


def test_a_story_that_is_corrected_or_withdrawn_is_still_named_or_said_to_be_gone(browser):
    story = publish("The ferry sails again")
    subscriber = reader()
    people.choose(subscriber, {keep([find(f"story-{story.pk}")])[0]: "instant"})
    assert "The ferry sails again" in browser.get(own_page(subscriber)).content.decode()
    actions.withdraw(story.pk, actor=None)
    page = browser.get(own_page(subscriber)).content.decode()
    assert "The ferry sails again" not in page and "no longer there" in page
