"""More on a story, for those who follow it: a tick beside the button that publishes changes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, gettext_noop

from accounts.models import User
from accounts.models.audit import record
from articles import signals
from articles.models.published import PublishedArticle
from articles.registry import PublishOption
from subscriptions import newsletters, people, shells
from subscriptions.models.letters import Edition, Newsletter
from subscriptions.models.people import Subscriber, Topic

TELL = "tell_followers"


def is_offered(user: User, number: int | None) -> bool:
    """For who may alert subscribers, on a live story that somebody follows."""
    if number is None or not user.has_perm("subscriptions.alert_subscribers"):
        return False
    if not PublishedArticle.objects.filter(pk=number).exists():
        return False
    return people.followers_of(number).filter(state=Subscriber.State.ACTIVE).exists()


def help_text() -> str:
    """What the tick does."""
    return gettext("Whoever follows it gets the story as it is then by e-mail. For real news, not for touches.")


def write_edition(
    sender: object,
    *,
    article_id: int,
    published: PublishedArticle,
    actor: User | None,
    options: dict[str, bool] | None = None,
    **kwargs: Any,
) -> None:
    """Decides the letter, in the transaction that publishes the changes. One that still waits is written anew."""
    topic = Topic.objects.filter(article_number=article_id).first()
    if topic is None or not (options or {}).get(TELL):
        return
    newsletter = newsletters.of_kind(Newsletter.Kind.BREAKING)
    if newsletter.editions.filter(topics=topic, state__in=Edition.OPEN).exists():
        return
    letter = shells.breaking(published, is_update=True)
    edition, is_new = Edition.objects.get_or_create(
        newsletter=newsletter, edition_key=f"{article_id}-{published.revision}",
        defaults={
            "article_number": article_id, "language": published.language, **letter._asdict(), "created_by": actor,
            "not_after": timezone.now() + timedelta(hours=newsletter.not_after_hours),
        },
    )  # fmt: skip
    if is_new:
        edition.topics.set([topic])
        record(actor=actor, verb=gettext_noop("told followers"), thing=edition, article=article_id)


OPTION = PublishOption(TELL, gettext_lazy("Tell those who follow this story"), help_text, is_offered, verb="update")


def connect() -> None:
    signals.article_updated.connect(write_edition, dispatch_uid="subscriptions.followers")
