"""The firm's pages of the doors beside repair: what was typed and uploaded survives a fault, and every page leads on."""

import pytest
from django.urls import reverse

from cases.models import Objection, PenaltyWithdrawal
from creditrepair.tenancy.context import region_context
from tests.beside_world import a_report, a_track, an_objection
from tests.routes_beside import FILING, paper_form, scan
from tests.world import YONGCHANG


def test_a_fault_keeps_the_text_and_the_file_and_the_second_try_hands_both_in(world, sign_in):
    record = world.a_record()
    zhao, url = sign_in("zhao"), reverse("portal:objection_new", args=[record.ref])
    first = zhao.post(url, FILING | {"agent_phone": "0935", "files": [scan()]})
    assert first.status_code == 422
    page = first.content.decode()
    assert "请填写11位手机号码" in page
    assert FILING["text"] in page
    (held,) = first.context["held"]
    second = zhao.post(url, FILING | {"kept": str(held.uuid)})
    assert second.status_code == 302
    with region_context(YONGCHANG):
        found = Objection.objects.get(region_id=YONGCHANG)
        assert [one.file_id for one in found.files.all()] == [held.pk]


def test_a_file_that_is_refused_is_named_and_nothing_is_filed(world, sign_in):
    record = world.a_record()
    bad = scan()
    bad.name = "程序.exe"
    answer = sign_in("zhao").post(reverse("portal:objection_new", args=[record.ref]), FILING | {"files": [scan(), bad]})
    assert answer.status_code == 422
    assert "文件“程序.exe”不是可接受的格式" in answer.content.decode()
    assert [file.name for file in answer.context["held"]] == ["文书.pdf"]
    with region_context(YONGCHANG):
        assert not Objection.objects.filter(region_id=YONGCHANG).exists()


def test_a_kept_file_may_be_dropped(world, sign_in):
    record = world.a_record()
    zhao, url = sign_in("zhao"), reverse("portal:objection_new", args=[record.ref])
    (held,) = zhao.post(url, FILING | {"text": "", "files": [scan()]}).context["held"]
    assert zhao.post(url, FILING | {"kept": str(held.uuid), "drop": str(held.uuid)}).status_code == 302
    with region_context(YONGCHANG):
        assert not Objection.objects.get(region_id=YONGCHANG).files.exists()


def test_two_clicks_on_one_form_are_one_objection(world, sign_in):
    record = world.a_record()
    zhao, url = sign_in("zhao"), reverse("portal:objection_new", args=[record.ref])
    assert zhao.post(url, FILING)["Location"] == zhao.post(url, FILING)["Location"]


def test_the_form_says_that_the_day_is_not_known(world, sign_in):
    record = world.a_record()
    page = sign_in("zhao").get(reverse("portal:objection_new", args=[record.ref])).content.decode()
    assert "规定的答复期限尚未核实" in page


def test_an_answered_or_withdrawn_record_is_the_wrong_moment(world, sign_in):
    record = world.a_record(status="withdrawn")
    assert sign_in("zhao").get(reverse("portal:objection_new", args=[record.ref])).status_code == 409
    found = an_objection(world)
    zhao, url = sign_in("zhao"), reverse("portal:objection_withdraw", args=[found.ref])
    assert (zhao.post(url).status_code, zhao.post(url).status_code) == (302, 409)


def test_a_report_wants_its_paper_and_keeps_the_rest(world, sign_in):
    record = world.a_record()
    zhao, url = sign_in("zhao"), reverse("portal:penalty_report", args=[record.ref])
    form = paper_form(kind="annulled", by="court", agent_name="赵申", agent_phone="13800000000")
    del form["file"]
    refused = zhao.post(url, form)
    assert refused.status_code == 422
    assert "请上传撤销、变更的文书" in refused.content.decode()
    assert zhao.post(url, form | {"file": scan()}).status_code == 302
    with region_context(YONGCHANG):
        assert PenaltyWithdrawal.objects.get(region_id=YONGCHANG).organ == form["organ"]


@pytest.mark.parametrize("name", ["search", "mine", "application"])
def test_search_my_cases_and_a_case_lead_to_an_objection(world, sign_in, name):
    case = world.a_case("in_review", unit="wlj")
    pages = {
        "search": f"/search?q={case.subject_id}",
        "mine": "/my/",
        "application": f"/my/{case.application.ref}",
    }
    page = sign_in("zhao").get(pages[name]).content.decode()
    wanted = reverse("portal:objections") if name == "mine" else reverse("portal:objection_new", args=[case.record.ref])
    assert wanted in page


def test_the_list_names_all_three_and_only_the_firms_own(world, sign_in):
    objection, report, track = an_objection(world), a_report(world), a_track(world)
    page = sign_in("zhao").get("/my/objections/").content.decode()
    for told in (objection.objection_no, report.report_no, track.court_no):
        assert told in page
        assert told not in sign_in("wu").get("/my/objections/").content.decode()
