"""Step 6: an entry of the wage list goes through 经办, 科室 and 局领导 of the county's 人社局."""

import json

from cases.services import review
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Refusal
from examples.checks import fetch
from examples.stage import REGION, A, B, Stage
from sync.models import Delivery

NAME = "wages"


def play(stage: Stage) -> None:
    stage.ledger.step(6, "名单移出：拖欠农民工工资名单，县人社局经办、科室、局领导三级审核")
    case = stage.cases[NAME]
    ladder = [tier["title"] for tier in case.tiers]
    stage.ledger.check(f"审核环节：{' → '.join(ladder)}", ladder == ["经办", "科室", "局领导"], ladder)
    stage.approve(NAME, "handler")
    stage.ledger.check("经办不能代科室同意", _refused(stage, "handler"))
    stage.approve(NAME, "section")
    stage.ledger.check("局领导同意之前不转为准予", stage.fresh(NAME).state == "in_review", stage.fresh(NAME).state)
    stage.approve(NAME, "bureau")
    stage.ledger.wait("两平台均回读核验后，名单案件转为已修复", lambda: stage.fresh(NAME).state == "repaired", 120)
    with region_context(REGION):
        legs = Delivery.objects.filter(region_id=REGION, kind="repair", thing=case.ref, target__in=(A, B))
        bodies = list(legs.values_list("body", flat=True))
        effects = [json.loads(bytes(body))["message"]["effect"] for body in bodies]
    stage.ledger.check("两平台收到的是“移出”，不是“终止公示”", effects == ["remove_from_list"] * 2, effects)
    for target in (A, B):
        url = f"{stage.platform(target)}/p/{case.record.record_key}"
        status, _ = fetch(url)
        stage.ledger.check(f"公示页已无此条：{url}", status == 404, status)
    status, page = fetch(f"{stage.url}/my/{case.application.ref}", stage.cookie("wei"))
    stage.ledger.check(f"戊单位的页面显示已修复 {stage.url}/my/{case.application.ref}", "已修复" in page, status)


def _refused(stage: Stage, tier: str) -> bool:
    """Whether the person of a tier is turned away from the step that is open now."""
    try:
        stage.decide(NAME, tier, review.approve_step, comment="同意")
    except Refusal:
        return True
    return False
