"""Storage of a mock: one append-only file of JSON lines, synced before anybody is answered, readable after kill -9."""

import asyncio
import json
import os
from pathlib import Path


class Ledger:
    """Lines go to memory at once and to the disk together (one fsync for all who wait): `add`, then await `durable`."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.lines = _recover(path)
        self._file = path.open("ab")
        self._buffer = bytearray()
        self._added = 0
        self._synced = 0
        self._lock = asyncio.Lock()

    def add(self, line: dict[str, object]) -> None:
        self._buffer += json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        self._added += 1

    async def durable(self) -> None:
        """Return when every line added before this call is on the disk."""
        wanted = self._added
        while self._synced < wanted:
            async with self._lock:
                if self._synced >= wanted:
                    return
                data, upto = bytes(self._buffer), self._added
                self._buffer.clear()
                await asyncio.to_thread(self._write, data)
                self._synced = upto

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        if self._buffer:
            self._write(bytes(self._buffer))
            self._buffer.clear()
        self._file.close()


def _recover(path: Path) -> list[dict[str, object]]:
    """All whole lines. A torn last line is cut off: its writer died before answering, nobody relies on it."""
    if not path.exists():
        return []
    raw = path.read_bytes()
    lines: list[dict[str, object]] = []
    good = 0
    for part in raw.splitlines(keepends=True):
        try:
            found = json.loads(part)
        except ValueError:
            found = None
        if not isinstance(found, dict) or not part.endswith(b"\n"):
            if good + len(part) < len(raw):
                raise ValueError(f"{path}: broken line at byte {good}, not the last one")
            os.truncate(path, good)
            break
        lines.append(found)
        good += len(part)
    return lines
