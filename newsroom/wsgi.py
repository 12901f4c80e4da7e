import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")
application = get_wsgi_application()

from django.apps import apps  # noqa: E402  # after the settings are named

if apps.is_installed("pagecache"):
    from pagecache import following, host

    application = host.here().wrap(application)  # type: ignore[assignment]
    following.start()
