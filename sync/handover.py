"""Messages written to a file that an officer carries to a platform without interface: XLSX, CSV or JSON.

Pure: the same messages give the same bytes, so a file can be made again and compared with the hash of the first.
Cells are inert: XLSX holds text only (no openpyxl, which web workers do not load), CSV puts `'` before what a
spreadsheet would calculate. The signed body travels along, word for word.
"""

import csv
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from xml.sax.saxutils import escape

from sync.messages import SHANGHAI

FORMATS: Final = {"xlsx": "Excel 表格", "csv": "CSV 表格", "json": "JSON 文件"}
MEDIA: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json; charset=utf-8",
}
KINDS: Final = {"report": "信息报送", "repair": "修复结果"}
CALCULATED: Final = tuple("=+-@\t\r＝＋－＠")
STAMP: Final = (2026, 1, 1, 0, 0, 0)  # of the entries in an XLSX: its bytes tell nothing of when it was made


@dataclass(frozen=True, slots=True)
class Message:
    """One queued message as it is handed over; `body` the bytes that were signed, `queued_at` aware."""

    message_no: str
    kind: str
    key: str
    record_key: str
    version: int
    queued_at: datetime
    body: bytes
    tried: bool = False  # went out by interface before: the platform may have it already


MAY_BE_THERE: Final = "此前曾经接口发出，报送前请先在平台查询是否已有"
_COLUMNS: Final = (
    "报文编号", "种类", "信息标识", "版本", "主体名称", "统一社会信用代码", "文书号", "决定单位", "处理结果", "公示处理",
    "生成时间", "提示", "业务键", "签名报文",
)  # fmt: skip


def write(messages: Sequence[Message], file_format: str) -> bytes:
    """The file. KeyError for a format that is not in FORMATS, ValueError for a body that is not one of ours."""
    writer = {"xlsx": _xlsx, "csv": _csv, "json": _json}[file_format]
    return writer(messages)


def _row(message: Message) -> list[str]:
    told = json.loads(message.body)["message"]
    if not isinstance(told, dict):
        raise ValueError("not a sealed message")

    def word(name: str) -> str:
        return str(told.get(name) or "")

    return [
        message.message_no,
        KINDS.get(message.kind, message.kind),
        message.record_key,
        str(message.version),
        word("subject_name"),
        word("subject_code"),
        word("doc_no"),
        word("authority_name"),
        word("outcome_text"),
        word("effect_text") or "公示",
        message.queued_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S"),
        MAY_BE_THERE if message.tried else "",
        message.key,
        message.body.decode(),
    ]


def _json(messages: Sequence[Message]) -> bytes:
    """`{"messages": [{"message": …, "signature": …}]}`: every body byte for byte as it was signed."""
    return b'{"messages":[\n' + b",\n".join(message.body for message in messages) + b"\n]}\n"


def _csv(messages: Sequence[Message]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for message in messages:
        writer.writerow([f"'{cell}" if cell.startswith(CALCULATED) else cell for cell in _row(message)])
    return out.getvalue().encode("utf-8-sig")


_SHEET_NS: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOC_NS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE_NS: Final = "http://schemas.openxmlformats.org/package/2006"
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PARTS: Final = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE_NS}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE_NS}/relationships"><Relationship Id="rId1" '
    f'Type="{_DOC_NS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_SHEET_NS}" xmlns:r="{_DOC_NS}"><sheets>'
    '<sheet name="报文" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE_NS}/relationships"><Relationship Id="rId1" '
    f'Type="{_DOC_NS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def _xlsx(messages: Sequence[Message]) -> bytes:
    """A workbook of one sheet in which every cell is inline text: nothing in it can be a formula."""
    lines = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in (_COLUMNS, *map(_row, messages)))
    sheet = f'<worksheet xmlns="{_SHEET_NS}"><sheetData>{lines}</sheetData></worksheet>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (*_PARTS.items(), ("xl/worksheets/sheet1.xml", sheet)):
            entry = zipfile.ZipInfo(name, STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, _HEAD + content)
    return out.getvalue()


def _cell(text: str) -> str:
    kept = "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text)
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(kept)}</t></is></c>'
