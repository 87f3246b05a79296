"""The six further lists, one small file each: court, tax, wages, safety, statistics, social organisations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from examples.penalties import Fault, as_sent, firm
from examples.story import ORGANS, REGION, Firm, Organ, Paper, Story, doc_no, story, with_check

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ListFile:
    """One list: its file, its rows by printed header (the first is the story's), the line of the first, one fault.

    form   xlsx, csv or csv-gb18030, json
    """

    name: str
    category: str
    form: str
    title: str
    first_line: int
    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry of a list in few words: how long ago, why, and the columns of the list's own."""

    days_ago: int
    reason: str
    own: Row


_FIRST_LINES: Final = {"xlsx": 3, "csv": 2, "csv-gb18030": 2, "json": 1}
_FIRST_FIRM: Final = 40


def serious_lists(today: date) -> tuple[ListFile, ...]:
    """The six files as of a local date, in the order of 附件1."""
    tale = story(today)
    return (_court(tale), _tax(tale), _wages(tale), _safety(tale), _statistics(tale), _social(tale))


def _row(subject: Firm, organ: Organ, number: str, day: date, basis: str, entry: _Entry, n: int) -> Row:
    return {
        "主体名称": subject.name, "主体类别": subject.kind, "统一社会信用代码": subject.code, "法定代表人": subject.person,
        "列入（认定）决定文书号": number, "列入事由": entry.reason, "列入依据": basis, "列入日期": as_sent(day, n),
        "公示日期": as_sent(day + timedelta(days=3), n), "列入机关": organ.name, "列入机关代码": organ.credit_code,
        "当前状态": "在列", "移出日期": "", "数据来源单位": organ.name, "数据来源单位代码": organ.credit_code, **entry.own,
    }  # fmt: skip


def _file(
    name: str,
    form: str,
    title: str,
    paper: Paper,
    basis: str,
    entries: tuple[_Entry, ...],
    fault: tuple[int, Row, Fault],
) -> ListFile:
    """The rows: the story's paper first, then made-up firms; `fault` is (row, what it changes, what is found)."""
    today = paper.decided_on + timedelta(days=entries[0].days_ago)
    word = paper.doc_no.removeprefix(paper.organ.short_form).split("〔")[0]
    rows = []
    for n, entry in enumerate(entries):
        day = today - timedelta(days=entry.days_ago)
        subject = paper.firm if n == 0 else firm(_FIRST_FIRM + n)
        number = paper.doc_no if n == 0 else doc_no(paper.organ, word, day, 20 + n)
        # A spreadsheet has cells that are dates; text files have only their spellings.
        rows.append(_row(subject, paper.organ, number, day, basis, entry, n if form == "xlsx" else 1 + n % 4))
    at, change, found = fault
    rows[at] = {**rows[at], **change}
    line = _FIRST_LINES[form] + at
    planted = Fault(name, line, found.field, found.rule, found.outcome, found.reason, found.what)
    return ListFile(name, paper.category, form, title, _FIRST_LINES[form], tuple(rows), (planted,))


def _found(field: str, rule: str, outcome: str, reason: str, what: str) -> Fault:
    return Fault("", 0, field, rule, outcome, reason, what)


def _court(tale: Story) -> ListFile:
    """The court prints no number of a decision: the case number stands for it."""

    def own(case: str, day: date, performed: str, conduct: str, term: str) -> Row:
        return {
            "列入（认定）决定文书号": "", "执行法院": ORGANS["fy"].name, "案号": case, "立案时间": as_sent(day, 1),
            "执行依据文号": f"（{day.year}）甘0321民初{day.month}0{day.day}号", "作出执行依据单位": ORGANS["fy"].name,
            "生效法律文书确定的义务": "支付货款本金及利息", "履行情况": performed, "失信行为具体情形": conduct,
            "发布时间": as_sent(day + timedelta(days=60), 2), "已履行部分": "", "未履行部分": "", "期限": term,
        }  # fmt: skip

    paper, entries = tale.court, []
    for n, (ago, performed, conduct, term) in enumerate(
        (
            (500, "全部未履行", "违反财产报告制度", "二年"),
            (340, "部分未履行", "有履行能力而拒不履行生效法律文书确定义务", "无"),
            (620, "全部未履行", "以转移财产方法规避执行", "二年"),
            (150, "全部未履行", "以暴力、威胁方法抗拒执行", "延长"),
        )
    ):
        day = tale.today - timedelta(days=ago)
        case = paper.doc_no if n == 0 else doc_no(paper.organ, "执", day, 200 + n)
        entries.append(_Entry(ago, conduct, own(case, day - timedelta(days=60), performed, conduct, term)))
    return _file(
        "court.csv", "csv", "失信被执行人名单", paper, "《最高人民法院关于公布失信被执行人名单信息的若干规定》",
        tuple(entries),
        (2, {"案号": "/"}, _found("X_CASE_NO", "required", "error", "必填", "缺少案号，文书号也没有")),
    )  # fmt: skip


def _tax(tale: Story) -> ListFile:
    def own(subject: Firm, nature: str, facts: str, done: str) -> Row:
        return {
            "纳税人识别号": subject.code, "注册地址": "永昌县（示例地址）", "案件性质": nature, "主要违法事实": facts,
            "相关法律依据及税务处理处罚情况": done, "案件上报期": "上季度", "上级决定机关": "国家税务总局金昌市税务局",
            "负有直接责任的财务负责人、中介机构": "",
        }  # fmt: skip

    cases = (
        (300, "偷税", "在账簿上少列收入，少缴增值税", "依据税收征收管理法追缴税款、加收滞纳金并处罚款，已缴清"),
        (420, "逃避追缴欠税", "转移财产，妨碍税务机关追缴欠税", "依据税收征收管理法追缴欠税、加收滞纳金并处罚款"),
        (260, "虚开发票", "为他人虚开增值税普通发票", "依据发票管理办法没收违法所得并处罚款"),
        (200, "骗取出口退税", "以假报出口手段骗取退税款", "追缴骗取的退税款并处罚款"),
        (510, "偷税", "进行虚假的纳税申报", "追缴税款、加收滞纳金并处罚款"),
    )
    entries = tuple(
        _Entry(ago, nature, own(tale.tax.firm if n == 0 else firm(_FIRST_FIRM + n), nature, facts, done))
        for n, (ago, nature, facts, done) in enumerate(cases)
    )
    code = firm(_FIRST_FIRM + 3).code
    wrong = code[:17] + ("A" if code[17] != "A" else "B")
    return _file(
        "tax.xlsx", "xlsx", "重大税收违法失信主体（示例，均为虚构）", tale.tax,
        "《重大税收违法失信主体信息公布管理办法》", entries,
        (3, {"统一社会信用代码": wrong, "纳税人识别号": wrong},
         _found("XDR_SHXYM", "check_digit", "error", "校验位不符", "信用代码校验位错误")),
    )  # fmt: skip


def _wages(tale: Story) -> ListFile:
    def own(told: str, n: int, ago: int, corrected: int | None) -> Row:
        day = tale.today - timedelta(days=ago + 40)
        paid = as_sent(tale.today - timedelta(days=corrected), n) if corrected is not None else ""
        return {
            "拖欠事实及数额（元）": told, "责令限期支付文书号": f"永人社责改〔{day.year}〕{n + 7}号", "改正日期": paid,
            "同案人员": str(n % 3),
        }  # fmt: skip

    cases = (
        (430, "拖欠23名农民工工资共计356000元", 380),
        (300, "拖欠9名农民工工资共计82,500.50元", None),
        (520, "拖欠农民工工资壹拾贰万元整", 500),
        (240, "拖欠11名农民工工资", 200),
        (640, "拖欠农民工工资18.6万元", 30),
    )
    reason = "拖欠农民工工资达到认定拒不支付劳动报酬的数额标准，经责令限期支付逾期未支付"
    entries = tuple(_Entry(ago, reason, own(told, 1 + n, ago, paid)) for n, (ago, told, paid) in enumerate(cases))
    return _file(
        "wages.json", "json", "拖欠农民工工资失信联合惩戒对象名单", tale.wages,
        "《拖欠农民工工资失信联合惩戒对象名单管理暂行办法》", entries,
        (3, {}, _found("X_ARREARS", "amount_untold", "ok", "未写明数额", "拖欠事实没有写数额")),
    )  # fmt: skip


def _safety(tale: Story) -> ListFile:
    def own(subject: Firm, conduct: str, why: str, grade: str, ban: str) -> Row:
        return {
            "主要负责人": subject.person, "注册地址": "永昌县（示例地址）", "失信行为简况": conduct, "纳入理由": why,
            "信息报送机关": ORGANS["yjj"].name, "事故等级": grade, "行业禁入截止日期": ban,
        }  # fmt: skip

    later = tale.today + timedelta(days=400)
    cases = (
        (450, "燃气使用场所重大隐患逾期未整改", "经责令停产停业整顿仍不整改", "", ""),
        (320, "未取得安全生产许可证擅自从事生产", "未经许可从事危险物品生产经营", "", ""),
        (200, "瞒报生产安全事故", "发生事故后瞒报", "一般", f"行业禁入至{later.year}年{later.month}月{later.day}日"),
        (610, "提供虚假安全评价报告", "出具虚假报告", "", ""),
    )
    entries = tuple(
        _Entry(ago, why, own(tale.safety.firm if n == 0 else firm(_FIRST_FIRM + n), conduct, why, grade, ban))
        for n, (ago, conduct, why, grade, ban) in enumerate(cases)
    )
    ahead = (tale.today + timedelta(days=3)).isoformat()
    return _file(
        "safety.xlsx", "xlsx", "安全生产严重失信主体名单（示例，均为虚构）", tale.safety,
        "《安全生产严重失信主体名单管理办法》", entries,
        (3, {"列入日期": ahead, "公示日期": ""}, _found("LRRQ", "date_in_future", "error", "在今天之后", "列入日期在将来")),
    )  # fmt: skip


def _statistics(tale: Story) -> ListFile:
    def own(conduct: str, ago: int, n: int, term: str, done: int | None) -> Row:
        day = tale.today - timedelta(days=ago + 20)
        finished = as_sent(tale.today - timedelta(days=done), 2) if done is not None else ""
        return {
            "统计违法行为": conduct, "处罚决定书文号": f"永统罚〔{day.year}〕{n}号", "公示期限": term, "整改完成日期": finished,
        }  # fmt: skip

    cases = (
        (200, "提供不真实的工业总产值数据，情节严重", "一年", 120),
        (330, "拒绝、阻碍统计检查", "1年", None),
        (90, "编造虚假统计资料", "一年", 60),
        (400, "提供不真实的商品销售额数据，情节严重", "两年", 350),
    )
    entries = tuple(
        _Entry(ago, "统计违法行为情节严重", own(conduct, ago, 1 + n, term, done))
        for n, (ago, conduct, term, done) in enumerate(cases)
    )
    return _file(
        "statistics.csv", "csv-gb18030", "统计严重失信企业", tale.statistics, "《统计严重失信企业信用管理办法》", entries,
        (2, {"公示期限": "五年"}, _found("X_TERM", "not_in_list", "error", "不是规定的选项", "公示期限不在规定范围")),
    )  # fmt: skip


def _social(tale: Story) -> ListFile:
    def own(situation: str, since: int | None, n: int) -> Row:
        inactive = as_sent(tale.today - timedelta(days=since), 4) if since is not None else ""
        return {
            "登记证号": f"永民社证字第{n:04d}号（示例）", "登记管理机关": ORGANS["mzj"].name, "列入情形": situation,
            "关联的活动异常名录列入日期": inactive,
        }  # fmt: skip

    cases = (
        (800, "被列入活动异常名录之日起满2年", 1540),
        (260, "被登记管理机关吊销登记证书", None),
        (420, "受到限期停止活动的行政处罚", None),
        (900, "被列入活动异常名录之日起满2年", 1640),
    )
    entries = tuple(
        _Entry(ago, situation, own(situation, since, 1 + n)) for n, (ago, situation, since) in enumerate(cases)
    )
    made = _file(
        "social.json", "json", "社会组织严重违法失信名单", tale.social, "《社会组织信用信息管理办法》", entries,
        (3, {"当前状态": "已撤销"}, _found("ZT", "not_listed", "out_of_scope", "已撤销", "已撤销的不作为在列信息")),
    )  # fmt: skip
    return _as_organisations(made)


def _as_organisations(made: ListFile) -> ListFile:
    """Social organisations have codes that begin with 51 or 52, and other names than firms."""
    rows = [made.rows[0]]
    for n, (row, name) in enumerate(
        zip(made.rows[1:], ("花草滩环保协会", "晨光幼儿园", "东寨镇老年书画社"), strict=True)
    ):
        code = with_check(f"5{1 + n % 2}{REGION}MJ{30 + n:07d}")
        rows.append({**row, "主体名称": f"永昌县{name}", "主体类别": "法人及非法人组织", "统一社会信用代码": code})
    return ListFile(made.name, made.category, made.form, made.title, made.first_line, tuple(rows), made.faults)
