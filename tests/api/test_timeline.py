"""The timeline: every verb of the code has a word, and each reader sees what is theirs."""

import ast
from pathlib import Path

from django.conf import settings

from cases.services.filing import Authority
from cases.services.review import approve_step
from cases.timeline import WORDS, timeline_of
from tests.world import FIRM_A, YONGCHANG, at

WRITERS = {"record", "record_event", "Line", "_note"}


def verbs_in_the_code() -> set[str]:
    """String constants that stand where a verb stands: in calls of the event writers, both branches of an if."""
    found = set()
    for folder in ("cases", "notices", "creditrepair"):
        for path in (Path(settings.BASE_DIR) / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in WRITERS and node.args:
                    first = node.args[0] if getattr(node.func, "id", "") == "Line" else (node.args + [None, None])[1]
                    branches = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
                    found |= {b.value for b in branches if isinstance(b, ast.Constant) and isinstance(b.value, str)}
    return found


def test_every_verb_that_is_written_has_a_word():
    verbs = verbs_in_the_code()
    assert {"submitted", "approved", "step_approved", "both_papers_served", "paper_issued", "repaired"} <= verbs
    assert verbs - set(WORDS) == set()


def test_a_filing_of_two_records_shows_the_acts_on_both(world):
    receipt = world.files("zhao", world.a_record(FIRM_A, "wlj"), world.a_record(FIRM_A, "scjgj"))
    entries = timeline_of(YONGCHANG, application_ref=receipt.applications[0].ref)
    assert [e.verb for e in entries] == ["submitted", "submitted"]
    assert len({e.thing for e in entries}) == 2
    assert timeline_of("620302", application_ref=receipt.applications[0].ref) == []


def test_what_a_clerk_did_is_told_as_done_for_the_applicant_on_authority(world):
    authority = Authority("agent", "授权委托书（原件核验）", None, "已电话核实", "3号窗口")
    receipt = world.files("li", world.a_record(), authority=authority)
    entry = timeline_of(YONGCHANG, application_ref=receipt.applications[0].ref)[0]
    assert (entry.who, entry.on_behalf) == ("政务大厅窗口", True)
    assert entry.authority == "agent：授权委托书（原件核验）"
    named = timeline_of(YONGCHANG, application_ref=receipt.applications[0].ref, names=True)[0]
    assert named.who == "政务大厅窗口 李窗"


def test_a_correction_lists_what_was_asked(world):
    case = world.a_case("correction")
    entry = timeline_of(YONGCHANG, case_ref=case.ref)[-1]
    assert (entry.text, entry.detail) == ("一次性告知补正", "第1轮，共1项；缴款凭证不清晰")


def test_a_refusal_gives_its_reasons(world):
    case = world.a_case("refused")
    assert timeline_of(YONGCHANG, case_ref=case.ref)[-1].detail == "罚款尚未缴清"


def test_the_remark_of_the_one_who_accepts_is_for_staff(world):
    case = world.a_case("in_review")
    review_comment = "请负责人重点看第二项"
    approve_step(
        world.enter(world.handler_of(case)), ref=case.ref, step=world.step(case), comment=review_comment, now=at()
    )
    assert review_comment not in str(timeline_of(YONGCHANG, case_ref=case.ref))
    assert review_comment in str(timeline_of(YONGCHANG, case_ref=case.ref, names=True))
