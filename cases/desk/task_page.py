"""What a task is about, in the words and with the link that its reader may follow."""

from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from cases.access import visible_cases, visible_records
from cases.access_beside import access_beside
from cases.models import Application, Case, CollectionBatch, Task
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import NotFound
from creditrepair.tenancy.models import Role
from notices.models import Notice
from sync import sms
from sync.models import Delivery
from sync.targets import targets

# The doors beside repair: the page of each, and the words of the link.
BESIDE: Final = {
    "objection": ("desk:objection", "打开异议"),
    "withdrawal": ("desk:withdrawal", "打开处罚撤销变更"),
    "restructuring": ("desk:restructuring", "打开破产重整"),
}


@dataclass(frozen=True, slots=True)
class About:
    """Facts of the thing as label and value; of persons only what one needs to call them."""

    facts: tuple[tuple[str, str], ...]


def about_of(task: Task) -> About:
    facts: list[tuple[str, str]] = []
    if task.thing_kind == "delivery":
        row = Delivery.objects.filter(region_id=task.region_id, message_no=task.thing).defer("body").first()
        if row is not None:
            kind = targets().get(row.target)
            facts.append(("发往", kind.title if kind else row.target))
            facts.append(("状态", sms.words(row) if row.kind == "sms" else row.get_state_display()))
            facts.append(("已试", f"{row.tries}次"))
            if row.thing_kind == "application":
                facts += _whom(Application.objects.filter(region_id=task.region_id, ref=row.thing).first())
    elif task.thing_kind in ("sms", "act", "help") or task.kind == Task.Kind.CALL_BACK:
        case = _case_of(task)
        facts += _whom(case.application if case else None)
    elif task.thing_kind == "paper":
        paper = Notice.objects.filter(region_id=task.region_id, ref=task.thing).first()
        if paper is not None:
            facts += [("文号", paper.number), ("文种", paper.get_kind_display()), ("状态", paper.get_status_display())]
    elif task.thing_kind == "import":
        batch = CollectionBatch.objects.filter(region_id=task.region_id, ref=task.thing).first()
        if batch is not None:
            facts += [
                ("文件", batch.file_name),
                ("进展", f"{batch.get_stage_display()}（{batch.position}/{batch.total}行）"),
            ]
    return About(tuple(facts))


def _whom(application: Application | None) -> list[tuple[str, str]]:
    if application is None:
        return []
    phone = application.agent_phone
    mobile = len(phone) == 11 and phone.startswith("1")
    return [
        ("联系单位", application.subject.name),
        ("经办人", application.agent_name or "未登记"),
        ("登记号码", f"{phone[:3]}****{phone[-4:]}" if mobile else phone or "未登记"),
        ("办件编号", application.filing_no),
    ]


def _case_of(task: Task) -> Case | None:
    """The case a task speaks of, by whichever reference it carries; None where it speaks of none."""
    cases = Case.objects.filter(region_id=task.region_id).select_related("application__subject").order_by("id")
    if task.thing_kind == "case":
        return cases.filter(ref=task.thing).first()
    if task.thing_kind == "help":
        return cases.filter(ref=task.thing).first()
    if task.thing_kind in ("application", "act"):
        return cases.filter(application__ref=task.thing.partition("|")[0]).first()
    if task.kind == Task.Kind.CALL_BACK:  # who remedies is not told whose rating it was
        return cases.filter(application__ratings__ref=task.thing).first()
    if task.thing_kind == "sms":
        ref = task.thing.split("|")[1]
        return cases.filter(ref=ref).first() or cases.filter(application__ref=ref).first()
    if task.thing_kind == "delivery":
        row = Delivery.objects.filter(region_id=task.region_id, message_no=task.thing).defer("body").first()
        if row is not None and row.thing_kind == "case":
            return cases.filter(ref=row.thing).first()
        if row is not None and row.thing_kind == "application":
            return cases.filter(application__ref=row.thing).first()
    if task.thing_kind == "paper":
        paper = Notice.objects.filter(region_id=task.region_id, ref=task.thing).first()
        if paper is not None and paper.case_ref:
            return cases.filter(ref=paper.case_ref).first()
    return None


def link_of(actor: Actor, task: Task) -> tuple[str, str]:
    """(address, words) of the page on which the thing can be dealt with; empty if the reader has none."""
    case = _case_of(task)
    if case is not None and actor.has(Role.CLERK) is False and visible_cases(actor).filter(pk=case.pk).exists():
        return reverse("desk:case", args=[case.ref]), "打开办件"
    if task.kind == Task.Kind.INQUIRY:
        return reverse("desk:inquiry", args=[task.thing]), "打开并答复"
    if task.thing_kind == "authority" and (actor.has(Role.CLERK) or actor.has(Role.SUPERVISOR)):
        return reverse("desk:authority", args=[task.thing]), "核验授权"
    watches = actor.has(Role.SUPERVISOR) or actor.has(Role.EXCHANGE)
    if task.thing_kind == "delivery" and watches:
        return reverse("desk:delivery", args=[task.thing]), "打开报文"
    if task.thing_kind == "difference" and watches:
        return reverse("desk:difference", args=[task.thing]), "打开平台核对"
    if task.thing_kind == "lane" and watches:
        return reverse("desk:deliveries"), "打开平台推送"
    if task.thing_kind in BESIDE:
        return _beside(actor, task)
    if task.thing_kind == "revocation" and (actor.has(Role.REVIEWER) or actor.has(Role.SUPERVISOR)):
        return reverse("desk:revocation", args=[task.thing]), "打开撤销修复"
    if task.thing_kind == "record" and visible_records(actor).filter(ref=task.thing).exists():
        return reverse("desk:record", args=[task.thing]), "打开失信信息"
    if task.thing_kind == "import" and (actor.has(Role.RECORDER) or actor.has(Role.SUPERVISOR)):
        return reverse("desk:batch", args=[task.thing]), "打开归集批次"
    return "", ""


def _beside(actor: Actor, task: Task) -> tuple[str, str]:
    """Its page, unless the task was handed to a unit that may not see the thing."""
    page, words = BESIDE[task.thing_kind]
    try:
        access_beside(actor, task.thing_kind, task.thing)
    except NotFound:
        return "", ""
    return reverse(page, args=[task.thing]), words
