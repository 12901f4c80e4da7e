"""``/metrics``: the figures of this host, and of what waits in the database, for Prometheus.

Only whoever shows METRICS_TOKEN gets an answer; for all others the address does not exist. Where a request comes from
counts for nothing: behind a proxy that says nothing of itself, all the world would seem to be this very machine.
"""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

MISSING = "/metrics needs prometheus-client: .venv/bin/pip install 'prometheus-client~=0.26', then start again.\n"


@never_cache
@require_safe
def view(request: HttpRequest) -> HttpResponse:
    """200 even when the database is away: ``newsroom_database_up`` says so. 503 without prometheus-client."""
    shown = request.headers.get("Authorization", "")
    if not settings.METRICS_TOKEN or not constant_time_compare(shown, f"Bearer {settings.METRICS_TOKEN}"):
        raise Http404
    try:
        from newsroom import exposition  # noqa: PLC0415  # needs the extra [metrics]
    except ModuleNotFoundError:
        return HttpResponse(MISSING, status=503, content_type="text/plain; charset=utf-8")
    return HttpResponse(exposition.text(), content_type=exposition.CONTENT_TYPE_PLAIN_0_0_4)
