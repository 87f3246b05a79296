"""The list files: 经营异常名录 (XLSX) and 市场监督管理严重违法失信名单 (CSV, GB18030), with planted faults."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from examples.penalties import Fault, as_sent, firm
from examples.story import ORGANS, Firm, story

_COMMON: Final = {
    "XDR_MC": "主体名称", "XDR_LB": "主体类别", "XDR_SHXYM": "统一社会信用代码", "FRDB": "法定代表人",
    "WSH": "列入（认定）决定文书号", "SY": "列入事由", "YJ": "列入依据", "LRRQ": "列入日期", "GSRQ": "公示日期",
    "RDJG": "列入机关", "RDJGDM": "列入机关代码", "ZT": "当前状态", "YCRQ": "移出日期", "SJLY": "数据来源单位",
    "SJLYDM": "数据来源单位代码",
}  # fmt: skip
ABNORMAL_HEADERS: Final = {
    **_COMMON, "GROUND": "列入（标记）经营异常原因", "YEAR": "年报年度", "CORRECTED": "纠正日期", "BZ": "备注",
}  # fmt: skip
VIOLATION_HEADERS: Final = {
    **_COMMON, "KIND": "类别", "PENALTY": "所依据的处罚决定书文号", "UNTIL": "限制措施及截止日期", "BZ": "备注",
}  # fmt: skip
ABNORMAL_FIRST_LINE: Final = 3
VIOLATION_FIRST_LINE: Final = 2
_GROUNDS: Final = (
    ("未按期年报", "未依照《企业信息公示暂行条例》第八条规定的期限公示年度报告"),
    ("登记住所无法联系", "通过登记的住所或者经营场所无法联系"),
    ("未公示即时信息", "未按照责令的期限公示有关企业信息"),
    ("公示信息隐瞒真实情况、弄虚作假", "公示企业信息隐瞒真实情况、弄虚作假"),
)


def _listing(subject: Firm, day: date, doc_no: str, ground: str, basis: str, n: int) -> dict[str, Any]:
    organ = ORGANS["scjgj"]
    return {
        "XDR_MC": subject.name, "XDR_LB": subject.kind, "XDR_SHXYM": subject.code, "FRDB": subject.person,
        "WSH": doc_no, "SY": ground, "YJ": basis, "LRRQ": as_sent(day, n), "GSRQ": as_sent(day + timedelta(days=1), n),
        "RDJG": organ.name, "RDJGDM": organ.credit_code, "ZT": "在列", "SJLY": organ.name,
        "SJLYDM": organ.credit_code,
    }  # fmt: skip


def abnormal_rows(today: date) -> tuple[list[dict[str, Any]], list[Fault]]:
    """Rows of abnormal.xlsx, A's listing first, and its faults."""
    paper = story(today).a_abnormal
    basis = "《企业经营异常名录管理暂行办法》"
    first = _listing(paper.firm, paper.decided_on, paper.doc_no, _GROUNDS[0][1], basis, 0)
    corrected = today - timedelta(days=45)
    rows = [{**first, "GROUND": _GROUNDS[0][0], "YEAR": str(today.year - 1), "CORRECTED": as_sent(corrected, 1)}]
    for n in range(1, 14):
        short, long = _GROUNDS[n % 4]
        day = today - timedelta(days=60 + 41 * n)
        row = _listing(firm(n), day, f"永市监列异〔{day.year}〕{50 + n}号", long, basis, n)
        cured = as_sent(day + timedelta(days=30), n) if n % 3 == 0 else ""
        rows.append({**row, "GROUND": short, "YEAR": str(day.year - 1) if n % 4 == 0 else "", "CORRECTED": cured})
    rows[5] = {**rows[5], "GROUND": "其他原因"}
    rows[9] = {**rows[9], "ZT": "已移出", "YCRQ": as_sent(today - timedelta(days=20), 2)}
    line = ABNORMAL_FIRST_LINE
    faults = [
        Fault("abnormal.xlsx", line + 5, "X_GROUND", "not_in_list", "error", "不是规定的选项", "列入原因不在规定范围"),
        Fault("abnormal.xlsx", line + 9, "ZT", "not_listed", "out_of_scope", "已移出", "已移出的不作为在列信息"),
    ]
    return rows, faults


def violation_rows(today: date) -> tuple[list[dict[str, Any]], list[Fault]]:
    """Rows of serious.csv, D's listing first, and its fault."""
    paper = story(today).serious
    basis = "《市场监督管理严重违法失信名单管理办法》"
    rows: list[dict[str, Any]] = []
    for n, (kind, ground, ago) in enumerate(
        (
            ("食品安全", "生产经营添加国家禁止使用物质的食品，受到较重行政处罚", 420),
            ("药品安全", "销售劣药，受到较重行政处罚", 500),
            ("特种设备", "使用未经检验的特种设备造成事故", 300),
            ("公平竞争", "传播虚假信息，严重破坏公平竞争秩序", 640),
            ("消费者权益", "预收费后歇业，\n恶意逃避退款责任", 380),
            ("登记管理", "提交虚假材料取得登记，情节严重", 200),
        )
    ):
        day = today - timedelta(days=ago)
        subject = paper.firm if n == 0 else firm(20 + n)
        number = paper.doc_no if n == 0 else f"永市监列严〔{day.year}〕{n + 1}号"
        row = _listing(subject, day, number, ground, basis, 2)
        until = day + timedelta(days=1095)
        note = f"限制申请行政许可至{until.year}年{until.month}月{until.day}日" if n == 0 else ""
        rows.append({**row, "KIND": kind, "PENALTY": f"永市监处罚〔{day.year}〕{300 + n}号", "UNTIL": note})
    rows[3] = {**rows[3], "PENALTY": "无"}
    fault = Fault(
        "serious.csv",
        VIOLATION_FIRST_LINE + 3,
        "X_PENALTY_DOC_NO",
        "required",
        "error",
        "必填",
        "缺少所依据的处罚决定书文号",
    )
    return rows, [fault]
