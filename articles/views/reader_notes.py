"""“Report an error”: a form for every story. No cookie, no script; what was typed survives every refusal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from articles import reader_notes
from articles.forms.reader_note import ReaderNoteForm
from articles.models.published import PublishedArticle
from articles.reading import open_edition
from safeguards import form_tokens, limits
from safeguards.numbers import whole
from safeguards.problems import TokenProblem

FORM = "articles.reader_note"
AT_LEAST, AT_MOST = timedelta(seconds=3), timedelta(hours=24)
# From one neighbourhood of the network; a camp or a college may share one.
MOST, PER = 30, timedelta(hours=1)


def unkept(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For GET, HEAD and POST, kept by nobody and in no search engine.

    Exempt from the check of a CSRF cookie: there is none, and the form's own token is all that counts.
    """

    @wraps(view)
    def handle(request: HttpRequest) -> HttpResponse:
        response = view(request)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return csrf_exempt(require_http_methods(["GET", "HEAD", "POST"])(handle))


@unkept
def report(request: HttpRequest) -> HttpResponse:
    """The form about the story that ``?story=`` names; after it was sent, thanks."""
    is_post = request.method == "POST"
    number = whole((request.POST if is_post else request.GET).get("story"))
    known = PublishedArticle.objects.only("headline", "path", "language")
    story = known.filter(pk=number).first() if number is not None else None
    if not is_post:
        if not story:
            raise Http404
        return _page(request, story, ReaderNoteForm(), is_sent="sent" in request.GET)
    form = ReaderNoteForm(request.POST)
    if not story:  # taken off while somebody wrote: their words are shown once more, to keep
        form.add_error(None, gettext("This story is no longer on our site."))
        return _page(request, None, form, status=410)
    if not form.is_valid():
        return _page(request, story, form, status=422)
    problem, status = _objection(request)
    if problem:
        form.add_error(None, problem)
        return _page(request, story, form, status=status)
    if not form.cleaned_data["website"]:
        reader_notes.receive(story, text=form.cleaned_data["text"], contact=form.cleaned_data["contact"])
    answer = HttpResponseRedirect(reverse("articles:report_error") + "?" + urlencode({"story": story.pk, "sent": 1}))
    answer.status_code = 303
    return answer


def _objection(request: HttpRequest) -> tuple[str, int]:
    """Why it cannot be taken just now, in words, and the status that says it; ("", 200) if it can."""
    try:
        form_tokens.read(request.POST.get("token", ""), form=FORM, at_least=AT_LEAST, at_most=AT_MOST)
    except TokenProblem as problem:
        return str(problem), 422
    if not limits.hit(FORM, limits.client_address(request), limit=MOST, per=PER):
        return gettext("Too many notes came from your network. Please try again in an hour."), 429
    return "", 200


def _page(
    request: HttpRequest,
    story: PublishedArticle | None,
    form: ReaderNoteForm,
    *,
    is_sent: bool = False,
    status: int = 200,
) -> HttpResponse:
    edition = open_edition(story.language if story else "")
    context = {
        "edition": edition,
        "title": gettext("Thank you") if is_sent else gettext("Report an error"),
        "about": story,
        "form": form,
        "is_sent": is_sent,
        "token": form_tokens.issue(FORM),
    }
    return render(request, "articles/reader_note.html", context, status=status)
