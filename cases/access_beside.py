"""Ways to objections, withdrawn penalties and restructurings: as `cases.access`, NotFound for foreign or absent.

With `lock`, the row is fresh and locked (FOR UPDATE); call it then inside the region of the row.
"""

from typing import Any, Final
from uuid import UUID

from cases.categories import room
from cases.models import FailureRecord, Objection, PenaltyWithdrawal, Restructuring, StoredFile
from cases.query import BesideQuerySet
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import NotAllowed, NotFound
from creditrepair.tenancy.models import Role

_JOINED: Final = ("record__subject", "record__department", "subject", "department", "region")
ELSEWHERE: Final = "本事项由责任单位办理，您可以查看，无需您操作。"


def visible_objections(actor: Actor) -> BesideQuerySet:
    return Objection.objects.visible_to(actor).select_related(*_JOINED, "case__application", "settled_by")


def visible_withdrawals(actor: Actor) -> BesideQuerySet:
    return PenaltyWithdrawal.objects.visible_to(actor).select_related(*_JOINED, "settled_by")


def visible_restructurings(actor: Actor) -> BesideQuerySet:
    return Restructuring.objects.visible_to(actor).select_related(*_JOINED)


def access_objection(actor: Actor, ref: str, *, to: str = "view") -> Objection:
    """An objection by reference, for one of: view, answer (the unit that decided), withdraw (the objector's side).

    Raises NotFound, NotAllowed.
    """
    found = _of(visible_objections(actor), ref)
    assert isinstance(found, Objection)
    if to == "answer" and not may_answer(actor, found.record, found.department_id):
        raise NotAllowed(ELSEWHERE)
    counter = actor.has(Role.CLERK) and found.channel == Objection.Channel.COUNTER
    if to == "withdraw" and actor.subject != found.subject_id and not counter:
        raise NotAllowed("异议由提出的单位撤回。")
    return found


def access_withdrawal(actor: Actor, ref: str, *, to: str = "view") -> PenaltyWithdrawal:
    """A reported withdrawal of a penalty; to "settle" only for the unit of the record. Raises NotFound, NotAllowed."""
    found = _of(visible_withdrawals(actor), ref)
    assert isinstance(found, PenaltyWithdrawal)
    if to == "settle" and not may_answer(actor, found.record, found.department_id):
        raise NotAllowed(ELSEWHERE)
    return found


def access_restructuring(actor: Actor, ref: str, *, to: str = "view") -> Restructuring:
    """A restructuring; to "move" for the unit of the record: only it decides on its record. NotFound, NotAllowed."""
    found = _of(visible_restructurings(actor), ref)
    assert isinstance(found, Restructuring)
    if to == "move" and not may_answer(actor, found.record, found.department_id):
        raise NotAllowed(ELSEWHERE)
    return found


def may_answer(actor: Actor, record: FailureRecord, department_id: int) -> bool:
    """A reviewer of the unit; where others decide (a court), the unit has only recorders, who then speak for it."""
    if actor.region != record.region_id or actor.department_id != department_id:
        return False
    return actor.has(Role.REVIEWER) or (actor.has(Role.RECORDER) and room(record.category).decided == "elsewhere")


def may_record_ruling(actor: Actor, record: FailureRecord) -> bool:
    """The unit of the record (recorders and reviewers), or 县发改局, which coordinates."""
    if actor.region != record.region_id:
        return False
    own = actor.department_id == record.department_id and (actor.has(Role.RECORDER) or actor.has(Role.REVIEWER))
    return own or actor.has(Role.SUPERVISOR)


def files_of(thing: Objection | PenaltyWithdrawal | Restructuring) -> list[StoredFile]:
    """The files of one of these, in order; the caller was given it by an `access_*` and is inside its region."""
    region = thing.region_id
    if isinstance(thing, PenaltyWithdrawal):
        ids = [thing.file_id]
    elif isinstance(thing, Objection):
        ids = [one.file_id for one in thing.files.filter(region_id=region)]
    else:
        ids = [one.file_id for one in thing.steps.filter(region_id=region) if one.file_id is not None]
    return list(StoredFile.objects.filter(region_id=region, pk__in=ids).order_by("pk"))


def file_of(thing: Objection | PenaltyWithdrawal | Restructuring, uuid: UUID) -> StoredFile:
    """One of its files. Raises NotFound."""
    found = next((one for one in files_of(thing) if one.uuid == uuid), None)
    if found is None:
        raise NotFound
    return found


def _of(rows: BesideQuerySet, ref: str) -> Any:
    found = rows.filter(ref=ref).first()
    if found is None:
        raise NotFound
    return found


def access_beside(actor: Actor, kind: str, ref: str) -> Objection | PenaltyWithdrawal | Restructuring:
    """One of the three by its kind, as addresses of files name it. Raises NotFound."""
    if kind == "objection":
        return access_objection(actor, ref)
    if kind == "withdrawal":
        return access_withdrawal(actor, ref)
    if kind == "restructuring":
        return access_restructuring(actor, ref)
    raise NotFound
