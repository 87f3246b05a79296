"""docker-compose.yml runs the launcher's programs, under the same names, with secrets from files of random values."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from creditrepair.local.compose_env import compose_environment, write
from creditrepair.local.environment import NAMES, PROJECT, Ports
from creditrepair.local.probe import is_healthy
from creditrepair.local.serving import NOT_SERVED, programs

COMPOSE = yaml.safe_load((PROJECT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("web", "worker", "beat", "lanes", "sweeper", "platform_a", "platform_b", "sms_gateway")
SECRET_FILES = {f"var/compose/{name}.env": values for name, values in compose_environment().items()}


def seen_by(service: str) -> dict[str, str]:
    """The environment of a container: its files, then its own lines."""
    found: dict[str, str] = {}
    for place in SERVICES[service]["env_file"]:
        found |= SECRET_FILES[place]
    return found | SERVICES[service].get("environment", {})


def words(command: tuple[str, ...] | list[str]) -> list[str]:
    """A command without what must differ: interpreter, addresses, folders."""
    kept = [word for word in command[1:] if not word.startswith("/")]
    return [word for word in kept if word not in {"127.0.0.1", "0.0.0.0", "--host"}]  # noqa: S104


def test_the_services_are_the_launchers_programs_and_their_stores() -> None:
    launched = {program.name for program in programs(Ports(8620, 8621, 8622, 8623), Path("/srv/state"))}
    assert launched == set(OURS)
    assert set(SERVICES) == launched | {"postgres", "valkey", "migrate"}


@pytest.mark.parametrize("name", OURS)
def test_each_runs_the_same_command_as_under_the_launcher(name: str) -> None:
    launched = {p.name: p.command for p in programs(Ports(8620, 8621, 8622, 8623), Path("/srv/state"))}
    assert words(SERVICES[name]["command"]) == words(launched[name])


def test_migrate_knows_every_name_and_the_programs_all_but_the_owner() -> None:
    assert set(NAMES) - set(seen_by("migrate")) == set()
    for name in ("web", "worker", "beat", "lanes", "sweeper"):
        assert set(NAMES) - set(seen_by(name)) == {"DATABASE_OWNER_URL"}, name


def test_migrate_collects_the_same_static_files() -> None:
    script = SERVICES["migrate"]["command"][-1].splitlines()
    collect = next(line for line in script if "collectstatic" in line)
    assert tuple(shlex.split(collect)[-len(NOT_SERVED) :]) == NOT_SERVED


def test_each_circle_sees_only_its_own_secrets() -> None:
    for name in OURS:
        assert not {"DATABASE_ADMIN_URL", "DATABASE_OWNER_URL", "POSTGRES_PASSWORD"} & set(seen_by(name)), name
    for name in ("platform_a", "platform_b", "sms_gateway"):
        assert set(seen_by(name)) == {"PLATFORM_A_KEYS", "PLATFORM_B_KEYS", "SMS_KEYS"}


def test_no_secret_stands_in_the_file() -> None:
    secret = {name for values in SECRET_FILES.values() for name in values}
    for name, service in SERVICES.items():
        assert not secret & set(service.get("environment", {})), name
    assert not re.search(r"(?i)password\s*[:=]\s*\S", (PROJECT / "docker-compose.yml").read_text(encoding="utf-8"))


def test_secrets_are_new_each_time_and_never_overwritten(tmp_path: Path) -> None:
    one, two = compose_environment(), compose_environment()
    assert not {v for values in one.values() for v in values.values()} & {
        v for values in two.values() for v in values.values()
    }
    assert write(tmp_path / "compose")
    before = (tmp_path / "compose" / "site.env").read_text()
    assert not write(tmp_path / "compose")
    assert (tmp_path / "compose" / "site.env").read_text() == before
    assert (tmp_path / "compose" / "site.env").stat().st_mode & 0o777 == 0o600


def test_foreign_images_are_pinned_and_every_port_stays_on_this_host() -> None:
    for name, service in SERVICES.items():
        tag = service["image"].partition(":")[2]
        assert tag == "local" or re.search(r"\d+\.\d+", tag), name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name


def test_every_lasting_service_says_how_it_is() -> None:
    assert {name for name, service in SERVICES.items() if "healthcheck" not in service} == {"migrate"}


def test_the_image_is_not_root_and_gets_no_state() -> None:
    dockerfile = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    assert re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE) == ["python:3.11-slim-bookworm"]
    assert dockerfile.rindex("\nUSER creditrepair") > dockerfile.rindex("\nCOPY")
    allowed = [line for line in (PROJECT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert "!var" not in allowed
    assert {"!manage.py", "!requirements.lock", "!creditrepair", "!cases", "!notices", "!sync"} <= set(allowed)


def test_a_probe_of_nobody_is_unhealthy() -> None:
    assert not is_healthy("http://127.0.0.1:9/health", "worker")
