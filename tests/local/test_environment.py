"""The children's environment: complete, secret, stable, and not fooled by the caller's."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from creditrepair.local.environment import (
    LAUNCHER,
    NAMES,
    PREFERRED_PORTS,
    PROJECT,
    Ports,
    child_environment,
    forget_outer_launcher,
    free_ports,
)
from creditrepair.local.postgres import PostgresUrls
from creditrepair.local.redis import RedisUrls
from creditrepair.local.serving import programs, take_lock

URLS = PostgresUrls("postgresql://owner:x@/d", "postgresql://app:x@/d", "postgresql://sender:x@/d")
BROKER = RedisUrls("redis+socket:///b", "rediscache:///b?db=1")


def made(state: Path, **caller: str) -> dict[str, str]:
    return child_environment(state, URLS, BROKER, Ports(1, 2, 3, 4), {"PATH": os.defpath, **caller})


def test_every_name_is_set(state: Path) -> None:
    environment = made(state)
    assert [name for name in NAMES if not environment.get(name)] == []


def test_secrets_are_random_per_installation_and_kept_for_its_owner_only(state: Path, tmp_path: Path) -> None:
    first, again, other = made(state), made(state), made(tmp_path / "other")
    for name in ("SECRET_KEY", "PLATFORM_A_KEYS", "PLATFORM_B_KEYS", "SMS_KEYS", "SYNC_SIGNING_SEED", "QR_KEYS"):
        assert first[name] == again[name]
        assert first[name] != other[name]
    assert (state / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_an_empty_or_missing_home_gets_one(state: Path) -> None:
    assert made(state, HOME="")["HOME"] == str(state / "home")
    assert made(state)["HOME"] == str(state / "home")
    assert made(state, HOME=str(PROJECT))["HOME"] == str(PROJECT)


def test_a_nested_run_forgets_the_outer_one_but_not_the_users_own_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in {*NAMES} & {*os.environ}:
        monkeypatch.setenv(name, os.environ[name])  # what is forgotten here comes back for the tests after this one
    monkeypatch.setenv("PGPORT", "9999")
    monkeypatch.setenv("PG_BINDIR", "/opt/pg/bin")
    monkeypatch.setenv("DATABASE_URL", "postgresql://theirs")
    monkeypatch.delenv(LAUNCHER, raising=False)
    forget_outer_launcher()
    assert "PGPORT" not in os.environ
    assert os.environ["PG_BINDIR"] == "/opt/pg/bin"
    assert os.environ["DATABASE_URL"] == "postgresql://theirs"
    monkeypatch.setenv(LAUNCHER, "1")
    forget_outer_launcher()
    assert "DATABASE_URL" not in os.environ


def test_a_taken_port_is_passed_over() -> None:
    before = free_ports()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", before.site))
        listener.listen()
        after = free_ports()
    assert after.site not in {before.site, after.platform_a, after.platform_b, after.sms}
    assert after.site > max(PREFERRED_PORTS)


def test_settings_load_with_this_environment_alone(state: Path) -> None:
    question = (
        "import django; django.setup(); from django.conf import settings as s;"
        "print([s.DATABASES[a]['USER'] for a in ('default', 'owner', 'sender')], s.DEBUG, s.PUBLIC_URL)"
    )
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", question], env=made(state), cwd=PROJECT, capture_output=True, text=True
    )
    assert found.stdout.strip() == "['app', 'owner', 'sender'] False http://127.0.0.1:1", found.stderr


def test_the_stop_order_lets_nobody_lose_a_partner(state: Path) -> None:
    stages = {program.name: program.stage for program in programs(Ports(1, 2, 3, 4), state)}
    assert stages == {
        "web": 0,
        "beat": 0,
        "worker": 1,
        "lanes": 1,
        "sweeper": 1,
        "platform_a": 2,
        "platform_b": 2,
        "sms_gateway": 2,
    }


def test_one_launcher_per_state_folder(tmp_path: Path) -> None:
    first = take_lock(tmp_path / "lock")
    assert first is not None
    assert take_lock(tmp_path / "lock") is None
    assert (tmp_path / "lock").read_text() == str(os.getpid())
    first.close()
    second = take_lock(tmp_path / "lock")
    assert second is not None
    second.close()
