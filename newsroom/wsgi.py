import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")
application = get_wsgi_application()

from django.apps import apps  # noqa: E402  # after the settings are named

from articles import reads  # noqa: E402  # needs the models
from newsroom.slow_clients import Patience  # noqa: E402

reads.start()
if apps.is_installed("pagecache"):
    from pagecache import following, host

    application = host.here().wrap(application)  # type: ignore[assignment]
    following.start()
application = Patience(application)  # type: ignore[assignment]
