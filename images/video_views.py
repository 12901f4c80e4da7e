from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from images import serving, video_files, video_names
from images.models import Video
from images.video_names import TYPES, Part


@require_safe
def video(request: HttpRequest, name: str) -> HttpResponseBase:
    """A film, a poster or captions; of an older version, the way to what stands in its place."""
    try:
        return serving.serve(request, video_files.key_of(name), content_type=TYPES[name.rpartition(".")[2]])
    except FileNotFoundError:  # if it were there, we would have named it
        meant = video_names.read(name)
    found = Video.objects.filter(pk=meant.video).first() if meant else None
    if meant is None or found is None:
        raise Http404
    newer = _newest(found, meant)
    if newer == meant and meant.digest:
        return HttpResponse(found.captions, content_type=TYPES["vtt"], headers={"Cache-Control": serving.FOR_A_YEAR})
    if newer is None or newer == meant or not (newer.digest or found.is_ready):
        raise Http404  # gone, or not made yet
    return HttpResponseRedirect(newer.path, headers={"Cache-Control": "public, max-age=60"})


def _newest(video: Video, meant: Part) -> Part | None:
    """What stands for it now."""
    if meant.digest:
        return video_names.captions(video)
    if not meant.width:
        return video_names.film(video)
    offered = video_names.poster_widths(video)
    width = max((each for each in offered if each <= meant.width), default=offered[0])
    return meant._replace(version=video.version, width=width)
