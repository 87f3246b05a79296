"""Step 7: the last tier agrees, and both platforms follow, one of them out of order for a while."""

from creditrepair.tenancy.context import region_context
from examples.checks import fetch
from examples.stage import REGION, A, B, Stage
from sync.models import Delivery

DOWN_SECONDS = 8
NAMES = ("a_abnormal", "a_market", "a_culture", "b_building")


def play(stage: Stage) -> None:
    stage.ledger.step(7, f"修复：最后一级同意后两平台同步；其间公示系统停{DOWN_SECONDS}秒")
    for name in NAMES:
        record = stage.cases[name].record
        for target in (A, B):
            status, _ = fetch(f"{stage.platform(target)}/p/{record.record_key}")
            stage.ledger.check(f"决定前仍在公示：{record.doc_no} {target}", status == 200, status)
    stage.fault(B, "down", DOWN_SECONDS)
    for name in NAMES:
        for tier in stage.cases[name].tiers:
            stage.approve(name, tier["code"])
    stage.ledger.check("四件均已准予，决定书编号已取", _all(stage, "approved"), _states(stage))
    stage.ledger.wait("信用中国一侧先行核验终止", lambda: _verified(stage, A), 60)
    early = [name for name in NAMES if stage.fresh(name).state == "repaired" and not _verified(stage, B, (name,))]
    stage.ledger.check("公示系统未核验之前，不称已修复", not early, early)
    stage.ledger.wait("两平台均回读核验后，案件才转为已修复", lambda: _all(stage, "repaired"), 150)
    for name in NAMES:
        for target in (A, B):
            url = f"{stage.platform(target)}/p/{stage.cases[name].record.record_key}"
            status, _ = fetch(url)
            stage.ledger.check(f"公示页已无此条：{url}", status == 404, status)
    stage.ledger.wait("短信均已送出", lambda: stage.all_verified("sms"), 90)
    stage.ledger.wait("决定书均已生成", lambda: not stage.waiting_papers(), 90)


def _states(stage: Stage) -> list[str]:
    return [stage.fresh(name).state for name in NAMES]


def _all(stage: Stage, state: str) -> bool:
    return set(_states(stage)) == {state}


def _verified(stage: Stage, target: str, names: tuple[str, ...] = NAMES) -> bool:
    refs = [stage.cases[name].ref for name in names]
    with region_context(REGION):
        rows = Delivery.objects.filter(region_id=REGION, kind="repair", target=target, thing__in=refs, state="verified")
        return rows.count() == len(refs)
