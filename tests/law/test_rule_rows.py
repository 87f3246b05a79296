"""Every row of the law is written down a second time, and the pack keeps every line; small changes are noticed."""

import random
from dataclasses import replace

import pytest

from cases.categories import local_rows, national_pack, pack_for, rooms
from cases.law import RulePack
from tests.law.dated_answers import ANSWERS, first_wrong, wrong
from tests.law.ledger import COLUMNS, complaints, first_failure, lines, written
from tests.law.mutate import Mutated, caught_here, mutants

LINES = {line.key: line for line in lines()}
REGIONS = sorted({line.region for line in LINES.values()} - {""})
RULES = {rule.key: rule for rule in (*national_pack().rules, *(row for one in REGIONS for row in local_rows(one)))}


def test_every_row_has_a_line_in_the_ledger():
    assert sorted(set(RULES) - set(LINES)) == [], "write these rows down in tests/law/rule_rows.csv, from the law"


def test_every_line_of_the_ledger_has_a_row():
    assert sorted(set(LINES) - set(RULES)) == []


@pytest.mark.parametrize("key", sorted(set(RULES) & set(LINES)))
def test_the_pack_answers_as_the_line_says_on_the_edges_of_its_time_and_its_conditions(key):
    assert list(complaints(pack_for(local_rows(LINES[key].region)), LINES[key])) == []


@pytest.mark.parametrize("key", sorted(set(RULES) & set(LINES)))
def test_row_and_line_name_the_same_time_and_the_same_conditions(key):
    said, line = written(RULES[key]), LINES[key]
    when = ";".join(f"{fact}={'|'.join(values)}" for fact, values in line.when)
    until = line.in_force_to.isoformat() if line.in_force_to else ""
    assert (said["in_force_from"], said["in_force_to"]) == (line.in_force_from.isoformat(), until)
    assert (said["category"], said["when"], said["region"]) == (line.category, when, line.region)


def test_the_dated_answers_are_those_of_the_fact_book():
    assert list(wrong(national_pack())) == []


def test_every_category_has_dated_answers():
    assert {facts.category for facts, _, _ in ANSWERS} == {one.code for one in rooms()}


def test_a_row_left_out_is_noticed():
    for room in rooms():
        laws = [one.law if one is not room else replace(one.law, rules=one.law.rules[1:]) for one in rooms()]
        assert first_failure(RulePack(laws)), room.code


def test_every_change_of_a_value_in_a_sample_of_rows_is_noticed():
    pick = random.Random(2026)
    for row in pick.sample(sorted(RULES.values(), key=lambda r: r.key), 40):
        for mutant in mutants(row):
            if mutant.kind == "value":
                assert caught_here(mutant), f"{mutant.key}: {mutant.change}"


def test_a_wrong_length_changes_a_dated_answer_and_not_only_the_ledger():
    for key in ("ndrc36.general.min", "ndrc58.min.five", "samr2021.max", "hrss45.min", "mca60.list.min"):
        longer = next(m for m in mutants(RULES[key]) if m.kind == "value")
        assert first_wrong(Mutated(longer)), key


def test_the_ledger_has_the_columns_of_a_row():
    assert set(written(next(iter(RULES.values())))) == set(COLUMNS)
