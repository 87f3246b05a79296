"""What became of each change that a platform told: echo of ours, known, older, mirrored (结果互认), or for a person.

`sync` takes changes in and looks at the records; this asks for what is new and gives each its fate, oldest first. The
register moves only forward: never to an older version, never without an organ and its paper, never by a restoration
of what was decided here.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from cases.models import Case, FailureRecord
from cases.services import differences, mirror
from cases.services.differences import side_of_record
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, WrongMoment
from creditrepair.tenancy.models import Region
from sync import inbound
from sync.models import Delivery, InboundChange
from sync.reconcile import ABSENT, PUBLISHED, Side, side_of, told

log = logging.getLogger(__name__)
Fate = InboundChange.Fate
AFTERWARDS: Final = {
    "published": PUBLISHED, "amended": "", "ended": ABSENT, "restored": PUBLISHED, "withdrawn": ABSENT,
}  # fmt: skip
A_ROUND: Final = 200


@dataclass(frozen=True, slots=True)
class Judged:
    """The fate of one change, and why, for the page. `kind` of the difference to open where a person has to look."""

    fate: str
    detail: str = ""
    kind: str = ""


def recognise_waiting(*, now: datetime, seconds: float = 20.0) -> int:
    """Give every new change of every region its fate; returns how many got one. Safe to run twice, late or never."""
    until, done = time.monotonic() + seconds, 0
    for region in Region.objects.order_by("code").values_list("code", flat=True):
        done += mark_echoes(region, now=now)
        inbound.look_at_new(region, now=now)
        with region_context(region):
            rows = InboundChange.objects.filter(region_id=region, fate=Fate.NEW, seen_at__isnull=False).order_by("id")
            waiting = list(rows.values_list("pk", flat=True)[:A_ROUND])
        for pk in waiting:
            if time.monotonic() > until:
                return done
            try:
                done += recognise(region, pk, now=now)
            except Exception:  # one change that always raises must not hold up the others; it stays new and is shown
                log.exception("change %s of region %s could not be recognised", pk, region)
    return done


def mark_echoes(region: str, *, now: datetime) -> int:
    """Set-based: what the platform tells of our own messages. One told twice was applied twice there, and says so."""
    with region_context(region):
        ours = Delivery.objects.filter(
            region_id=region, target=OuterRef("target"), message_no=OuterRef("by"), record_key=OuterRef("record_key")
        )
        before = InboundChange.objects.filter(
            region_id=region, target=OuterRef("target"), by=OuterRef("by"), record_key=OuterRef("record_key"),
            pk__lt=OuterRef("pk"),
        )  # fmt: skip
        echoes = InboundChange.objects.filter(Exists(ours), region_id=region, fate=Fate.NEW)
        twice = list(echoes.filter(Exists(before)).values_list("pk", flat=True)[:1000])
        done = echoes.exclude(pk__in=twice).update(fate=Fate.OURS, handled_at=now)
        done += InboundChange.objects.filter(region_id=region, pk__in=twice).update(
            fate=Fate.OURS, handled_at=now, detail="平台把同一条报文办理了两次；现状以复核为准"
        )
    return done


@transaction.atomic
def recognise(region: str, pk: int, *, now: datetime) -> int:
    """Give one change its fate, with everything that follows from it; 1 if it got one, 0 if another worker has it."""
    with region_context(region):
        change = (
            InboundChange.objects.select_for_update(skip_locked=True)
            .filter(region_id=region, pk=pk, fate=Fate.NEW, seen_at__isnull=False)
            .first()
        )
        if change is None or _has_elder(change):
            return 0
        mirror.open_case_of(region, change.record_key)  # locks in order: case, then record
        record = (
            FailureRecord.objects.select_for_update(of=("self",))
            .select_related("subject", "department")
            .filter(region_id=region, record_key=change.record_key)
            .first()
        )
        judged = _judge(change, record, now)
        if judged.fate == Fate.PERSON:
            _hand_over(change, record, judged, now)
        change.fate, change.detail, change.handled_at = judged.fate, judged.detail[:500], now
        change.thing = record.ref if record else ""
        change.save(update_fields=["fate", "detail", "handled_at", "thing"])
        return 1


def _has_elder(change: InboundChange) -> bool:
    """Whether an older change of the same record waits: told in order, understood in order."""
    return InboundChange.objects.filter(
        region_id=change.region_id, target=change.target, record_key=change.record_key, fate=Fate.NEW,
        pk__lt=change.pk,
    ).exists()  # fmt: skip


def _judge(change: InboundChange, record: FailureRecord | None, now: datetime) -> Judged:
    if record is None:
        return Judged(Fate.PERSON, "登记簿中没有这条信息", "extra")
    known = told(change.region_id, change.target, [change.record_key]).get(change.record_key)
    expected = known.version if known else record.version
    seen = side_of(change.seen_status, change.seen_version or 0)
    if change.version < expected:
        return Judged(Fate.OLDER, f"平台版本 {change.version}，登记为 {expected}")
    after = AFTERWARDS[change.change]
    if seen.version > change.version or (after and seen.status != after):
        return Judged(Fate.OLDER, "复核时平台已有其后的变更，以其后的为准")
    if change.change == "amended":
        return Judged(Fate.PERSON, "平台更改了内容", "newer" if change.version > expected else "wrong")
    ours = side_of_record(record)
    if after == ours:
        if change.version > expected:
            return Judged(Fate.PERSON, "状态一致，但版本不是本系统推送的", "newer")
        return Judged(Fate.KNOWN, "与登记一致")
    if after == ABSENT:
        return _ended_there(change, record, now)
    return _restored_there(change, record, now)


def _ended_there(change: InboundChange, record: FailureRecord, now: datetime) -> Judged:
    """Ended or withdrawn at the platform while published here: mutual recognition, if somebody named decided it.

    A withdrawal (行政处罚法 arts. 48, 85) is the act of the organ that made the decision; named by anybody else it may be
    that of a superior or a court, which a person has to see.
    """
    try:
        mirror.require_paper(change, now)
        if change.change == mirror.WITHDRAWN and change.organ != record.department.name:
            return Judged(
                Fate.PERSON, f"平台撤回了信息，依据{change.organ}（{change.paper}），不是作出决定的机关", "wrong"
            )
        case = mirror.end_there(change, record, now=now)
    except Invalid:
        return Judged(Fate.PERSON, "平台终止了公示，但没有说明决定机关、文号和日期", "wrong")
    except WrongMoment as moment:
        return Judged(Fate.PERSON, moment.message, "newer")
    return Judged(Fate.MIRRORED, f"{change.organ}（{change.paper}），案件 {case.ref}")


def _restored_there(change: InboundChange, record: FailureRecord, now: datetime) -> Judged:
    """Shown again at the platform while ended here: only an ending that came from there is theirs to take back."""
    case = (
        Case.objects.select_for_update(of=("self",))
        .select_related("application")
        .filter(region_id=record.region_id, record=record, state__in=("approved", "repaired"))
        .order_by("-decided_at")
        .first()
    )
    theirs = case is not None and case.decision.get("mirrored_from") == change.target
    try:
        mirror.require_paper(change, now)
    except Invalid:
        return Judged(Fate.PERSON, "平台恢复了公示，但没有说明决定机关、文号和日期", "wrong")
    if case is None or not theirs:
        return Judged(Fate.PERSON, "本地区决定终止公示的信息，平台恢复了公示：由责任单位查明，谁修复谁撤销", "wrong")
    mirror.restore_there(change, record, case, now=now)
    return Judged(Fate.MIRRORED, f"{change.organ}（{change.paper}）撤销，案件 {case.ref}")


def _hand_over(change: InboundChange, record: FailureRecord | None, judged: Judged, now: datetime) -> None:
    ours = Side(side_of_record(record), record.version).as_json() if record else {}
    differences.open_difference(
        change.region_id,
        change.target,
        change.record_key,
        judged.kind,
        ours=ours,
        theirs=side_of(change.seen_status, change.seen_version or 0).as_json(),
        record=record,
        now=now,
        words=f"{judged.detail}（{timezone.localtime(change.at):%Y-%m-%d %H:%M}）",
    )
