"""Filing: one filing, one set of facts, one commitment, several records, also of several departments and regions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from cases.facts import judge_record
from cases.law import Verdict
from cases.models import Application, FailureRecord, Subject
from cases.query_codes import query_code_hash, query_code_of
from cases.services import messages
from cases.services.filing import COMMITMENT, Filing, Receipt, authority_text
from cases.services.filing_checks import require_authority, require_form, require_may_file, require_paper
from cases.services.filing_materials import attach_materials
from cases.services.opening import new_filing_no, open_case
from creditrepair import failpoint
from creditrepair.audit.chain import Line, record_all
from creditrepair.tenancy.actor import Actor, in_region
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid
from sync import outbox


@transaction.atomic
def submit_application(actor: Actor, filing: Filing, *, now: datetime) -> Receipt:
    """File once for all chosen records: one Application per region under one filing number, all or nothing.

    The same form token again gives the receipt of the first filing (`repeated`), query code included.
    Raises Invalid (nothing chosen, no commitment, material missing, not yet due), NotAllowed (no authority),
    WrongMoment (a record already has an open case).
    """
    require_authority(actor, filing)
    require_form(filing)
    require_paper(actor, filing, now)
    records = _records(actor, filing)
    again = _filed_before(records, filing)
    if again:
        code = query_code_of(filing.form_token, again[0].region_id)
        return Receipt(again[0].filing_no, code, tuple(again), repeated=True)
    today = timezone.localdate(filing.applied_at(now))
    verdicts = {record.ref: judge_record(record, today) for record in records}
    require_may_file(records, verdicts)
    filing_no, applications = new_filing_no(now), []
    for region in sorted({record.region_id for record in records}):
        with region_context(region):
            mine = [record for record in records if record.region_id == region]
            applications.append(_file_in_region(actor, filing, mine, verdicts, filing_no, now))
    code = query_code_of(filing.form_token, applications[0].region_id)
    failpoint.reach("submit.before_commit")
    transaction.on_commit(lambda: failpoint.reach("submit.after_commit"))
    return Receipt(filing_no, code, tuple(applications), verdicts=verdicts)


def _records(actor: Actor, filing: Filing) -> list[FailureRecord]:
    """The chosen records of the subject, locked in one order; a foreign or unknown reference is the same NotFound."""
    refs = set(filing.record_refs)
    rows = FailureRecord.objects.select_related("subject", "department").filter(
        ref__in=refs, subject_id=filing.subject_code
    )
    if actor.subject is None:
        rows = rows.filter(region_id=actor.region)
    found = sorted(rows, key=lambda r: (r.region_id, r.pk))
    if len(found) != len(refs):
        raise Invalid(fields={"records": "所选信息中有的已停止公示或不属于该单位，请重新选择。"})
    locked = []
    for region in sorted({r.region_id for r in found}):
        with region_context(region):
            ids = [r.pk for r in found if r.region_id == region]
            locked += list(
                FailureRecord.objects.select_for_update(of=("self",))
                .select_related("subject", "department")
                .filter(region_id=region, pk__in=ids)
                .order_by("pk")
            )
    return locked


def _filed_before(records: Sequence[FailureRecord], filing: Filing) -> list[Application]:
    found = []
    for region in sorted({r.region_id for r in records}):
        with region_context(region):
            found += list(Application.objects.filter(region_id=region, form_token=filing.form_token))
    return found


def _file_in_region(
    actor: Actor,
    filing: Filing,
    records: list[FailureRecord],
    verdicts: dict[str, Verdict],
    filing_no: str,
    now: datetime,
) -> Application:
    region = records[0].region_id
    applied_at = filing.applied_at(now)
    subject = Subject.objects.get(pk=filing.subject_code)
    counter = actor.subject is None
    application = Application.objects.create(
        region_id=region,
        filing_no=filing_no,
        form_token=filing.form_token,
        query_code_hash=query_code_hash(query_code_of(filing.form_token, region)),
        subject=subject,
        filed_by_id=actor.person_id,
        channel=Application.Channel.COUNTER if counter else Application.Channel.PORTAL,
        authority=filing.authority.as_json() if filing.authority and counter else {},
        agent_name=filing.agent_name.strip(),
        agent_phone=filing.agent_phone.strip(),
        commitment=COMMITMENT,
        committed_by=filing.agent_name.strip(),
        committed_at=applied_at,
        urgent_reason=filing.urgent_reason.strip(),
        bid_on=filing.bid_on,
        submitted_at=applied_at,
        paper_on=timezone.localdate(applied_at) if filing.paper else None,
        paper_reason=filing.paper.reason.strip() if filing.paper else "",
        entered_at=now if filing.paper else None,
    )
    cases = [open_case(application, record, verdicts[record.ref], applied_at, taken_at=now) for record in records]
    attach_materials(actor, application, cases, filing.materials, now)
    lines = [
        Line(
            "submitted",
            "case",
            case.ref,
            application=application.ref,
            on_behalf_of=subject.code,
            authority=authority_text(filing.authority) if counter else "",
            data={
                "doc_no": case.record.doc_no,
                "department": case.department.name,
                "verdict": verdicts[case.record.ref].status,
                **(_at_counter(filing) if counter else {}),
            },
        )
        for case in cases
    ]
    record_all(in_region(actor, region), lines, at=now)
    messages.tell_submitted(application, cases, now=now)
    if counter:
        messages.tell_filed_by_clerk(application, now=now)
    transaction.on_commit(outbox.wake, robust=True)
    return application


def _at_counter(filing: Filing) -> dict[str, Any]:
    """What the event of a clerk's act holds besides who, for whom, on what and where: what the applicant confirmed."""
    assert filing.authority is not None
    told = {
        "confirmed": f"{filing.agent_name.strip()}当面确认所选信息、材料和信用承诺",
        "phone_check": filing.authority.phone_check,
        "scope": filing.authority.scope,
    }
    paper = filing.paper
    return told | (
        {"paper_on": f"{timezone.localdate(paper.received_at):%Y-%m-%d}", "paper_reason": paper.reason} if paper else {}
    )
