from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe


@require_safe
def picture(request: HttpRequest, name: str) -> FileResponse:
    """A finished picture. Its name is random and its bytes never change, so it may be kept for a year."""
    try:
        file = (Path(settings.MEDIA_ROOT) / "pictures" / name).open("rb")
    except FileNotFoundError as missing:
        raise Http404 from missing
    return FileResponse(
        file, content_type="image/webp", headers={"Cache-Control": "public, max-age=31536000, immutable"}
    )
