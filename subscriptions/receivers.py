"""What letters do when a story is published or taken back, in the transaction that does it."""

from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from accounts.models import User
from accounts.models.audit import record
from articles import signals
from articles.models.desk import Article
from articles.models.published import PublishedArticle
from subscriptions import demo, ledger, manual, newsletters, shells, topics
from subscriptions.models.letters import Edition, Newsletter
from subscriptions.models.people import Subscriber, Subscription

ALERT = "alert_subscribers"
COUNTED = 10_000
# With those that a person could have set going again.
TAKEN_BACK_FROM = (*Edition.OPEN, Edition.State.EXPIRED, Edition.State.NEEDS_ATTENTION)


def is_offered(user: User, number: int | None) -> bool:
    """The tick *Alert subscribers*: for who may, on a story that was never published."""
    if not user.has_perm("subscriptions.alert_subscribers"):
        return False
    if number is None:
        return True
    return not Article.objects.filter(pk=number).exclude(first_published_at=None).exists()


def help_text() -> str:
    """How many people the tick reaches at most, counted no further than ten thousand."""
    wants = Subscription.objects.filter(subscriber=OuterRef("pk"), state=Subscription.State.ACTIVE)
    count = Subscriber.objects.filter(Exists(wants), state=Subscriber.State.ACTIVE)[: COUNTED + 1].count()
    who = gettext(
        "Whoever wants news of this section, in this language, gets the story at once; devices with alerts show it too."
    )
    if count > COUNTED:
        return gettext("More than %(count)d readers have subscribed.") % {"count": COUNTED} + f" {who}"
    return gettext("Readers who have subscribed: %(count)d.") % {"count": count} + f" {who}"


def write_edition(
    sender: object,
    *,
    article_id: int,
    published: PublishedArticle,
    options: dict[str, bool],
    actor: User | None,
    **kwargs: Any,
) -> None:
    """Decides the breaking letter of the story, once for ever. Addressing and sending it is the worker's."""
    if not options.get(ALERT):
        return
    newsletter = newsletters.of_kind(Newsletter.Kind.BREAKING)
    if newsletter.editions.filter(edition_key=str(article_id)).exists():
        return
    letter = shells.breaking(published)
    edition = Edition.objects.create(
        newsletter=newsletter,
        edition_key=str(article_id),
        article_number=article_id,
        language=published.language,
        subject=letter.subject,
        html=letter.html,
        text=letter.text,
        created_by=actor,
        not_after=timezone.now() + timedelta(hours=newsletter.not_after_hours),
    )
    edition.topics.set(topics.of_story(published))
    record(actor=actor, verb=gettext_noop("alerted subscribers"), thing=edition, article=article_id)


def stop_edition(sender: object, *, article_id: int, **kwargs: Any) -> None:
    """A story that was taken back goes to nobody any more; letters by the desk go on without it."""
    # All are locked, the done ones too: who sets one going at this moment comes before this, or sees the story gone.
    for edition in Edition.objects.select_for_update(no_key=True).filter(article_number=article_id).order_by("pk"):
        ledger.cancel(edition, sources=TAKEN_BACK_FROM)
    manual.without_story(article_id)


def write_anew(sender: object, *, article_id: int, published: PublishedArticle, **kwargs: Any) -> None:
    """Who has not got the breaking letter yet gets it as the story is now."""
    open_ = Edition.objects.filter(
        newsletter__kind=Newsletter.Kind.BREAKING, article_number=article_id, state__in=Edition.OPEN
    )
    for edition in open_:
        is_update = edition.edition_key != str(article_id)
        manual.freeze(edition, shells.breaking(published, is_update=is_update))


def desk_letters_anew(sender: object, *, article_id: int, **kwargs: Any) -> None:
    """Letters by the desk on the clock, or under way, show the story as it is now; also one that has come back."""
    manual.with_story_anew(article_id, states=TAKEN_BACK_FROM)


def connect() -> None:
    signals.article_published.connect(write_edition, dispatch_uid="subscriptions.published")
    for name in ("updated", "corrected"):
        getattr(signals, f"article_{name}").connect(write_anew, dispatch_uid=f"subscriptions.{name}")
    for name in ("published", "updated", "corrected"):
        getattr(signals, f"article_{name}").connect(desk_letters_anew, dispatch_uid=f"subscriptions.desk.{name}")
    signals.article_withdrawn.connect(stop_edition, dispatch_uid="subscriptions.withdrawn")
    signals.article_killed.connect(stop_edition, dispatch_uid="subscriptions.killed")
    signals.demo_filled.connect(demo.fill, dispatch_uid="subscriptions.demo")
    signals.demo_taken_out.connect(demo.take_out, dispatch_uid="subscriptions.no_demo")
