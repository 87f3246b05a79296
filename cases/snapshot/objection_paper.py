"""The 异议答复书, as data."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.utils import timezone

from cases.law.regimes import NDRC_36
from cases.models import FailureRecord
from cases.snapshot.paper_fields import record_rows, subject_fields, told_reasons
from notices.services import PaperRequest


def of_objection_answer(
    record: FailureRecord,
    *,
    objection_no: str,
    objected_on: date,
    matter: str,
    result: str,
    findings: Sequence[Mapping[str, str]],
    measures: str | None,
    now: datetime,
    case_ref: str = "",
    application_ref: str = "",
) -> PaperRequest:
    """异议答复书 about a record, answered by its unit. No rule that we know names a way against it, so none is told.

    result     upheld, partly or rejected; findings: {code, text, article}
    case_ref   the case of the objection, if it is one
    """
    fields = {
        **subject_fields(record),
        "records": record_rows(record, record.department.name),
        "basis": _objection_basis(record, timezone.localdate(now)),
        "objection_no": objection_no,
        "objected_on": objected_on,
        "matter": matter,
        "result": result,
        "findings": told_reasons(findings),
        "measures": measures,
    }
    return PaperRequest(
        kind="objection_answer",
        department=record.department,
        subject_code=record.subject_id,
        fields=fields,
        case_ref=case_ref,
        application_ref=application_ref,
    )


def _objection_basis(record: FailureRecord, day: date) -> str | None:
    """That objections go to the unit is verified for the general regime only; None (待核实) for the market field."""
    return str(NDRC_36.basis()) if not record.market and day >= NDRC_36.in_force_from else None
