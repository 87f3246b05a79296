"""平台不一致: opened once per record and platform, settled by agreement or by a person's verb; nothing is overwritten."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from cases.categories import room
from cases.models import Case, FailureRecord, Task
from cases.services import mirror
from cases.services.task import open_task
from cases.snapshot import platform_reports
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid, NotAllowed, NotFound, WrongMoment
from creditrepair.tenancy.models import Department, Role
from sync import outbox
from sync.models import Difference, InboundChange, ReconcileRun
from sync.reconcile import ABSENT, PUBLISHED, Side, side_of
from sync.targets import target as target_of

SEND, ACCEPT, NOTE = "send", "accept", "note"
VERBS: Final = {
    "missing": (SEND, NOTE),
    "wrong": (SEND, ACCEPT, NOTE),
    "older": (SEND, NOTE),
    "newer": (ACCEPT, NOTE),
    "extra": (NOTE,),
}
VERB_TEXT: Final = {SEND: "按登记重新推送（新版本）", ACCEPT: "采用平台的结果", NOTE: "登记说明并办结"}
DUE_DAYS: Final = 3
COORDINATES: Final = "fgj"
WATCH: Final = (Role.SUPERVISOR, Role.EXCHANGE)


def open_difference(
    region: str, target: str, record_key: str, kind: str, *, ours: dict[str, Any], theirs: dict[str, Any],
    record: FailureRecord | None, now: datetime, run: ReconcileRun | None = None, words: str = "",
) -> bool:  # fmt: skip
    """Open a difference with its task, or bring the open one up to date; True if it is new.

    What a person has noted stays noted as long as both sides say what they said then.
    """
    found = Difference.objects.select_for_update().filter(
        region_id=region, target=target, record_key=record_key, settled_at=None
    ).first()  # fmt: skip
    if found is not None:
        Difference.objects.filter(region_id=region, pk=found.pk).update(
            kind=kind, ours=ours, theirs=theirs, seen_at=now
        )
        return False
    last = Difference.objects.filter(
        region_id=region, target=target, record_key=record_key, settled_by__isnull=False
    ).order_by("-settled_at").first()  # fmt: skip
    if last is not None and last.ours == ours and last.theirs == theirs:
        Difference.objects.filter(region_id=region, pk=last.pk).update(seen_at=now)
        return False
    found = Difference.objects.create(
        region_id=region, target=target, record_key=record_key, thing=record.ref if record else "", kind=kind,
        ours=ours, theirs=theirs, found_at=now, seen_at=now, run=run,
    )  # fmt: skip
    open_task(
        region,
        kind=Task.Kind.DIFFERENCE,
        thing_kind="difference",
        thing=found.ref,
        title=f"{target_of(target).title}：{found.get_kind_display()}　{record.doc_no if record else record_key}"[:200],
        detail=words or f"登记：{ours.get('text', '没有这条信息')}；平台：{theirs.get('text', '')}",
        department_id=owner_of(region, record.department if record else None),
        now=now,
        due_on=timezone.localdate(now) + timedelta(days=DUE_DAYS),
    )
    return True


def owner_of(region: str, department: Department | None) -> int:
    """Who is asked about a record: the responsible unit, 发改局 where none is known."""
    unit = department or Department.objects.get(region_id=region, code=COORDINATES)
    return int(unit.pk)


def agrees_now(region: str, target: str, keys: list[str], *, now: datetime) -> int:
    """Settle open differences of records on which both sides agree by now; returns how many."""
    rows = list(
        Difference.objects.select_for_update().filter(
            region_id=region, target=target, record_key__in=keys, settled_at=None
        )
    )
    for row in rows:
        _settle(row, "再次核对时双方一致", None, now)
    return len(rows)


def verbs_of(actor: Actor, found: Difference) -> tuple[str, ...]:
    """What this person may answer: to take over what another organ decided is for 监管, not for who watches the wires."""
    return tuple(verb for verb in VERBS[found.kind] if verb != ACCEPT or actor.has(Role.SUPERVISOR))


@transaction.atomic
def settle_difference(
    actor: Actor, *, ref: str, verb: str, note: str, organ: str = "", paper: str = "", decided_on: str = "",
    now: datetime,
) -> Difference:  # fmt: skip
    """A person's answer: send ours again, accept theirs, or note why it stays.

    organ, paper, decided_on   needed to accept an ending: who decided it at the platform, and by which paper
    Raises NotFound, NotAllowed (403: not 监管 or 数据交换; accepting is for 监管 alone), WrongMoment (settled already; a verb of another kind; the
    register has moved on since), Invalid (422, by field).
    """
    found = access_difference(actor, ref, lock=True)
    if found.settled_at is not None:
        raise WrongMoment("该不一致已办结。", code="already_settled")
    if verb not in VERBS[found.kind]:
        raise WrongMoment(f"“{found.get_kind_display()}”不能这样处理。", code="other_kind")
    if verb not in verbs_of(actor, found):
        raise NotAllowed("采用平台的结果须由信用监管人员决定。")
    if not note.strip():
        raise Invalid(fields={"note": "请写明处理的理由。"})
    if verb == SEND:
        _send_again(found, now)
    elif verb == ACCEPT:
        _accept_theirs(found, {"organ": organ, "paper": paper, "decided_on": decided_on}, now)
    _settle(found, f"{VERB_TEXT[verb]}：{note.strip()}", actor, now)
    record_event(
        actor, "difference_settled", kind="record" if found.thing else "difference", thing=found.thing or found.ref,
        at=now, data={"platform": found.target, "kind": found.kind, "verb": verb, "note": note.strip()[:500]},
    )  # fmt: skip
    transaction.on_commit(outbox.wake, robust=True)
    return found


def access_difference(actor: Actor, ref: str, *, lock: bool = False) -> Difference:
    """A difference of the actor's region, for 监管 and 数据交换. Raises NotAllowed, NotFound."""
    if not any(actor.has(role) for role in WATCH):
        raise NotAllowed
    rows = Difference.objects.filter(region_id=actor.region, ref=ref)
    found = (rows.select_for_update(of=("self",)) if lock else rows).select_related("settled_by").first()
    if found is None:
        raise NotFound
    return found


def _settle(row: Difference, how: str, by: Actor | None, now: datetime) -> None:
    row.settled_at, row.settled_by_id, row.settled_how = now, by.person_id if by else None, how[:500]
    row.save(update_fields=["settled_at", "settled_by_id", "settled_how"])
    Task.objects.filter(
        region_id=row.region_id, kind=Task.Kind.DIFFERENCE, thing_kind="difference", thing=row.ref, closed_at=None
    ).update(closed_at=now, closed_by_id=row.settled_by_id, answer=how[:500])


def _record_of(found: Difference) -> FailureRecord:
    record = (
        FailureRecord.objects.select_for_update(of=("self",))
        .select_related("subject", "department")
        .filter(region_id=found.region_id, record_key=found.record_key)
        .first()
    )
    if record is None:
        raise WrongMoment("登记簿中没有这条信息，请由责任单位归集或联系平台。", code="not_registered")
    return record


def _send_again(found: Difference, now: datetime) -> None:
    """A new version to every platform of the room, so that all hold the same number afterwards."""
    record = _record_of(found)
    targets = record_room_targets(record)
    if record.status == FailureRecord.Status.PUBLISHED:
        _next_version(record, int(found.theirs.get("version", 0)))
        about = outbox.Report(targets, platform_reports.of_record(record), record.version, record.ref)
        outbox.enqueue_reports(record.region_id, [about], now=now)
        return
    case = (
        Case.objects.filter(region_id=record.region_id, record=record, state__in=("approved", "repaired"))
        .order_by("-decided_at")
        .first()
    )
    if case is None or not case.decision:
        raise WrongMoment("没有可以重新推送的决定，请登记说明，并联系平台更正。", code="no_decision")
    _next_version(record, int(found.theirs.get("version", 0)))
    outbox.enqueue_repair(
        record.region_id, targets, case.decision, version=record.version, thing=case.ref, now=now
    )  # fmt: skip


def record_room_targets(record: FailureRecord) -> tuple[str, ...]:
    return tuple(room(record.category).targets)


def _next_version(record: FailureRecord, theirs: int) -> None:
    record.version = max(record.version, theirs) + 1
    record.save(update_fields=["version"])


def _accept_theirs(found: Difference, told: dict[str, str], now: datetime) -> None:
    """Take over what the platform holds. An ending needs organ and paper; a restoration is never taken over here."""
    mirror.open_case_of(found.region_id, found.record_key)  # locks in order: case, then record
    record, theirs = _record_of(found), side_of(str(found.theirs["status"]), int(found.theirs["version"]))
    ours = side_of_record(record)
    if theirs.status == ours:
        _take_version(found, record, theirs, now)
    elif theirs.status == ABSENT and ours == PUBLISHED:
        change = InboundChange(
            region_id=record.region_id, target=found.target, record_key=found.record_key, change="ended",
            version=theirs.version, at=now, organ=told["organ"].strip(), paper=told["paper"].strip(),
            decided_on=mirror.day_of(told["decided_on"]),
        )  # fmt: skip
        mirror.require_paper(change, now)
        mirror.end_there(change, record, now=now)
        _mark_taken(found, theirs.version, now)
    else:
        raise WrongMoment("平台恢复了公示；请由责任单位查明后撤销修复，或者登记说明并联系平台。", code="restored_there")


def side_of_record(record: FailureRecord) -> str:
    return PUBLISHED if record.status == FailureRecord.Status.PUBLISHED else ABSENT


def _take_version(found: Difference, record: FailureRecord, theirs: Side, now: datetime) -> None:
    """Both say the same but for the number: ours becomes theirs, and the other platforms are brought to it."""
    record.version = max(record.version, theirs.version)
    record.save(update_fields=["version"])
    others = [code for code in record_room_targets(record) if code != found.target]
    if record.status == FailureRecord.Status.PUBLISHED:
        about = outbox.Report(others, platform_reports.of_record(record), record.version, record.ref)
        outbox.enqueue_reports(record.region_id, [about], now=now)
    else:
        mirror.tell_again(record, others, now=now)
    _mark_taken(found, theirs.version, now)


def _mark_taken(found: Difference, version: int, now: datetime) -> None:
    """What was accepted from the platform counts as known of it, or the next look would ask again."""
    InboundChange.objects.get_or_create(
        region_id=found.region_id,
        target=found.target,
        seq=f"difference-{found.ref}",
        defaults={
            "record_key": found.record_key, "thing": found.thing, "change": "amended", "version": version, "at": now,
            "received_at": now, "handled_at": now, "fate": InboundChange.Fate.KNOWN, "detail": "经办人员采用平台的结果",
        },
    )  # fmt: skip
