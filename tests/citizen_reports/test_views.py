"""The pages for witnesses: no script, no cookie, nothing lost on the way, and nothing said to the wrong person."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from errno import ENOSPC
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from articles.registry import reader_links
from citizen_reports import intake, pages, quarantine, views
from citizen_reports.models import Attachment, Consent, IntakeForm, Message, Report, WitnessIdentity
from citizen_reports.models.reports import ReportState
from tests import make
from tests.citizen_reports.posts import come_back, hidden, photo, receipt_of, send, stored, tagged_photo, token

NOON = datetime(2031, 5, 4, 12, 0, tzinfo=UTC)
Clock = Callable[[datetime], None]
WRITE, WITHDRAW, FORGET = (f"/report/receipt/{verb}/" for verb in ("write", "withdraw", "forget"))
ADDRESSES = ["/report/", "/report/witness/", "/report/receipt/", WRITE, WITHDRAW, FORGET]


def rows() -> list[int]:
    return [model.objects.count() for model in (Report, Message, Consent, WitnessIdentity, Attachment)]


def wrote(client: Client, visit: str, **fields: Any) -> Any:
    return client.post(WRITE, {"visit": visit, **fields})


def test_a_report_is_sent_answered_and_talked_about(witness: Client) -> None:
    story = make.story("Bridge closed after fall")
    form = witness.get("/report/", {"story": story.pk, "lang": "en"}).content.decode()
    assert "Bridge closed after fall" in form
    answer = send(
        witness, token=hidden(form, "token"), story=hidden(form, "story"), title="The bridge", place="By the weir",
        happened_on="2026-01-02", happened_precision="about", files=[tagged_photo(), photo("second.jpg")],
    )  # fmt: skip
    page = answer.content.decode()
    assert "Thank you. Your report has reached the newsroom." in page
    assert "2 files came with it." in page
    assert "Your photo said where it was taken." in page
    report = Report.objects.get()
    assert (report.answers_story_id, report.happened_precision, report.language) == (story.pk, "about", "en")

    Message.objects.create(report=report, direction=Message.Direction.TO_WITNESS, body="Which bank were you on?")
    Message.objects.create(report=report, direction=Message.Direction.INTERNAL, body="Rafi knows the place.")
    Report.objects.update(state=ReportState.WAITING)
    page = come_back(witness, receipt_of(answer).lower().replace("-", " ")).content.decode()
    assert "The newsroom has a question for you." in page
    assert "Which bank were you on?" in page
    assert "Rafi knows the place." not in page
    assert "The bridge fell at noon." not in page

    page = wrote(witness, hidden(page, "visit"), body="The left one.", files=photo("third.jpg")).content.decode()
    assert "Your message has reached the newsroom." in page
    assert "The left one." in page
    assert "The newsroom is checking what you reported." in page
    message = Message.objects.get(direction=Message.Direction.FROM_WITNESS)
    assert [file.display_name.open() for file in message.attachments.all()] == ["third.jpg"]
    assert report.attachments.count() == 3


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_has_strict_headers_and_one_script(witness: Client, address: str, settings: Any) -> None:
    for answer in (witness.get(address, follow=True), witness.post(address, {"receipt": "wrong"})):
        policy = dict(part.split(" ", 1) for part in answer["Content-Security-Policy"].split("; "))
        assert re.fullmatch(r"'self' 'sha256-[^' ]+'", policy.pop("style-src"))
        assert policy == {
            "default-src": "'none'", "img-src": "'self'", "form-action": "'self'", "script-src": "'self'",
            "worker-src": "'self'", "connect-src": "'self'",
            "base-uri": "'none'", "frame-ancestors": "'none'",
        }  # fmt: skip
        assert (answer["Referrer-Policy"], answer["Cache-Control"], answer["X-Content-Type-Options"]) == (
            "no-referrer", "no-store", "nosniff",
        )  # fmt: skip
        assert answer.get("X-Robots-Tag") == ("noindex, nofollow" if "receipt" in address else None)
        assert "Cookie" not in answer.get("Vary", "")
        page = answer.content.decode()
        assert re.findall(r"<script[^>]*>", page) == ['<script src="/static/report/report.js" defer>']
        assert not re.search(r"<style(?!>)|\sstyle=|\son\w+=|csrfmiddlewaretoken", page)
        # Some browsers send what is typed to their maker, to be checked or finished.
        assert re.search(r'<body [^>]*spellcheck="false" writingsuggestions="false"', page)
        assert re.search(r"<title>(Error: )?The Harbour Post</title>", page)  # the browser's history tells no more
        first_link = re.search(r'<a [^>]*href="([^"]+)"', page)
        assert first_link and first_link[1] == settings.REPORT_EXIT_URL == "https://www.wikipedia.org/"


@pytest.mark.parametrize("address", ADDRESSES)
def test_to_look_changes_nothing(witness: Client, address: str) -> None:
    code = receipt_of(send(witness, exposure="named", name="Amal Haddad", publish_text="on"))
    visit = hidden(come_back(witness, code).content.decode(), "visit")
    before = rows()
    for method in ("get", "head"):
        answer = getattr(witness, method)(address, {"visit": visit, "receipt": code, "body": "x", "token": "x"})
        assert b"Haddad" not in answer.content
        assert code.encode() not in answer.content
    assert rows() == before
    assert Consent.objects.get().withdrawn_at is None
    assert witness.put(address).status_code == 405


def test_what_was_typed_and_sent_survives_an_error(witness: Client) -> None:
    form = token(witness)
    answer = send(
        witness, token=form, body="", place="By the <weir>", email="no address", happened_on="3000-01-01",
        exposure="named", credit="full", files=[photo("one.jpg"), photo("two.jpg", colour="red")],
    )  # fmt: skip
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>Error: The Harbour Post" in page
    for field in ("body", "email", "happened_on", "name"):
        assert f'<li><a href="#id_{field}">' in page
        assert f'id="id_{field}_error"' in page
    assert 'value="By the &lt;weir&gt;"' in page
    assert 'value="no address"' in page
    assert hidden(page, "token") == form
    assert page.count("do not send this one") == 2
    assert "one.jpg" in page
    assert not Report.objects.exists()

    one = Attachment.objects.order_by("pk").first()
    receipt_of(send(witness, token=form, take_out=one.pk, files=photo("three.jpg", colour="blue")))
    assert [file.display_name.open() for file in Report.objects.get().attachments.all()] == ["two.jpg", "three.jpg"]
    assert not Attachment.objects.filter(pk=one.pk).exists()


def test_nobody_takes_out_another_s_files(witness: Client) -> None:
    send(witness, body="", files=photo())
    send(Client(), body="", take_out=Attachment.objects.get().pk)
    assert Attachment.objects.count() == 1


@pytest.mark.parametrize("credit", ["full", "first"])
def test_nobody_is_made_more_visible_than_they_chose(witness: Client, credit: str) -> None:
    answer = send(witness, exposure="confidential", name="Amal Haddad", credit=credit, publish_text="on")
    assert "Above you did not choose to be named in public." in answer.content.decode()
    assert not Report.objects.exists()


def test_an_anonymous_witness_is_told_before_and_after_that_contact_data_go(witness: Client) -> None:
    before = witness.get("/report/witness/").content.decode()
    assert "If you stay anonymous, we throw away whatever you write in these fields." in before
    answer = send(witness, name="Amal Haddad", phone="555 0102")
    assert "we did not keep the name and contact data that you typed" in answer.content.decode()
    assert not WitnessIdentity.objects.exists()


def test_a_double_click_shows_the_same_receipt_until_it_is_late(witness: Client, clock: Clock) -> None:
    clock(NOON)
    form = token(witness)
    code = receipt_of(send(witness, token=form))
    again = send(witness, token=form, body="The bridge fell at one.", files=photo())
    assert "We have this report already" in again.content.decode()
    assert receipt_of(again) == code
    clock(NOON + timedelta(hours=30))
    late = send(witness, token=form).content.decode()
    assert "We have this report already" in late
    assert code not in late
    assert Report.objects.get().body.open() == "The bridge fell at noon."
    assert not Attachment.objects.exists()


def test_too_fast_is_told_and_the_next_click_counts(
    witness: Client, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "TYPING_TAKES", timedelta(seconds=3))
    clock(NOON)
    form = token(witness)
    clock(NOON + timedelta(seconds=2))
    page = send(witness, token=form, files=photo()).content.decode()
    assert "faster than a person can type" in page
    assert "The bridge fell at noon." in page
    clock(NOON + timedelta(seconds=4))
    assert receipt_of(send(witness, token=hidden(page, "token")))
    assert Report.objects.get().attachments.count() == 1


@pytest.mark.parametrize("case", ["old", "forged", "missing", "of another form"])
def test_a_token_that_does_not_stand_costs_the_witness_nothing(witness: Client, clock: Clock, case: str) -> None:
    clock(NOON)
    form = token(witness)
    if case == "of another form":
        IntakeForm.objects.create(slug="storm", title="The storm")
        form = token(witness, "/report/storm/")
    clock(NOON + timedelta(hours=25 if case == "old" else 1))
    answer = send(witness, token={"forged": form[:-1], "missing": ""}.get(case, form), files=photo("kept.jpg"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This was not sent yet" in page
    assert "The bridge fell at noon." in page
    assert "kept.jpg" in page
    assert receipt_of(send(witness, token=hidden(page, "token")))
    assert [file.display_name.open() for file in Report.objects.get().attachments.all()] == ["kept.jpg"]


def test_a_program_that_fills_the_hidden_field_gets_its_receipt_and_is_marked(witness: Client) -> None:
    assert receipt_of(send(witness, website="https://pills.example"))
    assert Report.objects.get().state == ReportState.SPAM


def test_a_flood_is_answered_with_words_and_the_filled_form(
    witness: Client, own_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(pages._LIMITS, "citizen_reports.send", ((2, timedelta(hours=1)),))
    for _ in range(2):
        receipt_of(send(witness))
    answer = send(witness, body="A third thing happened.", files=photo())
    assert (answer.status_code, answer["Retry-After"]) == (429, "120")
    assert "Please wait a few minutes" in answer.content.decode()
    assert "A third thing happened." in answer.content.decode()
    assert Report.objects.count() == 2
    assert not stored(own_data)
    elsewhere = Client(REMOTE_ADDR="198.51.100.7")
    assert receipt_of(send(elsewhere, token=hidden(answer.content.decode(), "token")))


def test_guesses_are_limited_and_answered_all_alike(
    witness: Client, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock(NOON)
    codes = [receipt_of(send(witness)) for _ in range(2)]
    Report.objects.filter(receipt_lookup=intake.receipts.lookup_of(codes[0])).update(purged_at=NOON)
    Report.objects.filter(receipt_lookup=intake.receipts.lookup_of(codes[1])).update(expires_at=NOON)
    answers = [come_back(witness, typed) for typed in (*codes, "0000-0000-0000-0000-0", "", "٣" * 300)]
    assert {answer.status_code for answer in answers} == {422}
    assert len({answer.content for answer in answers}) == 1
    assert b"There is no report under this receipt." in answers[0].content

    monkeypatch.setitem(pages._LIMITS, "citizen_reports.receipt", ((1, timedelta(hours=1)),))
    clock(NOON + timedelta(hours=2))
    assert [come_back(witness, "0000").status_code for _ in range(2)] == [422, 429]


def test_the_receipt_is_on_no_page_but_the_confirmation(witness: Client) -> None:
    code = receipt_of(send(witness))
    page = come_back(witness, code).content.decode()
    after = wrote(witness, hidden(page, "visit"), body="More.").content.decode()
    for shown in (page, after):
        assert code not in shown
        assert str(Report.objects.get().pk) not in shown


def test_a_message_is_sent_once_and_an_empty_one_not_at_all(witness: Client) -> None:
    visit = hidden(come_back(witness, receipt_of(send(witness))).content.decode(), "visit")
    empty = wrote(witness, visit)
    assert empty.status_code == 422
    assert "Please write something, or choose a file." in empty.content.decode()
    for _ in range(2):
        page = wrote(witness, hidden(empty.content.decode(), "visit"), body="It was two o'clock.").content.decode()
        assert "Your message has reached the newsroom." in page
    assert [message.body.open() for message in Message.objects.all()] == ["It was two o'clock."]


def test_files_of_a_message_that_came_back_with_an_error_wait(witness: Client) -> None:
    visit = hidden(come_back(witness, receipt_of(send(witness))).content.decode(), "visit")
    answer = wrote(witness, visit, body="x" * 50_001, files=photo("late.jpg"))
    assert answer.status_code == 422
    assert "late.jpg" in answer.content.decode()
    wrote(witness, visit, body="Shorter.")
    assert [file.display_name.open() for file in Message.objects.get().attachments.all()] == ["late.jpg"]


def test_a_visit_ends_after_half_an_hour_and_keeps_what_was_typed(witness: Client, clock: Clock) -> None:
    clock(NOON)
    code = receipt_of(send(witness, publish_text="on"))
    visit = hidden(come_back(witness, code).content.decode(), "visit")
    clock(NOON + timedelta(minutes=31))
    page = wrote(witness, visit, body="Typed\nslowly").content.decode()
    assert "this page closed after 30 minutes" in page
    page = witness.post("/report/receipt/", {"receipt": code, "unsent": hidden(page, "unsent")}).content.decode()
    assert "Typed\nslowly</textarea>" in page
    assert witness.post(WITHDRAW, {"visit": visit}).status_code == 422
    assert (Message.objects.count(), Consent.objects.get().withdrawn_at) == (0, None)


def test_a_witness_withdraws_permission_and_has_contact_data_deleted(witness: Client) -> None:
    code = receipt_of(
        send(witness, exposure="named", name="Amal Haddad", credit="full", publish_text="on", publish_media="on")
    )
    page = come_back(witness, code).content.decode()
    page = witness.post(FORGET, {"visit": hidden(page, "visit")}).content.decode()
    assert "Your name and contact data are deleted." in page
    assert "Delete my data" not in page
    assert not WitnessIdentity.objects.exists()
    page = witness.post(WITHDRAW, {"visit": hidden(page, "visit")}).content.decode()
    assert "Your permission to publish is withdrawn." in page
    assert "Withdraw my permission" not in page
    assert not Consent.objects.filter(withdrawn_at=None).exists()


def test_a_report_called_spam_looks_like_any_other_to_who_sent_it(witness: Client) -> None:
    code = receipt_of(send(witness))
    shown = []
    for state in (ReportState.UNSCREENED, ReportState.SPAM, ReportState.HELD):
        Report.objects.update(state=state)
        shown.append("Your report is with the newsroom." in come_back(witness, code).content.decode())
    assert shown == [True, True, True]


def test_forms_that_are_open_are_listed_and_a_closed_one_takes_what_was_begun(witness: Client) -> None:
    form = token(witness)
    IntakeForm.objects.create(slug="storm", title="The storm", intro="What did the wind take?")
    listed = witness.get("/report/?story=7").content.decode()
    assert 'href="/report/storm/?lang=en&amp;story=7">The storm</a>' in listed
    assert "Tell us what you saw" in listed
    IntakeForm.objects.update(is_open=False)
    assert witness.get("/report/witness/").status_code == 404
    assert "No form is open just now." in witness.get("/report/").content.decode()
    assert receipt_of(send(witness, token=form))


def test_the_pages_speak_the_paper_s_languages_and_no_other(witness: Client) -> None:
    arabic = witness.get("/report/?lang=ar").content.decode()
    assert '<html lang="ar" dir="rtl">' in arabic
    assert 'action="/report/witness/?lang=ar"' in arabic
    assert '<html lang="en" dir="ltr">' in witness.get("/report/?lang=de").content.decode()
    make.site(further_languages=[])
    assert '<html lang="en" dir="ltr">' in witness.get("/report/?lang=ar").content.decode()
    send(witness, address="/report/witness/?lang=fr")
    assert Report.objects.get().language == "en"


def test_a_story_leads_to_the_form_and_an_unpublished_one_is_not_named(witness: Client) -> None:
    story = make.story("Ferry resumes")
    (link,) = [link for link in reader_links("fr", story) if link.url.startswith("/report/")]
    assert link.url == f"/report/?lang=fr&story={story.pk}"
    assert "Ferry resumes" in witness.get(link.url).content.decode()
    draft = make.draft("Secret headline")
    page = witness.get(f"/report/?story={draft.pk}").content.decode()
    assert "Secret headline" not in page
    assert 'name="story"' not in page
    for odd in ("x", "-1", "9" * 40, "٣"):
        assert 'name="story"' not in witness.get("/report/", {"story": odd}).content.decode()


def test_the_last_word_on_one_s_data_is_answered_in_the_witness_s_language(witness: Client) -> None:
    answer = send(witness, publish_text="on", exposure="confidential", name="Somebody")
    visit = hidden(come_back(witness, receipt_of(answer)).content.decode(), "visit")
    for address, english in ((WITHDRAW, "Your permission"), (FORGET, "Your name")):
        page = witness.post(f"{address}?lang=fr", {"visit": visit}).content.decode()
        assert '<p class="done" role="status">' in page
        assert english not in page


def test_a_phone_that_opens_its_pages_anew_leads_to_the_receipt_in_the_same_language(witness: Client) -> None:
    for address in (WRITE, WITHDRAW, FORGET):
        assert witness.get(f"{address}?lang=fr").headers["Location"] == "/report/receipt/?lang=fr"
        assert witness.get(address).headers["Location"] == "/report/receipt/"


def test_a_whole_gallery_is_too_many_files_and_costs_no_word(witness: Client) -> None:
    files = [photo(f"{number}.jpg", colour=f"hsl({number * 3}, 100%, 50%)") for number in range(120)]
    answer = send(witness, files=files, body="What I saw from the quay.")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "What I saw from the quay." in page
    assert page.count("is one file too many.") == 110
    assert Attachment.objects.count() == 10


def test_a_database_that_takes_nothing_costs_no_word(witness: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    receipt = receipt_of(send(witness))
    visit = hidden(come_back(witness, receipt).content.decode(), "visit")

    def locked(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("database is locked")

    for verb in ("receive", "write_again"):
        monkeypatch.setattr(intake, verb, locked)
    answer = send(witness, body="What I saw from the quay.")
    assert (answer.status_code, "What I saw from the quay." in answer.content.decode()) == (503, True)
    answer = wrote(witness, visit, body="And from the bridge.")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "120")
    monkeypatch.undo()
    page = witness.post("/report/receipt/", {"receipt": receipt, "unsent": hidden(answer.content.decode(), "unsent")})
    assert "And from the bridge." in page.content.decode()
    assert Report.objects.count() == 1


def test_a_disk_that_fills_up_meanwhile_costs_the_file_alone(
    witness: Client, own_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any) -> None:
        raise OSError(ENOSPC, "No space left on device")

    for step in ("write", "finish"):
        with monkeypatch.context() as broken:
            broken.setattr(quarantine.SealedFile, step, full)
            page = send(witness, files=photo()).content.decode()
        assert "Your report has reached the newsroom." in page
        assert "we have no room for files just now" in page
    assert (Report.objects.count(), Attachment.objects.count(), stored(own_data)) == (2, 0, [])
