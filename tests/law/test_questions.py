"""Q1–Q12: every matter can be answered, each answer does what it says and nothing beside it, no bad value gets in."""

from datetime import date

import pytest

from cases.categories import judge, limits, list_categories, national_pack, pack_for, registry
from cases.law import Basis, RecordFacts, Rule, RulePack
from cases.law.answer import MAX_MATTERS, ValueFault, citation_faults, faults_of, outside_the_frame
from cases.law.questions import QUESTIONS, answers
from cases.questions import all_answers

NATIONAL = national_pack().rules
TODAY = date(2026, 11, 23)
FROM = date(2026, 11, 1)
BASIS = Basis("关于信用修复有关问题的复函", "发改办财金〔2026〕88号")
MATTER = {"category": "administrative_penalty", "penalty_kind": "restrict_employment", "text": "限制从业的不予修复"}
GIVEN = {"WD": 5, "year": 2, "yuan": 50000, "text": "金昌市人民政府", "list": [MATTER]}
GIVEN["parts"] = {"min": 12, "max": 36, "counts_from": "listing"}


def values(answer):
    return [value for value, _ in answer.choices] or [GIVEN[answer.unit]]


EVERY = [(code, value) for code, answer in all_answers().items() for value in values(answer)]


def rows(code: str, value, *, on: date = FROM, number: int = 1, **more) -> tuple[Rule, ...]:
    return all_answers()[code].make(
        value, national=NATIONAL, region="620321", number=number, basis=BASIS, in_force_from=on, **more
    )


def penalty(**known) -> RecordFacts:
    return RecordFacts("administrative_penalty", **{"market": False, "severity": "general", **known})


def status(facts: RecordFacts, *own: Rule, on: date = TODAY) -> str:
    return judge(facts, on, own).status


def test_every_question_has_a_matter():
    assert [*QUESTIONS] == [f"Q{n}" for n in range(1, 13)]
    assert {answer.question for answer in all_answers().values()} == set(QUESTIONS)
    assert len({answer.title_zh for answer in all_answers().values()}) == len(all_answers())
    order = [int(answer.question[1:]) for answer in all_answers().values()]
    assert order == sorted(order)


@pytest.mark.parametrize(("code", "value"), EVERY, ids=[f"{code}={value}"[:60] for code, value in EVERY])
def test_every_answer_is_verified_cited_dated_rows_that_fit_the_pack(code, value):
    made = rows(code, value, number=3)
    assert made
    for n, row in enumerate(made, start=1):
        assert row.key == f"620321.{code}.3.{n}"
        assert (row.region, row.basis, row.in_force_from, row.in_force_to) == ("620321", BASIS, FROM, None)
        assert (row.certainty, row.question) == ("verified", None)
        assert row.start_certainty == "verified" or all_answers()[code].keeps_start
        assert row.text_zh and "待核实" not in row.text_zh
        assert Rule.from_json(row.to_json()) == row
        assert row.supersedes is None or row.supersedes in {rule.key for rule in NATIONAL}
    assert RulePack((room.law for room in registry.values()), made).hash != national_pack().hash
    assert all_answers()[code].label(all_answers()[code].check(value))
    assert rows(code, value, text="另有表述")[0].text_zh == "另有表述"


@pytest.mark.parametrize(
    ("code", "bad"),
    [
        ("older_records", "neither"), ("older_records", None), ("older_records", ["new"]), ("decide_wd", 0),
        ("decide_wd", 61), ("decide_wd", "五"), ("decide_wd", 5.0), ("decide_wd", True), ("large_fine", -1),
        ("organ_c", " "), ("organ_c", "待核实"), ("organ_c", "长" * 201), ("organ_c", 7), ("not_repairable", []),
        ("not_repairable", [MATTER] * (MAX_MATTERS + 1)), ("not_repairable", [{"text": "只有文字"}]),
        ("not_repairable", [MATTER | {"category": "nothing"}]), ("not_repairable", [MATTER | {"colour": "red"}]),
        ("not_repairable", MATTER), ("revised.market_violation", {"min": 12}), ("revised.market_violation", 12),
        ("revised.market_violation", {"min": 121, "max": 36, "counts_from": "listing"}),
        ("revised.market_violation", {"min": 12, "max": 36, "counts_from": "birth"}),
    ],
)  # fmt: skip
def test_a_value_that_is_none_is_refused(code, bad):
    with pytest.raises(ValueFault):
        rows(code, bad)


def test_numbers_come_from_forms_as_text():
    assert all_answers()["decide_wd"].check(" 9 ") == 9


def test_days_reach_the_clock_in_the_place_of_the_national_row():
    fresh = penalty(decided_on=date(2026, 6, 1))
    assert limits(fresh, TODAY).decide_wd == 7
    assert limits(fresh, TODAY, rows("decide_wd", 5)).decide_wd == 5
    assert limits(fresh, TODAY, rows("decide_wd", 5)).doubts == ()
    assert limits(fresh, date(2026, 10, 31), rows("decide_wd", 5)).decide_wd == 7
    for code, name in (
        ("extension_wd", "extension_wd"), ("correction_wd", "correction_wd"), ("objection_wd", "objection_wd")
    ):  # fmt: skip
        for market, own in ((False, code), (True, code.replace("_wd", "_107_wd"))):
            facts = penalty(market=market)
            assert getattr(limits(facts, TODAY), name) is None
            assert getattr(limits(facts, TODAY, rows(own, 4)), name) == 4
            other = code if market else code.replace("_wd", "_107_wd")
            assert getattr(limits(facts, TODAY, rows(other, 4)), name) is None
    market = penalty(market=True)
    assert limits(market, TODAY, rows("accept_107_wd", 2)).accept_wd == 2
    assert limits(market, TODAY, rows("total_107", "no")).total_wd is None
    assert limits(market, TODAY, rows("decide_wd", 5)).decide_wd == 7
    abnormal = RecordFacts("abnormal_operation", market=True, ground="annual_report")
    assert limits(abnormal, TODAY, rows("abnormal_decide_wd", 6)).decide_wd == 6


def test_an_answer_about_all_does_not_silence_the_rooms_own_days():
    safety = RecordFacts("work_safety", market=False, listed_on=date(2026, 5, 1))
    allowed = limits(safety, TODAY, rows("decide_wd", 5))
    assert allowed.decide_wd == 5
    assert any("另定决定20个工作日（待核实）" in doubt for doubt in allowed.doubts)


def test_q1_decides_for_older_records():
    old = penalty(severity="serious", decided_on=date(2026, 2, 1), duties_done=True)
    assert status(old) == "needs_officer"
    assert status(old, *rows("older_records", "new")) == "from_date"
    assert status(old, *rows("older_records", "old")) == "now"
    assert status(old, *rows("older_records", "both")) == "needs_officer"


def test_q4_start_of_the_period():
    known = {"market": True, "decided_on": date(2026, 8, 1), "published_on": date(2026, 8, 25)}
    assert status(penalty(**known)) == "needs_officer"
    assert status(penalty(**known), *rows("start_107", "document")) == "now"
    verdict = judge(penalty(**known), TODAY, rows("start_107", "publication"))
    assert (verdict.status, verdict.earliest, verdict.certainty) == ("from_date", date(2026, 11, 26), "verified")
    assert not any("起算" in doubt for doubt in verdict.doubts)


def test_q4_minor_penalties_and_the_grave_kinds():
    minor = penalty(market=True, severity="minor", decided_on=date(2026, 11, 1), published_on=date(2026, 11, 2))
    assert status(minor) == "needs_officer"
    assert status(minor, *rows("minor_stops_107", "yes")) == "ends_by_itself"
    assert status(minor, *rows("minor_stops_107", "no")) == "now"
    grave = penalty(
        market=True, severity="serious", penalty_kinds=("revoke_licence",), decided_on=date(2026, 1, 5),
        published_on=date(2026, 1, 6),
    )  # fmt: skip
    later = date(2027, 3, 1)
    assert status(grave, on=later) == "needs_officer"
    assert status(grave, *rows("no_early_stop_107", "yes"), on=later) == "not_repairable"
    assert status(grave, *rows("no_early_stop_107", "no"), on=later) == "now"


def test_q4_conditions_and_restrictions():
    market = penalty(market=True, decided_on=date(2026, 2, 1), published_on=date(2026, 2, 1))
    asked = {answer: judge(market, TODAY, rows("conditions_107", answer)).to_show for answer in ("yes", "no")}
    assert len(judge(market, TODAY).to_show) == len(asked["yes"]) == len(asked["no"]) + 3
    assert not any("待核实" in text for text in asked["yes"])
    long = penalty(
        market=True, severity="minor", decided_on=date(2026, 1, 5), published_on=date(2026, 1, 5),
        restriction_until=date(2030, 1, 1),
    )  # fmt: skip
    ends = {answer: judge(long, TODAY, rows("restriction_107", answer)).publication_ends for answer in ("yes", "no")}
    assert ends == {"yes": date(2030, 1, 1), "no": date(2026, 4, 5)}


def test_q6_which_period_governs_a_list():
    listed = RecordFacts(
        "statistics_violation", market=False, listed_on=date(2026, 2, 1), published_on=date(2026, 2, 1)
    )
    assert status(listed) == "needs_officer"
    frame = judge(listed, TODAY, rows("period.statistics_violation", "frame"))
    assert (frame.status, frame.earliest, frame.publication_ends) == (
        "from_date", date(2027, 2, 2), date(2029, 2, 1),
    )  # fmt: skip
    order = judge(listed, TODAY, rows("period.statistics_violation", "order"))
    assert (order.status, order.publication_ends) == ("now", date(2027, 2, 1))
    revised = rows("revised.statistics_violation", {"min": 12, "max": 36, "counts_from": "listing"})
    assert judge(listed, TODAY, revised).earliest == date(2027, 2, 2)
    open_end = rows("revised.statistics_violation", {"min": 12, "counts_from": "listing"})
    assert judge(listed, TODAY, open_end).publication_ends is None


def test_every_list_has_its_own_answers_and_its_superior():
    for code in list_categories():
        assert f"superior.{code}" in all_answers()
        (row,) = rows(f"superior.{code}", "superior")
        assert (row.governs, row.value, row.category) == ("superior_procedure", True, code)
    assert "period.abnormal_operation" not in all_answers()
    assert {f"period.{code}" for code in ("market_violation", "wage_arrears", "social_organisation")} <= set(
        all_answers()
    )


def test_a_tenth_list_brings_its_own_answers():
    row = Rule(
        "x.min", "state-22", "display_min", 6, BASIS, "六个月", FROM, category="tenth", counts_from="listing",
        certainty="unverified", question="Q6",
    )  # fmt: skip
    found = answers([*NATIONAL, row], [("tenth", "第十类")], [])
    assert {"period.tenth", "revised.tenth", "superior.tenth"} <= set(found)
    assert found["period.tenth"].make(
        "frame", national=[row], region="620321", number=1, basis=BASIS, in_force_from=FROM
    )[0].value == 12  # fmt: skip


def test_q7_the_five_fields():
    food = penalty(field="food", decided_on=date(2026, 6, 1))
    assert status(food) == "now"
    assert judge(food, TODAY, rows("field_minimum", "on")).earliest == date(2027, 6, 2)
    assert status(food, *rows("field_minimum", "off")) == "now"
    assert status(penalty(decided_on=date(2026, 6, 1)), *rows("field_minimum", "on")) == "now"


def test_q8_a_low_fine_stops_by_itself_and_another_is_repaired():
    """Under the rules of 2021, of fines alone: shown three months, or repairable after six."""
    old = {"market": True, "severity": "unset", "penalty_kinds": ("fine",), "decided_on": date(2025, 9, 1)}
    own = (*rows("low_fine", 5000), *rows("older_records", "old"))
    fines = {fen: penalty(amount_fen=fen, published_on=date(2025, 9, 10), **old) for fen in (500_000, 500_001, None)}
    told = {fen: judge(facts, TODAY, own) for fen, facts in fines.items()}
    assert [one.status for one in told.values()] == ["needs_officer", "now", "needs_officer"]
    assert told[500_000].candidates[0].answer == "over" and len(told[500_000].candidates) == 1
    assert told[500_001].earliest == date(2026, 3, 11) and len(told[500_001].candidates) == 1
    assert len(told[None].candidates) == 2


def test_q9_first_day_rolling_and_the_day_on_the_paper():
    edge = penalty(decided_on=date(2026, 8, 23))
    assert status(edge) == "needs_officer"
    assert status(edge, *rows("first_application_day", "last_day")) == "now"
    assert status(edge, *rows("first_application_day", "day_after")) == "from_date"
    rolled = judge(penalty(decided_on=date(2026, 8, 22)), date(2026, 11, 22), rows("publication_rolls", "yes"))
    assert rolled.earliest == date(2026, 11, 24)  # the 22nd is a Sunday
    old = penalty(decided_on=date(2025, 12, 1))
    assert any("起算" in doubt for doubt in judge(old, TODAY).doubts)
    assert not any("起算" in doubt for doubt in judge(old, TODAY, rows("document_date", "paper")).doubts)


def test_an_answer_about_a_former_rule_speaks_of_its_records_only():
    """Set today about 58令, it reaches records of that time and never competes with the rule in force."""
    confirmed = rows("document_date", "paper")
    fresh = penalty(decided_on=date(2026, 5, 1))
    assert judge(fresh, TODAY, confirmed).candidates == judge(fresh, TODAY).candidates
    old = judge(penalty(decided_on=date(2025, 12, 1)), TODAY, confirmed)
    assert {c.basis for c in old.candidates if c.regime == "ndrc-58"} == {BASIS}


def test_q12_what_cannot_be_repaired():
    known = {"decided_on": date(2026, 6, 1), "severity": "serious"}
    barred = penalty(penalty_kinds=("restrict_employment",), **known)
    other = penalty(penalty_kinds=("fine",), **known)
    own = rows("not_repairable", [MATTER])
    assert [status(facts, *own) for facts in (barred, other)] == ["not_repairable", "from_date"]
    verdict = judge(barred, TODAY, own)
    assert (verdict.reasons[0].text, verdict.reasons[0].basis) == ("限制从业的不予修复", BASIS)
    assert status(barred, *own, on=date(2026, 10, 31)) == "from_date"


def test_only_periods_of_a_rule_in_force_are_held_to_the_frame():
    fits = rows("period.market_violation", "frame")
    assert not any(outside_the_frame(row) for row in fits)
    assert faults_of(rows("document_date", "paper"), "reply", NATIONAL) == {}
    longer = rows("revised.wage_arrears", {"min": 6, "max": 36, "counts_from": "correction"})
    assert [outside_the_frame(row) for row in longer] == [True, False]
    assert set(faults_of(longer, "ministry", NATIONAL)) == {"basis_rank"}
    assert faults_of(longer, "regulation", NATIONAL) == {}


@pytest.mark.parametrize(
    ("basis", "field"),
    [
        (Basis("", "甲"), "basis_name"), (Basis("甲", " "), "basis_number"), (Basis("甲（草案）", "乙"), "basis_name"),
        (Basis("甲", "待核实"), "basis_number"),
    ],
)  # fmt: skip
def test_a_citation_names_a_paper_in_force(basis, field):
    assert set(citation_faults(basis)) == {field}
    assert citation_faults(BASIS) == {}


def test_answers_combine():
    own = [row for code, value in (("older_records", "new"), ("decide_wd", 5), ("start_107", "document"))
           for row in rows(code, value)]  # fmt: skip
    assert pack_for(tuple(own)).overrides == tuple(own)
    assert status(penalty(severity="serious", decided_on=date(2026, 2, 1)), *own) == "from_date"
