"""The materials of a filing as the wizard asks them: common ones once, then per record; and as the verb wants them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cases.categories import room
from cases.categories.base import MaterialSpec
from cases.facts import facts_of
from cases.models import FailureRecord
from cases.services.apply import GivenMaterial

SOURCES: Final = {"generated": "由系统生成，无需上传", "fetched": "由系统核验，一般无需上传"}


@dataclass(frozen=True, slots=True)
class Slot:
    """One material asked for: common (`record` None) or of one record. `key` is code:record reference."""

    key: str
    spec: MaterialSpec
    record: FailureRecord | None
    files: tuple[dict[str, Any], ...]
    stated: bool

    @property
    def uploads(self) -> bool:
        """Whether the applicant may hand in a file here; generated papers come filled."""
        return self.spec.source != "generated"

    @property
    def needed(self) -> bool:
        return self.spec.required and self.spec.source == "applicant"

    @property
    def may_state(self) -> bool:
        """「申请由处罚单位核实缴款」 instead of a lost receipt: for the proof of duties of one record."""
        return self.spec.core and self.spec.source == "applicant" and self.record is not None

    @property
    def statement(self) -> str:
        unit = self.record.department.name if self.record else "认定单位"
        return f"申请由{unit}核实缴款和履行义务情况，不再另行提供票据。"

    @property
    def satisfied(self) -> bool:
        return not self.needed or bool(self.files) or self.stated

    @property
    def source_text(self) -> str:
        return SOURCES.get(self.spec.source, "")


def slots_of(records: Sequence[FailureRecord], content: Mapping[str, Any]) -> list[Slot]:
    """All slots, common ones first, each common material once even if several categories ask for it."""
    held = content.get("materials", {})
    common: dict[str, Slot] = {}
    own: list[Slot] = []
    for record in records:
        for spec in room(record.category).materials(facts_of(record)):
            slot = _slot(spec, None if spec.common else record, held)
            if spec.common:
                common.setdefault(spec.code, slot)
            else:
                own.append(slot)
    return [*common.values(), *own]


def _slot(spec: MaterialSpec, record: FailureRecord | None, held: Mapping[str, Any]) -> Slot:
    key = f"{spec.code}:{record.ref if record else ''}"
    stored = held.get(key, {})
    return Slot(key, spec, record, tuple(stored.get("files", [])), bool(stored.get("stated")))


def given_materials(slots: Sequence[Slot], records: Sequence[FailureRecord]) -> tuple[GivenMaterial, ...]:
    """What is handed in. With records of several regions, a common file goes with each record as its region's copy:
    a file of one region cannot be attached in another."""
    regions = {record.region_id for record in records}
    given: list[GivenMaterial] = []
    for slot in slots:
        spec, title = slot.spec, slot.spec.title
        for file in slot.files:
            copies: Mapping[str, str] = file["copies"]
            if slot.record is not None:
                uuid = copies.get(slot.record.region_id, "")
                given += [GivenMaterial(spec.code, title, "C", "申请人上传", slot.record.ref, uuid)] if uuid else []
            elif len(regions) == 1:
                uuid = copies.get(next(iter(regions)), "")
                given += [GivenMaterial(spec.code, title, "C", "申请人上传", "", uuid)] if uuid else []
            else:
                given += [
                    GivenMaterial(spec.code, title, "C", "申请人上传", record.ref, copies[record.region_id])
                    for record in records
                    if record.region_id in copies
                ]
        if slot.stated and slot.may_state and slot.record is not None:
            given.append(GivenMaterial(spec.code, title, "D", "申请人声明", slot.record.ref, statement=slot.statement))
    return tuple(given)
