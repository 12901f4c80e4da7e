"""Letters by the desk: written, tried, approved by a second person, sent at the time that was set, read on the site."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Notice
from accounts.models.audit import AuditRow
from accounts.roles import Role, permissions_of
from articles import actions
from subscriptions import addressing, exchanging, ledger, manual
from subscriptions import desk as letters_desk
from subscriptions.models.letters import Delivery, Edition, Newsletter
from subscriptions.models.manual import ManualLetter
from tests import make
from tests.subscriptions.readers import mailed, outcomes, part, reader, topic_of, work

pytestmark = pytest.mark.usefixtures("paper")
LETTERS = "/admin/subscriptions/manualletter/"


@pytest.fixture
def newsletter(paper) -> Newsletter:
    made = Newsletter.objects.create(name="The Friday letter", slug="friday", kind="manual", is_public=True)
    made.topics.set([topic_of()])
    return made


@pytest.fixture
def desk(editor, signed_in) -> Client:
    return signed_in(editor)


def typed(newsletter: Newsletter, *stories: int, **fields: object) -> dict[str, object]:
    return {
        "newsletter": newsletter.pk, "language": "en", "subject": "What the week brought", "preheader": "Read on",
        "intro": "Good *morning*.\nSee [our page](/about/) or <b>not</b>.", "closing": "See you on Friday.",
        "due_at_date": "", "due_at_time": "", "span_minutes": "0", "story": [str(each) for each in stories], **fields,
    }  # fmt: skip


def written(newsletter: Newsletter, *stories: int, actor=None, **fields: object) -> ManualLetter:
    values = {"subject": "What the week brought", "intro": "Good morning.", "stories": list(stories), **fields}
    letter = ManualLetter(newsletter=newsletter, language="en")
    return manual.write(letter, actor=actor, version=0, values=values)


def page(letter: ManualLetter, *more: str) -> str:
    return f"{LETTERS}{letter.pk}/{'/'.join(more) or 'change'}/"


def words(html: bytes) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.decode()).split())


def test_from_the_form_to_the_readers_mailbox_and_the_page_on_the_site(desk, editor, client, newsletter):
    reader("ada@x.example")
    reader("french@x.example", language="fr")
    first, second = make.story("Ferry returns"), make.story("Mayor resigns", standfirst="After nine years.")
    looked = desk.post(f"{LETTERS}add/", {**typed(newsletter, second.pk, first.pk), "_look": "1"}, follow=True)
    letter = ManualLetter.objects.get()
    assert (letter.state, looked.redirect_chain) == ("draft", [(page(letter, "preview"), 303)])
    assert "At once Readers 1 reader would get it now. Send it to all of them now" in words(looked.content)
    for said in ("It goes out now.", "Somebody else has changed this letter meanwhile, so nothing was done."):  # twice
        pressed = desk.post(page(letter), {"_decide": "1", "version": "1"}, follow=True)
        assert said in words(pressed.content)
    letter.refresh_from_db()
    edition = letter.edition
    assert (letter.state, edition.state, edition.created_by) == ("decided", "scheduled", editor)
    assert AuditRow.objects.filter(verb="letter decided", actor=editor).exists()
    work()
    (sent,) = mailed()
    assert (sent["To"], sent["Subject"]) == ("ada@x.example", "What the week brought")
    assert sent["List-Id"].endswith(f"<letter-{newsletter.pk}.127.0.0.1>")
    html, text = part(sent, "html"), part(sent, "plain")
    assert html.index("Mayor resigns") < html.index("Ferry returns") < html.index("See you on Friday.")
    assert "<strong>morning</strong>" in html and "&lt;b&gt;not&lt;/b&gt;" in html
    assert "After nine years." in text and "http://127.0.0.1:8000" + first.path in text
    assert "Read on" in html  # the preheader
    assert not re.findall(r'(?:src|background)="(?!http://127\.0\.0\.1:8000/)', html)

    edition.refresh_from_db()
    assert edition.state == "done"
    listed = client.get("/letters/")
    address = f"/letters/friday/{edition.edition_key}/"
    assert address in listed.content.decode()
    shown = client.get(address)
    assert f"article:{first.pk}" in shown.headers["Surrogate-Key"].split()
    assert "letters:en" in shown.headers["Surrogate-Key"].split()
    assert "What the week brought" in words(shown.content) and "Mayor resigns" in words(shown.content)
    assert address not in client.get("/fr/letters/").content.decode()
    actions.withdraw(second.pk, actor=make.user(Role.CHIEF))
    assert "Mayor resigns" not in words(client.get(address).content)
    Newsletter.objects.update(is_public=False)
    assert client.get(address).status_code == 404
    assert address not in client.get("/letters/").content.decode()


def test_nothing_typed_is_lost_and_a_second_person_is_told(desk, newsletter, editor):
    letter = written(newsletter, actor=editor)
    data = {**typed(newsletter, subject="Mine"), "version": str(letter.version), "_save": "1"}
    manual.write(ManualLetter.objects.get(), actor=None, version=letter.version, values={"subject": "Theirs"})
    answer = desk.post(page(letter), data)
    assert answer.status_code == 200
    assert 'value="Mine"' in answer.content.decode() and "meanwhile" in words(answer.content)
    assert ManualLetter.objects.get().subject == "Theirs"
    assert desk.post(page(letter), {**data, "_over": "1"}).status_code == 303
    assert ManualLetter.objects.get().subject == "Mine"

    answer = desk.post(
        f"{LETTERS}add/", {**typed(newsletter, due_at_date="2026-13-01", due_at_time="10:00"), "_save": "1"}
    )
    assert "What the week brought" in answer.content.decode() and "errorlist" in answer.content.decode()
    assert ManualLetter.objects.count() == 1


def test_stories_are_found_added_and_arranged_by_buttons_alone(desk, newsletter):
    one, two, three = (make.story(f"{name} story") for name in ("First", "Second", "Third"))
    data = typed(newsletter, one.pk, two.pk)

    def order(answer) -> list[int]:
        return [int(each) for each in re.findall(r'name="story" value="(\d+)"', answer.content.decode())]

    found = desk.post(f"{LETTERS}add/", {**data, "find": "third story", "_find": "1"})
    assert f'name="_add" value="{three.pk}"' in found.content.decode()
    assert order(desk.post(f"{LETTERS}add/", {**data, "_add": str(three.pk)})) == [one.pk, two.pk, three.pk]
    assert order(desk.post(f"{LETTERS}add/", {**data, "_move": f"up:{two.pk}"})) == [two.pk, one.pk]
    assert order(desk.post(f"{LETTERS}add/", {**data, "_move": f"down:{two.pk}"})) == [one.pk, two.pk]
    removed = desk.post(f"{LETTERS}add/", {**data, "_move": f"remove:{one.pk}"})
    assert order(removed) == [two.pk]
    assert 'value="What the week brought"' in removed.content.decode()
    assert not ManualLetter.objects.exists()


def test_where_two_must_agree_its_writer_cannot_send_it_alone(desk, editor, signed_in, newsletter):
    Newsletter.objects.update(needs_approval=True)
    reader()
    letter = written(newsletter, actor=editor)
    looked = desk.post(page(letter), {**typed(newsletter), "version": "1", "_look": "1"}, follow=True)
    assert "_decide" not in looked.content.decode()
    desk.post(page(letter), {"_decide": "1", "version": "2"})
    assert not Edition.objects.exists()
    desk.post(page(letter), {**typed(newsletter), "version": "2", "_ask": "1"})
    letter.refresh_from_db()
    assert letter.state == "waiting"
    assert "Approve and send off" not in words(desk.get(page(letter)).content)
    desk.post(page(letter), {"_decide": "1", "version": "3"})
    assert not Edition.objects.exists()
    second = make.user(Role.EDITOR)
    other = signed_in(second)
    assert "Approve and send off" in words(other.get(page(letter)).content)
    other.post(page(letter), {"_decide": "1", "version": "3"})
    assert Edition.objects.get().created_by == second
    work()
    assert len(mailed()) == 1


def test_nobody_approves_words_that_they_have_not_seen(desk, editor, signed_in, newsletter):
    Newsletter.objects.update(needs_approval=True)
    letter = written(newsletter, actor=editor)
    manual.ask(letter, actor=editor, version=letter.version)
    other = signed_in(make.user(Role.EDITOR))

    def button() -> dict[str, str]:
        (version,) = re.findall(r'name="version" value="(\d+)"', other.get(page(letter)).content.decode())
        return {"_decide": "1", "version": version}

    stale = button()
    manual.take_back(letter, actor=editor)
    manual.write(letter, actor=editor, version=letter.version, values={"intro": "Something else."})
    manual.ask(letter, actor=editor, version=letter.version)
    for posted in (stale, {"_decide": "1"}):
        assert "meanwhile" in words(other.post(page(letter), posted, follow=True).content)
        assert not Edition.objects.exists()
    other.post(page(letter), button())
    assert "Something else." in Edition.objects.get().text


def test_a_letter_on_the_clock_can_be_taken_back_until_it_goes_out(desk, editor, newsletter):
    reader()
    due = timezone.now() + timedelta(hours=2)
    letter = written(newsletter, actor=editor, due_at=due)
    edition = manual.decide(letter, actor=editor, version=letter.version)
    assert (edition.due_at, edition.not_after) == (due, due + timedelta(hours=newsletter.not_after_hours))
    work()
    assert mailed() == []
    desk.post(page(letter, "do", "take-back"))
    letter.refresh_from_db()
    assert (letter.state, letter.edition, Edition.objects.count()) == ("draft", None, 0)
    manual.write(letter, actor=editor, version=letter.version, values={"due_at": None})
    manual.decide(letter, actor=editor, version=letter.version)
    work()
    assert len(mailed()) == 1
    desk.post(page(letter, "do", "take-back"))
    letter.refresh_from_db()
    assert letter.state == "decided" and Edition.objects.count() == 1


def test_a_story_taken_off_while_a_letter_goes_out_is_in_no_letter_that_follows(newsletter, chief):
    for _number in range(3):
        reader()
    gone, stays = make.story("Gone story"), make.story("Staying story")
    letter = written(newsletter, gone.pk, stays.pk)
    edition = manual.decide(letter, actor=None, version=letter.version)
    addressing.prepare("w")
    edition.refresh_from_db()
    held = ledger.claim(edition, worker="w", limit=1)  # a worker that has the letter as it was
    actions.withdraw(gone.pk, actor=chief)
    assert not exchanging.exchange([], [held[0].pk], worker="w")
    ledger.put_back(held[0], worker="w")
    work()
    assert len(mailed()) == 3
    for sent in mailed():
        assert "Gone story" not in part(sent, "html") + part(sent, "plain")
        assert "Staying story" in part(sent, "html")


def test_a_letter_on_the_clock_shows_its_stories_as_they_are_now(newsletter, editor):
    reader()
    story = make.story("Six boats are missing")
    letter = written(newsletter, story.pk)
    manual.decide(letter, actor=None, version=letter.version)
    actions.save(story.pk, actor=editor, content={"headline": "Nine boats are missing"})
    actions.update(story.pk, actor=editor)
    work()
    (sent,) = mailed()
    for kind in ("html", "plain"):
        assert "Nine boats are missing" in part(sent, kind) and "Six boats" not in part(sent, kind)


@pytest.mark.parametrize("is_addressed", [False, True])
def test_a_letter_of_which_nothing_is_left_goes_to_nobody(is_addressed, newsletter, editor, chief):
    reader()
    story = make.story("Gone story")
    letter = written(newsletter, story.pk, actor=editor, intro="", subject="Gone story")
    edition = manual.decide(letter, actor=None, version=letter.version)
    if is_addressed:
        addressing.prepare("w")
    actions.withdraw(story.pk, actor=chief)
    work()
    letter.refresh_from_db()
    assert mailed() == []
    told = Notice.objects.filter(text_id__startswith="The letter is empty", url=page(letter))
    assert {notice.user for notice in told} >= {editor, chief}
    if not is_addressed:
        assert (letter.state, letter.edition) == ("draft", None)
        return
    edition.refresh_from_db()
    assert (letter.state, edition.state) == ("decided", "paused")
    with pytest.raises(letters_desk.LetterProblem):
        letters_desk.resume(edition, actor=chief)
    actions.publish(story.pk, actor=chief)  # it has come back
    letters_desk.resume(edition, actor=chief)
    work()
    assert "Gone story" in part(mailed()[0], "plain")


def test_a_letter_is_spread_over_the_minutes_that_were_chosen(newsletter):
    for _number in range(6):
        reader()
    letter = written(newsletter, span_minutes=30)
    edition = manual.decide(letter, actor=None, version=letter.version)
    before = timezone.now()
    addressing.prepare("w")
    moments = sorted(edition.deliveries.values_list("due_at", flat=True))
    assert moments[0] >= before - timedelta(seconds=1)
    assert len(set(moments)) == 6 and moments[-1] - moments[0] < timedelta(minutes=30)
    assert edition.not_after >= moments[-1] + timedelta(hours=newsletter.not_after_hours) - timedelta(minutes=30)


def test_a_test_goes_to_oneself_and_the_preview_is_a_sandbox(desk, editor, newsletter):
    planted = make.draft("Planted unpublished words")
    letter = written(newsletter, make.story("Ferry returns").pk, planted.pk, actor=editor)
    assert desk.post(page(letter, "test")).status_code == 303
    (sent,) = mail.outbox
    assert sent.to == [editor.email] and sent.subject == "Test: What the week brought"
    assert "Ferry returns" in sent.body and "Planted" not in str(sent.message())
    shown = desk.get(page(letter, "preview")).content.decode()
    assert shown.count("<iframe") == shown.count(" sandbox ") == 2
    alone = desk.get(page(letter, "letter"))
    assert "sandbox" in alone.headers["Content-Security-Policy"]
    assert "Ferry returns" in alone.content.decode()
    assert not Edition.objects.exists() and not Delivery.objects.exists()


@pytest.mark.parametrize("role", Role)
def test_the_table_of_roles_decides(role, signed_in, newsletter):
    letter = written(newsletter)
    client, held = signed_in(make.user(role)), permissions_of(role)
    may_see = "subscriptions.view_manualletter" in held
    may_act = "subscriptions.change_manualletter" in held
    for address in (LETTERS, page(letter), page(letter, "preview"), page(letter, "letter")):
        assert client.get(address).status_code == (200 if may_see else 403), address
    assert client.post(page(letter, "test")).status_code == (303 if may_act else 403)
    sent = client.post(page(letter), {"version": "1", "_decide": "1"})
    assert sent.status_code == (303 if may_act else 403)
    assert client.post(page(letter, "do", "discard")).status_code == (303 if may_act else 403)
    assert client.get(page(letter, "test")).status_code == 405 if may_act else 403
    letter.refresh_from_db()
    assert (letter.state != "draft") == may_act
    chief = "subscriptions.change_newsletter" in held
    answer = client.post(f"/admin/subscriptions/newsletter/{newsletter.pk}/change/", {"name": "Taken"})
    assert answer.status_code == (200 if chief else 403)


def test_the_lists_cost_as_many_queries_for_three_as_for_one(desk, client, newsletter):
    def cost(address: str, visitor: Client) -> int:
        visitor.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert visitor.get(address).status_code == 200
        return len(queries)

    def send() -> ManualLetter:
        letter = written(newsletter, *[make.story().pk for _number in range(2)])
        manual.decide(letter, actor=None, version=letter.version)
        return letter

    reader()
    one_letter = send()
    work()
    alone = client.get("/letters/")
    assert "What the week brought" in alone.content.decode()
    before = [cost(LETTERS, desk), cost("/letters/", client)]
    send()
    send()
    work()
    assert outcomes(one_letter.edition) == {"sent": 1}
    assert [cost(LETTERS, desk), cost("/letters/", client)] == before
