from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from images import names, renditions, serving
from images.models import Picture
from images.pixels import PictureRefused
from safeguards.stores import StoreAway


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponse | FileResponse:
    """A finished picture. Its name is random and its bytes never change, so it may be kept for a year."""
    try:
        return serving.whole(f"pictures/{name}", content_type="image/webp")
    except FileNotFoundError as missing:
        raise Http404 from missing


@require_safe
def rendition(request: HttpRequest, name: str) -> HttpResponse | FileResponse:
    """A rendition, made now if need be; of an older version, the way to what stands in its place."""
    content_type = names.FORMATS[name.rpartition(".")[2]]
    try:
        return serving.whole(renditions.key_of(name), content_type=content_type)  # it is there, so we signed it
    except FileNotFoundError:
        meant = names.read(name)
    if meant is None:
        raise Http404
    try:
        return serving.whole(renditions.make(meant), content_type=content_type)
    except StoreAway:
        raise
    except (Picture.DoesNotExist, PictureRefused, OSError) as error:
        newer = renditions.newer(meant)
        if newer is None:
            raise Http404 from error
        return HttpResponseRedirect(newer.path, headers={"Cache-Control": "public, max-age=60"})
