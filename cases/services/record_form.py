"""单条录入: one record typed in by a small office. It goes the way of every row; only what is wrong stays out of the books."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from cases.models import CollectionBatch, CollectionRow, FailureRecord
from cases.services.collect import collect_rows
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid

Outcome = CollectionRow.Outcome


@dataclass(frozen=True, slots=True)
class Typed:
    """What became of a typed record: `outcome` new, same, changed or doubt; `record` None while a doubt is open."""

    outcome: str
    batch: CollectionBatch
    record: FailureRecord | None


def collect_one(actor: Actor, *, category: str, row: Mapping[str, str], now: datetime, stock: bool = False) -> Typed:
    """Check one row, values by field code of the category's template, and import it. The same row again changes nothing.

    Raises NotAllowed, NotFound (no such category), Invalid with a sentence for each field that is wrong; then nothing
    was stored: a fault that is mended on the spot is no row with an error.
    """
    with transaction.atomic():
        batch = collect_rows(actor, category=category, rows=[row], way=CollectionBatch.Way.FORM, now=now, stock=stock)
        line = batch.rows.get(region_id=actor.region, line=1)
        if line.outcome in (Outcome.ERROR, Outcome.OUT_OF_SCOPE):
            raise Invalid(fields=_sentences(line))
    record = FailureRecord.objects.filter(region_id=actor.region, record_key=line.record_key or "-").first()
    return Typed(line.outcome, batch, record)


def _sentences(line: CollectionRow) -> dict[str, str]:
    """Per field what is wrong and what to do; errors before reminders, the first of a field counts."""
    found: dict[str, str] = {}
    for problem in sorted(line.problems, key=lambda one: one["severity"] != "error"):
        text = "；".join(part for part in (problem["reason"], problem["remedy"]) if part)
        text = text.replace("重新上传", "重新提交")  # the remedies speak of a file
        found.setdefault(problem["field"] or "row", f"{text}。")
    return found or {"row": "这条信息不能归集。"}
