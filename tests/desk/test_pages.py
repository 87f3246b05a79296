"""Every desk page for those who use it, and the answers to those who do not."""

import io

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from cases.desk import keyset, queues
from cases.models import Case, Material
from cases.services.claim import claim_step
from cases.services.filing import GivenMaterial
from creditrepair.tenancy.context import region_context
from tests.world import YONGCHANG, at, history


def page(client, name, *args, **query):
    return client.get(reverse(f"desk:{name}", args=args), query)


DOORS = {  # url name, arguments → the answer per person
    ("index", ()): {"qian": 200, "li": 200, "wang": 200, "feng": 200, "chen": 200, "zhao": 403},
    ("queue", ("waiting",)): {"qian": 200, "zhou": 200, "wang": 403, "he": 403, "feng": 403, "chen": 403, "zhao": 403},
    ("queue", ("overdue",)): {"qian": 200, "wang": 200, "li": 403},
    ("queue", ("nonsense",)): {"qian": 404},
    ("records", ()): {"he": 200, "qian": 200, "wang": 200, "li": 403, "feng": 403, "zhao": 403},
    ("collect", ()): {"he": 200, "qian": 403, "wang": 403},
    ("deliveries", ()): {"wang": 200, "qian": 403, "feng": 403},
    ("events", ()): {"feng": 200, "wang": 403, "qian": 403, "chen": 403},
}


@pytest.mark.parametrize(("route", "who"), [(r, w) for r, people in DOORS.items() for w in people])
def test_doors(sign_in, route, who):
    assert page(sign_in(who), route[0], *route[1]).status_code == DOORS[route][who]


def test_visitors_are_sent_to_sign_in(visitor, world):
    answer = page(visitor, "queue", "waiting")
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("portal:login"))


def test_the_queue_shows_the_case_to_its_office_only(world, sign_in):
    case = world.a_case()
    number = case.application.filing_no
    assert number in page(sign_in("qian"), "queue", "waiting").content.decode()
    assert number not in page(sign_in("sun"), "queue", "waiting").content.decode()  # not the tier that decides
    assert number in page(sign_in("sun"), "queue", "office").content.decode()
    assert number not in page(sign_in("zheng"), "queue", "waiting").content.decode()


def test_a_claimed_case_moves_from_waiting_to_mine(world, sign_in):
    case = world.a_case()
    number = case.application.filing_no
    qian = sign_in("qian")
    assert qian.post(reverse("desk:claim", args=[case.ref])).status_code == 302
    assert number not in page(qian, "queue", "waiting").content.decode()
    assert number in page(qian, "queue", "mine").content.decode()


def test_filters_take_exact_numbers_and_codes(world, sign_in):
    case = world.a_case()
    qian, number = sign_in("qian"), case.application.filing_no
    assert number in page(qian, "queue", "office", q=case.subject_id.lower()).content.decode()
    assert number in page(qian, "queue", "office", q=number, category=case.category).content.decode()
    assert "?back=" not in page(qian, "queue", "office", q=number[:-1]).content.decode()


@pytest.mark.parametrize(
    "query", [{"at": "bm9uc2Vuc2U"}, {"at": "%%%"}, {"category": "x"}, {"tier": "x"}, {"channel": "x"}]
)
def test_an_altered_cursor_or_filter_is_a_bad_request(sign_in, query):
    assert page(sign_in("qian"), "queue", "office", **query).status_code == 400


def test_the_case_page_is_found_by_its_office_and_not_by_the_next_region(world, sign_in):
    case = world.a_case()
    before = history(case)
    answers = {
        who: page(sign_in(who), "case", case.ref).status_code for who in ("qian", "zheng", "wang", "chen", "he", "zhao")
    }
    assert answers == {"qian": 200, "zheng": 404, "wang": 200, "chen": 404, "he": 404, "zhao": 403}
    assert history(case) == before


def decide(client, world, case, act, **fields):
    typed = {"act": act, "step": world.step(case), "version": world.fresh(case).version} | fields
    return client.post(reverse("desk:decide", args=[case.ref]), typed)


def test_a_settled_case_is_not_judged_by_its_own_outcome(world, sign_in):
    case = world.a_case("approved")
    text = page(sign_in("qian"), "case", case.ref).content.decode()
    assert "申请时资格判定：现在可以申请" in text
    assert "不一致" not in text


def test_accepting_from_the_form(world, sign_in):
    case = world.a_case()
    assert decide(sign_in("qian"), world, case, "accept").status_code == 302
    assert world.fresh(case).state == "in_review"


def test_a_correction_lists_every_row(world, sign_in):
    case = world.a_case()
    row = {
        "defect.0.code": "proof_unclear",
        "defect.0.target": "proof_of_duties",
        "defect.0.what": "缴款凭证看不清金额",
        "defect.0.how": "重新拍照上传",
    }
    assert decide(sign_in("qian"), world, case, "correct", **row).status_code == 302
    assert world.fresh(case).state == "correction"


def test_half_a_correction_row_keeps_what_was_typed(world, sign_in):
    case = world.a_case()
    answer = decide(sign_in("qian"), world, case, "correct", **{"defect.0.what": "缴款凭证看不清金额"})
    assert answer.status_code == 422
    assert "缴款凭证看不清金额" in answer.content.decode()
    assert world.fresh(case).state == "submitted"


def test_a_refusal_without_a_coded_reason_is_not_taken(world, sign_in):
    case = world.a_case("in_review")
    answer = decide(sign_in("qian"), world, case, "refuse", comment="整改未完成")
    assert answer.status_code == 422
    assert "整改未完成" in answer.content.decode()
    assert (
        decide(
            sign_in("qian"),
            world,
            case,
            "refuse",
            **{"reason.refused": "duties_open", "text.refused.duties_open": "罚款未缴"},
        ).status_code
        == 302
    )
    assert world.fresh(case).outcome[0]["text"] == "罚款未缴"


def test_a_late_page_is_told_who_decided_and_keeps_its_text(world, sign_in):
    case = world.a_case("in_review")
    step, version = world.step(case), world.fresh(case).version
    qian = sign_in("qian")
    form = {"act": "approve", "step": step, "version": version, "comment": "整改照片齐全"}
    url = reverse("desk:decide", args=[case.ref])
    assert qian.post(url, form).status_code == 302
    before = history(case)
    answer = qian.post(url, form | {"comment": "第二遍的意见"})
    assert answer.status_code == 409
    assert "钱多已于" in answer.content.decode()
    assert "第二遍的意见" in answer.content.decode()
    assert history(case) == before


def test_another_office_sees_but_does_not_decide(world, sign_in):
    case = world.a_case("in_review", unit="wlj")
    before = history(case)
    assert decide(sign_in("wang"), world, case, "approve").status_code == 403
    assert decide(sign_in("zheng"), world, case, "approve").status_code == 404
    assert history(case) == before


def test_the_coordinating_tier_is_not_offered_a_refusal(world, sign_in):
    case = world.a_case("in_review", unit="wlj")
    for who in ("lv", "shi"):
        assert decide(sign_in(who), world, case, "approve", comment="同意").status_code == 302
    text = page(sign_in("zhou"), "case", case.ref).content.decode()
    assert 'value="return"' in text
    assert 'value="refuse"' not in text


def test_materials_of_another_units_case_are_not_shown(world, sign_in):
    records = [world.a_record(unit="wlj"), world.a_record(unit="scjgj")]
    given = tuple(
        world_material(record.ref, statement)
        for record, statement in zip(records, ("文旅局的材料", "市监局的材料"), strict=True)
    )
    application = world.files("zhao", *records, materials=given).applications[0]
    with region_context(YONGCHANG):
        ours = Case.objects.get(application=application, department__code="scjgj")
        assert Material.objects.filter(application=application).count() == 2
    text = page(sign_in("qian"), "case", ours.ref).content.decode()
    assert "市监局的材料" in text
    assert "文旅局的材料" not in text


def world_material(ref, statement):
    return GivenMaterial("proof_of_duties", "履行证明", "D", "申请人", record_ref=ref, statement=statement)


def test_the_class_is_set_with_a_reason_by_the_own_unit(world, sign_in):
    record = world.a_record(unit="wlj", severity="unset")
    url = reverse("desk:severity", args=[record.ref])
    answer = sign_in("he").post(url, {"severity-severity": "general", "severity-reason": ""})
    assert answer.status_code == 422
    assert sign_in("zhang").post(url, {"severity-severity": "general", "severity-reason": "罚款"}).status_code == 404
    assert sign_in("he").post(url, {"severity-severity": "general", "severity-reason": "仅处罚款"}).status_code == 302
    with region_context(YONGCHANG):
        record.refresh_from_db()
    assert record.severity == "general"


def test_both_papers_are_served_once_decision_and_notice_are_there(world, sign_in):
    record = world.a_record(unit="wlj")
    he = sign_in("he")
    serve = {
        "serve-way": "direct",
        "serve-served_on": "2026-05-07",
        "serve-receiver": "赵申",
        "serve-phone": "13800000000",
        "serve-proof": "送达回证1号",
    }
    early = he.post(reverse("desk:serve", args=[record.ref]), serve)
    assert early.status_code == 422
    assert "赵申" in early.content.decode()
    pdf = SimpleUploadedFile("决定书.pdf", a_pdf(), content_type="application/pdf")
    assert he.post(reverse("desk:attach", args=[record.ref]), {"attach-file": pdf}).status_code == 302
    assert he.post(reverse("desk:notice", args=[record.ref])).status_code == 302
    assert record.doc_no in page(he, "records").content.decode()
    assert he.post(reverse("desk:serve", args=[record.ref]), serve).status_code == 302
    assert record.doc_no not in page(he, "records").content.decode()
    assert record.doc_no in page(he, "records", view="all").content.decode()


def a_pdf() -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(out)
    return out.getvalue()


def test_an_auditor_reads_the_lines_about_one_case(world, sign_in):
    case = world.a_case("in_review")
    other = world.a_case(who="wu")
    text = page(sign_in("feng"), "events", thing=case.ref).content.decode()
    assert "受理申请" in text
    assert other.ref not in text


def test_pages_follow_each_other_without_loss_or_repeat(world, sign_in, monkeypatch):
    monkeypatch.setattr(queues, "page_of", lambda rows, **k: keyset.page_of(rows, **k, size=2))
    made = [world.a_case(now=at(hour=8 + n)).application.filing_no for n in range(5)]
    qian, seen, cursor = sign_in("qian"), [], ""
    backwards = []
    while True:
        shown = page(qian, "queue", "office", at=cursor).context_data
        seen += [row[0].application.filing_no for row in shown["rows"]]
        if not shown["page"].after:
            break
        cursor = shown["page"].after
    while shown["page"].before:
        shown = page(qian, "queue", "office", at=shown["page"].before).context_data
        backwards.append([row[0].application.filing_no for row in shown["rows"]])
    assert sorted(seen) == sorted(made)
    assert len(seen) == 5
    assert backwards[-1] == seen[:2]


def test_what_was_typed_stays_in_sight_when_the_act_is_gone(world, sign_in):
    case = world.a_case()
    step, version, qian = world.step(case), case.version, sign_in("qian")
    url = reverse("desk:decide", args=[case.ref])
    assert qian.post(url, {"act": "accept", "step": step, "version": version}).status_code == 302
    late = {
        "act": "not_accept",
        "step": step,
        "version": version,
        "reason.not_accepted": "out_of_scope",
        "text.not_accepted.out_of_scope": "应由市级办理",
    }
    answer = qian.post(url, late)
    assert answer.status_code == 409
    assert "应由市级办理" in answer.content.decode()
    assert world.fresh(case).state == "in_review"


def test_a_case_held_by_a_colleague_says_so_in_the_queue(world, sign_in):
    case = world.a_case()
    claim_step(world.enter(world.actors["qian"]), ref=case.ref, now=timezone.now())
    row = page(sign_in("sun"), "queue", "office").context_data["rows"][0]
    assert (row[0].ref, row[2].claimed_by.full_name) == (case.ref, "钱多")


def test_pages_tell_the_time_of_shanghai(world, sign_in):
    case = world.a_case("in_review", now=timezone.now())
    step, version, qian = world.step(case), world.fresh(case).version, sign_in("qian")
    form = {"act": "approve", "step": step, "version": version, "comment": "同意"}
    url = reverse("desk:decide", args=[case.ref])
    qian.post(url, form)
    assert f"钱多已于{timezone.localtime():%Y-%m-%d}" in qian.post(url, form).content.decode()


def test_an_unanswered_correction_can_be_ended_from_the_case_page(world, sign_in):
    case = world.a_case("correction")
    url = f"/desk/case/{case.ref}/"
    assert "不予受理" in sign_in("qian").get(url).content.decode()
    form = {
        "act": "not_accept",
        "version": case.version,
        "step": "",
        "reason.not_accepted": "duties_open",
        "comment": "两次提醒未补正",
    }
    assert sign_in("sun").post(f"{url}decide", form).status_code in {403, 404}
    assert sign_in("qian").post(f"{url}decide", form).status_code == 302
    assert world.fresh(case).state == "not_accepted"
