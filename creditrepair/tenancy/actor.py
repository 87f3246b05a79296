"""Actor: who is asking, in which region and roles, and on whose behalf. Services take it first, never a request."""

from dataclasses import dataclass, field, replace

from creditrepair.tenancy.errors import NotAllowed
from creditrepair.tenancy.models import Membership, Representation, Role, User


@dataclass(frozen=True, slots=True)
class Actor:
    """One person (or machine) at work.

    region      GB/T 2260 code of the staff membership, or of the page's region for applicants
    department  id and code of the staff member's unit, None for others
    roles       `Role` values held in that region and department
    tiers       tier codes this reviewer may decide, e.g. {"handler", "leader"}
    subject     USCC an applicant acts for (through a Representation), else None
    window      service-hall window at which a clerk sits, for the audit line
    authority   on what evidence an applicant acts for the subject; printed in the line of every act
    may_file    False for an authority that lets one look and download only
    """

    user_id: int | None
    name: str
    region: str
    department_id: int | None = None
    department: str | None = None
    roles: frozenset[str] = field(default_factory=frozenset)
    tiers: frozenset[str] = field(default_factory=frozenset)
    subject: str | None = None
    window: str = ""
    system: bool = False
    authority: str = ""
    may_file: bool = True

    def has(self, role: Role) -> bool:
        return role.value in self.roles

    @property
    def person_id(self) -> int:
        """Key of the signed-in person. Raises NotAllowed for visitors and programs: such an act needs somebody."""
        if self.user_id is None:
            raise NotAllowed("请先登录后再办理。")
        return self.user_id

    @property
    def is_staff(self) -> bool:
        return bool(self.roles)

    @property
    def kind(self) -> str:
        """What the event line prints as the capacity in which somebody acted."""
        if self.system:
            return "system"
        if self.subject:
            return "applicant"
        return ",".join(sorted(self.roles)) or ("anonymous" if self.user_id is None else "person")


def system_actor(region: str) -> Actor:
    """The programs of the house (tasks of cases and notices); decides nothing, only carries out."""
    return Actor(user_id=None, name="系统", region=region, system=True)


def anonymous_actor(region: str) -> Actor:
    return Actor(user_id=None, name="访客", region=region)


def staff_actor(user: User, memberships: list[Membership], window: str = "") -> Actor:
    """Actor of a staff member from memberships of one region and department (not empty)."""
    first = next((m for m in memberships if m.department_id), memberships[0])
    department = first.department
    return Actor(
        user_id=user.pk,
        name=user.full_name,
        region=first.region_id,
        department_id=first.department_id,
        department=department.code if department else None,
        roles=frozenset(m.role for m in memberships),
        tiers=frozenset(tier for m in memberships for tier in m.tiers),
        window=window,
    )


def applicant_actor(user: User, region: str, subject: str | None, held: Representation | None = None) -> Actor:
    """Actor of an applicant; `subject` None until a firm is chosen. `held`: the authority, read a moment ago."""
    return Actor(
        user_id=user.pk,
        name=user.full_name,
        region=region,
        subject=subject,
        authority=f"{held.get_basis_display()}；{held.evidence}"[:200] if held else "",
        may_file=held is None or held.scope == Representation.Scope.ALL,
    )


def in_region(actor: Actor, region: str) -> Actor:
    """The same person, writing into another region's chain (a filing may touch several)."""
    return actor if actor.region == region else replace(actor, region=region)
