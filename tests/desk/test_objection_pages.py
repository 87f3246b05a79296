"""The desk's pages of the doors beside repair: lists by unit, answers once, papers from outside."""

from django.urls import reverse

from cases.models import FailureRecord, Objection, Task
from creditrepair.tenancy.context import region_context
from tests.beside_world import a_report, a_track, an_objection
from tests.routes_beside import ANSWER, paper_form
from tests.world import YONGCHANG


def test_the_unit_finds_its_objection_and_another_unit_an_empty_list(world, sign_in):
    found = an_objection(world)
    assert found.objection_no in sign_in("lv").get("/desk/objections/").content.decode()
    other = sign_in("qian").get("/desk/objections/").content.decode()
    assert found.objection_no not in other
    assert "当前没有待办" in other


def test_an_answer_with_a_gap_keeps_what_was_typed_and_answers_nothing(world, sign_in):
    found = an_objection(world)
    lv, url = sign_in("lv"), reverse("desk:objection", args=[found.ref])
    refused = lv.post(url, ANSWER | {"article": ""})
    assert refused.status_code == 422
    assert ANSWER["findings"] in refused.content.decode()
    with region_context(YONGCHANG):
        assert Objection.objects.get(pk=found.pk).state == "open"
    assert lv.post(url, ANSWER).status_code == 302
    assert lv.post(url, ANSWER).status_code == 409


def test_an_answered_objection_leaves_the_open_list_for_the_done(world, sign_in):
    found = an_objection(world)
    sign_in("lv").post(reverse("desk:objection", args=[found.ref]), ANSWER)
    assert found.objection_no not in sign_in("lv").get("/desk/objections/").content.decode()
    assert found.objection_no in sign_in("lv").get("/desk/objections/?done=1").content.decode()


def test_a_report_is_confirmed_from_its_page(world, sign_in):
    report = a_report(world)
    url = reverse("desk:withdrawal", args=[report.ref])
    lv = sign_in("lv")
    assert lv.post(url, {"act": "decline", "note": ""}).status_code == 422
    assert lv.post(url, {"act": "confirm", "note": ""}).status_code == 302
    with region_context(YONGCHANG):
        assert FailureRecord.objects.get(pk=report.record_id).status == "withdrawn"
    assert lv.post(url, {"act": "confirm", "note": ""}).status_code == 409


def test_a_form_that_came_by_no_button_decides_nothing(world, sign_in):
    report, track = a_report(world), a_track(world)
    for name, ref in (("desk:withdrawal", report.ref), ("desk:restructuring", track.ref)):
        url = reverse(name, args=[ref])
        assert sign_in("lv").post(url, {"act": "finish", "note": "没有写明办什么"}).status_code == 422
    with region_context(YONGCHANG):
        report.refresh_from_db()
        track.refresh_from_db()
    assert (report.state, track.state) == ("reported", "ruled")


def test_the_units_own_report_waits_for_a_second_person(world, sign_in):
    record = world.a_record()
    made = sign_in("lv").post(
        reverse("desk:withdrawal_new", args=[record.ref]), paper_form(kind="annulled", by="itself")
    )
    assert made.status_code == 302
    assert "须由本单位另一名审核人员确认" in sign_in("lv").get(made["Location"]).content.decode()
    assert sign_in("lv").post(made["Location"], {"act": "confirm"}).status_code == 403
    assert sign_in("shi").post(made["Location"], {"act": "confirm"}).status_code == 302


def test_a_court_paper_without_its_scan_moves_nothing(world, sign_in):
    track = a_track(world)
    url = reverse("desk:restructuring", args=[track.ref])
    lv = sign_in("lv")
    assert lv.post(url, {"act": "shield", "note": ""}).status_code == 302
    form = paper_form(act="finish")
    del form["file"]
    assert lv.post(url, form).status_code == 422
    assert lv.post(url, paper_form(act="finish")).status_code == 302
    assert lv.post(url, paper_form(act="resume", note="未执行")).status_code == 409


def test_the_record_page_leads_to_both_and_the_task_to_the_objection(world, sign_in):
    found = an_objection(world)
    page = sign_in("lv").get(reverse("desk:record", args=[found.record.ref])).content.decode()
    for name in ("desk:withdrawal_new", "desk:restructuring_new"):
        assert reverse(name, args=[found.record.ref]) in page
    with region_context(YONGCHANG):
        task = Task.objects.get(region_id=YONGCHANG, thing=found.ref)
    assert reverse("desk:objection", args=[found.ref]) in sign_in("lv").get(f"/desk/tasks/{task.ref}/").content.decode()
