"""What a call to an outside party can come to: a Reply that is not yet believed, or one of three failures.

Apart from the client, so that whoever only reads outcomes (the outbox, in web workers) does not load its sockets.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NoReturn

JSON_TYPES: Final = ("application/json", "application/problem+json")


class Failure(Exception):
    """A call that gave no usable answer. `detail` is for officers and logs, in Chinese, without content of the body."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Refused(Failure):
    """Nothing left us: address not allowed, name not found, connection refused. Sending again is safe."""


class NoAnswer(Failure):
    """The request may have arrived, its outcome is unknown: ask before sending again."""


class BadReply(NoAnswer):
    """An answer came and cannot be believed: too big, wrong type, charset or signature. The outcome is unknown."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, not yet believed. Header names in lower case; `duration_ms` from the first byte we sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    duration_ms: int

    def text(self, *types: str) -> str:
        """The body as text. BadReply unless it is declared as one of `types`, in UTF-8, and is."""
        declared = [part.strip().lower() for part in self.headers.get("content-type", "").split(";")]
        charset = next((p.removeprefix("charset=").strip("\"'") for p in declared[1:] if p.startswith("charset=")), "")
        if declared[0] not in types:
            raise BadReply(f"对方返回的不是约定的内容类型（状态码 {self.status}）")
        if charset not in ("", "utf-8", "utf8"):
            raise BadReply("对方返回的字符集不是 UTF-8")
        try:
            return self.body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise BadReply("对方返回的内容不是有效的 UTF-8") from error

    def json(self) -> dict[str, object]:
        """The body as a JSON object. BadReply for anything else: HTML, empty, duplicate names, NaN, a list."""
        try:
            found = json.loads(self.text(*JSON_TYPES), object_pairs_hook=_unique, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise BadReply("对方返回的不是有效的 JSON") from error
        if not isinstance(found, dict):
            raise BadReply("对方返回的 JSON 不是对象")
        return found


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate name")
    return found


def _no_constant(word: str) -> NoReturn:
    raise ValueError(word)
