"""破产重整: a court's ruling, temporary shielding, final repair. Each move rests on a paper, and is its own step.

With the ruling on a plan or a settlement the record is shielded for the time being; final once the court finds it fully
performed. The final part, and what follows if the plan fails, are 待核实: an officer of the unit judges, with a paper.
"""

from datetime import date, datetime
from typing import Final

from django.db import transaction

from cases.access import access_record
from cases.access_beside import access_restructuring, may_record_ruling
from cases.categories import pack_for
from cases.models import FailureRecord, Restructuring, RestructuringStep, StoredFile, Task
from cases.overrides import overrides_of
from cases.services.beside import OutsidePaper, end_tasks, own_files, paper_faults
from cases.services.record_off import Ground, bring_back, locked_record, take_off
from cases.services.task import open_task
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid, NotAllowed, WrongMoment
from sync import outbox

THING: Final = "restructuring"
MAX_NOTE: Final = 500
S, What = Restructuring.State, RestructuringStep.What
Status = FailureRecord.Status
PLANS: Final = {"plan": "批准重整计划", "settlement": "认可和解协议"}


@transaction.atomic
def record_ruling(
    actor: Actor, *, record_ref: str, plan: str, paper: OutsidePaper, note: str, now: datetime
) -> Restructuring:
    """Record the court's ruling on a plan or settlement for a published record; the unit then decides on shielding.

    plan   "plan" or "settlement"; paper: court, 案号, day of the ruling and its scan
    Raises NotFound, NotAllowed (neither the unit nor 县发改局), WrongMoment (not published; one is under way), Invalid.
    """
    seen = access_record(actor, record_ref)
    if not may_record_ruling(actor, seen):
        raise NotAllowed("由责任单位或者县发改局登记法院裁定。")
    record = locked_record(seen.region_id, seen.pk)
    faults = paper_faults(paper, not_before=None, now=now)
    if plan not in PLANS:
        faults["plan"] = "请选择裁定事项。"
    if not paper.file_uuid:
        faults["file"] = "请上传裁定书。"
    if faults or paper.decided_on is None:
        raise Invalid(fields=faults)
    if record.status != Status.PUBLISHED:
        raise WrongMoment(f"该信息现为“{record.get_status_display()}”，无需登记。", code="not_published")
    if Restructuring.objects.filter(
        region_id=record.region_id, record=record, state__in=(S.RULED, S.SHIELDED)
    ).exists():
        raise WrongMoment("该信息的法院裁定已经登记。", code="already_recorded")
    (file,) = own_files(actor, record.region_id, [paper.file_uuid], "file")
    track = Restructuring.objects.create(
        region_id=record.region_id,
        record=record,
        subject=record.subject,
        department=record.department,
        court=paper.organ.strip(),
        court_no=paper.paper_no.strip(),
        plan=plan,
        ruled_on=paper.decided_on,
        opened_at=now,
        moved_at=now,
    )
    _step(actor, track, What.RULED, paper, file, note, now)
    open_task(
        track.region_id,
        kind=Task.Kind.BANKRUPTCY,
        thing_kind=THING,
        thing=track.ref,
        title=f"请决定是否临时屏蔽：{record.doc_no}",
        detail=f"{track.court}{track.court_no}{track.get_plan_display()}（{track.ruled_on}）。所列日期为内部提醒，办理期限待核实。",
        department_id=track.department_id,
        now=now,
    )
    return _noted(actor, track, "bankruptcy_ruled", paper, note, now)


@transaction.atomic
def shield_record(actor: Actor, *, ref: str, note: str, now: datetime) -> Restructuring:
    """Temporary repair on the ruling: the record is shown nowhere while the plan is carried out.

    Raises NotFound, NotAllowed (another unit), WrongMoment (not ruled, decided before; the record ended meanwhile).
    """
    track, record = _held(actor, ref, S.RULED)
    if record.status != Status.PUBLISHED:
        raise WrongMoment(f"该信息现为“{record.get_status_display()}”，无需屏蔽。", code="not_published")
    ruling = OutsidePaper(track.court, track.court_no, track.ruled_on, "")
    text = f"{track.court}已{track.get_plan_display()}（{track.court_no}，{track.ruled_on}），临时修复，暂停公示"
    take_off(record, Status.SHIELDED, _ground(ruling, "granted", "bankruptcy_temporary", text), now)
    _step(actor, track, What.SHIELDED, ruling, None, note, now)
    _move(actor, track, S.SHIELDED, "已临时屏蔽", now)
    return _noted(actor, track, "bankruptcy_shielded", ruling, note, now)


@transaction.atomic
def decline_shielding(actor: Actor, *, ref: str, note: str, now: datetime) -> Restructuring:
    """Not shielded, with the officer's reason; the record stays as it is. Raises as `shield_record`, and Invalid."""
    track, _ = _held(actor, ref, S.RULED)
    if not note.strip():
        raise Invalid(fields={"note": "请写明理由。"})
    ruling = OutsidePaper(track.court, track.court_no, track.ruled_on, "")
    _step(actor, track, What.DECLINED, ruling, None, note, now)
    _move(actor, track, S.DECLINED, "不予临时屏蔽", now)
    return _noted(actor, track, "bankruptcy_declined", ruling, note, now)


@transaction.atomic
def finish_restructuring(actor: Actor, *, ref: str, paper: OutsidePaper, note: str, now: datetime) -> Restructuring:
    """Final repair on the court's finding that the plan is fully performed; the platforms show nothing already.

    Raises NotFound, NotAllowed, WrongMoment (not shielded), Invalid (the paper and its scan).
    """
    track, record = _held(actor, ref, S.SHIELDED)
    file = _paper_of(actor, track, paper, now)
    if record.status == Status.SHIELDED:
        take_off(record, Status.ENDED, _ground(paper, "granted", "bankruptcy_final", "重整计划执行完毕"), now)
    _step(actor, track, What.FINAL, paper, file, note, now)
    _move(actor, track, S.FINAL, "已最终修复", now)
    return _noted(actor, track, "bankruptcy_finished", paper, note, now)


@transaction.atomic
def resume_publication(actor: Actor, *, ref: str, paper: OutsidePaper, note: str, now: datetime) -> Restructuring:
    """The plan was not carried out: what was shielded is shown again, on the court's paper and the officer's reason.

    Raises NotFound, NotAllowed, WrongMoment (not shielded), Invalid (paper, scan, reason).
    """
    track, record = _held(actor, ref, S.SHIELDED)
    if not note.strip():
        raise Invalid(fields={"note": "请写明恢复公示的理由；恢复的条件和期限待核实，由责任单位判断。"})
    file = _paper_of(actor, track, paper, now)
    if record.status == Status.SHIELDED:
        text = f"{paper.organ.strip()}认定未执行（{paper.paper_no.strip()}），恢复公示"
        bring_back(record, _ground(paper, "revoked", "bankruptcy_failed", text), now)
    _step(actor, track, What.RESUMED, paper, file, note, now)
    _move(actor, track, S.RESUMED, "已恢复公示", now)
    return _noted(actor, track, "bankruptcy_resumed", paper, note, now)


def bankruptcy_office(record: FailureRecord, today: date) -> str:
    """Who handles bankruptcy by the region's answer (Q12); "" while nobody has told us."""
    rows = pack_for(overrides_of(record.region_id)).rows("decider", record.category, today)
    told = [str(rule.value) for rule in rows if rule.variant == "bankruptcy" and rule.value]
    return told[-1] if told else ""


def _held(actor: Actor, ref: str, state: str) -> tuple[Restructuring, FailureRecord]:
    """The track in this state and its record, both locked, the record first as everywhere."""
    seen = access_restructuring(actor, ref, to="move")
    record = locked_record(seen.region_id, seen.record_id)
    track = (
        Restructuring.objects.select_for_update(of=("self",))
        .select_related("department", "subject", "record")
        .get(region_id=seen.region_id, pk=seen.pk)
    )
    if track.state != state:
        raise WrongMoment(f"本事项现为“{track.get_state_display()}”，不能办理此步。")
    return track, record


def _paper_of(actor: Actor, track: Restructuring, paper: OutsidePaper, now: datetime) -> StoredFile:
    faults = paper_faults(paper, not_before=track.ruled_on, now=now)
    if not paper.file_uuid:
        faults["file"] = "请上传法院文书。"
    if faults:
        raise Invalid(fields=faults)
    (file,) = own_files(actor, track.region_id, [paper.file_uuid], "file")
    return file


def _ground(paper: OutsidePaper, outcome: str, code: str, text: str) -> Ground:
    assert paper.decided_on is not None
    return Ground(outcome, paper.organ.strip(), paper.paper_no.strip(), paper.decided_on, code, text)


def _step(
    actor: Actor,
    track: Restructuring,
    what: str,
    paper: OutsidePaper,
    file: StoredFile | None,
    note: str,
    now: datetime,
) -> None:
    RestructuringStep.objects.create(
        region_id=track.region_id,
        track=track,
        what=what,
        organ=paper.organ.strip(),
        paper_no=paper.paper_no.strip(),
        decided_on=paper.decided_on,
        file=file,
        note=note.strip()[:MAX_NOTE],
        by_id=actor.person_id,
        at=now,
    )


def _move(actor: Actor, track: Restructuring, state: str, answer: str, now: datetime) -> None:
    track.state, track.moved_at = state, now
    track.save(update_fields=["state", "moved_at"])
    end_tasks(actor, track, THING, answer, now)


def _noted(
    actor: Actor, track: Restructuring, verb: str, paper: OutsidePaper, note: str, now: datetime
) -> Restructuring:
    data = {
        "doc_no": track.record.doc_no,
        "organ": paper.organ.strip(),
        "paper_no": paper.paper_no.strip(),
        "decided_on": paper.decided_on.isoformat() if paper.decided_on else "",
        "note": note.strip()[:MAX_NOTE],
    }
    record_event(actor, verb, kind=THING, thing=track.ref, at=now, data=data)
    transaction.on_commit(outbox.wake, robust=True)
    return track
