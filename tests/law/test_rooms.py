"""The contract of a room, held by every category that is found: the tenth is tested once it exists."""

import ast
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import cases.law
from cases.categories import (
    UnknownCategory,
    base,
    category_choices,
    collect,
    judge,
    limits,
    national_pack,
    registry,
    room,
    rooms,
)  # fmt: skip
from cases.categories.base import EFFECTS, PLATFORMS
from cases.law import FIELDS, RecordFacts, RulePack

TODAY = date(2026, 11, 23)
OUTCOMES = {"correction", "not_accepted", "refused"}
FACT_NAMES = set(RecordFacts.__dataclass_fields__)
every_room = pytest.mark.parametrize("one", rooms(), ids=lambda one: one.code)


def kinds(code: str) -> list[RecordFacts]:
    return [RecordFacts(code, market=market) for market in (True, False, None)]


def test_the_rooms_stand_in_the_order_of_annex_1():
    wanted = ["administrative_penalty", "abnormal_operation", "market_violation"]
    assert [code for code, _ in category_choices() if code in wanted] == wanted
    assert room("market_violation").title == "市场监督管理严重违法失信名单信息"


def test_an_unknown_code_is_said_to_be_unknown():
    with pytest.raises(UnknownCategory):
        room("no_such_category")


def test_a_tenth_room_is_found_by_being_there_and_gets_its_verdict():
    tenth = replace(room("market_violation"), code="a_later_one", title="第十类", annex1_row=None, rules=())
    found = collect([*registry.items(), ("a_later_one", tenth)])
    pack = RulePack(one.law for one in found.values())
    assert "a_later_one" in list(found)[9:]
    assert cases.law.evaluate(RecordFacts("a_later_one"), TODAY, pack).status == "needs_officer"


def test_a_category_decided_elsewhere_is_mirrored_and_takes_no_filing_here():
    elsewhere = replace(room("market_violation"), decided="elsewhere")
    facts = RecordFacts("market_violation", listed_on=date(2024, 11, 1))
    here, there = (
        cases.law.evaluate(facts, TODAY, RulePack([law])) for law in (room(facts.category).law, elsewhere.law)
    )
    assert (here.status, here.may_file) == ("now", True)
    assert (there.status, there.may_file, there.candidates) == ("decided_elsewhere", False, here.candidates)


@pytest.mark.parametrize(
    ("found", "complaint"),
    [
        ([("a", None)], "no CATEGORY"),
        ([("a", room("market_violation"))], "calls itself"),
        ([("market_violation", room("market_violation"))] * 2, "two categories"),
    ],
)
def test_a_missing_or_duplicate_code_stops_the_start(found, complaint):
    with pytest.raises(ValueError, match=complaint):
        collect(found)


@every_room
def test_a_room_names_its_departments_its_targets_and_what_repair_does(one):
    assert one.annex1_departments
    assert set(one.targets) <= set(PLATFORMS)
    assert {one.effect(facts) for facts in kinds(one.code)} <= set(EFFECTS)
    assert one.decided in ("here", "elsewhere")
    assert one.law.category == one.code


@every_room
def test_a_case_passes_two_tiers_at_least_and_no_code_twice(one):
    for facts in kinds(one.code):
        tiers = one.tiers(facts)
        codes = [tier.code for tier in tiers]
        assert len(set(codes)) == len(codes)
        assert any(tier.may_refuse for tier in tiers)
        assert all(tier.organ for tier in tiers if tier.external)
        if one.decided == "elsewhere":
            assert [tier.external for tier in tiers] == [True]
        else:
            assert len([tier for tier in tiers if not tier.external]) >= 2


@every_room
def test_the_two_core_materials_are_the_proof_and_the_commitment(one):
    for facts in kinds(one.code):
        specs = one.materials(facts)
        core = {"proof_of_duties"} if one.decided == "elsewhere" else {"proof_of_duties", "commitment"}
        assert {spec.code for spec in specs if spec.core} == core
        assert len({spec.code for spec in specs}) == len(specs)
        assert {spec.source for spec in specs} <= {"applicant", "generated", "fetched"}


@every_room
def test_there_is_a_coded_reason_for_every_negative_outcome(one):
    assert all(one.defects(outcome) for outcome in OUTCOMES)
    assert {outcome for code in one.reason_codes for outcome in code.applies_to} <= OUTCOMES
    assert len({code.code for code in one.reason_codes}) == len(one.reason_codes)


@every_room
def test_extra_fields_feed_facts_that_exist(one):
    assert {field.fact for field in one.extra_fields} - {""} <= FACT_NAMES
    assert all(field.choices for field in one.extra_fields if field.kind == "choice")


@every_room
def test_a_room_writes_no_prose_that_the_rules_say_themselves(one):
    titles = [block.title for block in one.guide]
    assert set(titles) <= {"特殊环节", "设定依据", "常见问题"}
    assert "常见问题" in titles


@every_room
def test_a_room_has_periods_for_the_regimes_of_this_decade(one):
    for day in (date(2024, 6, 1), date(2026, 1, 15), TODAY):
        for market in (True, False):
            facts = RecordFacts(one.code, market=market, severity="general", decided_on=day, listed_on=day)
            assert judge(facts, day).candidates


@every_room
def test_some_limit_is_known_for_each_room_today(one):
    for facts in kinds(one.code):
        allowed = limits(facts, TODAY)
        assert facts.market is None or any((allowed.accept_wd, allowed.decide_wd, allowed.total_wd))


def test_rule_keys_are_unique_and_rows_name_rooms_that_exist():
    rules = national_pack().rules
    assert len({rule.key for rule in rules}) == len(rules)
    assert {rule.category for rule in rules} - {None} <= set(registry)


def test_the_development_office_may_send_back_a_penalty_but_not_refuse_it():
    tiers = room("administrative_penalty").tiers(RecordFacts("administrative_penalty", market=False))
    last = tiers[-1]
    assert (last.department, last.may_refuse, last.switchable) == ("fgj", False, True)


def test_the_choices_of_a_field_are_words_the_law_engine_knows():
    field = next(f for f in room("administrative_penalty").extra_fields if f.name == "field")
    assert dict(field.choices) == FIELDS


@pytest.mark.parametrize("package", ["cases.law", "cases.categories"])
def test_the_law_imports_no_django_and_nothing_above_it(package):
    folder = Path(cases.law.__file__ if package == "cases.law" else base.__file__).parent
    allowed = {"cases.law": (), "cases.categories": ("cases.law",)}[package]
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            ours = [n for n in names if n.split(".")[0] in ("cases", "creditrepair", "sync", "notices", "django")]
            assert [n for n in ours if not n.startswith(allowed or ("-",))] == [], path.name
