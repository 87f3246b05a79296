"""Removals told to the superior and the provincial platform, where the rule says so (报上级): tracked, never waited for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.utils import timezone

from cases.categories import reports_removal
from cases.facts import facts_of
from cases.models import Case, FailureRecord
from cases.overrides import overrides_of
from sync import outbox
from sync.models import RegionLane
from sync.targets import target

UPWARD: Final = ("superior_organ", "creditchina_gansu")


def tell_upward(record: FailureRecord, case: Case, now: datetime) -> None:
    """Queue `case.decision` upward if a region's paper asks it of this list today; inside the deciding transaction.

    `repaired` does not wait for these legs: whom we report to cannot hold back what the subject is due. Where a tier of
    the ladder is the superior's own (or a court's), it has a procedure and decided by it: nobody is told of his own act.
    """
    if any(tier.get("external") for tier in case.tiers):
        return
    if reports_removal(facts_of(record), timezone.localdate(now), overrides_of(record.region_id)):
        _by_file_without_interface(record.region_id)
        outbox.enqueue_repair(
            record.region_id, UPWARD, case.decision, version=record.version, thing=case.ref, now=now
        )  # fmt: skip


def tell_upward_of_record(record: FailureRecord, decision: Mapping[str, Any], now: datetime) -> None:
    """The same for a record that ends without a case: its decision was taken back, or it is shielded for a while."""
    if reports_removal(facts_of(record), timezone.localdate(now), overrides_of(record.region_id)):
        _by_file_without_interface(record.region_id)
        outbox.enqueue_removals(
            record.region_id, [outbox.Removal(UPWARD, decision, record.version, record.ref)], now=now
        )  # fmt: skip


def _by_file_without_interface(region: str) -> None:
    """Where no interface is or none is set up yet, the region's lane carries files; a person may switch it later."""
    for code in UPWARD:
        if not target(code).has_interface or not settings.SYNC_TARGETS.get(code, {}).get("base_url"):
            RegionLane.objects.get_or_create(region_id=region, target=code, defaults={"mode": RegionLane.Mode.FILE})
