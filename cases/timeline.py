"""What happened to a filing or a case, in words: one list for the applicant's page, the desk and the API."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from cases.models import Application, Case
from cases.services.claim import INTERNAL
from creditrepair.audit.models import Event
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Department, Role

WORDS: dict[str, str] = {
    "account_registered": "登记账号",
    "signed_in": "登录",
    "password_changed": "修改密码",
    "phone_confirmed": "登记手机号码",
    "sessions_ended": "退出所有设备",
    "authority_asked": "申请单位授权",
    "authority_settled": "核验单位授权",
    "authority_granted": "法定代表人授权经办人",
    "authority_claimed": "经办人领受授权",
    "authority_revoked": "撤销单位授权",
    "submitted": "提交申请",
    "accepted": "受理申请",
    "not_accepted": "决定不予受理",
    "correction_asked": "一次性告知补正",
    "correction_answered": "提交补正",
    "step_approved": "本环节审核同意",
    "step_returned": "退回上一环节",
    "approved": "决定准予修复",
    "refused": "决定不予修复",
    "external_recorded": "登记外部机关决定",
    "recognised": "平台显示其他机关的决定，结果互认",
    "difference_settled": "处理平台不一致",
    "reconcile_started": "开始全量核对",
    "repaired": "两个平台均已核验，修复完成",
    "withdrawn": "申请人撤回",
    "act_disowned": "申请人表示代办不是本单位本意，转监管人员核查",
    "paper_received": "申请人签收文书",
    "evidence_taken": "下载证据包",
    "rated": "申请人评价",
    "revocation_proposed": "提出撤销修复决定",
    "revocation_declined": "不予撤销修复决定",
    "revoked": "撤销修复决定",
    "reopened": "重新审核",
    "paper_issued": "文书已生成",
    "paper_failed": "文书生成遇到问题，工作人员正在处理",
    "paper_served": "文书已送达",
    "papers_asked": "批量制作告知书",
    "paper_voided": "文书作废",
    "paper_tried_again": "重新制作未能生成的文书",
    "paper_superseded": "文书已失效，须重新告知",
    "both_papers_served": "处罚决定书和告知书一并送达",
    "notice_made": "生成信用修复告知书",
    "paper_opened": "有人扫码查看文书",
    "bulletin_issued": "印发归集情况通报",
    "decision_attached": "上传处罚决定书",
    "severity_set": "认定失信程度",
    "record_collected": "归集失信信息",
    "record_changed": "失信信息有变化",
    "bundle_received": "收到决定书压缩包",
    "count_declared": "申报应归集数",
    "file_received": "收到归集文件",
    "source_compared": "核对源信息变更",
    "file_checked": "归集文件试运行",
    "columns_mapped": "确认列对应",
    "import_asked": "申请入库",
    "batch_taken_back": "撤回归集批次",
    "record_taken_back": "撤回归集信息",
    "batch_imported": "归集文件入库",
    "foreign_rows_refused": "归集文件含有其他单位的信息，未予接收",
    "step_claimed": "领取办理",
    "step_released": "放回待领取",
    "answer_set": "确定待核实事项",
    "answer_ended": "停止适用",
    "recomputed": "重新计算资格和期限",
    "deadline_recomputed": "期限重新计算",
    "calendar_loaded": "录入节假日安排",
    "calendar_withdrawn": "撤回节假日安排",
    "case_extended": "延长办理期限",
    "extension_ended": "撤销延长",
    "client_key_issued": "开通接口密钥",
    "client_key_revoked": "停用接口密钥",
    "guide_text_set": "发布指南文字",
    "lane_stopped": "停用推送通道",
    "lane_resumed": "恢复推送通道",
    "lane_mode_set": "更改报送方式",
    "delivery_retried": "推送再试一次",
    "messages_exported": "导出报文人工报送",
    "export_handed_out": "下载导出的报文",
    "receipt_recorded": "登记平台回执",
    "delivery_verified": "登记人工核验结果",
    "task_opened": "产生待办事项",
    "task_settled": "待办事项的原因已消除",
    "task_taken": "领取待办事项",
    "task_closed": "办结待办事项",
    "task_handed_over": "转办待办事项",
    "reminded": "安排到期提醒短信",
    "objection_filed": "提出异议",
    "objection_answered": "答复异议",
    "objection_withdrawn": "撤回异议",
    "penalty_withdrawal_reported": "申报处罚撤销变更",
    "penalty_withdrawn": "确认处罚撤销变更，信息撤回",
    "penalty_withdrawal_declined": "处罚撤销变更未予确认",
    "record_withdrawn": "原决定被撤销或变更，信息撤回",
    "case_moot": "原决定已被撤销或变更，案件终止",
    "bankruptcy_ruled": "登记法院破产裁定",
    "bankruptcy_shielded": "临时修复，暂停公示",
    "bankruptcy_finished": "法院认定执行完毕，最终修复",
    "bankruptcy_resumed": "恢复公示",
    "bankruptcy_declined": "不予临时屏蔽",
    "reminder_wished": "登记到期提醒",
    "reminder_stopped": "退订到期提醒",
    "inquiry_made": "提交咨询投诉",
    "inquiry_answered": "答复咨询投诉",
    "inquiry_phone_read": "查看咨询投诉人的电话",
    "authority_recorded": "窗口登记授权依据",
    "receipt_reprinted": "窗口补打回执",
    "advice_given": "窗口答复咨询",
    "ticket_issued": "取号",
    "ticket_called": "叫号",
    "ticket_started": "到场办理",
    "ticket_done": "办完",
    "ticket_left": "过号",
    "ticket_back": "重新排队",
    "reminder_listed": "列入待告知名单",
    "reminder_contact": "登记告知结果",
    "reminders_run": "到期提醒执行完毕",
}
OTHER = "其他办理事项"
APPLICANT, CLERK, SYSTEM = "申请人", "政务大厅窗口", "系统"


@dataclass(frozen=True, slots=True)
class Entry:
    """One act. `who` is a unit, or for staff readers (`names=True`) unit and person; `thing` a public reference.

    on_behalf   whether somebody else pressed the button for the applicant; `authority` then says on what evidence
    """

    at: datetime
    verb: str
    text: str
    who: str
    detail: str
    kind: str
    thing: str
    on_behalf: bool = False
    authority: str = ""


def timeline_of(region: str, *, application_ref: str = "", case_ref: str = "", names: bool = False) -> list[Entry]:
    """The acts on one filing, or on one of its cases, oldest first. Access was checked by the caller (`access_*`).

    names   True for staff: persons' names and internal remarks. Applicants and programs see units only.
    """
    with region_context(region):
        about = _of_case(region, case_ref) if case_ref else _of_application(region, application_ref)
        events = list(Event.objects.filter(about, region_id=region).order_by("seq"))
        units = dict(Department.objects.filter(region_id=region).values_list("code", "name"))
    return [_entry(event, units, names) for event in events if names or event.verb not in INTERNAL]


def timeline_of_thing(region: str, kind: str, thing: str, *, names: bool = False) -> list[Entry]:
    """The same for one thing that is no case (an objection, a withdrawn penalty, a restructuring)."""
    with region_context(region):
        events = list(Event.objects.filter(region_id=region, kind=kind, thing=thing).order_by("seq"))
        units = dict(Department.objects.filter(region_id=region).values_list("code", "name"))
    return [_entry(event, units, names) for event in events]


def _of_case(region: str, ref: str) -> Q:
    papers = Q(kind="notice", application__gt="", data__case=ref)
    application = Case.objects.filter(region_id=region, ref=ref).values_list("application__ref", flat=True).first()
    return Q(kind="case", thing=ref) | (papers & Q(application=application or "-"))


def _of_application(region: str, ref: str) -> Q:
    application = Application.objects.filter(region_id=region, ref=ref).first()
    if application is None:
        return Q(pk__in=[])
    cases = Case.objects.filter(region_id=region, application=application).values_list("ref", flat=True)
    return Q(application=ref) | Q(kind="case", thing__in=list(cases))


def _entry(event: Event, units: dict[str, str], names: bool) -> Entry:
    return Entry(
        at=event.at,
        verb=event.verb,
        text=WORDS.get(event.verb, OTHER),
        who=_who(event, units, names),
        detail=_detail(event, names),
        kind=event.kind,
        thing=event.thing,
        on_behalf=bool(event.on_behalf_of) and event.capacity != "applicant",
        authority=event.authority if names or event.on_behalf_of else "",
    )


def _who(event: Event, units: dict[str, str], names: bool) -> str:
    roles = event.capacity.split(",")
    if event.capacity == "applicant":
        unit = APPLICANT
    elif event.capacity == "system":
        return SYSTEM
    elif event.department:
        unit = units.get(event.department, event.department)
    elif Role.CLERK.value in roles:
        unit = CLERK + (f"（{event.window}）" if event.window else "")
    else:
        unit = "、".join(str(Role(role).label) for role in roles if role in Role.values) or SYSTEM
    return f"{unit} {event.user_name}" if names else unit


def _detail(event: Event, names: bool) -> str:
    """One line of what the event holds. What reviewers write to each other is for staff only."""
    data: dict[str, Any] = event.data
    parts: Iterable[str] = ()
    match event.verb:
        case "submitted":
            paper = (
                f"{_text(data, 'paper_on')}收到纸质申请，{_text(data, 'paper_reason')}" if data.get("paper_on") else ""
            )
            parts = (_text(data, "doc_no"), _text(data, "department"), paper)
        case "correction_asked":
            items = data.get("items") or []
            parts = (f"第{data.get('round', 1)}轮，共{len(items)}项", *(str(item.get("what", "")) for item in items))
        case "not_accepted" | "refused":
            parts = (str(reason.get("text", "")) for reason in data.get("reasons") or [])
        case "step_approved" | "approved" | "step_returned":
            parts = (_text(data, "tier"), _text(data, "comment") if names else "")
        case "deadline_recomputed":
            parts = (f"到期日由{_text(data, 'from') or '无'}改为{_text(data, 'to') or '无'}", _text(data, "reason"))
        case "case_extended":
            parts = (f"延长{_text(data, 'working_days')}个工作日", _due(data), _text(data, "reason"))
        case "extension_ended":
            parts = (_due(data), _text(data, "reason"))
        case "recognised":
            parts = (_text(data, "platform"), _text(data, "organ"), _text(data, "paper_no"), _text(data, "decided_on"))
        case "external_recorded" | "bankruptcy_ruled" | "bankruptcy_shielded" | "bankruptcy_finished":
            parts = (_text(data, "organ"), _text(data, "paper_no"), _text(data, "decided_on"))
        case "withdrawn" | "objection_withdrawn" | "penalty_withdrawal_declined" | "case_moot":
            parts = (_text(data, "reason"),)
        case "objection_filed":
            parts = (_text(data, "matter"), _text(data, "request"))
        case "objection_answered":
            parts = (_text(data, "result"), _text(data, "paper"), _text(data, "measures"))
        case "penalty_withdrawal_reported" | "penalty_withdrawn" | "record_withdrawn":
            parts = (_text(data, "kind"), _text(data, "organ"), _text(data, "paper_no"), _text(data, "decided_on"))
        case "bankruptcy_resumed" | "bankruptcy_declined":
            parts = (_text(data, "organ"), _text(data, "paper_no"), _text(data, "note"))
        case "paper_issued" | "paper_received":
            parts = (_text(data, "number"),)
        case "rated":
            parts = (_text(data, "grade"),)
        case "paper_failed":
            parts = (_text(data, "number"), _text(data, "problem") if names else "")
        case "paper_served" | "both_papers_served":
            parts = (_text(data, "number"), _text(data, "served_on"))
        case "correction_answered" if names:
            parts = (_text(data, "answer"),)
        case _:
            parts = ()
    return "；".join(part for part in parts if part)


def _text(data: dict[str, Any], key: str) -> str:
    return str(data.get(key) or "")


def _due(data: dict[str, Any]) -> str:
    """The new day in words, as far as the event has one."""
    return f"{_text(data, 'due')}前办结" if _text(data, "due") else ""
