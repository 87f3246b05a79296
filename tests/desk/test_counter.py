"""The counter: authority before the first step, one page to the receipt, no second case, no mixing of the two ways."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from cases.models import Application, Case, Material
from creditrepair.audit.models import Event
from creditrepair.tenancy.context import region_context
from tests.desk.test_pages import a_pdf
from tests.world import FIRM_B, YONGCHANG, history


def scan():
    return SimpleUploadedFile("授权委托书.pdf", a_pdf(), content_type="application/pdf")


def authorise(client, **changes):
    form = {
        "subject": FIRM_B,
        "agent_name": "吴申",
        "agent_phone": "13800000000",
        "basis": "授权委托书及经办人证件",
        "evidence": "授权委托书2026年11月20日出具",
        "scan": scan(),
        "valid_until": (timezone.localdate() + timedelta(days=30)).isoformat(),
        "phone_check": "done",
        "phone_note": "与负责人核实",
    } | changes
    return client.post(reverse("counter:subject"), form)


def filing(record, **changes):
    return {
        "record": record.ref,
        "agent_name": "吴申",
        "agent_phone": "13800000000",
        "committed": "on",
        f"file.proof_of_duties.{record.ref}": scan(),
        f"seen.proof_of_duties.{record.ref}": "on",
    } | changes


@pytest.fixture
def record(world):
    return world.a_record(FIRM_B, "zjj")


@pytest.fixture
def li(sign_in):
    return sign_in("li")


@pytest.mark.parametrize(("who", "status"), [("li", 200), ("qian", 403), ("wang", 403), ("zhao", 403)])
def test_only_clerks_come_to_the_counter(sign_in, record, who, status):
    assert sign_in(who).get(reverse("counter:home"), {"q": "河西堡惠农"}).status_code == status


def test_one_box_finds_by_code_and_by_name(li, record):
    straight = li.get(reverse("counter:home"), {"q": FIRM_B.lower()})
    assert straight["Location"] == reverse("counter:subject") + f"?code={FIRM_B}"
    assert FIRM_B in li.get(reverse("counter:home"), {"q": "河西堡惠农"}).content.decode()
    assert FIRM_B not in li.get(reverse("counter:home"), {"q": "没有这家"}).content.decode()


def test_nothing_begins_without_authority(li, record):
    assert authorise(li, scan="").status_code == 422
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    assert "授权已过期" in authorise(li, valid_until=yesterday).content.decode()
    assert "有效期" in authorise(li, valid_until="").content.decode()
    assert li.get(reverse("counter:file", args=["0" * 32])).status_code == 404


def test_filing_on_authority_from_search_to_receipt(li, world, record):
    url = authorise(li)["Location"]
    assert record.doc_no in li.get(url).content.decode()
    answer = li.post(url, filing(record))
    assert answer.status_code == 200
    code = re.search(r"query-code num\">([0-9A-Z-]{19})<", answer.content.decode())
    assert code
    with region_context(YONGCHANG):
        application = Application.objects.get(subject_id=FIRM_B)
        proof = Material.objects.get(application=application, code="proof_of_duties")
        assert application.channel == "counter"
        assert application.authority["evidence"] == "授权委托书2026年11月20日出具"
        assert application.authority["phone_check"] == "已核实：与负责人核实"
        assert (proof.level, proof.verified_by.full_name) == ("B", "李窗")
        assert history(Case.objects.get(application=application)) == ["submitted"]
    again = li.post(url, filing(record))
    assert again.status_code == 302
    seen = li.get(again["Location"]).content.decode()
    assert application.filing_no in seen
    assert code[1] not in seen


def test_a_record_under_way_makes_no_second_case(li, world, record):
    world.files("wu", record)
    url = authorise(li)["Location"]
    assert "不再重复受理" in li.get(url).content.decode()
    li.post(url, filing(record))
    with region_context(YONGCHANG):
        assert Application.objects.filter(subject_id=FIRM_B).count() == 1


def test_a_missing_commitment_keeps_the_uploaded_file(li, record):
    url = authorise(li)["Location"]
    form = filing(record)
    del form["committed"]
    answer = li.post(url, form)
    assert answer.status_code == 422
    assert "已上传：授权委托书.pdf" in answer.content.decode()
    later = {key: value for key, value in filing(record).items() if not key.startswith("file.")}
    assert li.post(url, later).status_code == 200


def test_the_clerk_who_filed_has_no_part_in_the_decision(li, world, record):
    li.post(authorise(li)["Location"], filing(record))
    with region_context(YONGCHANG):
        case = Case.objects.get(subject_id=FIRM_B)
    before = history(case)
    page = li.get(reverse("desk:case", args=[case.ref]))
    assert page.status_code == 200
    assert "确认办理" not in page.content.decode()
    answer = li.post(
        reverse("desk:decide", args=[case.ref]), {"act": "accept", "step": world.step(case), "version": case.version}
    )
    assert answer.status_code == 403
    assert history(case) == before


def test_an_applicant_may_not_be_acted_for_with_a_foreign_token(li, sign_in, record):
    url = authorise(li)["Location"]
    assert li.get(url).status_code == 200
    assert sign_in("zhao").get(url).status_code == 403


def test_a_clerk_answers_a_correction_of_a_filing_from_a_platform_on_authority_recorded_for_it(world, sign_in):
    case, online = world.a_case("correction"), world.a_case("correction")
    with region_context(YONGCHANG):
        Application.objects.filter(pk=case.application_id).update(channel="platform", came_from="x", came_no="XY-1")
    client, where = sign_in("li"), reverse("counter:correct", args=[case.ref])
    assert reverse("counter:correct", args=[case.ref]) in client.get(reverse("counter:home")).content.decode()
    assert client.get(reverse("counter:correct", args=[online.ref])).status_code == 403  # its applicant can sign in
    form = {
        "basis": "授权委托书及经办人证件", "evidence": "授权委托书2026年11月20日出具", "scan": scan(),
        "valid_until": (timezone.localdate() + timedelta(days=30)).isoformat(), "phone_check": "done",
        "phone_note": "与负责人核实",
    }  # fmt: skip
    fresh = SimpleUploadedFile("缴款凭证.pdf", a_pdf(), content_type="application/pdf")
    refused = client.post(where, form | {"evidence": "", "file.proof_of_duties": fresh})
    kept = re.search(r'name="kept.proof_of_duties" value="([^"]+)"', refused.content.decode())
    assert (refused.status_code, kept is not None) == (422, True)
    assert client.post(where, form | {"scan": scan()}).status_code == 422  # nothing was given for the flagged part
    answered = client.post(where, form | {"scan": scan(), "kept.proof_of_duties": kept[1]})
    assert answered.status_code == 302
    with region_context(YONGCHANG):
        given = set(Material.objects.filter(case=case, round=2).values_list("code", "level"))
        event = Event.objects.get(verb="correction_answered", thing=case.ref)
    assert given == {("proof_of_duties", "C"), ("authority", "B")}
    assert (event.on_behalf_of, "授权委托书2026年11月20日出具" in event.authority) == (case.subject_id, True)
    assert client.post(where, form | {"scan": scan()}).status_code == 409
    assert client.get(reverse("counter:correct", args=["nobody"])).status_code == 404
