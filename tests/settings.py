"""The project's settings with what tests need: quick passwords, mail in memory, files in a place of their own.

Only DATABASE_URL is taken from outside; a developer's `.env` changes nothing here.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# Each process its own: under pytest -n, the workers inherit the first one's environment.
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="newsroom-tests-")
atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)
os.environ.setdefault("DATABASE_URL", f"sqlite:///{os.environ['DATA_DIR']}/newsroom.sqlite3")
os.environ.update(
    SECRET_KEY="only-for-tests-" + "x" * 50, SITE_URL="http://127.0.0.1:8000", HOST="127.0.0.1", PORT="8000",
    ALLOWED_HOSTS="", EMAIL_URL="", DEBUG="0", DEMO="1", LOG_LEVEL="INFO", S3_ENDPOINT="",
)  # fmt: skip
from newsroom.settings import *  # noqa: E402, F403
from newsroom.settings import DATA_DIR, DATABASES, STATIC_ROOT, STORAGES  # noqa: E402

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, as in life: in memory, all threads would share one connection and one transaction.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
else:
    DATABASES["default"]["OPTIONS"]["connect_timeout"] = 60  # a slow machine is no fault
    if os.environ.get("PREPARED"):
        DATABASES["default"]["TEST"] = {"TEMPLATE": DATABASES["default"]["NAME"]}  # migrated by tests/run.py
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
Path(STATIC_ROOT).mkdir(parents=True, exist_ok=True)
