"""A firm reports that a penalty was revoked or changed, and follows that, or the way of a restructuring; their files."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from cases.access import access_record
from cases.access_beside import access_beside, access_restructuring, access_withdrawal, file_of, files_of
from cases.beside_clock import removal_rule
from cases.beside_forms import WithdrawalForm, put_faults, take_files
from cases.models import FailureRecord, PenaltyWithdrawal, Restructuring, RestructuringStep, StoredFile
from cases.portal.objections import REPORT_TONES, TRACK_TONES
from cases.portal.queries import applicant_of, today
from cases.portal.stages import Stage
from cases.services.penalty_withdrawal import WithdrawalReport, report_withdrawal
from cases.services.restructuring import bankruptcy_office
from cases.timeline import timeline_of_thing
from cases.uploads import attachment
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid
from sync.outbox import legs_of

R, W = Restructuring.State, RestructuringStep.What


@require_http_methods(["GET", "HEAD", "POST"])
def penalty_report(request: HttpRequest, ref: str) -> HttpResponse:
    """Report with the paper that revoked or changed the decision behind the record `ref`."""
    actor = applicant_of(request)
    record = access_record(actor, ref)
    if request.method != "POST":
        return _form(request, record, WithdrawalForm(), [], "")
    form = WithdrawalForm(request.POST)
    held, problem = take_files(request, actor, record.region_id, "file")
    if form.is_valid() and not problem:
        data = form.cleaned_data
        given = WithdrawalReport(
            record_ref=record.ref,
            kind=data["kind"],
            by=data["by"],
            paper=form.paper(str(held[-1].uuid) if held else ""),
            note=data["note"],
            agent_name=data["agent_name"],
            agent_phone=data["agent_phone"],
        )
        try:
            done = report_withdrawal(actor, given, now=timezone.now())
        except Invalid as refused:
            problem = put_faults(form, refused)
        else:
            messages.success(request, f"申报已提交，编号{done.report_no}，由{done.department.name}确认。")
            return redirect("portal:penalty_withdrawal", ref=done.ref)
    return _form(request, record, form, held[-1:], problem, status=422)


def _form(
    request: HttpRequest, record: FailureRecord, form: WithdrawalForm, held: list[StoredFile], problem: str, *,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    context = {
        "record": record,
        "form": form,
        "held": held,
        "file_problem": problem,
        "rule": removal_rule(record, today()),
    }
    return render(request, "portal/penalty_report.html", context, status=status)


@require_safe
def penalty_withdrawal(request: HttpRequest, ref: str) -> HttpResponse:
    found = access_withdrawal(applicant_of(request), ref)
    with region_context(found.region_id):
        files = files_of(found)
        legs = [] if found.state != PenaltyWithdrawal.State.CONFIRMED else _absent_legs(found)
    tone, icon = REPORT_TONES[found.state]
    context = {
        "report": found,
        "tone": tone,
        "icon": icon,
        "files": files,
        "legs": legs,
        "stages": _report_stages(found),
        "timeline": timeline_of_thing(found.region_id, "withdrawal", found.ref),
    }
    return render(request, "portal/penalty_withdrawal.html", context)


@require_safe
def restructuring(request: HttpRequest, ref: str) -> HttpResponse:
    """The way from the ruling to the final repair, with its dates and papers, and what is not known yet."""
    found = access_restructuring(applicant_of(request), ref)
    with region_context(found.region_id):
        steps = list(
            RestructuringStep.objects.filter(region_id=found.region_id, track=found)
            .select_related("file")
            .order_by("id")
        )
    tone, icon = TRACK_TONES[found.state]
    context = {
        "track": found,
        "tone": tone,
        "icon": icon,
        "steps": steps,
        "stages": _track_stages(found, steps),
        "office": bankruptcy_office(found.record, today()),
    }
    return render(request, "portal/restructuring.html", context)


@require_safe
def beside_file(request: HttpRequest, ref: str, kind: str, uuid: UUID) -> HttpResponse:
    """A file of one of these, as an attachment; staff come in through the desk."""
    actor = applicant_of(request)
    thing = access_beside(actor, kind, ref)
    with region_context(thing.region_id):
        return attachment(file_of(thing, uuid))


def _absent_legs(found: PenaltyWithdrawal) -> list[tuple[str, str, str, str]]:
    """Each platform with what it said of the record's end: title, words, tone, icon."""
    legs = {leg.target: leg for leg in legs_of(found.region_id, "record", found.record.ref)}
    return [
        (leg.title, leg.words, "good", "check") if leg.verified else (leg.title, leg.words, "info", "sync")
        for leg in legs.values()
    ]


def _report_stages(found: PenaltyWithdrawal) -> list[Stage]:
    S = PenaltyWithdrawal.State
    filed = Stage("申报", found.reported_at, "done")
    if found.state == S.DECLINED:
        return [filed, Stage("未予确认", found.settled_at, "stopped")]
    done = found.state == S.CONFIRMED
    return [
        filed,
        Stage("责任单位确认", found.settled_at, "done" if done else "here", found.department.name),
        Stage("撤回公示信息", found.settled_at, "done" if done else "", "已通知公示平台" if done else ""),
    ]


def _track_stages(found: Restructuring, steps: list[RestructuringStep]) -> list[Stage]:
    """裁定 → 临时修复 → 最终修复, or where the way ended otherwise."""
    at = {step.what: step.at for step in steps}
    stages = [Stage("法院裁定", at.get(W.RULED), "done", f"{found.ruled_on:%Y-%m-%d}")]
    if found.state == R.DECLINED:
        return [*stages, Stage("不予临时屏蔽", at.get(W.DECLINED), "stopped")]
    shielded = W.SHIELDED in at
    stages.append(Stage("临时修复", at.get(W.SHIELDED), "done" if shielded else "here", "暂停公示"))
    if found.state == R.RESUMED:
        return [*stages, Stage("恢复公示", at.get(W.RESUMED), "stopped")]
    final = found.state == R.FINAL
    mark = "done" if final else "here" if shielded else ""
    return [*stages, Stage("最终修复", at.get(W.FINAL), mark, "" if final else "待法院认定执行完毕")]
