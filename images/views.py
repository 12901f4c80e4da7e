from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from images import names, renditions
from images.models import Picture
from images.pixels import PictureRefused

FOR_A_YEAR = {"Cache-Control": "public, max-age=31536000, immutable"}


@require_safe
def picture(request: HttpRequest, name: str) -> FileResponse:
    """A finished picture. Its name is random and its bytes never change, so it may be kept for a year."""
    return _file(Path(settings.MEDIA_ROOT) / "pictures" / name, "image/webp")


@require_safe
def rendition(request: HttpRequest, name: str) -> HttpResponse | FileResponse:
    """A rendition, made now if need be; of an older version, the way to what stands in its place."""
    content_type = names.FORMATS[name.rpartition(".")[2]]
    place = renditions.place_of(name)
    if place.exists():  # then we signed it
        return _file(place, content_type)
    meant = names.read(name)
    if meant is None:
        raise Http404
    try:
        return _file(renditions.make(meant), content_type)
    except (Picture.DoesNotExist, PictureRefused, OSError) as error:
        newer = renditions.newer(meant)
        if newer is None:
            raise Http404 from error
        return HttpResponseRedirect(newer.path, headers={"Cache-Control": "public, max-age=60"})


def _file(place: Path, content_type: str) -> FileResponse:
    try:
        file = place.open("rb")
    except FileNotFoundError as missing:
        raise Http404 from missing
    return FileResponse(file, content_type=content_type, headers=FOR_A_YEAR)
