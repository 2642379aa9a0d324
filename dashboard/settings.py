"""Django's settings, read from the environment. docs/configuration.md lists every variable."""

import sys
from pathlib import Path
from urllib.parse import quote, urlsplit

from csp.constants import NONE, SELF

from dashboard import env
from dashboard.core.payload import masks

BASE_DIR = env.BASE_DIR
VAR_DIR = env.VAR_DIR

DEBUG = env.flag("DEBUG")
# Empty is refused by dashboard.checks, and by Django itself as soon as it is used; `manage.py inspect` needs none.
SECRET_KEY = env.text("SECRET_KEY", "not-a-secret-for-debugging-only" if DEBUG else "")
# Encrypts the credentials of watched servers at rest; comma-separated, the first encrypts, all decrypt.
CREDENTIALS_KEYS = env.words("CREDENTIALS_KEY")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
# Whole origins (scheme://host:port) that pages may be served from; the websocket accepts exactly these.
CSRF_TRUSTED_ORIGINS = env.words("ORIGINS")
# True only where nothing but this machine can reach us; otherwise cookies travel over https alone.
PLAIN_HTTP = env.flag("PLAIN_HTTP", DEBUG)

SAMPLE_INTERVAL_S = env.number("SAMPLE_INTERVAL", 1.0, at_least=0.1)
COST_BUDGET_PERCENT = env.number("COST_BUDGET", 2.0, at_least=0.01)
HISTORY_LEVELS = env.history_levels()
# Fields that only who may see masked ones sees, on every stream; a stream adds its own.
MASKED_FIELDS = env.words("MASKED_FIELDS", masks.DEFAULT)
CHARTJS_URL = env.text("CHARTJS_URL")

# Where links in messages lead.
#: Nothing may be changed on any watched server, by whoever it is.
READ_ONLY = env.flag("READ_ONLY")
#: Where backups of streams are kept.
BACKUP_DIR = Path(env.text("BACKUP_DIR", str(VAR_DIR / "backups")))
#: The audit as a stream for others: its key (empty: none), the Redis that it is in, and how many entries it keeps.
AUDIT_STREAM = env.text("AUDIT_STREAM")
AUDIT_STREAM_REDIS = env.text("AUDIT_STREAM_REDIS", env.text("REDIS_URL"))
AUDIT_STREAM_LENGTH = int(env.number("AUDIT_STREAM_LENGTH", 100_000, at_least=1))
SITE_URL = env.text("SITE_URL", next(iter(CSRF_TRUSTED_ORIGINS), "")).rstrip("/")
# Of alerts that have resolved, of their events, and of notifications that have come to an end.
ALERTS_KEPT_DAYS = env.number("ALERTS_KEPT", 90, at_least=1)

# The mail server that email receivers are told through.
globals().update(env.mail())
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("MAIL_FROM", "streamgauge@localhost")
# Private networks that any receiver may be in; others allow some of their own.
NOTIFY_NETWORKS = env.words("NOTIFY_NETWORKS")

INSTALLED_APPS = [
    # Its app only replaces `runserver`; loading Twisted for every other command would double the time they start in.
    *(["daphne"] if "runserver" in sys.argv else []),
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "channels",
    "dashboard",
    "dashboard.history",
    "streams_admin",
]
MIDDLEWARE = [
    "dashboard.draining.CountRequests",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "dashboard.middleware.InReadersZone",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "dashboard.middleware.RefuseCrossSiteWrites",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "dashboard.urls"
ASGI_APPLICATION = "dashboard.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboard.context.page",
                "streams_admin.context.approvals",
            ],
        },
    },
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Quoted, since a folder may be called anything.
SQLITE_URL = "sqlite:///" + quote(str(VAR_DIR / "streamgauge.sqlite3"))
DATABASES = {"default": env.environment.db("DATABASE_URL", default=SQLITE_URL)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE: a transaction takes the write lock at its start and waits for it, instead of failing half-way.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000;",
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"]["CONN_MAX_AGE"] = 60

# Our own Redis: channel layer, latest samples. Watched servers are in the registry.
REDIS_URL = env.text("REDIS_URL", "redis://127.0.0.1:6379/0")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        # RESP 2: of each push message of RESP 3 redis-py writes a debug line, with all of a tick's megabytes in it, whether
        # or not anybody reads such lines. It takes as long as all that the hub does with a tick.
        "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": None, "protocol": 2}], "prefix": "streamgauge"},
    },
}

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "overview"
LOGOUT_REDIRECT_URL = "login"

LANGUAGE_CODE = "en"
# Each with a catalogue in locale/, and named in its own words; docs/languages.md tells how to add one.
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_ALLOW_ALL_ORIGINS = False  # our own pages alone use our files
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "dashboard.staticfiles.ModuleManifestStorage"},
}

# Probes come to an address of ours and speak plain http.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE_SSL_REDIRECT = not PLAIN_HTTP
SECURE_HSTS_SECONDS = 0 if PLAIN_HTTP else 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not PLAIN_HTTP
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_PROXY") else None
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
# Chart.js from a CDN, where CHARTJS_URL says so; our pages name its integrity hash.
_CHARTJS_ORIGIN = "://".join(urlsplit(CHARTJS_URL)[:2]) if CHARTJS_URL else ""
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, *filter(None, [_CHARTJS_ORIGIN])],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_VERBOSE = False
AXES_HTTP_RESPONSE_CODE = 429
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    # The hub says in one line what the channel layer says every second with a traceback.
    "loggers": {"channels_redis": {"level": "CRITICAL"}},
    "root": {"handlers": ["stderr"], "level": env.text("LOG_LEVEL", "INFO")},
}
