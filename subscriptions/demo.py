"""The demo's newsletter: one that readers can choose by its name, with a letter that has gone out."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone

from subscriptions import manual, topics
from subscriptions.models.letters import Delivery, Edition, Newsletter
from subscriptions.models.manual import ManualLetter
from subscriptions.models.people import Subscription

SLUG = "harbour-letter"
_NEWSLETTER = {
    "name": "The Harbour Letter",
    "description": "Every Sunday from Port Serrana: what the week meant for families on both shores, and one good end.",
    "is_offered": True, "is_public": True, "from_name": "Nadia at The Far Shore", "not_after_hours": 24,
}  # fmt: skip
_LETTER = {
    "subject": "What the river took, and what a form gives back",
    "preheader": "Also: a flight home, twice a week",
    "intro": (
        "Good morning from Port Serrana.\n"
        "Many of you wrote this week to ask how to help in Gorembe. We have put what we know for certain first, and"
        " left out what we could not check.\n"
        "The queue at the consulate is gone; below is what to bring instead."
    ),
    "closing": "Write to me by answering this letter. I read all of them, on the tram.\n*Nadia*",
}
_STORIES = ("flood-toll-en", "passport-queue-en", "air-talouma-en")


def fill(numbers: dict[str, int], **_kwargs: Any) -> None:
    """Receives `articles.signals.demo_filled`."""
    newsletter, is_new = Newsletter.objects.get_or_create(slug=SLUG, defaults=_NEWSLETTER)
    if not is_new:
        return
    topics.keep_list(newsletter)
    letter = ManualLetter(newsletter=newsletter, language="en")
    stories = [numbers[key] for key in _STORIES if key in numbers]
    manual.write(letter, actor=None, version=1, values={**_LETTER, "stories": stories})
    edition = manual.decide(letter, actor=None, version=letter.version)
    now = timezone.now()  # nobody was there to get it
    Edition.objects.filter(pk=edition.pk).update(state=Edition.State.DONE, prepared_at=now, finished_at=now)


def take_out(**_kwargs: Any) -> None:
    """Receives `articles.signals.demo_taken_out`: what readers chose or got stays, and nobody is offered it now."""
    newsletters = Newsletter.objects.filter(slug=SLUG)
    newsletters.update(is_offered=False, is_public=False)
    chosen = Subscription.objects.filter(topic__newsletter=OuterRef("pk"))
    got = Delivery.objects.filter(edition__newsletter=OuterRef("pk"))
    for newsletter in newsletters.exclude(Exists(chosen) | Exists(got)):
        newsletter.letters.all().delete()
        newsletter.editions.all().delete()
        newsletter.delete()
