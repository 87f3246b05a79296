"""通报: the supervising bureau tells all units how collection went in a period; 公文 of several pages with its annexes.

Basis: 永发改字〔2024〕63号 三（四）: 县发改局对各部门数据归集工作实行清单管理，对推进不力的部门定期予以通报. Figures come with
their n and with the address where each can be checked.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from notices import numbers
from notices.kinds.base import NoticeKind, Paper, TemplateVersion, clause
from notices.kinds.snapshot import BadSnapshot

VERSION = TemplateVersion(code="通报2026", file="bulletin.html", basis="本系统拟稿", official=False)
MOST_COLUMNS = 8
MEASURE_MM, PADDING_MM = 156, 2.5  # of the text block, and of each cell on both sides (paper.css)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One chapter of the text: a heading and its paragraphs, as the bureau has edited them."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a table."""

    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """An annex. `n` is how many records the figures stand on; `source` the address where they can be checked."""

    title: str
    head: tuple[str, ...]
    rows: tuple[Row, ...]
    n: int
    note: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a unit has said to the draft."""

    department: str
    text: str
    answered_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BulletinFields(Paper):
    """Fields of a 通报. `subject_name` is the addressees in one line, `subject_code` None: it speaks of no firm.

    first_on, last_on   the period, both days included
    """

    heading: str
    first_on: date
    last_on: date
    lead: str
    sections: tuple[Section, ...]
    tables: tuple[Table, ...]
    answers: tuple[Answer, ...] = ()


def _body(paper: BulletinFields) -> dict[str, Any]:
    return {
        "period": f"{numbers.arabic_date(paper.first_on)}至{numbers.arabic_date(paper.last_on)}",
        "lead": paper.lead,
        "sections": [
            {
                "no": numbers.chinese(at),
                "heading": clause(section.heading),
                "paragraphs": list(section.paragraphs),
            }
            for at, section in enumerate(paper.sections, start=1)
        ],
        "answers_no": numbers.chinese(len(paper.sections) + 1),
        "answers": [
            {
                "no": numbers.chinese(at),
                "department": answer.department,
                "text": clause(answer.text),
                "on": f"（{numbers.arabic_date(answer.answered_on)}）" if answer.answered_on else "",
            }
            for at, answer in enumerate(paper.answers, start=1)
        ],
        "annexes": [_annex(table, at) for at, table in enumerate(paper.tables, start=1)],
    }


def _annex(table: Table, no: int) -> dict[str, Any]:
    if not 2 <= len(table.head) <= MOST_COLUMNS:
        raise BadSnapshot(f"bulletin: a table has 2 to {MOST_COLUMNS} columns, not {len(table.head)}")
    if any(len(row.cells) != len(table.head) for row in table.rows):
        raise BadSnapshot(f"bulletin: a row of {table.title!r} has not {len(table.head)} cells")
    # The first column names the unit and is wider by half than the others; the last takes what rounding leaves.
    share = (MEASURE_MM - PADDING_MM * len(table.head)) / (len(table.head) + 0.5)
    return {
        "no": str(no),
        "title": table.title,
        "head": [
            {"text": text, "width": "auto" if at == len(table.head) else f"{share * (1.5 if at == 1 else 1):.1f}mm"}
            for at, text in enumerate(table.head, start=1)
        ],
        "rows": [[numbers.or_pending(cell) for cell in row.cells] for row in table.rows],
        "n": str(table.n),
        "note": clause(table.note) if table.note else "",
        "source": table.source,
    }


KIND = NoticeKind(
    code="bulletin",
    word="通",
    label="通报",
    fields=BulletinFields,
    title=lambda paper: paper.heading,
    template_for=lambda paper: VERSION,
    body=_body,
    outcome="通报失信信息归集情况",
)
