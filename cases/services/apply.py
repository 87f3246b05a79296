"""Filing: one filing, one set of facts, one commitment, several records, also of several departments and regions."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from cases import virus_scan
from cases.access import require_filing
from cases.deadlines import settle_clock
from cases.facts import facts_of, judge_record
from cases.law import Verdict
from cases.models import Application, Case, FailureRecord, Material, StoredFile, Subject
from cases.query_codes import CODE_ALPHABET, query_code_hash, query_code_of
from cases.services import messages
from cases.services.eligibility import judgement
from cases.services.ladder import open_intake, pin_ladder
from cases.services.remind_told import release
from cases.services.reuse import reusable_by
from cases.states import OPEN_STATES, CaseState
from creditrepair import failpoint
from creditrepair.audit.chain import Line, record_all
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotAllowed, WrongMoment
from creditrepair.tenancy.models import Role
from sync import outbox

PAPER_KEPT = timedelta(days=31)  # a network is down for hours or days; older paper is a wrong date, asked for again
PAPER_MATERIAL = "paper_form"  # code of the scan of a form filled in by hand
AUTHORITY_MATERIAL = "authority"  # code of the picture of what a clerk's act rests on
COMMITMENT = (
    "本单位承诺：一、已履行相关法定义务并纠正失信行为；二、所提交材料真实、合法、有效；三、今后依法诚信经营；"
    "四、如承诺不实或提供虚假材料，自愿依法承担责任，并同意依法公示本承诺及践诺情况。"
)


@dataclass(frozen=True, slots=True)
class Authority:
    """On what a clerk files for a subject: recorded before the first step (experience §5)."""

    basis: str
    evidence: str
    valid_until: date | None
    phone_check: str
    window: str
    scope: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "basis": self.basis,
            "scope": self.scope,
            "evidence": self.evidence,
            "valid_until": self.valid_until.isoformat() if self.valid_until else None,
            "phone_check": self.phone_check,
            "window": self.window,
        }


@dataclass(frozen=True, slots=True)
class PaperForm:
    """A form filled in by hand while the network was down: when the window took it in, and why on paper (ADR 20)."""

    received_at: datetime
    reason: str

    def as_json(self) -> dict[str, str]:
        return {"received_at": self.received_at.isoformat(), "reason": self.reason}


@dataclass(frozen=True, slots=True)
class GivenMaterial:
    """One material of a filing: `record_ref` empty for a material common to all records; file or statement.

    `reuse`: number of an earlier material of the subject, level A or B and still valid; its file, level, source and
    verifier are taken from there, whatever else stands here.
    """

    code: str
    title: str
    level: str
    source: str
    record_ref: str = ""
    file_uuid: str = ""
    statement: str = ""
    reuse: str = ""


@dataclass(frozen=True, slots=True)
class Filing:
    """What the applicant (or the clerk on authority) hands in. `committed` must be True: one signature for all records."""

    form_token: str
    subject_code: str
    record_refs: tuple[str, ...]
    agent_name: str
    agent_phone: str
    committed: bool
    materials: tuple[GivenMaterial, ...] = ()
    urgent_reason: str = ""
    bid_on: date | None = None
    authority: Authority | None = None
    paper: PaperForm | None = None

    def applied_at(self, now: datetime) -> datetime:
        """When the applicant applied: the law's days count from here, not from the typing of a paper form."""
        return self.paper.received_at if self.paper else now


@dataclass(frozen=True, slots=True)
class Receipt:
    """`filing_no` for people; `query_code` is shown on the receipt and kept only as a hash. `repeated`: found, not made."""

    filing_no: str
    query_code: str
    applications: tuple[Application, ...]
    repeated: bool = False
    verdicts: dict[str, Verdict] = field(default_factory=dict)


def new_filing_no(now: datetime) -> str:
    """XF + Shanghai day + six random signs: readable over the telephone, not countable."""
    return f"XF{timezone.localdate(now):%Y%m%d}" + "".join(secrets.choice(CODE_ALPHABET) for _ in range(6))


@transaction.atomic
def submit_application(actor: Actor, filing: Filing, *, now: datetime) -> Receipt:
    """File once for all chosen records: one Application per region under one filing number, all or nothing.

    The same form token again gives the receipt of the first filing (`repeated`), query code included.
    Raises Invalid (nothing chosen, no commitment, material missing, not yet due), NotAllowed (no authority),
    WrongMoment (a record already has an open case).
    """
    _require_authority(actor, filing)
    _require_form(filing)
    _require_paper(actor, filing, now)
    records = _records(actor, filing)
    again = _filed_before(records, filing)
    if again:
        code = query_code_of(filing.form_token, again[0].region_id)
        return Receipt(again[0].filing_no, code, tuple(again), repeated=True)
    today = timezone.localdate(filing.applied_at(now))
    verdicts = {record.ref: judge_record(record, today) for record in records}
    _require_may_file(records, verdicts)
    filing_no, applications = new_filing_no(now), []
    for region in sorted({record.region_id for record in records}):
        with region_context(region):
            mine = [record for record in records if record.region_id == region]
            applications.append(_file_in_region(actor, filing, mine, verdicts, filing_no, now))
    code = query_code_of(filing.form_token, applications[0].region_id)
    failpoint.reach("submit.before_commit")
    transaction.on_commit(lambda: failpoint.reach("submit.after_commit"))
    return Receipt(filing_no, code, tuple(applications), verdicts=verdicts)


def _require_authority(actor: Actor, filing: Filing) -> None:
    require_filing(actor)
    if actor.subject is not None:
        if actor.subject != filing.subject_code:
            raise NotAllowed("您现在没有代表该单位办理。")
        return
    if not actor.has(Role.CLERK):
        raise NotAllowed("请由单位授权的经办人登录办理，或到窗口代为提交。")
    if filing.authority is None or not filing.authority.evidence.strip():
        raise Invalid(fields={"authority": "代为提交须先登记授权依据。"})


def _require_form(filing: Filing) -> None:
    faults = {}
    if not filing.record_refs:
        faults["records"] = "请至少选择一条失信信息。"
    if not filing.agent_name.strip():
        faults["agent_name"] = "请填写经办人姓名。"
    phone = filing.agent_phone.strip()
    if not (phone.isascii() and phone.isdigit() and len(phone) == 11 and phone.startswith("1")):
        faults["agent_phone"] = "请填写11位手机号码，用于接收办理通知。"
    if not filing.committed:
        faults["committed"] = "请阅读并同意信用承诺。"
    if faults:
        raise Invalid(fields=faults)


def _require_paper(actor: Actor, filing: Filing, now: datetime) -> None:
    """Only the window enters paper, with its reason; a day to come, or one long past, is a slip of the pen."""
    paper = filing.paper
    if paper is None:
        return
    if actor.subject is not None:
        raise NotAllowed("纸质申请由窗口补录。")
    if not paper.reason.strip():
        raise Invalid(fields={"paper_reason": "请写明当时使用纸质申请的原因。"})
    if not any(material.code == PAPER_MATERIAL and material.file_uuid for material in filing.materials):
        raise Invalid(fields={f"{PAPER_MATERIAL}.all": "请上传纸质申请表的扫描件，上面要有窗口注明的收到时间。"})
    if not now - PAPER_KEPT <= paper.received_at <= now:
        raise Invalid(fields={"paper_on": f"收到日期应在最近{PAPER_KEPT.days}天内，且不晚于现在，请核对纸质申请。"})


def _records(actor: Actor, filing: Filing) -> list[FailureRecord]:
    """The chosen records of the subject, locked in one order; a foreign or unknown reference is the same NotFound."""
    refs = set(filing.record_refs)
    rows = FailureRecord.objects.select_related("subject", "department").filter(
        ref__in=refs, subject_id=filing.subject_code
    )
    if actor.subject is None:
        rows = rows.filter(region_id=actor.region)
    found = sorted(rows, key=lambda r: (r.region_id, r.pk))
    if len(found) != len(refs):
        raise Invalid(fields={"records": "所选信息中有的已停止公示或不属于该单位，请重新选择。"})
    locked = []
    for region in sorted({r.region_id for r in found}):
        with region_context(region):
            ids = [r.pk for r in found if r.region_id == region]
            locked += list(
                FailureRecord.objects.select_for_update(of=("self",))
                .select_related("subject", "department")
                .filter(region_id=region, pk__in=ids)
                .order_by("pk")
            )
    return locked


def _filed_before(records: Sequence[FailureRecord], filing: Filing) -> list[Application]:
    found = []
    for region in sorted({r.region_id for r in records}):
        with region_context(region):
            found += list(Application.objects.filter(region_id=region, form_token=filing.form_token))
    return found


def _require_may_file(records: Sequence[FailureRecord], verdicts: dict[str, Verdict]) -> None:
    """The law decides: a verified "not yet" or "not repairable" refuses, a doubt never does."""
    for record in records:
        verdict = verdicts[record.ref]
        if record.status != FailureRecord.Status.PUBLISHED:
            raise WrongMoment(f"{record.doc_no}已不再公示，无需申请。")
        if not verdict.may_file:
            raise Invalid(
                fields={"records": f"{record.doc_no}：{verdict.headline}。{verdict.reasons[0].text}"},
                code="not_eligible",
            )
        with region_context(record.region_id):
            under_way = Case.objects.filter(
                region_id=record.region_id, record=record, state__in=[*OPEN_STATES, CaseState.APPROVED]
            ).first()
        if under_way is not None:
            raise WrongMoment(f"{record.doc_no}已有办理中的申请，请在“我的办件”中查看。", code="already_filed")


def _file_in_region(
    actor: Actor,
    filing: Filing,
    records: list[FailureRecord],
    verdicts: dict[str, Verdict],
    filing_no: str,
    now: datetime,
) -> Application:
    region = records[0].region_id
    applied_at = filing.applied_at(now)
    subject = Subject.objects.get(pk=filing.subject_code)
    counter = actor.subject is None
    application = Application.objects.create(
        region_id=region,
        filing_no=filing_no,
        form_token=filing.form_token,
        query_code_hash=query_code_hash(query_code_of(filing.form_token, region)),
        subject=subject,
        filed_by_id=actor.person_id,
        channel=Application.Channel.COUNTER if counter else Application.Channel.PORTAL,
        authority=filing.authority.as_json() if filing.authority and counter else {},
        agent_name=filing.agent_name.strip(),
        agent_phone=filing.agent_phone.strip(),
        commitment=COMMITMENT,
        committed_by=filing.agent_name.strip(),
        committed_at=applied_at,
        urgent_reason=filing.urgent_reason.strip(),
        bid_on=filing.bid_on,
        submitted_at=applied_at,
        paper_on=timezone.localdate(applied_at) if filing.paper else None,
        paper_reason=filing.paper.reason.strip() if filing.paper else "",
        entered_at=now if filing.paper else None,
    )
    cases = [open_case(application, record, verdicts[record.ref], applied_at, taken_at=now) for record in records]
    _attach(actor, application, cases, filing.materials, now)
    lines = [
        Line(
            "submitted",
            "case",
            case.ref,
            application=application.ref,
            on_behalf_of=subject.code,
            authority=authority_text(filing.authority) if counter else "",
            data={
                "doc_no": case.record.doc_no,
                "department": case.department.name,
                "verdict": verdicts[case.record.ref].status,
                **(_at_counter(filing) if counter else {}),
            },
        )
        for case in cases
    ]
    record_all(in_region(actor, region), lines, at=now)
    messages.tell_submitted(application, cases, now=now)
    if counter:
        messages.tell_filed_by_clerk(application, now=now)
    transaction.on_commit(outbox.wake, robust=True)
    return application


def _at_counter(filing: Filing) -> dict[str, Any]:
    """What the event of a clerk's act holds besides who, for whom, on what and where: what the applicant confirmed."""
    assert filing.authority is not None
    told = {
        "confirmed": f"{filing.agent_name.strip()}当面确认所选信息、材料和信用承诺",
        "phone_check": filing.authority.phone_check,
        "scope": filing.authority.scope,
    }
    paper = filing.paper
    return told | (
        {"paper_on": f"{timezone.localdate(paper.received_at):%Y-%m-%d}", "paper_reason": paper.reason} if paper else {}
    )


def open_case(
    application: Application,
    record: FailureRecord,
    verdict: Verdict,
    now: datetime,
    *,
    taken_at: datetime | None = None,
) -> Case:
    """The case of one record of a filing, with its ladder and its intake step.

    now        when the applicant applied: regime, verdict and clock follow it
    taken_at   when the case reaches the unit, where that is later (paper entered afterwards)
    """
    case = Case(
        region_id=record.region_id,
        application=application,
        record=record,
        subject=record.subject,
        category=record.category,
        department=record.department,
        regime=verdict.regime,
        tiers=pin_ladder(record, timezone.localdate(now)),
        record_version=record.version,
        verdict=judgement(record, timezone.localdate(now), verdict),
        submitted_at=now,
    )
    settle_clock(case, taken_at or now)
    case.save()
    release(record.region_id, [record.pk], now=now)
    open_intake(case, taken_at or now)
    case.save(update_fields=["state", "holder", "holder_tier", "due_on", "paused"])
    return case


def _attach(
    actor: Actor, application: Application, cases: Sequence[Case], materials: Sequence[GivenMaterial], now: datetime
) -> None:
    by_record = {case.record.ref: case for case in cases}
    given = [m for m in materials if not m.record_ref or m.record_ref in by_record]
    _require_materials(cases, given)
    for material in given:
        values = _used_again(application, material, now) if material.reuse else _given_now(actor, application, material)
        Material.objects.create(
            region_id=application.region_id,
            application=application,
            case=by_record.get(material.record_ref),
            code=material.code,
            title=material.title,
            statement=material.statement,
            added_at=now,
            **values,
        )


def _file_of(actor: Actor, application: Application, material: GivenMaterial) -> StoredFile | None:
    """An upload of one's own; of authority that holds for longer also the picture an earlier filing of the subject rests on."""
    files = StoredFile.objects.filter(region_id=application.region_id, uuid=material.file_uuid)
    own = files.filter(owner_id=actor.user_id).first()
    if own is not None or material.code != AUTHORITY_MATERIAL or actor.subject is not None:
        return own
    earlier = Material.objects.filter(
        region_id=application.region_id, code=AUTHORITY_MATERIAL, application__subject_id=application.subject_id
    )
    return files.filter(pk__in=earlier.values("file_id")).first()


def _given_now(actor: Actor, application: Application, material: GivenMaterial) -> dict[str, Any]:
    """File, level and source of what the actor hands in. Raises Invalid (not theirs, not yet scanned)."""
    file = None
    if material.file_uuid:
        file = _file_of(actor, application, material)
        if file is None:
            raise Invalid(fields={material.code: "文件没有找到，请重新上传。"})
        require_safe(file, material.code)
    return {
        "file": file,
        "level": material.level,
        "source": material.source,
        "verified_by_id": actor.user_id if material.level == Material.Level.B else None,
    }


def _used_again(application: Application, material: GivenMaterial, now: datetime) -> dict[str, Any]:
    """The same of an earlier material of the subject. Raises Invalid where it is not, or no longer, to be used again."""
    earlier = reusable_by(application.region_id, application.subject_id, material.reuse, timezone.localdate(now))
    fits = earlier is not None and (earlier.case is None or earlier.case.record.ref == material.record_ref)
    if earlier is None or earlier.code != material.code or not fits:
        raise Invalid(fields={material.code: f"“{material.title}”的核验已过有效期，请重新上传。"})
    return {
        "file": earlier.file,
        "level": earlier.level,
        "source": earlier.source,
        "verified_by_id": earlier.verified_by_id,
        "valid_until": earlier.valid_until,
    }


def require_safe(file: StoredFile, field: str) -> None:
    """A file may be saved before it is scanned, but not handed in. Raises Invalid."""
    if file.scan == virus_scan.WAITING:
        raise Invalid(fields={field: f"文件“{file.name}”待安全检查，可先保存，检查通过后提交。"})
    if file.scan == virus_scan.FOUND:
        raise Invalid(fields={field: f"文件“{file.name}”未通过安全检查，请移除后使用原始文件重新上传。"})


def _require_materials(cases: Sequence[Case], given: Sequence[GivenMaterial]) -> None:
    """Each required material of each record must be there, common or its own; a statement counts (level D)."""
    missing = {}
    for case in cases:
        for wanted in case.room.materials(facts_of(case.record)):
            if wanted.source != "applicant" or not wanted.required:
                continue
            if not any(
                m.code == wanted.code
                and m.record_ref in ("", case.record.ref)
                and (m.file_uuid or m.statement or m.reuse)
                for m in given
            ):
                missing[f"{wanted.code}:{case.record.ref}"] = f"{case.record.doc_no}缺少“{wanted.title}”。"
    if missing:
        raise Invalid(fields=missing, code="material_missing")


def authority_text(authority: Authority | None) -> str:
    return f"{authority.basis}：{authority.evidence}" if authority else ""


def in_region(actor: Actor, region: str) -> Actor:
    """The same person, writing into another region's chain (a filing may touch several)."""
    return actor if actor.region == region else replace(actor, region=region)
