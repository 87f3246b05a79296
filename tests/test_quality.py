"""归集质量: the numbers of a month counted by hand, their lists, who sees which, and what leaves as a sheet."""

import io
from datetime import date

import openpyxl
import pytest

from cases.models import CollectionBatch, DeclaredCount, FailureRecord
from cases.oversight.bulletin import bulletin_of, duties_of
from cases.oversight.collection import late_in, quality_of, total_of
from cases.oversight.shares import Share
from cases.services.declare import declare_count
from creditrepair.audit.models import Event
from creditrepair.tenancy.errors import Invalid, NotAllowed, NotFound
from creditrepair.tenancy.models import Department
from notices.models import Service
from tests.world import JINCHUAN, YONGCHANG, at

PENALTY = "administrative_penalty"
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
TODAY = date(2026, 11, 23)


def units(region=YONGCHANG, *codes):
    rows = Department.objects.filter(region_id=region).order_by("id")
    return list(rows.filter(code__in=codes) if codes else rows)


def came(world, late, *, on=date(2026, 11, 10), unit="wlj", decided=date(2026, 10, 20), stock=False, **facts):
    record = world.a_record(unit=unit, decided_on=decided, **facts)
    world.enter(world.actors["he"])
    FailureRecord.objects.filter(pk=record.pk).update(received_at=at(on), late_by=late, stock=stock)
    return record


def brought(world, unit="wlj", *, on=date(2026, 11, 10), stock=False, imported=True, **counts):
    number = CollectionBatch.objects.count()
    return CollectionBatch.objects.create(
        region_id=YONGCHANG,
        category=PENALTY,
        department=world.department(unit),
        file_name="双公示.xlsx",
        file_sha256=f"{number:064x}",
        received_at=at(on),
        received_by=world.people["he"],
        imported_at=at(on) if imported else None,
        stage="imported" if imported else "checked",
        stock=stock,
        counts=counts,
    )


@pytest.fixture
def november(world):
    """文旅局: 8 in time, 2 late, 1 without a time; 90 rows with 9 errors. 市监局: 1 late. And what must not count."""
    world.enter(world.actors["he"])
    for late in (0, 0, 0, 0, 0, 0, 0, 0, 1, 12, None):
        came(world, late)
    came(world, 3, unit="scjgj")
    came(world, 5, on=date(2026, 10, 31))  # came in October
    came(world, 5, stock=True)
    taken = came(world, 5)
    FailureRecord.objects.filter(pk=taken.pk).update(status="taken_back")
    brought(world, new=60, same=10, changed=11, error=9, doubt=2, out_of_scope=4)
    brought(world, new=5, imported=False)  # a trial run
    brought(world, error=7, stock=True)
    return world


def line_of(month=NOVEMBER, unit="wlj", stock=False):
    lines = quality_of(YONGCHANG, month, stock=stock, departments=units())
    return next(line for line in lines if line.department.code == unit and line.category == PENALTY)


def test_the_shares_of_a_month_as_counted_by_hand(november):
    line = line_of()
    assert (line.accuracy, line.doubtful, line.out_of_scope) == (Share(81, 90), 2, 4)
    assert (line.timeliness, line.late, line.no_rule) == (Share(8, 10), 2, 1)
    assert (line.accuracy.text, line.timeliness.text) == ("90.0%", "80.0%")
    assert line_of(unit="scjgj").timeliness.text == "样本不足"
    total = total_of(quality_of(YONGCHANG, NOVEMBER, stock=False, departments=units()))
    assert (total.timeliness, total.late) == (Share(8, 11), 3)


def test_stock_stands_apart(november):
    line = line_of(stock=True)
    assert (line.accuracy, line.timeliness) == (Share(0, 7), Share(0, 1))


def test_the_list_behind_a_number_has_as_many_lines(november):
    keys = [one.pk for one in units()]
    assert late_in(YONGCHANG, NOVEMBER, stock=False, departments=keys).count() == 3
    own = late_in(YONGCHANG, NOVEMBER, stock=False, departments=[november.department("wlj").pk], category=PENALTY)
    assert sorted(own.values_list("late_by", flat=True)) == [1, 12]


def test_completeness_is_of_what_was_declared_for_the_month_of_the_decision(november):
    he = november.enter(november.actors["he"])
    assert (line_of(OCTOBER).declared, line_of(OCTOBER).completeness.text) == (None, "—")
    declare_count(he, category=PENALTY, month=date(2026, 10, 15), count=16, now=at())
    line = line_of(OCTOBER)
    assert (line.collected, line.declared) == (13, 16)  # 11 and those of other months and kinds, all decided in October
    assert (line.completeness.text, line.completeness.missing) == ("81.2%", 3)


def test_a_hundred_per_cent_means_all_of_them():
    assert [Share(9999, 10000).text, Share(5, 5).text, Share(4, 4).text, Share(0, 0).text] == [
        "99.9%", "100.0%", "样本不足", "—",
    ]  # fmt: skip


def test_a_month_begins_and_ends_at_midnight_in_shanghai(world):
    world.enter(world.actors["he"])
    for moment in ("2026-10-31T15:59:59Z", "2026-10-31T16:00:00Z", "2026-11-30T15:59:59Z", "2026-11-30T16:00:00Z"):
        record = came(world, 0)
        FailureRecord.objects.filter(pk=record.pk).update(received_at=moment)
    assert line_of().timeliness.n == 2


def test_numbers_are_read_by_ranges_whatever_the_size(november, django_assert_max_num_queries):
    departments = units()
    with django_assert_max_num_queries(5):
        quality_of(YONGCHANG, NOVEMBER, stock=False, departments=departments)


def test_a_department_declares_again_and_the_earlier_number_stays(world):
    he = world.enter(world.actors["he"])
    for count in (12, 15, 15):
        declare_count(he, category=PENALTY, month=OCTOBER, count=count, note="含简易程序", now=at())
    assert list(DeclaredCount.objects.values_list("number", "count")) == [(1, 12), (2, 15)]
    said = Event.objects.filter(verb="count_declared").order_by("seq").last().data
    assert (said["month"], said["before"], said["count"]) == ("2026-10", 12, 15)


def test_only_recorders_declare_for_their_own_unit_and_for_months_that_have_begun(world):
    he = world.enter(world.actors["he"])
    for wrong in ({"month": date(2026, 12, 1)}, {"month": date(2018, 6, 1)}, {"count": -1}, {"note": "长" * 201}):
        with pytest.raises(Invalid):
            declare_count(he, **{"category": PENALTY, "month": OCTOBER, "count": 1, "now": at()} | wrong)
    with pytest.raises(NotFound):
        declare_count(he, category="no_such", month=OCTOBER, count=1, now=at())
    with pytest.raises(NotAllowed):
        declare_count(world.enter(world.actors["wang"]), category=PENALTY, month=OCTOBER, count=1, now=at())
    assert not DeclaredCount.objects.filter(region_id=YONGCHANG).exists()


def test_the_list_of_duties_says_state_and_day(november):
    he = november.enter(november.actors["he"])
    wlj = units(YONGCHANG, "wlj")

    def states(today=TODAY):
        return {d.task: (d.done, d.wanted, d.due, d.state) for d in duties_of(YONGCHANG, OCTOBER, today, wlj)}

    seven_days_on = date(2026, 11, 10)  # Saturday 31 October and seven working days
    assert states()["collect"] == (13, None, seven_days_on, "进行中")
    assert states()["declare"] == (0, 1, None, "未启动")
    declare_count(he, category=PENALTY, month=OCTOBER, count=13, now=at())
    assert states(seven_days_on)["collect"] == (13, 13, seven_days_on, "已完成")
    assert states()["collect"][3] == "销号"
    assert states()["declare"] == (1, 1, None, "已完成")
    assert states()["serve"] == (0, 13, None, "未启动")
    late = next(d for d in duties_of(YONGCHANG, NOVEMBER, date(2026, 12, 20), wlj) if d.task == "collect")
    assert (late.state, late.overdue(date(2026, 12, 20))) == ("未启动", True)


def test_the_bulletin_counts_shares_service_and_cases_in_hand(november):
    world = november
    case = world.a_case("in_review", unit="wlj", decided_on=date(2026, 5, 6))
    world.enter(world.actors["wang"])
    draft = bulletin_of(YONGCHANG, NOVEMBER, TODAY, units())
    row = next(row for row in draft.rows if row.department.code == "wlj")
    assert (row.accuracy, row.timeliness, row.late) == (Share(81, 90), Share(8, 10), 2)
    assert (row.in_hand, row.overdue) == (1, 0)
    assert (draft.first, draft.last, draft.in_hand) == (NOVEMBER, date(2026, 11, 30), 1)
    later = bulletin_of(YONGCHANG, NOVEMBER, date(2027, 1, 20), units())
    assert next(row for row in later.rows if row.department.code == "wlj").overdue == 1
    assert case.department.code == "wlj"
    assert not Service.objects.exists()


def test_the_supervisor_sees_all_units_and_a_recorder_the_own(november, sign_in):
    names = {unit.code: unit.name for unit in units()}
    page = sign_in("wang").get("/desk/quality/?month=2026-11").content.decode()
    assert names["wlj"] in page
    assert names["scjgj"] in page
    own = sign_in("he").get("/desk/quality/?month=2026-11").content.decode()
    assert names["scjgj"] not in own
    assert "80.0%" in own
    assert "8/10" in own
    assert sign_in("he").get("/desk/quality/late/?month=2026-11&department=scjgj").status_code == 404
    listed = sign_in("he").get("/desk/quality/late/?month=2026-11").content.decode()
    assert listed.count("▲ 迟报") == 2
    assert "迟报12个工作日" in listed


@pytest.mark.parametrize("query", ["month=2026-13", "month=2099-01", "month=2018-06", "month=1", "kind=all"])
def test_a_month_that_is_none_is_a_bad_request(world, sign_in, query):
    assert sign_in("wang").get(f"/desk/quality/?{query}").status_code == 400


def test_a_number_is_declared_on_the_page_and_faults_stay_beside_their_field(world, sign_in):
    he = sign_in("he")
    wrong = he.post("/desk/quality/declare/", {"category": PENALTY, "month": "2026/10", "count": "十", "note": "甲"})
    assert wrong.status_code == 422
    assert "请按 2026-11 的样子填写月份" in wrong.content.decode()
    assert 'value="甲"' in wrong.content.decode()
    form = {"category": PENALTY, "month": "2026-10", "count": "12", "note": ""}
    assert he.post("/desk/quality/declare/", form).status_code == 302
    assert "12条" in he.get("/desk/quality/declare/?month=2026-10").content.decode()


@pytest.mark.fault("B12")
def test_the_sheet_of_the_bulletin_holds_no_formula(november, sign_in):
    november.enter(november.actors["chen"])
    Department.objects.filter(region_id=YONGCHANG, code="wlj").update(name='=HYPERLINK("http://x")')
    answer = sign_in("wang").get("/desk/quality/bulletin/?month=2026-11&format=xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    named = [cell for cell in cells if cell.value == '=HYPERLINK("http://x")']
    assert named
    assert {cell.data_type for cell in named} == {"s"}
    assert [cell.value for cell in next(row for row in book["通报数据"].iter_rows() if row[0] in named)][1:6] == [
        "90.0%", 90, "80.0%", 10, 2,
    ]  # fmt: skip


def test_the_next_region_counts_its_own(november):
    november.enter(november.actors["zheng"])
    assert quality_of(JINCHUAN, NOVEMBER, stock=False, departments=units(JINCHUAN)) == []
