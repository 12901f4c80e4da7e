"""Settings of the real server processes that tests start: as in life, but static files need not be collected first.

With SLOWLY=1 in the environment some pages take longer than the old ones may be served, after their rows were read;
with HASTY=1 slow clients are soon given up; CONNECT_WITHIN is how long PostgreSQL may take to answer.
"""

import os
import random
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from newsroom import slow_clients
from newsroom.settings import *  # noqa: F403
from newsroom.settings import DATABASES, MIDDLEWARE, STORAGES
from pagecache import wrapper

wrapper.PATIENCE = 120.0  # a slow machine is no fault
if "connect_timeout" in DATABASES["default"].get("OPTIONS", {}):
    DATABASES["default"]["OPTIONS"]["connect_timeout"] = int(os.environ.get("CONNECT_WITHIN", "60"))
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True


def slowly(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def handle(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        time.sleep(3 if random.random() < 0.1 else 0)
        return response

    return handle


if os.environ.get("SLOWLY"):
    MIDDLEWARE = ["tests.pagecache.server_settings.slowly", *MIDDLEWARE]
if os.environ.get("HASTY"):
    slow_clients.HEADERS_WITHIN, slow_clients.HURRY, slow_clients.LOOK = 2_000, 1.0, 0.2
