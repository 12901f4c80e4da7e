"""“Channels” beside a story's text: what each channel will say, and, once the story is out, what became of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods
from js_asset import Media, Script

from articles import paths
from articles.admin.panels import Panel
from articles.admin.story_pages import desk_page, person, story_of
from articles.models.desk import Article
from articles.models.desk import State as Standing
from articles.models.published import PublishedArticle
from articles.verbs import VERBS
from subscriptions.channels import desk, ledger
from subscriptions.channels.forms import TextsForm
from subscriptions.channels.receivers import OPTION
from subscriptions.models.channels import ChannelPost

POST = "subscriptions.post_to_channels"
TICK = f"option-{OPTION}"  # the id of the box on the story's form


def shown(request: HttpRequest, story: Article, verbs: list[str]) -> dict[str, Any] | None:
    """For the panel; nothing where the paper has no channels, and the story was posted nowhere."""
    accounts = ledger.accounts()
    posts = list(ledger.posts_of(story.pk).select_related("account").order_by("pk"))
    if not accounts and not posts:
        return None
    live = _live(story)
    offers = _offers(request, story, live, may_save="save" in verbs)
    may_act = _may_post(request, story)
    return {
        "panel": "channels",
        "is_open": bool(posts) or any(offer.number for offer in offers),
        "form": _form(story, live, offers) if offers else None,
        "stage": stage(live),
        "tick": TICK,
        "not_set_up": [each for each in accounts if not each.is_set_up],
        "posts": [(post, desk.offered(post, is_live=live is not None) if may_act else {}) for post in posts],
        "take_down": [] if live else [post for post in posts if post.state in ledger.CARRIED],
    }


@require_http_methods(["GET", "HEAD", "POST"])
def story_texts(request: HttpRequest, number: int) -> HttpResponse:
    """Keeps the texts of a story that is not out yet; of one that is, posts those that are ticked, at once."""
    story = story_of(request, number)
    may_save = VERBS["save"].allowed(person(request), story)
    live = _live(story)
    if not (_may_post(request, story) if live else may_save):
        raise PermissionDenied
    if request.method != "POST":
        return _back(number)
    if request.POST.get("stage") != stage(live):
        messages.error(request, gettext("The story’s state has changed meanwhile, so nothing was done. Look again."))
        return _back(number)
    offers = _offers(request, story, live, may_save=may_save)
    form = _form(story, live, offers, request.POST)
    if not form.is_valid():
        return desk_page(request, "channels", story, title=gettext("Channels"), form=form, stage=stage(live), tick=TICK)
    if live is None:
        ledger.write_texts(story, form.chosen(), actor=person(request))
        messages.success(request, gettext("Saved. They are posted when the story is published with that tick."))
        return _back(number)
    ticked = [ledger.with_text(offer, text) for offer, text, is_ticked in form.chosen() if is_ticked]
    made = ledger.owe(live, ticked, actor=person(request))
    if made:
        messages.success(
            request, gettext("On the way to: %(names)s") % {"names": ", ".join(str(each.account) for each in made)}
        )
    else:
        messages.info(request, gettext("Nothing new was ticked, so nothing was posted."))
    return _back(number)


def stage(live: PublishedArticle | None) -> str:
    """What the form's button does: who meant to keep a text must not post it because somebody else has published."""
    return "post" if live else "keep"


def _may_post(request: HttpRequest, story: Article) -> bool:
    """An editor of the story's section."""
    return request.user.has_perm(POST) and VERBS["publish"].allowed(person(request), story)


def _live(story: Article) -> PublishedArticle | None:
    if story.state != Standing.PUBLISHED:
        return None
    return PublishedArticle.objects.select_related("section").filter(pk=story.pk).first()


def _offers(
    request: HttpRequest, story: Article, live: PublishedArticle | None, *, may_save: bool
) -> list[ledger.Offer]:
    if live is None:
        return ledger.first_offers(story, number=story.pk) if may_save and story.state != Standing.KILLED else []
    if not _may_post(request, story):
        return []
    corrections_first = sorted(
        ledger.further_offers(live), key=lambda each: each.purpose != ChannelPost.Purpose.CORRECTION
    )
    return [*corrections_first, *ledger.unticked(ledger.first_offers(live, number=live.pk))]


def _form(story: Article, live: PublishedArticle | None, offers: list[ledger.Offer], data: Any = None) -> TextsForm:
    return TextsForm(data, offers=offers, link=paths.absolute(live.path) if live else "", language=story.language)


def _back(number: int) -> HttpResponse:
    return redirect(reverse("admin:articles_article_change", args=[number]) + "#panel-channels")


PANEL = Panel(
    "admin/subscriptions/channelpost/_panel.html", shown,
    Media(
        js=[Script("subscriptions/channels.js", type="module")],
        css={"all": ["subscriptions/channels.css"]},
    ),
)  # fmt: skip
