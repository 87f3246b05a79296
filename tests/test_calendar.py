"""The calendar of a region: a notice makes a year final, moves due days and says why; the rest stays provisional."""

import json
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from cases.deadlines import calendar_between, clock_of
from cases.desk.queues import due_words
from cases.models import CalendarDay, Case, RegionDay, RuleRun
from cases.services import deadlines, recompute
from cases.services.calendar import load_national, load_notice, preview_national, preview_notice, withdraw_notice
from cases.services.calendar_preview import calendar_years
from cases.services.deadlines import recompute_deadlines
from cases.timeline import timeline_of
from creditrepair.audit.chain import verify
from creditrepair.audit.models import Event
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotAllowed
from tests.world import JINCHUAN, TODAY, YONGCHANG, at

D = date
PAPER = "国办发明电〔2026〕99号"
# Made up: the notice for 2027 is not out. New Year 1–3 January is a weekend and a Friday; Monday 4 January is off too.
NOTICE_2027 = """关于2027年部分节假日安排的通知
一、元旦：1月1日（周五）至4日（周一）放假调休，共4天。2026年12月26日（周六）上班。
二、春节：2月5日（周五）至11日（周四）放假调休，共7天。2月14日（周日）上班。
三、清明节：4月3日至5日放假，共3天。
四、劳动节：5月1日至5日放假调休，共5天。5月8日（周六）上班。
五、端午节：6月9日放假1天。
六、中秋节：9月15日放假1天。
七、国庆节：10月1日至7日放假调休，共7天。10月9日（周六）上班。
"""


def days(first: date, last: date, region: str = YONGCHANG):
    return calendar_between(first, last, region)


def events(verb: str, region: str = YONGCHANG) -> list[Event]:
    with region_context(region):
        return list(Event.objects.filter(region_id=region, verb=verb).order_by("seq"))


@pytest.fixture
def late_december(world) -> Case:
    """Filed on Tuesday 29 December: three working days end on 4 January 2027 by the statutory holidays alone."""
    case = world.a_case(unit="wlj", now=at(D(2026, 12, 29)))
    assert case.due_on == D(2027, 1, 4)
    return case


def test_a_day_in_a_year_not_announced_says_so(world, late_december):
    with region_context(YONGCHANG):
        state = clock_of(late_december, D(2026, 12, 29))
    assert state.provisional_text == "2027年节假日安排尚未公布，此日期为暂定"
    assert (state.total.provisional, state.total.provisional_text) == (True, state.provisional_text)
    assert due_words([late_december], D(2026, 12, 29))[late_december.pk].text == "剩余3个工作日（暂定）"
    load_notice(world.enter(world.actors["chen"]), text=NOTICE_2027, source=PAPER, now=at(D(2026, 12, 29)))
    case = world.fresh(late_december)
    assert due_words([case], D(2026, 12, 29))[case.pk].text == "剩余3个工作日"


def test_a_loaded_notice_moves_open_cases_and_tells_why(world, late_december):
    chen = world.enter(world.actors["chen"])
    now = at(D(2026, 12, 30))
    preview = preview_notice(chen, text=NOTICE_2027, now=now)
    assert (preview.moved, preview.late, preview.shown[0].after) == (1, 0, D(2027, 1, 5))
    done = load_notice(chen, text=NOTICE_2027, source=PAPER, now=now)
    assert (done.year, done.changed_days, done.moved_cases) == (2027, len(preview.changes), preview.moved)
    case = world.fresh(late_december)
    assert (case.due_on, case.version) == (D(2027, 1, 5), late_december.version)
    (event,) = events("deadline_recomputed")
    assert event.data == {"from": "2027-01-04", "to": "2027-01-05", "reason": f"录入2027年节假日安排（{PAPER}）"}
    entry = timeline_of(YONGCHANG, case_ref=case.ref)[-1]
    assert (entry.text, entry.who) == ("期限重新计算", "系统")
    assert entry.detail == f"到期日由2027-01-04改为2027-01-05；录入2027年节假日安排（{PAPER}）"
    with region_context(YONGCHANG):
        assert clock_of(case, D(2026, 12, 30)).provisional_text == ""
        assert verify(YONGCHANG).ok


def test_the_region_that_loaded_it_is_certain_and_its_neighbour_is_not(world):
    load_notice(world.enter(world.actors["chen"]), text=NOTICE_2027, source=PAPER, now=at())
    here, there = (days(D(2026, 12, 20), D(2027, 3, 1), region) for region in (YONGCHANG, JINCHUAN))
    assert (here.is_provisional(D(2027, 1, 4)), there.is_provisional(D(2027, 1, 4))) == (False, True)
    assert (here.is_workday(D(2027, 1, 4)), there.is_workday(D(2027, 1, 4))) == (False, True)
    assert (here.is_workday(D(2026, 12, 26)), there.is_workday(D(2026, 12, 26))) == (True, False)
    assert [(year.year, year.final, year.own) for year in calendar_years(YONGCHANG, TODAY)] == [
        (2025, True, False), (2026, True, False), (2027, True, True), (2028, False, False),
    ]  # fmt: skip
    assert calendar_years(JINCHUAN, TODAY)[2].text == "2027年节假日安排尚未录入，跨入该年的日期均为暂定"


def test_an_applicant_reads_the_days_of_the_region_of_the_case(world, late_december):
    load_notice(world.enter(world.actors["chen"]), text=NOTICE_2027, source=PAPER, now=at(D(2026, 12, 30)))
    world.enter(world.actors["zhao"])
    assert not days(D(2026, 12, 29), D(2027, 1, 10)).is_workday(D(2027, 1, 4))


def test_a_single_day_of_a_year_does_not_make_the_year_final(world):
    chen = world.actors["chen"]
    with region_context(YONGCHANG):
        RegionDay.objects.create(
            region_id=YONGCHANG, day=D(2028, 1, 3), works=False, source=PAPER, set_by_id=chen.user_id, set_at=at()
        )
    calendar = days(D(2027, 12, 1), D(2028, 2, 1))
    assert (calendar.is_workday(D(2028, 1, 3)), calendar.is_provisional(D(2028, 1, 3))) == (False, True)


def test_withdrawing_gives_the_days_back_and_moves_the_cases_back(world, late_december):
    chen = world.enter(world.actors["chen"])
    load_notice(chen, text=NOTICE_2027, source=PAPER, now=at(D(2026, 12, 30)))
    done = withdraw_notice(chen, year=2027, reason="录错文件", now=at(D(2026, 12, 31)))
    assert done.moved_cases == 1
    assert world.fresh(late_december).due_on == D(2027, 1, 4)
    calendar = days(D(2026, 12, 20), D(2027, 3, 1))
    assert calendar.is_provisional(D(2027, 1, 4))
    assert not calendar.is_workday(D(2026, 12, 26))
    assert events("deadline_recomputed")[-1].data["reason"] == "撤回2027年节假日安排：录错文件"
    with pytest.raises(Invalid):
        withdraw_notice(chen, year=2027, reason="再撤", now=at(D(2026, 12, 31)))


def test_a_day_of_december_goes_back_to_what_the_region_had_entered_before(world):
    chen = world.enter(world.actors["chen"])
    notice_2026 = NOTICE_2027.replace("关于2027年", "关于2026年").replace("2026年12月26日（周六）上班。", "")
    notice_2026 = "\n".join(
        line.split("。")[0] + "。" if "、" in line[:2] else line for line in notice_2026.splitlines()
    )
    for weekday in ("（周五）", "（周一）", "（周四）"):
        notice_2026 = notice_2026.replace(weekday, "")
    load_notice(chen, text=notice_2026, source="国办发明电〔2025〕98号", now=at(D(2026, 11, 20)))
    load_notice(chen, text=NOTICE_2027, source=PAPER, now=at(D(2026, 11, 21)))
    assert days(D(2026, 12, 1), D(2026, 12, 31)).is_workday(D(2026, 12, 26))
    withdraw_notice(chen, year=2027, reason="录错文件", now=at())
    calendar = days(D(2026, 12, 1), D(2027, 1, 31))
    assert (calendar.is_workday(D(2026, 12, 26)), calendar.provisional_between(D(2026, 12, 1), D(2027, 1, 1))) == (
        False, (2027,),
    )  # fmt: skip
    assert [year.own for year in calendar_years(YONGCHANG, TODAY)] == [False, True, False, False]


def test_a_case_waiting_for_its_applicant_is_not_moved_by_the_days_that_pass(world):
    case = world.a_case("correction")
    assert recompute_deadlines(YONGCHANG, reason="核对", now=at(TODAY + timedelta(days=20))) == 0
    assert (world.fresh(case).due_on, events("deadline_recomputed")) == (case.due_on, [])


def test_ended_cases_are_left_alone(world):
    for state in ("approved", "refused", "not_accepted", "withdrawn"):
        world.a_case(state, now=at(D(2026, 12, 29)))
    done = load_notice(world.enter(world.actors["chen"]), text=NOTICE_2027, source=PAPER, now=at(D(2026, 12, 30)))
    assert done.moved_cases == 0


def test_more_cases_than_fit_one_transaction_are_left_to_a_worker(world, late_december, monkeypatch):
    monkeypatch.setattr(deadlines, "AT_ONCE", 0)
    chen = world.enter(world.actors["chen"])
    assert load_notice(chen, text=NOTICE_2027, source=PAPER, now=at(D(2026, 12, 30))).moved_cases is None
    assert world.fresh(late_december).due_on == D(2027, 1, 4)
    with region_context(YONGCHANG):
        run = RuleRun.objects.get(region_id=YONGCHANG, finished_at=None)
    assert recompute.advance(run.ref, region=YONGCHANG, seconds=10, now=at(D(2026, 12, 30)))
    assert world.fresh(late_december).due_on == D(2027, 1, 5)
    assert events("deadline_recomputed")[0].data["reason"] == f"录入2027年节假日安排（{PAPER}）"


@pytest.mark.parametrize(
    ("text", "source", "field"),
    [
        (NOTICE_2027.replace("共7天", "共6天", 1), PAPER, "text"),
        ("", PAPER, "text"),
        (NOTICE_2027, "  ", "source"),
        (NOTICE_2027, "文" * 201, "source"),
    ],
)
def test_what_cannot_be_read_or_has_no_source_is_not_loaded(world, text, source, field):
    chen = world.enter(world.actors["chen"])
    with pytest.raises(Invalid) as refused:
        load_notice(chen, text=text, source=source, now=at())
    assert set(refused.value.fields) == {field}
    assert (RegionDay.objects.filter(region_id=YONGCHANG).exists(), events("calendar_loaded")) == (False, [])


def test_the_fault_in_a_notice_is_told_with_its_line(world):
    with pytest.raises(Invalid) as refused:
        preview_notice(world.actors["chen"], text=NOTICE_2027.replace("共7天", "共6天", 1), now=at())
    assert refused.value.fields["text"].startswith("第3行“二、春节")
    assert "写明6天，按日期计算是7天" in refused.value.fields["text"]


def test_the_same_notice_twice_is_refused_and_a_corrected_one_is_taken(world):
    chen = world.enter(world.actors["chen"])
    load_notice(chen, text=NOTICE_2027, source=PAPER, now=at())
    with pytest.raises(Invalid):
        load_notice(chen, text=NOTICE_2027, source=PAPER, now=at())
    corrected = NOTICE_2027.replace("6月9日放假1天", "6月9日至10日放假，共2天")
    assert preview_notice(chen, text=corrected, now=at()).was_final
    assert load_notice(chen, text=corrected, source=PAPER, now=at()).changed_days == 1


@pytest.mark.parametrize("who", ["wang", "qian", "feng", "li", "zhao"])
def test_only_the_region_administrator_enters_a_calendar(world, who):
    actor = world.enter(world.actors[who])
    with pytest.raises(NotAllowed):
        load_notice(actor, text=NOTICE_2027, source=PAPER, now=at())
    with pytest.raises(NotAllowed):
        withdraw_notice(actor, year=2027, reason="x", now=at())
    with pytest.raises(NotAllowed):
        preview_notice(actor, text=NOTICE_2027, now=at())


def test_a_national_notice_holds_in_every_region_and_says_so_in_each(world, late_december):
    before = preview_national(NOTICE_2027, now=at(D(2026, 12, 30)))
    moved = load_national(NOTICE_2027, source=PAPER, now=at(D(2026, 12, 30)))
    assert {region: preview.moved for region, preview in before.items()} == moved == {JINCHUAN: 0, YONGCHANG: 1}
    assert not CalendarDay.objects.filter(day__year=2027, provisional=True).exists()
    assert CalendarDay.objects.get(day=D(2026, 12, 26)).works
    assert world.fresh(late_december).due_on == D(2027, 1, 5)
    assert len(events("calendar_loaded")) == len(events("calendar_loaded", JINCHUAN)) == 1


def test_the_days_of_a_region_outrank_those_of_the_country(world):
    load_notice(world.enter(world.actors["chen"]), text=NOTICE_2027, source=PAPER, now=at())
    load_national(NOTICE_2027.replace("6月9日放假1天", "6月10日放假1天"), source="国办发明电〔2026〕100号", now=at())
    here, there = (days(D(2027, 6, 1), D(2027, 6, 30), region) for region in (YONGCHANG, JINCHUAN))
    assert [c.is_workday(D(2027, 6, 9)) for c in (here, there)] == [False, True]
    assert [c.is_workday(D(2027, 6, 10)) for c in (here, there)] == [True, False]


def test_the_command_shows_tries_and_loads(world, late_december, tmp_path, capsys):
    paper = tmp_path / "notice.txt"
    paper.write_text(NOTICE_2027, encoding="utf-8")
    call_command("calendar", "load", str(paper), "--dry-run")
    tried = capsys.readouterr().out
    assert "天有变化" in tried
    assert CalendarDay.objects.filter(day__year=2027, provisional=True).exists()
    with pytest.raises(CommandError):
        call_command("calendar", "load", str(paper))
    call_command("calendar", "load", str(paper), "--source", PAPER)
    call_command("calendar", "show")
    shown = capsys.readouterr().out
    assert "2028年节假日安排尚未录入" in shown
    assert "2027年节假日安排尚未录入" not in shown
    paper.write_text("什么也不是", encoding="utf-8")
    with pytest.raises(CommandError):
        call_command("calendar", "load", str(paper), "--source", PAPER)


ZONES = """
import json, sys, time
import django
django.setup()
from datetime import date, datetime
from django.utils import timezone
from cases.categories import judge
from cases.deadlines import clock_of, events_of
from cases.law import Limits, RecordFacts, WorkCalendar
from cases.law.calendar_seed import seed_days
from cases.models import Case
calendar = WorkCalendar(seed_days(2026).days)
found = []
for text in json.load(sys.stdin):
    filed = datetime.fromisoformat(text)
    case = Case(submitted_at=filed)
    day = timezone.localdate(filed)
    clock = clock_of(case, day, limits=Limits(), calendar=calendar)
    facts = RecordFacts("administrative_penalty", market=False, severity="general", decided_on=date(2026, 1, 5))
    found.append([str(day), str(events_of(case)[0].at), str(clock.accept_due), str(clock.total_due),
                  clock.left_working_days, judge(facts, day).regime])
print(json.dumps(found))
"""


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Asia/Shanghai", "Pacific/Kiritimati"])
@pytest.mark.fault("F21", "T34")
def test_the_legal_day_is_that_of_shanghai_wherever_the_server_stands(zone):
    instants = (
        '["2026-03-31T15:59:59+00:00", "2026-03-31T16:00:00+00:00", "2026-03-31T16:30:00+00:00",'
        ' "2026-11-02T15:59:59+00:00", "2026-11-02T16:00:00+00:00", "2026-11-02T08:59:59-07:00"]'
    )
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ZONES],
        input=instants, capture_output=True, text=True, timeout=60, check=False,
        cwd=Path(__file__).parent.parent, env={**os.environ, "TZ": zone, "DJANGO_SETTINGS_MODULE": "creditrepair.settings"},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-1000:]
    assert json.loads(run.stdout) == [
        ["2026-03-31", "2026-03-31", "2026-04-03", "2026-04-15", 3, "ndrc-58"],
        ["2026-04-01", "2026-04-01", "2026-04-07", "2026-04-16", 3, "ndrc-36"],
        ["2026-04-01", "2026-04-01", "2026-04-07", "2026-04-16", 3, "ndrc-36"],
        ["2026-11-02", "2026-11-02", "2026-11-05", "2026-11-16", 3, "ndrc-36"],
        ["2026-11-03", "2026-11-03", "2026-11-06", "2026-11-17", 3, "ndrc-36"],
        ["2026-11-02", "2026-11-02", "2026-11-05", "2026-11-16", 3, "ndrc-36"],
    ]
