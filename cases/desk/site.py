"""The admin site of the desk: Django's admin frame around our queue pages. No model is registered: no act without a verb."""

from collections.abc import Callable
from functools import update_wrapper
from http import HTTPStatus
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.views.decorators.cache import never_cache

from cases.desk import (
    authority_views,
    beside_views,
    bulletin_views,
    bundle_views,
    calendar_views,
    case_acts,
    case_views,
    collect_views,
    delivery_views,
    difference_views,
    event_views,
    guide_views,
    home,
    inbound_views,
    inquiry_views,
    judge_views,
    lane_views,
    objection_views,
    paper_views,
    quality_views,
    queue_views,
    rating_views,
    record_form_views,
    record_views,
    reminder_run_views,
    reminder_views,
    revocation_views,
    rule_table,
    rule_views,
    served_views,
    severity_views,
    task_views,
    watch_views,
)
from cases.desk.doors import WATCHERS
from creditrepair import alive, answers
from creditrepair.tenancy.errors import NotAllowed

View = Callable[..., HttpResponseBase]


class DeskSite(AdminSite):
    """Signed-in staff only; who may do what on a page is asked there. Sign-in is the portal's."""

    site_title = "审核工作台"
    site_header = "审核工作台"
    index_title = "工作台"
    enable_nav_sidebar = False
    final_catch_all_view = False

    def has_permission(self, request: HttpRequest) -> bool:
        actor = getattr(request, "actor", None)
        return bool(actor and actor.is_staff)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What every page of the desk prints; whoever watches over the platforms sees the alarms on each."""
        actor = getattr(request, "actor", None)
        watches = actor is not None and any(actor.has(role) for role in WATCHERS)
        return super().each_context(request) | ({"alarms": alive.alarms_for(actor.region)} if actor and watches else {})

    # The stubs promise the very type of `view` back; what is returned is a wrapper of it, as in Django itself.
    def admin_view(self, view: View, cacheable: bool = False) -> View:  # type: ignore[override]
        """Visitors were sent to sign in by the middleware; applicants are told that this is not theirs (403)."""

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not self.has_permission(request):
                raise NotAllowed("工作台供审核、归集、窗口和监管人员使用。")
            response = view(request, *args, **kwargs)
            if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
                return _not_to_be_opened(request, response)
            if isinstance(response, TemplateResponse):
                request.current_app = self.name  # type: ignore[attr-defined]
                response.context_data = self.each_context(request) | (response.context_data or {})
            return response

        return update_wrapper(inner if cacheable else never_cache(inner), view)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        def page(route: str, view: View, name: str) -> URLPattern:
            return path(route, self.admin_view(view), name=name)

        return [
            page("", home.index, "index"),
            page("queue/<slug:name>/", queue_views.queue, "queue"),
            page("next", queue_views.next_case, "next"),
            page("case/<str:ref>/", case_views.case, "case"),
            page("case/<str:ref>/decide", case_views.decide, "decide"),
            page("case/<str:ref>/claim", case_views.claim, "claim"),
            page("case/<str:ref>/release", case_views.release, "release"),
            page("case/<str:ref>/extend", case_acts.extend, "extend"),
            page("case/<str:ref>/extension/end", case_acts.extension_end, "extension_end"),
            page("case/<str:ref>/source", case_views.source_compared, "source_compared"),
            page("case/<str:ref>/external", case_acts.external, "external"),
            page("case/<str:ref>/file/<uuid:uuid>", case_views.case_file, "case_file"),
            page("case/<str:ref>/paper/<str:notice_ref>", case_views.case_paper, "case_paper"),
            page("records/", record_views.records, "records"),
            page("record/<str:ref>/", record_views.record, "record"),
            page("records/severity", severity_views.severity_many, "severity_many"),
            page("record/<str:ref>/judge", judge_views.judge, "judge"),
            page("record/<str:ref>/severity", record_views.severity, "severity"),
            page("record/<str:ref>/attach", record_views.attach, "attach"),
            page("record/<str:ref>/notice", record_views.notice, "notice"),
            page("record/<str:ref>/serve", record_views.serve, "serve"),
            page("record/<str:ref>/void", record_views.void, "void"),
            page("record/<str:ref>/reissue", record_views.reissue, "reissue"),
            page("record/<str:ref>/proof", record_views.service_proof, "service_proof"),
            page("records/notices", paper_views.notice_batch, "notice_batch"),
            page("served/", served_views.served_rates, "served"),
            page("papers/", paper_views.papers, "papers"),
            page("papers/<str:ref>/retry", paper_views.paper_retry, "paper_retry"),
            page("papers/batch/<str:ref>/", paper_views.paper_batch, "paper_batch"),
            page("papers/batch/<str:ref>/zip", paper_views.paper_batch_zip, "paper_batch_zip"),
            page("papers/batch/<str:ref>/<int:leaf>.pdf", paper_views.paper_batch_pdf, "paper_batch_pdf"),
            page("record/<str:ref>/mirror", record_views.mirror, "mirror"),
            page("record/<str:ref>/decision", record_views.decision_file, "decision_file"),
            page("record/<str:ref>/paper/<str:notice_ref>", record_views.record_paper, "record_paper"),
            page("authorities/", authority_views.authorities, "authorities"),
            page("authorities/<str:ref>/", authority_views.authority, "authority"),
            page("authorities/<str:ref>/file/<slug:which>", authority_views.authority_file, "authority_file"),
            page("authorities/<str:ref>/confirm", authority_views.authority_confirm, "authority_confirm"),
            page("authorities/<str:ref>/refuse", authority_views.authority_refuse, "authority_refuse"),
            page("authorities/<str:ref>/end", authority_views.authority_end, "authority_end"),
            page("collect/", collect_views.collect, "collect"),
            page("collect/<slug:category>/new", record_form_views.record_new, "record_new"),
            page("collect/<str:ref>/", collect_views.batch, "batch"),
            page("collect/<str:ref>/import", collect_views.import_rows, "import"),
            page("collect/<str:ref>/map", collect_views.map_columns, "batch_map"),
            page("collect/<str:ref>/take-back", collect_views.take_back_batch, "batch_take_back"),
            page("collect/<str:ref>/errors", collect_views.batch_errors, "batch_errors"),
            page("deliveries/", delivery_views.deliveries, "deliveries"),
            page("deliveries/retry", delivery_views.deliveries_retry, "deliveries_retry"),
            page("deliveries/lane/<slug:target>/", lane_views.lane, "lane"),
            page("deliveries/export/<str:ref>", lane_views.delivery_export, "delivery_export"),
            page("deliveries/<str:number>/", delivery_views.delivery, "delivery"),
            page("deliveries/<str:number>/retry", delivery_views.delivery_retry, "delivery_retry"),
            page("deliveries/<str:number>/receipt", delivery_views.delivery_receipt, "delivery_receipt"),
            page("deliveries/<str:number>/proof", delivery_views.delivery_proof, "delivery_proof"),
            page("differences/", difference_views.difference_list, "differences"),
            page("differences/<str:ref>/", difference_views.difference, "difference"),
            page("reconcile/", inbound_views.reconcile, "reconcile"),
            page("inbound/", inbound_views.inbound, "inbound"),
            page("bundle/", bundle_views.bundles, "bundles"),
            page("bundle/<str:ref>/", bundle_views.bundle, "bundle"),
            page("quality/", quality_views.quality, "quality"),
            page("quality/late/", quality_views.quality_late, "quality_late"),
            page("quality/declare/", quality_views.declare, "quality_declare"),
            page("quality/bulletin/", quality_views.bulletin, "bulletin"),
            page("bulletin/", bulletin_views.bulletin_draft, "bulletin_draft"),
            page("bulletin/<str:ref>/paper", bulletin_views.bulletin_paper, "bulletin_paper"),
            page("ratings/", rating_views.ratings, "ratings"),
            page("events/", event_views.events, "events"),
            page("tasks/", task_views.tasks, "tasks"),
            page("tasks/<str:ref>/", task_views.task, "task"),
            page("tasks/<str:ref>/take", task_views.task_take, "task_take"),
            page("tasks/<str:ref>/close", task_views.task_close, "task_close"),
            page("tasks/<str:ref>/hand-over", task_views.task_hand_over, "task_hand_over"),
            page("inquiry/<str:ref>/", inquiry_views.inquiry, "inquiry"),
            page("inquiry/<str:ref>/phone", inquiry_views.inquiry_phone, "inquiry_phone"),
            page("reminders/", reminder_views.reminders, "reminders"),
            page("reminders/runs/", reminder_run_views.reminder_runs, "reminder_runs"),
            page("reminders/<str:ref>/", reminder_views.reminder, "reminder"),
            page("reminders/<str:ref>/contact", reminder_views.reminder_contact, "reminder_contact"),
            page("watch/", watch_views.board, "watch"),
            page("watch/<slug:what>/<slug:fate>/", watch_views.things, "watch_list"),
            page("objections/", objection_views.objections, "objections"),
            page("objections/<str:ref>/", objection_views.objection, "objection"),
            page("objections/<str:ref>/paper", objection_views.objection_paper, "objection_paper"),
            page("case/<str:ref>/revoke", revocation_views.revocation_new, "revocation_new"),
            page("revocations/<str:ref>/", revocation_views.revocation, "revocation"),
            page("revocations/<str:ref>/file/<uuid:uuid>", revocation_views.revocation_file, "revocation_file"),
            page("record/<str:ref>/withdrawn", beside_views.withdrawal_new, "withdrawal_new"),
            page("withdrawals/<str:ref>/", beside_views.withdrawal, "withdrawal"),
            page("record/<str:ref>/restructuring", beside_views.restructuring_new, "restructuring_new"),
            page("restructurings/<str:ref>/", beside_views.restructuring, "restructuring"),
            page("beside/<str:ref>/<slug:kind>/<uuid:uuid>", beside_views.beside_file, "beside_file"),
            page("guide/", guide_views.guide_texts, "guide_texts"),
            page("rules/", rule_views.rule_questions, "rules"),
            page("rules/rows/", rule_table.rule_rows, "rule_rows"),
            page("rules/run/<str:ref>/", rule_views.rule_run, "rule_run"),
            page("rules/run/<str:ref>/confirm", rule_views.rule_confirm, "rule_confirm"),
            page("rules/answer/<str:answer>/", rule_views.rule_answer, "rule_answer"),
            page("calendar/", calendar_views.calendar, "calendar"),
            page("calendar/preview", calendar_views.calendar_preview, "calendar_preview"),
            page("calendar/load", calendar_views.calendar_load, "calendar_load"),
            page("calendar/withdraw", calendar_views.calendar_withdraw, "calendar_withdraw"),
        ]


def _not_to_be_opened(request: HttpRequest, refused: HttpResponseBase) -> HttpResponseBase:
    """Who sends the address of a form's answer again by hand finds words and a way back, not an empty window."""
    told = answers.page(
        request,
        refused.status_code,
        message="这个网址是提交之后的结果，不能直接打开或者重新进入。",
        next_step="请从工作台重新进入该页面；此前已提交的内容在原记录中可以看到。",
    )
    told["Allow"] = refused["Allow"]
    return told


desk = DeskSite(name="desk")
