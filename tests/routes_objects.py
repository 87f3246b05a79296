"""Real objects behind every address, made once by the real verbs, and how one knocks at each address.

Everything stands in one transaction that is rolled back at the end; a single knock stands in a savepoint of it.
"""

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import (
    Application,
    AuthorityRequest,
    Case,
    CollectionBatch,
    DecisionBundle,
    Draft,
    FailureRecord,
    QueueTicket,
    Reminder,
    Revocation,
    RuleRun,
    StoredFile,
    Task,
)
from cases.portal.phone import DEVICE
from cases.query_codes import query_code_of
from cases.services import claim, collect, notify, review, withdraw
from cases.services.drafts import start_draft
from cases.services.filing import GivenMaterial
from cases.services.revocation import propose_revocation
from cases.services.ticket import call_next, issue_ticket
from cases.services.upload_ticket import open_ticket
from cases.uploads import store_upload
from creditrepair.audit.models import Event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import SETTINGS, region_context, set_local
from creditrepair.tenancy.models import Representation
from creditrepair.tenancy.tasks import beat
from examples.generate import examples
from notices import printing
from notices.models import Notice, PaperBatch
from notices.services import notices_of
from sync.models import Delivery
from tests import (
    routes_beside,
    routes_find,
    routes_inbound,
    routes_lanes,
    routes_papers,
    routes_quality,
    routes_reminders,
    routes_rules,
    routes_served,
    routes_signin,
)
from tests.beside_world import a_scan as a_scan_of
from tests.test_apply import AUTHORITY
from tests.uploads.samples import a_pdf
from tests.world import FIRM_A, FIRM_B, JINCHUAN, TODAY, YONGCHANG, World, build

WINDOW = "3号窗口"
PASSWORD = "a-long-enough-password-1"
PDF = "application/pdf"
PEOPLE = (
    "anon", "zhao", "wu", "qian", "sun", "zhou", "lv", "zheng", "li", "he", "zhang", "wang", "feng", "chen",
    "key", "far",
)  # fmt: skip
MACHINES = {"key": YONGCHANG, "far": JINCHUAN}


def forget_who_asked() -> None:
    """Clear region, user and subject of the transaction, as they are at the start of every real request."""
    for name in SETTINGS:
        set_local(name, "")


class Visit(Client):
    """A test client whose requests never inherit the rights of the one before: all share one test transaction."""

    def request(self, **request: Any) -> Any:
        forget_who_asked()
        try:
            return super().request(**request)
        finally:
            forget_who_asked()


def a_scan(name: str = "缴款凭证.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, a_pdf(), content_type=PDF)


def long_ago() -> date:
    """A day that lets a general penalty be repaired on the day of the test: minimum over, maximum not."""
    return timezone.localdate() - timedelta(days=200)


@dataclass
class Scene:
    """The objects, all of firm A in 永昌县 unless said otherwise, and the sessions of all people."""

    world: World
    now: datetime
    sessions: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    case: Case = field(init=False)  # 市监局, in review at the handler, with a file and a printed 受理通知书
    higher: Case = field(init=False)  # the same unit, one tier on: with the head
    coordinated: Case = field(init=False)  # 文旅局, at 发改局 for 协同复核
    correction: Case = field(init=False)  # 市监局, waiting for firm A
    decided: Case = field(init=False)  # 市监局, 准予修复, with its papers printed
    revocation: Revocation = field(init=False)  # 市监局, proposed by Qian with a scan, of another granted case
    counter_correction: Case = field(init=False)  # the same, handed over by a platform
    by_clerk: Application = field(init=False)  # filed at the window for firm A
    record: FailureRecord = field(init=False)  # 市监局, with decision and printed 告知书, not served
    free_record: FailureRecord = field(init=False)  # 市监局, nothing done yet
    draft: Draft = field(init=False)
    file: StoredFile = field(init=False)
    paper: Notice = field(init=False)
    record_notice: Notice = field(init=False)
    paper_batch: PaperBatch = field(init=False)  # 市监局, with the 告知书 of `record`
    counter_record: FailureRecord = field(init=False)  # of firm B, about to be filed for by the clerk
    batch: CollectionBatch = field(init=False)
    sent: CollectionBatch = field(init=False)
    bundle: DecisionBundle = field(init=False)
    delivery: Delivery = field(init=False)
    reminder: Reminder = field(init=False)  # 市监局, firm A, to be told by a person
    task: Task = field(init=False)  # 市监局, of one of its cases
    outside: Case = field(init=False)  # 市监局, at a tier that a superior decides
    court_record: FailureRecord = field(init=False)
    forecast: RuleRun = field(init=False)  # finished, not yet set
    bulletin: Notice = field(init=False)  # of the month before last, printed
    found: routes_find.Found = field(init=False)  # the public pages' own: a wish, codes, an inquiry
    beside: routes_beside.Beside = field(init=False)
    asked: AuthorityRequest = field(init=False)  # by Zhao, for a third firm, not looked at yet
    grant: Representation = field(init=False)  # by Zhao to somebody's telephone
    counter_token: str = ""
    ticket: QueueTicket = field(init=False)  # waiting in 永昌县's hall
    query_code: str = ""
    storages: dict[str, Any] = field(default_factory=dict)

    def a_record(self, unit: str, subject: str = FIRM_A) -> FailureRecord:
        return self.world.a_record(subject, unit, decided_on=long_ago(), published_on=long_ago())

    def client(self, who: str) -> Visit:
        """A fresh browser with the session, or a program with the token, of one of PEOPLE."""
        headers = {"HTTP_AUTHORIZATION": f"Bearer {self.tokens[who]}"} if who in MACHINES else {}
        visit = Visit(SERVER_NAME="127.0.0.1", raise_request_exception=False, **headers)
        if who in self.sessions:
            visit.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[who]
        return visit

    def events(self) -> int:
        """How many acts the chains of both regions hold."""
        held = 0
        for region in (YONGCHANG, JINCHUAN):
            with region_context(region):
                held += Event.objects.filter(region_id=region).count()
        return held

    def act_as(self, who: str) -> Any:
        return self.world.enter(self.world.actors[who])


def build_scene() -> Scene:
    """Call inside a transaction, with file storage and cache of one's own."""
    scene = Scene(build(), timezone.now())
    world, now = scene.world, scene.now
    _make_cases(scene)
    _make_records(scene)
    _make_batch(scene)
    _make_task(scene)
    scene.found = routes_find.build(world)
    scene.reminder = routes_reminders.make(scene.free_record)
    _make_rules(scene)
    routes_lanes.make(world)
    scene.beside = routes_beside.make(world, [scene.a_record("scjgj") for _ in range(5)], now)
    zhao = scene.act_as("zhao")
    scene.draft = start_draft(zhao, records=[scene.a_record("zjj").ref], now=now)
    with region_context(YONGCHANG):
        printing.render_waiting()
        scene.paper = notices_of(YONGCHANG, case_ref=scene.case.ref)[0]
        scene.record_notice = notices_of(YONGCHANG, record_ref=scene.record.ref)[0]
        scene.delivery = Delivery.objects.filter(region_id=YONGCHANG).order_by("id")[0]
    scene.asked, scene.grant = routes_signin.make(scene.act_as("zhao"), a_scan("授权委托书.pdf"), now)
    for name, region in MACHINES.items():
        scene.tokens[name] = routes_quality.a_token(region)
    zhao_user = world.people["zhao"]
    zhao_user.set_password(PASSWORD)
    zhao_user.save()
    for name, person in world.people.items():
        visit = Visit(SERVER_NAME="127.0.0.1")
        visit.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        scene.sessions[name] = visit.cookies[settings.SESSION_COOKIE_NAME].value
    _begin_at_counter(scene)
    forget_who_asked()
    return scene


def _make_task(scene: Scene) -> None:
    with region_context(YONGCHANG):
        scene.task = Task.objects.create(
            region_id=YONGCHANG,
            kind="overdue",
            thing_kind="case",
            thing=scene.case.ref,
            title="办件已超期",
            department=scene.case.department,
            due_on=timezone.localdate(),
            opened_at=scene.now,
        )


def everybody_beats() -> None:
    for name in ("worker", "beat", "sweeper", "lanes", f"watch:{YONGCHANG}", f"watch:{JINCHUAN}"):
        beat(name)


def _make_cases(scene: Scene) -> None:
    world, now = scene.world, scene.now
    days = {"decided_on": long_ago(), "published_on": long_ago(), "now": now}
    zhao = scene.act_as("zhao")
    record = scene.a_record("scjgj")
    scene.file = store_upload(scene.act_as("zhao"), YONGCHANG, a_scan(), now=now)
    proof = GivenMaterial("proof_of_duties", "履行证明", "C", "申请人上传", record.ref, str(scene.file.uuid))
    with region_context(YONGCHANG):
        receipt = world.files("zhao", record, now=now, form_token="scene", materials=(proof,))
        world.enter(zhao)
    scene.query_code = query_code_of("scene", YONGCHANG)
    scene.case = world._to_in_review(world._case_of(receipt), now)
    higher = world.a_case("in_review", **days)
    scene.higher = review.approve_step(
        scene.act_as("qian"), ref=higher.ref, step=world.step(higher), comment="材料齐全", now=now
    )
    coordinated = world.a_case("in_review", unit="wlj", **days)
    for who in ("lv", "shi"):
        coordinated = review.approve_step(
            scene.act_as(who), ref=coordinated.ref, step=world.step(coordinated), comment="同意", now=now
        )
    scene.coordinated = coordinated
    scene.correction = world.a_case("correction", **days)
    scene.decided = world.a_case("approved", **days)
    scene.revocation = propose_revocation(
        scene.act_as("qian"), case_ref=world.a_case("approved", **days).ref, ground="false_material",
        found="缴款凭证经核对为伪造", file_uuid=a_scan_of(world, "qian", now=now), now=now,
    )  # fmt: skip
    scene.by_clerk = world.files("li", scene.a_record("zjj"), now=now, authority=AUTHORITY).applications[0]
    scene.counter_correction = routes_inbound.a_platform_correction(world, days)


def _make_records(scene: Scene) -> None:
    zhang = scene.act_as("zhang")
    scene.record, scene.free_record = scene.a_record("scjgj"), scene.a_record("scjgj")
    zhang = scene.act_as("zhang")
    decision = store_upload(zhang, YONGCHANG, a_scan("决定书.pdf"), now=scene.now)
    notify.attach_decision(zhang, ref=scene.record.ref, file=decision, now=scene.now)
    notify.issue_notice(zhang, ref=scene.record.ref, now=scene.now)
    scene.paper_batch = routes_served.a_paper_batch(scene.world, scene.record)


def _make_batch(scene: Scene) -> None:
    scene.batch = collect.receive_file(
        scene.act_as("he"),
        category="administrative_penalty",
        file_name="双公示.xlsx",
        content=penalties(),
        now=scene.now,
    )
    scene.sent = routes_quality.a_sent_batch(scene.world)
    scene.bundle = routes_quality.a_bundle(scene.world)


def _make_rules(scene: Scene) -> None:
    world = scene.world
    routes_rules.settle_extension(world)
    scene.outside = routes_rules.a_case_decided_outside(world)
    scene.court_record = routes_rules.a_court_record(world)
    scene.forecast = routes_rules.a_forecast(world, "older_records", "new")
    scene.bulletin = routes_papers.a_bulletin(scene.act_as("wang"))


@lru_cache
def penalties() -> bytes:
    """The example file of penalties, faults included."""
    return examples(TODAY)[0].content


def _begin_at_counter(scene: Scene) -> None:
    scene.counter_record = scene.a_record("zjj", FIRM_B)
    scene.client("li").post(reverse("counter:window"), {"window": WINDOW})
    scene.ticket = issue_ticket(at_the_window(scene), purpose="repair", now=scene.now)
    form = authority_form()
    answer = scene.client("li").post(reverse("counter:subject"), form)
    assert answer.status_code == 302, answer.content.decode()
    scene.counter_token = answer["Location"].rstrip("/").rsplit("/", 1)[1]


def at_the_window(scene: Scene) -> Actor:
    return replace(scene.act_as("li"), window=WINDOW)


def called(scene: Scene) -> None:
    call_next(at_the_window(scene), now=timezone.now())


def authority_form() -> dict[str, Any]:
    return {
        "subject": FIRM_B,
        "agent_name": "吴申",
        "agent_phone": "13800000000",
        "basis": "法定代表人身份证明",
        "evidence": "法定代表人身份证明2026年第1号",
        "scan": a_scan("证明.pdf"),
        "phone_check": "done",
        "phone_note": "与负责人核实",
    }


def counter_form(scene: Scene) -> dict[str, Any]:
    record = scene.counter_record.ref
    return {
        "record": record,
        "agent_name": "吴申",
        "agent_phone": "13900000000",
        "committed": "on",
        f"statement.proof_of_duties.{record}": "on",
    }


@dataclass(frozen=True)
class Door:
    """How one knocks: arguments of the address, the form (or query) sent, and what has to happen before.

    `row` is the method and the name of the route, with a word for the object where one route has several rows.
    """

    args: Callable[[Scene], tuple[Any, ...]] = lambda scene: ()
    form: Callable[[Scene], dict[str, Any]] = lambda scene: {}
    before: Callable[[Scene], object] = lambda scene: None
    json: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)


def decision(which: str) -> Callable[[Scene], dict[str, Any]]:
    def form(scene: Scene) -> dict[str, Any]:
        case = scene.world.fresh(getattr(scene, which))
        step = scene.world.step(case)
        return {"act": "approve", "step": step, "version": case.version, "comment": "材料齐全，事实清楚"}

    return form


def of(which: str) -> Callable[[Scene], tuple[Any, ...]]:
    """The reference of one of the scene's objects as the only argument."""
    return lambda scene: (getattr(scene, which).ref,)


def claimed_by_qian(scene: Scene) -> None:
    claim.claim_step(scene.act_as("qian"), ref=scene.case.ref, now=timezone.now())


def draft_key(scene: Scene) -> str:
    return f"proof_of_duties:{scene.draft.content['records'][0]}"


def phone_token(scene: Scene) -> str:
    return open_ticket(scene.act_as("zhao"), ref=scene.draft.ref, key=draft_key(scene), now=timezone.now())[1]


def token_of(which: str) -> Callable[[Scene], tuple[Any, ...]]:
    return lambda scene: (getattr(scene, which).snapshot["verify_url"].rsplit("/", 1)[1],)


def no_limits(scene: Scene) -> None:
    routes_find.no_limits()


def beside(which: str) -> Callable[[Scene], tuple[Any, ...]]:
    """The same for what stands beside repair."""
    return lambda scene: (getattr(scene.beside, which).ref,)


def beside_file(scene: Scene) -> tuple[Any, ...]:
    return scene.beside.objection.ref, "objection", scene.beside.file.uuid


def taken_back(scene: Scene) -> None:
    """The filing of `case` has ended and may be rated."""
    withdraw.withdraw_case(scene.act_as("zhao"), ref=scene.case.ref, reason="", now=timezone.now())


def seq_of_clerk(scene: Scene) -> int:
    """What the clerk did in the name of firm A."""
    with region_context(YONGCHANG):
        return int(Event.objects.get(application=scene.by_clerk.ref, verb="submitted").seq)


PROGRESS = Door(form=lambda s: {"code": s.query_code, "last_four": FIRM_A[-4:]})
DOORS: dict[tuple[str, str], Door] = {
    ("GET", "portal:search"): Door(form=lambda s: {"q": FIRM_A}),
    ("GET", "portal:reminder"): Door(form=lambda s: {"day": f"{timezone.localdate():%Y-%m-%d}"}),
    ("GET", "portal:remind"): Door(args=lambda s: (s.found.awaited.ref,)),
    ("POST", "portal:remind"): Door(
        args=lambda s: (s.found.awaited.ref,), form=lambda s: {"phone": "13800000044"}, before=no_limits
    ),
    ("GET", "portal:wish"): Door(args=lambda s: (s.found.wish.ref,)),
    ("POST", "portal:wish"): Door(
        args=lambda s: (s.found.wish.ref,),
        form=lambda s: {"code": routes_find.digits_of(s.found.wish.code)},
        before=lambda s: routes_find.fresh_wish_code(s.found),
    ),
    ("POST", "portal:remind_stop"): Door(form=lambda s: {"phone": "13800000044"}),
    ("GET", "portal:remind_stop_code"): Door(args=lambda s: (s.found.stop.ref,)),
    ("POST", "portal:remind_stop_code"): Door(
        args=lambda s: (s.found.stop.ref,),
        form=lambda s: {"code": routes_find.digits_of(s.found.stop.ref)},
        before=lambda s: routes_find.fresh_stop(s.found),
    ),
    ("GET", "portal:faq"): Door(form=lambda s: {"q": "票据丢了"}),
    ("POST", "portal:contact"): Door(
        form=lambda s: {"form_token": "routes", "kind": "complaint", "phone": "13800000044", "text": "等了很久"},
        before=no_limits,
    ),
    ("GET", "portal:inquiry_receipt"): Door(args=lambda s: (s.found.inquiry.ref,)),
    ("POST", "portal:inquiry_progress"): Door(form=lambda s: {"number": s.found.inquiry.number, "last_four": "0033"}),
    ("GET", "desk:inquiry"): Door(args=lambda s: (s.found.inquiry.ref,)),
    ("POST", "desk:inquiry"): Door(args=lambda s: (s.found.inquiry.ref,), form=lambda s: {"answer": "不需要盖章。"}),
    ("POST", "desk:inquiry_phone"): Door(args=lambda s: (s.found.inquiry.ref,)),
    ("GET", "portal:guide"): Door(args=lambda s: ("administrative_penalty",)),
    ("GET", "portal:blank"): Door(args=lambda s: ("administrative_penalty", "commitment")),
    ("POST", "portal:login"): Door(form=lambda s: {"username": "zhao", "password": PASSWORD}),
    ("POST", "portal:login wrong"): Door(form=lambda s: {"username": "zhao", "password": "wrong"}),
    ("POST", "portal:login_phone"): Door(form=lambda s: {"phone": routes_signin.PHONE}),
    ("GET", "portal:login_code"): Door(before=lambda s: routes_signin.awaits_code(s.world, s.sessions["zhao"])),
    ("POST", "portal:login_code"): Door(
        before=lambda s: routes_signin.awaits_code(s.world, s.sessions["zhao"]),
        form=lambda s: {"code": routes_signin.latest_code()},
    ),
    ("GET", "portal:login_with"): Door(args=lambda s: ("sample",)),
    ("GET", "portal:login_back"): Door(
        args=lambda s: ("sample",),
        form=lambda s: {"state": "state-1", "phone": routes_signin.PHONE},
        before=lambda s: routes_signin.awaits_provider(s.sessions["zhao"]),
    ),
    ("GET", "portal:register"): Door(before=lambda s: routes_signin.proved(s.sessions["zhao"])),
    ("POST", "portal:register"): Door(
        before=lambda s: routes_signin.proved(s.sessions["zhao"]),
        form=lambda s: {"full_name": "钱新", "agreed": "yes"},
    ),
    ("POST", "portal:account_password"): Door(
        form=lambda s: {"present": PASSWORD, "password": "Another-long-1", "again": "Another-long-1"}
    ),
    ("POST", "portal:account_phone"): Door(form=lambda s: {"present": PASSWORD, "phone": routes_signin.PHONE}),
    ("POST", "portal:firm_ask"): Door(form=lambda s: routes_signin.request_form(a_scan("授权委托书.pdf"))),
    ("POST", "portal:firm_grant"): Door(form=lambda s: routes_signin.grant_form()),
    ("GET", "portal:firm_revoke"): Door(args=of("grant")),
    ("POST", "portal:firm_revoke"): Door(args=of("grant")),
    ("POST", "portal:firm_withdraw"): Door(args=of("asked")),
    ("GET", "desk:authority"): Door(args=of("asked")),
    ("GET", "desk:authority_file"): Door(args=lambda s: (s.asked.ref, "letter")),
    ("POST", "desk:authority_confirm"): Door(args=of("asked")),
    ("POST", "desk:authority_refuse"): Door(args=of("asked"), form=lambda s: {"reason": "公章不清晰"}),
    ("POST", "desk:authority_end"): Door(args=of("grant"), form=lambda s: {"reason": "凭单位书面申请"}),
    ("POST", "portal:switch"): Door(form=lambda s: {"choice": f"firm:{FIRM_A}"}),
    ("POST", "portal:progress"): PROGRESS,
    ("GET", "portal:verify"): Door(args=token_of("paper")),
    ("GET", "portal:record_page"): Door(args=token_of("record_notice")),
    ("GET", "portal:wizard"): Door(args=lambda s: (s.draft.ref, "records")),
    ("POST", "portal:wizard"): Door(
        args=lambda s: (s.draft.ref, "identity"),
        form=lambda s: {"version": s.draft.version, "agent_name": "赵申", "agent_phone": "13800000000"},
    ),
    ("GET", "portal:upload"): Door(args=of("draft")),
    ("POST", "portal:upload"): Door(args=of("draft"), form=lambda s: {"key": draft_key(s), "file": a_scan()}),
    ("POST", "portal:phone_code"): Door(args=of("draft"), form=lambda s: {"key": draft_key(s)}),
    ("GET", "portal:arrived"): Door(args=of("draft"), form=lambda s: {"key": draft_key(s)}),
    ("GET", "portal:phone"): Door(args=lambda s: (phone_token(s),)),
    ("POST", "portal:phone"): Door(
        args=lambda s: (phone_token(s),), form=lambda s: {"done": "1"}, cookies={DEVICE: "x" * 32}
    ),
    ("GET", "portal:application"): Door(args=lambda s: (s.case.application.ref,)),
    ("GET", "portal:receipt"): Door(args=lambda s: (s.case.application.ref,)),
    ("GET", "portal:file"): Door(args=lambda s: (s.case.application.ref, s.file.uuid)),
    ("GET", "portal:paper"): Door(args=lambda s: (s.case.application.ref, s.paper.ref)),
    ("GET", "portal:correct"): Door(args=of("correction")),
    ("POST", "portal:correct"): Door(args=of("correction"), form=lambda s: {"file_proof_of_duties": a_scan()}),
    ("POST", "portal:evidence"): Door(args=of("decided")),
    ("POST", "portal:withdraw"): Door(args=of("case"), form=lambda s: {"reason": "材料需要重新准备"}),
    ("POST", "portal:receive"): Door(args=lambda s: (s.case.application.ref, s.paper.ref)),
    ("POST", "portal:rate"): Door(
        args=lambda s: (s.case.application.ref,), form=lambda s: {"grade": "5", "tags": "办事效率"}, before=taken_back
    ),
    ("POST", "portal:disown"): Door(args=of("by_clerk"), form=lambda s: {"seq": seq_of_clerk(s)}),
    ("GET", "portal:inbox_paper"): Door(args=of("paper")),
    ("GET", "counter:subject"): Door(form=lambda s: {"code": FIRM_B}),
    ("POST", "counter:subject"): Door(form=lambda s: authority_form()),
    ("POST", "counter:window"): Door(form=lambda s: {"window": "3号窗口"}),
    ("GET", "counter:file"): Door(args=lambda s: (s.counter_token,)),
    ("POST", "counter:file"): Door(args=lambda s: (s.counter_token,), form=lambda s: counter_form(s)),
    ("GET", "counter:correct"): Door(args=of("counter_correction")),
    ("POST", "counter:correct"): Door(
        args=of("counter_correction"), form=lambda s: authority_form() | {"file.proof_of_duties": a_scan()}
    ),
    ("GET", "counter:receipt"): Door(args=lambda s: (s.case.application.ref,)),
    ("POST", "counter:reprint"): Door(args=lambda s: (s.case.application.ref,)),
    ("POST", "counter:keep"): Door(args=lambda s: (s.counter_token,), form=lambda s: {"agent_name": "吴申"}),
    ("POST", "counter:advice"): Door(form=lambda s: {"asked": "何时可以申请", "answered": "公示满三个月"}),
    ("GET", "counter:object"): Door(args=of("counter_record")),
    ("POST", "counter:object"): Door(
        args=of("counter_record"),
        form=lambda s: (
            authority_form()
            | {"form_token": "objected", "matter": "content", "request": "更正金额", "text": "金额有误"}
        ),
    ),
    ("GET", "counter:ticket"): Door(args=of("ticket")),
    ("POST", "counter:move"): Door(args=of("ticket"), form=lambda s: {"act": "start"}, before=called),
    ("POST", "counter:issue"): Door(form=lambda s: {"purpose": "advice"}),
    ("GET", "desk:queue"): Door(args=lambda s: ("office",)),
    ("GET", "desk:queue mine"): Door(args=lambda s: ("mine",)),
    ("GET", "desk:case"): Door(args=of("case")),
    ("GET", "desk:case coordinated"): Door(args=of("coordinated")),
    ("POST", "desk:decide"): Door(args=of("case"), form=decision("case")),
    ("POST", "desk:decide higher"): Door(args=of("higher"), form=decision("higher")),
    ("POST", "desk:decide coordinated"): Door(args=of("coordinated"), form=decision("coordinated")),
    ("POST", "desk:claim"): Door(args=of("case")),
    ("POST", "desk:release"): Door(args=of("case"), before=claimed_by_qian),
    ("GET", "desk:revocation_new"): Door(args=lambda s: (s.decided.ref,)),
    ("POST", "desk:revocation_new"): Door(
        args=lambda s: (s.decided.ref,), form=lambda s: {"ground": "broken_promise", "found": "承诺的整改没有做"}
    ),
    ("GET", "desk:revocation"): Door(args=lambda s: (s.revocation.ref,)),
    ("POST", "desk:revocation"): Door(
        args=lambda s: (s.revocation.ref,), form=lambda s: {"act": "confirm", "note": "同意"}
    ),
    ("GET", "desk:revocation_file"): Door(args=lambda s: (s.revocation.ref, s.revocation.file.uuid)),
    ("GET", "desk:case_file"): Door(args=lambda s: (s.case.ref, s.file.uuid)),
    ("GET", "desk:case_paper"): Door(args=lambda s: (s.case.ref, s.paper.ref)),
    ("GET", "desk:record"): Door(args=of("record")),
    ("POST", "desk:severity"): Door(
        args=of("free_record"), form=lambda s: {"severity-severity": "general", "severity-reason": "罚款一万元以下"}
    ),
    ("POST", "desk:attach"): Door(args=of("free_record"), form=lambda s: {"attach-file": a_scan("决定书.pdf")}),
    ("POST", "desk:notice"): Door(args=of("free_record")),
    ("POST", "desk:serve"): Door(
        args=of("record"),
        form=lambda s: {
            "serve-way": "direct",
            "serve-served_on": f"{timezone.localdate():%Y-%m-%d}",
            "serve-receiver": "赵申",
            "serve-phone": "13800000000",
            "serve-proof": "送达回证1号",
        },
    ),
    ("POST", "desk:void"): Door(args=of("record"), form=lambda s: {"void-reason": "当事人名称有误"}),
    ("POST", "desk:reissue"): Door(args=of("record"), form=lambda s: {"reissue-reason": "地址变更"}),
    ("GET", "desk:service_proof"): Door(
        args=of("record"), before=lambda s: routes_served.served_with_photo(s.world, s.record, a_scan("回证.pdf"))
    ),
    ("POST", "desk:notice_batch"): Door(form=lambda s: {"act": "checked", "ref": [s.free_record.ref]}),
    ("POST", "desk:paper_retry"): Door(
        args=of("record_notice"), before=lambda s: routes_served.stopped(s.record_notice)
    ),
    ("GET", "desk:paper_batch"): Door(args=of("paper_batch")),
    ("GET", "desk:paper_batch_zip"): Door(args=of("paper_batch")),
    ("GET", "desk:paper_batch_pdf"): Door(args=lambda s: (s.paper_batch.ref, 1)),
    ("GET", "desk:decision_file"): Door(args=of("record")),
    ("GET", "desk:record_paper"): Door(args=lambda s: (s.record.ref, s.record_notice.ref)),
    ("POST", "desk:collect"): Door(
        form=lambda s: {
            "category": "administrative_penalty",
            "file": SimpleUploadedFile("双公示.xlsx", penalties()),
        }
    ),
    ("GET", "desk:batch"): Door(args=of("batch")),
    ("POST", "desk:import"): Door(args=of("batch")),
    ("POST", "desk:batch_map"): Door(args=of("batch")),
    ("POST", "desk:batch_take_back"): Door(args=of("batch"), form=lambda scene: {"reason": "文件上传有误"}),
    ("GET", "desk:batch_errors"): Door(args=of("batch")),
    ("POST", "desk:extend"): Door(
        args=of("case"), form=lambda s: {"extend-working_days": "2", "extend-reason": "需要现场核查"}
    ),
    ("POST", "desk:extension_end"): Door(
        args=of("case"),
        form=lambda s: {"extension_end-reason": "核查已经完成"},
        before=lambda s: routes_rules.extended_by_qian(s.world, s.case),
    ),
    ("POST", "desk:external"): Door(
        args=of("outside"),
        form=lambda s: {
            **routes_rules.outside_form("external", "国家税务总局金昌市税务局"),
            "external-step": s.world.step(s.outside),
        },
    ),
    ("GET", "desk:reminder"): Door(args=of("reminder")),
    ("POST", "desk:reminder_contact"): Door(args=of("reminder"), form=lambda s: routes_reminders.form()),
    ("POST", "desk:source_compared"): Door(
        args=of("case"),
        form=lambda s: {"source": s.case.record.version + 1},
        before=lambda s: routes_quality.source_changed(s.case),
    ),
    ("POST", "desk:bundles"): Door(form=lambda s: {"file": SimpleUploadedFile("书.zip", routes_quality.a_zip())}),
    ("GET", "desk:bundle"): Door(args=of("bundle")),
    ("GET", "desk:record_new"): Door(args=lambda s: ("administrative_penalty",)),
    ("POST", "desk:record_new"): Door(
        args=lambda s: ("administrative_penalty",),
        form=lambda s: routes_quality.typed_record(s.world.department("wlj")),
    ),
    ("POST", "desk:quality_declare"): Door(
        form=lambda s: {"category": "administrative_penalty", "month": f"{timezone.localdate():%Y-%m}", "count": "12"}
    ),
    ("POST", "desk:bulletin_draft"): Door(form=lambda s: routes_papers.bulletin_form(s.act_as("wang"))),
    ("GET", "desk:bulletin_paper"): Door(args=of("bulletin")),
    ("GET", "desk:judge"): Door(args=of("record"), form=lambda s: {"day": "2026-03-31", "other": "2026-04-01"}),
    ("POST", "desk:severity_many"): Door(
        form=lambda s: {
            "ref": [s.free_record.ref],
            "act": "run",
            "many-severity": "serious",
            "many-reason": "情节严重",
            "tried": "serious",
        }
    ),
    ("POST", "desk:mirror"): Door(
        args=of("court_record"), form=lambda s: routes_rules.outside_form("mirror", "永昌县人民法院")
    ),
    ("GET", "desk:rule_answer"): Door(args=lambda s: ("older_records",)),
    ("POST", "desk:rule_answer"): Door(
        args=lambda s: ("older_records",),
        form=lambda s: {"action": "set", "value": "old", "in_force_from": f"{timezone.localdate():%Y-%m-%d}"},
    ),
    ("GET", "desk:rule_run"): Door(args=of("forecast")),
    ("POST", "desk:rule_confirm"): Door(args=of("forecast"), form=lambda s: routes_rules.PAPER),
    ("POST", "desk:calendar_preview"): Door(form=lambda s: routes_rules.NOTICE),
    ("POST", "desk:guide_texts"): Door(
        form=lambda s: {
            "block": "常见问题",
            "text": "票据遗失的可以核实。",
            "from_on": timezone.localdate(),
            "act": "publish",
        }
    ),
    ("POST", "desk:calendar_load"): Door(form=lambda s: routes_rules.NOTICE),
    ("POST", "desk:calendar_withdraw"): Door(
        form=lambda s: {"withdraw-year": "2026", "withdraw-reason": "录入有误"},
        before=lambda s: routes_rules.loaded_by_chen(s.world),
    ),
    ("GET", "desk:delivery"): Door(args=lambda s: (s.delivery.message_no,)),
    ("GET", "desk:deliveries_retry"): Door(form=lambda s: {"group": "retry"}),
    ("POST", "desk:deliveries_retry"): Door(form=lambda s: {"group": "retry", "count": "0"}),
    ("GET", "desk:lane"): Door(args=lambda s: (routes_lanes.TARGET,)),
    ("POST", "desk:lane"): Door(
        args=lambda s: (routes_lanes.TARGET,), form=lambda s: {"act": "stop", "stop-reason": "平台升级"}
    ),
    ("GET", "desk:delivery_export"): Door(args=lambda s: (routes_lanes.EXPORT,)),
    ("POST", "desk:delivery_retry"): Door(args=lambda s: (routes_lanes.NUMBER,)),
    ("POST", "desk:delivery_receipt"): Door(
        args=lambda s: (routes_lanes.NUMBER,),
        form=lambda s: {"receipt-receipt": "JC-1", "receipt-received_on": timezone.localdate()},
    ),
    ("GET", "desk:delivery_proof"): Door(
        args=lambda s: (routes_lanes.NUMBER,), before=lambda s: routes_lanes.proven(s.world)
    ),
    ("POST", "desk:delivery_proof"): Door(
        args=lambda s: (routes_lanes.NUMBER,),
        form=lambda s: {"proof-agrees": "yes", "proof-proof": routes_lanes.scan()},
        before=lambda s: routes_lanes.confirmed(),
    ),
    ("GET", "desk:difference"): Door(args=lambda s: (routes_inbound.a_difference(s.record),)),
    ("POST", "desk:difference"): Door(
        args=lambda s: (routes_inbound.a_difference(s.record),), form=lambda s: {"verb": "note", "note": "已与平台核实"}
    ),
    ("POST", "desk:reconcile"): Door(form=lambda s: {"target": "creditchina_jinchang"}),
    ("GET", "api:progress"): PROGRESS,
    ("POST", "api:eligibility"): Door(form=lambda s: {"category": "administrative_penalty"}, json=True),
    ("POST", "api:records"): Door(
        form=lambda s: routes_quality.rows_sent(s.world.department("wlj"), "91"),
        json=True,
        headers={"HTTP_IDEMPOTENCY_KEY": "scene-1"},
    ),
    ("GET", "api:batch"): Door(args=of("sent")),
    ("GET", "api:case"): Door(args=of("case")),
    ("GET", "api:case_events"): Door(args=of("case")),
    ("GET", "desk:task"): Door(args=of("task")),
    ("POST", "desk:task_take"): Door(args=of("task")),
    ("POST", "desk:task_close"): Door(args=of("task"), form=lambda s: {"answer": "已与申请人说明，明日办结"}),
    ("POST", "desk:task_hand_over"): Door(
        args=of("task"), form=lambda s: {"department": "wlj", "reason": "应由文旅局办理"}
    ),
    ("GET", "portal:objection_new"): Door(args=beside("record")),
    ("POST", "portal:objection_new"): Door(args=beside("record"), form=lambda s: routes_beside.FILING),
    ("GET", "portal:objection"): Door(args=beside("objection")),
    ("POST", "portal:objection_withdraw"): Door(args=beside("objection"), form=lambda s: {"reason": "已核实"}),
    ("GET", "portal:objection_paper"): Door(args=beside("answered")),
    ("GET", "portal:beside_file"): Door(args=beside_file),
    ("GET", "portal:penalty_report"): Door(args=beside("record")),
    ("POST", "portal:penalty_report"): Door(
        args=beside("record"),
        form=lambda s: routes_beside.paper_form(
            kind="annulled", by="review", agent_name="赵申", agent_phone="13800000000"
        ),
    ),
    ("GET", "portal:penalty_withdrawal"): Door(args=beside("report")),
    ("GET", "portal:restructuring"): Door(args=beside("track")),
    ("GET", "desk:objection"): Door(args=beside("objection")),
    ("POST", "desk:objection"): Door(args=beside("objection"), form=lambda s: routes_beside.ANSWER),
    ("GET", "desk:objection_paper"): Door(args=beside("answered")),
    ("GET", "desk:withdrawal"): Door(args=beside("report")),
    ("POST", "desk:withdrawal"): Door(args=beside("report"), form=lambda s: {"act": "confirm", "note": "已核对"}),
    ("GET", "desk:withdrawal_new"): Door(args=beside("record")),
    ("POST", "desk:withdrawal_new"): Door(
        args=beside("record"), form=lambda s: routes_beside.paper_form(kind="changed", by="itself")
    ),
    ("GET", "desk:restructuring"): Door(args=beside("track")),
    ("POST", "desk:restructuring"): Door(args=beside("track"), form=lambda s: {"act": "shield", "note": ""}),
    ("GET", "desk:restructuring_new"): Door(args=beside("record")),
    ("POST", "desk:restructuring_new"): Door(
        args=beside("record"), form=lambda s: routes_beside.paper_form(plan="plan")
    ),
    ("GET", "desk:beside_file"): Door(args=beside_file),
    ("GET", "desk:watch_list"): Door(args=lambda s: ("case", "waiting")),
    ("GET", "health"): Door(before=lambda s: everybody_beats()),
}


def door(row: tuple[str, str]) -> Door:
    return DOORS.get(row, Door())


def address(row: tuple[str, str], args: tuple[Any, ...]) -> str:
    return reverse(row[1].split(" ")[0], args=args)


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside leaves nothing behind."""
    cache.clear()
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def knock(scene: Scene, row: tuple[str, str], who: str, *, args: tuple[Any, ...] | None = None) -> Any:
    """One request of `who` at the row's door, or at the same door with other arguments; inside `undone()`."""
    way = door(row)
    form = way.form(scene)
    url = address(row, way.args(scene) if args is None else args)
    client = scene.client(who)
    for name, value in way.cookies.items():
        client.cookies[name] = value
    if row[0] == "GET":
        return client.get(url, form)
    if way.json:
        return client.post(url, form, content_type="application/json", **way.headers)
    return client.post(url, form)


def absent(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same arguments with the object named by the first of them not there."""
    first, *rest = args
    nothing: Any = uuid.uuid4() if isinstance(first, uuid.UUID) else "0" * len(str(first))
    return (nothing, *rest)


POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


def policy_of(text: str) -> set[str]:
    return {part.strip() for part in text.split(";") if part.strip()}


def header_faults(response: HttpResponse, path: str) -> list[str]:
    """What an answer lacks of the headers of reliability §2.7; files may only be stricter (sandbox)."""
    wrong = [f"{name}: {response.get(name)}" for name, value in FIXED.items() if response.get(name) != value]
    kept = response.get("Cache-Control", "")
    asked_again = response.has_header("ETag") and kept == "private, no-cache"  # the API's conditional requests
    if not path.startswith("/static/") and "no-store" not in kept and not asked_again:
        wrong.append(f"Cache-Control: {response.get('Cache-Control')}")
    referrer = "no-referrer" if path.startswith(("/q/", "/v/")) else "same-origin"
    if response.get("Referrer-Policy") != referrer:
        wrong.append(f"Referrer-Policy: {response.get('Referrer-Policy')}")
    policy = policy_of(response.get("Content-Security-Policy", ""))
    attached = response.get("Content-Disposition", "").startswith("attachment")
    if policy != policy_of(POLICY) and not (attached and {"sandbox", "default-src 'none'"} <= policy):
        wrong.append(f"Content-Security-Policy: {response.get('Content-Security-Policy')}")
    return wrong


class _Shape(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.lang = ""
        self.h1 = 0
        self.titles = 0
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.lang = given.get("lang") or "" if tag == "html" else self.lang
        self.h1 += tag == "h1"
        self.titles += tag == "title"
        if tag == "style" or (tag == "script" and not given.get("src")):
            self.inline.append(f"<{tag}>")
        self.inline += [f"<{tag} {name}>" for name in given if name == "style" or name.startswith("on")]
        targets = [given.get(name) or "" for name in ("href", "src", "action", "formaction")]
        self.inline += [f"<{tag} {target}>" for target in targets if target.lower().startswith("javascript:")]


def page_faults(html: str) -> list[str]:
    """What keeps a page from being readable aloud, or from working under the strict policy."""
    shape = _Shape()
    shape.feed(html)
    wrong = list(shape.inline)
    if not html.lstrip().lower().startswith("<!doctype html>"):
        wrong.append("no doctype")
    if not shape.lang.startswith("zh"):
        wrong.append(f"lang={shape.lang!r}")
    if shape.h1 != 1:
        wrong.append(f"{shape.h1} h1")
    if not shape.titles:
        wrong.append("no title")
    return wrong


REFERENCE = re.compile(r"\b[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}\b")
FORM_SECRET = re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]+')


def told(response: Any, args: tuple[Any, ...]) -> str:
    """The body of an answer without what must differ: the reference number, the form's secret, the address asked."""
    text = FORM_SECRET.sub(r"\1", response.content.decode())
    for arg in args:
        text = text.replace(str(arg), "ASKED")
    return REFERENCE.sub("REFERENCE", text)
