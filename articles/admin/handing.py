"""What is asked before a story changes hands or is taken off: a page for each such verb, and words for the form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.confirming import ask
from accounts.models import User
from articles import actions, actions_desk
from articles.admin.story_pages import desk_page, person, story_of, typed_beside
from articles.forms import refusals
from articles.forms.verbs import ConfirmForm, KillForm, WithdrawForm
from articles.forms.workflow import HandOverForm, ReturnForm
from articles.models.desk import Article, State
from articles.problems import DeskProblem, NotReady
from articles.verbs import VERBS, offered
from safeguards.numbers import whole


class Asked(NamedTuple):
    """`act` takes the story's number, the actor and what the form holds."""

    form: type[forms.Form]
    meaning: Any
    button: Any
    done: Any
    act: Callable[..., Any]


ASKED: dict[str, Asked] = {
    "submit": Asked(
        HandOverForm,
        _("The story goes to the desk. You can take it back as long as nobody has marked it as ready."),
        _("Send for review"),
        _("Sent for review. The desk has been told."),
        actions_desk.submit,
    ),
    "recall": Asked(
        ConfirmForm,
        _("It can be written on again, and the desk is told."),
        _("Take it back"),
        _("It can be written on again."),
        actions_desk.recall,
    ),
    "return": Asked(
        ReturnForm,
        _("The story goes back to its writer with your note."),
        _("Return it"),
        _("Returned. The writer has been told."),
        actions_desk.send_back,
    ),
    "ready": Asked(
        HandOverForm,
        _("Nothing is left to do but to publish: those who publish are told."),
        _("Mark as ready"),
        _("Marked as ready."),
        actions_desk.mark_ready,
    ),
    "withdraw": Asked(
        WithdrawForm,
        _("The story goes off quietly: its address says that it is no longer there. It can be published again."),
        _("Withdraw the story"),
        _("Withdrawn. Readers no longer find it."),
        actions.withdraw,
    ),
    "kill": Asked(
        KillForm,
        _("The story is retracted for good. It cannot be published again, and its address shows your notice."),
        _("Kill the story"),
        _("Killed. Its address now shows the notice."),
        actions.kill,
    ),
    "discard": Asked(
        ConfirmForm,
        _("The draft goes to the bin with all its revisions. You can take it back out."),
        _("Discard the draft"),
        _("In the bin."),
        actions.discard,
    ),
    "reclaim": Asked(
        ConfirmForm,
        _("The draft comes back with all its revisions."),
        _("Take it back out"),
        _("Back out of the bin."),
        actions.reclaim,
    ),
}
# The verbs that hand a story on, as buttons beside those that save; the first that is offered is the likely one.
HANDED = ("submit", "ready", "return", "recall")
_OF_A_LIVE_STORY = _("Readers keep what they have until an editor publishes the changes.")
FOR_GOOD = {"kill"}  # not left to whoever finds the desk open
# What is written in the bar before such a verb, with its label.
NOTES = {f"{verb}-{name}": field.label for verb in HANDED for name, field in ASKED[verb].form.base_fields.items()}


def buttons(request: HttpRequest, story: Article | None, verbs: list[str]) -> list[dict[str, Any]]:
    """What the form's bar needs of each verb of `HANDED` among `verbs`; what was typed into its fields stays."""
    found = []
    # Nobody returns a story to themselves, nor takes back what others wrote.
    is_writer = story is not None and "return" in verbs and actions_desk.writer_of(story) == person(request)
    idle = ("return" if is_writer else "recall") if "return" in verbs else ""
    for verb in (verb for verb in HANDED if verb in verbs and verb != idle):
        make = ASKED[verb].form
        typed = {name: typed_beside(request, f"{verb}-{name}") for name in make.base_fields}
        form = make(prefix=verb, initial=typed)
        for field in form.fields.values():
            field.widget.attrs["form"] = "article_form"  # the bar stands outside the form
        url = reverse(f"admin:articles_article_{verb}", args=[story.pk]) if story else ""
        found.append(
            {
                "verb": verb, "label": VERBS[verb].label, "asked": ASKED[verb], "form": form, "url": url,
                "meaning": _meaning(verb, story),
            }
        )  # fmt: skip
    return found


def likely(
    story: Article | None, verbs: list[str], *, handed: list[dict[str, Any]], is_on_the_clock: bool, is_typed: bool
) -> dict[str, Any]:
    """``button``, the one of the bar that stands out once something is typed, and ``is_due``: whether it does already.

    `is_on_the_clock`: a publication waits, so nobody need press anything. Nor is there anything to be done with a story
    that readers have just so, or that was taken off.
    """
    first = handed[0]["verb"] if handed else ""
    publishes = "publish" in verbs or "update" in verbs
    is_at_rest = story is not None and (
        story.state == State.WITHDRAWN or (story.state == State.PUBLISHED and not story.has_unpublished_changes)
    )
    if is_on_the_clock or not (publishes or first in {"submit", "ready"}):
        return {"button": "save", "is_due": is_typed}
    return {"button": "publish" if publishes else first, "is_due": is_typed or not is_at_rest}


def _meaning(verb: str, story: Article | None) -> str:
    is_of_changes = story is not None and story.state == State.PUBLISHED and verb in HANDED
    return " ".join(str(words) for words in (ASKED[verb].meaning, *([_OF_A_LIVE_STORY] if is_of_changes else [])))


def carry_out(number: int, *, actor: User, posted: QueryDict) -> Any:
    """Does the verb that the form's bar named in ``_do`` and says so; None without one. As the verb, it may refuse."""
    verb = posted.get("_do", "")
    if verb not in HANDED:
        return None
    asked = ASKED[verb]
    form = asked.form(posted, prefix=verb)
    if not form.is_valid():
        raise NotReady({name: [str(each) for each in errors] for name, errors in form.errors.items()})
    asked.act(number, actor=actor, **form.cleaned_data)
    return asked.done


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, number: int, verb: str) -> HttpResponse:
    """Asks before the verb. Refused, the page comes once more with what was typed, and the story as it is now."""
    story = story_of(request, number)
    if not VERBS[verb].allowed(person(request), story):
        raise PermissionDenied
    if verb in FOR_GOOD and (who := ask(request)):
        return who
    asked = ASKED[verb]
    form = asked.form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        version = whole(request.POST.get("version"))
        try:
            asked.act(number, actor=person(request), expected_version=version, **form.cleaned_data)
        except DeskProblem as problem:
            refusals.show(problem, form)
        else:
            messages.success(request, asked.done)
            return _back(request, number)
    elif request.method == "GET" and verb not in offered(person(request), story):
        said = gettext("This story is “%(state)s” now.") % {"state": story.stage_label}
        messages.warning(request, said)
        return _back(request, number)
    return desk_page(
        request, "confirm", story,
        title=VERBS[verb].label, form=form, verb=verb, meaning=_meaning(verb, story), button=asked.button,
    )  # fmt: skip


@require_POST
def take(request: HttpRequest, number: int) -> HttpResponse:
    """The story is now with whoever asks."""
    if not VERBS["take"].allowed(person(request), story_of(request, number)):
        raise PermissionDenied
    try:
        actions_desk.take(number, actor=person(request))
    except DeskProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, gettext("The story is with you."))
    return _back(request, number)


def _back(request: HttpRequest, number: int) -> HttpResponse:
    """To the story; or to the list, for whoever has just handed it on to where it cannot be seen."""
    if Article.objects.for_user(person(request)).filter(pk=number).exists():
        return redirect("admin:articles_article_change", number)
    return redirect("admin:articles_article_changelist")
