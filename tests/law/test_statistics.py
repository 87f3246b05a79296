"""统计严重失信企业: half a year by its own order against a year by the frame, and the paper of 2019 before both."""

from dataclasses import replace
from datetime import date

import pytest

from cases.categories import judge, national_pack, room
from cases.law import RecordFacts

D = date
SHOWN = RecordFacts(
    "statistics_violation", decided_on=D(2026, 1, 15), listed_on=D(2026, 1, 15), published_on=D(2026, 1, 20)
)
OLD = RecordFacts(
    "statistics_violation", decided_on=D(2021, 3, 1), listed_on=D(2021, 3, 1), published_on=D(2021, 3, 10)
)


def rows(governs, on):
    return national_pack().select(governs, SHOWN, on, market=False, severity="unset")


def test_the_two_periods_compete_and_both_days_are_shown_with_their_basis():
    verdict = judge(SHOWN, D(2026, 11, 23))
    assert (verdict.status, verdict.may_file) == ("needs_officer", True)
    days = {(c.basis.number, c.first_on, c.ends_on) for c in verdict.candidates}
    assert days == {
        ("国家统计局令第35号", D(2026, 7, 21), D(2027, 1, 20)),
        ("国办发〔2025〕22号", D(2027, 1, 16), D(2029, 1, 15)),
    }
    assert "Q6" in verdict.questions


def test_before_both_days_an_officer_says_so_for_the_earlier_one_is_unverified():
    verdict = judge(SHOWN, D(2026, 3, 1))
    assert (verdict.status, verdict.earliest) == ("needs_officer", None)
    assert {c.answer for c in verdict.candidates} == {"before"}


def test_on_the_days_when_both_readings_are_open_it_may_be_filed_without_a_doubt_about_the_day():
    verdict = judge(SHOWN, D(2027, 1, 16))
    assert verdict.status == "now"
    assert {c.answer for c in verdict.candidates} == {"open"}


def test_after_the_year_of_the_order_only_the_frame_goes_on():
    verdict = judge(SHOWN, D(2027, 1, 21))
    assert (verdict.status, {c.answer for c in verdict.candidates}) == ("needs_officer", {"open", "over"})


@pytest.mark.parametrize(("done", "status"), [(True, "ends_by_itself"), (None, "needs_officer")])
def test_after_both_maxima_it_ends_if_corrected(done, status):
    assert judge(replace(SHOWN, duties_done=done), D(2029, 1, 16)).status == status


@pytest.mark.parametrize(("day", "status"), [(D(2021, 9, 9), "from_date"), (D(2021, 9, 11), "now")])
def test_the_paper_of_2019_opens_after_six_months_from_the_display(day, status):
    verdict = judge(OLD, day)
    assert (verdict.regime, verdict.status, verdict.earliest) == ("nbs-2019", status, D(2021, 9, 11))


def test_the_paper_of_2019_shows_for_a_year():
    assert judge(replace(OLD, duties_done=True), D(2022, 3, 11)).status == "ends_by_itself"
    assert judge(OLD, D(2022, 3, 10)).status == "now"


@pytest.mark.parametrize(
    ("term", "ends"),
    [
        ("one_year", D(2022, 3, 10)),
        ("two_years", D(2023, 3, 10)),  # from the display
        ("two_years_again", D(2023, 3, 1)),  # from the finding anew
    ],
)
def test_what_the_list_says_of_the_term_picks_the_end_of_2019(term, ends):
    [candidate] = judge(replace(OLD, term=term), D(2021, 12, 1)).candidates
    assert candidate.ends_on == ends


def test_two_years_name_no_day_for_early_removal_nobody_told_us_one():
    verdict = judge(replace(OLD, term="two_years"), D(2021, 12, 1))
    assert (verdict.status, verdict.earliest) == ("needs_officer", None)


def test_an_older_record_is_judged_by_both_papers():
    verdict = judge(OLD, D(2022, 6, 1))
    assert {c.regime for c in verdict.candidates} == {"nbs-2019", "nbs-35"}


def test_a_term_the_present_order_does_not_know_is_for_an_officer():
    open_day = D(2027, 1, 18)
    assert judge(replace(SHOWN, term="one_year"), open_day).status == "now"
    for term in ("two_years", "two_years_again"):
        verdict = judge(replace(SHOWN, term=term), open_day)
        assert (verdict.status, verdict.may_file) == ("needs_officer", True)


def test_a_new_violation_is_for_an_officer_and_open_duties_block():
    assert judge(replace(SHOWN, new_violation=True), D(2027, 1, 18)).status == "needs_officer"
    assert judge(replace(SHOWN, new_violation=False), D(2027, 1, 18)).status == "now"
    assert judge(replace(SHOWN, duties_done=False), D(2027, 1, 18)).status == "from_date"


def test_without_a_day_of_display_the_order_cannot_be_counted():
    verdict = judge(replace(SHOWN, published_on=None), D(2027, 6, 1))
    assert verdict.status == "needs_officer"
    assert any("公示日期未提供" in doubt for doubt in verdict.doubts)


def test_the_articles_of_2019_and_the_twenty_days_to_display():
    day = D(2021, 6, 1)
    [shown] = rows("publish_days", day)
    assert (shown.value, shown.unit, shown.counts_from, shown.basis.article) == (20, "WD", "document", "第十四条")
    [low], [high] = rows("display_min", day), rows("display_max", day)
    assert ((low.value, low.basis.article), (high.value, high.basis.article)) == ((6, "第十六条"), (12, "第十四条"))
    assert {low.certainty, high.certainty} == {"verified"}


def test_accept_and_decide_of_the_order_are_unknown_and_named_so():
    for governs in ("accept_days", "decide_days"):
        own = [r for r in national_pack().rules if r.category == "statistics_violation" and r.governs == governs]
        assert {(r.regime, r.value, r.certainty) for r in own} == {
            ("nbs-35", None, "unknown"), ("nbs-2019", None, "unknown"),
        }  # fmt: skip


def test_the_proof_is_the_rectification_report_and_was_so_in_2019():
    its = room("statistics_violation")
    assert its.materials(SHOWN)[0].title.startswith("整改报告")
    assert [r.certainty for r in rows("material", D(2021, 6, 1))] == ["verified"]
    assert {r.certainty for r in rows("material", D(2026, 11, 23))} == {"unverified"}


def test_the_link_with_the_platforms_was_verified_in_2019_and_is_not_now():
    assert [r.certainty for day in (D(2021, 6, 1), D(2026, 11, 23)) for r in rows("share_days", day)] == [
        "verified", "unverified",
    ]  # fmt: skip
