"""What the steps of the demo share: its day, people, cases by name, and how one acts, looks and asks a platform."""

import json
import secrets
import urllib.request
from collections.abc import Callable
from datetime import date
from typing import Any, TextIO, TypeVar

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from cases.models import Case, FailureRecord, ReviewStep
from cases.services import apply, intake, review
from cases.services.filing import Authority, Filing, GivenMaterial, Receipt
from cases.uploads import store_upload
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context, set_local
from creditrepair.tenancy.models import User
from examples import story as tale
from examples.checks import Ledger
from examples.generate import decision_pdf
from examples.people import People, settle_in, username_of
from notices.models import Notice
from sync.models import Delivery

REGION = tale.REGION
A, B = "creditchina_jinchang", "gsxt_gansu"
PHONE = "13800001234"
T = TypeVar("T")


class Stage:
    """The story of one day. Keeps what later steps need: people, A's receipt, cases by their name in the story."""

    def __init__(self, out: TextIO) -> None:
        self.ledger = Ledger(out)
        self.today: date = timezone.localdate()
        self.story = tale.story(self.today)
        with transaction.atomic():
            self.people: People = settle_in(self.today)
        self.cases: dict[str, Case] = {}
        self.receipt: Receipt | None = None
        self.url: str = settings.PUBLIC_URL

    # ── acting ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def actor(self, username: str) -> Actor:
        return self.people.actors[username]

    def act(self, actor: Actor, verb: Callable[..., T], **given: Any) -> T:
        """One verb in one transaction, inside the actor's region or subject, as a request would have it."""
        with transaction.atomic():
            set_local("app.region", "" if actor.subject else actor.region)
            set_local("app.subject", actor.subject or "")
            return verb(actor, **given)

    def file(self, who: str, papers: list[tale.Paper], authority: Authority | None = None) -> Receipt:
        """File for these papers with one proof each, as applicant or (with an authority) at the counter."""
        actor = self.actor(who)
        records = [self.record(paper) for paper in papers]
        proof = self.act(actor, self.upload)
        level = "B" if authority else "C"
        filing = Filing(
            form_token=secrets.token_hex(16),
            subject_code=papers[0].firm.code,
            record_refs=tuple(r.ref for r in records),
            agent_name=papers[0].firm.person,
            agent_phone=PHONE,
            committed=True,
            materials=tuple(
                GivenMaterial("proof_of_duties", "履行义务证明材料", level, "缴款凭证", r.ref, file_uuid=proof)
                for r in records
            ),
            bid_on=None,
            authority=authority,
        )
        return self.act(actor, apply.submit_application, filing=filing, now=timezone.now())

    def upload(self, actor: Actor) -> str:
        content = decision_pdf(self.story.a_culture)
        upload = SimpleUploadedFile("缴款凭证.pdf", content, "application/pdf")
        return str(store_upload(actor, REGION, upload, now=timezone.now()).uuid)

    def decide(self, name: str, tier: str, verb: Callable[..., Any], **given: Any) -> None:
        """The person of this tier decides the open step of a case."""
        case = self.cases[name]
        with region_context(REGION):
            step = ReviewStep.objects.filter(region_id=REGION, case_id=case.pk, status="open").get().uuid
        actor = self.actor(username_of(case.department.code, tier))
        self.act(actor, verb, ref=case.ref, step=step, now=timezone.now(), **given)

    def accept(self, name: str) -> None:
        self.decide(name, "handler", intake.accept_case, comment="材料齐全")

    def approve(self, name: str, tier: str) -> None:
        self.decide(name, tier, review.approve_step, comment="已核实义务履行和纠正情况，同意")

    # ── looking ────────────────────────────────────────────────────────────────────────────────────────────────────
    def record(self, paper: tale.Paper) -> FailureRecord:
        with region_context(REGION):
            return FailureRecord.objects.select_related("subject", "department").get(
                region_id=REGION, category=paper.category, doc_no=paper.doc_no
            )

    def notice_of(self, record: FailureRecord) -> Notice:
        with region_context(REGION):
            return Notice.objects.get(region_id=REGION, record_ref=record.ref)

    def case_of(self, paper: tale.Paper) -> Case:
        with region_context(REGION):
            return Case.objects.select_related("record", "department", "application").get(
                region_id=REGION, record=self.record(paper)
            )

    def fresh(self, name: str) -> Case:
        with region_context(REGION):
            return Case.objects.select_related("record__subject", "application", "department").get(
                pk=self.cases[name].pk
            )

    def cases_of(self, receipt: Receipt) -> list[Case]:
        with region_context(REGION):
            return list(Case.objects.filter(region_id=REGION, application__in=receipt.applications))

    def all_verified(self, kind: str) -> bool:
        with region_context(REGION):
            return not Delivery.objects.filter(region_id=REGION, kind=kind).exclude(state="verified").exists()

    def waiting_papers(self) -> bool:
        with region_context(REGION):
            return Notice.objects.filter(region_id=REGION, status="requested").exists()

    # ── platforms and browsers ─────────────────────────────────────────────────────────────────────────────────────
    def platform(self, target: str) -> str:
        return str(settings.SYNC_TARGETS[target]["base_url"])

    def fault(self, target: str, mode: str, seconds: int) -> None:
        """Switch a platform program of ours into a fault for some seconds."""
        body = json.dumps({"mode": mode, "for_seconds": seconds}).encode()
        request = urllib.request.Request(  # noqa: S310 - our own mock, on loopback
            f"{self.platform(target)}/_mode", data=body, headers={"Content-Type": "application/json"}
        )
        urllib.request.urlopen(request, timeout=5).close()  # noqa: S310

    def cookie(self, username: str) -> str:
        """A signed-in session of a demo account, as its browser would hold it."""
        user = User.objects.get(username=username)
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
        session["_auth_user_hash"] = user.get_session_auth_hash()
        session.save()
        return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
