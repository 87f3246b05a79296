"""The materials of a filing as the wizard asks them: common ones once, then per record; and as the verb wants them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from cases import virus_scan
from cases.categories import room
from cases.categories.base import MaterialSpec
from cases.facts import facts_of
from cases.models import FailureRecord, Material, StoredFile
from cases.services.filing import GivenMaterial
from cases.services.reuse import first_for, reusable
from creditrepair.tenancy.context import region_context

WORST_FIRST: Final = (virus_scan.FOUND, virus_scan.WAITING, virus_scan.NOT_RUN, virus_scan.CLEAN)
SOURCES: Final = {"generated": "由系统生成，无需上传", "fetched": "由系统核验，一般无需上传"}


@dataclass(frozen=True, slots=True)
class Slot:
    """One material asked for: common (`record` None) or of one record. `key` is code:record reference."""

    key: str
    spec: MaterialSpec
    record: FailureRecord | None
    files: tuple[dict[str, Any], ...]
    stated: bool
    held: tuple[Material, ...] = ()  # what the register already has, one for each region concerned

    @property
    def reused(self) -> Material | None:
        """The earlier material that is used again, unless the applicant hands in a newer file."""
        return self.held[0] if self.held and not self.files else None

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
        return not self.needed or bool(self.files) or self.stated or self.reused is not None

    @property
    def source_text(self) -> str:
        return SOURCES.get(self.spec.source, "")


def already_held(records: Sequence[FailureRecord], subject: str, on: date) -> dict[str, list[Material]]:
    """What earlier filings of the subject proved and still holds, by region of the chosen records."""
    return {region: reusable(region, subject, on) for region in sorted({record.region_id for record in records})}


def slots_of(
    records: Sequence[FailureRecord], content: Mapping[str, Any], found: Mapping[str, list[Material]] | None = None
) -> list[Slot]:
    """All slots, common ones first, each common material once even if several categories ask for it."""
    held, found = content.get("materials", {}), found or {}
    common: dict[str, Slot] = {}
    own: list[Slot] = []
    for record in records:
        for spec in room(record.category).materials(facts_of(record)):
            slot = _slot(spec, None if spec.common else record, held, found)
            if spec.common:
                common.setdefault(spec.code, slot)
            else:
                own.append(slot)
    return [*common.values(), *own]


def _slot(
    spec: MaterialSpec, record: FailureRecord | None, held: Mapping[str, Any], found: Mapping[str, list[Material]]
) -> Slot:
    key = f"{spec.code}:{record.ref if record else ''}"
    stored = held.get(key, {})
    regions = [record.region_id] if record else list(found)
    earlier = [first_for(found.get(region, ()), spec.code, record.pk if record else None) for region in regions]
    known = tuple(one for one in earlier if one is not None)
    complete = bool(known) and len(known) == len(regions) and spec.source != "generated"
    return Slot(
        key,
        spec,
        record,
        tuple(stored.get("files", [])),
        bool(stored.get("stated")),
        known if complete else (),
    )


def scans_of(slots: Sequence[Slot]) -> dict[str, str]:
    """How the virus check of each uploaded copy stands, by its number."""
    by_region: dict[str, list[str]] = {}
    for slot in slots:
        for file in slot.files:
            for region, uuid in file["copies"].items():
                by_region.setdefault(region, []).append(uuid)
    scans: dict[str, str] = {}
    for region, uuids in by_region.items():
        with region_context(region):
            rows = StoredFile.objects.filter(region_id=region, uuid__in=uuids).values_list("uuid", "scan")
            scans |= {str(uuid): scan for uuid, scan in rows}
    return scans


def scan_of(file: Mapping[str, Any], scans: Mapping[str, str]) -> str:
    """The least good answer of a file's copies."""
    answers = {scans.get(uuid, virus_scan.WAITING) for uuid in file["copies"].values()}
    return next((one for one in WORST_FIRST if one in answers), virus_scan.WAITING)


def unsafe_files(slots: Sequence[Slot]) -> list[str]:
    """What keeps files that are saved from being handed in."""
    if not any(slot.files for slot in slots):
        return []
    scans, said = scans_of(slots), []
    for file in (file for slot in slots for file in slot.files):
        answer = scan_of(file, scans)
        if answer == virus_scan.WAITING:
            said.append(f"文件“{file['name']}”待安全检查，可先保存，检查通过后提交。")
        elif answer == virus_scan.FOUND:
            said.append(f"文件“{file['name']}”未通过安全检查，请移除后使用原始文件重新上传。")
    return said


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
        if slot.reused is not None:
            given += _used_again(slot, records, several=len(regions) > 1)
        if slot.stated and slot.may_state and slot.record is not None:
            given.append(GivenMaterial(spec.code, title, "D", "申请人声明", slot.record.ref, statement=slot.statement))
    return tuple(given)


def _used_again(slot: Slot, records: Sequence[FailureRecord], *, several: bool) -> list[GivenMaterial]:
    """Earlier materials as they go with the filing: with each record where it touches several regions, as files do."""
    spec, earlier = slot.spec, {one.region_id: one for one in slot.held}
    if slot.record is not None:
        places = [(slot.record.ref, slot.record.region_id)]
    elif several:
        places = [(record.ref, record.region_id) for record in records]
    else:
        places = [("", records[0].region_id)]
    return [
        GivenMaterial(spec.code, spec.title, one.level, one.source, ref, reuse=str(one.uuid))
        for ref, region in places
        if (one := earlier.get(region)) is not None
    ]
