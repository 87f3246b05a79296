"""One exchange about one row, and what it means: the next state, the wait until the next, the line of the Attempt.

Knows the platforms' words and our states; no database, no clock but the local one for the Attempt's time.
"""

from datetime import datetime

from django.utils import timezone

from sync import sms
from sync.claims import BACKOFF_CAP, BACKOFF_DAY, Claimed, Settlement, backoff
from sync.client import Client
from sync.models import Delivery
from sync.targets import Look, Outcome, OutcomeKind, Target, next_step

LOOK_PATIENCE_SECONDS = 600  # a platform that still shows otherwise after this is reported as disagreeing
POISON_TRIES = 5
FOREVER = 100 * 365 * 86400.0  # a parked row waits for a person, not for the clock
S = Delivery.State


async def exchange(client: Client, target: Target, row: Claimed) -> Settlement:
    """One exchange about one row: look, ask by number, or send; whatever happens becomes a Settlement."""
    at = timezone.now()
    if row.looks:
        look = await target.read_back(client, row.record_key, row.version, row.expect)
        return _after_look(row, look, at)
    if next_step(type(target), row.history) == "ask":
        return _after_try(target, row, "ask", await target.ask(client, row.message_no, row.key), at)
    return _after_try(target, row, "send", await target.send(client, row.outgoing()), at)


def _after_try(target: Target, row: Claimed, what: str, outcome: Outcome, at: datetime) -> Settlement:
    """From what the platform said to the row's next state and wait; an answer not understood is never a success."""
    kind, done, wait, lane_ok = outcome.kind, False, backoff(row.tries, row.age), True
    receipt = sms.receipt_of(outcome) if row.kind == "sms" else ""
    if kind == OutcomeKind.APPLIED:
        state, wait = (S.VERIFIED, 0.0) if row.kind == "sms" else (S.ACKED, 0.0)
        done = row.kind == "sms"
    elif kind == OutcomeKind.ACCEPTED:  # theirs, but not done yet: ask again soon, then seldom
        state = S.SENT
        wait = min(BACKOFF_CAP, 0.5 * 2 ** min(len(row.history), 12))
    elif kind == OutcomeKind.SUPERSEDED:
        state, done = S.SUPERSEDED, True
    elif kind == OutcomeKind.REFUSED:
        state, wait = S.PARKED, FOREVER
    elif receipt == sms.FAILED_TEMPORARY:  # nobody has it: tried again, ever more seldom, then the window calls
        state, wait = (S.PARKED, FOREVER) if row.tries >= sms.SENDS else (S.UNKNOWN, sms.pause(row.tries))
    elif kind == OutcomeKind.ABSENT:
        state, wait = S.UNKNOWN, target.wait_seconds
    elif kind == OutcomeKind.UNKNOWN:
        state, lane_ok = S.UNKNOWN, False
        wait = max(target.wait_seconds if target.ask_before_resend else 0.0, wait)
    else:  # LATER, STOPPED: surely without effect
        state, lane_ok = S.QUEUED if S.UNKNOWN not in row.history else S.UNKNOWN, kind == OutcomeKind.STOPPED
        wait = outcome.retry_after if outcome.retry_after is not None else wait
    return Settlement(
        row=row,
        what=what,
        state=state,
        wait=wait,
        at=at,
        milliseconds=outcome.duration_ms,
        status=outcome.status,
        outcome=kind.value,
        detail=outcome.reason,
        done=done,
        how="api" if done else "",
        lane_ok=lane_ok,
        lane_stop=kind == OutcomeKind.STOPPED,
        receipt=receipt,
    )


def _after_look(row: Claimed, look: Look, at: datetime) -> Settlement:
    """Read back: agreement ends the delivery, anything else is looked at again, ever more seldom."""
    wait = min(60.0, max(0.3, row.acked_age / 2))
    if look.agrees:
        state = S.VERIFIED
    elif look.agrees is False and row.acked_age > LOOK_PATIENCE_SECONDS:
        state, wait = S.DISAGREED, BACKOFF_DAY
    else:
        state = S.DISAGREED if row.state == S.DISAGREED else S.ACKED
    return Settlement(
        row=row,
        what="look",
        state=state,
        wait=wait,
        at=at,
        milliseconds=look.duration_ms,
        status=look.status,
        outcome={True: "agrees", False: "differs", None: "not_known"}[look.agrees],
        detail=look.detail,
        done=bool(look.agrees),
        looked=look.agrees is not None,
        how=look.how,
        lane_ok=look.agrees is not None,
        lane_stop=look.status in (401, 403),  # our credential ran out: asking on would be a storm
    )


def after_fault(row: Claimed, problem: Exception, at: datetime) -> Settlement:
    """A row that our own code cannot handle: the others go on, it is tried again, hourly after five times, and shown.

    Whether it left us is not known, so it counts as unclear.
    """
    return Settlement(
        row=row,
        what="send",
        state=S.UNKNOWN if not row.looks else row.state,
        wait=BACKOFF_DAY if row.tries >= POISON_TRIES else backoff(row.tries, row.age),
        at=at,
        milliseconds=0,
        status=None,
        outcome=OutcomeKind.UNKNOWN.value,
        detail=f"本系统处理该报文时出错（{type(problem).__name__}），已记入日志",
    )
