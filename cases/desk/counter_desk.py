"""What the counter reads and keeps: subjects found by one box, records with their answers, a filing being typed.

A filing in hand lives in the clerk's session: it belongs to this window and this sitting, and ends with it.
"""

import secrets
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from unicodedata import normalize

from django.http import HttpRequest

from cases.access import visible_cases, visible_records
from cases.categories import room
from cases.categories.base import MaterialSpec
from cases.facts import facts_of, judge_record
from cases.law import Verdict
from cases.models import Case, FailureRecord, Subject
from cases.services.apply import Authority
from cases.services.subjects import fold_name
from cases.states import OPEN_STATES, CaseState
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import NotFound

SHORTEST_NAME: Final = 2
MOST_FOUND: Final = 20
SESSION_KEY: Final = "counter_filings"
MOST_KEPT: Final = 10


@dataclass(frozen=True, slots=True)
class Found:
    """What the one box found: subjects with records here, or the cases under a filing number."""

    subjects: list[Subject]
    cases: list[Case]


@dataclass(frozen=True, slots=True)
class RecordShown:
    """A record as the counter chooses it: its Verdict, and the case under way that makes a second one needless."""

    record: FailureRecord
    verdict: Verdict
    under_way: Case | None
    materials: list[MaterialSpec]

    @property
    def may_choose(self) -> bool:
        return self.verdict.may_file and self.under_way is None


def find(actor: Actor, text: str) -> Found:
    """By 统一社会信用代码, filing number, or part of a name (two characters at least)."""
    wanted = normalize("NFKC", text).strip()
    here = visible_records(actor).filter(region_id=actor.region)
    exact = Subject.objects.filter(pk=wanted.upper(), pk__in=here.values("subject_id"))
    cases = visible_cases(actor).filter(region_id=actor.region, application__filing_no=wanted.upper())
    found = list(exact)
    if not found and len(wanted) >= SHORTEST_NAME:
        # names are matched on the global table of subjects: LIKE under row-level security would use no index
        named = Subject.objects.filter(folded_name__contains=fold_name(wanted)).values_list("pk", flat=True)[:200]
        held = set(here.filter(subject_id__in=list(named)).values_list("subject_id", flat=True))
        found = list(Subject.objects.filter(pk__in=held).order_by("name")[:MOST_FOUND])
    return Found(found, list(cases.select_related("application", "record", "subject", "department")[:MOST_FOUND]))


def subject_here(actor: Actor, code: str) -> Subject:
    """The subject, if it has a record in the clerk's region. Raises NotFound."""
    records = visible_records(actor).filter(region_id=actor.region, subject_id=code)
    subject = Subject.objects.filter(pk=code, pk__in=records.values("subject_id")).first()
    if subject is None:
        raise NotFound
    return subject


def records_of(actor: Actor, subject: Subject, today: date) -> list[RecordShown]:
    """Published records of the subject in this region, of all departments, each with its answer today."""
    records = list(
        visible_records(actor)
        .published()
        .filter(region_id=actor.region, subject_id=subject.pk)
        .select_related("subject", "department")
        .order_by("decided_on", "id")[:100]
    )
    open_cases = visible_cases(actor).filter(
        region_id=actor.region,
        record_id__in=[record.pk for record in records],
        state__in=[*OPEN_STATES, CaseState.APPROVED],
    )
    under_way = {case.record_id: case for case in open_cases.select_related("application")}
    return [
        RecordShown(record, judge_record(record, today), under_way.get(record.pk), asked_of(record))
        for record in records
    ]


def asked_of(record: FailureRecord) -> list[MaterialSpec]:
    """What the applicant has to bring for a record; what the system makes or fetches is not asked."""
    wanted = room(record.category).materials(facts_of(record))
    return sorted((m for m in wanted if m.source == "applicant"), key=lambda m: (not m.common, not m.required))


def keep_authority(request: HttpRequest, subject: Subject, authority: Authority, evidence_file: dict[str, str]) -> str:
    """Begin a filing on authority; returns its token, which is also the form token of the submission."""
    token = secrets.token_hex(16)
    kept: dict[str, Any] = dict(list(request.session.get(SESSION_KEY, {}).items())[-MOST_KEPT + 1 :])
    kept[token] = {"subject": subject.pk, "authority": authority.as_json(), "evidence": evidence_file, "files": {}}
    request.session[SESSION_KEY] = kept
    return token


def kept_filing(request: HttpRequest, token: str) -> dict[str, Any]:
    """The filing in hand. Raises NotFound for one of another sitting."""
    kept = request.session.get(SESSION_KEY, {}).get(token)
    if not isinstance(kept, dict):
        raise NotFound("没有找到该代办。可能已退出登录，请重新登记授权依据后办理。")
    return kept


def remember_file(request: HttpRequest, token: str, key: str, uuid: str, name: str) -> None:
    kept_filing(request, token)["files"][key] = {"uuid": uuid, "name": name}
    request.session.modified = True


def authority_of(kept: dict[str, Any]) -> Authority:
    data = kept["authority"]
    until = data["valid_until"]
    return Authority(
        basis=data["basis"],
        evidence=data["evidence"],
        valid_until=date.fromisoformat(until) if until else None,
        phone_check=data["phone_check"],
        window=data["window"],
    )
