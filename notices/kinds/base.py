"""What every kind of paper shares: its fields, its dated templates, and the frame of head, signature and code.

A kind is one module with one `KIND`; it formats what a snapshot says and decides nothing.
"""

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, TypeVar

from notices import numbers, qr
from notices.kinds.snapshot import BadSnapshot, read_snapshot

P = TypeVar("P", bound="Paper")

_QR_USE = {
    qr.Purpose.RECORD: "查看本条信息的修复条件、最早申请日期和办理入口",
    qr.Purpose.PAPER: "核验本文书的真伪和现时效力",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """Fields of every paper. None is "not known" and prints 待核实 wherever the reader would miss it.

    department_name    the organ in full, as in the red head and the signature: 永昌县市场监督管理局
    number             the whole 文号 (`numbers.paper_number`)
    verify_url         what the code opens: `/q/{token}` on a 告知书, `/v/{token}` on every other paper
    host               the host of that address, printed in words under the code
    decision_sha256    hash of the decision's snapshot in hex; the PDF's own hash cannot stand inside it
    wording_confirmed  citation of the paper by which the supervising bureau confirmed this template's wording
    """

    region_name: str
    department_name: str
    number: str
    issued_on: date
    subject_name: str
    subject_code: str | None
    verify_url: str
    host: str
    decision_sha256: str | None
    window: str | None = None
    address: str | None = None
    phone: str | None = None
    hours: str | None = None
    wording_confirmed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why: a stable code, a sentence, and the article it rests on."""

    code: str
    text: str
    article: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One defect to be made good: which material or field, what is wrong, by which article, and how to mend it."""

    where: str
    what: str
    article: str | None
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One failure record as it is named on a paper."""

    category: str
    doc_no: str | None
    decided_on: date | None
    organ: str | None


@dataclass(frozen=True, slots=True)
class TemplateVersion:
    """One dated wording. `official` texts were issued by the bureau; the others are drafts until confirmed."""

    code: str
    file: str
    basis: str
    official: bool
    first_decided_on: date | None = None
    last_decided_on: date | None = None


@dataclass(frozen=True, slots=True)
class NoticeKind(Generic[P]):
    """One kind of paper.

    code, word    stable code; the word in its number (告, 受, 补, 不受, 准, 不准 …), unlike that of any other kind
    label         Chinese name for lists and pages
    fields        the dataclass a snapshot must fit
    title         the title on the paper
    template_for  the wording that governs these fields
    body          what the template needs besides the frame; strings, booleans, lists and dicts of them
    purpose       which page its code opens
    outcome       what was done by it, for the verify page: no name, no number of a case
    addressee     to whom it is written, before the colon
    """

    code: str
    word: str
    label: str
    fields: type[P]
    title: Callable[[P], str]
    template_for: Callable[[P], TemplateVersion]
    body: Callable[[P], dict[str, Any]]
    purpose: qr.Purpose = field(default=qr.Purpose.PAPER)
    outcome: str = field(default="")
    addressee: Callable[[P], str] = field(default=lambda paper: paper.subject_name)

    def read(self, snapshot: Mapping[str, Any]) -> P:
        """The typed fields of a stored snapshot; raises BadSnapshot."""
        return read_snapshot(self.fields, snapshot)

    def compose(self, snapshot: P | Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """Template name and context for `notices.render.render`; pure, so a stored snapshot replays to the same bytes.

        Raises BadSnapshot where the snapshot does not fit, or its address belongs to the other purpose or host.
        """
        file, context = self.words(self.read(snapshot) if isinstance(snapshot, Mapping) else snapshot)
        code = qr.picture(context.pop("opens"))
        return file, {**context, "qr": code.data_uri, "qr_side": f"{code.side_mm}mm"}

    def words(self, paper: P) -> tuple[str, dict[str, Any]]:
        """As `compose`, without the picture of the code: what a deciding verb checks before it commits.

        Drawing the code costs more than all else together; the renderer draws it. `opens` is the address.
        """
        _require_address(paper, self.purpose)
        version = self.template_for(paper)
        return version.file, {**_frame(self, paper, version), **self.body(paper)}


def records_table(records: tuple[Record, ...]) -> list[dict[str, str]]:
    """Rows for the table of records, numbered from 1."""
    return [
        {
            "no": str(at),
            "category": record.category,
            "doc_no": numbers.or_pending(record.doc_no),
            "decided_on": numbers.arabic_date(record.decided_on),
            "organ": numbers.or_pending(record.organ),
        }
        for at, record in enumerate(records, start=1)
    ]


def reasons_list(reasons: tuple[Reason, ...]) -> list[dict[str, str]]:
    """Numbered reasons, each with its article."""
    return [
        {
            "no": numbers.chinese(at),
            "text": clause(reason.text),
            "article": numbers.or_pending(reason.article),
            "code": reason.code,
        }
        for at, reason in enumerate(reasons, start=1)
    ]


def clause(text: str | None) -> str:
    """A sentence without its final stop, so that the template can go on; 待核实 for nothing."""
    return numbers.or_pending((text or "").rstrip("。；;. \n"))


def _frame(kind: NoticeKind[Any], paper: Paper, version: TemplateVersion) -> dict[str, Any]:
    title = kind.title(paper)
    size, spacing = numbers.head_size(paper.department_name)
    day = numbers.arabic_date(paper.issued_on)
    organ_margin, day_margin = numbers.signature_margins(paper.department_name, day)
    return {
        "opens": paper.verify_url,
        "organ": paper.department_name,
        "head_size": f"{size}pt",
        "head_spacing": f"{spacing}pt",
        "title": title,
        "title_lines": list(numbers.title_lines(title)),
        "number": numbers.or_pending(paper.number),
        "to": numbers.or_pending(kind.addressee(paper)),
        "subject": numbers.or_pending(paper.subject_name),
        "subject_code": numbers.or_pending(paper.subject_code),
        "issued_on": day,
        "stamp": f"{paper.issued_on.isoformat()}T00:00:00+08:00",
        # 15.79 pt is the pitch of a character; the last one of a line keeps its own spacing.
        "organ_margin": f"{organ_margin * 15.79:.2f}pt",
        "day_margin": f"{day_margin * 15.79:.2f}pt",
        "host": paper.host,
        "digest": numbers.grouped(paper.decision_sha256),
        "qr_use": _QR_USE[kind.purpose],
        "window": paper.window or f"{paper.region_name}人民政府政务服务中心信用修复窗口",
        "address": numbers.or_pending(paper.address),
        "phone": numbers.or_pending(paper.phone),
        "hours": paper.hours or "",
        "form": _form(paper, version),
        "marked": "" if version.official or paper.wording_confirmed else "【待确认文本】",
    }


def _form(paper: Paper, version: TemplateVersion) -> str:
    if version.official:
        return f"{version.code}（{version.basis}）"
    state = f"文字经{paper.wording_confirmed}确认" if paper.wording_confirmed else "文字待主管单位确认"
    return f"{version.code}（{state}）"


def _require_address(paper: Paper, purpose: qr.Purpose) -> None:
    """A code that opens the wrong page, or another host than the one printed under it, is worse than none."""
    schemes = ("https", "http") if _without_certificate(paper.host) else ("https",)
    if not paper.verify_url.startswith(tuple(f"{scheme}://{paper.host}/{purpose.value}/" for scheme in schemes)):
        raise BadSnapshot(f"the code must open https://{paper.host}/{purpose.value}/…")


def _without_certificate(host: str) -> bool:
    """A demonstration runs under localhost or a private address, which no authority certifies."""
    name = host.rsplit(":", 1)[0]
    try:
        return ipaddress.ip_address(name).is_private
    except ValueError:
        return name == "localhost"
