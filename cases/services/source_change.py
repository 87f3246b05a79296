"""源信息已变更: the source has changed a record while a case on it is open; a reviewer compares before deciding.

The Verdict always judges the record as it now stands; what waits for a person here is only the look at the difference.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from cases.access import access_case, require_state
from cases.categories import room
from cases.collection.templates import templates_for
from cases.law import PENALTY_KINDS
from cases.models import Case, FailureRecord, RecordVersion
from cases.states import CaseState
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid, WrongMoment

OPEN: Final = (CaseState.SUBMITTED, CaseState.CORRECTION, CaseState.IN_REVIEW)
SAID_NOTHING: Final = "—"
# Values of a row that no column of the source carries under its own header.
_LABELS: Final = {
    "subject_code": "统一社会信用代码",
    "penalty_kinds": "处罚类别",
    "ground": "事由",
    "corrected_on": "纠正日期",
    "amount_fen": "罚款金额",
    "confiscated_fen": "没收金额",
}
# How the house stores a row, not what the source says.
_INTERNAL: Final = frozenset(("category", "content_hash", "doc_no_norm", "subject_kind", "market_hint", "extra"))


@dataclass(frozen=True, slots=True)
class ChangedField:
    """One value that differs, in words: 「—」 where the source said nothing."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class SourceChange:
    """What the source says now beside what it said when the case was filed or last compared.

    number   of the latest RecordVersion, which `compare_source` marks as seen
    base_known   False where no version of the record is kept from then: every value stands as new
    """

    number: int
    changed_at: datetime
    fields: tuple[ChangedField, ...]
    base_known: bool

    @property
    def summary(self) -> str:
        """The names of the changed fields, for a sentence."""
        return "、".join(one.label for one in self.fields)


class SourceChanged(WrongMoment):
    """The record has changed since anybody compared it; carries the differences."""

    code = "source_changed"

    def __init__(self, change: SourceChange) -> None:
        self.change = change
        super().__init__(
            f"源信息已变更（{change.summary}），请先核对变更内容并点击“已核对变更”，再作决定。您填写的内容已保留。"
        )


def source_change_of(case: Case) -> SourceChange | None:
    """The change of an open case's record that nobody has compared, in the case's region; None if there is none.

    A version that says again what was said at filing is no change.
    """
    if case.state not in OPEN:
        return None
    return _since(case, max(case.record_version, case.source_seen))


def change_since_filing(case: Case) -> SourceChange | None:
    """The same against the day of filing, compared or not: what the applicant is told."""
    return _since(case, case.record_version) if case.state in OPEN else None


def require_source_seen(case: Case) -> None:
    """Take the record's row, so that no import comes in between, and raise SourceChanged (409) for an unseen change."""
    FailureRecord.objects.select_for_update(of=("self",)).only("pk").get(region_id=case.region_id, pk=case.record_id)
    change = source_change_of(case)
    if change is not None:
        raise SourceChanged(change)


@transaction.atomic
def compare_source(actor: Actor, *, ref: str, number: int, now: datetime) -> Case:
    """Mark the change up to version `number`, as the page showed it, as compared by a person of the open step.

    Raises NotFound, NotAllowed, WrongMoment (case closed, nothing to compare, or a still later version).
    """
    case = access_case(actor, ref, to="decide", lock=True)
    require_state(case, *OPEN)
    change = source_change_of(case)
    if change is None:
        raise WrongMoment("没有待核对的源信息变更，可能已由他人核对。", code="nothing_to_compare")
    if change.number != number:
        raise WrongMoment("源信息又有新的变更，请核对最新内容。", code="source_changed")
    case.source_seen = change.number
    case.version += 1
    case.save(update_fields=["source_seen", "version"])
    record_event(
        actor,
        "source_compared",
        kind="case",
        thing=case.ref,
        application=case.application.ref,
        at=now,
        data={"version": change.number, "fields": [one.label for one in change.fields]},
    )
    return case


def number_of(text: str) -> int:
    """The version number of a form's hidden field. Raises Invalid."""
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise Invalid("请从案件页面核对变更。")
    return int(text)


def _since(case: Case, seen: int) -> SourceChange | None:
    versions = RecordVersion.objects.filter(region_id=case.region_id, record_id=case.record_id)
    latest = versions.order_by("-number").first()
    if latest is None or latest.number <= seen:
        return None
    base = versions.filter(number__lte=seen).order_by("-number").first()
    if base is not None and base.content_hash == latest.content_hash:
        return None
    before = base.content if base is not None else {}
    fields = differences(case.category, before, latest.content)
    return SourceChange(latest.number, timezone.localtime(latest.at), fields, base is not None) if fields else None


def differences(category: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[ChangedField, ...]:
    """What differs between two contents of a record (CleanRow.as_json), in the order of the source's template."""
    then, today = _flat(before), _flat(after)
    labels = _labels_of(category)
    order = [*labels, *sorted((set(then) | set(today)) - set(labels))]
    return tuple(
        ChangedField(labels.get(name, name), _words(category, name, then.get(name)), shown)
        for name in order
        if then.get(name) != today.get(name)
        and (shown := _words(category, name, today.get(name))) != _words(category, name, then.get(name))
    )


def _flat(content: Mapping[str, Any]) -> dict[str, Any]:
    extra = content.get("extra") or {}
    own = {name: value for name, value in content.items() if name not in _INTERNAL}
    return own | {f"extra:{name}": value for name, value in extra.items()}


def _labels_of(category: str) -> dict[str, str]:
    labels: dict[str, str] = {}
    for template in templates_for(category):
        for field in template.fields:
            if field.target and field.kept:
                labels.setdefault(field.target, field.name)
    named = {f"extra:{field.name}": field.label for field in room(category).extra_fields}
    return labels | named | _LABELS


def _words(category: str, name: str, value: Any) -> str:
    if value is None or value == "" or value == []:
        return SAID_NOTHING
    if name.endswith("_fen"):
        return f"{Decimal(value) / 100:.2f}元"
    if name == "penalty_kinds":
        return "、".join(PENALTY_KINDS.get(kind, kind) for kind in value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(str(one) for one in value)
    known = dict(room(category).grounds) if name == "ground" else {}
    for field in room(category).extra_fields:
        if name == f"extra:{field.name}":
            known = dict(field.choices)
    return str(known.get(value, value))
