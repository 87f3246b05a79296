"""On the case page: a longer time and taking it back, and the decision of a superior; on the record page: a court's."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from cases.models import Case, Extension, FailureRecord, ReviewStep
from creditrepair.tenancy.context import region_context
from tests.desk.test_pages import a_pdf, page
from tests.routes_rules import a_case_decided_outside, a_court_record, outside_form, settle_extension
from tests.world import YONGCHANG, history

WHY = {"extend-working_days": "3", "extend-reason": "须向原处罚机关核实缴款情况"}


def a_case_now(world, **facts):
    """Accepted a moment ago, so that nothing is overdue on the day the test runs."""
    day = timezone.localdate() - timedelta(days=200)
    return world.a_case("in_review", now=timezone.now(), decided_on=day, published_on=day, **facts)


def post(client, name, case, form):
    return client.post(reverse(f"desk:{name}", args=[case.ref]), form)


def test_while_nobody_has_said_how_long_the_page_says_so_and_offers_nothing(world, sign_in):
    case = a_case_now(world, unit="wlj")
    text = page(sign_in("lv"), "case", case.ref).content.decode()
    assert "延长期限待核实" in text
    assert reverse("desk:extend", args=[case.ref]) not in text
    before = history(case)
    answer = post(sign_in("lv"), "extend", case, WHY)
    assert answer.status_code == 422
    assert "延长期限待核实，须先由县发改局确定。" in answer.content.decode()
    assert "须向原处罚机关核实缴款情况" in answer.content.decode()
    assert history(case) == before


@pytest.mark.parametrize(("unit", "handler", "head"), [("wlj", "lv", "shi"), ("scjgj", "qian", "sun")])
def test_an_extension_moves_the_day_and_is_taken_back(world, sign_in, unit, handler, head):
    settle_extension(world)
    case = a_case_now(world, unit=unit)
    due = world.fresh(case).due_on
    assert "最多5个工作日" in page(sign_in(handler), "case", case.ref).content.decode()
    before = history(case)
    assert post(sign_in(head), "extend", case, WHY).status_code == 403
    assert history(case) == before
    assert post(sign_in(handler), "extend", case, WHY).status_code == 302
    assert world.fresh(case).due_on > due
    text = page(sign_in(handler), "case", case.ref).content.decode()
    assert "延长3个工作日" in text
    assert "须向原处罚机关核实缴款情况" in text
    assert "撤销延长" in text
    again = post(sign_in(handler), "extend", case, WHY)
    assert again.status_code == 409
    assert "本件已经延长" in again.content.decode()
    assert post(sign_in(handler), "extension_end", case, {"extension_end-reason": ""}).status_code == 422
    assert post(sign_in(handler), "extension_end", case, {"extension_end-reason": "已核实"}).status_code == 302
    assert world.fresh(case).due_on == due
    assert history(case)[-3:] == ["case_extended", "paper_voided", "extension_ended"]
    assert "撤销（已核实）" in page(sign_in(handler), "case", case.ref).content.decode()


@pytest.mark.parametrize("days", ["0", "6", "-1", "三", ""])
def test_a_length_that_cannot_be_stays_in_its_field(world, sign_in, days):
    settle_extension(world)
    case = a_case_now(world, unit="wlj")
    answer = post(sign_in("lv"), "extend", case, WHY | {"extend-working_days": days})
    assert answer.status_code == 422
    assert answer.context_data["forms"]["extend"].errors["working_days"]
    assert "须向原处罚机关核实缴款情况" in answer.content.decode()
    with region_context(YONGCHANG):
        assert not Extension.objects.filter(case=case).exists()


def test_the_clock_tells_its_doubts_beside_its_days(world, sign_in):
    case = a_case_now(world, unit="wlj")
    text = page(sign_in("lv"), "case", case.ref).content.decode()
    assert "◆ 自受理之日起七个工作日内完成核查（待核实）" in text


def superior(world, **changes):
    case = a_case_decided_outside(world)
    return case, outside_form("external", "国家税务总局金昌市税务局") | {"external-step": world.step(case)} | changes


def test_what_a_superior_decides_is_recorded_not_decided(world, sign_in):
    case, form = superior(world)
    text = page(sign_in("qian"), "case", case.ref).content.decode()
    assert "登记决定" in text
    assert 'value="approve"' not in text
    assert 'value="refuse"' not in text
    before = history(case)
    assert post(sign_in("sun"), "external", case, form).status_code == 403
    assert post(sign_in("zheng"), "external", case, form).status_code == 404
    assert history(case) == before
    paper = SimpleUploadedFile("决定.pdf", a_pdf(), content_type="application/pdf")
    assert post(sign_in("qian"), "external", case, form | {"external-file": paper}).status_code == 302
    assert world.fresh(case).state == "approved"
    with region_context(YONGCHANG):
        step = ReviewStep.objects.select_related("external_file").get(case=case, position=1)
    assert step.external["paper_no"] == "金税停〔2026〕3号"
    shown = page(sign_in("qian"), "case", case.ref).content.decode()
    assert "国家税务总局金昌市税务局" in shown
    url = reverse("desk:case_file", args=[case.ref, step.external_file.uuid])
    assert sign_in("qian").get(url).status_code == 200
    assert sign_in("zheng").get(url).status_code == 404


def test_a_superiors_no_needs_its_reasons_and_everything_typed_stays(world, sign_in):
    case, form = superior(world)
    no = form | {"external-outcome": "refused", "external-comment": ""}
    answer = post(sign_in("qian"), "external", case, no)
    assert answer.status_code == 422
    assert "请写明对方不同意的理由。" in answer.content.decode()
    assert "金税停〔2026〕3号" in answer.content.decode()
    assert world.fresh(case).state == "in_review"
    early = post(sign_in("qian"), "external", case, form | {"external-decided_on": "2020-01-01"})
    assert early.status_code == 422
    assert early.context_data["forms"]["external"].errors["decided_on"]
    assert post(sign_in("qian"), "external", case, form | {"external-step": "no-uuid"}).status_code == 404
    assert post(sign_in("qian"), "external", case, no | {"external-comment": "滞纳金未缴"}).status_code == 302
    assert world.fresh(case).state == "refused"


def test_the_outcome_of_a_court_is_mirrored_by_the_unit_that_does_so(world, sign_in):
    record = a_court_record(world)
    form = outside_form("mirror", "永昌县人民法院")
    url = reverse("desk:mirror", args=[record.ref])
    assert "登记决定" in page(sign_in("zhou"), "record", record.ref).content.decode()
    shown = page(sign_in("wang"), "record", record.ref).content.decode()
    assert "由任务分工所列单位登记" in shown
    assert url not in shown
    assert sign_in("wang").post(url, form).status_code == 403
    assert sign_in("qian").post(url, form).status_code == 404
    with region_context(YONGCHANG):
        assert not Case.objects.filter(record=record).exists()
    kept = sign_in("zhou").post(url, form | {"mirror-paper_no": ""})
    assert kept.status_code == 422
    assert "永昌县人民法院" in kept.content.decode()
    assert sign_in("zhou").post(url, form).status_code == 302
    with region_context(YONGCHANG):
        assert FailureRecord.objects.get(pk=record.pk).status == "ended"
        assert Case.objects.get(record=record).state == "approved"


def test_a_record_decided_here_offers_no_mirror(world, sign_in):
    record = world.a_record(unit="wlj")
    assert "结果互认" not in page(sign_in("he"), "record", record.ref).content.decode()
    answer = sign_in("he").post(reverse("desk:mirror", args=[record.ref]), outside_form("mirror", "永昌县人民法院"))
    assert answer.status_code == 409
