"""失信被执行人: mirrored, never decided here; what the court's rules say about its end is shown with its doubts."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from cases.categories import judge, national_pack, room
from cases.law import RecordFacts

D, DAY = date, timedelta(days=1)
ENTRY = RecordFacts("judgment_defaulter", listed_on=D(2026, 2, 28), term="two_years")


def ends(facts: RecordFacts) -> set[date | None]:
    return {candidate.ends_on for candidate in judge(facts, D(2026, 6, 1)).candidates}


def test_the_court_decides_on_every_day_until_its_entry_has_ended():
    days = [D(2026, 2, 28), D(2026, 3, 1), D(2027, 6, 1), D(2028, 2, 28)]
    assert {judge(ENTRY, day).status for day in days} == {"decided_elsewhere"}
    assert not judge(ENTRY, days[0]).may_file
    gone = replace(ENTRY, ended_on=D(2026, 8, 1))
    assert [judge(gone, day).status for day in (D(2026, 7, 31), D(2026, 8, 1), D(2026, 8, 2))] == [
        "decided_elsewhere", "ends_by_itself", "ends_by_itself",
    ]  # fmt: skip


def test_two_years_run_from_the_listing_to_the_day():
    done = replace(ENTRY, duties_done=True)
    assert ends(ENTRY) == {D(2028, 2, 28)}
    assert [judge(done, D(2028, 2, 28) + n * DAY).status for n in (-1, 0, 1)] == [
        "decided_elsewhere", "decided_elsewhere", "ends_by_itself",
    ]  # fmt: skip
    assert judge(ENTRY, D(2028, 2, 29)).status == "decided_elsewhere"  # the end of a term proves no duty done


def test_an_extended_entry_has_two_possible_ends_and_names_neither():
    extended = replace(ENTRY, term="extended")
    assert ends(extended) == {D(2029, 2, 28), D(2031, 2, 28)}
    done = replace(extended, duties_done=True)
    over = [judge(done, day).status for day in (D(2029, 3, 1), D(2031, 2, 28), D(2031, 3, 1))]
    assert over == ["decided_elsewhere", "decided_elsewhere", "ends_by_itself"]
    assert any("一至三年" in doubt for doubt in judge(extended, D(2026, 6, 1)).doubts)


@pytest.mark.parametrize(("term", "word"), [("none", "没有固定期限"), (None, "未说明")])
def test_an_entry_without_a_fixed_period_has_no_known_end(term, word):
    verdict = judge(replace(ENTRY, term=term), D(2026, 6, 1))
    assert (verdict.status, verdict.publication_ends) == ("decided_elsewhere", None)
    assert any(word in doubt and "待核实" in doubt for doubt in verdict.doubts)


def test_what_the_court_asks_follows_the_rule_of_the_day():
    now, before = (judge(ENTRY, day).to_show for day in (D(2017, 5, 1), D(2017, 4, 30)))
    assert "终结本次执行后两次查询未发现财产" in now[0]
    assert any("积极履行" in text for text in now)
    assert "经申请执行人确认" in before[0]
    assert not any("积极履行" in text for text in judge(replace(ENTRY, term="none"), D(2026, 6, 1)).to_show)


def test_an_entry_of_the_former_rule_shows_both_rules():
    old = replace(ENTRY, listed_on=D(2017, 4, 30))
    assert {c.regime for c in judge(old, D(2018, 1, 1)).candidates} == {"court-2017", "court-2013"}
    new = replace(ENTRY, listed_on=D(2017, 5, 1))
    assert {c.regime for c in judge(new, D(2018, 1, 1)).candidates} == {"court-2017"}


def test_an_entry_that_says_nothing_at_all_still_gets_its_answer():
    assert judge(RecordFacts("judgment_defaulter"), D(2026, 6, 1)).status == "decided_elsewhere"


V, U, N = "verified", "unverified", "unknown"
ROWS = {  # key → value, unit, counts from, certainty, of the start, article
    "court2017.min": (0, "month", "listing", U, U, "第十条"),
    "court2017.max.two_years": (24, "month", "listing", V, U, "第二条"),
    "court2017.max.none": (None, "month", "listing", N, U, None),
    "court2017.min.extended.shortest": (0, "month", "listing", U, U, "第二条"),
    "court2017.max.extended.shortest": (36, "month", "listing", V, U, "第二条"),
    "court2017.min.extended.longest": (0, "month", "listing", U, U, "第二条"),
    "court2017.max.extended.longest": (60, "month", "listing", V, U, "第二条"),
    "court2013.min": (0, "month", "listing", U, U, "第七条"),
    "court2017.deletion": (True, "bool", None, V, V, "第十条"),
    "court2013.deletion": (True, "bool", None, V, V, "第七条"),
    "court2017.early": (True, "bool", None, V, V, "第二条第二款"),
    "court2017.proof": ("proof_of_duties", "text", None, U, V, None),
    "court2017.decider": ("court", "text", None, V, V, None),
    "court2017.delete": (3, "WD", None, V, V, "第十条"),
    "court2017.mirror": (None, "WD", "decided", N, V, None),
    "court2017.wrong": (3, "WD", None, V, V, "第九条"),
    "court2017.objection.decide": (15, "CD", "received", U, V, None),
    "court2017.objection.correct": (3, "WD", "decided", U, V, None),
    "court2017.objection.review": (10, "CD", "decided", U, V, None),
    "court2017.objection.review_decide": (15, "CD", "received", U, V, None),
    "court2017.relist": ("relisted", "text", None, V, V, None),
    "court2017.creditor": (6, "month", "decided", U, V, None),
}


def test_every_row_says_what_the_fact_book_says():
    rows = {rule.key: rule for rule in room("judgment_defaulter").rules if rule.key.startswith("court20")}
    told = {
        key: (r.value, r.unit, r.counts_from, r.certainty, r.start_certainty, r.basis.article)
        for key, r in rows.items()
    }  # fmt: skip
    assert told == ROWS
    assert {(r.in_force_from, r.in_force_to) for key, r in rows.items() if key.startswith("court2013")} == {
        (D(2013, 10, 1), D(2017, 4, 30))
    }
    assert {(r.in_force_from, r.in_force_to) for key, r in rows.items() if key.startswith("court2017")} == {
        (D(2017, 5, 1), None)
    }


def test_no_row_of_the_court_applies_to_a_year_that_had_no_rule():
    facts = replace(ENTRY, listed_on=D(2013, 1, 1))
    assert national_pack().select("display_min", facts, D(2013, 9, 30), market=False, severity="unset") == ()
    assert national_pack().select("display_min", facts, D(2013, 10, 1), market=False, severity="unset")


def test_the_room_belongs_to_the_court_and_its_mirror():
    court = room("judgment_defaulter")
    assert (court.decided, court.remedy, court.annex1_departments) == ("elsewhere", "e", ("fy", "fgj"))
    assert [(tier.code, tier.external) for tier in court.tiers(ENTRY)] == [("court", True)]
    assert court.effect(ENTRY) == "remove_from_list"
