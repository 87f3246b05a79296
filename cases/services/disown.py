"""「不是本单位本意」: the firm does not own an act that somebody else did in its name; the supervisor looks into it."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from cases.access import access_application
from cases.models import Application, Task
from cases.services.matters import BUREAU
from cases.services.task import open_task
from creditrepair.audit.chain import record as record_event
from creditrepair.audit.models import Event
from creditrepair.tenancy.actor import Actor, in_region
from creditrepair.tenancy.context import set_local
from creditrepair.tenancy.errors import NotAllowed, NotFound, WrongMoment
from creditrepair.tenancy.models import Department

VERB = "act_disowned"


@transaction.atomic
def disown_act(actor: Actor, *, ref: str, seq: int, now: datetime) -> None:
    """Say of event `seq` of the filing `ref` that it was not the firm's will: one task, one Event, once.

    Nothing is undone by it: whether the filing stands is for the supervisor to find out, and the firm may withdraw.
    Raises NotFound (no such act in the firm's name), NotAllowed (not the firm; its own act), WrongMoment (said before).
    """
    application = access_application(actor, ref)
    if actor.subject != application.subject_id:
        raise NotAllowed("只有申请单位可以对代办事项提出异议。")
    set_local("app.region", application.region_id)
    Application.objects.select_for_update(of=("self",)).get(region_id=application.region_id, pk=application.pk)
    act = Event.objects.filter(
        region_id=application.region_id, application=application.ref, seq=seq, on_behalf_of=application.subject_id
    ).first()
    if act is None:
        raise NotFound
    if act.capacity == "applicant":
        raise NotAllowed("该事项由贵单位的经办人本人办理。如授权有误，请由法定代表人变更授权。")
    said = Event.objects.filter(
        region_id=application.region_id, kind="application", thing=application.ref, verb=VERB, data__seq=seq
    ).first()
    if said is not None:
        raise WrongMoment(
            f"贵单位已于{timezone.localtime(said.at):%Y-%m-%d %H:%M}提出，监管人员正在核查。", code="said_before"
        )
    open_task(
        application.region_id,
        kind=Task.Kind.DISOWNED,
        thing_kind="act",
        thing=f"{application.ref}|{seq}",
        title=f"申请单位表示代办不是本单位本意（办件{application.filing_no}）",
        detail=f"{timezone.localtime(act.at):%Y-%m-%d %H:%M}由{act.user_name}{f'（{act.window}）' if act.window else ''}"
        f"代为办理，依据：{act.authority or '未登记'}。请核查授权并联系申请单位。",
        department_id=_supervisor_of(application),
        now=now,
    )
    record_event(
        in_region(actor, application.region_id),
        VERB,
        kind="application",
        thing=application.ref,
        application=application.ref,
        on_behalf_of=application.subject_id,
        at=now,
        data={"seq": seq, "verb": act.verb},
    )


def _supervisor_of(application: Application) -> int:
    """The supervising bureau of the region; where it is not in the directory, the unit of the first case."""
    bureau = (
        Department.objects.filter(region_id=application.region_id, code=BUREAU).values_list("pk", flat=True).first()
    )
    if bureau is not None:
        return int(bureau)
    first = application.cases.order_by("id").values_list("department_id", flat=True).first()
    if first is None:
        raise NotFound
    return int(first)
