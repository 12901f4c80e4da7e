"""One thing done to many stories of the list: each by its own verb. Those that did not go stay, with what was typed."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from articles import actions, actions_desk, snapshots
from articles.admin.story_pages import person
from articles.forms import bulk as forms
from articles.models.desk import Article, State
from articles.models.places import Section, Tag
from articles.narrowing import query_of
from articles.problems import DeskProblem
from articles.verbs import VERBS
from safeguards.numbers import whole

MOST = 100
FURTHER = ("q", "o", "p")  # what else of the list's address leads back to where one was


class Bulk(NamedTuple):
    """`act` takes the story's number, the `actor`, the `expected_version`, and the `values` of the form."""

    label: Any
    verb: str
    form: type[forms.BulkForm]
    meaning: Any
    act: Callable[..., Any]


def _put_into(number: int, *, section: Section, **who: Any) -> None:
    actions.save(number, content={"section": section.pk}, **who)


def _tag(number: int, *, tags: list[Tag], **who: Any) -> None:
    # Read before the row is held: the version says whether somebody was quicker.
    content = snapshots.take(Article.objects.get(pk=number))
    actions.save(number, content={"tags": sorted({*content["tags"], *(tag.pk for tag in tags)})}, **who)


def _publish(number: int, **who: Any) -> None:
    is_live = Article.objects.filter(pk=number, state=State.PUBLISHED).exists()
    (actions.update if is_live else actions.publish)(number, **who)


BULK: dict[str, Bulk] = {
    "assign": Bulk(_("Give to…"), "plan", forms.AssignForm, _("Who is to have them?"), actions_desk.plan),
    "due": Bulk(_("Set when due…"), "plan", forms.DueForm, _("When are they due?"), actions_desk.plan),
    "flag": Bulk(_("Flags…"), "flag", forms.FlagForm, _("Which flag?"), actions_desk.flag),
    "section": Bulk(
        _("Put into a section…"), "save", forms.SectionForm,
        _("Those that readers have already stay where they are until their changes are published."), _put_into,
    ),
    "tags": Bulk(
        _("Add tags…"), "save", forms.TagsForm,
        _("On those that readers have already the tags show once their changes are published."), _tag,
    ),
    "submit": Bulk(
        _("Send for review…"), "submit", forms.NoteForm, _("The stories go to the desk."), actions_desk.submit
    ),
    "ready": Bulk(
        _("Mark as ready…"), "ready", forms.NoteForm, _("Nothing is left to do but to publish."),
        actions_desk.mark_ready,
    ),
    "publish": Bulk(
        _("Publish…"), "publish", forms.BulkForm,
        _("Readers see them at once. Each passes the checks as if it were published alone."), _publish,
    ),
    "discard": Bulk(
        _("Discard…"), "discard", forms.BulkForm,
        _("The drafts go to the bin with all their revisions. They can be taken back out."), actions.discard,
    ),
}  # fmt: skip


def may(user: User, what: str) -> bool:
    """Whether this person may do it to any story at all; to which, each verb says."""
    rule = VERBS[BULK[what].verb]
    return user.has_perm(rule.permission) or bool(rule.own_permission and user.has_perm(rule.own_permission))


def _action(what: str) -> Callable[..., HttpResponse]:
    @admin.action(description=BULK[what].label)
    def choose(model_admin: Any, request: HttpRequest, queryset: QuerySet[Article]) -> HttpResponse:
        chosen = [number for number in request.POST.getlist(ACTION_CHECKBOX_NAME) if number.isdecimal()]
        if len(chosen) > MOST:
            said = gettext("You chose more than %(most)d stories. These are the first %(most)d: the others come after.")
            messages.warning(request, said % {"most": MOST})
        query = [("s", f"{number}.{request.POST.get(f'version-{number}', '')}") for number in chosen[:MOST]]
        back = query_of(request.GET.dict(), *FURTHER)
        address = reverse("admin:articles_article_bulk", args=[what])
        return redirect(f"{address}?{urlencode([*query, ('back', back)])}")

    choose.__name__ = what
    return choose


ACTIONS = [_action(what) for what in BULK]


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, what: str) -> HttpResponse:
    """Asks what is owed; then carries it out story by story. What did not go comes once more, with the reasons.

    ``?s=12.7`` names a story and the version that the list showed; ``back`` is the list's own query.
    """
    if what not in BULK:
        raise Http404
    user = person(request)
    if not may(user, what):
        raise PermissionDenied
    bulk, versions = BULK[what], _chosen(request)
    query = query_of(QueryDict(request.GET.get("back", "")[:2000]).dict(), *FURTHER)
    back = reverse("admin:articles_article_changelist") + (f"?{query}" if query else "")
    stories = _stories(user, versions)
    if not stories:
        messages.warning(request, gettext("Choose stories first."))
        return redirect(back)
    form = bulk.form(request.POST if request.method == "POST" else None, user=user)
    refused: dict[int, str] = {}
    again = ""
    if request.method == "POST" and form.is_valid():
        refused = _carry_out(bulk, stories, versions, actor=user, values=form.values)
        _tell(request, bulk, len(stories) - len(refused))
        stories = _stories(user, refused)
        if not stories:
            return redirect(back)
        # As they are now, and why, stands on the page: sent once more, it is meant.
        again = urlencode([*(("s", f"{story.pk}.{story.version}") for story in stories), ("back", query)])
    return TemplateResponse(
        request,
        "admin/articles/article/bulk.html",
        {
            **admin.site.each_context(request),
            "opts": Article._meta,
            "title": str(bulk.label).rstrip("…"),
            "bulk": bulk,
            "what": what,
            "stories": [(story, refused.get(story.pk, "")) for story in stories],
            "refused": _said(bulk, len(stories)) if refused else "",
            "again": again,
            "form": form,
            "back": back,
        },
    )


def _chosen(request: HttpRequest) -> dict[int, int]:
    pairs = (value.partition(".") for value in request.GET.getlist("s")[:MOST])
    numbers = [(whole(number), whole(version, digits=9)) for number, _dot, version in pairs]
    return {number: version for number, version in numbers if number is not None and version is not None}


def _stories(user: User, numbers: Collection[int]) -> list[Article]:
    """In the order of their numbers; without those that this person may not see."""
    stories = Article.objects.for_user(user).filter(pk__in=numbers).select_related("section__parent", "assignee")
    found = {story.pk: story for story in stories.defer("body", "standfirst")}
    return [found[number] for number in numbers if number in found]


def _carry_out(
    bulk: Bulk, stories: list[Article], versions: dict[int, int], *, actor: User, values: dict[str, Any]
) -> dict[int, str]:
    """The stories that did not go, and why."""
    refused = {}
    for story in stories:
        try:
            bulk.act(story.pk, actor=actor, expected_version=versions[story.pk], **values)
        except DeskProblem as problem:
            refused[story.pk] = str(problem)
    return refused


def _tell(request: HttpRequest, bulk: Bulk, done: int) -> None:
    if done:
        told = ngettext("%(label)s: done with %(count)d story.", "%(label)s: done with %(count)d stories.", done)
        messages.success(request, told % {"label": str(bulk.label).rstrip("…"), "count": done})


def _said(bulk: Bulk, count: int) -> str:
    told = ngettext("%(count)d story did not go:", "%(count)d stories did not go:", count) % {"count": count}
    return f"{str(bulk.label).rstrip('…')}: {told}"


PAGES = [("bulk/<slug:what>/", page, "bulk")]
