"""Settings, read from the environment (names in `creditrepair/local/environment.py` and docker-compose.yml).

What a county may want to change without a programmer is not here but in the rows of its Region.
"""

import os
from pathlib import Path
from typing import Any

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

STATE_DIR = Path(env("STATE_DIR", default=str(BASE_DIR / "var")))
SECRET_KEY = env("SECRET_KEY")
DEBUG = env.bool("DJANGO_DEBUG", default=False)
LAB = env.bool("LAB", default=False)  # the fault lab's own processes: lets creditrepair.failpoint kill them
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", ".localhost"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "creditrepair.tenancy",
    "creditrepair.audit",
    "cases",
    "notices",
    "sync",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "django_fsm",
    "pgtrigger",
    "axes",
    "rest_framework",
    "rest_framework_api_key",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "creditrepair.tenancy.middleware.HeadersMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "creditrepair.tenancy.middleware.TenancyMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "creditrepair.tenancy.middleware.ActorMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "creditrepair.urls"
WSGI_APPLICATION = "creditrepair.wsgi.application"
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
                "creditrepair.tenancy.context_processors.site",
            ],
        },
    }
]


def _database(variable: str, default: str | None = None) -> dict[str, Any]:
    """One alias; all three reach the same database under different roles (docs/adr/0003)."""
    config: dict[str, Any] = env.db_url(variable, default=default) if default else env.db_url(variable)
    options = config.setdefault("OPTIONS", {})
    if "host" in options:  # a unix socket folder comes as ?host=
        config["HOST"] = options.pop("host")
    config |= {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    options["options"] = "-c lock_timeout=5000 -c idle_in_transaction_session_timeout=60000 -c timezone=UTC"
    options["connect_timeout"] = 3
    return config


DATABASES = {
    "default": _database("DATABASE_URL"),
    "owner": _database("DATABASE_OWNER_URL", default=env("DATABASE_URL")),
    "sender": _database("DATABASE_SENDER_URL", default=env("DATABASE_URL")),
}
# Tests run as `app` and `sender` on a database made and migrated by `owner`: a mirror copies the name, not the user.
DATABASES["default"]["TEST"] = {"MIRROR": "owner"}
DATABASES["sender"]["TEST"] = {"MIRROR": "owner"}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": env.cache_url("CACHE_URL", default="locmemcache://")}

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

# ── sign-in ────────────────────────────────────────────────────────────────────────────────────────────────────────
AUTH_USER_MODEL = "tenancy.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
# Rules for passwords: creditrepair.tenancy.passwords, the one place that gives somebody a new one.
LOGIN_URL = "portal:login"
LOGIN_REDIRECT_URL = "portal:home"
LOGOUT_REDIRECT_URL = "portal:home"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours: 15 minutes (reliability: a setting, the standards give no number)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "portal/locked.html"
AXES_RESET_ON_SUCCESS = True
AXES_SENSITIVE_PARAMETERS: list[str] = []
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "__Host-session"
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_IDLE_SECONDS = {"staff": 15 * 60, "applicant": 30 * 60}
SESSION_WARNING_SECONDS = 120  # before the idle time is over, with one press to stay
# 统一身份认证, 电子营业执照 …: dotted classes of creditrepair.tenancy.providers.Provider. None: nothing on the page.
SIGNIN_PROVIDERS = env.list("SIGNIN_PROVIDERS", default=[])
CSRF_COOKIE_NAME = "__Host-csrf"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "cases.portal.keeping.csrf_failure"

# How many days rows are kept that nobody needs afterwards (cases.services.forget); events stay.
KEEP_CODE_DAYS = env.int("KEEP_CODE_DAYS", default=30)  # codes by SMS and for uploading by telephone
KEEP_WISH_DAYS = env.int("KEEP_WISH_DAYS", default=30)  # reminders whose number was never confirmed
KEEP_SIGN_IN_DAYS = env.int("KEEP_SIGN_IN_DAYS", default=184)  # 登录记录: at least 184, six months

# ── headers (reliability §2.7) ─────────────────────────────────────────────────────────────────────────────────────
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31536000
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_INCLUDE_SUBDOMAINS", default=False)
SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", default=False)
X_FRAME_OPTIONS = "DENY"
if env.bool("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# HSTS for sub-domains, preload and the redirect are the front server's business (README, production).
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021"]

# ── papers ─────────────────────────────────────────────────────────────────────────────────────────────────────────
PAPER_FONTS_DIR = STATE_DIR / "fonts"  # a region's own faces: a folder named by its code
PAPER_PRESSES = env.int("PAPER_PRESSES", default=len(os.sched_getaffinity(0)))  # processes of a batch; 0: none
PAPER_SEALS = env.dict("PAPER_SEALS", default={"default": "notices.seals.Placeholder"})  # region or "default" → class

# ── files ──────────────────────────────────────────────────────────────────────────────────────────────────────────
STATIC_URL = "/static/"
STATIC_ROOT = STATE_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "creditrepair" / "static"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": STATE_DIR / "files"},
    },
    "staticfiles": {
        "BACKEND": env("STATICFILES_BACKEND", default="whitenoise.storage.CompressedManifestStaticFilesStorage"),
    },
}
WHITENOISE_ALLOW_ALL_ORIGINS = False
CLAMD_SOCKET = env("CLAMD_SOCKET", default="")  # unix socket of a virus scanner; empty: not run, and pages say so
UPLOAD_MAX_BYTES = 20 * 1024 * 1024
UPLOAD_MAX_PAGES = 500
UPLOAD_MAX_PIXELS = 40_000_000
UPLOAD_CHECK_CPU_SECONDS = 10  # of processor time, for looking into one file
UPLOAD_CHECK_WALL_SECONDS = 60  # of the clock on the wall: when it strikes, the file is not to blame
UPLOAD_MAX_FILES = 9  # of one material
UPLOAD_SHRINK_TO = 2000  # pixels: to this side the page's script shrinks photos before it sends them
UPLOAD_TICKET_SECONDS = 600  # how long a telephone may add files by the code on the screen
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_PERMISSIONS = 0o600

# ── Celery (reliability §2.1): wakes only; the visibility timeout stands in three places on purpose ────────────────
CELERY_BROKER_URL = env("BROKER_URL", default="memory://")
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_ACKS_ON_FAILURE_OR_TIMEOUT = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 60
CELERY_TASK_SOFT_TIME_LIMIT = 45
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"sync.tasks.*": {"queue": "lanes"}, "notices.tasks.*": {"queue": "papers"}}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_VISIBILITY_TIMEOUT = 300
CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = {"visibility_timeout": 300}
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
    "visibility_timeout": 300,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_keepalive": True,
    "health_check_interval": 15,
    "socket_timeout": 10,
    "socket_connect_timeout": 2,
}
if CELERY_BROKER_URL.startswith("filesystem://"):
    _spool = STATE_DIR / "spool"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_spool),
        "data_folder_out": str(_spool),
        "control_folder": str(_spool / "control"),
    }
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_BEAT_SCHEDULE_FILENAME = str(STATE_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "lanes": {"task": "sync.tasks.drain_lanes", "schedule": 5.0},
    "papers": {"task": "notices.tasks.render_waiting", "schedule": 5.0},
    "batches": {"task": "cases.tasks.collect_waiting", "schedule": 15.0},
    "numbers": {"task": "cases.tasks.number_batches", "schedule": 15.0},
    "repaired": {"task": "cases.tasks.settle_verified", "schedule": 5.0},
    "listen": {"task": "cases.tasks.listen", "schedule": 30.0},
    "reconcile": {"task": "cases.tasks.reconcile_on", "schedule": 30.0},
    "nightly": {"task": "cases.tasks.reconcile_nightly", "schedule": crontab(hour=2, minute=10)},
    "heartbeat": {"task": "creditrepair.tenancy.tasks.heartbeat", "schedule": 10.0},
    "reminders": {"task": "cases.tasks.remind_due", "schedule": 60.0},
    "watch": {"task": "cases.tasks.watch_all", "schedule": 10.0},
    "scans": {"task": "cases.tasks.scan_waiting", "schedule": 15.0},
    "codes": {"task": "cases.tasks.forget_codes", "schedule": 60.0},
    "forget": {"task": "cases.tasks.forget_old", "schedule": crontab(hour=3, minute=20)},
    "checkpoint": {"task": "creditrepair.audit.tasks.seal_heads", "schedule": 3600.0},
}

# ── the platforms: a real endpoint is a setting ────────────────────────────────────────────────────────────────────
SYNC_TARGETS = {
    "creditchina_jinchang": {
        "base_url": env("PLATFORM_A_URL", default=""),
        "keys": env("PLATFORM_A_KEYS", default=""),
        "client_id": env("PLATFORM_CLIENT_ID", default="yongchang"),
        "parallel": env.int("PLATFORM_A_PARALLEL", default=8),
    },
    "gsxt_gansu": {
        "base_url": env("PLATFORM_B_URL", default=""),
        "keys": env("PLATFORM_B_KEYS", default=""),
        "client_id": env("PLATFORM_CLIENT_ID", default="yongchang"),
        "parallel": env.int("PLATFORM_B_PARALLEL", default=4),
    },
    # Told of removals where the rule says so; without an address their messages wait for the export as a file.
    "creditchina_gansu": {
        "base_url": env("PROVINCE_URL", default=""),
        "keys": env("PROVINCE_KEYS", default=""),
        "client_id": env("PLATFORM_CLIENT_ID", default="yongchang"),
        "parallel": env.int("PROVINCE_PARALLEL", default=2),
    },
    "superior_organ": {"base_url": "", "keys": "", "client_id": env("PLATFORM_CLIENT_ID", default="yongchang")},
    "sms_gateway": {
        "base_url": env("SMS_URL", default=""),
        "keys": env("SMS_KEYS", default=""),
        "client_id": env("PLATFORM_CLIENT_ID", default="yongchang"),
        "parallel": env.int("SMS_PARALLEL", default=4),
    },
}
SYNC_LOOPBACK_ALLOWED = env.bool("SYNC_LOOPBACK_ALLOWED", default=False)
SYNC_UNCLEAR_WAIT_SECONDS = env.int("SYNC_UNCLEAR_WAIT_SECONDS", default=15)
SYNC_SIGNING_SEED = env("SYNC_SIGNING_SEED", default="")  # Ed25519 seed (hex) that seals message bodies and event heads

SYNC_SIGNING_RETIRED = env.list("SYNC_SIGNING_RETIRED", default=[])  # public keys (hex) of seeds that signed before

# Public pages without sign-in find their region by host; hosts not named here belong to DEFAULT_REGION.
REGION_HOSTS = env.dict("REGION_HOSTS", default={"jinchuan.localhost": "620302", "yongchang.localhost": "620321"})
DEFAULT_REGION = env("DEFAULT_REGION", default="620321")
QR_KEYS = env.dict("QR_KEYS", default={})  # kid → hex; the first one signs
PUBLIC_URL = env("PUBLIC_URL", default="http://127.0.0.1:8620")

# ── REST ───────────────────────────────────────────────────────────────────────────────────────────────────────────
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["cases.api.clients.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["cases.api.clients.SignedIn"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "cases.api.problems.handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "信用修复“一件事” 接口",
    "DESCRIPTION": "查询办件进度、资格判定与办件详情。全程免费。",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "creditrepair.logs.LineFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.db.backends": {"level": "WARNING"},
        "fontTools": {"level": "ERROR"},
        "weasyprint": {"level": "ERROR"},
        "axes": {"level": "WARNING"},
        "sync.client": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
    },
}
