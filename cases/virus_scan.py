"""The port to a virus scanner, and its clamd adapter. Off by default: a file nobody scanned says `not_run`."""

import socket
from pathlib import Path
from typing import Final, Protocol

from django.conf import settings

NOT_RUN: Final = "not_run"
CLEAN: Final = "clean"
FOUND: Final = "found"
WAITING: Final = "waiting"  # 待检: the scanner is away; may be saved, not submitted, never "passed"
CHUNK: Final = 64 * 1024
TIMEOUT_SECONDS: Final = 10


class Scanner(Protocol):
    """Anything that looks at a file and answers CLEAN, FOUND or WAITING; it never raises."""

    def scan(self, path: Path) -> str: ...


class ClamdScanner:
    """clamd's INSTREAM over its unix socket: the bytes travel, so that clamd needs no right to our folders."""

    def __init__(self, address: str) -> None:
        self.address = address

    def scan(self, path: Path) -> str:
        """CLEAN only on clamd's own word `OK`; anything unclear, slow or absent is WAITING."""
        try:
            with socket.socket(socket.AF_UNIX) as link:
                link.settimeout(TIMEOUT_SECONDS)
                link.connect(self.address)
                link.sendall(b"zINSTREAM\0")
                with path.open("rb") as file:
                    while chunk := file.read(CHUNK):
                        link.sendall(len(chunk).to_bytes(4) + chunk)
                link.sendall(bytes(4))
                answer = _answer(link)
        except OSError:
            return WAITING
        if answer.endswith(b"FOUND"):
            return FOUND
        return CLEAN if answer == b"stream: OK" else WAITING


def _answer(link: socket.socket) -> bytes:
    answer = b""
    while b"\0" not in answer and len(answer) < 1024:
        part = link.recv(1024)
        if not part:
            break
        answer += part
    return answer.partition(b"\0")[0].strip()


def scanner() -> Scanner | None:
    """The scanner of this installation (setting CLAMD_SOCKET: path of clamd's unix socket), None where none is set."""
    address = getattr(settings, "CLAMD_SOCKET", "")
    return ClamdScanner(address) if address else None
