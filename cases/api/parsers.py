"""JSON as it is written, not as it is guessed: UTF-8, no duplicate keys, no NaN, at most 64 KB."""

import json
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from cases.api.problems import TooLarge

MAX_BYTES = 64 * 1024


class StrictJSONParser(BaseParser):
    """An object, or 400; 413 above the limit, before it is parsed."""

    media_type = "application/json"
    max_bytes = MAX_BYTES

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        content = stream.read(self.max_bytes + 1)
        if len(content) > self.max_bytes:
            raise TooLarge
        try:
            body = json.loads(content.decode(), object_pairs_hook=_once, parse_constant=_no_constant)
        except (ValueError, RecursionError):  # UnicodeDecodeError and JSONDecodeError are ValueErrors
            raise ParseError("请求内容不是有效的 JSON（UTF-8，键不重复）。") from None
        if not isinstance(body, dict):
            raise ParseError("请求内容应为一个 JSON 对象。")
        return body


class RowsParser(StrictJSONParser):
    """The same for rows of records: up to 4 MB."""

    max_bytes = 4 * 1024 * 1024


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)
