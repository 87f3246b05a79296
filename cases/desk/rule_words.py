"""The words of a rule row on the desk: what it governs, under which conditions, its value and how sure we are of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from re import compile as pattern
from typing import Any, Final

from cases.categories import registry
from cases.law import FIELDS, GROUNDS, PENALTY_KINDS, REGIMES, SEVERITIES, RecordFacts, Rule

GOVERNS_WORDS: Final[dict[str, str]] = {
    "display_min": "最短公示期",
    "display_max": "最长公示期",
    "field_minimum": "领域最短公示期",
    "auto_stop": "期满自动停止公示",
    "no_early_stop": "不得提前停止公示",
    "until_restriction": "公示至限制期满",
    "not_shown": "不予公示",
    "not_repairable": "不可修复",
    "condition": "修复条件",
    "material": "申请材料",
    "accept_days": "受理期限",
    "decide_days": "决定期限",
    "total_days": "办结总期限",
    "extension_days": "延长期限",
    "correction_days": "补正期限",
    "stop_days": "停止公示期限",
    "share_days": "信息共享期限",
    "objection_days": "异议期限",
    "false_material": "虚假材料的后果",
    "reapply_ban": "不得再次申请的期间",
    "decider": "办理单位",
    "channel": "申请渠道",
    "remedy": "救济途径",
    "fee": "收费",
    "publication_rolls": "公示期遇休假日顺延",
    "first_application_day": "首个可申请日",
    "older_records": "新规施行前的信息",
    "superior_procedure": "上级另有程序的从其规定",
    "report_removal": "移出后报告",
    "collection_days": "归集期限",
    "publish_days": "公示期限",
    "amount": "数额标准",
    "subject_scope": "适用主体",
    "misprint": "文字更正",
    "wording": "文书表述",
}
CERTAINTY_WORDS: Final[dict[str, tuple[str, str, str]]] = {  # word, tone, sign
    "verified": ("已核实", "good", "●"),
    "unverified": ("待核实", "warn", "◆"),
    "unknown": ("内容不明，待核实", "warn", "◇"),
}
STARTS: Final[dict[str, str]] = {
    "document": "文书认定之日",
    "publication": "公示之日",
    "listing": "列入之日",
    "correction": "纠正之日",
    "received": "收到之日",
    "pushed": "收到推送之日",
    "accepted": "受理之日",
    "decided": "决定之日",
    "submitted": "申请之日",
}
UNITS_SHOWN: Final[dict[str, str]] = {"month": "个月", "WD": "个工作日", "CD": "日", "text": "", "bool": ""}
WHEN_WORDS: Final[dict[str, str]] = {
    "market": "领域",
    "severity": "失信程度",
    "field": "行业",
    "penalty_kind": "含处罚种类",
    "only_kinds": "仅有处罚种类",
    "ground": "事由",
    "term": "期限种类",
    "decided_before": "决定日期早于",
    "trader": "主体",
}
CODE: Final = pattern(r"[A-Za-z0-9_.:-]*[A-Za-z_][A-Za-z0-9_.:-]*")
TEXT_VALUES: Final[dict[tuple[str, str], str]] = {
    ("older_records", "both"): "新旧规定一并计算",
    ("older_records", "new"): "适用新规定",
    ("older_records", "old"): "适用旧规定",
    ("first_application_day", "day_after"): "届满次日",
    ("first_application_day", "last_day"): "届满当日",
}
_FACT_WORDS: Final[dict[str, dict[Any, str]]] = {
    "market": {True: "市场监管领域", False: "非市场监管领域"},
    "severity": dict(SEVERITIES),
    "field": dict(FIELDS),
    "penalty_kind": dict(PENALTY_KINDS),
    "only_kinds": dict(PENALTY_KINDS),
    "ground": dict(GROUNDS),
    "trader": {True: "个体工商户、自然人", False: "法人和非法人组织"},
}


def certainty_words(certainty: str) -> tuple[str, str, str]:
    """Word, tone and sign of a certainty: never colour alone."""
    return CERTAINTY_WORDS[certainty]


def governs_choices() -> list[tuple[str, str]]:
    return list(GOVERNS_WORDS.items())


def regime_choices(region: str) -> list[tuple[str, str]]:
    """The papers of the nation, and those of this region."""
    papers = [regime for regime in REGIMES.values() if regime.region in (None, region)]
    return [(regime.key, f"{regime.number} {regime.name}") for regime in papers]


def value_words(rule: Rule) -> str:
    """The value of a row: 「7个工作日」, 「三个月」 is 「3个月」; a row without one is not a value of nothing."""
    if rule.value is None:
        return "不明"
    if isinstance(rule.value, bool):
        return "是" if rule.value else "否"
    if isinstance(rule.value, str):
        return _text_value(rule, rule.value)
    if rule.governs == "fee" and rule.value == 0:
        return "不收费"
    return f"{rule.value}{UNITS_SHOWN[rule.unit]}"


def _text_value(rule: Rule, value: str) -> str:
    """A text as it stands; a code by its word, and one without a word by the sentence beside it, never as a code."""
    known = TEXT_VALUES.get((rule.governs, value)) or _material_titles().get(value)
    return known or ("按所列规定" if CODE.fullmatch(value) else value)


@cache
def _material_titles() -> dict[str, str]:
    """What the rooms call their materials, by code."""
    found: dict[str, str] = {}
    for room in registry.values():
        for market in (True, False):
            for one in room.materials(RecordFacts(room.code, market=market)):
                found.setdefault(one.code, one.title)
    return found


def when_words(rule: Rule) -> str:
    """The conditions of a row as one line, "" where it holds for all."""
    parts = []
    for fact, wanted in rule.when:
        options = wanted if isinstance(wanted, tuple) else (wanted,)
        word = partial(_fact_word, rule.category, fact)
        parts.append(f"{WHEN_WORDS[fact]}：{'、'.join(word(one) for one in options)}")
    return "；".join(parts)


def _fact_word(category: str | None, fact: str, value: Any) -> str:
    known = _FACT_WORDS.get(fact, {})
    if value in known:
        return known[value]
    return _room_choices(category, fact).get(str(value), str(value))


def _room_choices(category: str | None, fact: str) -> dict[str, str]:
    """What a room calls the choices of a field of its own that feeds a fact."""
    room = registry.get(category or "")
    return {code: word for one in (room.extra_fields if room else ()) if one.fact == fact for code, word in one.choices}


def day_words(day: str | None) -> str:
    """A stored day, or what stands where the law gives none that we know."""
    return day or "待核实"


@dataclass(frozen=True, slots=True)
class RowShown:
    """One rule row as the table prints it."""

    rule: Rule
    category: str
    governs: str
    when: str
    value: str
    start: str
    certainty: tuple[str, str, str]
    own: bool


def shown(rule: Rule) -> RowShown:
    start = STARTS.get(rule.counts_from or "", "")
    if start and rule.start_certainty != "verified":
        start += "（待核实）"
    room = registry.get(rule.category or "")
    return RowShown(
        rule=rule,
        category=room.title if room else "各类通用",
        governs=GOVERNS_WORDS.get(rule.governs, rule.governs),
        when=when_words(rule),
        value=value_words(rule),
        start=start,
        certainty=certainty_words(rule.certainty),
        own=rule.region is not None and rule.certainty == "verified",
    )


def in_order(rules: tuple[Rule, ...]) -> list[Rule]:
    """As a reader looks them up: general rows first, then by category of Annex 1, matter, day, key."""
    places = {code: at for at, code in enumerate(registry, start=1)}
    matters = {code: at for at, code in enumerate(GOVERNS_WORDS)}
    return sorted(
        rules,
        key=lambda r: (places.get(r.category or "", 0), matters.get(r.governs, 99), r.in_force_from, r.key),
    )


Test = Callable[[Rule], bool]


def chosen(rules: list[Rule], wanted: dict[str, Any]) -> list[Rule]:
    """Rows that meet every filter given: category (with the rows of all), regime, governs, certainty, day, question."""
    tests: list[Test] = []
    if category := wanted.get("category"):
        tests.append(lambda r: r.category in (None, category))
    for name in ("regime", "governs", "certainty", "question"):
        if value := wanted.get(name):
            tests.append(partial(_is, name, value))
    if day := wanted.get("day"):
        assert isinstance(day, date)
        tests.append(lambda r: r.in_force(day))
    return [rule for rule in rules if all(test(rule) for test in tests)]


def _is(name: str, value: str, rule: Rule) -> bool:
    return bool(getattr(rule, name) == value)
