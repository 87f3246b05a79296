"""The history of acts as JSON lines: `invoke`, then `ok`, `fail` or `info` (unknown), and what asking by key told.

One line each: {"op": number, "at": seconds, "what": "invoke|ok|fail|info|asked", "act": …, "key": …, …}.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class History:
    """Append-only; a line is with the operating system before the next request goes out."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", buffering=1)
        self._next = 0

    def close(self) -> None:
        self._file.close()

    def invoke(self, act: str, key: str, **data: Any) -> int:
        self._next += 1
        self._write(self._next, "invoke", act=act, key=key, **data)
        return self._next

    def ok(self, op: int, **data: Any) -> None:
        self._write(op, "ok", **data)

    def fail(self, op: int, **data: Any) -> None:
        self._write(op, "fail", **data)

    def info(self, op: int, **data: Any) -> None:
        self._write(op, "info", **data)

    def asked(self, op: int, happened: bool) -> None:
        """What asking by key told about an unknown act."""
        self._write(op, "asked", happened=happened)

    def _write(self, op: int, what: str, **data: Any) -> None:
        self._file.write(
            json.dumps({"op": op, "at": round(time.time(), 3), "what": what, **data}, ensure_ascii=False) + "\n"
        )


@dataclass(slots=True)
class Op:
    """One act from invoke to end. `end` is ok, fail, info or "" (the client itself was stopped before an answer)."""

    number: int
    act: str
    key: str
    data: dict[str, Any] = field(default_factory=dict)
    end: str = ""
    told: dict[str, Any] = field(default_factory=dict)
    asked: bool | None = None

    @property
    def happened(self) -> bool | None:
        """True or False as far as the client knows, None for never asked."""
        return {"ok": True, "fail": False}.get(self.end, self.asked)


def read(path: Path) -> list[Op]:
    """All acts of a history file, in order of invocation."""
    ops: dict[int, Op] = {}
    for line in _lines(path):
        number, what = line.pop("op"), line.pop("what")
        line.pop("at")
        if what == "invoke":
            ops[number] = Op(number, line.pop("act"), line.pop("key"), line)
        elif what == "asked":
            ops[number].asked = line["happened"]
        else:
            ops[number].end, ops[number].told = what, line
    return list(ops.values())


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for text in path.read_text().splitlines():
        try:
            yield json.loads(text)
        except ValueError:
            return  # the last line of a client that was stopped
