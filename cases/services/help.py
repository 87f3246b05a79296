"""多次补正的窗口协助: after the second return somebody of the hall calls, without being asked; once a case."""

from datetime import datetime
from typing import Final

from cases.models import Case, Task
from cases.services.task import open_task

HELP_FROM_ROUND: Final = 2
KIND_OF_THING: Final = "help"


def offer_help(case: Case, *, now: datetime) -> bool:
    """Open the task of the window in the caller's transaction; False if there was one for this case before.

    It asks of the unit's own handlers as well: who reads it first at the window takes it.
    """
    cause = Task.objects.filter(region_id=case.region_id, kind=Task.Kind.HELP, thing_kind=KIND_OF_THING, thing=case.ref)
    if cause.exists():
        return False
    application = case.application
    return open_task(
        case.region_id,
        kind=Task.Kind.HELP,
        thing_kind=KIND_OF_THING,
        thing=case.ref,
        title=f"请协助申请单位补正（办件{application.filing_no}）",
        detail=f"{case.record.doc_no}已第{case.round}次要求补正。请联系{application.subject.name}，帮助一次补齐。",
        department_id=case.department_id,
        now=now,
    )
