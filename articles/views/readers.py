from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import conditional_page, require_safe

View = Callable[..., Any]


def for_readers(view: Callable[..., HttpResponse]) -> View:
    """A page for everybody: GET and HEAD alone, kept by shared caches for a minute, 304 to who has it already.

    A browser asks again each time: who has just published, corrected or killed a story sees it as it is now.
    """
    kept = conditional_page(cache_control(public=True, max_age=0, s_maxage=60)(view))
    # Nothing is changed here; without the exemption another method would be told 403 and not 405.
    return csrf_exempt(require_safe(kept))
