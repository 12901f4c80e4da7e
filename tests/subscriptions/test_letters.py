"""From the editor's tick to the letter in a reader's box: what it says, who gets it, and that nobody gets it twice."""

from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models.audit import AuditRow
from articles import actions
from articles.models.published import PublishedArticle
from subscriptions import addressing, ledger, links, mime, people, shells
from subscriptions.models.letters import Delivery, Edition
from subscriptions.models.people import Subscriber, Subscription, Suppression
from subscriptions.receivers import ALERT
from tests import make
from tests.subscriptions.readers import alert, mailed, outcomes, parsed, part, publish, reader, topic_of, work

pytestmark = pytest.mark.usefixtures("paper")


def test_the_letter_tells_the_story_and_carries_what_mailboxes_ask_for(editor):
    make.site(telegram_url="https://t.me/harbourpost")
    subscriber = reader("Ada.Brook@Post.example")
    edition = alert(
        "Storm tears open the harbour wall",
        actor=editor,
        standfirst="Two ferries are missing.",
        body='<p>The wall broke at four.</p><p>See <a href="/news/">more</a>.</p>',
        bylines=["Ines Qadir"],
    )
    assert work() == 2

    (letter,) = mailed()
    assert letter["Subject"] == "Storm tears open the harbour wall"
    assert letter["To"] == "Ada.Brook@post.example"
    assert letter["From"] == "The Harbour Post <newsroom@127.0.0.1>"
    assert letter["List-Id"] == '"The Harbour Post" <all.127.0.0.1>'
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    assert letter["Message-ID"] == edition.deliveries.get().message_id
    assert abs(parsedate_to_datetime(letter["Date"]) - timezone.now()) < timedelta(minutes=1)
    leave = letter["List-Unsubscribe"].strip("<>")
    assert leave.startswith("http://127.0.0.1:8000/subscribe/leave/")
    link = links.read(leave.split("/")[-2], links.Purpose.LEAVE)
    assert link == (subscriber, edition.pk)

    story = PublishedArticle.objects.get()
    for kind in ("html", "plain"):
        text = part(letter, kind)
        for words in ("Storm tears open", "Two ferries", "broke at four", "Ines Qadir", "t.me/harbourpost", story.path):
            assert words in text
        assert leave in text
        assert "/subscribe/manage/" in text
        assert shells.LEAVE not in text and shells.MANAGE not in text
    assert 'href="http://127.0.0.1:8000/news/"' in part(letter, "html")
    edition.refresh_from_db()
    assert (edition.state, edition.audience, edition.sent, edition.created_by) == ("done", 1, 1, editor)
    assert AuditRow.objects.get(verb="alerted subscribers").actor == editor


def test_a_letter_in_arabic_is_arabic_from_subject_to_foot():
    make.site(wording={"ar": {"name": "بريد الميناء"}})
    reader(language="ar")
    alert("العاصفة تضرب الميناء", language="ar", body="<p>انهار الجدار في الرابعة.</p>" * 30)
    work()
    (letter,) = mailed()
    assert letter["Subject"] == "العاصفة تضرب الميناء"
    assert letter["From"].addresses[0].display_name == "بريد الميناء"
    assert '<html lang="ar" dir="rtl">' in part(letter, "html")
    assert part(letter, "plain").count("انهار الجدار في الرابعة.") == 30


@pytest.mark.parametrize(
    "paragraph",
    ["a" * 3000, "ü" * 3000, ".\n..\n.", "trailing \t \n spaces ", "=3D equal = signs =", "–– dash – soft ­ hyphen"],
)
def test_every_byte_of_a_letter_is_mail_that_any_server_passes_on(paragraph):
    subscriber = reader()
    edition = Edition(pk=7, subject="Ä subject, " + "long " * 40 + "ünd ended")
    edition.text = f"{paragraph}\n{shells.LEAVE}\nmore {shells.MANAGE} and {shells.LEAVE}."
    edition.html = f'<p>{paragraph}</p><a href="https://x.example/{shells.LEAVE}/">x</a>'
    raw = mime.shell_of(edition, from_name='A "quoted" \\ name').letter(
        Delivery(pk=9, edition=edition, address="a@b.example"), subscriber, at=timezone.now()
    )
    assert raw.isascii()
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    head, _, body = raw.partition(b"\r\n\r\n")
    assert max(map(len, body.split(b"\r\n"))) <= 76
    assert max(map(len, head.split(b"\r\n"))) <= 200

    letter = parsed(raw)
    assert not letter.defects and letter["Subject"] == edition.subject
    assert letter["From"].addresses[0].display_name == 'A "quoted" \\ name'
    leave = letter["List-Unsubscribe"].strip("<>").split("/")[-2]
    manage = links.make(links.Purpose.MANAGE, subscriber)
    assert part(letter, "plain").rstrip("\n") == shells.filled(edition.text, leave=leave, manage=manage).rstrip("\n")
    assert part(letter, "html").rstrip("\n") == shells.filled(edition.html, leave=leave, manage=manage)


def test_a_very_long_story_is_cut_between_paragraphs_and_stays_below_what_mailboxes_show():
    reader()
    alert(body="".join(f"<p>Paragraph {number}: {'word ' * 60}</p>" for number in range(1000)))
    work()
    html = part(mailed()[0], "html")
    assert 80_000 < len(html.encode()) < 102_000
    assert "Read on" in html
    assert html.count("<p>Paragraph") == html.count("word </p>") or html.count("<p>Paragraph") == html.count("word</p>")


@pytest.mark.parametrize(
    ("letters", "block"),
    [
        ("en", "<table><tbody>" + "<tr><td>12</td><td>7</td><td>3</td></tr>" * 20 + "</tbody></table>"),
        ("ar", "<h3>Eight</h3><ul>" + "<li><a href='https://x.example/'>a</a></li>" * 9 + "</ul>"),
    ],
)  # fmt: skip
def test_a_letter_of_small_pieces_is_cut_by_what_it_comes_to_with_its_style(letters, block):
    """Each cell and each link carries its own style in a letter."""
    filling = "كلمة " * 8 if letters == "ar" else "word " * 8
    story = make.story(body="".join(f"<p>{number} {filling}</p>{block}" for number in range(120)), language=letters)
    letter = shells.breaking(story)
    assert 60_000 < len(letter.html.encode()) < 102_000
    assert letter.html.count("</table>") == letter.html.count("<table") and "119 " not in letter.html


def test_the_beginning_of_a_body_is_whole_blocks_and_at_least_one():
    html = "<p>one</p><blockquote><p>two</p><p>three</p></blockquote><hr><p>four</p>"
    assert shells.beginning(html, 1000) == (html, True)
    assert shells.beginning(html, 60) == ("<p>one</p><blockquote><p>two</p><p>three</p></blockquote>", False)
    assert shells.beginning(html, 12) == ("<p>one</p>", False)
    assert shells.beginning(html, 1) == ("<p>one</p>", False)


def test_readers_of_the_paper_the_section_and_the_section_above_get_it_once_each():
    news = make.section("News")
    europe = make.section("Europe", parent=news, in_menu=False)
    sport = make.section("Sport")
    both = reader("both@x.example", topic_of(), topic_of(news), topic_of(europe))
    reader("above@x.example", topic_of(news))
    reader("part@x.example", topic_of(europe))
    reader("sport@x.example", topic_of(sport))
    reader("french@x.example", topic_of(), language="fr")
    people.signup("pending@x.example", [topic_of()], language="en", time_zone="UTC")
    left = reader("left@x.example", topic_of(europe))
    people.leave(left)
    edition = alert(section=europe)
    work()
    assert sorted(letter["To"] for letter in mailed()) == ["above@x.example", "both@x.example", "part@x.example"]
    assert edition.deliveries.filter(subscriber=both).count() == 1


def test_suppressed_readers_are_counted_and_never_addressed():
    reader("kept@x.example")
    reader("barred@x.example")
    people.suppress("BARRED@x.example", actor=None)
    Subscriber.objects.update(state=Subscriber.State.ACTIVE)  # even if the subscriber's own row should say otherwise
    edition = alert()
    work()
    edition.refresh_from_db()
    assert [letter["To"] for letter in mailed()] == ["kept@x.example"]
    assert (edition.audience, edition.excluded, edition.sent, edition.state) == (2, 1, 1, "done")
    assert ledger.account(edition).balances


def test_who_leaves_is_suppressed_or_is_forgotten_after_addressing_gets_nothing():
    stays, leaves, barred, erased = (reader(f"{name}@x.example") for name in ("stays", "leaves", "barred", "erased"))
    edition = alert()
    addressing.prepare("tests")
    people.leave(leaves)
    people.suppress(barred.email, actor=None)
    people.erase(erased)
    work()
    assert [letter["To"] for letter in mailed()] == [stays.email]
    edition.refresh_from_db()
    assert outcomes(edition) == {"sent": 1, "skipped": 3}
    assert (edition.audience, edition.sent, edition.skipped, edition.state) == (4, 1, 3, "done")


def test_an_address_barred_after_addressing_gets_nothing_whatever_its_subscriber_s_state():
    barred = reader()
    edition = alert()
    addressing.prepare("tests")
    Suppression.objects.create(address_hash=barred.address_hash, reason=Suppression.Reason.COMPLAINT)
    work()
    assert (mailed(), outcomes(edition)) == ([], {"skipped": 1})


def test_a_story_has_one_breaking_letter_however_often_it_is_published(editor):
    reader()
    published = publish("The wall broke", actor=editor)
    actions.withdraw(published.pk, actor=editor)
    actions.publish(published.pk, actor=editor, options={ALERT: True})
    work()
    assert Edition.objects.count() == 1


def test_without_the_tick_nothing_is_written():
    reader()
    make.story("Quietly published")
    assert not Edition.objects.exists()


@pytest.mark.parametrize("verb", ["withdraw", "kill"])
def test_a_story_taken_back_goes_to_nobody_any_more(verb, chief):
    reader("one@x.example")
    edition = alert()
    addressing.prepare("tests")
    if verb == "kill":
        actions.kill(edition.article_number, actor=chief, notice="We were wrong.")
    else:
        actions.withdraw(edition.article_number, actor=chief)
    work()
    edition.refresh_from_db()
    assert (edition.state, edition.skipped, mailed()) == ("cancelled", 1, [])
    assert edition.deliveries.get().reason == "cancelled"


def test_publication_and_letter_stand_or_fall_together():
    from articles import signals

    def fail(**kwargs):
        raise RuntimeError

    article = make.draft()
    signals.article_published.connect(fail, weak=False)
    try:
        with pytest.raises(RuntimeError):
            actions.publish(article.pk, actor=None, options={ALERT: True})
    finally:
        signals.article_published.disconnect(fail)
    assert not Edition.objects.exists()
    assert not PublishedArticle.objects.exists()


def test_publishing_leaves_the_editors_language_alone():
    from django.utils import translation

    with translation.override("fr"):
        alert(language="ar")
        assert translation.get_language() == "fr"


def test_addressing_a_thousand_readers_takes_as_many_queries_as_addressing_one():
    def cost() -> int:
        edition = alert()
        with CaptureQueriesContext(connection) as queries:
            addressing.prepare("tests")
        edition.refresh_from_db()
        assert edition.audience == Subscriber.objects.count()
        return len(queries)

    reader()
    one = cost()
    topic = topic_of()
    many = Subscriber.objects.bulk_create(
        Subscriber(email=f"r{n}@x.example", email_norm=f"r{n}@x.example", address_hash=f"{n}", state="active")
        for n in range(999)
    )
    Subscription.objects.bulk_create(Subscription(subscriber=each, topic=topic, state="active") for each in many)
    assert cost() == one <= 20


def test_an_edition_without_readers_is_done_at_once():
    edition = alert()
    work()
    edition.refresh_from_db()
    assert (edition.state, edition.audience) == ("done", 0)
