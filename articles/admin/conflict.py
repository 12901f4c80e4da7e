"""Two people saved one story: what each changed stands side by side and becomes one text. Mine is never dropped."""

from __future__ import annotations

from html import escape
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from articles import actions, autosaves, comparing, markup, merging, snapshots
from articles.admin import keeping, labels, story_pages
from articles.autosaves import HeldByAnother
from articles.forms import typed
from articles.forms.article import ArticleForm
from articles.merging import Marks
from articles.models.desk import Article
from articles.models.revisions import Revision
from articles.problems import DeskProblem, StaleCopy
from safeguards.numbers import whole

# A version of the working copy is the number of the revision that made it: `actions.finish_save` counts both up.


def page(request: HttpRequest, story: Article, mine: dict[str, Any], posted: QueryDict) -> HttpResponse:
    """Asks how `mine` and the newest revision become one. `posted` is mine as the form sent it: the page holds it."""
    _keep(request)
    theirs = story.revisions.select_related("created_by").get(number=story.latest_revision)
    base = _base(story, posted)
    changes = merging.changes(base, mine, theirs.content)
    return story_pages.desk_page(
        request, "conflict", story,
        title=gettext("Two versions"),
        theirs=theirs,
        who=_who(theirs),
        theirs_when=story_pages.when_and_who(theirs.created_at, theirs.created_by),
        rows=_rows(base, mine, theirs.content, changes),
        passages=_passages(base, mine, theirs.content) if changes["body"] != "nobody" else [],
        nothing_of_mine=not {"mine", "both"} & {*changes.values()},
        notes=keeping.notes(dict(posted.lists())),
        posted=[(name, value) for name, values in posted.lists() for value in values if _is_typed(name)],
        texts=[
            (gettext("Your text"), markup.plain(mine["body"])), (_who(theirs), markup.plain(theirs.content["body"])),
        ],
    )  # fmt: skip


@require_POST
def merge(request: HttpRequest, number: int) -> HttpResponse:
    """Makes one of both as was chosen, and saves it or puts it into the form."""
    story = story_pages.story_of(request, number)
    person = story_pages.person(request)
    opened = keeping.posted_form(request) or autosaves.open_form(person, number)
    form = ArticleForm(request.POST, instance=Article.objects.get(pk=number))
    theirs = get_object_or_404(story.revisions.select_related("created_by"), number=_number(request.POST, "theirs"))
    if (opened.user, opened.story) != (person.pk, number) or not form.is_valid():
        _keep(request)
        messages.error(request, gettext("This could not be put together. What you typed is in the form."))
        return redirect(keeping.restored_address(number))
    content = merging.settled(
        _base(story, request.POST), form.content(), theirs.content,
        marks=_marks(theirs), choices=_choices(request.POST), passage_choices=_passage_choices(request.POST),
    )  # fmt: skip
    notes = {name: [text] for name, text in keeping.beside(dict(request.POST.lists())).items()}
    fields = {**typed.posted(content, version=theirs.number), **notes}
    count, took = keeping.count_and_took(request)
    if "_merge_save" in request.POST:
        try:
            saved = actions.save(number, actor=person, content=content, expected_version=theirs.number)
        except StaleCopy:
            again = typed.as_posted({**fields, **{name: request.POST.getlist(name) for name in keeping.OWN}})
            return page(request, story_pages.story_of(request, number), content, again)
        except DeskProblem as problem:
            _keep(request)
            messages.error(request, str(problem))
            return redirect("admin:articles_article_change", number)
        messages.success(request, gettext("Saved: one text out of both. Each stays among the revisions."))
        answer = redirect("admin:articles_article_change", number)
        keeping.settle(request, answer)
        if notes:  # what they were for has not been done: they wait in the form
            fields["version"] = [str(saved.number)]
            try:
                autosaves.keep(opened, fields, version=saved.number, count=count, took=took)
                return redirect(keeping.restored_address(number))
            except HeldByAnother:
                for label, text in keeping.notes(fields):
                    messages.warning(request, f"{gettext('This was not sent yet')}: {label}: {text}")
        return answer
    try:
        autosaves.keep(opened, fields, version=theirs.number, count=count, took=took)
    except HeldByAnother:
        messages.error(request, gettext("First decide about the other text of yours that is not saved."))
        return page(request, story, form.content(), request.POST)
    return redirect(keeping.restored_address(number))


def _keep(request: HttpRequest) -> None:
    """Mine, on the server too, until it is saved; if another text is in the way there, the page alone has it."""
    opened = keeping.posted_form(request)
    if opened and opened.user == story_pages.person(request).pk:
        try:
            keeping.keep(request, opened)
        except (HeldByAnother, ValueError):
            messages.warning(
                request, gettext("Your text is on this page alone. Do not close it before you have saved.")
            )


def _is_typed(name: str) -> bool:
    return name not in {"csrfmiddlewaretoken", "theirs"} and not name.startswith(("_", "choice-", "passage-"))


def _base(story: Article, posted: QueryDict) -> dict[str, Any] | None:
    """The content that both began from, if it is still kept."""
    base = story.revisions.filter(number=_number(posted, "version")).first()
    return base.content if base else None


def _number(posted: QueryDict, name: str) -> int:
    return whole(posted.get(name), digits=9) or 0


def _rows(
    base: dict[str, Any] | None, mine: dict[str, Any], theirs: dict[str, Any], changes: dict[str, merging.Changer]
) -> list[dict[str, Any]]:
    """The fields but the text that somebody changed, those first about which there is something to decide."""
    shown_mine, shown_theirs = labels.shown(mine), labels.shown({**keeping.EMPTY, **theirs})
    shown_base = labels.shown({**keeping.EMPTY, **base}) if base is not None else shown_theirs
    rows = []
    for name, changer in changes.items():
        if changer == "nobody" or name not in shown_mine:
            continue
        began, (label, my_value), their_value = shown_base[name][1], shown_mine[name], shown_theirs[name][1]
        rows.append({
            "name": name, "label": label, "changer": changer, "can_be_both": name == "tags",
            "mine": comparing.words(began, my_value), "theirs": comparing.words(began, their_value),
        })  # fmt: skip
    return sorted(rows, key=lambda row: ("both", "theirs", "mine").index(row["changer"]))


def _passages(base: dict[str, Any] | None, mine: dict[str, Any], theirs: dict[str, Any]) -> list[dict[str, Any]]:
    """The passages of the text that somebody changed, with their places among all."""
    found = merging.passages(base["body"] if base is not None else None, mine["body"], theirs["body"])
    shown = []
    for place, passage in enumerate(found):
        if passage.changer != "nobody":
            began, my_text, their_text = (
                markup.plain("".join(blocks)) for blocks in (passage.base, passage.mine, passage.theirs)
            )
            shown.append({
                "place": place, "changer": passage.changer,
                "mine": comparing.words(began, my_text), "theirs": comparing.words(began, their_text),
            })  # fmt: skip
    return shown


def _who(theirs: Revision) -> str:
    return str(theirs.created_by or gettext("the system"))


def _marks(theirs: Revision) -> Marks:
    """Set around passages that stand twice; a check keeps them from readers (`articles.checks.prose.placeholder`)."""

    def mark(words: str) -> str:
        return markup.clean(f"<p>⟦{escape(words.translate({0x27E6: None, 0x27E7: None}), quote=False)}⟧</p>")

    return Marks(
        mine=mark(gettext("Your version")),
        theirs=mark(gettext("Version of %(name)s") % {"name": _who(theirs)}),
        end=mark(gettext("End of the two versions")),
    )


def _choices(posted: QueryDict) -> dict[str, str]:
    names = [*snapshots.TEXT_FIELDS, *keeping.EMPTY, "lead_picture", "noindex", "original"]
    return {name: str(posted[f"choice-{name}"]) for name in names if f"choice-{name}" in posted}


def _passage_choices(posted: QueryDict) -> dict[int, str]:
    return {
        place: str(posted[name])
        for name in posted
        if name.startswith("passage-") and (place := whole(name.removeprefix("passage-"), digits=6)) is not None
    }
