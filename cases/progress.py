"""Progress by query code and second factor, for people and programs without sign-in: states and dates, no names."""

import hmac
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.utils import timezone

from cases.models import Application, Case, ReviewStep
from cases.query_codes import query_code_hash
from cases.states import OPEN_STATES
from cases.throttle import Limit, give_back, network_of, take
from creditrepair.tenancy.context import region_context, subject_context
from sync import outbox

WRONG_BY_ADDRESS = Limit("progress-wrong", 10, 600)
WRONG_BY_NETWORK = Limit("progress-wrong-network", 50, 3600)
NO_REGION = "000000"  # an unknown code runs the same queries as a known one, in a region that has no rows
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

    Wrong code and wrong second factor are one answer and run the same queries. The code belongs to one region's part
    of the filing; the parts in other regions share the filing number and are shown with it.
    """
    application = _application(query_code_hash(code[:64]))
    expected = application.subject_id[-4:] if application else "\0\0\0\0"
    given = unicodedata.normalize("NFKC", last_four[:16]).strip().upper()
    if not hmac.compare_digest(expected.encode(), given.encode(errors="replace")) or application is None:
        return None
    with subject_context(application.subject_id):
        rows = (
            Application.objects.filter(subject_id=application.subject_id, filing_no=application.filing_no)
            .order_by("region_id")
            .values_list("region_id", flat=True)
        )
        regions = dict.fromkeys(rows)
    cases = [one for region in regions for one in _cases(region, application)]
    return Progress(application.filing_no, timezone.localdate(application.submitted_at), tuple(cases))


def _application(code_hash: str) -> Application | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT application_region(%s)", [code_hash])
        row = cursor.fetchone()
    region = row[0] if row and row[0] else NO_REGION
    with region_context(region):
        return Application.objects.filter(region_id=region, query_code_hash=code_hash).first()


def _cases(region: str, application: Application) -> list[CaseProgress]:
    with region_context(region):
        rows = (
            Case.objects.filter(
                region_id=region,
                subject_id=application.subject_id,
                application__region_id=region,
                application__filing_no=application.filing_no,
            )
            .select_related("department")
            .order_by("pk")
        )
        return [_case(case) for case in rows]


def _case(case: Case) -> CaseProgress:
    open_now = case.state in OPEN_STATES
    return CaseProgress(
        category=case.category,
        category_text=case.room.title,
        state=case.state,
        state_text=case.get_state_display(),
        department=case.department.name,
        submitted_on=timezone.localdate(case.submitted_at),
        due_on=case.due_on if open_now else None,
        paused=case.paused and open_now,
        step=step_text(case),
        legs=legs_progress(case),
    )


def step_text(case: Case) -> str:
    """Where the case lies now, in words: unit and step, or what is being waited for. Enter its region first."""
    if case.state == "correction":
        return "等待申请人补正，办理计时已暂停"
    step = (
        ReviewStep.objects.filter(region_id=case.region_id, case_id=case.pk, status=ReviewStep.Status.OPEN)
        .select_related("department")
        .first()
    )
    if step is not None:
        return f"{step.department.name}：{step.title}"
    if case.state == "approved":
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
