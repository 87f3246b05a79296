"""全量核对: every record of a region compared with what a platform holds, in portions, going on where it stopped.

Both sides are read in order of `record_key`: a page of the platform's list, then the register's rows of the same
stretch. What differs is asked about once more, record by record, before it is believed. A run says 「没有不一致」 only when
the whole list was read and nothing stayed unseen.
"""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import F

from cases.categories import room
from cases.models import FailureRecord
from cases.services.differences import agrees_now, open_difference, side_of_record
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor, system_actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import NotAllowed, WrongMoment
from creditrepair.tenancy.models import Region, Role
from sync import inbound
from sync.models import FeedCursor, ReconcileRun
from sync.reconcile import Side, judge, list_page, may_list, side_of, told
from sync.replies import Failure
from sync.targets import targets
from sync.targets.answers import PlatformRefusal
from sync.targets.feeds import Listed, Page

KINDS: Final = ("missing", "wrong", "extra", "older", "newer")
BUSY_SECONDS: Final = 15  # a run moved so lately is in another worker's hands
GIVE_UP_FAILURES: Final = 30  # at one try a minute: half an hour of silence
RETRY_SECONDS: Final = 60
PAUSE_SECONDS: Final = 0.05  # between two pages: at most 20 a second, whatever the platform could bear
LAST_KEY: Final = "g"  # behind every hexadecimal key
REGISTER_PORTION: Final = 200


def start_run(actor: Actor, *, target: str, cause: str, now: datetime) -> ReconcileRun:
    """Start comparing the actor's region with a platform. Raises NotAllowed, WrongMoment (one is running; no address)."""
    if not (actor.system or actor.has(Role.SUPERVISOR) or actor.has(Role.EXCHANGE)):
        raise NotAllowed
    if target not in targets() or not may_list(target):
        raise WrongMoment("该平台没有可供核对的接口或者尚未设置地址。", code="no_interface")
    total = FailureRecord.objects.filter(region_id=actor.region).count()
    try:
        with transaction.atomic():
            run = ReconcileRun.objects.create(
                region_id=actor.region, target=target, cause=cause[:200], asked_by_id=actor.user_id, started_at=now,
                total=total,
            )  # fmt: skip
            record_event(actor, "reconcile_started", kind="reconcile", thing=run.ref, at=now, data={"platform": target})
    except IntegrityError as error:
        raise WrongMoment("该平台的核对正在进行。", code="already_running") from error
    return run


def start_nightly(*, now: datetime) -> int:
    """A run for every region and platform that can be listed, unless one is under way; returns how many began."""
    return sum(_start(region, code, "每日核对", now) for code in _listable() for region in _regions())


def start_needed(*, now: datetime) -> int:
    """Runs for every region where a feed's cursor grew too old (410); the mark goes when all runs stand."""
    begun = 0
    for cursor in FeedCursor.objects.filter(full_needed=True, feed="changes"):
        if not may_list(cursor.target):
            continue
        begun += sum(_start(region, cursor.target, "变更游标过期", now) for region in _regions())
        FeedCursor.objects.filter(pk=cursor.pk).update(full_needed=False)
    return begun


def _start(region: str, target: str, cause: str, now: datetime) -> int:
    with region_context(region):
        if ReconcileRun.objects.filter(region_id=region, target=target, finished_at=None).exists():
            return 0
        try:
            start_run(system_actor(region), target=target, cause=cause, now=now)
        except WrongMoment:
            return 0  # another worker was faster
        return 1


def _listable() -> list[str]:
    return [code for code in targets() if may_list(code)]


def _regions() -> list[str]:
    return list(Region.objects.order_by("code").values_list("code", flat=True))


def advance_runs(*, now: datetime, seconds: float = 20.0) -> int:
    """Carry every unfinished run on, for at most about `seconds`; returns how many were finished."""
    until, finished = time.monotonic() + seconds, 0
    for region in _regions():
        with region_context(region):
            idle = ReconcileRun.objects.filter(region_id=region, finished_at=None).order_by("id")
            waiting = [(run.pk, run.moved_at, run.failures) for run in idle]
        for pk, moved_at, failures in waiting:
            rest = RETRY_SECONDS if failures else BUSY_SECONDS
            if moved_at is not None and now - moved_at < timedelta(seconds=rest):
                continue
            finished += advance(region, pk, now=now, until=until)
    return finished


def advance(region: str, pk: int, *, now: datetime, until: float) -> bool:
    """Compare portions of one run until it is finished, a page fails, or `until` (monotonic) has passed."""
    while time.monotonic() < until:
        with region_context(region):
            run = ReconcileRun.objects.get(region_id=region, pk=pk)
        if run.finished_at is not None:
            return True
        try:
            page = list_page(run.target, region, run.cursor)
        except (Failure, PlatformRefusal, TimeoutError) as failure:
            return _failed(run, failure, now)
        if not _compare(run, page, now):
            return False  # another worker has carried this run on
        time.sleep(PAUSE_SECONDS)
    return False


def _failed(run: ReconcileRun, failure: Exception, now: datetime) -> bool:
    """Rest and try again; after half an hour the records not looked at are counted unseen and the run ends so."""
    words = failure.outcome.reason if isinstance(failure, PlatformRefusal) else str(failure) or "对方答复过慢"
    with region_context(run.region_id):
        mine = ReconcileRun.objects.filter(region_id=run.region_id, pk=run.pk, cursor=run.cursor, finished_at=None)
        if run.failures + 1 < GIVE_UP_FAILURES:
            mine.update(failures=F("failures") + 1, last_error=words[:500], moved_at=now)
            return False
        rest = FailureRecord.objects.filter(region_id=run.region_id, record_key__gt=run.cursor).count()
        mine.update(unseen=F("unseen") + rest, last_error=words[:500], moved_at=now, finished_at=now)
    return True


def _compare(run: ReconcileRun, page: Page[Listed], now: datetime) -> bool:
    """One portion: the stretch up to the page's last key, or, after the last page, to the end of the register."""
    upto = page.next_cursor if page.has_more else LAST_KEY
    theirs = {item.record_key: side_of(item.status, item.version) for item in page.items}
    ours, flying, cut = _register(run, upto, set(theirs))
    upto = cut or upto
    stretch = {key: side for key, side in theirs.items() if key <= upto}
    keys = set(ours) | set(stretch)
    doubtful = sorted(
        key for key in keys - flying if judge(ours.get(key), stretch.get(key, side_of("never_seen", 0))) is not None
    )
    held = inbound.look(run.target, doubtful)  # once more, one by one: a list may be a moment old
    seen = {key: side_of(found.status, found.version) for key, found in held.items()}
    with region_context(run.region_id):
        locked = (
            ReconcileRun.objects.select_for_update()
            .filter(region_id=run.region_id, pk=run.pk, cursor=run.cursor, finished_at=None)
            .first()
        )
        if locked is None:
            return False
        _write(locked, sorted(keys - flying), doubtful, seen, flying, now)
        done = upto == LAST_KEY
        locked.cursor, locked.moved_at, locked.failures, locked.last_error = "" if done else upto, now, 0, ""
        locked.finished_at = now if done else None
        locked.save()
    return True


def _register(run: ReconcileRun, upto: str, listed: set[str]) -> tuple[dict[str, Side], set[str], str]:
    """Our side of the stretch by key, what is on its way, and where the stretch was cut to bound the memory.

    A record that was never told to this platform and is not published has no side: there is nothing to compare.
    """
    with region_context(run.region_id):
        rows = list(
            FailureRecord.objects.filter(
                region_id=run.region_id, record_key__gt=run.cursor, record_key__lte=upto
            ).order_by("record_key").only("record_key", "category", "status", "version", "region_id")[: REGISTER_PORTION * 2]
        )  # fmt: skip
        cut = rows[-1].record_key if len(rows) == REGISTER_PORTION * 2 else ""
        what = told(run.region_id, run.target, {row.record_key for row in rows} | listed)
    ours, flying = {}, {key for key, one in what.items() if one.in_flight}
    for row in rows:
        known = what.get(row.record_key)
        if known is None and run.target not in room(row.category).targets:
            continue
        ours[row.record_key] = Side(side_of_record(row), known.version if known else row.version)
    return ours, flying, cut


def _write(
    run: ReconcileRun, keys: Sequence[str], doubtful: Sequence[str], seen: Mapping[str, Side], flying: set[str],
    now: datetime,
) -> None:  # fmt: skip
    """Open what differs by both looks, against the register as it is now, and settle what agrees."""
    records = {
        record.record_key: record
        for record in FailureRecord.objects.select_related("department", "subject").filter(
            region_id=run.region_id, record_key__in=[key for key in doubtful if key in seen]
        )
    }
    fresh = told(run.region_id, run.target, doubtful)
    counts, differs = dict(run.counts), set()
    for key in doubtful:
        theirs, record, known = seen.get(key), records.get(key), fresh.get(key)
        if theirs is None or (known and known.in_flight):
            continue
        ours = Side(side_of_record(record), known.version if known else record.version) if record else None
        kind = judge(ours, theirs)
        if kind is None:
            continue
        differs.add(key)
        counts[kind] = counts.get(kind, 0) + 1
        new = open_difference(
            run.region_id, run.target, key, kind, ours=ours.as_json() if ours else {}, theirs=theirs.as_json(),
            record=record, now=now, run=run,
        )  # fmt: skip
        counts["new"] = counts.get("new", 0) + int(new)
    unseen = {key for key in doubtful if key not in seen}
    counts["agreed_again"] = counts.get("agreed_again", 0) + agrees_now(
        run.region_id, run.target, [key for key in keys if key not in differs and key not in unseen], now=now
    )
    counts["in_flight"] = counts.get("in_flight", 0) + len(flying)
    run.counts, run.unseen = counts, run.unseen + len(unseen)
    run.looked += len(keys) - len(unseen)


def clean(run: ReconcileRun) -> bool:
    """Whether a finished run may say that there are no differences: all read, nothing unseen, none found."""
    found = sum(run.counts.get(kind, 0) for kind in KINDS)
    return run.finished_at is not None and run.unseen == 0 and found == 0
