"""GET cases and events: the same words as on the applicant's page, nothing foreign, nothing of persons."""

import json

import pytest

from cases.models import Case
from cases.services.intake import accept_case
from cases.timeline import timeline_of
from creditrepair.tenancy.context import region_context
from sync.models import Delivery
from tests.world import FIRM_A, at

ABSENT = "0" * 20


def fields_of(problem: dict) -> dict:
    return {k: v for k, v in problem.items() if k not in ("reference", "instance")}


def test_a_case_in_review(world, ask):
    case = world.a_case("in_review")
    body = ask(f"/api/v1/cases/{case.ref}").json()
    assert (body["ref"], body["state"], body["state_text"]) == (case.ref, "in_review", "审核中")
    assert body["category"] == {"code": "administrative_penalty", "title": case.room.title}
    assert body["department"] == {"code": "scjgj", "name": case.department.name}
    assert (body["subject_code"], body["doc_no"]) == (FIRM_A, case.record.doc_no)
    assert body["step"] == f"{case.department.name}：经办"
    assert body["submitted_at"] == "2026-11-23T10:00:00+08:00"
    assert body["clock"]["due"] == world.fresh(case).due_on.isoformat()
    assert body["legs"] == []


def test_an_approved_case_shows_both_platforms_as_never_looked_at(world, ask):
    case = world.a_case("approved")
    legs = ask(f"/api/v1/cases/{case.ref}").json()["legs"]
    assert [leg["target"] for leg in legs] == ["creditchina_jinchang", "gsxt_gansu"]
    assert {(leg["verified"], leg["looked_at"]) for leg in legs} == {(False, None)}
    assert all("尚未核验" in leg["state_text"] for leg in legs)
    with region_context(case.region_id):
        Delivery.objects.filter(target="gsxt_gansu", thing=case.ref).update(
            state="verified", verified_how="api", verified_at=at(), looked_at=at()
        )
    seen = {leg["target"]: leg["verified"] for leg in ask(f"/api/v1/cases/{case.ref}").json()["legs"]}
    assert seen == {"creditchina_jinchang": False, "gsxt_gansu": True}


@pytest.mark.parametrize("tail", ["", "/events"])
@pytest.mark.fault("B18")
def test_foreign_absent_and_impossible_references_are_one_answer(world, ask, foreign_token, tail):
    case = world.a_case()
    assert ask(f"/api/v1/cases/{case.ref}{tail}").status_code == 200
    answers = [
        ask(f"/api/v1/cases/{case.ref}{tail}", token=foreign_token),
        ask(f"/api/v1/cases/{ABSENT}{tail}"),
        ask(f"/api/v1/cases/{case.pk}{tail}"),
        ask(f"/api/v1/cases/%00{tail}"),
        ask(f"/api/v1/cases/' OR 1=1--{tail}"),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({json.dumps(fields_of(answer.json())) for answer in answers}) == 1
    assert {answer["Content-Type"] for answer in answers} == {"application/problem+json"}


def test_an_unchanged_case_is_304_and_a_changed_one_is_sent_again(world, ask):
    case = world.a_case()
    url = f"/api/v1/cases/{case.ref}"
    first = ask(url)
    again = ask(url, HTTP_IF_NONE_MATCH=first["ETag"])
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    handler = world.enter(world.handler_of(case))
    accept_case(handler, ref=case.ref, step=world.step(case), comment="", now=at(hour=11))
    changed = ask(url, HTTP_IF_NONE_MATCH=first["ETag"])
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]
    stale = ask(url, HTTP_IF_MATCH=first["ETag"])
    assert (stale.status_code, stale["Content-Type"]) == (412, "application/problem+json")
    assert stale.json()["code"] == "stale"


@pytest.mark.parametrize("query", ["?expand=subject", "?fields=*", "?ordering=password", "?format=json"])
@pytest.mark.fault("B28")
def test_an_unknown_parameter_is_refused_not_ignored(world, ask, query):
    case = world.a_case()
    answer = ask(f"/api/v1/cases/{case.ref}{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_parameter")


def test_the_events_are_the_applicants_timeline(world, ask):
    case = world.a_case("approved")
    items = ask(f"/api/v1/cases/{case.ref}/events").json()["items"]
    shown = timeline_of(case.region_id, case_ref=case.ref)
    assert [(i["verb"], i["text"], i["who"], i["detail"]) for i in items] == [
        (e.verb, e.text, e.who, e.detail) for e in shown
    ]
    assert [i["verb"] for i in items] == ["submitted", "accepted", "step_approved", "approved"]
    assert [i["who"] for i in items] == ["申请人", *[case.department.name] * 3]


def test_no_person_and_no_internal_remark_is_in_the_events(world, ask):
    case = world.a_case("approved")
    text = ask(f"/api/v1/cases/{case.ref}/events").content.decode()
    for hidden in ("赵申", "钱多", "孙立", "13800000000", "材料齐全"):
        assert hidden not in text
    staff = timeline_of(case.region_id, case_ref=case.ref, names=True)
    assert "钱多" in staff[1].who
    assert "材料齐全，事实清楚" in staff[2].detail


def test_events_are_read_page_by_page(world, ask):
    case = world.a_case("approved")
    url, verbs, cursor = f"/api/v1/cases/{case.ref}/events", [], ""
    for _ in range(2):
        page = ask(f"{url}?limit=2{cursor}").json()
        verbs += [item["verb"] for item in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert verbs == ["submitted", "accepted", "step_approved", "approved"]
    assert page["next_cursor"] is None


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=-1", "limit=1e3", "limit=１", "cursor=x", "limit=1&limit=2"]
)
@pytest.mark.fault("B27")
def test_bad_paging_is_400(world, ask, query):
    case = world.a_case()
    assert ask(f"/api/v1/cases/{case.ref}/events?{query}").status_code == 400


@pytest.mark.fault("B27")
def test_a_cursor_of_another_case_is_refused(world, ask):
    one, other = world.a_case("in_review"), world.a_case("in_review")
    cursor = ask(f"/api/v1/cases/{one.ref}/events?limit=1").json()["next_cursor"]
    assert ask(f"/api/v1/cases/{one.ref}/events?cursor={cursor}").status_code == 200
    answer = ask(f"/api/v1/cases/{other.ref}/events?cursor={cursor}")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "bad_cursor")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_nothing_can_be_changed_through_the_api(world, key, visitor, method):
    case = world.a_case()
    before = world.fresh(case).version
    answer = getattr(visitor, method)(f"/api/v1/cases/{case.ref}", HTTP_AUTHORIZATION=f"Bearer {key[1]}")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    with region_context(case.region_id):
        assert Case.objects.get(pk=case.pk).version == before


def test_only_json_is_offered(world, ask):
    case = world.a_case()
    answer = ask(f"/api/v1/cases/{case.ref}", HTTP_ACCEPT="text/html")
    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")
