"""试算和重算: a region's published records and open cases judged anew, in chunks, with progress, resumable."""

import time
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from cases.categories import pack_for
from cases.law import RulePack, evaluate
from cases.models import Case, FailureRecord, RegionRule, RuleRun
from cases.overrides import overrides_of, rows_with, versions_of
from cases.services import compare
from cases.services.compare import SAMPLE, Sides
from cases.services.eligibility import PACK_DIGITS
from cases.states import OPEN_STATES
from creditrepair.audit.chain import Line, record_all
from creditrepair.celery import app
from creditrepair.tenancy.actor import system_actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Region

CHUNK: Final = 2000
CASE_CHUNK: Final = 500
# What a run goes through, in this order; the stragglers are records written meanwhile by acts that began before it.
PHASES: Final[dict[str, tuple[str, ...]]] = {
    "all": ("records", "cases", "stragglers"),
    "pack": ("records", "cases"),
    "due": ("records",),
    "calendar": ("cases",),
}


def digest(pack: RulePack) -> str:
    return pack.hash[:PACK_DIGITS]


def queue_run(
    region: str, what: str, *, cause: str, proposal: dict[str, Any], judged_on: date, by: int | None, now: datetime
) -> RuleRun:
    """A run to be done by a worker or the sweeper; call inside the region.

    proposal   `only`: a key of PHASES; `since`: the last version that holds before; `until`: the last that holds
               after, or `version`: what a what-if tries (the fields of a RegionRule as JSON)
    """
    run = RuleRun(
        region_id=region,
        what=what,
        cause=cause[:200],
        proposal={"only": "all", "phase": "records", **proposal},
        judged_on=judged_on,
        counts=dict.fromkeys(compare.COUNTS, 0),
        asked_by_id=by,
        asked_at=now,
    )
    sides = sides_of(run)
    run.pack_before, run.pack_after = digest(sides.before), digest(sides.after)
    run.save()
    return run


def wake(in_seconds: float = 0) -> None:
    """Tell a worker to look at the waiting runs. Called on commit and robustly: a dead broker undoes nothing."""
    app.send_task("cases.tasks.recompute_waiting", queue="default", retry=False, countdown=in_seconds or None)


def sides_of(run: RuleRun) -> Sides:
    """The packs before and after, as the run's proposal says; the same again in each chunk."""
    proposal = run.proposal
    since = versions_of(run.region_id, until=proposal.get("since", 0))
    if "version" in proposal:
        after = rows_with(run.region_id, [*since, version_from(run.region_id, proposal["version"])])
    elif "until" in proposal:
        after = rows_with(run.region_id, versions_of(run.region_id, until=proposal["until"]))
    else:
        after = rows_with(run.region_id, since)
    return Sides(
        pack_for(rows_with(run.region_id, since)), pack_for(after), run.judged_on, timezone.localdate(run.asked_at)
    )


def version_from(region: str, data: dict[str, Any]) -> RegionRule:
    """A version that is not stored: what a what-if tries."""
    return RegionRule(
        region_id=region,
        answer=data["answer"],
        action=data["action"],
        rows=data["rows"],
        in_force_from=date.fromisoformat(data["in_force_from"]),
    )


def advance(run_ref: str, *, region: str, seconds: float, now: datetime) -> bool:
    """Work on a run for about `seconds`, each chunk in a transaction of its own; True when it is finished.

    Safe while another worker has it in hand (then it gives up at once), and after one was killed: the next call goes
    on with the chunk after the last one that was finished.
    """
    until = time.monotonic() + seconds
    while True:
        with region_context(region):
            run = (
                RuleRun.objects.select_for_update(skip_locked=True).filter(region_id=region, ref=run_ref).first()
            )  # fmt: skip
            if run is None:
                return False
            if run.finished_at is None:
                _one_chunk(run, now)
        if run.finished_at is not None:
            return True
        if time.monotonic() >= until:
            return False


def recompute_waiting(*, seconds: float, now: datetime) -> bool:
    """Work on what waits in every region: forecasts first, then the oldest recompute; True when nothing is left."""
    until = time.monotonic() + seconds
    done = True
    for region in Region.objects.order_by("code").values_list("code", flat=True):
        while (run := _next_run(region)) is not None:
            left = until - time.monotonic()
            if left <= 0 or not advance(run, region=region, seconds=left, now=now):
                done = False
                break
    return done


def rejudge_due(*, now: datetime) -> list[RuleRun]:
    """Queue the records whose answer may be another today, or that other rules judged last (a release, a first start).

    A region with an unfinished recompute waits for it. Safe to call at any time.
    """
    queued = []
    for region in Region.objects.order_by("code").values_list("code", flat=True):
        with region_context(region):
            run = _rejudge(region, timezone.localdate(now), now)
            if run is not None:
                queued.append(run)
    return queued


def _rejudge(region: str, today: date, now: datetime) -> RuleRun | None:
    mine = RuleRun.objects.filter(region_id=region, what=RuleRun.What.RECOMPUTE)
    if mine.filter(finished_at=None).exists():
        return None
    present = digest(pack_for(overrides_of(region)))
    judged_all = mine.filter(proposal__only__in=("all", "pack")).order_by("id").values_list("pack_after").last()
    published = FailureRecord.objects.published().filter(region_id=region)
    if judged_all != (present,) and published.exclude(eligible_pack=present).exists():
        only, cause = "pack", "规则版本已变化，重新计算"
    elif published.filter(judge_again_on__lte=today).exists():
        only, cause = "due", "期限届满或者规则施行之日重新计算"
    else:
        return None
    latest = RegionRule.objects.filter(region_id=region).order_by("id").values_list("id", flat=True).last()
    return queue_run(
        region,
        RuleRun.What.RECOMPUTE,
        cause=cause,
        proposal={"only": only, "since": latest or 0},
        judged_on=today,
        by=None,
        now=now,
    )


def _next_run(region: str) -> str | None:
    """The run to work on: a forecast somebody waits for, else the oldest recompute (a later one builds on it)."""
    with region_context(region):
        waiting = RuleRun.objects.filter(region_id=region, finished_at=None).order_by("id")
        run = waiting.filter(what=RuleRun.What.WHAT_IF).first() or waiting.first()
        return run.ref if run else None


def _one_chunk(run: RuleRun, now: datetime) -> None:
    """Do the next chunk of `run` (locked) and write how far it is."""
    if run.started_at is None:
        run.started_at = now
        run.total = _size(run)
    phases = PHASES[run.proposal["only"]]
    phase = run.proposal["phase"]
    more = _cases_chunk(run, now) if phase == "cases" else _records_chunk(run, now)
    if not more:
        following = phases.index(phase) + 1
        last_of_what_if = run.what == RuleRun.What.WHAT_IF and phase == "cases"
        if following < len(phases) and not last_of_what_if:
            run.proposal = {**run.proposal, "phase": phases[following]}
            run.position = 0
        else:
            _finish(run, now)
    run.moved_at = now
    run.save()


def _size(run: RuleRun) -> int:
    """How many records and cases the run will go through, as far as can be known at its start."""
    phases = PHASES[run.proposal["only"]]
    open_cases = Case.objects.filter(region_id=run.region_id, state__in=OPEN_STATES)
    return ("records" in phases and _records(run).count()) + ("cases" in phases and open_cases.count())


def _records(run: RuleRun) -> QuerySet[Any, Any]:
    """The records this run has to judge, in its present phase."""
    records = FailureRecord.objects.published().filter(region_id=run.region_id)
    only = "pack" if run.proposal["phase"] == "stragglers" else run.proposal["only"]
    if only == "due":
        return records.filter(judge_again_on__lte=run.judged_on)
    return records.exclude(eligible_pack=run.pack_after) if only == "pack" else records


def _records_chunk(run: RuleRun, now: datetime) -> bool:
    """Judge the next records; False when there are no more."""
    sides = sides_of(run)
    chunk = _records(run).filter(id__gt=run.position).order_by("id")[:CHUNK]
    lines = compare.read_records(run.region_id, chunk)
    if not lines:
        return False
    counted = run.proposal["phase"] == "records"
    written, today = [], timezone.localdate(now)
    for line, before, verdict in compare.judge_both(lines, sides):
        after = compare.answer_of(verdict)
        before = before if run.proposal["only"] == "all" else line.stored
        if counted and compare.count_record(run.counts, before, after) and len(run.sample) < SAMPLE:
            shown = {"kind": "record", "thing": line.ref, "label": line.label}
            run.sample.append({**shown, "before": before.as_json(), "after": after.as_json()})
        written.append((line, verdict))
    if run.what == RuleRun.What.RECOMPUTE:
        if today != sides.judged_on:  # the comparison looks at the day the rule begins, the register at today
            written = [(line, evaluate(line.facts, today, sides.after)) for line, _ in written]
        compare.write_verdicts(run.region_id, written, sides.after)
    run.position = lines[-1].pk
    run.done += len(lines) if counted else 0
    return len(lines) == CHUNK


def _cases_chunk(run: RuleRun, now: datetime) -> bool:
    """Read the clocks of the next open cases by both packs; a recompute writes the due days that moved."""
    sides = sides_of(run)
    chunk = Case.objects.filter(id__gt=run.position).order_by("id")
    ids = list(chunk.filter(region_id=run.region_id, state__in=OPEN_STATES).values_list("id", flat=True)[:CASE_CHUNK])
    if not ids:
        return False
    dues = compare.read_cases(run.region_id, Case.objects.filter(id__in=ids).order_by("id"), sides)
    moved = []
    for due in dues:
        # What other rules change is told apart from what is merely out of date; a release or a calendar is all one.
        before = due.before if run.proposal["only"] == "all" else due.case.due_on
        if not compare.count_case(run.counts, before, due, sides.clock_on):
            continue
        moved.append(due)
        if len(run.sample) < SAMPLE:
            shown = {"kind": "case", "thing": due.case.ref, "label": _label(due.case)}
            run.sample.append({**shown, "before": {"due": _iso(before)}, "after": {"due": _iso(due.after)}})
    if run.what == RuleRun.What.RECOMPUTE:
        _write_dues(run, moved, sides, now)
    run.position = ids[-1]
    run.done += len(ids)
    return len(ids) == CASE_CHUNK


def _write_dues(run: RuleRun, moved: Sequence[compare.CaseDue], sides: Sides, now: datetime) -> None:
    """Write due days that differ from the stored ones, each with its Event; the rows are locked and read again first.

    A case decided meanwhile is left as it is.
    """
    if not moved:
        return
    mine = Case.objects.select_for_update(of=("self",)).filter(id__in=[due.case.pk for due in moved]).order_by("id")
    lines = []
    for due in compare.read_cases(run.region_id, mine, sides):
        if due.case.due_on == due.after:
            continue
        Case.objects.filter(region_id=run.region_id, pk=due.case.pk).update(due_on=due.after)
        about = {"from": _iso(due.case.due_on) or "", "to": _iso(due.after) or "", "reason": run.cause}
        lines.append(
            Line("deadline_recomputed", "case", due.case.ref, application=due.case.application.ref, data=about)
        )  # fmt: skip
    if lines:
        record_all(system_actor(run.region_id), lines, at=now)


def _finish(run: RuleRun, now: datetime) -> None:
    run.finished_at, run.total = now, run.done
    if run.what == RuleRun.What.RECOMPUTE:
        about = {"cause": run.cause, "pack": run.pack_after, "counts": run.counts}
        record_all(system_actor(run.region_id), [Line("recomputed", "rule_run", run.ref, data=about)], at=now)


def _label(case: Case) -> str:
    return f"{case.record.subject_name} {case.record.doc_no}".strip()


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


@transaction.atomic
def run_of(region: str, ref: str) -> RuleRun | None:
    """One run of the region, for the page that shows its progress."""
    with region_context(region):
        return RuleRun.objects.filter(region_id=region, ref=ref).first()
