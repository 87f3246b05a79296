"""A region's rule rows, as `cases.law` takes them: those of its own papers, then the answers of its bureau, dated."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from cases.categories import local_rows
from cases.law import Rule
from cases.models import RegionRule
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.remembered import remembered


def overrides_of(region: str, *, as_of: datetime | None = None) -> tuple[Rule, ...]:
    """The rows that hold in `region` (GB/T 2260 code) alone, dated: of its own papers, and those its bureau has set.

    as_of   an instant: only what had been set by then; the papers' rows come with the code. None = all set until now
    Enters the region itself, for an applicant's own context sees none of its rows.
    """
    if as_of is None:
        return remembered(("overrides", region), lambda: _read(region, None))
    return _read(region, as_of)


def _read(region: str, as_of: datetime | None) -> tuple[Rule, ...]:
    with region_context(region):
        rows = RegionRule.objects.filter(region_id=region).order_by("id")
        if as_of is not None:
            rows = rows.filter(set_at__lte=as_of)
        latest = rows.values_list("id", "ref").last()
        return _known(region, *latest) if latest else local_rows(region)


def versions_of(region: str, *, until: int | None = None) -> list[RegionRule]:
    """Every version of every answer of `region`, oldest first; those up to the primary key `until`, or all."""
    rows = RegionRule.objects.filter(region_id=region).order_by("id")
    return list(rows if until is None else rows.filter(id__lte=until))


@lru_cache(maxsize=256)
def _known(region: str, latest: int, ref: str) -> tuple[Rule, ...]:
    """Rows up to version `latest`, remembered: versions are appended one at a time, so the same last one (by its
    random reference) means the same rows."""
    return rows_with(region, versions_of(region, until=latest))


def rows_with(region: str, versions: Iterable[RegionRule]) -> tuple[Rule, ...]:
    """The rows of the region's own papers and of these versions of its answers, which come later and so prevail."""
    return (*local_rows(region), *effective(versions))


def set_keys(region: str, rows: Iterable[Rule]) -> list[str]:
    """Keys of those among a region's rows that its bureau has set: what a judgement remembers beside the pack's hash."""
    shipped = {row.key for row in local_rows(region)}
    return [row.key for row in rows if row.key not in shipped]


def effective(versions: Iterable[RegionRule]) -> tuple[Rule, ...]:
    """The rows of these versions, oldest first; a later version of an answer ends the earlier one's on the day before."""
    rows: list[tuple[str, Rule]] = []
    for version in versions:
        eve = version.in_force_from - timedelta(days=1)
        kept: list[tuple[str, Rule]] = []
        for answer, rule in rows:
            if answer != version.answer:
                kept.append((answer, rule))
            elif rule.in_force_from <= eve:
                kept.append((answer, replace(rule, in_force_to=min(rule.in_force_to or eve, eve))))
        rows = kept + [(version.answer, Rule.from_json(_dated(row, version))) for row in version.rows]
    return tuple(rule for _, rule in rows)


def _dated(row: dict[str, Any], version: RegionRule) -> dict[str, Any]:
    return {**row, "region": version.region_id, "in_force_from": version.in_force_from.isoformat()}
