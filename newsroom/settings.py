"""All settings, read from the environment (and from ``.env`` beside manage.py). `.env.example` explains each."""

from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _
from whitenoise.compress import Compressor

from newsroom import databases, logs
from newsroom.environment import (
    Environment,
    address,
    data_folder,
    file_stores,
    in_ascii,
    level,
    mail_provider,
    site_address,
    understood,
)
from safeguards import keys

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()
env.read_env(BASE_DIR / ".env")

# Everything that the system writes lies under this folder.
DATA_DIR = data_folder(BASE_DIR / env.str("DATA_DIR", default="data"))
HOST = env.str("HOST", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
WEB_WORKERS = env.int("WEB_WORKERS", default=1)
# A worker has no request: absolute addresses start here. No slash at the end.
SITE_URL = site_address(env.str("SITE_URL", default="") or f"http://127.0.0.1:{PORT}")
DEMO = env.bool("DEMO", default=True)

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or keys.read_or_make(DATA_DIR / "secrets", "django")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
_site = urlsplit(SITE_URL)
HTTPS = _site.scheme == "https"
ALLOWED_HOSTS = list(
    {
        *(_site.hostname or "localhost", "127.0.0.1", "localhost", "[::1]"),
        *(understood("ALLOWED_HOSTS", host, in_ascii) for host in env.list("ALLOWED_HOSTS", default=[])),
    }
)
CSRF_TRUSTED_ORIGINS = [SITE_URL, *env.list("CSRF_TRUSTED_ORIGINS", default=[])]

INSTALLED_APPS = [
    "newsroom",
    "jobs",
    "safeguards",
    "accounts",
    "images",
    "authors",
    "articles",
    "citizen_reports",
    "subscriptions",
    "pagecache",  # may be taken out: every page is then rendered anew each time
    "newsroom.admin_site.DeskAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "taggit",
    "js_asset",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_prose_editor",
    "csp",
]

MIDDLEWARE = [
    "newsroom.headers.headers_by_route",
    "newsroom.middleware.ContentPolicy",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "newsroom.middleware.DatabaseAway",
    "newsroom.middleware.site_language",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.staff_sessions",
    "newsroom.middleware.desk_comfort",
    "newsroom.bodies.Bodies",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.second_factor_gate",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "newsroom.urls"
WSGI_APPLICATION = "newsroom.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# SQLite unless DATABASE_URL names another.
_database = env.str("DATABASE_URL", default="") or f"sqlite:///{DATA_DIR / 'newsroom.sqlite3'}"
DATABASES = {
    "default": databases.configured(
        env.db_url_config(_database),
        max_age=env.int("DATABASE_CONN_MAX_AGE", default=60),
        pool=env.int("DATABASE_POOL", default=0),
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Finished pages: megabytes of them in the memory of each web process, and as files in DATA_DIR/pages.
PAGE_MEMORY_MB = env.int("PAGE_MEMORY_MB", default=64)
PAGE_DISK_MB = env.int("PAGE_DISK_MB", default=1024)
# For how long a shared cache in front (Varnish, a CDN) may keep pages; only with one that is told of purges. 0: none.
SURROGATE_SECONDS = env.int("SURROGATE_SECONDS", default=0)
# Where Varnish takes purges by tags, such as http://127.0.0.1:6081; commas between several.
VARNISH_URLS = [address("VARNISH_URLS", each, "http", "https") for each in env.list("VARNISH_URLS", default=[])]
# Redis, where there are several hosts: limits for all of them together, and the bell for purges.
REDIS_URL = env.str("REDIS_URL", default="") and address("REDIS_URL", env.str("REDIS_URL"), "redis", "rediss", "unix")

# Backups: where they go, their key (64 hexadecimal digits; else made in DATA_DIR/secrets), and whether the worker makes
# one a day.
BACKUP_DIR = BASE_DIR / (env.str("BACKUP_DIR", default="") or DATA_DIR / "backups")
BACKUP_KEY = env.str("BACKUP_KEY", default="")
BACKUP_DAILY = env.bool("BACKUP_DAILY", default=False)

# WebSub hubs that are told of every change of a feed, such as https://hub.example.org/; commas between several.
WEBSUB_HUBS = [address("WEBSUB_HUBS", each, "https", "http") for each in env.list("WEBSUB_HUBS", default=[])]

# Where the channels outside are reached, unless an account names a server of its own.
TELEGRAM_URL = env.str("TELEGRAM_URL", default="https://api.telegram.org")
X_URL = env.str("X_URL", default="https://api.x.com")
FACEBOOK_URL = env.str("FACEBOOK_URL", default="https://graph.facebook.com/v24.0")
BLUESKY_URL = env.str("BLUESKY_URL", default="https://bsky.social")
MASTODON_URL = env.str("MASTODON_URL", default="https://mastodon.social")

# For how many days every saved copy of a story is kept (0: for ever), and then the last of each hour; then of each day.
REVISIONS_KEEP_ALL_DAYS = env.int("REVISIONS_KEEP_ALL_DAYS", default=30)
REVISIONS_KEEP_HOURLY_DAYS = env.int("REVISIONS_KEEP_HOURLY_DAYS", default=90)

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.RoleBackend"]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "admin:index"
LOGOUT_REDIRECT_URL = "accounts:sign_in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "accounts.passwords.NotOurOwnWords"},
]
# How long staff stay signed in at most, and how long without doing anything.
SESSION_MAX_DAYS = env.int("SESSION_MAX_DAYS", default=14)
SESSION_IDLE_HOURS = env.int("SESSION_IDLE_HOURS", default=72)
SESSION_COOKIE_AGE = SESSION_MAX_DAYS * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
# A name by which browsers take a cookie from this very host alone, over HTTPS.
_prefix = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_prefix}sessionid", f"{_prefix}csrftoken"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "newsroom.views.csrf_failure"

# A second factor, owed by all staff or by the roles that are named: the desk opens when one is set up.
STAFF_MUST_ENROL = env.bool("STAFF_MUST_ENROL", default=False)
TWO_FACTOR_ROLES = env.list("TWO_FACTOR_ROLES", default=[])

# django-allauth: sign-in, second factors, passkeys. Nobody signs up; who is on the staff, the desk says.
ACCOUNT_ADAPTER = "accounts.adapters.DeskAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_SESSION_COOKIE_AGE = SESSION_COOKIE_AGE
# Per neighbourhood of the network, and per account wherever the guesses come from.
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "30/15m/ip,10/15m/key",
    "reset_password": "20/15m/ip,5/15m/key",
    "reauthenticate": "10/m/user",
}
MFA_ADAPTER = "accounts.adapters.DeskMfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_PERIOD = 30
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be half a minute off
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # for 127.0.0.1; browsers refuse passkeys on other plain addresses
MFA_FORMS = {
    "activate_totp": "accounts.forms.AppForm",
    "authenticate": "accounts.forms.CodeForm",
    "add_webauthn": "accounts.forms.PasskeyForm",
}
# In the database, since all processes must count attempts together. Nothing that readers see is kept here.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/(live/)?$", r"^metrics$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Networks whose X-Forwarded-For counts, such as 127.0.0.1/32: the proxies in front of the server, and nobody else.
TRUSTED_PROXIES = [understood("TRUSTED_PROXIES", text, ip_network) for text in env.list("TRUSTED_PROXIES", default=[])]
# "host:port" of services on private addresses that may be called nevertheless.
OUTGOING_ALLOWED = env.list("OUTGOING_ALLOWED", default=[])
# Where "Leave this page quickly" on the pages for witnesses leads: somewhere that everybody may have open.
REPORT_EXIT_URL = env.str("REPORT_EXIT_URL", default="https://www.wikipedia.org/")
# Mail from witnesses: the address they write to, the mailbox that it is fetched from (imaps://user:password@host/INBOX),
# and the key by which other servers sign what they send to /hooks/mail/.
REPORTS_ADDRESS = env.str("REPORTS_ADDRESS", default="")
REPORTS_IMAP_URL = env.str("REPORTS_IMAP_URL", default="")
REPORTS_HOOK_KEY = env.str("REPORTS_HOOK_KEY", default="")
# Where clamd listens: tcp://127.0.0.1:3310 or unix:///run/clamav/clamd.ctl. Empty: witnesses' files are not scanned.
CLAMD_URL = env.str("CLAMD_URL", default="")
# Keys that seal and hash what witnesses and subscribers entrust to us: files in DATA_DIR/secrets unless set here, as
# they must be where several hosts share a database. Lines of `id base64`, the newest last, with commas between.
SEALING_KEYS = env.list("SEALING_KEYS", default=[])
PEPPER = env.str("PEPPER", default="")
# By which push services know the paper: 32 bytes in base64url, a private key of P-256 (VAPID).
PUSH_KEY = env.str("PUSH_KEY", default="")
X_FRAME_OPTIONS = "SAMEORIGIN"  # the desk frames its own previews
SILENCED_SYSTEM_CHECKS = ["security.W019"]  # which asks for DENY

# Readers' pages carry no nonce (they are kept as bytes); the desk's may: `desk_comfort` adds it under /admin/.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "worker-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "media-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [SELF],
    },
}
DESK_CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        **CONTENT_SECURITY_POLICY["DIRECTIVES"],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "frame-src": [SELF],
    },
}

# Mail: by SMTP where EMAIL_URL says so; else each mail is a file that the desk can read in the admin.
MAIL_OUT_DIR = DATA_DIR / "mail-out"
MAIL_PROVIDER = env.str("MAIL_PROVIDER", default="").lower()
MAIL_TO_FILES = not (env.str("EMAIL_URL", default="") or MAIL_PROVIDER)
_mail = env.email_url("EMAIL_URL") if env.str("EMAIL_URL", default="") else {}
EMAIL_BACKEND = _mail.get("EMAIL_BACKEND") or "newsroom.mail_out.EmlBackend"
EMAIL_HOST = _mail.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = _mail.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = _mail.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = _mail.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = _mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _mail.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 20
# Or by a provider's own interface, one that django-anymail knows; its keys, as there, without the provider's name.
if MAIL_PROVIDER:
    EMAIL_BACKEND = mail_provider(MAIL_PROVIDER)
MAIL_HOOK_SECRET = env.str("MAIL_HOOK_SECRET", default="")
ANYMAIL = {"REQUESTS_TIMEOUT": EMAIL_TIMEOUT, "WEBHOOK_SECRET": MAIL_HOOK_SECRET} | {
    f"{MAIL_PROVIDER}_{name}".upper(): value for name, value in env.dict("MAIL_PROVIDER_KEYS", default={}).items()
}
# How many letters go at once, and how many a minute: in all, and to each mail provider ("gmail.com=600,*=1200").
MAIL_CONNECTIONS = env.int("MAIL_CONNECTIONS", default=4)
MAIL_PER_MINUTE = env.int("MAIL_PER_MINUTE", default=0)
MAIL_PER_DOMAIN_PER_MINUTE = {
    name.lower(): understood("MAIL_PER_DOMAIN_PER_MINUTE", rate, int)
    for name, rate in env.dict("MAIL_PER_DOMAIN_PER_MINUTE", default={}).items()
}
# Where letters that cannot be delivered come back to: an address of ours, and the mailbox that it is fetched from.
BOUNCES_ADDRESS = env.str("BOUNCES_ADDRESS", default="")
BOUNCES_IMAP_URL = env.str("BOUNCES_IMAP_URL", default="")
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("FROM_EMAIL", default="") or f"newsroom@{_site.hostname}"

# Languages: of the interface (catalogues that we ship) and of stories (any of a long list).
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French")), ("ar", _("Arabic"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "newsroom.formats"
TIME_ZONE = "UTC"
USE_TZ = USE_I18N = True
TAGGIT_CASE_INSENSITIVE = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = DATA_DIR / "media"
WHITENOISE_MAX_AGE = 3600
# Only debuggers fetch source maps, and they are most of what there would be to compress.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
# An S3-compatible store for files, instead of folders: with a bucket for what readers get and one for all else.
STORAGES = {
    **file_stores(
        endpoint=env.str("S3_ENDPOINT", default=""), region=env.str("S3_REGION", default="us-east-1"),
        key=env.str("S3_KEY", default=""), secret=env.str("S3_SECRET", default=""),
        public=env.str("S3_BUCKET_PUBLIC", default=""), private=env.str("S3_BUCKET_PRIVATE", default=""),
        reports=env.bool("S3_REPORTS", default=True),
    ),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}  # fmt: skip
FILE_UPLOAD_PERMISSIONS = 0o640
FILE_UPLOAD_HANDLERS = [
    "accounts.uploads.StaffAlone",
    "images.uploads.NotTooLarge",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
# A witness who picks the whole gallery of a phone is told which files are too many, and loses no word.
DATA_UPLOAD_MAX_NUMBER_FILES = 5000
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
VIDEO_MAX_MB = env.int("VIDEO_MAX_MB", default=500)

# Whoever shows this word (``Authorization: Bearer …``) may read /metrics; without it nobody may.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

LOGGING = logs.configuration(DATA_DIR / "logs", level=level(env.str("LOG_LEVEL", default="") or "INFO"))
