"""The queue page and 领取下一件."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cases.categories import category_choices
from cases.desk.keyset import Page
from cases.desk.queues import (
    Chosen,
    access_queue,
    counts_of,
    due_words,
    read_page,
    tier_choices,
    title_of,
)
from cases.models import Application, ReviewStep
from cases.services.claim import next_step
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Role


@require_safe
def queue(request: PortalRequest, name: str) -> HttpResponse:
    """One queue: filters and place live in the URL, so that a page can be shared and comes back after an act."""
    actor, now = request.actor, timezone.now()
    shown = access_queue(actor, name)
    chosen = Chosen.read(request.GET.dict())
    page = read_page(shown, actor, chosen, request.GET.get("at", ""), now)
    due = due_words(page.rows, timezone.localdate(now))
    claims, titles = _claims(request, page), dict(tier_choices())
    return TemplateResponse(
        request,
        "desk/queue.html",
        {
            "title": title_of(shown, actor),
            "queue": shown,
            "tabs": [(q, title, count) for q, title, count in counts_of(actor, chosen, now)],
            "rows": [(case, due[case.pk], claims.get(case.pk), titles.get(case.holder_tier, "")) for case in page.rows],
            "page": page,
            "before": chosen.query(at=page.before) if page.before else "",
            "after": chosen.query(at=page.after) if page.after else "",
            "chosen": chosen,
            "filters": chosen.query(),
            "here": request.get_full_path(),
            "categories": category_choices(),
            "tiers": list(titles.items()),
            "channels": Application.Channel.choices,
            "may_claim": actor.has(Role.REVIEWER),
            "now": now,
        },
    )


def _claims(request: PortalRequest, page: Page) -> dict[int, ReviewStep]:
    """Live claims on the cases of this page, in one query."""
    steps = ReviewStep.objects.filter(
        region_id=request.actor.region,
        case_id__in=[case.pk for case in page.rows],
        status=ReviewStep.Status.OPEN,
        claimed_until__gt=timezone.now(),
    ).select_related("claimed_by")
    return {step.case_id: step for step in steps}


@require_POST
def next_case(request: PortalRequest) -> HttpResponse:
    """领取下一件: claim the most urgent case that may be decided and open it."""
    case = next_step(request.actor, now=timezone.now())
    if case is None:
        messages.info(request, "当前没有可领取的办件。")
        return HttpResponseRedirect(reverse("desk:queue", args=["waiting"]))
    messages.success(request, "已领取，30分钟内由您办理。")
    return HttpResponseRedirect(reverse("desk:case", args=[case.ref]))
