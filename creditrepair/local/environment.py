"""The environment of every child process: the one list of the names that settings.py and docker-compose.yml know."""

import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from creditrepair.local.host import private_folder
from creditrepair.local.keys import secret
from creditrepair.local.postgres import PostgresUrls
from creditrepair.local.redis import RedisUrls

PROJECT = Path(__file__).resolve().parent.parent.parent
LAUNCHER = "CREDITREPAIR_LAUNCHER"  # marks an environment as made here, so that a nested run makes its own
PREFERRED_PORTS = (8620, 8621, 8622, 8623)
NAMES = (  # what an installation must say; docker-compose.yml is tested against this list
    "DJANGO_SETTINGS_MODULE",
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "DATABASE_SENDER_URL",
    "BROKER_URL",
    "CACHE_URL",
    "SECRET_KEY",
    "DJANGO_DEBUG",
    "ALLOWED_HOSTS",
    "PUBLIC_URL",
    "SITE_PORT",
    "PLATFORM_A_URL",
    "PLATFORM_A_KEYS",
    "PLATFORM_B_URL",
    "PLATFORM_B_KEYS",
    "SMS_URL",
    "SMS_KEYS",
    "SYNC_LOOPBACK_ALLOWED",
    "SYNC_SIGNING_SEED",
    "QR_KEYS",
    "STATE_DIR",
    "FONTCONFIG_FILE",
)
_CALLERS_CHOICE = ("DJANGO_DEBUG", "ALLOWED_HOSTS", "STATICFILES_BACKEND")  # may be set before `make demo`
# Hashed names without brotli: packing 40 MB costs 50 s of processor on a first start, and gains nothing on loopback.
_UNPACKED = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
_QUIET = "ignore:The 'django-fsm' package has been integrated:UserWarning"  # one notice per process; ADR on django-fsm


@dataclass(frozen=True, slots=True)
class Ports:
    """TCP ports on 127.0.0.1."""

    site: int
    platform_a: int
    platform_b: int
    sms: int


def free_ports() -> Ports:
    """Four free ports: the preferred ones where nobody listens, else the next free above them."""
    taken: list[int] = []
    following = iter(range(max(PREFERRED_PORTS) + 1, max(PREFERRED_PORTS) + 200))
    for wanted in PREFERRED_PORTS:
        port = wanted
        while not _is_free(port):
            port = next(following, 0)
        taken.append(port or _any_port())
    return Ports(*taken)


def _is_free(port: int) -> bool:
    if port == 0:
        return True
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do; a listener still refuses
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _any_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def forget_outer_launcher() -> None:
    """Inside `make shell` the variables point at that shell's services; a nested run must not take them for the user's.

    PG* variables go in any case: PGPORT, PGSERVICE or PGOPTIONS of the caller would bend every connection of ours.
    """
    if os.environ.pop(LAUNCHER, None):
        for name in (*NAMES, "STATICFILES_BACKEND"):
            os.environ.pop(name, None)
    for name in [name for name in os.environ if re.fullmatch(r"PG[A-Z]+", name)]:
        del os.environ[name]


def child_environment(
    state: Path, database: PostgresUrls, broker: RedisUrls, ports: Ports, caller: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Everything a child needs: the caller's environment with ours on top. Secrets are made on first use.

    state   absolute folder for files, static files, logs
    caller  defaults to os.environ
    """
    environment = dict(os.environ if caller is None else caller)
    for name in ("REDIS_URL", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES"):  # a make below make acts otherwise
        environment.pop(name, None)
    ours = {
        "DJANGO_SETTINGS_MODULE": "creditrepair.settings",
        "DATABASE_URL": database.app,
        "DATABASE_OWNER_URL": database.owner,
        "DATABASE_SENDER_URL": database.sender,
        "BROKER_URL": broker.broker,
        "CACHE_URL": broker.cache,
        "SECRET_KEY": secret(state, "secret_key", 48),
        "DJANGO_DEBUG": "0",
        "ALLOWED_HOSTS": "127.0.0.1,localhost,.localhost",
        "PUBLIC_URL": f"http://127.0.0.1:{ports.site}",
        "SITE_PORT": str(ports.site),
        "PLATFORM_A_URL": f"http://127.0.0.1:{ports.platform_a}",
        "PLATFORM_A_KEYS": f"k1:{secret(state, 'platform_a')}",
        "PLATFORM_B_URL": f"http://127.0.0.1:{ports.platform_b}",
        "PLATFORM_B_KEYS": f"k1:{secret(state, 'platform_b')}",
        "SMS_URL": f"http://127.0.0.1:{ports.sms}",
        "SMS_KEYS": f"k1:{secret(state, 'sms')}",
        "SMS_CALLBACK_URL": f"http://127.0.0.1:{ports.site}/callbacks/sms",
        "SYNC_LOOPBACK_ALLOWED": "1",
        "SYNC_SIGNING_SEED": secret(state, "signing_seed"),
        "QR_KEYS": f"k1={secret(state, 'qr')}",
        "STATE_DIR": str(state),
        "STATICFILES_BACKEND": _UNPACKED,
        "FONTCONFIG_FILE": str(PROJECT / "notices" / "fonts" / "fonts.conf"),
    }
    for name in _CALLERS_CHOICE:
        ours[name] = environment.get(name) or ours[name]
    environment |= ours
    environment |= {LAUNCHER: "1", "PYTHONUNBUFFERED": "1", "LC_ALL": "C.UTF-8", "PYTHONWARNINGS": _QUIET}
    environment["XDG_CACHE_HOME"] = str(private_folder(state / "cache", None))  # fontconfig's, also without a HOME
    if not os.access(environment.get("HOME") or "/nowhere", os.W_OK):
        environment["HOME"] = str(private_folder(state / "home", None))
    return environment
