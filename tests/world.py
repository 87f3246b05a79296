"""A small named world, in the order of 百家姓, so that it can grow. Everybody in it is made up.

永昌县: Zhao applies for firm A; Qian 经办 and Sun 负责人 at 市监局; Li hall clerk; Zhou 复核 at 发改局; Wu applies for
firm B and sees nothing of A. 金川区: Zheng 经办 at its 市监局. 永昌县 again: Wang supervisor, Feng auditor, Chen region
administrator; at 文旅局 He records, Lü is 经办 and Shi 负责人; Zhang records at 市监局.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from stdnum.cn import uscc

from cases.access import access_case
from cases.models import Case, FailureRecord, ReviewStep, Subject
from cases.services import apply, intake, review, settle, withdraw
from cases.services.calendar import seed_calendar
from cases.services.eligibility import refresh_eligibility
from cases.services.filing import Filing, GivenMaterial, Receipt
from creditrepair.tenancy.actor import Actor, applicant_actor, staff_actor
from creditrepair.tenancy.context import region_context, set_local
from creditrepair.tenancy.models import Department, Membership, Representation, Role, User
from creditrepair.tenancy.seed import seed_regions
from creditrepair.tenancy.signin import desks_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 11, 23)
YONGCHANG, JINCHUAN = "620321", "620302"


def at(day: date = TODAY, hour: int = 10) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI)


def firm_code(serial: int, prefix: str = "91620321") -> str:
    body = f"{prefix}MA{serial:07d}"
    return body + str(uscc.calc_check_digit(body))


FIRM_A, FIRM_B = firm_code(11), firm_code(22)

STAFF = {  # name → (full name, region, department, role, tiers)
    "qian": ("钱多", YONGCHANG, "scjgj", Role.REVIEWER, ["handler"]),
    "sun": ("孙立", YONGCHANG, "scjgj", Role.REVIEWER, ["head", "bureau", "section"]),
    "li": ("李窗", YONGCHANG, None, Role.CLERK, []),
    "zhou": ("周核", YONGCHANG, "fgj", Role.REVIEWER, ["fgj_review"]),
    "zheng": ("郑经", JINCHUAN, "scjgj", Role.REVIEWER, ["handler"]),
    "wang": ("王督", YONGCHANG, "fgj", Role.SUPERVISOR, []),
    "feng": ("冯审", YONGCHANG, None, Role.AUDITOR, []),
    "chen": ("陈参", YONGCHANG, None, Role.REGION_ADMIN, []),
    "he": ("何归", YONGCHANG, "wlj", Role.RECORDER, []),
    "lv": ("吕办", YONGCHANG, "wlj", Role.REVIEWER, ["handler"]),
    "shi": ("施审", YONGCHANG, "wlj", Role.REVIEWER, ["head"]),
    "zhang": ("张归", YONGCHANG, "scjgj", Role.RECORDER, []),
}
APPLICANTS = {
    "zhao": ("赵申", FIRM_A, "永昌县祁连山食品有限公司"),
    "wu": ("吴申", FIRM_B, "永昌县河西堡惠农农资有限责任公司"),
}


@dataclass
class World:
    """`people` by name, `actors` likewise. Verbs go through the real services; no case begins in an impossible state."""

    people: dict[str, User] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)
    filed: int = 0
    recorded: int = 0

    def department(self, code: str, region: str = YONGCHANG) -> Department:
        return Department.objects.get(region_id=region, code=code)

    def a_record(
        self, subject: str = FIRM_A, unit: str = "wlj", region: str = YONGCHANG, **facts: Any
    ) -> FailureRecord:
        """A published general penalty of 2026-05-06, repairable on `TODAY` unless `facts` say otherwise."""
        self.recorded += 1
        department = self.department(unit, region)
        values: dict[str, Any] = {
            "category": "administrative_penalty",
            "doc_no": f"永{department.short_form}罚〔2026〕{self.recorded}号",
            "decided_on": date(2026, 5, 6),
            "published_on": date(2026, 5, 8),
            "penalty_kinds": ["fine"],
            "severity": "general",
            "amount_fen": 500000,
            "market": department.market,
            "content": "罚款5000元",
            "subject_name": Subject.objects.get(pk=subject).name,
            "record_key": f"{self.recorded:032x}",
        } | facts
        record = FailureRecord(
            region_id=region,
            department=department,
            subject=Subject.objects.get(pk=subject),
            content_hash="0" * 64,
            received_at=at(date(2026, 5, 9)),
            **values,
        )
        with region_context(region):
            refresh_eligibility(record, TODAY)
            record.save()
        return record

    def enter(self, actor: Actor) -> Actor:
        """Set region or subject of this transaction as a request of `actor` would."""
        set_local("app.region", "" if actor.subject else actor.region)
        set_local("app.subject", actor.subject or "")
        set_local("app.user", str(actor.user_id or ""))
        return actor

    def files(self, who: str, *records: FailureRecord, now: datetime | None = None, **changes: Any) -> Receipt:
        """File for these records with every required material stated."""
        self.filed += 1
        actor = self.enter(self.actors[who])
        values: dict[str, Any] = {
            "form_token": f"form-{self.filed}",
            "subject_code": records[0].subject_id,
            "record_refs": tuple(r.ref for r in records),
            "agent_name": "赵申",
            "agent_phone": "13800000000",
            "committed": True,
            "materials": (
                GivenMaterial("proof_of_duties", "履行证明", "D", "申请人", statement="已缴款，请处罚机关核实"),
            ),
        } | changes
        return apply.submit_application(actor, Filing(**values), now=now or at())

    def a_case(
        self,
        at_state: str = "submitted",
        *,
        unit: str = "scjgj",
        who: str = "zhao",
        now: datetime | None = None,
        **facts: Any,
    ) -> Case:
        """A case of firm A (or of `who`) walked by the real verbs to `at_state`: submitted, in_review, correction,
        approved, refused, not_accepted, withdrawn."""
        now = now or at()
        subject = APPLICANTS[who][1]
        receipt = self.files(who, self.a_record(subject, unit, **facts), now=now)
        case = self._case_of(receipt)
        return getattr(self, f"_to_{at_state}")(case, now)

    def _case_of(self, receipt: Receipt) -> Case:
        application = receipt.applications[0]
        with region_context(application.region_id):
            return Case.objects.get(application=application)

    def step(self, case: Case) -> str:
        with region_context(case.region_id):
            return str(ReviewStep.objects.get(case=case, status="open").uuid)

    def handler_of(self, case: Case) -> Actor:
        return self.actors["qian" if case.department.code == "scjgj" else "lv"]

    def head_of(self, case: Case) -> Actor:
        return self.actors["sun" if case.department.code == "scjgj" else "shi"]

    def _to_submitted(self, case: Case, now: datetime) -> Case:
        return case

    def _to_in_review(self, case: Case, now: datetime) -> Case:
        handler = self.enter(self.handler_of(case))
        return intake.accept_case(handler, ref=case.ref, step=self.step(case), comment="", now=now)

    def _to_correction(self, case: Case, now: datetime) -> Case:
        handler = self.enter(self.handler_of(case))
        defect = intake.Defect("proof_unclear", "proof_of_duties", "缴款凭证不清晰", "", "重新拍照上传")
        return intake.ask_for_correction(handler, ref=case.ref, step=self.step(case), defects=[defect], now=now)

    def _to_refused(self, case: Case, now: datetime) -> Case:
        case = self._to_in_review(case, now)
        reason = settle.Reason("duties_open", "罚款尚未缴清", "")
        return review.refuse_step(
            self.handler_of(case), ref=case.ref, step=self.step(case), reasons=[reason], comment="", now=now
        )

    def _to_not_accepted(self, case: Case, now: datetime) -> Case:
        handler = self.enter(self.handler_of(case))
        reason = settle.Reason("out_of_scope", "不属于本单位认定的信息", "")
        return intake.not_accept_case(
            handler, ref=case.ref, step=self.step(case), reasons=[reason], comment="", now=now
        )

    def _to_approved(self, case: Case, now: datetime) -> Case:
        case = self._to_in_review(case, now)
        review.approve_step(
            self.handler_of(case), ref=case.ref, step=self.step(case), comment="材料齐全，事实清楚", now=now
        )
        head = self.enter(self.head_of(case))
        case = review.approve_step(head, ref=case.ref, step=self.step(case), comment="同意", now=now)
        if case.state == "in_review":
            case = review.approve_step(
                self.enter(self.actors["zhou"]), ref=case.ref, step=self.step(case), comment="同意", now=now
            )
        return case

    def _to_withdrawn(self, case: Case, now: datetime) -> Case:
        applicant = self.enter(self.actors["zhao" if case.subject_id == FIRM_A else "wu"])
        return withdraw.withdraw_case(applicant, ref=case.ref, reason="材料需要重新准备", now=now)

    def fresh(self, case: Case) -> Case:
        """The case as the database has it now."""
        with region_context(case.region_id):
            return Case.objects.select_related("record", "application", "department").get(pk=case.pk)

    def seen_by(self, who: str, case: Case) -> Case:
        return access_case(self.enter(self.actors[who]), case.ref)


def build() -> World:
    """Two regions, their units, their people, two firms and the calendar. Call it inside a transaction or a test."""
    seed_regions()
    seed_calendar(range(2025, 2028))
    world = World()
    long_ago = TODAY - timedelta(days=700)
    for name, (full_name, region, unit, role, tiers) in STAFF.items():
        user = User.objects.create(username=name, full_name=full_name)
        department = world.department(unit, region) if unit else None
        with region_context(region):
            held = Membership.objects.create(
                region_id=region, user=user, department=department, role=role, tiers=tiers, from_on=long_ago
            )
        world.people[name] = user
        world.actors[name] = staff_actor(user, next(iter(desks_of([held]).values())))
    for name, (full_name, code, firm) in APPLICANTS.items():
        Subject.objects.create(code=code, name=firm, folded_name=firm, kind="organisation")
        user = User.objects.create(username=name, full_name=full_name)
        with region_context(YONGCHANG):
            Representation.objects.create(
                region_id=YONGCHANG,
                user=user,
                subject_code=code,
                subject_name=firm,
                basis="legal_representative",
                evidence="营业执照（窗口核验）",
                from_on=long_ago,
            )
        world.people[name] = user
        world.actors[name] = applicant_actor(user, YONGCHANG, code)
    return world


def history(case: Case) -> list[str]:
    """Verbs of the events about a case, in order: what a refused act must leave as it was."""
    from creditrepair.audit.models import Event

    with region_context(case.region_id):
        return list(
            Event.objects.filter(region_id=case.region_id, thing=case.ref)
            .order_by("seq")
            .values_list("verb", flat=True)
        )


def local(moment: datetime) -> date:
    return timezone.localdate(moment)
