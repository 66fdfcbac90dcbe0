"""Every setting, in one file. Values that differ between installations come from the environment (.env.example)."""

from pathlib import Path
from typing import Any

from executor_one import environment
from executor_one.environment import read

BASE_DIR = Path(__file__).resolve().parent.parent
if (BASE_DIR / ".env").exists():
    environment.env.read_env(str(BASE_DIR / ".env"))

# --- where things live ---------------------------------------------------------------------------
DATA_DIR = read("EXECUTOR_DATA_DIR", Path, BASE_DIR / ".data").absolute()
PUBLIC_URL = read("PUBLIC_URL", environment.public_url, "http://127.0.0.1:8000")

# --- safety --------------------------------------------------------------------------------------
UNSET_SECRET_KEY = "unset-secret-key-good-for-checks-only"  # noqa: S105 - refused by executor_one.E002
SECRET_KEY = (
    read("SECRET_KEY", environment.secret, "")
    or environment.written_secret(DATA_DIR / "secrets.json", "secret_key")
    or UNSET_SECRET_KEY
)
# What memories tagged `secrets` are sealed with: the first key seals, all of them open (manage.py rotate_memory_keys).
DEFAULT_MEMORY_KEYS: list[str] = []
DEFAULT_OUTBOUND_EXCEPTIONS: list[Any] = []
DEFAULT_OUTBOUND_PORTS: list[int] = []
DEFAULT_DOCKER: list[Any] = []
MEMORY_KEYS = [*read("MEMORY_KEYS", environment.secrets, DEFAULT_MEMORY_KEYS), SECRET_KEY]
# What wraps the key of each account's credentials: the first key wraps, all unwrap (manage.py rotate_credential_keys).
DEFAULT_CREDENTIAL_KEYS: list[str] = []
CREDENTIAL_KEYS = [*read("CREDENTIAL_KEYS", environment.secrets, DEFAULT_CREDENTIAL_KEYS), SECRET_KEY]
# What signs the heads of the event log: the first key signs, the public halves of all of them are published.
DEFAULT_AUDIT_SIGNING_KEYS: list[str] = []
AUDIT_SIGNING_KEYS = [*read("AUDIT_SIGNING_KEYS", environment.secrets, DEFAULT_AUDIT_SIGNING_KEYS), SECRET_KEY]
DEBUG = read("DEBUG", environment.flag, False)
ALLOWED_HOSTS = read("ALLOWED_HOSTS", environment.hosts, ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_FAILURE_VIEW = "executor_one.kit.errors.csrf_failed"
BEHIND_TLS = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
# __Host-: browsers take such a cookie only over TLS, for this very host and for all of it.
SESSION_COOKIE_NAME = "__Host-sessionid" if BEHIND_TLS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if BEHIND_TLS else "csrftoken"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = read("SECURE_SSL_REDIRECT", environment.flag, False)
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_TLS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
# How many proxies in front of us append to X-Forwarded-For; 0 believes only the socket.
TRUSTED_PROXIES = read("TRUSTED_PROXIES", environment.hops, 0)
X_FRAME_OPTIONS = "DENY"
# Nothing inline, nothing evaluated, nothing from another host; no page has an exception.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440  # bytes of one request body; more is 413

# --- apps ----------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.import_export",
    "unfold.contrib.simple_history",
    "executor_one.console.apps.ConsoleConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "django_q",
    "hijack",
    "import_export",
    "simple_history",
    "executor_one",
    "executor_one.kit",
    "events",
    "billing",
    "accounts",
    "memory",
    "goals",
    "runners",
    "realtime",
    "webhooks",
]
# Sync on purpose: executor_one.asgi runs the whole chain in one thread hop per request.
MIDDLEWARE = [
    "executor_one.kit.receipts.ReceiptMiddleware",
    "accounts.throttling.RateLimitMiddleware",
    "accounts.request_log.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "hijack.middleware.HijackUserMiddleware",
    "accounts.onlooking.OnlookerMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
]
ROOT_URLCONF = "executor_one.urls"
ASGI_APPLICATION = "executor_one.asgi.application"
APPEND_SLASH = False
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
            ]
        },
    }
]

# --- database ------------------------------------------------------------------------------------
NO_DATABASE: dict[str, Any] = {"ENGINE": "django.db.backends.postgresql", "NAME": "executor"}
_written_url = environment.written(DATA_DIR / "database-url")
DATABASES: dict[str, dict[str, Any]] = {
    "default": read("DATABASE_URL", environment.database, {})
    or (environment.database(_written_url) if _written_url else dict(NO_DATABASE))
}
DATABASES["default"]["ENGINE"] = "executor_one.kit.postgres"
# Every process has threads that stay (the web's: executor_one.asgi), and each keeps its connection: opening one costs
# 3-5 ms.
DATABASES["default"]["CONN_MAX_AGE"] = None
WEB_THREADS = read("WEB_THREADS", environment.count, 16)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = read("REDIS_URL", environment.redis, "")
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
    }
    if REDIS_URL
    else {
        # One for all processes: it remembers which one-time codes were used, and allauth's smaller rate limits.
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "kit_cache",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
}

# --- accounts ------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/dashboard"
SESSION_COOKIE_AGE = 12 * 3600
KEY_USE_SECONDS = 60  # after which what was counted of keys is written at the latest
REQUEST_LOG_SECONDS = 2  # after which the log of requests is
ECOSYSTEM_DOMAINS = read("ECOSYSTEM_DOMAINS", environment.domains, ["ajuda.digital"])
DEFAULT_SIGNUP_RATE: environment.Rate | None = (20, 3600)
DEFAULT_LOGIN_RATE: environment.Rate | None = (10, 900)
SIGNUP_RATE = read("SIGNUP_RATE", environment.rate, DEFAULT_SIGNUP_RATE)
LOGIN_RATE = read("LOGIN_RATE", environment.rate, DEFAULT_LOGIN_RATE)

# django-allauth: second factors, passkeys, the list of sessions. Its rules of sign-up, sign-in and mail are our actions
# (docs/decisions/0022).
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # of allauth: our own link verifies, and nobody is kept out until then
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGOUT_REDIRECT_URL = "/login"
ACCOUNT_REAUTHENTICATION_METHODS = ["password", "mfa"]
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900  # seconds
MFA_ADAPTER = "accounts.adapters.SecondFactorAdapter"
ACCOUNT_FORMS = {"reauthenticate": "accounts.forms.PasswordAgainForm"}
MFA_FORMS = {
    "activate_totp": "accounts.forms.ActivateAppForm",
    "add_webauthn": "accounts.forms.AddPasskeyForm",
    "authenticate": "accounts.forms.CodeForm",
    "authenticate_webauthn": "accounts.forms.ProvePasskeyForm",
    "edit_webauthn": "accounts.forms.RenamePasskeyForm",
    "login_webauthn": "accounts.forms.PasskeySignInForm",
    "reauthenticate": "accounts.forms.CodeAgainForm",
    "reauthenticate_webauthn": "accounts.forms.PasskeyAgainForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "executor.one"
MFA_TOTP_TOLERANCE = 1  # half a minute of a wrong clock

# --- staff ---------------------------------------------------------------------------------------
STAFF_MFA = read("STAFF_MFA", environment.flag, True)  # nobody comes into /admin without a second factor
STAFF_MAY_ACT_AS = read("STAFF_MAY_ACT_AS", environment.flag, False)  # else who looks as a customer changes nothing
STAFF_LOOK_MINUTES = read("STAFF_LOOK_MINUTES", environment.count_to(480), 60)  # after which such a look is over
HIJACK_PERMISSION_CHECK = "accounts.staffing.may_look_as"
HIJACK_INSERT_BEFORE = None  # our own banner stands in templates/skeleton.html
UNFOLD = {
    "SITE_TITLE": "executor.one staff",
    "SITE_HEADER": "executor.one staff",
    "SITE_URL": "/dashboard",
    "SHOW_HISTORY": True,
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": "executor_one.console.landing.navigation",
    },
    "SITE_ICON": "/static/img/mark.svg",
    "STYLES": ["/static/css/console.css"],
    # The product's amber: what is running now, and the next action (templates look as static/css/app.css does).
    "COLORS": {
        "primary": {
            "50": "oklch(98.7% .022 95.3)",
            "100": "oklch(96.2% .059 95.6)",
            "200": "oklch(92.4% .12 95.7)",
            "300": "oklch(87.9% .169 91.6)",
            "400": "oklch(82.8% .189 84.4)",
            "500": "oklch(76.9% .188 70.1)",
            "600": "oklch(55% .13 62)",
            "700": "oklch(47.3% .118 50)",
            "800": "oklch(41.4% .105 45.9)",
            "900": "oklch(35.9% .09 43.2)",
            "950": "oklch(27.9% .077 45.6)",
        }
    },
}
IMPORT_EXPORT_TMP_STORAGE_CLASS = "import_export.tmp_storages.CacheStorage"
IMPORT_EXPORT_USE_TRANSACTIONS = True

# --- mail ----------------------------------------------------------------------------------------
EMAIL_BACKEND = "executor_one.kit.mail.ConsoleAndFileBackend"
EMAIL_FILE_PATH = str(DATA_DIR / "mail")
NO_MAIL: dict[str, Any] = {}
vars().update(read("EMAIL_URL", environment.mail, NO_MAIL))
DEFAULT_FROM_EMAIL = read("DEFAULT_FROM_EMAIL", environment.sender, "executor.one <no-reply@executor.one>")

# --- the executor --------------------------------------------------------------------------------
SANDBOX = read("EXECUTOR_SANDBOX", environment.flag, True)
BWRAP = read("EXECUTOR_BWRAP", str, "")  # which bubblewrap; empty: the system's, else the wheel's
# Where http-client and what else leaves the house may go besides public addresses, and on which ports: none, the usual.
OUTBOUND_EXCEPTIONS = read("OUTBOUND_EXCEPTIONS", environment.networks, DEFAULT_OUTBOUND_EXCEPTIONS)
OUTBOUND_PORTS = read("OUTBOUND_PORTS", environment.ports, DEFAULT_OUTBOUND_PORTS)
# Whether accounts may let their commands reach hosts of their choice, through the runner's proxies.
EGRESS = read("EXECUTOR_EGRESS", environment.flag, True)
# Engines that run customers' containers, and the images that may be run there. None: there are no containers.
DOCKER_ENGINES = read("DOCKER_ENGINES", environment.engines, DEFAULT_DOCKER)
DOCKER_IMAGES = read("DOCKER_IMAGES", environment.images, DEFAULT_DOCKER)
RUNNER_SLOTS = read("RUNNER_SLOTS", environment.count, 8)
# Where audit streams of kind `file` are written, for every account that wants one. None: nowhere, and asking is 501.
NO_FOLDER: Path | None = None
AUDIT_STREAM_DIR = read("AUDIT_STREAM_DIR", environment.folder, NO_FOLDER)
FAST_LANE = read("EXECUTOR_FAST_LANE", environment.flag, True)
WORKSPACES_DIR = DATA_DIR / "workspaces"
Q_CLUSTER = {
    "name": "executor",
    "broker_class": "executor_one.kit.queue.PostgresBroker",
    "orm": "default",
    "workers": read("HEARTBEAT_WORKERS", environment.count, 2),
    "timeout": 60,  # seconds; a tick takes milliseconds
    "retry": 120,
    "max_attempts": 3,
    "ack_failures": True,  # a failed job is dropped: the next pulse finds what is due
    "save_limit": -1,  # successes are not stored; anything else locks every stored row
    "poll": 0.2,
    "scheduler": False,  # its clock is up to 30 s late; the broker's pulse is ours
    "label": "Queue",
}

# --- sockets and streams of events ----------------------------------------------------------------
REALTIME_PER_ACCOUNT = read("REALTIME_PER_ACCOUNT", environment.count, 100)
REALTIME_PER_PROCESS = read("REALTIME_PER_PROCESS", environment.count, 5_000)
REALTIME_UNPROVEN = read("REALTIME_UNPROVEN", environment.count, 50)  # of one address, before they say who they are
# Several web processes tell each other how many each account has, where there is a Redis (realtime.neighbours).
CHANNEL_LAYERS = (
    {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}}}
    if REDIS_URL
    else {}
)

# --- the language model --------------------------------------------------------------------------
# Plans goals where the price plan includes it (goals.asking). Without the first two there is none.
LLM_BASE_URL = read("EXECUTOR_LLM_BASE_URL", environment.api_url, "")
LLM_MODEL = read("EXECUTOR_LLM_MODEL", str, "")
LLM_API_KEY = read("EXECUTOR_LLM_API_KEY", environment.model_key, "")
LLM_SECONDS = read("EXECUTOR_LLM_SECONDS", environment.seconds, 60)  # for one plan, repair and retries included
PLANNER_SLOTS = read("PLANNER_SLOTS", environment.count, 8)

# --- money ---------------------------------------------------------------------------------------
# Without a key nothing can be bought, and everything else works (billing.stripe_client).
STRIPE_SECRET_KEY = read("STRIPE_SECRET_KEY", environment.stripe_key, "")
STRIPE_WEBHOOK_SECRET = read("STRIPE_WEBHOOK_SECRET", environment.stripe_webhook_secret, "")
STRIPE_API_BASE = read("STRIPE_API_BASE", environment.api_url, "")  # empty: Stripe itself

# --- the API -------------------------------------------------------------------------------------
# What an account may ask for, refilled continuously; a key may ask as fast as API_BURST for half a minute, then as fast
# as the rate again (accounts.throttling). `none`: no limit.
DEFAULT_API_RATE: environment.Rate | None = (1_000, 60)
DEFAULT_API_BURST: environment.Rate | None = (5_000, 60)
DEFAULT_EXECUTE_RATE: environment.Rate | None = (300, 60)
DEFAULT_WEBHOOK_RATE: environment.Rate | None = (600, 60)
API_RATE = read("API_RATE", environment.rate, DEFAULT_API_RATE)
API_BURST = read("API_BURST", environment.rate, DEFAULT_API_BURST)
EXECUTE_RATE = read("EXECUTE_RATE", environment.rate, DEFAULT_EXECUTE_RATE)  # POST /api/execute, of an account
WEBHOOK_RATE = read("WEBHOOK_RATE", environment.rate, DEFAULT_WEBHOOK_RATE)  # what comes in, of a network address
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.BearerAuthentication",
        "accounts.api.authentication.CookieAuthentication",
    ],
    "DEFAULT_RENDERER_CLASSES": ["executor_one.kit.rendering.JsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["executor_one.kit.rendering.JsonParser"],
    "DEFAULT_SCHEMA_CLASS": "executor_one.kit.schema.ApiSchema",
    "EXCEPTION_HANDLER": "executor_one.kit.errors.handle",
    "DEFAULT_PAGINATION_CLASS": "executor_one.kit.pagination.Page",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "executor.one API",
    "DESCRIPTION": "State a goal; it is decomposed into tasks, run in a sandbox, verified and remembered.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "COMPONENT_SPLIT_PATCH": False,  # what may be left out of a PATCH, its serializer says
    "POSTPROCESSING_HOOKS": ["executor_one.kit.schema.complete", "webhooks.openapi.add_webhooks"],
    "ENUM_NAME_OVERRIDES": {},
}

# --- static files, time, logs --------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True  # no collectstatic step: a bare clone serves its own files
WHITENOISE_AUTOREFRESH = False
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
DATETIME_FORMAT = r"j M Y, H:i:s \U\T\C"  # of the staff's console
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": read("LOG_LEVEL", environment.level, "INFO")},
    "loggers": {
        "daphne": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},  # anybody can send one; each would log a traceback
        "django.channels.server": {"level": "WARNING"},
        # what they say at DEBUG holds the customers' text
        "openai": {"level": "WARNING"},
        "stripe": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
        "httpcore2": {"level": "WARNING"},
        "mcp": {"level": "ERROR"},  # tells of each request, and of each that a client got wrong
        "django-q": {"handlers": ["console"], "level": "WARNING", "propagate": False},
    },
}
