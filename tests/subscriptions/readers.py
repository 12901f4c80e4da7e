"""Builders for letters: readers, an edition, and what a letter says once it is a file."""

from datetime import timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from itertools import count
from pathlib import Path
from threading import Event

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from articles import actions
from articles.models.published import PublishedArticle
from subscriptions import manual, people, sending
from subscriptions.models.audience import AudienceImport
from subscriptions.models.letters import Edition, Newsletter
from subscriptions.models.manual import ManualLetter
from subscriptions.models.people import Subscriber, Topic
from subscriptions.models.push import PushRound
from subscriptions.receivers import ALERT
from subscriptions.topics import open_topics
from tests import make

_numbers = count(1)


def topic_of(section: object = None) -> Topic:
    """The whole paper's topic, or that of a section."""
    return next(topic for topic in open_topics() if topic.section == section)


def reader(email: str = "", *topics: Topic, language: str = "en") -> Subscriber:
    """Somebody who signed up and pressed the button in the mail."""
    email = email or f"reader{next(_numbers)}@mail.example"
    people.signup(email, topics or [topic_of()], language=language, time_zone="UTC")
    subscriber = Subscriber.objects.get(email__iexact=email)
    people.confirm(subscriber)
    subscriber.refresh_from_db()
    return subscriber


def alert(headline: str = "", *, actor: object = None, **content: object) -> Edition:
    """A story published with the tick *Alert subscribers*: its edition, not addressed yet."""
    published = publish(headline, actor=actor, **content)
    return Edition.objects.get(article_number=published.pk)


def publish(headline: str = "", *, actor: object = None, **content: object) -> PublishedArticle:
    return actions.publish(make.draft(headline, **content).pk, actor=actor, options={ALERT: True})


def work() -> int:
    """Turns of the worker until nothing is due."""
    done = 0
    while some := sending.turn("tests", Event()):
        done += some
    return done


def parsed(letter: bytes) -> EmailMessage:
    return BytesParser(policy=policy.default).parsebytes(letter)


def mailed() -> list[EmailMessage]:
    """The letters that went to files."""
    return [parsed(file.read_bytes()) for file in sorted(Path(settings.MAIL_OUT_DIR).glob("*.eml"))]


def part(letter: EmailMessage, kind: str) -> str:
    return letter.get_body((kind,)).get_content().replace("\r\n", "\n")


def outcomes(edition: Edition) -> dict[str, int]:
    found: dict[str, int] = {}
    for state in edition.deliveries.values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def notice_to_devices() -> PushRound:
    """A notice that nobody has been addressed with yet."""
    values = {"headline": "The wall broke", "language": "en", "message": "{}"}
    return PushRound.objects.create(article_number=1, not_after=timezone.now() + timedelta(hours=2), **values)


def brought(actor: User) -> AudienceImport:
    """A list of readers that somebody brought."""
    values = {"file": "0" * 32, "name": "list.csv", "language": "en", "time_zone": "UTC", "has_agreed": False}
    return AudienceImport.objects.create(created_by=actor, **values)


def letter_by_the_desk() -> ManualLetter:
    """Being written, for readers of the whole paper."""
    newsletter = Newsletter.objects.create(name="The Friday letter", slug="friday-letter")
    newsletter.topics.set([topic_of()])
    return ManualLetter.objects.create(newsletter=newsletter, language="en", subject="Hello", intro="Good morning.")


def gone_out(language: str) -> Edition:
    """A letter by the desk with the newest story of that edition, done, to be read on the site."""
    newsletter, _new = Newsletter.objects.get_or_create(slug="friday", defaults={"name": "The Friday letter"})
    Newsletter.objects.filter(pk=newsletter.pk).update(is_public=True)
    newest = list(PublishedArticle.objects.filter(language=language).newest_first().values_list("pk", flat=True)[:2])
    words = {"subject": "What the week brought", "intro": "Good *morning*.", "closing": "See you.", "stories": newest}
    letter = ManualLetter.objects.create(newsletter=newsletter, language=language, **words)
    newsletter.topics.set([topic_of()])
    edition = manual.decide(letter, actor=None, version=letter.version)
    Edition.objects.filter(pk=edition.pk).update(state=Edition.State.DONE)
    return edition
