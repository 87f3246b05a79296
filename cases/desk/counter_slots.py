"""Materials as the counter takes them in: common ones once, then each record's own; and what is handed in of them."""

from dataclasses import dataclass
from datetime import date

from django.http import QueryDict

from cases.desk.counter_desk import RecordShown
from cases.models import CounterDraft
from cases.services.filing import AUTHORITY_MATERIAL, PAPER_MATERIAL, Authority, Filing, GivenMaterial, PaperForm

PAID_STATEMENT = "申请由处罚单位核实缴款和履行情况。"
PAPER_KEY = f"{PAPER_MATERIAL}.all"


@dataclass(frozen=True, slots=True)
class Slot:
    """One material on the page: `key` names its fields; `file` what was uploaded already."""

    key: str
    code: str
    title: str
    description: str
    required: bool
    record_ref: str
    file: dict[str, str] | None
    seen: bool
    statement: bool
    may_state: bool = True


@dataclass(frozen=True, slots=True)
class Offered:
    """A record with the materials of its own, as chosen so far."""

    row: RecordShown
    chosen: bool
    slots: list[Slot]


def offered_of(draft: CounterDraft, rows: list[RecordShown], typed: QueryDict) -> tuple[list[Slot], list[Offered]]:
    """Materials common to all records once, then each record with its own. A paper form comes first of all."""
    chosen = set(typed.getlist("record"))
    common: dict[str, Slot] = {}
    if draft.paper:
        common[PAPER_KEY] = _slot(
            draft,
            typed,
            PAPER_KEY,
            "纸质申请表",
            "申请人签字盖章、窗口注明收到时间的纸质申请表",
            True,
            "",
            may_state=False,
        )
    offered: list[Offered] = []
    for row in rows:
        own = []
        for wanted in row.materials if row.may_choose else ():
            ref = "" if wanted.common else row.record.ref
            key = f"{wanted.code}.{ref or 'all'}"
            slot = _slot(draft, typed, key, wanted.title, wanted.description, wanted.required, ref)
            if wanted.common:
                common.setdefault(key, slot)
            else:
                own.append(slot)
        offered.append(Offered(row, row.record.ref in chosen, own))
    return list(common.values()), offered


def filing_of(
    draft: CounterDraft,
    common: list[Slot],
    offered: list[Offered],
    typed: QueryDict,
    authority: Authority,
    paper: PaperForm | None,
) -> Filing:
    """What the page hands in, with the pictures of the authority before all else."""
    slots = [*common, *(slot for one in offered if one.chosen for slot in one.slots)]
    evidence = [
        GivenMaterial(AUTHORITY_MATERIAL, "授权依据材料", "B", "窗口核验原件", file_uuid=one["uuid"])
        for one in draft.evidence
    ]
    return Filing(
        form_token=draft.ref,
        subject_code=draft.subject_id,
        record_refs=tuple(one.row.record.ref for one in offered if one.chosen),
        agent_name=typed.get("agent_name", ""),
        agent_phone=typed.get("agent_phone", ""),
        committed="committed" in typed,
        materials=(*evidence, *(material for slot in slots if (material := _material(slot)))),
        urgent_reason=typed.get("urgent_reason", "")[:200],
        bid_on=_day(typed.get("bid_on", "")),
        authority=authority,
        paper=paper,
    )


def _slot(
    draft: CounterDraft,
    typed: QueryDict,
    key: str,
    title: str,
    description: str,
    required: bool,
    record_ref: str,
    *,
    may_state: bool = True,
) -> Slot:
    return Slot(
        key=key,
        code=key.partition(".")[0],
        title=title,
        description=description,
        required=required,
        record_ref=record_ref,
        file=draft.files.get(key),
        seen=f"seen.{key}" in typed,
        statement=f"statement.{key}" in typed,
        may_state=may_state,
    )


def _material(slot: Slot) -> GivenMaterial | None:
    """Original seen: B; a copy only: C; the applicant's word, to be checked by the unit: D."""
    if slot.file:
        level, source = ("B", "窗口核验原件") if slot.seen else ("C", "窗口收取复印件")
        return GivenMaterial(slot.code, slot.title, level, source, slot.record_ref, file_uuid=slot.file["uuid"])
    if slot.statement and slot.may_state:
        return GivenMaterial(slot.code, slot.title, "D", "申请人声明", slot.record_ref, statement=PAID_STATEMENT)
    return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
