"""Papers after the decision: 更正函 with a repair, 撤销 and 异议答复 from their builders, read back as their kinds."""

from datetime import date

import pytest
from django.utils import timezone

from cases.models import Case
from cases.services import repair
from cases.snapshot import case_papers, objection_paper
from creditrepair.tenancy.context import region_context
from notices import kinds, services
from notices.services import notices_of
from sync.models import Delivery
from tests.test_external import court_record, mirror
from tests.world import FIRM_A, TODAY, YONGCHANG, at


def verified(case: Case) -> Case:
    """Both platforms read back as changed, and the case marked repaired."""
    with region_context(YONGCHANG):
        legs = Delivery.objects.filter(region_id=YONGCHANG, thing=case.ref).exclude(target="sms_gateway")
        legs.update(state="verified", verified_at=at(date(2026, 11, 25)), verified_how="api", done_at=at())
    assert repair.mark_repaired(YONGCHANG, case.pk, now=at(date(2026, 11, 25))) == 1
    with region_context(YONGCHANG):
        joined = Case.objects.select_related("record__subject", "record__department", "application", "department")
        return joined.get(pk=case.pk)


def test_a_repair_gives_the_firm_one_letter_for_other_sites(world):
    case = verified(world.a_case("approved"))
    assert repair.mark_repaired(YONGCHANG, case.pk, now=at(date(2026, 11, 26))) == 0
    with region_context(YONGCHANG):
        (approval,) = notices_of(YONGCHANG, case_ref=case.ref, kind="approval")
        (letter,) = notices_of(YONGCHANG, case_ref=case.ref, kind="correction_letter")
    assert (letter.number, letter.application_ref) == ("永市监信更〔2026〕1号", case.application.ref)
    shown = letter.snapshot
    assert (shown["effective_on"], shown["repaired_on"]) == (TODAY.isoformat(), "2026-11-25")
    assert (shown["decision_no"], shown["effect"]) == (approval.number, "终止公示")
    assert shown["records"][0]["doc_no"] == case.record.doc_no


def test_the_letter_holds_no_person_and_no_number_of_the_filing(world):
    case = verified(world.a_case("approved"))
    with region_context(YONGCHANG):
        (letter,) = notices_of(YONGCHANG, case_ref=case.ref, kind="correction_letter")
    _, context = kinds.get("correction_letter").compose(letter.snapshot)
    said = str({name: value for name, value in context.items() if name != "qr"})
    for hidden in ("赵申", "13800000000", case.application.filing_no, case.ref, "孙立", "钱多"):
        assert hidden not in said
    assert FIRM_A in said


def test_the_applicant_downloads_the_letter_with_the_other_papers(sign_in, world):
    case = verified(world.a_case("approved"))
    page = sign_in("zhao").get(f"/my/{case.application.ref}").content.decode()
    assert "更正函" in page
    assert "永市监信更〔2026〕1号" in page


def test_in_the_name_of_a_court_no_letter_is_written(world):
    case = verified(mirror(world, world.actors["zhou"], court_record(world)))
    with region_context(YONGCHANG):
        assert notices_of(YONGCHANG, case_ref=case.ref) == []


def test_a_revocation_names_the_grant_the_reasons_what_is_not_known_and_the_remedies(world):
    case = verified(world.a_case("approved"))
    found = [{"code": "false_proof", "text": "缴款凭证系变造", "article": ""}]
    with region_context(YONGCHANG):
        paper = services.request(case_papers.of_revocation(case, found, [], at()), at=at())
    assert paper.number == "永市监信撤〔2026〕1号"
    shown = paper.snapshot
    assert (shown["granted_no"], shown["granted_on"]) == (case.decision["decision_no"], TODAY.isoformat())
    assert shown["basis"] is None  # what false material leads to is verified nowhere
    _, context = kinds.get("revocation").compose(shown)
    assert (context["basis"], context["reasons"][0]["article"]) == ("待核实", "待核实")
    assert "六十日内向永昌县人民政府申请行政复议" in context["remedy"]


@pytest.mark.parametrize(
    ("unit", "basis"), [("wlj", "《信用修复管理办法》（国家发展改革委令第36号）"), ("scjgj", None)]
)
def test_an_objection_answer_rests_on_what_is_verified_for_its_field(world, unit, basis):
    record = world.a_record(unit=unit)
    with region_context(YONGCHANG):
        asked = objection_paper.of_objection_answer(
            record, objection_no="YY-1", objected_on=TODAY, matter="罚款金额有误", result="rejected",
            findings=[{"code": "same", "text": "与决定书一致", "article": ""}], measures=None, now=timezone.now(),
        )  # fmt: skip
        paper = services.request(asked, at=at())
    assert (paper.kind, paper.snapshot["basis"]) == ("objection_answer", basis)
    _, context = kinds.get("objection_answer").compose(paper.snapshot)
    assert (context["result"], context["has_remedy"], context["has_measures"]) == ("异议不成立", False, False)
