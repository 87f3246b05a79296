"""What a check found: one result a row, and the report of a file, which pages and batches keep as JSON."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from cases.collection.builders import ERROR, OK, OUT_OF_SCOPE
from cases.collection.headers import HeaderMap
from cases.collection.rows import CleanRow, Problem, letter
from cases.collection.tables import Table


@dataclass(frozen=True, slots=True)
class RowResult:
    """One line with its outcome (ok, error, out_of_scope).

    values        of an ok row only; warnings stand in `problems` and do not keep a row out
    duplicate_of  line of the same record earlier in the file, for an ok row that repeats it word for word
    """

    line: int
    outcome: str
    values: CleanRow | None
    problems: tuple[Problem, ...] = ()
    duplicate_of: int | None = None


@dataclass(frozen=True, slots=True)
class FileReport:
    """What a file is and what each of its rows is worth.

    refused   why nothing of the file can be taken, as a Chinese sentence; "" if its rows could be read
    notes     what the reader should know: footers left out, notes skipped
    sample    the first rows as text, identity numbers and natural persons left out
    """

    filename: str
    category: str
    refused: str = ""
    refused_code: str = ""
    table: Table | None = None
    header: HeaderMap | None = None
    rows: tuple[RowResult, ...] = ()
    notes: tuple[str, ...] = ()
    sample: tuple[tuple[str, ...], ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """Rows by outcome, with `warnings` (ok rows that carry one) and `duplicates` among them."""
        counted = Counter(row.outcome for row in self.rows)
        return {
            "rows": len(self.rows),
            OK: counted[OK],
            ERROR: counted[ERROR],
            OUT_OF_SCOPE: counted[OUT_OF_SCOPE],
            "warnings": sum(row.outcome == OK and bool(row.problems) for row in self.rows),
            "duplicates": sum(row.duplicate_of is not None for row in self.rows),
        }

    def about(self) -> dict[str, Any]:
        """The report without its rows, JSON-safe: format, guess of encoding, sheet, header, columns, sample, counts."""
        table, header = self.table, self.header
        about: dict[str, Any] = {"filename": self.filename, "refused": self.refused, "counts": self.counts}
        if table is not None:
            about |= {
                "format": table.format,
                "encoding": table.encoding,
                "separator": table.separator,
                "sheet": table.sheet,
                "sheets": list(table.sheets),
                "hidden": list(table.hidden),
            }
        if header is not None:
            about |= {
                "template": header.template.code,
                "template_title": header.template.title,
                "header_lines": list(header.lines),
                "columns": [
                    {"column": letter(one.index), "header": one.header, "field": one.field.code, "name": one.field.name}
                    for one in header.columns
                    if one.field is not None
                ],
                "ignored": list(header.ignored),
                "header_map": header.to_saved(),
            }
        return about | {"notes": list(self.notes), "sample": [list(row) for row in self.sample]}
