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

# A unit's people: suffix of the username → (word in the name, role, tiers, what the person does)
POSTS: dict[str, tuple[str, Role, list[str], str]] = {
    "gz": ("告知", Role.RECORDER, [], "归集、告知送达、失信程度认定"),
    "dj": ("登记", Role.RECORDER, [], "归集、登记本机关的决定"),
    "jb": ("经办", Role.REVIEWER, ["handler"], "经办"),
    "fz": ("负责", Role.REVIEWER, ["head"], "负责人"),
    "ks": ("科长", Role.REVIEWER, ["section"], "科室"),
    "ld": ("局长", Role.REVIEWER, ["bureau"], "局领导"),
    "sj": ("上报", Role.REVIEWER, ["superior"], "登记上级机关的决定"),
}
THREE, SIX = ("gz", "jb", "fz"), ("gz", "jb", "fz", "ks", "ld", "sj")
# Units of Annex 1 and of the penalties → (short name, their posts). A court decides by itself: it only reports.
UNITS: dict[str, tuple[str, tuple[str, ...]]] = {
    "scjgj": ("市监", SIX), "yjj": ("应急", SIX), "swj": ("税务", (*THREE, "sj")), "rsj": ("人社", SIX),
    "tjj": ("统计", SIX), "mzj": ("民政", SIX), "fy": ("法院", ("dj",)), "wlj": ("文旅", THREE),
    "zjj": ("住建", THREE), "sthjj": ("环境", THREE), "xfdd": ("消防", THREE),
}  # fmt: skip
# 百家姓 from the fourteenth on, without the names the story has given away.
SURNAMES = "沈韩杨朱秦尤许吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳史唐费廉"
TIER_POSTS = {tier: post for post, (_, _, tiers, _) in POSTS.items() for tier in tiers}
# username → (full name, unit, role, tiers, what the person does)
STAFF: dict[str, tuple[str, str | None, Role, list[str], str]] = {
    "guiji": ("何归集", "fgj", Role.RECORDER, [], "发改局归集人员"),
    "fuhe": ("周复核", "fgj", Role.REVIEWER, ["fgj_review"], "发改局协同复核"),
    "jiandu": ("王监督", "fgj", Role.SUPERVISOR, [], "发改局信用监管"),
    "jiandu2": ("吴监督", "fgj", Role.SUPERVISOR, [], "发改局信用监管（第二人）"),
    "chuangkou": ("李窗口", None, Role.CLERK, [], "政务大厅窗口"),
    "dating": ("钱大厅", None, Role.HALL_MANAGER, [], "政务大厅管理"),
    "shenji": ("冯审计", None, Role.AUDITOR, [], "审计"),
    "canshu": ("陈参数", None, Role.REGION_ADMIN, [], "参数管理"),
}
FIRMS = {"zhao": story.SUBJECT_A, "zheng": story.SUBJECT_C, "feng": story.SUBJECT_D, "wei": story.SUBJECT_E}


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
    staff = {**STAFF, **unit_staff()}
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


def unit_staff() -> dict[str, tuple[str, str | None, Role, list[str], str]]:
    """The people of all units by username, as STAFF has them."""
    surnames = iter(SURNAMES)
    return {
        f"{unit}_{post}": (next(surnames) + word, unit, role, tiers, f"{short}：{what}")
        for unit, (short, posts) in UNITS.items()
        for post, (word, role, tiers, what) in ((post, POSTS[post]) for post in posts)
    }


def username_of(unit: str, tier: str) -> str:
    """Who decides a tier in the demo: the unit's person of that post, or the re-check of 发改局."""
    return "fuhe" if tier == "fgj_review" else f"{unit}_{TIER_POSTS[tier]}"


def _account(username: str, name: str) -> tuple[User, str]:
    password = secrets.token_urlsafe(9)
    user = User.objects.filter(username=username).first() or User(username=username)
    user.full_name = name
    user.set_password(password)
    user.save()
    return user, password
