"""好差评: the firm rates a filing once after its end; a bad rating is called back, remedied, and may be given once more."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from cases.access import access_application
from cases.models import Application, Case, Rating, Task
from cases.services.matters import BUREAU
from cases.services.task import open_task, task_due
from cases.states import OPEN_STATES
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor, in_region
from creditrepair.tenancy.context import set_local
from creditrepair.tenancy.errors import Invalid, NotAllowed, WrongMoment
from creditrepair.tenancy.models import Department
from creditrepair.tenancy.personal import masked_words

BAD: Final = frozenset({Rating.Grade.BAD, Rating.Grade.VERY_BAD})
CALL_BACK_WD: Final = 1
REMEDY_WD: Final = 15
MAX_TEXT: Final = 500
# What a rating may name, by the way the filing was handed in.
TAGS: Final = {
    Rating.Channel.ONLINE: ("办事效率", "指南精确度", "便捷度", "平台操作性"),
    Rating.Channel.COUNTER: ("办事效率", "业务水平", "服务态度"),
}


def channel_of(application: Application) -> Rating.Channel:
    at_counter = application.channel == Application.Channel.COUNTER
    return Rating.Channel.COUNTER if at_counter else Rating.Channel.ONLINE


@transaction.atomic
def rate(actor: Actor, *, ref: str, grade: int, tags: Sequence[str] = (), text: str = "", now: datetime) -> Rating:
    """Rate the filing `ref` (its part in one region), or rate again after a bad rating was remedied.

    A bad one opens two tasks: the supervising bureau calls back by the next working day, and the unit remedies within
    15 working days without being told who rated. Raises NotFound, NotAllowed (not the firm), WrongMoment (not ended,
    rated before, remedy under way), Invalid (`grade`, `tags`, `text`).
    """
    application = access_application(actor, ref)
    if actor.subject != application.subject_id:
        raise NotAllowed("由申请单位评价。")
    region = application.region_id
    set_local("app.region", region)
    Application.objects.select_for_update(of=("self",)).get(region_id=region, pk=application.pk)
    number = may_rate(application)
    if number is None:
        raise WrongMoment("本办件现在不能评价：办结后可以评价一次，差评整改后可以再评一次。", code="not_to_rate")
    channel = channel_of(application)
    _check(grade, tags, text, channel)
    rating = Rating.objects.create(
        region_id=region,
        application=application,
        number=number,
        grade=grade,
        channel=channel,
        tags=list(dict.fromkeys(tags)),
        text=text.strip(),
        rated_by_id=actor.person_id,
        rated_at=now,
    )
    if grade in BAD and number == 1:
        _ask_for_remedy(application, rating, now)
    record_event(
        in_region(actor, region),
        "rated",
        kind="application",
        thing=application.ref,
        application=application.ref,
        at=now,
        data={"grade": rating.get_grade_display(), "number": number},
    )
    return rating


def may_rate(application: Application) -> int | None:
    """Which rating may be given now: 1 after the end, 2 once a bad one was remedied; None if none. Enter the region first."""
    if not application.was_filed:
        return None
    cases = Case.objects.filter(region_id=application.region_id, application=application)
    if cases.filter(state__in=OPEN_STATES).exists():
        return None
    given = list(Rating.objects.filter(region_id=application.region_id, application=application).order_by("number"))
    if not given:
        return 1
    if len(given) > 1 or given[0].grade not in BAD:
        return None
    remedies = Task.objects.filter(
        region_id=application.region_id, kind=Task.Kind.REMEDY, thing_kind="rating", thing=given[0].ref
    )
    return 2 if remedies.filter(closed_at__isnull=False).exists() else None


def _check(grade: int, tags: Sequence[str], text: str, channel: Rating.Channel) -> None:
    faults = {}
    if grade not in Rating.Grade.values:
        faults["grade"] = "请选择一项评价。"
    if set(tags) - set(TAGS[channel]):
        faults["tags"] = "请从所列方面中选择。"
    if len(text.strip()) > MAX_TEXT:
        faults["text"] = f"最多{MAX_TEXT}个字。"
    if faults:
        raise Invalid(fields=faults)


def _ask_for_remedy(application: Application, rating: Rating, now: datetime) -> None:
    region, today = application.region_id, timezone.localdate(now)
    unit = application.cases.order_by("id").values_list("department_id", flat=True)[0]
    bureau = Department.objects.filter(region_id=region, code=BUREAU).values_list("pk", flat=True).first() or unit
    about = "、".join(rating.tags) or "未选方面"
    open_task(
        region,
        kind=Task.Kind.CALL_BACK,
        thing_kind="rating",
        thing=rating.ref,
        title=f"请回访评价“{rating.get_grade_display()}”的申请单位（办件{application.filing_no}）",
        detail=f"{about}。{rating.text}",
        department_id=bureau,
        now=now,
        due_on=task_due(region, today, CALL_BACK_WD),
    )
    open_task(
        region,
        kind=Task.Kind.REMEDY,
        thing_kind="rating",
        thing=rating.ref,
        title=f"请整改：一件{rating.get_channel_display()}办件被评为“{rating.get_grade_display()}”",
        detail=f"{about}。{masked_words(rating.text)}",
        department_id=unit,
        now=now,
        due_on=task_due(region, today, REMEDY_WD),
    )
