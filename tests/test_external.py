"""Decisions taken outside: a superior's on a case of ours, a court's on its own record; recorded, never made up here."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.urls import reverse

from cases.access import access_case, access_file, access_record
from cases.categories import national_pack, room
from cases.models import Application, Case, FailureRecord, StoredFile, Tier
from cases.services import external, intake, ladder, review
from cases.services.repair import settle_verified
from cases.services.settle import Reason
from cases.timeline import timeline_of
from creditrepair.tenancy.actor import Actor, staff_actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import AlreadyDecided, Invalid, NotAllowed, NotFound, WrongMoment
from creditrepair.tenancy.models import Membership, Role, User
from notices.services import notices_of
from sync.models import Delivery
from tests.world import FIRM_A, JINCHUAN, TODAY, YONGCHANG, World, at, history

CITY = "国家税务总局金昌市税务局"
PAPER = {
    "organ": CITY,
    "paper_no": "金税停〔2026〕3号",
    "decided_on": TODAY,
    "outcome": "agreed",
    "comment": "同意停止公布",
}
COURT = {"organ": "永昌县人民法院", "paper_no": "（2025）甘0321执77号", "decided_on": date(2026, 11, 20)}
DAY = timedelta(days=1)


def officer(
    world: World, name: str, unit: str, *tiers: str, role: Role = Role.REVIEWER, region: str = YONGCHANG
) -> Actor:
    user = User.objects.create(username=name, full_name=name)
    with region_context(region):
        held = Membership.objects.create(
            region_id=region, user=user, department=world.department(unit, region), role=role, tiers=list(tiers),
            from_on=TODAY - 700 * DAY,
        )  # fmt: skip
    return staff_actor(user, [held])


@pytest.fixture
def bureau(world: World) -> dict[str, Actor]:
    """Three people of 税务局: the third holds the tier at which the superior's paper comes in."""
    return {code: officer(world, f"tax-{code}", "swj", code) for code in ("handler", "head", "superior")}


def tax_record(world: World, **facts: object) -> FailureRecord:
    listed = {"listed_on": date(2025, 1, 10), "published_on": date(2025, 2, 12), "decided_on": None}
    return world.a_record(
        FIRM_A, "swj", **{"category": "major_tax_violation", "severity": "serious", **listed, **facts}
    )


def at_the_superior(world: World, bureau: dict[str, Actor], **facts: object) -> Case:
    """A tax case on which both tiers of the county have agreed."""
    case = world._case_of(world.files("zhao", tax_record(world, **facts)))
    handler = world.enter(bureau["handler"])
    case = intake.accept_case(handler, ref=case.ref, step=world.step(case), comment="", now=at())
    for code in ("handler", "head"):
        actor = world.enter(bureau[code])
        case = review.approve_step(actor, ref=case.ref, step=world.step(case), comment="拟同意，报上级", now=at())
    return case


def court_record(world: World, **facts: object) -> FailureRecord:
    listed = {"listed_on": date(2025, 3, 3), "published_on": date(2025, 3, 4), "decided_on": None}
    extra = {"term": "two_years", "case_no": "（2025）甘0321执77号"}
    return world.a_record(FIRM_A, "fy", **{"category": "judgment_defaulter", "extra": extra, **listed, **facts})


def told(case: Case) -> list[Delivery]:
    with region_context(YONGCHANG):
        return list(Delivery.objects.filter(region_id=YONGCHANG, thing=case.ref, kind="repair").order_by("target"))


def messages_sent() -> int:
    with region_context(YONGCHANG):
        return Delivery.objects.filter(region_id=YONGCHANG, kind="sms").count()


# --- the superior -----------------------------------------------------------------------------------------------------


def test_a_tax_case_waits_for_its_superior_after_two_tiers_of_the_county(world, bureau):
    case = at_the_superior(world, bureau)
    assert (case.state, case.holder.code, case.holder_tier) == ("in_review", "swj", "superior")
    assert case.tiers[-1]["external"] is True
    assert case.tiers[-1]["organ"] == CITY
    assert [tier["external"] for tier in case.tiers] == [False, False, True]


def test_the_superiors_step_is_not_ours_to_decide(world, bureau):
    case = at_the_superior(world, bureau)
    before, step, third = history(case), world.step(case), world.enter(bureau["superior"])
    with pytest.raises(WrongMoment, match="本环节由上级决定，请登记其决定"):
        review.approve_step(third, ref=case.ref, step=step, comment="同意", now=at())
    with pytest.raises(WrongMoment, match="登记其决定"):
        review.refuse_step(
            third, ref=case.ref, step=step, reasons=[Reason("duties_open", "", "")], comment="", now=at()
        )
    assert history(case) == before
    assert external.record_external(third, ref=case.ref, step=step, now=at(), **PAPER).state == "approved"


def test_what_the_superior_agrees_to_is_granted_and_tells_both_platforms_who_decided(world, bureau):
    case = at_the_superior(world, bureau)
    third = world.enter(bureau["superior"])
    case = external.record_external(third, ref=case.ref, step=world.step(case), now=at(), **PAPER)
    legs = told(case)
    assert len(legs) == 2
    assert all(
        f'"decided_elsewhere":{{"organ":"{CITY}","paper":"金税停〔2026〕3号"}}' in bytes(leg.body).decode()
        for leg in legs
    )
    with region_context(YONGCHANG):
        step = case.steps.get(tier="superior")
        record = FailureRecord.objects.get(pk=case.record_id)
        assert notices_of(YONGCHANG, case_ref=case.ref)[-1].kind == "approval"
    assert (record.status, record.ended_on) == ("ended", TODAY)
    assert step.external == {
        "organ": CITY, "paper_no": "金税停〔2026〕3号", "decided_on": TODAY.isoformat(), "outcome": "agreed",
    }  # fmt: skip
    assert step.verdict["pack_hash"]
    assert history(case)[-2:] == ["external_recorded", "approved"]
    entry = next(e for e in timeline_of(YONGCHANG, case_ref=case.ref) if e.verb == "external_recorded")
    assert (entry.text, CITY in entry.detail) == ("登记外部机关决定", True)


def test_what_the_superior_refuses_is_refused_with_its_reasons_and_stays_published(world, bureau):
    case = at_the_superior(world, bureau)
    third, no = world.enter(bureau["superior"]), PAPER | {"outcome": "refused", "comment": " "}
    with pytest.raises(Invalid, match="理由"):
        external.record_external(third, ref=case.ref, step=world.step(case), now=at(), **no)
    no["comment"] = "滞纳金尚未缴清"
    case = external.record_external(third, ref=case.ref, step=world.step(case), now=at(), **no)
    with region_context(YONGCHANG):
        paper = notices_of(YONGCHANG, case_ref=case.ref)[-1]
        assert FailureRecord.objects.get(pk=case.record_id).status == "published"
    assert (case.state, paper.kind, told(case)) == ("refused", "refusal", [])
    assert "滞纳金尚未缴清" in case.outcome[0]["text"]
    assert "金税停〔2026〕3号" in str(paper.snapshot)
    assert history(case)[-2:] == ["external_recorded", "refused"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"organ": " "}, "organ"),
        ({"organ": "局" * 51}, "organ"),
        ({"paper_no": ""}, "paper_no"),
        ({"paper_no": "号" * 129}, "paper_no"),
        ({"decided_on": None}, "decided_on"),
        ({"decided_on": TODAY + DAY}, "decided_on"),
        ({"decided_on": TODAY - DAY}, "decided_on"),  # before the filing
        ({"outcome": "maybe"}, "outcome"),
    ],
)
def test_a_paper_that_cannot_be_is_not_recorded(world, bureau, change, field):
    case = at_the_superior(world, bureau)
    before, third = history(case), world.enter(bureau["superior"])
    with pytest.raises(Invalid) as caught:
        external.record_external(third, ref=case.ref, step=world.step(case), now=at(), **(PAPER | change))
    assert list(caught.value.fields) == [field]
    assert history(case) == before


def test_nobody_records_who_has_decided_another_tier_or_is_not_of_the_unit(world, bureau):
    case = at_the_superior(world, bureau)
    before, step = history(case), world.step(case)
    both = replace(bureau["head"], tiers=frozenset({"head", "superior"}))
    with pytest.raises(NotAllowed, match="另一环节"):
        external.record_external(world.enter(both), ref=case.ref, step=step, now=at(), **PAPER)
    with pytest.raises(NotAllowed):  # the case has left this tier
        external.record_external(bureau["handler"], ref=case.ref, step=step, now=at(), **PAPER)
    with pytest.raises(NotFound):
        external.record_external(world.actors["qian"], ref=case.ref, step=step, now=at(), **PAPER)
    with pytest.raises(NotAllowed):
        external.record_external(world.actors["wang"], ref=case.ref, step=step, now=at(), **PAPER)
    elsewhere = officer(world, "tax-jinchuan", "swj", "superior", region=JINCHUAN)
    with pytest.raises(NotFound):
        external.record_external(world.enter(elsewhere), ref=case.ref, step=step, now=at(), **PAPER)
    assert history(case) == before
    assert external.record_external(world.enter(bureau["superior"]), ref=case.ref, step=step, now=at(), **PAPER)


def test_a_second_click_changes_nothing(world, bureau):
    case = at_the_superior(world, bureau)
    step, third = world.step(case), world.enter(bureau["superior"])
    external.record_external(third, ref=case.ref, step=step, now=at(), **PAPER)
    before = history(case)
    with pytest.raises(AlreadyDecided):
        external.record_external(third, ref=case.ref, step=step, now=at(), **PAPER)
    assert history(case) == before
    assert len(told(case)) == 2


def test_a_step_of_our_own_is_not_recorded_as_somebody_elses(world):
    case = world.a_case("in_review")
    qian = world.enter(world.actors["qian"])
    with pytest.raises(WrongMoment, match="由本单位决定"):
        external.record_external(qian, ref=case.ref, step=world.step(case), now=at(), **PAPER)
    assert review.approve_step(qian, ref=case.ref, step=world.step(case), comment="同意", now=at())


def test_the_superior_may_send_the_file_back(world, bureau):
    case = at_the_superior(world, bureau)
    third = world.enter(bureau["superior"])
    case = review.return_step(third, ref=case.ref, step=world.step(case), comment="缴款凭证不全", now=at())
    assert (case.state, case.holder_tier) == ("in_review", "head")


def test_the_paper_itself_is_kept_and_seen_with_the_case(world, bureau):
    case = at_the_superior(world, bureau)
    third = world.enter(bureau["superior"])
    file = StoredFile.objects.create(
        region_id=YONGCHANG, name="批复.pdf", media_type="application/pdf", size=9, sha256="0" * 64, path="x",
        owner_id=third.user_id, uploaded_at=at(),
    )  # fmt: skip
    with pytest.raises(Invalid, match="重新上传"):
        strange = StoredFile.objects.create(
            region_id=YONGCHANG, name="别人的.pdf", media_type="application/pdf", size=9, sha256="1" * 64, path="y",
            owner_id=world.people["he"].pk, uploaded_at=at(),
        )  # fmt: skip
        external.record_external(third, ref=case.ref, step=world.step(case), file=strange, now=at(), **PAPER)
    external.record_external(third, ref=case.ref, step=world.step(case), file=file, now=at(), **PAPER)
    assert access_file(world.enter(bureau["handler"]), file.uuid).pk == file.pk
    with pytest.raises(NotFound):
        access_file(world.enter(world.actors["qian"]), file.uuid)


# --- the ladder -------------------------------------------------------------------------------------------------------


def test_where_the_superiors_procedure_prevails_its_decision_ends_the_ladder(world, monkeypatch):
    record = world.a_record(unit="scjgj", category="market_violation", decided_on=None, listed_on=date(2025, 1, 2))
    with region_context(YONGCHANG):
        assert [tier["code"] for tier in ladder.pin_ladder(record, TODAY)] == ["handler", "section", "bureau"]
    template = next(rule for rule in national_pack().rules if rule.unit == "bool" and rule.category == record.category)
    switch = replace(
        template, key="620321.superior", region=YONGCHANG, governs="superior_procedure", value=True, when=(),
        in_force_from=TODAY, in_force_to=None,
    )  # fmt: skip
    monkeypatch.setattr(ladder, "overrides_of", lambda region: (switch,))
    with region_context(YONGCHANG):
        assert [tier["code"] for tier in ladder.pin_ladder(record, TODAY - DAY)] == ["handler", "section", "bureau"]
        pinned = ladder.pin_ladder(record, TODAY)
    assert [tier["code"] for tier in pinned] == ["handler", "section", "bureau", "superior"]
    assert (pinned[-1]["external"], pinned[-1]["department"]) == (True, "own")


def test_a_ladder_that_ends_outside_anyway_gets_no_second_superior(world, monkeypatch):
    record = tax_record(world)
    monkeypatch.setattr(ladder, "superior_prevails", lambda *given: True)
    with region_context(YONGCHANG):
        assert [tier["code"] for tier in ladder.pin_ladder(record, TODAY)] == ["handler", "head", "superior"]


def test_a_ladder_set_by_the_region_keeps_what_is_decided_outside(world):
    record = tax_record(world)
    with region_context(YONGCHANG):
        for position, (code, title, outside) in enumerate(
            [("head", "负责人", False), ("superior", "市局批准", True)], start=1
        ):
            Tier.objects.create(
                region_id=YONGCHANG, category=record.category, position=position, code=code, title=title,
                external=outside, from_on=TODAY,
            )  # fmt: skip
        pinned = ladder.pin_ladder(record, TODAY)
        assert len(ladder.pin_ladder(record, TODAY - DAY)) == 3
    assert [(tier["code"], tier["external"], tier["organ"]) for tier in pinned] == [
        ("head", False, ""), ("superior", True, CITY),
    ]  # fmt: skip


def test_a_plan_of_the_court_goes_to_the_province(world):
    record = tax_record(world, extra={"stop_ground": "court_plan"})
    with region_context(YONGCHANG):
        assert ladder.pin_ladder(record, TODAY)[-1]["organ"] == "国家税务总局甘肃省税务局"


# --- the court --------------------------------------------------------------------------------------------------------


def mirror(world: World, actor: Actor, record: FailureRecord, **changes: object) -> Case:
    given = {**COURT, "outcome": "agreed", "now": at(), **changes}
    return external.mirror_outcome(world.enter(actor), record_ref=record.ref, **given)


def test_what_the_court_decided_is_mirrored_to_both_platforms_and_told_to_nobody_by_message(world):
    record, before = court_record(world), messages_sent()
    case = mirror(world, world.actors["zhou"], record)
    assert (case.state, case.department.code, case.holder) == ("approved", "fy", None)
    assert history(case) == ["external_recorded", "approved"]
    legs = told(case)
    assert sorted(leg.target for leg in legs) == sorted(room(case.category).targets)
    body = bytes(legs[0].body).decode()
    assert '"decided_elsewhere":{"organ":"永昌县人民法院","paper":"（2025）甘0321执77号"}' in body
    assert '"decision_no":"（2025）甘0321执77号"' in body
    assert '"decision_date":"2026-11-20"' in body
    assert '"effect":"remove_from_list"' in body
    with region_context(YONGCHANG):
        application = Application.objects.get(pk=case.application_id)
        step = case.steps.get()
        assert FailureRecord.objects.get(pk=record.pk).status == "ended"
        assert notices_of(YONGCHANG, case_ref=case.ref) == []
    assert (application.channel, application.committed_by) == ("elsewhere", "永昌县人民法院")
    assert (step.status, step.department.code, step.external["outcome"]) == ("agreed", "fgj", "agreed")
    assert step.verdict["status"] == "decided_elsewhere"
    assert messages_sent() == before


def test_a_mirrored_case_is_repaired_once_both_platforms_were_read_back_and_sends_no_message_then(world):
    case = mirror(world, world.actors["zhou"], court_record(world))
    before = messages_sent()
    assert settle_verified(at()) == 0
    with region_context(YONGCHANG):
        first, second = (leg.pk for leg in told(case))
        Delivery.objects.filter(pk=first).update(state="verified", verified_at=at(), verified_how="api", done_at=at())
        assert settle_verified(at()) == 0
        Delivery.objects.filter(pk=second).update(state="verified", verified_at=at(), verified_how="api", done_at=at())
    assert settle_verified(at()) == 1
    world.enter(world.actors["zhou"])
    assert world.fresh(case).state == "repaired"
    assert messages_sent() == before


def test_a_decision_on_one_record_is_recorded_once(world):
    record = court_record(world)
    case = mirror(world, world.actors["zhou"], record)
    with pytest.raises(WrongMoment, match="已登记"):
        mirror(world, world.actors["zhou"], record)
    assert Case.objects.filter(region_id=YONGCHANG, record=record).count() == 1
    assert history(case) == ["external_recorded", "approved"]


def test_the_courts_own_recorder_may_record_it_too(world):
    clerk = officer(world, "court-clerk", "fy", role=Role.RECORDER)
    case = mirror(world, clerk, court_record(world))
    assert case.state == "approved"


def test_the_units_that_mirror_see_record_and_case_and_others_do_not(world):
    record, penalty = court_record(world), world.a_record(unit="scjgj")
    zhou = world.enter(world.actors["zhou"])
    assert access_record(zhou, record.ref).pk == record.pk
    with pytest.raises(NotFound):
        access_record(zhou, penalty.ref)
    with pytest.raises(NotFound):
        access_record(world.enter(world.actors["qian"]), record.ref)
    case = mirror(world, zhou, record)
    assert access_case(zhou, case.ref).pk == case.pk
    with pytest.raises(NotFound):
        access_case(world.enter(world.actors["qian"]), case.ref)


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("qian", NotFound),
        ("he", NotFound),
        ("zheng", NotFound),
        ("li", NotAllowed),
        ("wang", NotAllowed),
        ("zhao", NotAllowed),
    ],
)
def test_nobody_else_records_a_courts_decision(world, who, error):
    record = court_record(world)
    with pytest.raises(error):
        mirror(world, world.actors[who], record)
    world.enter(world.actors["zhou"])
    assert not Case.objects.filter(region_id=YONGCHANG, record=record).exists()
    assert mirror(world, world.actors["zhou"], record)


def test_a_record_that_is_decided_here_is_not_mirrored(world):
    record = world.a_record(unit="fgj")
    with pytest.raises(WrongMoment, match="由本单位决定"):
        mirror(world, world.actors["zhou"], record)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"paper_no": " "}, "paper_no"),
        ({"decided_on": None}, "decided_on"),
        ({"decided_on": TODAY + DAY}, "decided_on"),
        ({"decided_on": date(2025, 3, 2)}, "decided_on"),  # before the listing
        ({"outcome": "refused"}, "comment"),
        ({"outcome": ""}, "outcome"),
    ],
)
def test_a_paper_of_the_court_that_cannot_be_is_not_recorded(world, change, field):
    record = court_record(world)
    with pytest.raises(Invalid) as caught:
        mirror(world, world.actors["zhou"], record, **change)
    assert list(caught.value.fields) == [field]
    assert not Case.objects.filter(region_id=YONGCHANG, record=record).exists()


def test_a_court_that_refuses_leaves_the_record_published_until_it_decides_otherwise(world):
    record = court_record(world)
    no = {"outcome": "refused", "comment": "尚未履行完毕"}
    case = mirror(world, world.actors["zhou"], record, **no)
    assert (case.state, told(case)) == ("refused", [])
    assert "尚未履行完毕" in case.outcome[0]["text"]
    assert FailureRecord.objects.get(pk=record.pk).status == "published"
    with pytest.raises(WrongMoment, match="已登记"):
        mirror(world, world.actors["zhou"], record, **no)
    later = mirror(world, world.actors["zhou"], record, paper_no="（2026）甘0321执恢5号")
    assert (later.state, len(told(later))) == ("approved", 2)


def test_the_subject_cannot_apply_here_for_what_the_court_decides_and_sees_the_outcome(world):
    record = court_record(world)
    with pytest.raises(Invalid):
        world.files("zhao", record)
    case = mirror(world, world.actors["zhou"], record)
    assert access_case(world.enter(world.actors["zhao"]), case.ref).state == "approved"
    with pytest.raises(NotFound):
        access_case(world.enter(world.actors["wu"]), case.ref)


def test_pages_of_a_mirrored_case_name_the_court_and_no_promise_of_anybody(world, sign_in):
    case = mirror(world, world.actors["zhou"], court_record(world))
    pages = {
        "zhao": reverse("portal:application", args=[case.application.ref]),
        "zhou": reverse("desk:case", args=[case.ref]),
    }
    for who, url in pages.items():
        answer = sign_in(who).get(url)
        text = answer.content.decode()
        assert answer.status_code == 200
        assert "永昌县人民法院" in text
        assert "其他机关决定，据实登记" in text
        assert "签署</dd>" not in text
        assert "****" not in text
