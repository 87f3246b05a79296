"""Progress by query code and second factor, for people and programs without sign-in: states and dates, no names.

Who applied on a platform has no query code of ours: the platform's own number takes its place.
"""

import hmac
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from cases.categories import room
from cases.models import Application, Case, ReviewStep
from cases.query_codes import query_code_hash
from cases.states import OPEN_STATES, CaseState
from cases.throttle import Limit, give_back, network_of, take
from creditrepair.tenancy.context import region_context
from sync import outbox
from sync.models import Delivery, InboundFiling
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


@dataclass(frozen=True, slots=True)
class HandedOver:
    """An application that a platform handed over and that is no filing here: where it stands, never why (that names records)."""

    title: str
    came_no: str
    received_on: date
    state_text: str


HANDED_OVER: Final = {
    InboundFiling.Fate.NEW: "已收到，正在登记",
    InboundFiling.Fate.PERSON: "已收到，工作人员正在核对，核对后登记",
    InboundFiling.Fate.NOT_FILED: "依规暂不能申请，理由已告知该平台，请在该平台查看",
}


class TooManyWrong(Exception):
    """Too many wrong codes from one address or network; `wait_seconds` until the next try is looked at."""

    def __init__(self, wait_seconds: int) -> None:
        self.wait_seconds = wait_seconds
        super().__init__(f"查询过于频繁，请{wait_seconds}秒后再试。")


def progress_from(address: str, code: str, last_four: str, region: str = "") -> Progress | HandedOver | None:
    """As `progress_of`, for public callers: at most 10 wrong codes in ten minutes an address, 50 an hour a network.

    With a region `code` may also be the number a platform gave to an application it handed over there. A try is counted before it is looked at and given back when it was right. Raises TooManyWrong.
    """
    network = network_of(address)
    for limit, who in ((WRONG_BY_ADDRESS, address), (WRONG_BY_NETWORK, network)):
        taken = take(limit, who)
        if not taken.ok:
            raise TooManyWrong(taken.wait_seconds)
    found = progress_of(code, last_four) or (handed_over(region, code, last_four) if region else None)
    if found is not None:
        give_back(WRONG_BY_ADDRESS, address)
        give_back(WRONG_BY_NETWORK, network)
    return found


def progress_of(code: str, last_four: str) -> Progress | None:
    """The filing behind a query code if `last_four` are the last signs of its subject's code, else None.

    Wrong code and wrong second factor are one answer and run the same query. The code belongs to one region's part
    of the filing; the parts in other regions share the filing number and are shown with it.
    """
    return _behind(query_code_hash(code[:64]), last_four)


def handed_over(region: str, number: str, last_four: str) -> Progress | HandedOver | None:
    """What became of the application a platform handed over under `number`, by the same second factor; else None."""
    typed = "".join(ch for ch in unicodedata.normalize("NFKC", number[:64]) if ch.isprintable()).strip()
    with region_context(region):
        rows = InboundFiling.objects.filter(region_id=region, came_no__in={typed, typed.upper()}).order_by("-id")
        came = next((row for row in rows if _same(str(row.content.get("subject_code", ""))[-4:], last_four)), None)
        if came is None:
            return None
        filed = Application.objects.filter(region_id=region, ref=came.application or "-").first()
    if filed is not None:
        return _behind(filed.query_code_hash, last_four)
    text = HANDED_OVER.get(InboundFiling.Fate(came.fate), HANDED_OVER[InboundFiling.Fate.PERSON])
    return HandedOver(target_of(came.target).title, came.came_no, timezone.localdate(came.received_at), text)


def _same(expected: str, given: str) -> bool:
    typed = unicodedata.normalize("NFKC", given[:16]).strip().upper()
    return len(expected) == 4 and hmac.compare_digest(expected.encode(), typed.encode(errors="replace"))


def _behind(code_hash: str, last_four: str) -> Progress | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT progress_rows(%s)", [code_hash])
        row = cursor.fetchone()
    found = row[0] if row else None
    expected = found["last_four"] if found else "\0\0\0\0"
    if not _same(expected, last_four) or found is None:
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
