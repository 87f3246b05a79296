"""The field tables of exchange files as data: 双公示 2018 and 2016, and the minimal columns of the lists.

A list's own columns come from its room, so that a tenth category needs no edit here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from cases.categories import room
from cases.categories.base import ExtraField

ALWAYS, CONDITIONAL, OPTIONAL = "always", "conditional", "optional"


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a template.

    code      its code on paper; name: its Chinese header; aliases: other headers seen
    kind      text, date, horizon (end of a period), wan, yuan (money), code (USCC), subject_word, choice, bool,
              told_amount (a sentence that names a sum in 元), names (never with their numbers), headcount
    length    in characters; longer is an error, never cut
    target    attribute of CleanRow, or "extra:<key>", or "" for what the row checks use and drop
    kept      False: read for the checks at most, never stored, never shown (identity numbers)
    instead_of   target that this column fills too where the file leaves it empty
    """

    code: str
    name: str
    kind: str
    length: int
    required: str
    target: str = ""
    aliases: tuple[str, ...] = ()
    kept: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    instead_of: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """A known set of columns. `shape` picks the row builder: penalty or listing."""

    code: str
    title: str
    shape: str
    fields: tuple[Field, ...]


def _f(
    code: str, name: str, kind: str, length: int, required: str, target: str = "", *aliases: str, kept: bool = True
) -> Field:
    return Field(code, name, kind, length, required, target, aliases, kept)


_A, _C, _O = ALWAYS, CONDITIONAL, OPTIONAL
# 发改办财金〔2018〕424号; lengths in characters, the larger one where files have been seen with more.
PENALTY_2018: Final = Template("penalty-2018", "行政处罚信息（2018年版，30项）", "penalty", (
    _f("CF_XDR_MC", "行政相对人名称", "text", 200, _A, "subject_name", "CF_XDR", "相对人名称", "当事人名称", "当事人"),
    _f("CF_XDR_LB", "行政相对人类别", "subject_word", 16, _A, "", "相对人类别", "主体类别"),
    _f("CF_XDR_SHXYM", "行政相对人代码_1（统一社会信用代码）", "code", 18, _C, "", "行政相对人代码_1",
       "统一社会信用代码", "行政相对人统一社会信用代码"),
    _f("CF_XDR_GSZC", "行政相对人代码_2（工商注册号）", "text", 50, _C, "extra:registration_no",
       "行政相对人代码_2", "工商注册号", "代码_2（工商注册号）", "工商登记码"),
    _f("CF_XDR_ZZJG", "行政相对人代码_3（组织机构代码）", "text", 9, _O, "extra:organisation_code", "行政相对人代码_3",
       "组织机构代码", "代码_3（组织机构代码）"),
    _f("CF_XDR_SWDJ", "行政相对人代码_4（税务登记号）", "text", 32, _O, "extra:tax_no",
       "行政相对人代码_4", "税务登记号", "代码_4（税务登记号）"),
    _f("CF_XDR_SYDW", "行政相对人代码_5（事业单位证书号）", "text", 120, _O, "extra:institution_no", "行政相对人代码_5",
       "事业单位证书号", "代码_5（事业单位证书号）"),
    _f("CF_XDR_SHZZ", "行政相对人代码_6（社会组织登记证号）", "text", 50, _O, "extra:social_no", "行政相对人代码_6",
       "社会组织登记证号", "代码_6（社会组织登记证号）"),
    _f("CF_FRDB", "法定代表人", "text", 50, _C, "legal_representative", "CF_FDDB", "CF_FR", "法定代表人姓名",
       "法人代表", "法定代表人（负责人）", "负责人"),
    _f("CF_FR_ZJLX", "法定代表人证件类型", "text", 64, _O, "", kept=False),
    _f("CF_FR_ZJHM", "法定代表人证件号码", "text", 64, _O, "", "CF_FR_SFZH", "法定代表人身份证号",
       "法定代表人身份证号码", kept=False),
    _f("CF_XDR_ZJLX", "证件类型", "text", 64, _C, "", "证件类型（自然人）", "自然人证件类型", kept=False),
    _f("CF_XDR_ZJHM", "证件号码", "text", 64, _C, "", "证件号码（自然人）", "自然人证件号码", "居民身份证号",
       "CF_XDR_SFZ", kept=False),
    _f("CF_WSH", "行政处罚决定书文号", "text", 128, _A, "doc_no", "处罚决定书文号", "决定书文号",
       "行政处罚决定文书号", "文书号"),
    _f("CF_WFXW", "违法行为类型", "text", 2000, _A, "violation_type"),
    _f("CF_SY", "违法事实", "text", 5000, _A, "facts_text", "处罚事由", "主要违法事实"),
    _f("CF_YJ", "处罚依据", "text", 2048, _A, "basis_text"),
    _f("CF_CFLB", "处罚类别", "text", 200, _A, "", "处罚种类"),
    _f("CF_NR", "处罚内容", "text", 4000, _A, "content"),
    _f("CF_NR_FK", "罚款金额（万元）", "wan", 30, _C, "amount_fen", "处罚金额（万元）", "罚款金额"),
    _f("CF_NR_WFFF", "没收违法所得、没收非法财物的金额（万元）", "wan", 30, _C, "confiscated_fen",
       "没收违法所得、没收非法财务的金额（万元）", "没收违法所得没收非法财物的金额", "没收金额（万元）"),
    _f("CF_NR_ZKDX", "暂扣或吊销证照名称及编号", "text", 200, _C, "extra:licence_note", "暂扣或吊销证照名称"),
    _f("CF_JDRQ", "处罚决定日期", "date", 40, _A, "decided_on", "决定日期", "行政处罚决定日期", "作出行政处罚决定日期"),
    _f("CF_YXQ", "处罚有效期", "horizon", 40, _A, "valid_until"),
    _f("CF_GSJZQ", "公示截止期", "horizon", 40, _A, "claimed_public_until", "公示截止日期"),
    _f("CF_CFJG", "处罚机关", "text", 200, _A, "authority_name", "行政处罚机关", "作出处罚决定机关"),
    _f("CF_CFJGDM", "处罚机关统一社会信用代码", "code", 18, _A, "authority_code", "处罚机关代码"),
    _f("CF_SJLY", "数据来源单位", "text", 200, _A, "source_name"),
    _f("CF_SJLYDM", "数据来源单位统一社会信用代码", "code", 18, _A, "source_code", "数据来源单位代码"),
    _f("BZ", "备注", "text", 512, _O, "extra:remark", "CF_BZ"),
    # Outside the 30: some platforms export the day of publication, which market periods may count from.
    _f("GSRQ", "公示日期", "date", 40, _O, "published_on", "CF_GSRQ", "公示开始日期"),
    # The same two amounts under a header that says 元; the unit is the header's, not a guess.
    _f("CF_NR_FK_YUAN", "罚款金额（元）", "yuan", 30, _O, "amount_fen", "处罚金额（元）"),
    _f("CF_NR_WFFF_YUAN", "没收违法所得、没收非法财物的金额（元）", "yuan", 30, _O, "confiscated_fen",
       "没收金额（元）"),
))  # fmt: skip

_BY_CODE: Final = {field.code: field for field in PENALTY_2018.fields}


def _old(code: str, name: str, of: str, *aliases: str, required: str = OPTIONAL) -> Field:
    """A column of 2016 that means a field of 2018 under another code or rule."""
    return replace(_BY_CODE[of], code=code, name=name, aliases=aliases, required=required)


PENALTY_2016: Final = Template("penalty-2016", "行政处罚信息（2016年版）", "penalty", (
    _BY_CODE["CF_WSH"],
    _old("CF_CFMC", "处罚名称", "CF_WFXW", "行政处罚名称"),
    _old("CF_AJMC", "案件名称", "CF_WFXW"),
    _old("CF_CFLB1", "处罚类别1", "CF_CFLB", "CF_CFLB", "处罚类别", required=ALWAYS),
    _old("CF_CFLB2", "处罚类别2", "CF_CFLB"),
    _BY_CODE["CF_SY"], _BY_CODE["CF_YJ"], _BY_CODE["CF_XDR_MC"], _BY_CODE["CF_XDR_SHXYM"],
    _old("CF_XDR_ZDM", "行政相对人代码_2（组织机构代码）", "CF_XDR_ZZJG", "组织机构代码"),
    _old("CF_XDR_GSDJ", "行政相对人代码_3（工商登记码）", "CF_XDR_GSZC", "工商登记码"),
    _BY_CODE["CF_XDR_SWDJ"],
    _old("CF_XDR_SFZ", "行政相对人代码_5（居民身份证号）", "CF_XDR_ZJHM", "居民身份证号"),
    _old("CF_FR", "法定代表人姓名", "CF_FRDB", "法定代表人"),
    _old("CF_JG", "处罚结果", "CF_NR", required=ALWAYS),
    _BY_CODE["CF_JDRQ"],
    _old("CF_XZJG", "处罚机关", "CF_CFJG", "行政处罚机关", required=ALWAYS),
    _old("CF_JZQ", "处罚截止期", "CF_YXQ", "CF_JZRQ", "处罚有效期"),
    _old("GSQX", "公示期限", "CF_GSJZQ", "CF_GSJZQ", "公示截止期"),
    _f("DFBM", "地方编码", "text", 6, _O, "extra:region_code"),
    _f("SJC", "数据更新时间戳", "text", 40, _O, "extra:source_time"),
    _f("CF_BM", "权力编码", "text", 200, _O, "extra:power_code"),
    _f("CF_SXYZCD", "失信严重程度", "text", 40, _O, "extra:severity_hint"),
    _f("CF_ZT", "当前状态", "text", 10, _O, "", "状态"),
    _f("CF_SYFW", "信息使用范围", "text", 10, _O, "", "使用范围"),
    replace(_BY_CODE["BZ"], aliases=("CF_BZ",)),
))  # fmt: skip

_LIST_FIELDS: Final = (
    _f("XDR_MC", "主体名称", "text", 200, _A, "subject_name", "企业名称", "当事人名称", "名称", "市场主体名称"),
    _f("XDR_LB", "主体类别", "subject_word", 16, _A, "", "主体类型"),
    _f("XDR_SHXYM", "统一社会信用代码", "code", 18, _A, "", "统一社会信用代码/注册号", "信用代码"),
    _f("FRDB", "法定代表人", "text", 50, _O, "legal_representative", "法定代表人（负责人）", "负责人", "经营者"),
    _f("WSH", "列入（认定）决定文书号", "text", 128, _O, "doc_no", "列入决定文书号", "认定文书号", "列入文书号",
       "列入决定书文号"),
    _f("SY", "列入事由", "text", 2000, _A, "ground_text", "列入（认定）事由"),
    _f("YJ", "列入依据", "text", 2048, _A, "basis_text", "列入（认定）依据"),
    _f("LRRQ", "列入日期", "date", 40, _A, "listed_on", "列入（标记）日期", "认定日期"),
    _f("GSRQ", "公示日期", "date", 40, _O, "published_on"),
    _f("GSJZQ", "公示截止期", "horizon", 40, _O, "claimed_public_until", "公示截止日期"),
    _f("RDJG", "列入机关", "text", 200, _A, "authority_name", "认定机关", "作出列入决定机关", "列入（认定）机关"),
    _f("RDJGDM", "列入机关代码", "code", 18, _A, "authority_code", "认定机关代码", "列入机关统一社会信用代码"),
    _f("ZT", "当前状态", "state", 20, _A, "", "状态"),
    _f("YCRQ", "移出日期", "date", 40, _O, ""),
    _f("YCSY", "移出事由", "text", 2000, _O, ""),
    _f("YCWSH", "移出文书号", "text", 128, _O, ""),
    _f("YCJG", "移出机关", "text", 200, _O, ""),
    _f("SJLY", "数据来源单位", "text", 200, _A, "source_name"),
    _f("SJLYDM", "数据来源单位代码", "code", 18, _A, "source_code", "其代码", "数据来源单位统一社会信用代码"),
    _f("BZ", "备注", "text", 512, _O, "extra:remark"),
)  # fmt: skip
# Other headers under which lists print a room's own column; by its label.
_EXTRA_HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "列入（标记）经营异常原因": ("列入经营异常名录原因", "标记经营异常原因", "列入原因", "经营异常原因"),
    "年报年度": ("年度",),
    "类别": ("名单类别",),
    "所依据的处罚决定书文号": ("处罚决定书文号", "行政处罚决定书文号"),
    "限制措施截止日期": ("限制措施及截止日期", "限制措施截止日"),
    "执行法院": ("执行法院名称", "法院"),
    "案号": ("执行案号", "执行依据案号"),
    "执行依据文号": ("执行依据", "执行依据书文号"),
    "作出执行依据单位": ("做出执行依据单位", "执行依据制作单位"),
    "生效法律文书确定的义务": ("法律文书确定的义务", "义务"),
    "履行情况": ("被执行人的履行情况", "被执行人履行情况"),
    "失信行为具体情形": ("失信被执行人行为具体情形", "失信行为"),
    "发布时间": ("发布日期", "公布时间"),
    "期限": ("公布期限", "名单期限"),
    "纳税人识别号": ("纳税人识别码", "纳税人统一社会信用代码"),
    "注册地址": ("注册地", "住所"),
    "主要违法事实": ("违法事实",),
    "相关法律依据及税务处理处罚情况": ("法律依据及处理处罚情况", "税务处理处罚情况"),
    "负有直接责任的财务负责人、中介机构": ("财务负责人及中介机构", "负有直接责任的财务负责人和中介机构"),
    "拖欠事实及数额（元）": ("拖欠事实及数额", "拖欠工资数额（元）"),
    "责令限期支付文书号": ("责令限期支付文书文号", "限期改正指令书文号"),
    "改正日期": ("纠正日期", "履行日期"),
    "同案人员人数": ("同案人员", "同案人员数量", "同案人数"),
    "失信行为简况": ("失信行为", "失信行为简要情况"),
    "纳入理由": ("列入理由",),
    "信息报送机关": ("报送机关",),
    "行业禁入截止日期": ("行业禁入截止日", "职业禁入截止日期"),
    "统计违法行为": ("统计违法事实", "违法行为"),
    "处罚决定书文号": ("行政处罚决定书文号", "统计行政处罚决定书文号"),
    "公示期限": ("公示期",),
    "整改完成日期": ("整改日期", "改正日期"),
    "登记证号": ("登记证书号", "社会组织登记证号"),
    "登记管理机关": ("登记机关",),
    "列入情形": ("列入严重违法失信名单情形", "列入的情形"),
    "关联的活动异常名录列入日期": ("活动异常名录列入日期", "列入活动异常名录日期"),
}
# How lists fill a room's own column that is more than plain text; by its label.
_EXTRA_KINDS: Final[Mapping[str, str]] = {
    "拖欠事实及数额（元）": "told_amount",
    "负有直接责任的财务负责人、中介机构": "names",
    "同案人员人数": "headcount",
}
# A court's list prints no number of a listing decision: the number of the case stands for it.
_INSTEAD: Final[Mapping[str, str]] = {"案号": "doc_no", "发布时间": "published_on"}
# Attributes of CleanRow that a room's extra field may fill instead of its `extra`: those of a fact with a column.
_OWN_TARGETS: Final = frozenset({"ground", "corrected_on", "decided_on", "published_on", "listed_on"})
# Facts that have happened; other days of a room may lie ahead.
_PAST: Final = _OWN_TARGETS - {"ground"}
_PENALTIES: Final[Mapping[str, tuple[Template, ...]]] = {"administrative_penalty": (PENALTY_2018, PENALTY_2016)}


@lru_cache(maxsize=32)
def templates_for(category: str) -> tuple[Template, ...]:
    """Templates in which records of a category may arrive, newest first. Raises KeyError without a room."""
    own = _PENALTIES.get(category)
    if own is not None:
        return own
    its = room(category)
    fields = (*_LIST_FIELDS, *(_extra(field) for field in its.extra_fields))
    return (Template(f"list-{category}", its.title, "listing", fields),)


def _extra(field: ExtraField) -> Field:
    kinds = {"date": "horizon", "choice": "choice", "bool": "bool"}
    own = field.fact in _OWN_TARGETS
    kind = kinds.get(field.kind) or _EXTRA_KINDS.get(field.label, "text")
    return Field(
        f"X_{field.name.upper()}", field.label, "date" if field.fact in _PAST else kind, 2000,
        ALWAYS if field.required else OPTIONAL, field.fact if own else f"extra:{field.name}",
        _EXTRA_HEADERS.get(field.label, ()), True, field.choices, _INSTEAD.get(field.label, ""),
    )  # fmt: skip


_MARKS: Final = re.compile(r"[\W_]+")
_DUTY: Final = re.compile("(必填|选填|必须|非必填)$")


@lru_cache(maxsize=4096)
def header_key(text: str) -> str:
    """The form in which headers are compared: NFKC, no white space, line breaks or punctuation, no 必填, upper case."""
    return _DUTY.sub("", _MARKS.sub("", unicodedata.normalize("NFKC", text)).upper())


@lru_cache(maxsize=32)
def headers_of(template: Template) -> Mapping[str, Field]:
    """Every header that names a field, in compared form. A code wins over a name, a name over an alias."""
    found: dict[str, Field] = {}
    for pick in (lambda f: (f.code,), lambda f: (f.name,), lambda f: f.aliases):
        for field in template.fields:
            for text in pick(field):
                found.setdefault(header_key(text), field)
    return found
