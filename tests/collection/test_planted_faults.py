"""Every fault that the example files plant is found on its line, and nothing else is."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from cases.categories import judge, registry
from cases.collection.checks import FileReport, check_file
from cases.law import RecordFacts
from examples import generate
from examples.acts import ACTS
from examples.penalties import Fault
from examples.story import ORGANS, SUBJECT_A, SUBJECT_DOUBT, SUBJECT_RARE, story
from tests.collection.files import DIRECTORY, TODAY, check

EXAMPLES = {example.name: example for example in generate.examples(TODAY)}
REPORTS = {name: check(one.content, name, one.category) for name, one in EXAMPLES.items()}
FAULTS = [fault for example in EXAMPLES.values() for fault in example.faults]
ROOT = Path(__file__).parents[2]


def papers_in(report: FileReport) -> Iterator[tuple[str, str]]:
    return ((row.values.doc_no, row.values.subject_code) for row in report.rows if row.values)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.file}-{fault.line}-{fault.rule}")
def test_a_planted_fault_is_found_on_its_line_with_field_value_reason_and_remedy(fault: Fault):
    row = next(row for row in REPORTS[fault.file].rows if row.line == fault.line)
    (problem,) = row.problems
    assert (row.outcome, problem.field, problem.rule) == (fault.outcome, fault.field, fault.rule)
    assert fault.reason in problem.reason
    assert problem.label
    assert problem.remedy
    assert problem.value or fault.rule == "required"


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_row_without_a_planted_fault_has_a_problem(name: str):
    planted = {fault.line for fault in EXAMPLES[name].faults}
    assert {row.line for row in REPORTS[name].rows if row.problems} == planted
    assert all(row.outcome == "ok" for row in REPORTS[name].rows if row.line not in planted)


def test_the_penalty_file_has_sixty_good_records_of_both_fields_and_both_sides_of_the_change():
    good = [row.values for row in REPORTS["penalties.xlsx"].rows if row.values]
    assert len(good) == 66
    assert {row.authority_code for row in good} == {ORGANS[act.organ].credit_code for act in ACTS}
    assert {row.market_hint for row in good} == {True, False}
    change = date(2026, 4, 1)
    assert {row.decided_on >= change for row in good if row.decided_on} == {True, False}
    kinds = {kind for row in good for kind in row.penalty_kinds}
    assert kinds >= {"warning", "criticism", "fine", "confiscate_income", "confiscate_goods", "suspend_licence",
                     "lower_grade", "revoke_business_licence", "restrict_activity", "stop_production",
                     "other"}  # fmt: skip


def test_the_repeated_row_points_to_the_line_it_repeats():
    fault = next(fault for fault in FAULTS if fault.rule == "duplicate_row")
    row = next(row for row in REPORTS["penalties.xlsx"].rows if row.line == fault.line)
    first = next(one for one in REPORTS["penalties.xlsx"].rows if one.line == row.duplicate_of)
    assert first.line < row.line
    assert first.values == row.values


def test_the_report_names_title_rows_the_hidden_sheet_and_the_block_of_notes():
    about = REPORTS["penalties.xlsx"].about()
    assert about["header_lines"] == [3]
    assert about["sheets"] == ["归集表"]
    assert about["hidden"] == ["工作表“代码表”"]
    assert about["notes"] == ["第 79 行起是“表格说明”，不作为数据"]
    assert about["counts"] == {
        "rows": 74, "ok": 66, "error": 7, "out_of_scope": 1, "warnings": 2, "duplicates": 1,
    }  # fmt: skip


def test_nothing_of_a_natural_person_is_in_the_report():
    report = REPORTS["penalties.xlsx"]
    assert "张某某" not in repr((report.rows, report.about()))
    assert "620321*" not in repr((report.rows, report.about()))


def test_the_story_stands_in_the_files_under_its_numbers():
    tale = story(TODAY)
    found = {paper for report in REPORTS.values() for paper in papers_in(report)}
    assert {(paper.doc_no, paper.firm.code) for paper in tale.papers} <= found
    names = {row.values.subject_name for row in REPORTS["penalties.xlsx"].rows if row.values}
    assert {SUBJECT_A.name, SUBJECT_DOUBT.name, SUBJECT_RARE.name} <= names
    assert "祎堃" in SUBJECT_RARE.name


@pytest.mark.parametrize("days", [0, 30, 120, 400])
@pytest.mark.parametrize(
    "name", ["a_culture", "a_market", "a_abnormal", "b_building", "c_environment", "d_fire", "rare"]
)
def test_the_records_of_the_story_may_be_filed_whenever_the_demo_is_shown(name: str, days: int):
    today = TODAY + timedelta(days=days)
    paper = getattr(story(today), name)
    penalty = paper.category == "administrative_penalty"
    facts = RecordFacts(
        paper.category,
        market=paper.organ.market,
        severity="general" if penalty else "unset",
        penalty_kinds=("fine",) if penalty else (),
        decided_on=paper.decided_on if penalty else None,
        listed_on=None if penalty else paper.decided_on,
        corrected_on=None if penalty else today - timedelta(days=45),
        ground=None if penalty else "annual_report",
    )
    assert judge(facts, today).status in {"now", "needs_officer"}


def test_each_category_has_a_file_with_an_entry_of_the_story():
    assert {example.category for example in EXAMPLES.values()} == set(registry)
    assert {paper.category for paper in story(TODAY).papers} == set(registry)
    assert {name.rsplit(".")[-1] for name in EXAMPLES} == {"xlsx", "csv", "json"}


@pytest.mark.parametrize("days", [0, 45, 400])
def test_the_entry_on_the_wage_list_is_open_whenever_the_demo_is_shown(days: int):
    today = TODAY + timedelta(days=days)
    example = next(one for one in generate.examples(today) if one.name == "wages.json")
    report = check_file(example.content, example.name, example.category, today, DIRECTORY.get)
    values = report.rows[0].values
    assert values is not None
    assert (values.doc_no, values.amount_fen) == (story(today).wages.doc_no, 35_600_000)
    facts = RecordFacts(values.category, listed_on=values.listed_on, corrected_on=values.corrected_on)
    assert judge(facts, today).status == "now"


def test_a_day_gives_the_same_bytes_twice_and_the_next_day_others(tmp_path: Path):
    assert [one.content for one in generate.examples(TODAY)] == [one.content for one in EXAMPLES.values()]
    assert generate.examples(TODAY + timedelta(days=1))[0].content != EXAMPLES["penalties.xlsx"].content
    written = {path.relative_to(tmp_path).as_posix() for path in generate.write_all(TODAY, tmp_path)}
    assert {"penalties.xlsx", "abnormal.xlsx", "serious.csv", "decisions.csv", "decisions/8.pdf"} <= written


def test_the_file_of_the_serious_list_is_read_as_gb18030():
    about = REPORTS["serious.csv"].about()
    assert (about["format"], about["encoding"], about["separator"]) == ("csv", "GB18030（GBK、GB2312）", "逗号")
    values = [row.values for row in REPORTS["serious.csv"].rows if row.values]
    assert values[0].extra["restriction_until"] == (values[0].listed_on + timedelta(days=1095)).isoformat()
    assert values[0].extra["penalty_doc_no"].startswith("永市监处罚〔")


def test_the_readme_lists_every_planted_fault_with_its_line():
    table = re.findall(
        r"^\| (\S+) \| (\d+) \| (\S+) \| (\S+) \|", (ROOT / "examples/README.md").read_text(), re.MULTILINE
    )
    rows = {(name, int(line), field.strip("`"), rule.strip("`")) for name, line, field, rule in table}
    assert rows == {(fault.file, fault.line, fault.field, fault.rule) for fault in FAULTS}


def test_organs_have_the_codes_that_the_seed_of_regions_gives_them():
    seed = (ROOT / "creditrepair/tenancy/seed.py").read_text()
    for organ in ORGANS.values():
        name = organ.name.removeprefix("国家税务总局").removeprefix("永昌县")
        number = re.search(rf'"{organ.code}": \("{name}", "[^"]*", (True|False), (\d+)\)', seed)
        assert number is not None, organ.name
        assert organ.credit_code[:17] == f"11620321{int(number.group(2)):09d}"
        assert organ.market is (number.group(1) == "True")
        assert organ.credit_code in DIRECTORY
