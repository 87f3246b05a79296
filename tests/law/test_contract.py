"""What every room owes: shape, words, cited rows, answers to any record; and that a tenth room is one new file."""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date, timedelta
from itertools import product
from pathlib import Path

import pytest

import cases.categories
from cases.categories import collect, judge, local_rows, national_pack, pack_for, registry, rooms
from cases.categories.base import Category
from cases.law import FIELDS, GROUNDS, PENALTY_KINDS, STATUSES, RecordFacts, Rule, RulePack, evaluate
from cases.law.regimes import REGIMES
from tests.law import tenth_room

ROOT = Path(cases.categories.__file__).parents[2]
TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
OUTCOMES = ("correction", "not_accepted", "refused")
TIERS = {"handler", "head", "section", "bureau", "fgj_review"}
DEPARTMENTS = {
    "fgj", "scjgj", "yjj", "swj", "rsj", "tjj", "mzj", "fy", "wlj", "zjj", "sthjj", "xfdd",
}  # fmt: skip
# Papers that rows may cite beside the regimes.
OTHER_PAPERS = re.compile(r"条例|行政处罚法|行政复议法|行政诉讼法|企业破产法|国务院令|令第\d+号|〔\d{4}〕\d+号")
every_room = pytest.mark.parametrize("one", rooms(), ids=lambda one: one.code)


def plain_facts(one: Category) -> Iterator[RecordFacts]:
    """Records of a room in every field and with every word its own fields offer."""
    words = {
        field.fact: [value for value, _ in field.choices] for field in one.extra_fields if field.choices and field.fact
    }
    for market in (True, False, None):
        yield RecordFacts(one.code, market=market)
        for fact, values in words.items():
            for value in values:
                yield replace(RecordFacts(one.code, market=market), **{fact: value})


# --- shape -----------------------------------------------------------------------------------------------------------


def test_the_nine_rows_of_annex_1_are_all_there_once():
    rows = [one.annex1_row for one in rooms() if one.annex1_row is not None]
    assert sorted(rows) == list(range(1, 10))
    assert [one.annex1_row for one in rooms()][: len(rows)] == sorted(rows)


@every_room
def test_a_room_names_its_basis_and_who_decides_in_its_docstring(one):
    module = sys.modules[f"cases.categories.{one.code}"]
    text = module.__doc__ or ""
    assert 1 <= len(text.strip().splitlines()) <= 6
    assert one.title.removesuffix("信息").removesuffix("名单") in text.splitlines()[0]
    assert re.search(r"decide|court", text)


@every_room
def test_a_room_knows_its_departments_and_its_tiers(one):
    assert set(one.annex1_departments) <= DEPARTMENTS
    for facts in plain_facts(one):
        tiers = one.tiers(facts)
        assert tiers
        assert all(tier.department == "own" or tier.department in DEPARTMENTS for tier in tiers)
        assert all(tier.code in TIERS or tier.external for tier in tiers)
        assert all(bool(tier.organ) == tier.external for tier in tiers)
        assert len({tier.code for tier in tiers}) == len(tiers)


@every_room
def test_who_decides_here_asks_for_proof_and_commitment_and_who_does_not_asks_for_no_commitment(one):
    for facts in plain_facts(one):
        specs = {spec.code: spec for spec in one.materials(facts)}
        assert specs["proof_of_duties"].core
        assert ("commitment" in specs) == (one.decided == "here")
        assert all(spec.title and spec.description for spec in specs.values())


@every_room
def test_every_refusal_has_a_code_whose_article_is_a_paper_we_know_or_none(one):
    numbers = {regime.number for regime in REGIMES.values()}
    for code in one.reason_codes:
        assert code.text
        known = any(number in code.article for number in numbers)
        assert not code.article or known or OTHER_PAPERS.search(code.article), code
    assert all(one.defects(outcome) for outcome in OUTCOMES)


@every_room
def test_nobody_is_refused_on_a_code_that_says_it_is_not_verified(one):
    doubtful = [code.code for code in one.reason_codes if "待核实" in code.text]
    refusing = [c.code for outcome in ("not_accepted", "refused") for c in one.defects(outcome)]
    assert set(doubtful) & set(refusing) == set()


@every_room
def test_extra_fields_have_names_of_their_own_and_feed_facts_that_exist_once(one):
    names = [field.name for field in one.extra_fields]
    fed = [field.fact for field in one.extra_fields if field.fact]
    assert len(set(names)) == len(names)
    assert len(set(fed)) == len(fed)
    assert set(fed) <= {part.name for part in fields(RecordFacts)}
    assert {field.kind for field in one.extra_fields} <= {"text", "date", "bool", "choice"}


@every_room
def test_a_guide_has_the_blocks_that_only_the_room_can_write(one):
    blocks = {block.title: block.text for block in one.guide}
    assert len(blocks) == len(one.guide)
    assert all(text.strip() for text in blocks.values())
    assert "常见问题" in blocks


# --- rows ------------------------------------------------------------------------------------------------------------


def row_id(row: Rule) -> str:
    return row.key


LOCAL_REGIONS = sorted({regime.region for regime in REGIMES.values() if regime.region})
LOCAL = [row for region in LOCAL_REGIONS for row in local_rows(region)]
every_row = pytest.mark.parametrize("row", [*national_pack().rules, *LOCAL], ids=row_id)


@every_row
def test_a_row_stands_in_a_regime_that_is_in_force_as_long_as_the_row(row):
    regime = REGIMES[row.regime]
    assert regime.in_force_from <= row.in_force_from
    assert regime.in_force_to is None or (row.in_force_to is not None and row.in_force_to <= regime.in_force_to)
    assert row.in_force_to is None or row.in_force_from <= row.in_force_to


@every_row
def test_a_verified_row_cites_no_paper_before_that_paper_was_in_force(row):
    cited = [regime for regime in REGIMES.values() if (regime.name, regime.number) == row.basis[:2]]
    sure = row.certainty == "verified" and row.start_certainty == "verified"
    assert not sure or all(regime.in_force_from <= row.in_force_from for regime in cited)


@every_row
def test_the_conditions_of_a_row_are_words_that_a_record_can_have(row):
    words = {
        "field": set(FIELDS),
        "penalty_kind": set(PENALTY_KINDS),
        "only_kinds": set(PENALTY_KINDS),
        "severity": {"minor", "general", "serious"},
        "market": {True, False},
        "trader": {True, False},
    }
    if row.category is not None:
        one = registry[row.category]
        offered = {field.fact: {value for value, _ in field.choices} for field in one.extra_fields if field.choices}
        words |= {"term": offered.get("term", set()), "ground": offered.get("ground", set(GROUNDS))}
    for fact, wanted in row.when:
        asked = set(wanted) if isinstance(wanted, tuple) else {wanted}
        assert fact == "decided_before" or asked <= words[fact], (fact, wanted)


@every_row
def test_a_row_says_its_value_in_words_and_names_its_question_if_it_has_one(row):
    assert row.text_zh.strip() == row.text_zh != ""
    assert row.question is None or re.fullmatch(r"Q([1-9]|1[0-2])", row.question)
    assert (row.value is None) == (row.certainty == "unknown") or row.governs == "older_records"
    assert row.basis.name
    period = row.governs in ("display_min", "display_max")
    assert not period or (row.unit == "month" and row.counts_from is not None)


@every_row
def test_a_row_holds_where_its_paper_holds(row):
    assert row.region == REGIMES[row.regime].region


@every_room
def test_a_minimum_never_exceeds_the_maximum_that_goes_with_it(one):
    pack = national_pack()
    for facts, severity, day in product(
        plain_facts(one), ("minor", "general", "serious"), (date(2022, 6, 1), date(2024, 6, 1), TODAY)
    ):
        market = facts.market if one.market is None else one.market
        for plan in pack.governing(facts, day, market=market, severity=severity).plans:
            low, high = plan.minimum.value, plan.maximum.value if plan.maximum else None
            assert low is None or high is None or low <= high, (plan.minimum.key, plan.maximum.key)


# --- answers ---------------------------------------------------------------------------------------------------------


@every_room
@pytest.mark.parametrize("today", [date.min, date(2018, 1, 1), date(2022, 6, 1), date(2026, 4, 1), TODAY, date.max])
def test_a_room_answers_every_record_on_every_day(one, today):
    days = (None, date.min, date(2025, 2, 28), today, date.max)
    for facts in plain_facts(one):
        for start, corrected, done in product(days, (None, today, date.max), (True, False, None)):
            record = replace(
                facts, decided_on=start, published_on=start, listed_on=start, corrected_on=corrected, duties_done=done,
                restriction_until=corrected,
            )  # fmt: skip
            verdict = judge(record, today)
            assert verdict.status in STATUSES
            assert verdict.reasons
            assert all(isinstance(reason.text, str) and reason.text for reason in one.why_not(record, today))


@every_room
def test_nothing_that_a_room_says_blocks_without_being_verified(one):
    for facts in plain_facts(one):
        for name in ("duties_done", "new_violation", "repeated", "prosecuted", "listed_elsewhere", "subject_is_trader"):
            for today in (date(2020, 1, 1), date(2022, 6, 1), date(2024, 6, 1), TODAY):
                for value in (True, False):
                    found = one.why_not(replace(facts, **{name: value}), today)
                    assert [r.text for r in found if r.effect == "blocks" and r.certainty != "verified"] == []
                    assert [r.text for r in found if r.effect == "officer" and r.certainty == "verified"] == []


# --- nobody outside the package knows a category by its code -----------------------------------------------------------


def product_files(*patterns: str) -> list[Path]:
    """Files of the product itself, without tests, demonstration data and the rooms."""
    left_out = ("tests", "cases/categories", "cases/management", "bench", "examples", ".venv", "var", "node_modules")
    found = [path for pattern in patterns for path in ROOT.glob(pattern)]
    return [p for p in found if not any(str(p.relative_to(ROOT)).startswith(part) for part in left_out)]


def test_no_module_outside_the_package_compares_a_category_code():
    # work_safety is also a field of penalties; a field is compared with what the law calls it.
    codes = set(registry) - set(FIELDS)
    for path in product_files("cases/**/*.py", "creditrepair/**/*.py", "notices/**/*.py", "sync/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            parts: list[ast.expr] = []
            if isinstance(node, ast.Compare):
                parts = [node.left, *node.comparators]
            elif isinstance(node, ast.MatchValue):
                parts = [node.value]
            found = {c.value for part in parts for c in ast.walk(part) if isinstance(c, ast.Constant)}
            assert not codes & {one for one in found if isinstance(one, str)}, f"{path}:{getattr(node, 'lineno', 0)}"


def test_no_template_compares_a_category_code():
    quoted = re.compile("|".join(rf"[\"']{code}[\"']" for code in registry))
    files = product_files("templates/**/*.html", "templates/**/*.txt")
    assert files
    assert [str(path) for path in files if quoted.search(path.read_text(encoding="utf-8"))] == []


# --- a tenth room is one new file --------------------------------------------------------------------------------------


def test_a_tenth_category_is_judged_by_the_same_function():
    found = collect([*registry.items(), ("tenth_room", tenth_room.CATEGORY)])
    assert list(found)[:-1] == list(registry)
    pack = RulePack(one.law for one in found.values())
    facts = RecordFacts("tenth_room", listed_on=date(2025, 11, 30))
    answers = [evaluate(facts, day, pack) for day in (date(2026, 11, 29), date(2026, 12, 1))]
    assert [(one.status, one.earliest) for one in answers] == [
        ("from_date", date(2026, 12, 1)),
        ("now", date(2026, 12, 1)),
    ]


def test_nine_rooms_answer_the_same_with_a_tenth_beside_them():
    pack = RulePack(one.law for one in (*registry.values(), tenth_room.CATEGORY))
    for one in rooms():
        facts = RecordFacts(
            one.code, market=True, severity="general", decided_on=TODAY, listed_on=TODAY, published_on=TODAY
        )
        with_tenth, without = evaluate(facts, TODAY, pack), evaluate(facts, TODAY, pack_for(()))
        assert replace(with_tenth, pack_hash="", changes_on=None) == replace(without, pack_hash="", changes_on=None)


def test_one_new_file_in_the_package_is_found_and_keeps_the_contract(tmp_path):
    for part in ("law", "categories"):
        shutil.copytree(ROOT / "cases" / part, tmp_path / "cases" / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(
        ROOT / "tests" / "law", tmp_path / "tests" / "law", ignore=shutil.ignore_patterns("__pycache__", ".*")
    )
    for package in ("cases", "tests"):
        shutil.copy(ROOT / package / "__init__.py", tmp_path / package)
    shutil.copy(tenth_room.__file__, tmp_path / "cases" / "categories")
    say = "from cases.categories import category_choices; print(category_choices()[-1][0])"
    contract = [
        "-m",
        "pytest",
        "-c",
        "tests/law/pure.ini",
        "-p",
        "no:django",
        "tests/law/test_contract.py",
        "-k",
        "tenth_room",
    ]
    where = {"cwd": tmp_path, "env": {**os.environ, "PYTHONPATH": str(tmp_path)}, "capture_output": True, "text": True}
    found = subprocess.run([sys.executable, "-c", say], check=True, **where)  # noqa: S603
    assert found.stdout.strip() == "tenth_room"
    kept = subprocess.run([sys.executable, "-W", "ignore", *contract], check=False, **where)  # noqa: S603
    assert kept.returncode == 0, kept.stdout[-2000:]
    assert re.search(r"\d{2} passed", kept.stdout)
