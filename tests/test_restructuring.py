"""破产重整: ruling, temporary shielding, final repair; each move on a paper, what is unknown with an officer."""

import json
from datetime import date

import pytest

from cases.access_beside import access_restructuring
from cases.models import FailureRecord, Restructuring, RestructuringStep, Task
from cases.portal.queries import search_published
from cases.services import restructuring
from creditrepair.audit.models import Event
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotAllowed, NotFound, WrongMoment
from sync.models import Delivery
from tests.beside_world import a_scan, a_track, ruling
from tests.world import FIRM_A, TODAY, YONGCHANG, World, at


def shield(world: World, track: Restructuring, who: str = "lv") -> Restructuring:
    return restructuring.shield_record(world.enter(world.actors[who]), ref=track.ref, note="裁定已生效", now=at())


def end(world: World, track: Restructuring, verb: str, **paper) -> Restructuring:
    given = ruling(a_scan(world, "lv"), paper_no="（2026）甘03破1号之二", decided_on=TODAY)
    lv = world.enter(world.actors["lv"])
    return getattr(restructuring, verb)(lv, ref=track.ref, paper=paper.get("paper", given), note="法院认定", now=at())


def told(record: FailureRecord) -> list[tuple[str, str, int]]:
    with region_context(YONGCHANG):
        rows = Delivery.objects.filter(region_id=YONGCHANG, thing_kind="record", thing=record.ref).order_by("id")
        bodies = [json.loads(bytes(row.body))["message"] for row in rows]
    return [(body["outcome"], body["effect"], body["version"]) for body in bodies]


def status(record: FailureRecord) -> str:
    with region_context(YONGCHANG):
        return FailureRecord.objects.get(pk=record.pk).status


def steps(track: Restructuring) -> list[str]:
    with region_context(YONGCHANG):
        return list(RestructuringStep.objects.filter(track=track).order_by("id").values_list("what", flat=True))


def test_a_ruling_alone_hides_nothing_and_asks_the_unit(world):
    record = world.a_record()
    track = a_track(world, record)
    assert (track.state, track.court_no, status(record), told(record)) == (
        "ruled", "（2026）甘03破1号", "published", []
    )  # fmt: skip
    with region_context(YONGCHANG):
        task = Task.objects.get(region_id=YONGCHANG, thing=track.ref)
    assert (task.kind, task.department_id, "待核实" in task.detail) == ("bankruptcy", record.department_id, True)


def test_shielded_it_is_shown_nowhere_and_both_platforms_are_told(world):
    record = world.a_record()
    track = shield(world, a_track(world, record))
    assert (track.state, status(record)) == ("shielded", "shielded")
    assert told(record) == [("granted", "end_publication", 2)] * 2
    assert search_published(YONGCHANG, FIRM_A, TODAY).cards == ()


def test_fully_performed_it_is_final_without_a_second_message(world):
    record = world.a_record()
    track = end(world, shield(world, a_track(world, record)), "finish_restructuring")
    assert (track.state, status(record), len(told(record))) == ("final", "ended", 2)
    assert steps(track) == ["ruled", "shielded", "final"]


def test_a_plan_that_failed_brings_the_record_back_on_both_platforms(world):
    record = world.a_record()
    track = end(world, shield(world, a_track(world, record)), "resume_publication")
    assert (track.state, status(record)) == ("resumed", "published")
    assert told(record)[2:] == [("revoked", "restore", 3)] * 2
    with region_context(YONGCHANG):
        assert Delivery.objects.filter(region_id=YONGCHANG, thing=record.ref, expect="published").count() == 2


def test_the_unit_may_say_no_with_a_reason(world):
    record = world.a_record()
    track = a_track(world, record)
    lv = world.enter(world.actors["lv"])
    with pytest.raises(Invalid):
        restructuring.decline_shielding(lv, ref=track.ref, note="", now=at())
    assert restructuring.decline_shielding(lv, ref=track.ref, note="裁定尚未生效", now=at()).state == "declined"
    assert (status(record), a_track(world, record).state) == ("published", "ruled")


def test_no_step_is_taken_before_or_after_its_moment(world):
    track = a_track(world)
    for verb in ("finish_restructuring", "resume_publication"):
        with pytest.raises(WrongMoment):
            end(world, track, verb)
    shield(world, track)
    with pytest.raises(WrongMoment):
        shield(world, track)
    end(world, track, "finish_restructuring")
    with pytest.raises(WrongMoment):
        end(world, track, "resume_publication")


@pytest.mark.parametrize(("day", "field"), [(date(2026, 11, 17), "decided_on"), (date(2026, 11, 24), "decided_on")])
def test_the_courts_second_paper_is_neither_older_than_the_ruling_nor_of_tomorrow(world, day, field):
    track = shield(world, a_track(world))
    with pytest.raises(Invalid) as refused:
        end(world, track, "finish_restructuring", paper=ruling(a_scan(world, "lv"), decided_on=day))
    assert list(refused.value.fields) == [field]
    on_the_day = ruling(a_scan(world, "lv"), decided_on=date(2026, 11, 18))
    assert end(world, track, "finish_restructuring", paper=on_the_day).state == "final"


def test_the_bureau_and_the_unit_record_a_ruling_and_only_the_unit_decides(world):
    track = a_track(world, who="wang")
    for who, refusal in (("wang", NotAllowed), ("he", NotAllowed), ("qian", NotFound), ("zheng", NotFound)):
        with pytest.raises(refusal):
            shield(world, track, who)
    assert shield(world, track).state == "shielded"
    for who, refusal in (("zhao", NotAllowed), ("qian", NotFound), ("zheng", NotFound)):
        with pytest.raises(refusal):
            a_track(world, world.a_record(), who=who, paper=ruling(""))


def test_the_firm_sees_its_own_path_and_no_other_firm_does(world):
    track = a_track(world)
    assert access_restructuring(world.enter(world.actors["zhao"]), track.ref).pk == track.pk
    with pytest.raises(NotFound):
        access_restructuring(world.enter(world.actors["wu"]), track.ref)


def test_a_ruling_is_recorded_once_with_its_scan_and_only_for_what_is_published(world):
    record = world.a_record()
    a_track(world, record)
    with pytest.raises(WrongMoment):
        a_track(world, record)
    he = world.enter(world.actors["he"])
    with pytest.raises(Invalid) as refused:
        restructuring.record_ruling(
            he, record_ref=world.a_record().ref, plan="other", paper=ruling(""), note="", now=at()
        )
    assert set(refused.value.fields) == {"plan", "file"}
    with pytest.raises(WrongMoment):
        a_track(world, world.a_record(status="ended"))


def test_every_move_is_an_event(world):
    track = end(world, shield(world, a_track(world)), "finish_restructuring")
    with region_context(YONGCHANG):
        verbs = (
            Event.objects.filter(region_id=YONGCHANG, thing=track.ref).order_by("seq").values_list("verb", flat=True)
        )
        assert list(verbs) == ["bankruptcy_ruled", "bankruptcy_shielded", "bankruptcy_finished"]


def test_who_handles_bankruptcy_is_not_known_until_the_bureau_says(world):
    record = world.a_record()
    assert restructuring.bankruptcy_office(record, TODAY) == ""
