"""Ways to 撤销修复: staff who see the case see what is proposed about it; the firm sees what was decided, on its case."""

from uuid import UUID

from cases.access import access_case
from cases.access_beside import ELSEWHERE, may_answer
from cases.models import Case, Revocation, StoredFile
from cases.states import CaseState
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import NotAllowed, NotFound
from creditrepair.tenancy.models import Role


def access_granted(actor: Actor, ref: str, *, lock: bool = False) -> Case:
    """A case whose grant is the actor's unit's to take back. Raises NotFound, NotAllowed (another unit, or an organ
    outside, decided)."""
    case = access_case(actor, ref, lock=lock)
    if not _is_ours(actor, case):
        raise NotAllowed(ELSEWHERE)
    return case


def may_propose(actor: Actor, case: Case) -> bool:
    return _is_ours(actor, case) and case.state in (CaseState.APPROVED, CaseState.REPAIRED)


def _is_ours(actor: Actor, case: Case) -> bool:
    """A reviewer of the unit that granted; what a court or a superior decided is theirs to take back."""
    return may_answer(actor, case.record, case.department_id) and not case.decision.get("decided_elsewhere")


def may_settle(actor: Actor, found: Revocation) -> bool:
    """Whoever holds the last tier of the unit's own ladder, as for the grant that is to be taken back."""
    case = found.case
    own = [tier["code"] for tier in case.tiers if tier["department"] == "own" and not tier["external"]]
    return may_answer(actor, case.record, found.department_id) and bool(own) and own[-1] in actor.tiers


def may_read(actor: Actor) -> bool:
    """Reviewers and the supervisor: what is only suspected is not for the window."""
    return actor.has(Role.REVIEWER) or actor.has(Role.SUPERVISOR)


def access_revocation(actor: Actor, ref: str, *, to: str = "view") -> Revocation:
    """A proposed or settled revocation; to "settle" only for the unit's last tier. Raises NotFound, NotAllowed."""
    if not actor.is_staff:
        raise NotFound
    found = (
        Revocation.objects.select_related(
            "case__record__subject", "case__record__department", "case__application", "case__subject", "department",
            "proposed_by", "settled_by", "file",
        )
        .filter(region_id=actor.region, ref=ref)
        .first()
    )  # fmt: skip
    if found is None:
        raise NotFound
    access_case(actor, found.case.ref)
    if not may_read(actor):
        raise NotAllowed(ELSEWHERE)
    if to == "settle" and not may_settle(actor, found):
        raise NotAllowed("由本单位负责人决定，您可以查看，无需操作。")
    return found


def revocations_of(actor: Actor, case: Case) -> list[Revocation]:
    """What was proposed about a case, oldest first; the caller was given the case and is inside its region."""
    if not may_read(actor):
        return []
    rows = Revocation.objects.filter(region_id=case.region_id, case=case).select_related("proposed_by", "settled_by")
    return list(rows.order_by("proposed_at", "id"))


def file_of_revocation(found: Revocation, uuid: UUID) -> StoredFile:
    """The file that was handed in with it. Raises NotFound."""
    if found.file is None or found.file.uuid != uuid:
        raise NotFound
    return found.file
