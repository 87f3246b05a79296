"""Progress by query code and second factor, for people and programs without sign-in: states and dates, no names."""

import hmac
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from cases.categories import room
from cases.models import Case, ReviewStep
from cases.query_codes import query_code_hash
from cases.states import OPEN_STATES, CaseState
from cases.throttle import Limit, give_back, network_of, take
from sync import outbox
from sync.models import Delivery
from sync.targets import target as target_of

WRONG_BY_ADDRESS = Limit("progress-wrong", 10, 600)
WRONG_BY_NETWORK = Limit("progress-wrong-network", 50, 3600)
LEG_NOT_LOOKED = "尚未核验"


@dataclass(frozen=True, slots=True)
class LegProgress:
    """One platform: `verified` only after a read-back; a leg that was never looked at says so, never "agreed"."""

    target: str
    title: str
    state: str
    state_text: str
    verified: bool
    looked_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseProgress:
    """One record of the filing: class, state, step and local dates. `due_on` None where the law names no day."""

    category: str
    category_text: str
    state: str
    state_text: str
    department: str
    submitted_on: date
    due_on: date | None
    paused: bool
    step: str
    legs: tuple[LegProgress, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """A filing as anybody with code and second factor may see it: no subject, person, document number or phone."""

    filing_no: str
    submitted_on: date
    cases: tuple[CaseProgress, ...]


class TooManyWrong(Exception):
    """Too many wrong codes from one address or network; `wait_seconds` until the next try is looked at."""

    def __init__(self, wait_seconds: int) -> None:
        self.wait_seconds = wait_seconds
        super().__init__(f"查询过于频繁，请{wait_seconds}秒后再试。")


def progress_from(address: str, code: str, last_four: str) -> Progress | None:
    """As `progress_of`, for public callers: at most 10 wrong codes in ten minutes an address, 50 an hour a network.

    A try is counted before it is looked at and given back when it was right. Raises TooManyWrong.
    """
    network = network_of(address)
    for limit, who in ((WRONG_BY_ADDRESS, address), (WRONG_BY_NETWORK, network)):
        taken = take(limit, who)
        if not taken.ok:
            raise TooManyWrong(taken.wait_seconds)
    found = progress_of(code, last_four)
    if found is not None:
        give_back(WRONG_BY_ADDRESS, address)
        give_back(WRONG_BY_NETWORK, network)
    return found


def progress_of(code: str, last_four: str) -> Progress | None:
    """The filing behind a query code if `last_four` are the last signs of its subject's code, else None.

    Wrong code and wrong second factor are one answer and run the same query. The code belongs to one region's part
    of the filing; the parts in other regions share the filing number and are shown with it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT progress_rows(%s)", [query_code_hash(code[:64])])
        row = cursor.fetchone()
    found = row[0] if row else None
    expected = found["last_four"] if found else "\0\0\0\0"
    given = unicodedata.normalize("NFKC", last_four[:16]).strip().upper()
    if not hmac.compare_digest(expected.encode(), given.encode(errors="replace")) or found is None:
        return None
    return Progress(found["filing_no"], _day(found["submitted_at"]), tuple(_case(one) for one in found["cases"]))


def _day(instant: str) -> date:
    return timezone.localdate(datetime.fromisoformat(instant))


def _case(found: dict[str, Any]) -> CaseProgress:
    state = CaseState(found["state"])
    open_now = state in OPEN_STATES
    return CaseProgress(
        category=found["category"],
        category_text=room(found["category"]).title,
        state=state.value,
        state_text=str(state.label),
        department=found["department"],
        submitted_on=_day(found["submitted_at"]),
        due_on=date.fromisoformat(found["due_on"]) if open_now and found["due_on"] else None,
        paused=found["paused"] and open_now,
        step=_step_words(state, tuple(found["step"]) if found["step"] else None),
        legs=tuple(_leg(*leg) for leg in found["legs"]),
    )


def _leg(target: str, state: str, looked_at: str | None) -> LegProgress:
    text = str(Delivery.State(state).label)
    seen = datetime.fromisoformat(looked_at) if looked_at else None
    verified = state == Delivery.State.VERIFIED
    shown = text if seen or verified else f"{text}（{LEG_NOT_LOOKED}）"
    return LegProgress(target, target_of(target).title, state, shown, verified, seen)


def step_text(case: Case) -> str:
    """Where the case lies now, in words: unit and step, or what is being waited for. Enter its region first."""
    step = (
        ReviewStep.objects.filter(region_id=case.region_id, case_id=case.pk, status=ReviewStep.Status.OPEN)
        .select_related("department")
        .first()
    )
    return _step_words(CaseState(case.state), (step.department.name, step.title) if step else None)


def _step_words(state: CaseState, step: tuple[str, ...] | None) -> str:
    if state == CaseState.CORRECTION:
        return "等待申请人补正，办理计时已暂停"
    if step is not None:
        return "：".join(step)
    if state == CaseState.APPROVED:
        return "决定已生效，正在向公示平台同步，无需操作"
    return "已办结"


def legs_progress(case: Case) -> tuple[LegProgress, ...]:
    """The platforms of a case and what each has shown; empty before the decision. Enter the case's region first."""
    return tuple(
        LegProgress(
            target=leg.target,
            title=leg.title,
            state=leg.state,
            state_text=leg.state_text if leg.looked_at or leg.verified else f"{leg.state_text}（{LEG_NOT_LOOKED}）",
            verified=leg.verified,
            looked_at=leg.looked_at,
        )
        for leg in outbox.legs_of(case.region_id, "case", case.ref)
    )
