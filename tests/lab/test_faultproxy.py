"""The fault proxy does what it is told: passes, delays, cuts after n bytes, refuses, freezes; ports and sockets."""

import socket
import socketserver
import threading
import time

import pytest

from tests.lab.faultproxy import FaultProxy, Mode


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while data := self.request.recv(65536):
            self.request.sendall(data)


@pytest.fixture
def proxy():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        with FaultProxy(server.server_address[1]) as made:
            yield made
        server.shutdown()
        thread.join(5)


def say(proxy: FaultProxy, words: bytes, seconds: float = 2) -> bytes:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=seconds) as line:
        line.sendall(words)
        heard = b""
        while len(heard) < len(words):
            part = line.recv(65536)
            if not part:
                break
            heard += part
        return heard


def test_it_passes_everything(proxy):
    assert say(proxy, b"x" * 200_000) == b"x" * 200_000


def test_it_delays(proxy):
    proxy.mode = Mode(delay_seconds=0.1)
    began = time.monotonic()
    assert say(proxy, b"hello") == b"hello"
    assert time.monotonic() - began >= 0.2  # once each way


def test_it_cuts_after_so_many_bytes(proxy):
    proxy.mode = Mode(cut_after=3)
    try:
        heard = say(proxy, b"hello")
    except ConnectionResetError:
        heard = b"hel"
    assert heard == b"hel"


def test_it_refuses(proxy):
    proxy.mode = Mode(refuse=True)
    with pytest.raises(ConnectionError):
        if say(proxy, b"hello") == b"":
            raise ConnectionResetError


def test_it_freezes_and_thaws(proxy):
    proxy.mode = Mode(freeze=True)
    with pytest.raises(TimeoutError):
        say(proxy, b"hello", seconds=0.3)
    proxy.mode = Mode()
    assert say(proxy, b"hello") == b"hello"


def test_it_speaks_to_unix_sockets(tmp_path):
    with socketserver.ThreadingUnixStreamServer(str(tmp_path / "up"), Echo) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        with FaultProxy(tmp_path / "up", path=tmp_path / "down"), socket.socket(socket.AF_UNIX) as line:
            line.settimeout(2)
            line.connect(str(tmp_path / "down"))
            line.sendall(b"hello")
            assert line.recv(10) == b"hello"
        server.shutdown()
        thread.join(5)
