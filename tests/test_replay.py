"""重放: a decision keeps its inputs; made again it comes out the same, unless a rule it stood on was changed."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command

from cases import categories
from cases.categories import judge, local_rows
from cases.law import RecordFacts
from cases.models import Case, ReviewStep
from cases.services.replay import DRIFT, RENEWED, SAME, replay_one, replay_region
from creditrepair.tenancy.context import region_context
from tests.test_recompute import settled
from tests.world import TODAY, YONGCHANG, at


def replayed(*words):
    out, code = StringIO(), 0
    try:
        call_command("replay", *words, stdout=out)
    except SystemExit as ended:
        code = ended.code
    return code, out.getvalue()


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def change_rule(monkeypatch, category, key, **values):
    """Another value in one row of a room, as a release with an error in it would bring."""
    from dataclasses import replace

    room = categories.registry[category]
    rules = tuple(replace(rule, **values) if rule.key == key else rule for rule in room.rules)
    assert rules != room.rules
    changed = {**categories.registry, category: replace(room, rules=rules)}
    monkeypatch.setattr(categories, "registry", changed)
    categories.pack_for.cache_clear()
    monkeypatch.setattr(categories, "pack_for", categories.pack_for.__wrapped__)


def test_filing_and_each_step_keep_what_they_were_judged_from(world):
    case = world.a_case("approved", unit="wlj")
    kept = [case.verdict, *ReviewStep.objects.filter(case=case).values_list("verdict", flat=True)]
    assert len(kept) == 5
    for verdict in kept:
        facts = RecordFacts.from_json(verdict["facts"])
        again = judge(facts, date.fromisoformat(verdict["judged_on"]), local_rows(YONGCHANG)).to_json()
        assert again.items() <= verdict.items() and verdict["overrides"] == []


def test_nothing_has_drifted(world):
    world.a_case("approved", unit="wlj")
    world.a_case("refused")
    code, text = replayed("--json")
    assert code == 0
    found = lines(text)
    assert {one["outcome"] for one in found[:-1]} == {SAME}
    assert found[-1]["counts"] == {SAME: 8}


def test_a_changed_value_shows_in_exactly_the_cases_it_touches(world, monkeypatch):
    touched = world.a_case("approved", unit="wlj", severity="general")
    other = world.a_case("approved", unit="wlj", severity="serious", decided_on=date(2025, 1, 8))
    change_rule(monkeypatch, "administrative_penalty", "ndrc36.general.min", value=4)
    code, text = replayed("--json")
    assert code == 1
    found = {(one["case"], one["outcome"]) for one in lines(text)[:-1]}
    assert found == {(touched.ref, DRIFT), (other.ref, RENEWED)}
    first = next(one for one in lines(text) if one.get("outcome") == DRIFT)
    assert first["differences"]["earliest"] == {"stored": "2026-08-07", "now": "2026-09-07"}
    assert replayed("--case", other.ref)[0] == 0


def test_an_answer_set_later_does_not_move_an_earlier_decision(world):
    case = world.a_case("approved", unit="wlj", decided_on=date(2025, 12, 1), published_on=date(2025, 12, 2))
    settled(world, "older_records", "old", now=at(hour=12))
    later = world.a_case("in_review", unit="wlj", decided_on=date(2025, 12, 1), now=at(hour=13))
    outcomes = {(one.case, one.outcome) for one in replay_region(YONGCHANG)}
    assert outcomes == {(case.ref, SAME), (later.ref, SAME)}
    with region_context(YONGCHANG):
        assert Case.objects.get(ref=later.ref).verdict["overrides"] == ["620321.older_records.1.1"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"status": "from_date"}, "status"), ({"earliest": "2026-01-01"}, "earliest"),
        ({"publication_ends": None}, "publication_ends"), ({"reasons": []}, "reasons"),
        ({"overrides": ["620321.x.1.1"]}, "overrides"),
    ],
)  # fmt: skip
def test_every_kept_field_is_compared(world, change, field):
    case = world.a_case()
    one = replay_one(YONGCHANG, case.ref, "", case.submitted_at, case.verdict | change)
    assert (one.outcome, [each.field for each in one.differences]) == (DRIFT, [field])


def test_a_decision_without_inputs_is_named_and_is_no_drift(world):
    case = world.a_case()
    old = {name: value for name, value in case.verdict.items() if name not in ("facts", "overrides")}
    with region_context(YONGCHANG):
        assert Case.objects.filter(pk=case.pk).update(verdict=old) == 1
    code, text = replayed("--region", YONGCHANG)
    assert code == 0 and "未保存输入，不能重放1项" in text and case.ref in text


def test_reading_goes_on_past_a_chunk(world, monkeypatch):
    monkeypatch.setattr("cases.services.replay._CHUNK", 2)
    refs = [world.a_case().ref for _ in range(5)]
    assert [one.case for one in replay_region(YONGCHANG)] == refs
    assert TODAY.isoformat() == next(replay_region(YONGCHANG)).judged_on
