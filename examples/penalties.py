"""The penalty file: sixty and more rows as departments send them, with the planted faults among them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from stdnum.cn import uscc

from examples.acts import ACTS, FIRM_NAMES, GIVEN, SURNAMES, Act
from examples.story import COUNTY, NEIGHBOUR, NEXT_REGION, ORGANS, REGION, Firm, Organ, Paper, firm_code, story

HEADERS: Final = {
    "CF_XDR_MC": "行政相对人名称", "CF_XDR_LB": "行政相对人类别",
    "CF_XDR_SHXYM": "行政相对人代码_1\n（统一社会信用代码）",
    "CF_XDR_GSZC": "行政相对人代码_2\n（工商注册号）", "CF_XDR_ZZJG": "行政相对人代码_3\n（组织机构代码）",
    "CF_XDR_SWDJ": "行政相对人代码_4\n（税务登记号）", "CF_XDR_SYDW": "行政相对人代码_5\n（事业单位证书号）",
    "CF_XDR_SHZZ": "行政相对人代码_6\n（社会组织登记证号）", "CF_FRDB": "法定代表人",
    "CF_FR_ZJLX": "法定代表人证件类型",
    "CF_FR_ZJHM": "法定代表人证件号码", "CF_XDR_ZJLX": "证件类型", "CF_XDR_ZJHM": "证件号码",
    "CF_WSH": "行政处罚决定书文号",
    "CF_WFXW": "违法行为类型", "CF_SY": "违法事实", "CF_YJ": "处罚依据", "CF_CFLB": "处罚类别", "CF_NR": "处罚内容",
    "CF_NR_FK": "罚款金额（万元）", "CF_NR_WFFF": "没收违法所得、没收非法财物的金额（万元）",
    "CF_NR_ZKDX": "暂扣或吊销证照名称及编号", "CF_JDRQ": "处罚决定日期", "CF_YXQ": "处罚有效期",
    "CF_GSJZQ": "公示截止期",
    "CF_CFJG": "处罚机关", "CF_CFJGDM": "处罚机关统一社会信用代码", "CF_SJLY": "数据来源单位",
    "CF_SJLYDM": "数据来源单位统一社会信用代码", "BZ": "备注",
}  # fmt: skip
FIRST_LINE: Final = 4
GOOD_ROWS: Final = 64
_STORY_ACTS: Final = {
    "a_culture": Act("wlj", "在文物保护单位建设控制地带内擅自搭建",
        "当事人在骊靬古城遗址建设控制地带内擅自搭建产品展销棚，未造成文物损毁。",
        "《中华人民共和国文物保护法》有关规定", "罚款", "责令拆除展销棚，处罚款{yuan}元。", 5000),
    "a_market": Act("scjgj", "生产经营标签不符合规定的食品",
        "当事人生产的3批次牛肉干标签未标明贮存条件，货值金额2860元。",
        "《中华人民共和国食品安全法》第一百二十五条第一款第二项", "罚款；没收违法所得",
        "1.没收违法所得{taken}元；2.罚款{yuan}元。", 6000, 420),
    "b_building": Act("zjj", "施工现场扬尘防治不到位", "当事人农资仓库扩建工地土方作业未采取湿法作业，裸土未覆盖。",
        "《中华人民共和国大气污染防治法》第一百一十五条", "罚款", "责令改正，处罚款{yuan}元。", 10000),
    "c_environment": Act("sthjj", "不正常运行污染防治设施", "当事人破碎工序喷淋设施停用，粉尘无组织排放。",
        "《中华人民共和国大气污染防治法》第九十九条第三项", "罚款", "责令改正，处罚款{yuan}元。", 100000),
    "d_fire": Act("xfdd", "消防设施未保持完好有效", "当事人三层客房区2个感烟探测器故障未修复。",
        "《中华人民共和国消防法》第六十条第一款第一项", "罚款", "责令改正，处罚款{yuan}元。", 7000),
    "doubt": Act("sthjj", "尾水超标排放", "当事人养殖尾水化学需氧量超过排放标准0.2倍。",
        "《中华人民共和国水污染防治法》有关规定", "法律、行政法规规定的其他行政处罚", "责令限期治理。"),
    "rare": Act("zjj", "未按规定设置消防车通道标识", "当事人商住楼项目未按设计设置消防车通道标识。",
        "《建设工程质量管理条例》第六十四条", "罚款", "责令改正，处罚款{yuan}元。", 9000),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault planted in a file: where it is, and what the check must say about it."""

    file: str
    line: int
    field: str
    rule: str
    outcome: str
    reason: str
    what: str


def wan(amount: int) -> str:
    """元 as 万元 without superfluous zeros: 5000 → 0.5."""
    return f"{amount / 10000:.6f}".rstrip("0").rstrip(".")


def _row(act: Act, firm: Firm, organ: Organ, doc_no: str, day: date, n: int) -> dict[str, Any]:
    content = act.content.format(yuan=act.fine, taken=act.taken)
    # As in life: some senders type numbers, some text.
    fine = (act.fine / 10000 if n % 3 == 0 else wan(act.fine)) if act.fine else ""
    return {
        "CF_XDR_MC": firm.name, "CF_XDR_LB": firm.kind, "CF_XDR_SHXYM": firm.code, "CF_FRDB": firm.person,
        "CF_WSH": doc_no, "CF_WFXW": act.violation, "CF_SY": act.facts, "CF_YJ": act.basis, "CF_CFLB": act.kinds,
        "CF_NR": content, "CF_NR_FK": fine, "CF_NR_WFFF": wan(act.taken) if act.taken else "",
        "CF_NR_ZKDX": act.licence, "CF_JDRQ": as_sent(day, n), "CF_YXQ": "2099/12/31",
        "CF_GSJZQ": as_sent(day + timedelta(days=365), n + 1), "CF_CFJG": organ.name, "CF_CFJGDM": organ.credit_code,
        "CF_SJLY": organ.name, "CF_SJLYDM": organ.credit_code, "BZ": "/" if n % 4 == 0 else "",
    }  # fmt: skip


def as_sent(day: date, n: int) -> Any:
    """A date in one of six forms that files bring: date cell, three spellings, digits, serial number."""
    return (
        day,
        f"{day.year}/{day.month}/{day.day}",
        day.isoformat(),
        f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日",
        (day - date(1899, 12, 30)).days,
    )[n % 6]


def firm(n: int) -> Firm:
    """The n-th firm of the county, made up."""
    name = FIRM_NAMES[n % len(FIRM_NAMES)] + ("" if n < len(FIRM_NAMES) else "分公司")
    kind, prefix = "法人及非法人组织", "91"
    if name.endswith(("经营部", "烘焙坊", "服务部")):
        kind, prefix = "个体工商户", "92"
    elif name.endswith("合作社"):
        prefix = "93"
    return Firm(COUNTY + name, firm_code(100 + n, prefix), SURNAMES[n % len(SURNAMES)] + GIVEN[n % len(GIVEN)], kind)


def penalty_rows(today: date) -> tuple[list[dict[str, Any]], list[Fault]]:
    """Rows of the file in order, and the faults planted among them with their line in the sheet."""
    tale = story(today)
    good = [_story_row(name, paper, n) for n, (name, paper) in enumerate(_story_papers(tale))]
    for n in range(GOOD_ROWS - len(good)):
        act = ACTS[n % len(ACTS)]
        organ = ORGANS[act.organ]
        # From three weeks to about two years ago: both sides of the change of rules.
        day = today - timedelta(days=21 + 13 * n)
        good.append(_row(act, firm(n), organ, f"{organ.short_form}罚〔{day.year}〕{100 + n}号", day, n))
    rows: list[dict[str, Any]] = []
    faults: list[Fault] = []
    planted = iter(_faults(today, good))
    for n, row in enumerate(good):
        rows.append(row)
        if n % 6 == 5 and (bad := next(planted, None)) is not None:
            field, rule, outcome, reason, what, wrong = bad
            rows.append(wrong)
            faults.append(Fault("penalties.xlsx", FIRST_LINE + len(rows) - 1, field, rule, outcome, reason, what))
    return rows, faults


def _story_papers(tale: Any) -> list[tuple[str, Paper]]:
    return [(name, getattr(tale, name)) for name in _STORY_ACTS]


def _story_row(name: str, paper: Paper, n: int) -> dict[str, Any]:
    return _row(_STORY_ACTS[name], paper.firm, paper.organ, paper.doc_no, paper.decided_on, n)


def _faults(today: date, good: list[dict[str, Any]]) -> list[tuple[str, str, str, str, str, dict[str, Any]]]:
    """(field, rule, outcome, part of the reason, what it is, row), each made from a good row that stays in the file."""

    def bad(n: int, **change: Any) -> dict[str, Any]:
        number = change.pop("CF_WSH", f"{ORGANS['scjgj'].short_form}罚〔{today.year}〕{900 + n}号")
        return {**good[7 + n], "CF_WSH": number, **change}

    wrong = firm_code(0)
    wrong = wrong[:17] + ("A" if wrong[17] != "A" else "B")
    stranger = f"11{REGION}000000999"
    tomorrow = (today + timedelta(days=1)).isoformat()
    twin = good[3]
    return [
        ("CF_XDR_SHXYM", "check_digit", "error", "校验位不符", "信用代码校验位错误", bad(1, CF_XDR_SHXYM=wrong)),
        ("CF_XDR_SHXYM", "number_not_text", "error", "须为文本格式", "信用代码以数字保存",
         bad(2, CF_XDR_SHXYM=916203210000000018)),
        ("CF_JDRQ", "impossible_date", "error", "没有这一天", "不存在的日期", bad(3, CF_JDRQ=f"{today.year}-02-30")),
        ("CF_JDRQ", "date_in_future", "error", "在今天之后", "决定日期在将来", bad(4, CF_JDRQ=tomorrow)),
        ("CF_NR_FK", "unit_doubt", "ok", "疑似金额单位错误", "万元列填了元",
         bad(0, CF_CFLB="罚款", CF_NR="处罚款贰仟元整。", CF_NR_FK="2000", CF_NR_WFFF="", CF_NR_ZKDX="")),
        ("CF_CFJGDM", "unknown_department", "error", "没有这个机关", "名录之外的机关",
         bad(5, CF_CFJG="永昌县某某管理局", CF_CFJGDM=stranger + str(uscc.calc_check_digit(stranger)))),
        ("CF_CFJGDM", "foreign_department", "error", "不属于本行政区", f"{NEXT_REGION}金川区的机关",
         bad(6, CF_CFJG=NEIGHBOUR.name, CF_CFJGDM=NEIGHBOUR.credit_code)),
        ("CF_WSH", "required", "error", "必填", "缺少决定书文号", bad(7, CF_WSH="/")),
        ("CF_WSH", "duplicate_row", "ok", "重复", "与前面一行重复", dict(twin)),
        ("CF_XDR_LB", "natural_person", "out_of_scope", "自然人", "自然人的处罚",
         bad(8, CF_XDR_MC="张某某", CF_XDR_LB="自然人", CF_XDR_SHXYM="", CF_FRDB="", CF_XDR_ZJLX="身份证",
             CF_XDR_ZJHM="620321********000X")),
    ]  # fmt: skip
