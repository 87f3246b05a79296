"""重放: every stored decision made again from its own inputs, by the rules of now; read-only, one at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from cases.categories import judge
from cases.law import RecordFacts
from cases.models import Case, ReviewStep
from cases.overrides import overrides_of, set_keys
from creditrepair.tenancy.context import region_context

SAME, RENEWED, DRIFT, WITHOUT = "same", "renewed", "drift", "without_inputs"
WORDS: Final[dict[str, str]] = {
    SAME: "一致",
    RENEWED: "规则版本已变化，结果一致",
    DRIFT: "结果不一致",
    WITHOUT: "未保存输入，不能重放",
}
_CHUNK: Final = 200


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that would be another today."""

    field: str
    stored: Any
    now: Any


@dataclass(frozen=True, slots=True)
class Replayed:
    """One judgement of a case: at the filing (`step` ""), or as a step was settled."""

    case: str
    step: str
    judged_on: str
    outcome: str
    differences: tuple[Difference, ...] = ()

    def as_json(self) -> dict[str, Any]:
        changed = {one.field: {"stored": one.stored, "now": one.now} for one in self.differences}
        return {
            "case": self.case,
            "step": self.step,
            "judged_on": self.judged_on,
            "outcome": self.outcome,
            "differences": changed,
        }


def replay_region(region: str, *, case_ref: str = "") -> Iterator[Replayed]:
    """Every stored judgement of a region (or of one case), in order of case; reads a few hundred cases at a time."""
    last = 0
    while True:
        with region_context(region):
            cases = Case.objects.filter(region_id=region, id__gt=last).order_by("id")
            if case_ref:
                cases = cases.filter(ref=case_ref)
            chunk = list(cases.values_list("id", "ref", "submitted_at", "verdict")[:_CHUNK])
            if not chunk:
                return
            found = list(_replay_chunk(region, chunk))
        yield from found
        last = chunk[-1][0]


def _replay_chunk(region: str, chunk: list[tuple[int, str, datetime, dict[str, Any]]]) -> Iterator[Replayed]:
    steps: dict[int, list[tuple[str, datetime, dict[str, Any]]]] = {}
    settled = ReviewStep.objects.filter(
        region_id=region, case_id__in=[pk for pk, *_ in chunk], settled_at__isnull=False
    ).order_by("settled_at", "id")
    for pk, title, at, verdict in settled.values_list("case_id", "title", "settled_at", "verdict").iterator(_CHUNK):
        if verdict and at is not None:
            steps.setdefault(pk, []).append((title, at, verdict))
    for pk, ref, submitted_at, verdict in chunk:
        if verdict:
            yield replay_one(region, ref, "", submitted_at, verdict)
        for title, at, kept in steps.get(pk, ()):
            yield replay_one(region, ref, title, at, kept)


def replay_one(region: str, ref: str, step: str, at: datetime, stored: dict[str, Any]) -> Replayed:
    """Make one judgement again: its own facts, its own day, the rows the region had set by then, the code of now."""
    judged_on = str(stored.get("judged_on", ""))
    if "facts" not in stored or not judged_on:
        return Replayed(ref, step, judged_on, WITHOUT)
    own = overrides_of(region, as_of=at)
    fresh = judge(RecordFacts.from_json(stored["facts"]), date.fromisoformat(judged_on), own).to_json()
    differences = [
        Difference(name, stored.get(name), fresh[name])
        for name in ("status", "earliest", "publication_ends")
        if stored.get(name) != fresh[name]
    ]
    before, after = _reasons(stored), _reasons(fresh)
    if before != after:
        differences.append(Difference("reasons", before, after))
    keys = set_keys(region, own)
    if stored.get("overrides") != keys:
        differences.append(Difference("overrides", stored.get("overrides"), keys))
    if differences:
        return Replayed(ref, step, judged_on, DRIFT, tuple(differences))
    return Replayed(ref, step, judged_on, SAME if stored.get("pack_hash") == fresh["pack_hash"] else RENEWED)


def _reasons(verdict: dict[str, Any]) -> list[str]:
    """Each reason as one line: sentence, citation, arithmetic, weight."""
    return [
        "｜".join(str(reason.get(part) or "") for part in ("text", "basis_text", "arithmetic", "certainty", "effect"))
        for reason in verdict.get("reasons", [])
    ]
