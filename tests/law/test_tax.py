"""重大税收违法: six unverified months of the order against the frame's verified year; the superior decides."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from cases.categories import judge, room
from cases.law import RecordFacts

D, DAY = date, timedelta(days=1)
LISTED = RecordFacts("major_tax_violation", listed_on=D(2026, 1, 10), published_on=D(2026, 2, 12))
OFFICER = "needs_officer"


def around(facts: RecordFacts, day: date) -> list[str]:
    return [judge(facts, day + n * DAY).status for n in (-1, 0, 1)]


def test_before_the_unverified_six_months_nobody_is_refused():
    assert around(LISTED, D(2026, 8, 12)) == [OFFICER] * 3
    assert judge(LISTED, D(2026, 3, 1)).may_file


def test_from_the_day_after_the_frames_year_it_is_open():
    assert around(LISTED, D(2027, 1, 10)) == [OFFICER, OFFICER, "now"]


def test_both_dates_and_both_bases_are_shown():
    verdict = judge(LISTED, D(2026, 9, 1))
    assert [(c.first_on, c.ends_on, c.basis.number, c.answer) for c in verdict.candidates] == [
        (D(2026, 8, 13), D(2029, 2, 12), "国家税务总局令第54号", "open"),
        (D(2027, 1, 11), D(2029, 1, 10), "国办发〔2025〕22号", "before"),
    ]
    assert "Q6" in verdict.questions
    assert "Q1" not in verdict.questions


@pytest.mark.parametrize("term", ["court_plan", "contribution"])
def test_a_plan_or_a_contribution_has_no_minimum_of_its_own(term):
    special = replace(LISTED, term=term)
    assert [c.first_on for c in judge(special, D(2026, 3, 1)).candidates] == [D(2026, 2, 12), D(2027, 1, 11)]
    assert around(special, D(2027, 1, 10)) == [OFFICER, OFFICER, "now"]
    assert around(special, D(2026, 2, 12)) == [OFFICER] * 3


def test_display_ends_when_both_maxima_have_passed():
    done = replace(LISTED, duties_done=True)
    assert around(done, D(2029, 1, 10)) == ["now", "now", OFFICER]
    assert around(done, D(2029, 2, 12)) == [OFFICER, OFFICER, "ends_by_itself"]
    assert judge(LISTED, D(2029, 2, 13)).status == OFFICER


def test_before_the_frame_only_the_order_counted():
    old = replace(LISTED, listed_on=D(2023, 1, 10), published_on=D(2023, 2, 12))
    assert [c.first_on for c in judge(old, D(2025, 6, 21)).candidates] == [D(2023, 8, 13)]
    assert len(judge(old, D(2025, 6, 22)).candidates) == 2


def test_open_debts_block_and_silence_does_not():
    assert judge(replace(LISTED, duties_done=False), D(2027, 6, 1)).status == "from_date"
    assert judge(LISTED, D(2027, 6, 1)).status == "now"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"new_violation": True}, "新的税收违法"),
        ({"repeated": True}, "两次以上"),
        ({"court_plan_on": D(2026, 5, 1)}, "裁定"),
        ({"subject_is_trader": True}, "个体工商户"),
    ],
)
def test_an_unverified_bar_calls_an_officer_and_refuses_nobody(change, word):
    verdict = judge(replace(LISTED, **change), D(2027, 6, 1))
    assert (verdict.status, verdict.may_file) == (OFFICER, True)
    assert any(word in reason.text and reason.effect == "officer" for reason in verdict.reasons)


def test_what_is_answered_no_bars_nothing():
    clear = replace(LISTED, new_violation=False, repeated=False)
    assert judge(clear, D(2027, 6, 1)).status == "now"


def test_a_plan_of_the_court_is_exempt_from_the_second_determination():
    assert judge(replace(LISTED, repeated=True, term="court_plan"), D(2027, 6, 1)).status == "now"


def test_the_conditions_are_listed_to_be_shown():
    shown = judge(LISTED, D(2026, 9, 1)).to_show
    assert len(shown) == 5
    assert "突出贡献" in shown[0]
    assert "诚信纳税承诺书" in shown[-1]


V, U, N = "verified", "unverified", "unknown"
ROWS = {  # key → value, unit, counts from, certainty, variant
    "tax54.min": (6, "month", "publication", U, "order"),
    "tax54.min.special": (0, "month", "publication", U, "order"),
    "tax54.max": (36, "month", "publication", U, "order"),
    "tax54.serious.min": (12, "month", "document", V, "serious"),
    "tax54.serious.min.special": (12, "month", "document", V, "serious"),
    "tax54.serious.max": (36, "month", "document", V, "serious"),
    "tax54.publish": ("15th_of_next_month", "text", None, U, ""),
    "tax54.grounds": (True, "bool", None, U, ""),
    "tax54.again": (True, "bool", None, U, ""),
    "tax54.twice": (True, "bool", None, U, ""),
    "tax54.duties": (True, "bool", None, V, ""),
    "tax54.promise": (True, "bool", None, V, ""),
    "tax54.material.form": ("application_form", "text", None, U, ""),
    "tax54.material.promise": ("commitment", "text", None, U, ""),
    "tax54.material.ruling": ("proof_of_duties", "text", None, U, ""),
    "tax54.material.paper": ("proof_of_duties", "text", None, U, ""),
    "tax54.decider": ("city", "text", None, U, ""),
    "tax54.decider.special": ("province", "text", None, U, ""),
    "tax54.accept": (2, "WD", "pushed", U, ""),
    "tax54.decide": (15, "WD", "accepted", U, ""),
    "tax54.stop": (5, "WD", "decided", U, ""),
    "tax54.share": (None, "WD", "decided", N, ""),
    "tax54.false": (None, "text", None, N, ""),
}


def test_every_row_says_what_the_fact_book_says():
    rows = {rule.key: rule for rule in room("major_tax_violation").rules if rule.key.startswith("tax54.")}
    assert {k: (r.value, r.unit, r.counts_from, r.certainty, r.variant) for k, r in rows.items()} == ROWS
    frame = {k for k, r in rows.items() if r.in_force_from == D(2025, 6, 22)}
    periods = {"tax54.serious.min", "tax54.serious.min.special", "tax54.serious.max"}
    assert frame == {*periods, "tax54.duties", "tax54.promise"}
    assert {r.in_force_from for k, r in rows.items() if k not in frame} == {D(2022, 2, 1)}
    assert {r.question for r in rows.values() if r.certainty != V} == {"Q6"}


@pytest.mark.parametrize(
    ("term", "organ"),
    [
        (None, "国家税务总局金昌市税务局"),
        ("paid", "国家税务总局金昌市税务局"),
        ("court_plan", "国家税务总局甘肃省税务局"),
        ("contribution", "国家税务总局甘肃省税务局"),
    ],
)
def test_the_last_tier_is_the_superiors(term, organ):
    tiers = room("major_tax_violation").tiers(replace(LISTED, term=term))
    assert [tier.code for tier in tiers] == ["handler", "head", "superior"]
    assert [tier.external for tier in tiers] == [False, False, True]
    assert tiers[-1].organ == organ


def test_the_proof_asked_for_follows_the_ground():
    titles = [
        room("major_tax_violation").materials(replace(LISTED, term=term))[0].title
        for term in (None, "court_plan", "contribution", "nonsense")
    ]
    assert titles[0] == titles[3] == "税款、滞纳金和罚款缴纳凭证"
    assert "裁定书" in titles[1]
    assert "省级人民政府" in titles[2]
    assert room("major_tax_violation").remedy == "b"
