"""`python -m cases.collection.child`: parse and check one file in a process of its own, within limits.

Reads the job as JSON on standard input, writes the checked rows to the job's target (`staging`), and prints what the
file is. A file that makes it crash, hang or grow takes nobody else along. Knows no models.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from cases.collection import staging
from cases.collection.builders import DepartmentMatch
from cases.collection.checks import Begun, begin
from cases.collection.encodings import FileRefused
from cases.collection.headers import guessed_columns, headers_hash
from cases.collection.rows import letter

MEMORY_BYTES: Final = 512 * 1024 * 1024
SECONDS: Final = 60
STAGED_BYTES: Final = 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Job:
    """What to read and check. `departments`: fields of a DepartmentMatch by 统一社会信用代码 or name.

    maps     saved maps of the department by the hash of the headers they belong to
    mapping  the map a person has just confirmed for this very file; empty = none
    """

    source: str
    target: str
    filename: str
    category: str
    today: str
    departments: dict[str, dict[str, Any]] = field(default_factory=dict)
    maps: dict[str, dict[str, str]] = field(default_factory=dict)
    mapping: dict[str, str] = field(default_factory=dict)


def run(job: Job) -> dict[str, Any]:
    """Check the file and write its rows to the target: {about, refused, refused_code, rows, sha256}, JSON-safe."""
    known = {key: DepartmentMatch(**one) for key, one in job.departments.items()}
    begun = begin(
        Path(job.source),
        job.filename,
        job.category,
        date.fromisoformat(job.today),
        known.get,
        header_map=job.mapping or None,
        saved_maps=job.maps,
    )
    written = staging.Written()
    report = begun.report
    if not report.refused:
        with Path(job.target).open("wb") as file:
            try:
                written = staging.write(file, begun.results)
            except FileRefused as refused:
                begun.report = report = type(report)(
                    report.filename, report.category, refused.message, refused.code, report.table, report.header
                )
    return told(begun, written)


def told(begun: Begun, written: staging.Written) -> dict[str, Any]:
    """What is kept of a report beside its rows; `headers` are those of the file, whether they mean anything or not."""
    report = begun.report
    about = {
        **report.about(),
        "notes": begun.notes,
        "sample": [list(row) for row in begun.sample],
        "counts": written.as_json(),
        "headers": _headers(begun),
    }
    return {
        "about": about,
        "refused": report.refused,
        "refused_code": report.refused_code,
        "rows": written.rows,
        "sha256": written.sha256,
    }


def _headers(begun: Begun) -> dict[str, Any]:
    report = begun.report
    if report.table is None:
        return {}
    columns = report.header.columns if report.header else guessed_columns(report.table.rows)
    return {
        "sha256": headers_hash(columns),
        "columns": [
            {"column": letter(one.index), "header": one.header, "field": one.field.code if one.field else ""}
            for one in columns
        ],
    }


def confine() -> None:
    """Limits for the rest of this process; the caller adds a wall clock."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (STAGED_BYTES, STAGED_BYTES))


def job_json(job: Job) -> str:
    return json.dumps(asdict(job), ensure_ascii=False)


def main(given: Mapping[str, Any]) -> int:
    confine()
    print(json.dumps(run(Job(**given)), ensure_ascii=False))  # noqa: T201 - the answer to the parent
    return 0


if __name__ == "__main__":
    sys.exit(main(json.load(sys.stdin)))
