"""The watch: opens a task for what needs a person, closes those whose cause is gone, and tells health what it saw.

The sweeper looks each round, a Celery task as well; one look at a time per region, safe to run twice, late or never.
"""

import logging
import time
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.db.models import Q, TextChoices
from django.utils import timezone

from cases.models import CalendarDay, Case, CollectionBatch, Objection, PenaltyWithdrawal, Restructuring, Task
from cases.services import proof
from cases.services.objections import refresh_due_days
from cases.services.proof import CASE, DELIVERY, IMPORT, LANE, OBJECTION, PAPER, RESTRUCTURING, WITHDRAWAL, Row
from cases.services.task import task_due
from cases.states import CaseState
from creditrepair.audit.chain import Line, record_all
from creditrepair.tenancy.actor import system_actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Heartbeat, Region
from creditrepair.tenancy.tasks import beat
from notices.models import Notice
from sync import sms
from sync.models import Delivery, InboundChange, InboundFiling, RegionLane
from sync.targets import targets

log = logging.getLogger(__name__)

LOCK: Final = 620323  # first key of the advisory lock: one look at a time per region
AT_ONCE: Final = 500  # tasks opened, or looked at for closing, in one transaction
WHOLE_EVERY_SECONDS: Final = 60.0
REST: Final = 20.0  # a whole look takes at most this part of the time: 1/20
WHAT_TEXT: Final = {
    CASE: "办件", OBJECTION: "异议", WITHDRAWAL: "处罚撤销变更", RESTRUCTURING: "破产重整", DELIVERY: "推送和短信", PAPER: "文书", IMPORT: "归集批次", LANE: "推送通道",
}  # fmt: skip
FATE_TEXT: Final = {
    proof.ENDED: "已办结且有依据",
    proof.WAITING: "有责任方和期限",
    proof.PERSON: "已转人工待办",
    proof.SILENT: "没有着落",
}
LANE_TEXT: Final = {
    "alive": "正常",
    "failing": "暂时不可用，自动重试",
    "stopped": "已停止，需人工处理",
    "by_hand": "没有接口，等待人工报送",
}
STILL_TEXT: Final = {"stopped": "通道已停止", "by_hand": "报文超过24小时没有人工报送"}
STATES: Final[dict[str, type[TextChoices]]] = {
    OBJECTION: Objection.State,
    WITHDRAWAL: PenaltyWithdrawal.State,
    RESTRUCTURING: Restructuring.State,
}
GONE: Final = "原因已消除，系统自动办结"
# Which kinds of task the watch itself opens about what; others are their own verbs' business.
OURS: Final = {
    CASE: (Task.Kind.OVERDUE, Task.Kind.SILENT),
    **{what: (Task.Kind.OVERDUE, Task.Kind.SILENT) for what in (OBJECTION, WITHDRAWAL, RESTRUCTURING)},
    DELIVERY: (Task.Kind.DELIVERY, Task.Kind.DIFFERENCE, Task.Kind.UNREACHABLE),
    PAPER: (Task.Kind.PAPER,),
    IMPORT: (Task.Kind.COLLECTION,),
    LANE: (Task.Kind.DELIVERY,),
}


def watch_all() -> int:
    """Look at every region; the number of things without owner or end. The moment is the database's."""
    now = sms.database_now()
    silent = 0
    for region in Region.objects.order_by("code").values_list("code", flat=True):
        silent += watch_region(region, now=now)
    return silent


def watch_region(region: str, *, now: datetime, whole: bool = False) -> int:
    """One look: open and close tasks, count, tell. A whole look (also at what is over) comes once a minute, or sooner
    when asked for; returns how many things are silent by the latest one."""
    today = timezone.localdate(now)
    opened = _open(region, now, today)
    closed = _close(region, now, today)
    name = beat_name(region)
    last = Heartbeat.objects.filter(pk=name).values_list("told", flat=True).first() or {}
    if opened is None:  # another process is at it
        return int(last.get("silent", 0))
    told = {**last, "opened": opened, "closed": closed, **_now(region, now)}
    due = float(last.get("whole_at", 0)) + max(WHOLE_EVERY_SECONDS, REST * float(last.get("took", 0)))
    if whole or now.timestamp() >= due or now.timestamp() < float(last.get("whole_at", 0)):
        told |= _whole(region, now, today)
    beat(name, told)
    _tell(region, last, told)
    return int(told.get("silent", 0))


def beat_name(region: str) -> str:
    return f"watch:{region}"


# ── tasks ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def _open(region: str, now: datetime, today: date) -> int | None:
    """Open what is missing among things not over; None while another process looks at this region."""
    with region_context(region):
        if not _alone(region):
            return None
        return _open_for(region, proof.causes(region, now=now, today=today, limit=AT_ONCE), now, today)


def _alone(region: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK, int(region)])
        found = cursor.fetchone()
    return bool(found and found[0])


def _open_for(region: str, rows: Sequence[Row], now: datetime, today: date) -> int:
    if not rows:
        return 0
    due = task_due(region, today)
    told = _words(region, rows)
    tasks = [
        Task(
            region_id=region,
            kind=row.cause,
            thing_kind=row.what,
            thing=row.thing,
            title=told[row.what, row.thing][0][:200],
            detail=told[row.what, row.thing][1][:500],
            department_id=row.unit_id,
            due_on=due,
            opened_at=now,
        )
        for row in rows
        if row.cause is not None and row.unit_id is not None
    ]
    Task.objects.bulk_create(tasks, ignore_conflicts=True, batch_size=AT_ONCE)
    # A verb may have opened the same one meanwhile: only what stands is told.
    refs = [task.ref for task in tasks]
    made = set(Task.objects.filter(region_id=region, ref__in=refs).values_list("ref", flat=True))
    lines = [
        Line("task_opened", "task", task.ref, data={"task": task.title, "kind": task.kind})
        for task in tasks
        if task.ref in made
    ]
    record_all(system_actor(region), lines, at=now)
    return len(lines)


def _close(region: str, now: datetime, today: date) -> int:
    """Close what the watch opened and whose cause is gone; whoever had taken it sees why."""
    closed = 0
    for what, kinds in OURS.items():
        after: int | None = 0
        while after is not None:  # all of them by portions: those that stay open keep nobody's place
            with region_context(region):
                if not _alone(region):
                    return closed
                gone, after = _close_portion(region, what, kinds, after, now, today)
            closed += gone
    return closed


def _close_portion(
    region: str, what: str, kinds: Sequence[Task.Kind], after: int, now: datetime, today: date
) -> tuple[int, int | None]:
    """Look at the next open tasks behind key `after`; how many were closed, and where to go on (None: at the end)."""
    tasks = Task.objects.filter(
        region_id=region, closed_at__isnull=True, thing_kind=what, kind__in=kinds, pk__gt=after
    ).order_by("id")
    found = list(tasks.values_list("pk", "ref", "kind", "thing", "title")[:AT_ONCE])
    if not found:
        return 0, None
    hold = proof.causes_of(region, what, [thing for *_, thing, _ in found], now=now, today=today)
    over = [task for task in found if (task[2], task[3]) not in hold]
    if over:
        Task.objects.filter(region_id=region, pk__in=[task[0] for task in over], closed_at__isnull=True).update(
            closed_at=now, answer=GONE
        )
        lines = [Line("task_settled", "task", ref, data={"task": title}) for _, ref, _, _, title in over]
        record_all(system_actor(region), lines, at=now)
    return len(over), found[-1][0] if len(found) == AT_ONCE else None


def _words(region: str, rows: Sequence[Row]) -> dict[tuple[str, str], tuple[str, str]]:
    """Title and situation of each, in words for the person who gets the task. Inside the region."""
    cases = {
        ref: (filing, doc)
        for ref, filing, doc in Case.objects.filter(
            region_id=region, ref__in=[row.thing for row in rows if row.what == CASE]
        ).values_list("ref", "application__filing_no", "record__doc_no")
    }
    papers = {
        ref: (number, problem, kind)
        for ref, number, problem, kind in Notice.objects.filter(
            region_id=region, ref__in=[row.thing for row in rows if row.what == PAPER]
        ).values_list("ref", "number", "problem", "kind")
    }
    kinds = targets()
    words = {}
    for row in rows:
        key = row.what, row.thing
        target, _, error = row.detail.partition(" ")
        title = kinds[target].title if target in kinds else target
        if row.what == CASE:
            filing, doc = cases.get(row.thing, (row.thing, ""))
            words[key] = _case_words(row, filing, doc)
        elif row.what == DELIVERY and row.cause == Task.Kind.UNREACHABLE:
            words[key] = (f"短信未能送达，请电话或当面告知（{row.thing}）", error or "24小时内没有送达回执")
        elif row.what == DELIVERY:
            why = {"parked": "对方不接受", "disagreed": "平台显示与决定不一致"}.get(row.state, "超过24小时没有核验")
            words[key] = (f"{title}：{why}（{row.thing}）", error)
        elif row.what == PAPER:
            number, problem, _ = papers.get(row.thing, (row.thing, "", ""))
            words[key] = (f"文书未能生成：{number}", problem or "超过15分钟没有生成")
        elif row.what in STATES:
            late = f"应于{row.day}前办理。" if row.cause == Task.Kind.OVERDUE else "没有答复书，请核实。"
            words[key] = (f"{WHAT_TEXT[row.what]}{row.detail}没有办结", late)
        elif row.what == LANE:
            stopped = STILL_TEXT.get(row.state, "通道超过1小时没有成功")
            known = kinds.get(row.thing)
            words[key] = (f"{known.title if known else row.thing}：{stopped}", row.detail)
        else:
            words[key] = ("归集文件未能处理" if row.state == "failed" else "归集超过10分钟没有进展", row.detail)
    return words


def _case_words(row: Row, filing: str, doc: str) -> tuple[str, str]:
    if row.cause == Task.Kind.OVERDUE:
        return f"办件{filing}已超期", f"{doc}：应于{row.day}前办理。"
    if row.state == "correction":
        return f"办件{filing}的补正逾期没有答复", f"{doc}：应于{row.day}前答复，请联系申请人或者依法办结。"
    if row.state in ("submitted", "in_review"):
        return f"办件{filing}没有办理单位或者办理期限", f"{doc}：请确定由谁、在哪天前办理。"
    return f"办件{filing}的结果缺少依据", f"{doc}：状态已变更，但没有相应的核验或者文书，请核实。"


# ── counts, for health and pages ───────────────────────────────────────────────────────────────────────────────────
def _whole(region: str, now: datetime, today: date) -> dict[str, Any]:
    """Everything there is, by portions: tasks for ends without proof, then the counts."""
    began = time.monotonic()
    refresh_due_days(region, now=now)  # an answer to the open question, or a calendar, may have moved them
    for what in proof.WHATS:
        for after, last in proof.portions(region, what):
            with region_context(region):
                found = proof.causes(
                    region, now=now, today=today, limit=AT_ONCE, whats=(what,), narrow=False, after=after, last=last
                )
                _open_for(region, found, now, today)
    counts = proof.count_fates(region, now=now, today=today)
    return {
        "counts": counts,
        "silent": sum(fates[proof.SILENT] for fates in counts.values()),
        "whole_at": now.timestamp(),
        "took": round(time.monotonic() - began, 3),
    }


def _now(region: str, now: datetime) -> dict[str, Any]:
    """What changes by the minute: the oldest open message of each lane, messages not delivered, open tasks."""
    with region_context(region):
        waiting = Delivery.objects.filter(region_id=region, done_at__isnull=True)
        oldest: dict[str, int] = {}
        for target in _by_interface(region):
            first = (
                waiting.filter(target=target, due_at__lte=now)
                .exclude(state__in=(Delivery.State.PARKED, Delivery.State.DISAGREED))
                .order_by("id")
                .values_list("queued_at", flat=True)
                .first()
            )
            if first is not None:
                oldest[target] = max(0, int((now - first).total_seconds()))
        paper = (
            Notice.objects.filter(region_id=region, status=Notice.Status.REQUESTED)
            .order_by("requested_at")
            .values_list("requested_at", flat=True)
            .first()
        )
        return {
            "oldest": oldest,
            "papers": int((now - paper).total_seconds()) if paper else 0,
            "inbound": _oldest_told(region, now),
            "sms_failed": waiting.filter(target=sms.TARGET, state=Delivery.State.PARKED).count(),
            "tasks": Task.objects.filter(region_id=region, closed_at__isnull=True).count(),
            "calendar": [] if _year_loaded(region, now) else [timezone.localdate(now + timedelta(days=31)).year],
        }


def _oldest_told(region: str, now: datetime) -> int:
    """Seconds that the oldest change or application told by a platform waits for its fate; 0 if none does."""
    waiting = [
        rows.filter(region_id=region, fate="new").order_by("id").values_list("received_at", flat=True).first()
        for rows in (InboundChange.objects, InboundFiling.objects)
    ]
    return max((int((now - since).total_seconds()) for since in waiting if since), default=0)


def _by_interface(region: str) -> list[str]:
    """Targets a lane sends to here: with an address, neither stopped by hand nor served by file."""
    by_hand = set(
        RegionLane.objects.filter(
            Q(mode=RegionLane.Mode.FILE) | Q(stopped_at__isnull=False), region_id=region
        ).values_list("target", flat=True)
    )
    return [code for code in targets() if code not in by_hand and settings.SYNC_TARGETS.get(code, {}).get("base_url")]


def _year_loaded(region: str, now: datetime) -> bool:
    """Whether the days to come are in the calendar table at all: weekends alone are not the law's working days (F23)."""
    soon = timezone.localdate(now + timedelta(days=31))
    return CalendarDay.objects.filter(day__year=soon.year).exists()


def _tell(region: str, before: dict[str, Any], told: dict[str, Any]) -> None:
    """One line in the log when silence begins, and when it ends: monitoring reads lines."""
    if told.get("silent") and not before.get("silent"):
        log.error("region %s: %s things without an end or an owner: %s", region, told["silent"], told["counts"])
    elif before.get("silent") and not told.get("silent"):
        log.warning("region %s: nothing is without an end or an owner any more", region)


def state_words(row: Row) -> str:
    """The state of a row of the proof as pages say it; a message acked and never looked at is 尚未核验."""
    if row.what == CASE:
        return str(CaseState(row.state).label)
    if row.what in STATES:
        return str(STATES[row.what](row.state).label)
    if row.what == DELIVERY:
        return "对方已接收，尚未核验" if row.state == Delivery.State.ACKED else str(Delivery.State(row.state).label)
    if row.what == PAPER:
        return str(Notice.Status(row.state).label)
    if row.what == IMPORT:
        return str(CollectionBatch.Stage(row.state).label)
    return LANE_TEXT.get(row.state, row.state)
