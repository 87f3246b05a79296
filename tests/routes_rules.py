"""What the scene of the routes needs of the law: a settled answer, a finished forecast, a case decided outside, a notice."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from cases.models import Case, FailureRecord, RuleRun, Tier
from cases.services import extend, recompute, rules
from cases.services.calendar import load_notice
from cases.services.calendar_preview import year_of
from cases.services.intake import accept_case
from creditrepair.tenancy.context import region_context
from tests.law.test_notice import NOTICE_2026
from tests.world import FIRM_A, YONGCHANG, World

PAPER: dict[str, Any] = {
    "basis_name": "关于信用修复有关问题的复函",
    "basis_number": "发改办财金〔2026〕88号",
    "basis_rank": "reply",
    "basis_from": date(2026, 5, 1),
    "reason": "上级机关已答复",
}
EXTERNAL_UNIT = "scjgj"
NOTICE = {"notice-source": "国办发明电〔2025〕7号", "notice-text": NOTICE_2026}


def finished(run: RuleRun) -> RuleRun:
    """The run, worked to its end."""
    while not recompute.advance(run.ref, region=YONGCHANG, seconds=5, now=timezone.now()):
        pass
    with region_context(YONGCHANG):
        return RuleRun.objects.get(ref=run.ref)


def a_forecast(world: World, answer: str, value: Any, action: str = "set") -> RuleRun:
    wang, now = world.enter(world.actors["wang"]), timezone.now()
    day = timezone.localdate(now)
    return finished(
        rules.ask_what_if(wang, answer=answer, value=value, action=action, in_force_from=day, now=now)
    )  # fmt: skip


def settle_extension(world: World) -> None:
    """The bureau has said how long an extension may be in both fields (Q2, Q4), so that one can be granted."""
    for answer in ("extension_wd", "extension_107_wd"):
        forecast = a_forecast(world, answer, 5)
        now = timezone.now()
        rules.set_answer(
            world.enter(world.actors["wang"]),
            answer=answer,
            value=5,
            in_force_from=timezone.localdate(now),
            forecast_ref=forecast.ref,
            now=now,
            **PAPER,
        )


def extended_by_qian(world: World, case: Case) -> None:
    qian = world.enter(world.actors["qian"])
    extend.extend_case(qian, ref=case.ref, working_days=2, reason="需要现场核查", now=timezone.now())


def a_case_decided_outside(world: World) -> Case:
    """A list whose only tier is the superior's, at 市监局 so that Qian records its decision."""
    now = timezone.now()
    category = "major_tax_violation"
    with region_context(YONGCHANG):
        Tier.objects.create(
            region_id=YONGCHANG, category=category, position=1, code="handler", title="上级决定", external=True,
            from_on=timezone.localdate(now) - timedelta(days=700),
        )  # fmt: skip
    listed = timezone.localdate(now) - timedelta(days=600)
    facts = {"category": category, "severity": "serious", "decided_on": None, "listed_on": listed}
    record = world.a_record(FIRM_A, EXTERNAL_UNIT, published_on=listed + timedelta(days=30), **facts)
    case = world._case_of(world.files("zhao", record, now=now))
    qian = world.enter(world.actors["qian"])
    return accept_case(qian, ref=case.ref, step=world.step(case), comment="", now=now)


def a_court_record(world: World) -> FailureRecord:
    """A record of the court, which nobody here decides; 发改局 mirrors the outcome."""
    listed = timezone.localdate() - timedelta(days=300)
    facts = {"category": "judgment_defaulter", "decided_on": None, "listed_on": listed, "published_on": listed}
    extra = {"term": "two_years", "case_no": "（2025）甘0321执77号"}
    return world.a_record(FIRM_A, "fy", severity="serious", extra=extra, **facts)


def outside_form(prefix: str, organ: str) -> dict[str, Any]:
    return {
        f"{prefix}-organ": organ,
        f"{prefix}-paper_no": "金税停〔2026〕3号",
        f"{prefix}-decided_on": f"{timezone.localdate():%Y-%m-%d}",
        f"{prefix}-outcome": "agreed",
        f"{prefix}-comment": "同意停止公布",
    }


def loaded_by_chen(world: World) -> int:
    """The year of the notice, entered for the region."""
    chen = world.enter(world.actors["chen"])
    done = load_notice(chen, text=NOTICE_2026, source=NOTICE["notice-source"], now=timezone.now())
    assert year_of(YONGCHANG, done.year).own
    return done.year
