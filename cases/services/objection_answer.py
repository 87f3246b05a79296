"""异议答复: once, by the unit that decided, with the 异议答复书. It changes no record by itself.

What is upheld becomes a task of whoever records or decides, so that the correction goes its own way, with its own proof.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from cases.access_beside import access_objection
from cases.models import Objection, Task
from cases.services.beside import end_tasks, tell
from cases.services.objections import THING, locked_objection, require_open
from cases.services.task import open_task
from cases.snapshot import objection_paper
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid, NotAllowed
from notices import services as notices
from sync import outbox

Matter, Result = Objection.Matter, Objection.Result
MAX_FINDINGS: Final = 2000
MAX_ARTICLE: Final = 200
MAX_MEASURES: Final = 500


@transaction.atomic
def answer_objection(
    actor: Actor, *, ref: str, result: str, findings: str, article: str, measures: str, now: datetime
) -> Objection:
    """Answer once, with the 异议答复书; what is upheld is opened as a task, nothing is overwritten here.

    findings   what was checked and found, a line each; article: on what it rests (needed unless all is upheld)
    measures   what will be corrected; needed if anything is upheld
    Raises NotFound, NotAllowed (another unit, an own filing), AlreadyDecided or WrongMoment (409), Invalid (by field).
    """
    found = access_objection(actor, ref, to="answer")
    objection = locked_objection(found)
    if objection.filed_by_id == actor.user_id:
        raise NotAllowed("该异议由您代为提出，须由他人答复。", code="own_filing")
    require_open(objection)
    told = _require_answer(result, findings, article, measures)
    objection.state, objection.result = Objection.State.ANSWERED, result
    objection.findings, objection.measures = told, measures.strip() if result != Result.REJECTED else ""
    objection.settled_at, objection.settled_by_id = now, actor.person_id
    paper = notices.request(_paper(objection, now), at=now)
    objection.paper_ref = paper.ref
    objection.save()
    end_tasks(actor, objection, THING, f"已答复：{objection.get_result_display()}（{paper.number}）", now)
    if result != Result.REJECTED:
        _open_correction(objection, now)
    tell(objection, THING, "T22", objection.objection_no, now, phone=objection.agent_phone)
    record_event(
        actor,
        "objection_answered",
        kind=THING,
        thing=objection.ref,
        at=now,
        data={"result": objection.get_result_display(), "paper": paper.number, "measures": objection.measures},
    )
    transaction.on_commit(outbox.wake, robust=True)
    transaction.on_commit(notices.wake, robust=True)
    return objection


def _open_correction(objection: Objection, now: datetime) -> None:
    """Upheld: the recorder mends the record at its source, or the unit looks at its result again. Never done here."""
    result = objection.matter == Matter.RESULT
    what = "请复核修复结果" if result else "请更正失信信息并重新归集"
    open_task(
        objection.region_id,
        kind=Task.Kind.CORRECT,
        thing_kind="case" if result and objection.case else "record",
        thing=objection.case.ref if result and objection.case else objection.record.ref,
        title=f"{what}：{objection.record.doc_no}（异议{objection.objection_no}）",
        detail=objection.measures,
        department_id=objection.department_id,
        now=now,
    )


def _require_answer(result: str, findings: str, article: str, measures: str) -> list[dict[str, str]]:
    faults = {}
    lines = [line.strip() for line in findings.splitlines() if line.strip()]
    if result not in Result.values:
        faults["result"] = "请选择答复结果。"
    if not lines or len(findings) > MAX_FINDINGS:
        faults["findings"] = f"请写明核查情况和理由，不超过{MAX_FINDINGS}个字。"
    if result in (Result.REJECTED, Result.PARTLY) and not article.strip():
        faults["article"] = "不采纳或者部分采纳的，请写明依据的条款。"
    if len(article.strip()) > MAX_ARTICLE:
        faults["article"] = f"依据不超过{MAX_ARTICLE}个字。"
    if result in (Result.UPHELD, Result.PARTLY) and not measures.strip():
        faults["measures"] = "采纳的，请写明将怎样更正。"
    if len(measures.strip()) > MAX_MEASURES:
        faults["measures"] = f"更正措施不超过{MAX_MEASURES}个字。"
    if faults:
        raise Invalid(fields=faults)
    return _findings(lines, article.strip())


def _findings(lines: Sequence[str], article: str) -> list[dict[str, str]]:
    return [{"code": f"f{n}", "text": line, "article": article} for n, line in enumerate(lines, start=1)]


def _paper(objection: Objection, now: datetime) -> notices.PaperRequest:
    case = objection.case
    return objection_paper.of_objection_answer(
        objection.record,
        objection_no=objection.objection_no,
        objected_on=timezone.localdate(objection.filed_at),
        matter=f"对{objection.get_matter_display()}有异议：{objection.request}",
        result=objection.result,
        findings=objection.findings,
        measures=objection.measures or None,
        now=now,
        case_ref=case.ref if case else "",
        application_ref=case.application.ref if case else "",
    )
