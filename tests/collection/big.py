"""A workbook of any number of good penalty rows, as Excel writes it: shared strings, blank cells left out."""

import io
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from xml.sax.saxutils import escape

from cases.collection.rows import letter
from examples.penalties import HEADERS
from examples.story import ORGANS, firm_code

_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override '
    'PartName="/xl/worksheets/sheet1.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override '
    'PartName="/xl/sharedStrings.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_BOOK = (
    f'<?xml version="1.0" encoding="UTF-8"?><workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="行政处罚" sheetId="1" r:id="rId1"/></sheets></workbook>'
)


def workbook(rows: int, organ: str = "wlj", firms: int = 4000, word: str = "永文旅罚") -> bytes:
    """XLSX bytes: the 30 headers, then `rows` rows with numbers 1… of an organ of 永昌县, over so many firms."""
    strings: dict[str, int] = {}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr(
            "_rels/.rels",
            f'{_RELATIONS}<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
            "</Relationships>",
        )
        archive.writestr("xl/workbook.xml", _BOOK)
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'{_RELATIONS}<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="rId2" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        )
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            for n, values in enumerate(_rows(rows, organ, firms, word), start=1):
                cells = "".join(
                    f'<c r="{letter(i)}{n}" t="s"><v>{strings.setdefault(value, len(strings))}</v></c>'
                    for i, value in enumerate(values)
                    if value
                )
                sheet.write(f'<row r="{n}">{cells}</row>'.encode())
            sheet.write(b"</sheetData></worksheet>")
        items = "".join(f"<si><t>{escape(text)}</t></si>" for text in strings)
        archive.writestr(
            "xl/sharedStrings.xml",
            f'<?xml version="1.0" encoding="UTF-8"?><sst xmlns="{_MAIN}" uniqueCount="{len(strings)}">{items}</sst>',
        )
    return out.getvalue()


def _rows(count: int, code: str, firms: int, word: str) -> Iterator[list[str]]:
    organ = ORGANS[code]
    yield list(HEADERS.values())
    for n in range(count):
        day = date(2026, 4, 2) + timedelta(days=n % 200)
        values = {
            "CF_XDR_MC": f"永昌县示例商贸{n % firms}有限公司", "CF_XDR_LB": "法人及非法人组织",
            "CF_XDR_SHXYM": firm_code(10_000 + n % firms), "CF_FRDB": "赵示例", "CF_WSH": f"{word}〔2026〕{n + 1}号",
            "CF_WFXW": "未按规定悬挂许可证",
            "CF_SY": f"当事人经营场所未在显著位置悬挂许可证，经责令改正后逾期未改（第{n + 1}次检查）。",
            "CF_YJ": "《娱乐场所管理条例》有关规定", "CF_CFLB": "罚款", "CF_NR": "责令改正，处罚款5000元。",
            "CF_NR_FK": "0.5", "CF_JDRQ": day.isoformat(), "CF_YXQ": "2099/12/31",
            "CF_GSJZQ": (day + timedelta(days=365)).isoformat(), "CF_CFJG": organ.name,
            "CF_CFJGDM": organ.credit_code, "CF_SJLY": organ.name, "CF_SJLYDM": organ.credit_code,
        }  # fmt: skip
        yield [values.get(field, "") for field in HEADERS]
