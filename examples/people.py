"""The demo's people: accounts made at start with random passwords, printed, nothing shared or default in the code."""

import secrets
from dataclasses import dataclass, field
from datetime import date, timedelta

from cases.services.calendar import seed_calendar
from creditrepair.tenancy.actor import Actor, applicant_actor, staff_actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Department, Membership, Region, Representation, Role, User
from creditrepair.tenancy.seed import seed_regions
from creditrepair.tenancy.signin import desks_of
from examples import story

UNITS = {"scjgj": "市监", "wlj": "文旅", "zjj": "住建", "sthjj": "环境", "xfdd": "消防", "yjj": "应急"}
HEADS = ["head", "section", "bureau"]
# username → (full name, unit, role, tiers, what the person does)
STAFF: dict[str, tuple[str, str | None, Role, list[str], str]] = {
    "guiji": ("何归集", "fgj", Role.RECORDER, [], "发改局归集人员"),
    "fuhe": ("周复核", "fgj", Role.REVIEWER, ["fgj_review"], "发改局协同复核"),
    "jiandu": ("王监督", "fgj", Role.SUPERVISOR, [], "发改局信用监管"),
    "chuangkou": ("李窗口", None, Role.CLERK, [], "政务大厅窗口"),
    "shenji": ("冯审计", None, Role.AUDITOR, [], "审计"),
    "canshu": ("陈参数", None, Role.REGION_ADMIN, [], "参数管理"),
}
FIRMS = {"zhao": story.SUBJECT_A, "zheng": story.SUBJECT_C, "feng": story.SUBJECT_D}


@dataclass
class People:
    """Actors by username, and the accounts to print: (username, password, name, what for)."""

    actors: dict[str, Actor] = field(default_factory=dict)
    accounts: list[tuple[str, str, str, str]] = field(default_factory=list)


def settle_in(today: date) -> People:
    """Regions, units, calendar and accounts of the demo. Passwords are new at every start."""
    seed_regions()
    seed_calendar(range(today.year - 2, today.year + 2))
    Region.objects.filter(pk=story.REGION).update(settings={"correction_wd": 10})
    people = People()
    staff = dict(STAFF)
    for unit, short in UNITS.items():
        staff[f"{unit}_gz"] = (f"{short}告知员", unit, Role.RECORDER, [], f"{short}部门告知送达、失信程度认定")
        staff[f"{unit}_jb"] = (f"{short}经办员", unit, Role.REVIEWER, ["handler"], f"{short}部门经办")
        staff[f"{unit}_fz"] = (f"{short}负责人", unit, Role.REVIEWER, HEADS, f"{short}部门负责人")
    for username, (name, staff_unit, role, tiers, what) in staff.items():
        user, password = _account(username, name)
        department = Department.objects.get(region_id=story.REGION, code=staff_unit) if staff_unit else None
        with region_context(story.REGION):
            held, _ = Membership.objects.update_or_create(
                region_id=story.REGION,
                user=user,
                department=department,
                role=role,
                defaults={"tiers": tiers, "from_on": today - timedelta(days=400)},
            )
        people.actors[username] = staff_actor(
            user, next(iter(desks_of([held]).values())), window="1号窗口" if role is Role.CLERK else ""
        )
        people.accounts.append((username, password, name, what))
    for username, firm in FIRMS.items():
        user, password = _account(username, firm.person)
        with region_context(story.REGION):
            Representation.objects.get_or_create(
                region_id=story.REGION,
                user=user,
                subject_code=firm.code,
                defaults={
                    "subject_name": firm.name,
                    "basis": Representation.Basis.LEGAL_REPRESENTATIVE,
                    "evidence": "营业执照和身份证明（窗口核验）",
                    "from_on": today - timedelta(days=400),
                },
            )
        people.actors[username] = applicant_actor(user, story.REGION, firm.code)
        people.accounts.append((username, password, firm.person, f"为{firm.name}办理"))
    return people


def _account(username: str, name: str) -> tuple[User, str]:
    password = secrets.token_urlsafe(9)
    user = User.objects.filter(username=username).first() or User(username=username)
    user.full_name = name
    user.set_password(password)
    user.save()
    return user, password
