"""What refuses a filing before anything is written: authority, form, paper, and the law about each record."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cases.access import require_filing
from cases.law import Verdict
from cases.models import Case, FailureRecord
from cases.services.filing import PAPER_MATERIAL, Filing
from cases.states import OPEN_STATES, CaseState
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotAllowed, WrongMoment
from creditrepair.tenancy.models import Role

PAPER_KEPT = timedelta(days=31)  # a network is down for hours or days; older paper is a wrong date, asked for again


def require_authority(actor: Actor, filing: Filing) -> None:
    """The firm files for itself, the clerk on an authority that is told. Raises NotAllowed, Invalid."""
    require_filing(actor)
    if actor.subject is not None:
        if actor.subject != filing.subject_code:
            raise NotAllowed("您现在没有代表该单位办理。")
        return
    if not actor.has(Role.CLERK):
        raise NotAllowed("请由单位授权的经办人登录办理，或到窗口代为提交。")
    if filing.authority is None or not filing.authority.evidence.strip():
        raise Invalid(fields={"authority": "代为提交须先登记授权依据。"})


def require_form(filing: Filing) -> None:
    """Something is chosen, somebody can be reached, the commitment is given. Raises Invalid."""
    faults = {}
    if not filing.record_refs:
        faults["records"] = "请至少选择一条失信信息。"
    if not filing.agent_name.strip():
        faults["agent_name"] = "请填写经办人姓名。"
    phone = filing.agent_phone.strip()
    if not (phone.isascii() and phone.isdigit() and len(phone) == 11 and phone.startswith("1")):
        faults["agent_phone"] = "请填写11位手机号码，用于接收办理通知。"
    if not filing.committed:
        faults["committed"] = "请阅读并同意信用承诺。"
    if faults:
        raise Invalid(fields=faults)


def require_paper(actor: Actor, filing: Filing, now: datetime) -> None:
    """Only the window enters paper, with its reason; a day to come, or one long past, is a slip of the pen."""
    paper = filing.paper
    if paper is None:
        return
    if actor.subject is not None:
        raise NotAllowed("纸质申请由窗口补录。")
    if not paper.reason.strip():
        raise Invalid(fields={"paper_reason": "请写明当时使用纸质申请的原因。"})
    if not any(material.code == PAPER_MATERIAL and material.file_uuid for material in filing.materials):
        raise Invalid(fields={f"{PAPER_MATERIAL}.all": "请上传纸质申请表的扫描件，上面要有窗口注明的收到时间。"})
    if not now - PAPER_KEPT <= paper.received_at <= now:
        raise Invalid(fields={"paper_on": f"收到日期应在最近{PAPER_KEPT.days}天内，且不晚于现在，请核对纸质申请。"})


def require_may_file(records: Sequence[FailureRecord], verdicts: dict[str, Verdict]) -> None:
    """The law decides: a verified "not yet" or "not repairable" refuses, a doubt never does."""
    for record in records:
        verdict = verdicts[record.ref]
        if record.status != FailureRecord.Status.PUBLISHED:
            raise WrongMoment(f"{record.doc_no}已不再公示，无需申请。")
        if not verdict.may_file:
            raise Invalid(
                fields={"records": f"{record.doc_no}：{verdict.headline}。{verdict.reasons[0].text}"},
                code="not_eligible",
            )
        with region_context(record.region_id):
            under_way = Case.objects.filter(
                region_id=record.region_id, record=record, state__in=[*OPEN_STATES, CaseState.APPROVED]
            ).first()
        if under_way is not None:
            raise WrongMoment(f"{record.doc_no}已有办理中的申请，请在“我的办件”中查看。", code="already_filed")
