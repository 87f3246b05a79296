"""A day in the house for looking at: cases in every state, a draft, a batch, papers; and the addresses of all pages."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from cases.categories import registry
from cases.models import Application, AuthorityRequest, Case, Draft, Task
from cases.services import claim, collect, notify, notify_many, repair, revocation, watch
from cases.services.drafts import save_draft, start_draft
from cases.services.filing import Receipt
from cases.services.objection_answer import answer_objection
from cases.services.penalty_withdrawal import confirm_withdrawal
from cases.services.restructuring import shield_record
from cases.services.severity import set_severity
from cases.snapshot import notice_paper
from cases.uploads import store_upload
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Representation, SignIn
from examples.generate import examples
from notices import printing
from notices import services as notices
from notices.models import Notice
from sync.models import Delivery
from tests import beside_world, routes_find, routes_signin
from tests.beside_world import outside, ruling
from tests.browser import ratings_scene, reminders_scene
from tests.counter_scene import a_morning
from tests.desk.test_pages import a_pdf
from tests.test_apply import AUTHORITY
from tests.world import FIRM_A, FIRM_B, YONGCHANG, World


@dataclass(frozen=True, slots=True)
class Look:
    """A page to look at: a short name, who opens it ("" for a visitor) and where. `main`: not much like another one."""

    name: str
    who: str
    address: str
    main: bool = True


@dataclass(frozen=True, slots=True)
class Scene:
    """What was built, for tests that go on from here; `looks` is every page."""

    looks: tuple[Look, ...]
    receipt: Receipt

    def look(self, name: str) -> Look:
        return next(one for one in self.looks if one.name == name)


def repairable(now: datetime) -> dict[str, date | str]:
    """Facts of a penalty that may be repaired on the day the test runs: pages judge by the real calendar."""
    day = timezone.localdate(now) - timedelta(days=200)
    return {"decided_on": day, "published_on": day + timedelta(days=2), "content": "未按规定公示企业信息，罚款5000元"}


def too_early(now: datetime) -> dict[str, date | str]:
    day = timezone.localdate(now) - timedelta(days=20)
    return {"decided_on": day, "published_on": day, "content": "未按规定设置消防设施，罚款5000元"}


def draw(world: World) -> Scene:
    """Build it in one transaction by the verbs of the house."""
    now = timezone.now()
    with transaction.atomic():
        return _draw(world, now)


def _draw(world: World, now: datetime) -> Scene:
    facts = repairable(now)
    ready = [world.a_record(unit=unit, **facts) for unit in ("wlj", "zjj")]
    found = routes_find.build(world, **too_early(now))
    last_week = now - timedelta(days=7)
    cases = {
        state: world.a_case(state, unit=unit, now=last_week, **facts)
        for state, unit in (
            ("submitted", "scjgj"), ("in_review", "wlj"), ("correction", "scjgj"), ("approved", "scjgj"),
            ("refused", "wlj"), ("not_accepted", "scjgj"), ("withdrawn", "scjgj"),
        )
    }  # fmt: skip
    reviewed = world.a_case("in_review", now=last_week, **facts)
    world.a_case("submitted", who="wu", now=now, **facts)
    late = world.a_case("submitted", who="wu", now=now - timedelta(days=40), **facts)
    receipt = world.files("zhao", world.a_record(unit="wlj", **facts), now=now)
    claim.claim_step(world.enter(world.actors["qian"]), ref=reviewed.ref, now=now)
    draft = _a_draft(world, now, ready[0].ref)
    unserved, served = _papers(world, now, facts)
    batch = _a_batch(world, now)
    approval = next(
        one for one in notices.notices_of(YONGCHANG, case_ref=cases["approved"].ref) if one.kind == "approval"
    )
    with region_context(YONGCHANG):
        told = notices.request(notice_paper.of_notice(ready[0], now), at=now)
    paper, record = (one.snapshot["verify_url"].rsplit("/", 1)[1] for one in (approval, told))
    asked, grant = _authorities(world, now)
    filed = _filed(world, cases)
    beside = _beside(world, now, facts)
    taken_back = _taken_back(world, last_week, facts)
    overdue = _a_task(late, now)
    morning = a_morning(world, FIRM_B, world.a_record(FIRM_B, "zjj", **facts), now)
    world.a_record(FIRM_B, "zjj", **facts)
    to_tell = reminders_scene.draw(world, now)
    ratings_scene.draw(world, now, facts)
    looks = [
        Look("home", "", "/"),
        Look("search", "", f"/search?q={FIRM_A}"),
        Look("search-nothing", "", "/search?q=没有这家企业", main=False),
        Look("remind", "", f"/remind/{found.awaited.ref}"),
        Look("wish", "", f"/remind/wish/{found.wish.ref}"),
        Look("remind-stop", "", "/remind/stop", main=False),
        Look("faq", "", "/faq"),
        Look("faq-found", "", "/faq?q=票据丢了"),
        Look("faq-nothing", "", "/faq?q=qqxxzz", main=False),
        Look("contact", "", "/contact?kind=paid_help"),
        Look("inquiry-receipt", "", f"/contact/{found.inquiry.ref}"),
        Look("inquiry-progress", "", "/contact/progress", main=False),
        Look("desk-inquiry", "wang", f"/desk/inquiry/{found.inquiry.ref}/"),
        Look("calculator", "", "/calculator?category=administrative_penalty"),
        Look("calculator-answer", "", _calculation(facts)),
        Look("guides", "", "/guide/"),
        Look("flow", "", "/guide/flow/"),
        Look("blank-form", "", "/guide/market_violation/form/application_form/"),
        Look("blank-sample", "", "/guide/administrative_penalty/form/commitment/?sample=1", main=False),
        *(
            Look(f"guide-{code}", "", f"/guide/{code}/", main=code == "administrative_penalty")
            for code in registry
        ),
        Look("calculator-two-days", "", _two_days()),
        Look("calculator-blank", "", "/calculator?category=wage_arrears&ask=1", main=False),
        Look("desk-guide-texts", "he", "/desk/guide/"),
        Look("about", "", "/about"),
        Look("login", "", "/login"),
        Look("progress", "", "/progress"),
        Look("verify", "", f"/v/{paper}"),
        Look("record-page", "", f"/q/{record}"),
        Look("not-found", "", "/nowhere"),
        Look("api-docs", "", "/api/v1/", main=False),  # Swagger UI: not our markup
        Look("switch", "zhao", "/switch"),
        Look("account", "zhao", "/account"),
        Look("firms", "zhao", "/firms/"),
        Look("firm-ask", "zhao", "/firms/ask"),
        Look("firm-grant", "zhao", "/firms/grant"),
        Look("firm-revoke", "zhao", f"/firms/{grant.ref}/revoke"),
        Look("desk-authorities", "li", f"/desk/authorities/?code={FIRM_A}"),
        Look("desk-authority", "li", f"/desk/authorities/{asked.ref}/"),
        Look("apply", "zhao", "/apply"),
        *(
            Look(f"wizard-{number}-{step}", "zhao", f"/apply/{draft.ref}/{step}")
            for number, step in enumerate(("records", "identity", "materials", "commitment", "confirm"), 1)
        ),
        Look("mine", "zhao", "/my/"),
        *(
            Look(f"application-{state}", "zhao", f"/my/{filed[state]}", main=state in ("correction", "approved", "refused"))
            for state in cases
        ),
        Look("application-repaired", "zhao", f"/my/{_repaired(world, last_week, facts)}", main=False),
        Look("application-many", "zhao", f"/my/{_many(world, last_week, facts)}"),
        Look("inbox", "zhao", "/inbox/"),
        Look("correct", "zhao", f"/my/case/{cases['correction'].ref}/correct"),
        Look("receipt", "zhao", f"/my/{filed['in_review']}/receipt"),
        Look("objections", "zhao", "/my/objections/"),
        Look("objection-choose", "zhao", "/my/objections/new", main=False),
        Look("objection-new", "zhao", f"/my/objections/new/{ready[0].ref}"),
        Look("objection", "zhao", f"/my/objections/{beside['open']}"),
        Look("objection-answered", "zhao", f"/my/objections/{beside['answered']}", main=False),
        Look("penalty-report", "zhao", f"/my/withdrawn/{ready[1].ref}/report"),
        Look("penalty-withdrawal", "zhao", f"/my/withdrawn/{beside['confirmed']}"),
        Look("restructuring", "zhao", f"/my/restructuring/{beside['track']}"),
        Look("desk-objections", "lv", "/desk/objections/"),
        Look("desk-objection", "lv", f"/desk/objections/{beside['open']}/"),
        Look("desk-objection-answered", "lv", f"/desk/objections/{beside['answered']}/", main=False),
        Look("desk-withdrawals", "lv", "/desk/objections/?view=withdrawals", main=False),
        Look("desk-withdrawal", "lv", f"/desk/withdrawals/{beside['reported']}/"),
        Look("desk-withdrawal-new", "he", f"/desk/record/{ready[0].ref}/withdrawn", main=False),
        Look("desk-restructuring", "lv", f"/desk/restructurings/{beside['track']}/"),
        Look("desk-restructuring-new", "he", f"/desk/record/{ready[0].ref}/restructuring", main=False),
        Look("desk", "qian", "/desk/"),
        *(
            Look(f"queue-{name}", "qian", f"/desk/queue/{name}/", main=name == "office")
            for name in ("waiting", "office", "overdue", "done")
        ),
        Look("case-submitted", "qian", f"/desk/case/{cases['submitted'].ref}/"),
        Look("case-late", "qian", f"/desk/case/{late.ref}/", main=False),
        Look("case-in-review", "qian", f"/desk/case/{reviewed.ref}/"),
        Look("case-correction", "qian", f"/desk/case/{cases['correction'].ref}/", main=False),
        Look("case-approved", "qian", f"/desk/case/{cases['approved'].ref}/"),
        Look("desk-revocation-new", "qian", f"/desk/case/{cases['approved'].ref}/revoke", main=False),
        Look("desk-revocation", "sun", f"/desk/revocations/{taken_back['proposed']}/"),
        Look("desk-revocation-decided", "qian", f"/desk/revocations/{taken_back['confirmed']}/", main=False),
        Look("application-revoked", "zhao", f"/my/{taken_back['filing']}", main=False),
        Look("desk-recorder", "he", "/desk/", main=False),
        Look("records", "he", "/desk/records/"),
        Look("records-all", "he", "/desk/records/?view=all", main=False),
        Look("listings", "he", "/desk/records/?view=listings", main=False),
        Look("served", "wang", "/desk/served/"),
        Look("papers", "he", "/desk/papers/"),
        Look("paper-batch", "he", f"/desk/papers/batch/{_a_paper_batch(world, now, facts)}/"),
        Look("record-unserved", "he", f"/desk/record/{unserved}/"),
        Look("record-served", "he", f"/desk/record/{served}/"),
        Look("collect", "he", "/desk/collect/"),
        Look("batch", "he", f"/desk/collect/{batch}/"),
        Look("desk-supervisor", "wang", "/desk/", main=False),
        Look("deliveries", "wang", "/desk/deliveries/"),
        Look("tasks", "qian", "/desk/tasks/"),
        Look("task", "qian", f"/desk/tasks/{overdue}/"),
        Look("watch", "wang", "/desk/watch/"),
        Look("reminders", "li", "/desk/reminders/"),
        Look("reminders-print", "li", "/desk/reminders/?all=1", main=False),
        Look("reminder", "li", f"/desk/reminders/{to_tell}/"),
        Look("reminder-runs", "wang", f"/desk/reminders/runs/?day={timezone.localdate(now):%Y-%m-%d}"),
        Look("watch-list", "wang", "/desk/watch/case/waiting/", main=False),
        Look("ratings", "wang", "/desk/ratings/"),
        Look("ratings-unit", "lv", "/desk/ratings/?grade=bad", main=False),
        Look("events", "feng", "/desk/events/"),
        Look("counter", "li", "/counter/"),
        Look("counter-found", "li", "/counter/?q=河西堡", main=False),
        Look("counter-subject", "li", f"/counter/subject?code={FIRM_A}"),
        Look("counter-accompany", "li", "/counter/accompany"),
        Look("counter-receipt", "li", f"/counter/receipt/{morning.application}"),
        Look("counter-file", "li", f"/counter/file/{morning.draft}/"),
        Look("counter-reused", "li", f"/counter/subject?code={FIRM_B}"),
        Look("counter-paper-entry", "li", f"/counter/subject?code={FIRM_B}&paper=1", main=False),
        Look("counter-object", "li", f"/counter/object/{ready[0].ref}"),
        Look("counter-entrance", "li", "/counter/entrance"),
        Look("counter-number", "li", f"/counter/number/{morning.number}"),
        Look("counter-advice", "li", "/counter/advice"),
        Look("counter-paper", "li", "/counter/paper"),
        Look("counter-screen", "", "/counter/screen"),
        Look("counter-hall", "wang", "/counter/hall"),
    ]  # fmt: skip
    return Scene(tuple(looks), receipt)


def _beside(world: World, now: datetime, facts: dict[str, date | str]) -> dict[str, str]:
    """One of each door beside repair, all at 文旅局: open, answered, reported, confirmed, shielded."""
    today = timezone.localdate(now)
    records = [world.a_record(unit="wlj", **facts) for _ in range(5)]
    scan = beside_world.a_scan(world, "zhao", "行政处罚决定书.pdf", now)
    found = {"open": beside_world.an_objection(world, records[0], now=now, file_uuids=(scan,)).ref}
    answered = beside_world.an_objection(world, records[1], now=now, matter="period", request="公示期限应为一年")
    answer_objection(
        world.enter(world.actors["lv"]), ref=answered.ref, result="upheld", article="", now=now,
        findings="决定书认定为一般失信，公示期限登记有误", measures="更正失信程度并重新同步公示平台",
    )  # fmt: skip
    found["answered"] = answered.ref
    reports = [
        beside_world.a_report(
            world,
            record,
            now=now,
            paper=outside(beside_world.a_scan(world, "zhao", "复议决定书.pdf", now), decided_on=today),
        )
        for record in records[2:4]
    ]
    confirm_withdrawal(world.enter(world.actors["lv"]), ref=reports[1].ref, note="复议决定已生效", now=now)
    found |= {"reported": reports[0].ref, "confirmed": reports[1].ref}
    court = ruling(beside_world.a_scan(world, "he", "民事裁定书.pdf", now), decided_on=today)
    track = beside_world.a_track(world, records[4], now=now, paper=court)
    shield_record(world.enter(world.actors["lv"]), ref=track.ref, note="裁定已生效", now=now)
    return found | {"track": track.ref}


def _filed(world: World, cases: dict[str, Case]) -> dict[str, str]:
    """References of the applications, read again: a case comes from some verbs without its application."""
    return {state: world.fresh(case).application.ref for state, case in cases.items()}


def _repaired(world: World, now: datetime, facts: dict[str, date | str]) -> str:
    """A case that both platforms were read back for; its 更正函 is printed. The reference of its filing."""
    case = world.fresh(world.a_case("approved", now=now, **facts))
    with region_context(YONGCHANG):
        legs = Delivery.objects.filter(region_id=YONGCHANG, thing=case.ref).exclude(target="sms_gateway")
        legs.update(state="verified", verified_at=now, looked_at=now, verified_how="api", done_at=now)
    repair.mark_repaired(YONGCHANG, case.pk, now=now + timedelta(days=1))
    with region_context(YONGCHANG):
        printing.render_waiting()
    return case.application.ref


def _taken_back(world: World, when: datetime, facts: dict[str, date | str]) -> dict[str, str]:
    """References of a proposed and of a decided 撤销修复, and of the filing whose repair was taken back."""
    found = {}
    for state in ("proposed", "confirmed"):
        case = world.a_case("approved", now=when, **facts)
        row = revocation.propose_revocation(
            world.enter(world.actors["qian"]), case_ref=case.ref, ground="false_material",
            found="银行核对缴款凭证为伪造，罚款没有缴纳。", file_uuid=beside_world.a_scan(world, "qian"), now=when,
        )  # fmt: skip
        found[state] = row.ref
        if state == "confirmed":
            revocation.confirm_revocation(world.enter(world.actors["sun"]), ref=row.ref, note="同意撤销", now=when)
            with region_context(YONGCHANG):
                found["filing"] = Application.objects.get(pk=case.application_id).ref
    return found


def _many(world: World, now: datetime, facts: dict[str, date | str]) -> str:
    """One filing for three records, filed at the window: one waits for the firm, one is refused, one under way."""
    records = [world.a_record(unit=unit, **facts) for unit in ("wlj", "scjgj", "scjgj")]
    application = world.files("li", *records, now=now, authority=AUTHORITY).applications[0]
    with region_context(YONGCHANG):
        refused, asked, _ = application.cases.select_related("department", "record", "application").order_by("id")
    world._to_refused(refused, now + timedelta(hours=1))
    world._to_correction(asked, now + timedelta(days=1))
    return application.ref


def _a_task(late: Case, now: datetime) -> str:
    """What the watch asks of the unit whose case is overdue."""
    watch.watch_region(YONGCHANG, now=now, whole=True)
    with region_context(YONGCHANG):
        return Task.objects.get(kind=Task.Kind.OVERDUE, thing=late.ref).ref


def _authorities(world: World, now: datetime) -> tuple[AuthorityRequest, Representation]:
    """Zhao has asked to act for a third firm, granted firm A to somebody, and signed in twice."""
    zhao = world.enter(world.actors["zhao"])
    letter = SimpleUploadedFile("授权委托书.pdf", a_pdf(), content_type="application/pdf")
    made = routes_signin.make(zhao, letter, now)
    for days, device in ((0, "安卓手机 · 微信"), (6, "Windows电脑 · Edge")):
        SignIn.objects.create(
            user=world.people["zhao"], at=now - timedelta(days=days), way="phone", address="192.0.2.7", device=device
        )
    return made


def _a_draft(world: World, now: datetime, record: str) -> Draft:
    zhao = world.enter(world.actors["zhao"])
    draft = start_draft(zhao, records=[record], now=now)
    changes = {
        "records": [record],
        "identity": {"agent_name": "赵申", "agent_phone": "13800000000", "urgent_reason": "参加县政府采购投标", "bid_on": ""},
        "materials": {f"proof_of_duties:{record}": {"stated": True}},
    }  # fmt: skip
    draft = save_draft(zhao, ref=draft.ref, version=draft.version, changes=changes, now=now)
    return save_draft(zhao, ref=draft.ref, version=draft.version, changes={"committed": True}, now=now)


def _a_paper_batch(world: World, now: datetime, facts: dict[str, date | str]) -> str:
    """A batch of three 告知书, one not numbered because its class is not set; one stopped for a character."""
    classes = ("general", "general", "unset")
    records = [world.a_record(FIRM_B, "wlj", **facts | {"severity": severity}) for severity in classes]
    batch = notify_many.ask_for_notices(world.enter(world.actors["he"]), refs=[r.ref for r in records], now=now)
    notify_many.number_waiting(seconds=5)
    with region_context(YONGCHANG):
        rare = Notice.objects.filter(record_ref=records[0].ref)
        rare.update(status=Notice.Status.FAILED, problem="字体缺少字符：𠮷（U+20BB7）")
    return batch.ref


def _papers(world: World, now: datetime, facts: dict[str, date | str]) -> tuple[str, str]:
    """Two records of firm B at 文旅局: one without its papers, one with both served. Returns their references."""
    unserved = world.a_record(FIRM_B, "wlj", **facts | {"severity": "unset"})
    served = world.a_record(FIRM_B, "wlj", **facts)
    he = world.enter(world.actors["he"])
    set_severity(he, ref=served.ref, severity="general", reason="罚款数额在一般档", now=now)
    pdf = SimpleUploadedFile("处罚决定书.pdf", a_pdf(), content_type="application/pdf")
    notify.attach_decision(he, ref=served.ref, file=store_upload(he, YONGCHANG, pdf, now=now), now=now)
    notify.issue_notice(he, ref=served.ref, now=now)
    notify.serve_both_papers(
        he, ref=served.ref, way="direct", served_on=timezone.localdate(now), receiver="吴申", phone="13900000000",
        proof="送达回证12号", now=now,
    )  # fmt: skip
    return unserved.ref, served.ref


def _a_batch(world: World, now: datetime) -> str:
    he = world.enter(world.actors["he"])
    example = examples(timezone.localdate(now))[0]
    return collect.receive_file(
        he, category=example.category, file_name="双公示归集.xlsx", content=example.content, now=now
    ).ref


def _two_days() -> str:
    """The same penalty judged on the last day of the old rules and the first of the new ones."""
    asked = {
        "category": "administrative_penalty", "ask": "1", "market": "no", "decided_on": "2025-12-20",
        "severity": "serious", "duties_done": "yes", "day": "2026-03-31", "other_day": "2026-04-01",
    }  # fmt: skip
    return f"/calculator?{urlencode(asked)}"


def _calculation(facts: dict[str, date | str]) -> str:
    day = f"{facts['decided_on']:%Y-%m-%d}"
    return (
        "/calculator?category=administrative_penalty&ask=1&severity=general&penalty_kinds=fine"
        f"&decided_on={day}&published_on={day}"
    )
