"""What browsers, home screens and messengers ask for beside the pages: icons, the manifest, fonts, social cards."""

from pathlib import Path

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.views.decorators.http import require_safe

from articles import icons, social_cards
from articles.models.published import PublishedArticle
from articles.models.site import SiteSettings
from articles.reading import edition_at
from articles.views.elsewhere import elsewhere
from articles.views.readers import for_readers
from images import serving

FOR_A_YEAR = "public, max-age=31536000, immutable"
FOR_A_DAY = "public, max-age=86400"
FOR_A_MINUTE = "public, max-age=60"


@require_safe
def favicon(request: HttpRequest) -> FileResponse:
    return _file(icons.favicon(SiteSettings.load()), "image/x-icon", FOR_A_DAY)


@require_safe
def touch_icon(request: HttpRequest) -> FileResponse:
    """For the home screens of iPhones, which look for it at this address."""
    return _file(icons.make("180", SiteSettings.load()), "image/png", FOR_A_DAY)


@require_safe
def icon(request: HttpRequest, kind: str, digest: str) -> HttpResponse | FileResponse:
    """An icon as it is now; of a former one, the way to what has come in its place."""
    site = SiteSettings.load()
    now = icons.name_of(kind, site)
    if now != f"icon-{kind}-{digest}.png":
        return _moved(icons.path_of(kind, site))
    return _file(icons.make(kind, site), "image/png", FOR_A_YEAR)


@for_readers
def manifest(request: HttpRequest, language: str = "") -> HttpResponse:
    """What a home screen is told of the paper when a reader puts an edition there."""
    edition = edition_at(language)
    if not edition:
        return elsewhere(request)
    site, words, light = edition.site, edition.words, edition.colours.light
    told = {
        "name": words["name"],
        "short_name": _short(words["name"]),
        "description": words["description"],
        "lang": edition.language,
        "dir": edition.direction,
        "start_url": edition.path,
        "scope": "/",
        "display": "minimal-ui",
        "background_color": light.paper,
        "theme_color": light.mast,
        "icons": [
            {"src": icons.path_of(kind, site), "sizes": f"{side}x{side}", "type": "image/png", "purpose": purpose}
            for kind, side, purpose in (("192", 192, "any"), ("512", 512, "any"), ("maskable", 512, "maskable"))
        ],
    }
    return JsonResponse(
        {key: value for key, value in told.items() if value},
        content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False},
    )  # fmt: skip


@require_safe
def font(request: HttpRequest, name: str) -> HttpResponse | FileResponse:
    """A font of the paper's own. Its name comes of its bytes, so it may be kept for a year."""
    try:
        return serving.whole(f"fonts/{name}", content_type="font/woff2")
    except FileNotFoundError as missing:
        raise Http404 from missing


@require_safe
def social_card(request: HttpRequest, name: str) -> HttpResponse | FileResponse:
    """The card of a published story; from a name with its former words, the way to the card as it is now."""
    number = social_cards.read(name)
    story = number and PublishedArticle.objects.filter(pk=number).select_related("section__parent").first()
    words = social_cards.words_of(story, SiteSettings.load()) if story else None
    if not story or not words:
        raise Http404
    if social_cards.name_of(story.pk, words) != name:
        return _moved(social_cards.path_of(story.pk, words))
    return _file(social_cards.make(story.pk, words), "image/png", FOR_A_YEAR)


def _short(name: str) -> str:
    """As much of the name as home screens have room for: its last words, which tell papers apart."""
    words = name.split()
    while len(" ".join(words)) > 14 and len(words) > 1:
        del words[0]
    return " ".join(words)


def _moved(path: str) -> HttpResponse:
    return HttpResponseRedirect(path, headers={"Cache-Control": FOR_A_MINUTE})


def _file(place: Path, content_type: str, kept: str) -> FileResponse:
    try:
        file = place.open("rb")
    except FileNotFoundError as missing:
        raise Http404 from missing
    return FileResponse(file, content_type=content_type, headers={"Cache-Control": kept})
