"""Checked rows on disk, one JSON object a line: a file is parsed once, then compared and imported in portions."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import IO, Any, Final

from cases.collection.builders import ERROR, OK, OUT_OF_SCOPE
from cases.collection.checks import CleanRow, RowResult
from sync import messages as wire

UNIT_DOUBT: Final = "unit_doubt"  # 疑似金额单位错误: 元 typed into a 万元 column


@dataclass(frozen=True, slots=True)
class Staged:
    """One checked line as it is kept: `values` is CleanRow.as_json() of a good row, `problems` are Problems as dicts.

    record_key  the key on the wire (exchange §8), "" of a row that is none; repeated: word for word an earlier line
    """

    line: int
    outcome: str
    record_key: str
    values: dict[str, Any] | None
    problems: list[dict[str, str]]
    repeated: bool = False

    @property
    def in_doubt(self) -> bool:
        """Whether a person must say if its amount was meant in 元 or 万元."""
        return any(problem["rule"] == UNIT_DOUBT for problem in self.problems)

    @property
    def label(self) -> str:
        return f"{self.values['subject_name']} {self.values['doc_no']}".strip() if self.values else ""

    def row(self) -> CleanRow:
        """The clean row of a good line."""
        assert self.values is not None
        return CleanRow.from_json(self.values)


def row_key(row: CleanRow) -> str:
    """The record key on the wire (exchange §8) of a clean row."""
    return wire.record_key(
        row.category, row.authority_code, row.doc_no, row.subject_code, listed_on=row.listed_on, ground=row.ground_text
    )


def staged(result: RowResult) -> Staged:
    """A checked row in the form in which it is kept."""
    values = result.values
    return Staged(
        result.line,
        result.outcome,
        row_key(values) if values else "",
        values.as_json() if values else None,
        [asdict(problem) for problem in result.problems],
        result.duplicate_of is not None,
    )


@dataclass(slots=True)
class Written:
    """What was written: SHA-256 of the bytes, number of lines, and rows by outcome with warnings and repetitions."""

    sha256: str = ""
    rows: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, int]:
        return {name: self.counts[name] for name in ("rows", OK, ERROR, OUT_OF_SCOPE, "warnings", "duplicates")}


def write(file: IO[bytes], results: Iterable[RowResult]) -> Written:
    """Write checked rows as they come; holds one row at a time."""
    written, digest = Written(), hashlib.sha256()
    for result in results:
        one = staged(result)
        told = [one.line, one.outcome, one.record_key, one.values, one.problems, one.repeated]
        line = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        digest.update(line)
        file.write(line)
        written.rows += 1
        written.counts["rows"] += 1
        written.counts[one.outcome] += 1
        written.counts["warnings"] += one.outcome == OK and bool(one.problems)
        written.counts["duplicates"] += one.repeated
    written.sha256 = digest.hexdigest()
    return written


def read(file: IO[bytes], offset: int, limit: int) -> tuple[list[Staged], int]:
    """The next `limit` rows from byte `offset`, and the byte to go on from."""
    file.seek(offset)
    rows: list[Staged] = []
    while len(rows) < limit and (line := file.readline()):
        rows.append(Staged(*json.loads(line)))
        offset += len(line)
    return rows, offset


def every(file: IO[bytes]) -> Iterator[Staged]:
    """All rows, one at a time."""
    file.seek(0)
    for line in file:
        yield Staged(*json.loads(line))
