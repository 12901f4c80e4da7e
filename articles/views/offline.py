"""Reading without a connection: the service worker, and the page that it shows when there is nothing better."""

import json
from hashlib import blake2b
from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import gettext

from articles.models.site import SiteSettings
from articles.reading import Edition, edition_at, open_edition
from articles.views.elsewhere import elsewhere
from articles.views.readers import for_readers, tagged

# What the worker lets pass without a look: nothing of a witness's visit, of a subscriber's or of the desk's work is on
# the device afterwards that was not there before.
APART = (
    "/admin/", "/accounts/", "/report/", "/subscribe/", "/corrections/report/", "/preview/", "/hooks/", "/health/",
    "/metrics",
)  # fmt: skip
PATIENCE = 10_000  # milliseconds after which a copy on the device stands in for a page that does not come


@for_readers
def offline(request: HttpRequest, language: str = "") -> HttpResponse:
    """What is kept on the reader's device, which a script lists; also what stands there instead of other pages."""
    edition = edition_at(language)
    if not edition:
        return elsewhere(request)
    page = tagged(_page(request, edition))
    page.headers["X-Robots-Tag"] = "noindex"
    return page


@for_readers
def worker(request: HttpRequest) -> HttpResponse:
    """``/sw.js``: `static/site/worker.js`, told what to keep ready. Other bytes, and browsers install it anew.

    So it changes with itself and with the pages that it keeps ready: with a release, and with the paper's name or look.
    """
    code = Path(str(finders.find("site/worker.js"))).read_bytes()
    digest = blake2b(code, digest_size=8)
    pages = {}
    for language in SiteSettings.load().languages:
        edition = open_edition(language)
        pages[edition.path.strip("/")] = edition.offline_path
        digest.update(_page(request, edition).content)
    told = {
        "release": digest.hexdigest(),
        "pages": pages,
        "pieces": [static("site/site.js"), static("site/keep.js"), static("site/offline.js")],
        "apart": APART,
        "patience": PATIENCE,
    }
    body = f"const PAPER = {json.dumps(told)};\n".encode() + code
    return tagged(HttpResponse(body, content_type="text/javascript", headers={"Cache-Control": "no-cache"}))


def _page(request: HttpRequest, edition: Edition) -> HttpResponse:
    return render(request, "articles/offline.html", {"edition": edition, "title": gettext("Saved stories")})
