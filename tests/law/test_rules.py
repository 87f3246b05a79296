"""Rule rows and the pack: written down and read back, dated, overridden by a region, hashed."""

from dataclasses import replace
from datetime import date

import pytest

from cases.categories import judge, national_pack, pack_for
from cases.law import RecordFacts, Rule, RulePack, conditions

D = date
FINE = RecordFacts(
    "administrative_penalty", market=False, severity="general", penalty_kinds=("fine",), decided_on=D(2026, 4, 15)
)
MARKET_FINE = replace(FINE, market=True, published_on=D(2026, 4, 25))


def row(key: str) -> Rule:
    return next(rule for rule in national_pack().rules if rule.key == key)


def confirmed(key: str, /, **changes: object) -> Rule:
    fields = {
        "key": f"620321.{key}", "region": "620321", "certainty": "verified", "start_certainty": "verified",
        "question": None, "set_by": "县发改局", "set_on": D(2026, 5, 1), "in_force_from": D(2026, 5, 1), **changes,
    }  # fmt: skip
    return replace(row(key), **fields)


def test_every_row_survives_being_written_down_and_read_back():
    rules = national_pack().rules
    assert [Rule.from_json(rule.to_json()) for rule in rules] == list(rules)


def test_a_value_nobody_told_us_is_empty_and_unknown():
    empty = [rule for rule in national_pack().rules if rule.value is None]
    assert empty
    assert {rule.certainty for rule in empty} == {"unknown"}


def test_what_is_not_verified_says_so_in_the_sentence_shown_or_asks_a_question():
    doubtful = [rule for rule in national_pack().rules if rule.certainty != "verified"]
    assert [rule.key for rule in doubtful if "待核实" not in rule.text_zh] == []


@pytest.mark.parametrize(
    "change",
    [{"governs": "weather"}, {"certainty": "sure"}, {"value": 2.5}, {"value": -1}, {"when": (("colour", "red"),)}],
)
def test_a_row_that_is_none_is_refused(change):
    with pytest.raises(ValueError, match="ndrc36.general.min"):
        replace(row("ndrc36.general.min"), **change)


def test_a_start_confirmed_by_the_region_ends_the_doubt_from_its_day():
    override = (
        confirmed("samr107.general.min.publication", variant="", in_force_from=D(2026, 7, 20)),
        confirmed("samr107.general.max.publication", variant="", in_force_from=D(2026, 7, 20)),
    )
    assert judge(MARKET_FINE, D(2026, 7, 19), override).status == "needs_officer"
    settled = judge(MARKET_FINE, D(2026, 7, 20), override)
    assert (settled.status, settled.earliest, settled.doubts) == ("from_date", D(2026, 7, 26), ())
    assert judge(MARKET_FINE, D(2026, 7, 20)).status == "needs_officer"


def test_a_region_that_opens_on_the_last_day_opens_on_the_last_day():
    override = (confirmed("civilcode.first_day", value="last_day"),)
    assert judge(FINE, D(2026, 7, 15), override).status == "now"
    assert judge(FINE, D(2026, 7, 14), override).earliest == D(2026, 7, 15)


def test_a_region_that_confirms_the_day_after_has_no_doubt_on_the_last_day():
    assert judge(FINE, D(2026, 7, 15), (confirmed("civilcode.first_day"),)).status == "from_date"


def test_a_region_that_lets_periods_roll_passes_over_the_days_off():
    sunday = replace(FINE, decided_on=D(2026, 4, 19))  # + 3 months = Sunday 2026-07-19
    verdict = judge(sunday, D(2026, 5, 2), (confirmed("civilcode.rolls", value=True),))
    assert (verdict.earliest, verdict.reasons[0].skipped_holidays) == (D(2026, 7, 21), (D(2026, 7, 19),))
    assert judge(sunday, D(2026, 5, 2)).earliest == D(2026, 7, 20)


@pytest.mark.parametrize(("choice", "status"), [("new", "now"), ("old", "from_date")])
def test_an_answer_to_the_question_of_older_records_decides_them(choice, status):
    food = replace(FINE, field="food", decided_on=D(2025, 6, 30))
    override = (confirmed("state22.older", value=choice),)
    assert judge(food, D(2026, 5, 2), override).status == status


def test_a_matter_is_not_repairable_only_by_a_cited_setting():
    override = (
        confirmed(
            "ndrc36.duties", key="620321.barred", governs="not_repairable", text_zh="该类信息依法不可修复",
            when=conditions({"market": False, "field": "drug"}),
        ),
    )  # fmt: skip
    drug = replace(FINE, field="drug")
    assert judge(drug, D(2026, 8, 1), override).status == "not_repairable"
    assert judge(FINE, D(2026, 8, 1), override).status == "now"


@pytest.mark.parametrize("change", [{"certainty": "unverified"}, {"certainty": "unknown", "value": None}])
def test_a_length_that_is_not_verified_refuses_nobody(change):
    verdict = judge(FINE, D(2026, 5, 2), (confirmed("ndrc36.general.min", **change),))
    assert (verdict.status, verdict.may_file) == ("needs_officer", True)
    assert any("待核实" in doubt for doubt in verdict.doubts)


def test_conditions_add_up_and_one_of_them_can_be_superseded():
    added = confirmed("ndrc36.promise", key="620321.more", text_zh="本县另要求的材料")
    other = confirmed("ndrc36.promise", text_zh="本县式样的信用承诺书", supersedes="ndrc36.promise")
    before, more, instead = (judge(FINE, D(2026, 8, 1), rows).to_show for rows in ((), (added,), (other,)))
    assert more == (*before, added.text_zh)
    assert (other.text_zh in instead, len(instead)) == (True, len(before))


def test_a_superseding_row_replaces_one_row_only_while_in_force():
    override = (confirmed("ndrc36.general.min", value=6, supersedes="ndrc36.general.min", in_force_to=D(2026, 6, 30)),)
    earliest = [judge(FINE, day, override).earliest for day in (D(2026, 4, 30), D(2026, 6, 30), D(2026, 7, 1))]
    assert earliest == [D(2026, 7, 16), D(2026, 10, 16), D(2026, 7, 16)]


def test_a_row_for_records_decided_before_a_day_leaves_later_ones_alone():
    when = conditions({"market": False, "severity": "general", "decided_before": "2026-04-16"})
    override = (confirmed("ndrc36.general.min", value=1, when=when),)
    later = replace(FINE, decided_on=D(2026, 4, 16))
    assert judge(FINE, D(2026, 5, 2), override).earliest == D(2026, 5, 16)
    assert judge(later, D(2026, 5, 2), override).earliest == D(2026, 7, 17)


def test_the_hash_names_the_rows_and_stands_on_the_verdict():
    override = (confirmed("civilcode.first_day"),)
    assert RulePack(overrides=override).hash == RulePack(overrides=override).hash
    assert judge(FINE, D(2026, 8, 1)).pack_hash == national_pack().hash != pack_for(override).hash


def test_two_rows_of_one_key_stop_the_pack():
    with pytest.raises(ValueError, match="not unique"):
        RulePack(overrides=(row("ndrc36.total"),))
