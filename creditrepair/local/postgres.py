"""A PostgreSQL of our own as a child process, or the one that DATABASE_URL names. It ends with the launcher."""

import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg2

from creditrepair.local.host import (
    Account,
    LocalError,
    birth,
    can_pass,
    die_with_parent,
    fingerprint,
    private_folder,
    process_words,
    service_account,
    socket_folder,
)
from creditrepair.local.keys import secret
from creditrepair.local.postgres_binaries import Binaries, find_binaries, reachable
from creditrepair.local.postgres_roles import DATABASE, ensure_roles

SUPERUSER = "postgres"
SOCKET = ".s.PGSQL.5432"
OUTSIDE = Path("/var/lib/creditrepair")  # root's place for data when the project lies in a 0700 home
START_SECONDS = 60  # crash recovery after a power cut takes its time
THROW_AWAY = {  # tests: the data need not outlive the process
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


@dataclass(frozen=True, slots=True)
class PostgresUrls:
    """One address per role, all of the same database."""

    owner: str
    app: str
    sender: str


class Postgres:
    """The cluster of one state folder. `start` may be called again at any time and repairs what it finds.

    Call it from the main thread: the server's death signal follows the thread that forked it.
    """

    def __init__(self, state: Path, *, durable: bool = True) -> None:
        self.state = state
        self.durable = durable
        self.source = ""
        self._child: subprocess.Popen[bytes] | None = None
        self._urls: PostgresUrls | None = None
        self._home = state / "pg"
        self._data = self._home
        self._sockets = self._home
        self._account: Account | None = None

    def start(self) -> PostgresUrls:
        """Bring the server up (or adopt a live one) with its roles and database; raises LocalError in plain words."""
        if (given := _from_environment()) is not None:
            self.source = "DATABASE_URL"
            self._urls = given
            _ask(given.app)
            return given
        binaries = self._settle_folders()
        self.source = binaries.source
        if not self._adopt():
            if not (self._data / "PG_VERSION").exists():
                self._initdb(binaries)
            self._launch(binaries)
        self._urls = PostgresUrls(*(self._url(role) for role in ("owner", "app", "sender")))
        if self._child is not None or not self.ready():
            self._ensure_roles()
        return self._urls

    def ready(self) -> bool:
        """Whether the application's role gets an answer now."""
        if self._urls is None:
            return False
        try:
            _ask(self._urls.app)
        except LocalError:
            return False
        return True

    def alive(self) -> bool:
        """Whether the server process lives; cheap, for a loop. A server named by DATABASE_URL is not ours to judge."""
        if self.source == "DATABASE_URL":
            return True
        if self._child is not None:
            return self._child.poll() is None
        return bool(self._postmaster())

    def pid(self) -> int:
        """The server's process, or 0."""
        return self._postmaster()

    def data_folder(self) -> Path:
        """Where the started cluster lies: below the state folder, or outside when the server may not go there."""
        return self._data

    def stop(self) -> None:
        """End the server if we started it: a fast shutdown with a checkpoint. An adopted one stays."""
        child, self._child = self._child, None
        if child is None or child.poll() is not None:
            return
        child.send_signal(signal.SIGINT)
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGQUIT)  # immediate shutdown; the next start recovers from the log
            child.wait(20)

    def discard(self) -> None:
        """Stop, and remove the data as well: for throw-away clusters of tests."""
        self.stop()
        shutil.rmtree(self._home, ignore_errors=True)
        if self._sockets.parent != self._data.parent:
            shutil.rmtree(self._sockets, ignore_errors=True)

    def remove_leftover(self) -> None:
        """Remove a cluster whose launcher is dead; the caller holds the lock of the state folder, so nobody uses it.

        Its server is on its way out already. Where the kernel knows no death signal it is told here.
        """
        self._settle_folders()
        began = time.monotonic()
        told = False
        while pid := self._postmaster():
            waited = time.monotonic() - began
            if waited > 5 and not told:
                os.kill(pid, signal.SIGINT)
                told = True
            if waited > 20:
                raise LocalError(f"an old PostgreSQL (process {pid}) on {self._data} does not end")
            time.sleep(0.05)
        self.discard()

    # ── folders ────────────────────────────────────────────────────────────────────────────────────────────────────
    def _settle_folders(self) -> Binaries:
        self.state.mkdir(parents=True, exist_ok=True)
        self._home = self.state / "pg"
        self._account = service_account(self._home)
        if not can_pass(self.state, self._account):
            self._home = OUTSIDE / fingerprint(self.state)
            OUTSIDE.mkdir(parents=True, exist_ok=True)
            OUTSIDE.chmod(0o755)
            self._account = service_account(self._home)
        if self._account is None and self._home.exists() and self._home.stat().st_uid != os.geteuid():
            raise LocalError(f"{self._home} belongs to another user; run as that user, or remove {self.state} first")
        private_folder(self._home, self._account)
        found = find_binaries()
        binaries = reachable(found, self._home, self._account)
        cluster = private_folder(self._home / str(binaries.major), self._account)
        self._data = cluster / "data"
        self._sockets = socket_folder(cluster / "run", SOCKET, self._account)
        return binaries

    # ── a server that is already there ─────────────────────────────────────────────────────────────────────────────
    def _postmaster(self) -> int:
        """Pid of a live server on our data folder, or 0. A stale pid file may name somebody else's process."""
        try:
            pid = int((self._data / "postmaster.pid").read_text().splitlines()[0])
        except (OSError, ValueError, IndexError):
            return 0
        ours = str(self._data) in process_words(pid, "cmdline")
        return pid if ours and birth(pid) else 0

    def _adopt(self) -> bool:
        """True when a live server answers; waits for one that is starting or, after a kill -9, still shutting down."""
        deadline = time.monotonic() + START_SECONDS
        while self._postmaster():
            try:
                self._connect("postgres").close()
            except psycopg2.OperationalError as problem:
                if "password authentication failed" in str(problem):
                    raise LocalError(self._other_secrets()) from None
                if time.monotonic() > deadline:
                    raise LocalError(f"a PostgreSQL on {self._data} neither answers nor ends: {problem}") from None
                time.sleep(0.1)
            else:
                return True
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        return False

    def _other_secrets(self) -> str:
        return (
            f"the data in {self._home} were made with other secrets than {self.state}/secrets.json;"
            " bring that file back, or move the data folder away to begin with an empty one"
        )

    # ── a server of our own ────────────────────────────────────────────────────────────────────────────────────────
    def _initdb(self, binaries: Binaries) -> None:
        """Make the cluster beside its place and move it there whole: a broken attempt is never taken for data."""
        fresh = self._data.with_name("data.new")
        shutil.rmtree(fresh, ignore_errors=True)
        words = self._data.with_name("password")
        words.unlink(missing_ok=True)
        with os.fdopen(os.open(words, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secret(self.state, "postgres") + "\n")
        if self._account is not None:
            os.chown(words, self._account.uid, self._account.gid)
        command = [binaries.program("initdb"), "-D", str(fresh), "-U", SUPERUSER, "-E", "UTF8", "--locale=C.UTF-8"]
        command += ["--data-checksums", "-A", "scram-sha-256", f"--pwfile={words}"]
        command += [] if self.durable else ["--no-sync"]
        done = subprocess.run(
            command,
            cwd="/",
            env=_server_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            preexec_fn=die_with_parent(signal.SIGTERM),
            **(self._account.popen() if self._account else {}),
        )
        words.unlink()
        if done.returncode:
            raise LocalError(f"initdb failed:\n{done.stdout[-2000:]}")
        fresh.rename(self._data)

    def _launch(self, binaries: Binaries) -> None:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": '"' + str(self._sockets) + '"',  # quoted: a comma would make two folders of it
            "unix_socket_permissions": "0700",
            "log_line_prefix": "%m [%p] %q%u@%d ",
        }
        settings |= {} if self.durable else THROW_AWAY
        command = [binaries.program("postgres"), "-D", str(self._data), "-p", "5432"]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        log = private_folder(self.state / "log", None) / "postgres.log"
        deadline = time.monotonic() + START_SECONDS
        while True:
            with log.open("ab") as out:
                # A direct child, not pg_ctl: SIGINT (fast shutdown) reaches it even when we are killed with -9.
                child = subprocess.Popen(
                    command,
                    cwd="/",
                    env=_server_environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    process_group=0,  # Ctrl-C at the terminal is ours to handle: the database stops last
                    preexec_fn=die_with_parent(signal.SIGINT),
                    **(self._account.popen() if self._account else {}),
                )
            if self._await(child, deadline):
                self._child = child
                return
            if time.monotonic() > deadline - START_SECONDS + 10:  # ends of an old server hold its memory for a moment
                raise LocalError(f"PostgreSQL did not start; the end of {log}:\n{log_end(log)}")
            time.sleep(0.5)

    def _await(self, child: subprocess.Popen[bytes], deadline: float) -> bool:
        while child.poll() is None:
            try:
                self._connect("postgres").close()
            except psycopg2.OperationalError as problem:
                if "password authentication failed" in str(problem):
                    child.send_signal(signal.SIGINT)
                    child.wait(20)
                    raise LocalError(self._other_secrets()) from None
                if time.monotonic() > deadline:
                    child.send_signal(signal.SIGQUIT)
                    child.wait(20)
                time.sleep(0.03)
            except BaseException:
                child.send_signal(signal.SIGINT)
                raise
            else:
                return True
        return False

    def _connect(self, database: str) -> psycopg2.extensions.connection:
        return psycopg2.connect(
            host=str(self._sockets),
            port=5432,
            user=SUPERUSER,
            password=secret(self.state, "postgres"),
            dbname=database,
            connect_timeout=3,
        )

    def _ensure_roles(self) -> None:
        admin = self._connect("postgres")
        try:
            admin.autocommit = True
            ensure_roles(admin, lambda role: secret(self.state, role))
        finally:
            admin.close()

    def _url(self, role: str) -> str:
        return f"postgresql://{role}:{secret(self.state, role)}@/{DATABASE}?host={quote(str(self._sockets), safe='/')}"


def _from_environment() -> PostgresUrls | None:
    names = ("DATABASE_OWNER_URL", "DATABASE_URL", "DATABASE_SENDER_URL")
    given = [os.environ.get(name, "") for name in names]
    if not given[1]:
        return None
    if not all(given):
        lacking = ", ".join(name for name, value in zip(names, given, strict=True) if not value)
        raise LocalError(
            f"DATABASE_URL is set, {lacking} is not. The three name the roles app, owner and sender of one database;"
            " one role for all would switch the separation of regions off. Set all three, or unset DATABASE_URL"
        )
    return PostgresUrls(*given)


def _server_environment() -> dict[str, str]:
    """Nothing of the caller's: PGDATA, PGPORT, LD_PRELOAD and the like must not reach the server."""
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _ask(url: str) -> None:
    try:
        psycopg2.connect(url, connect_timeout=3).close()
    except psycopg2.OperationalError as problem:
        raise LocalError(f"the database does not answer: {str(problem).strip()}") from None


def log_end(path: Path, lines: int = 15) -> str:
    """The last lines of a log file, for a message at the terminal."""
    try:
        with path.open("rb") as log:
            log.seek(max(0, path.stat().st_size - 8192))
            return "\n".join(log.read().decode("utf-8", "replace").splitlines()[-lines:])
    except OSError:
        return ""
