"""决定书压缩包: the decision documents of many records in one ZIP, each file matched by the number in its name."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from cases.collection.archive import Archive, ArchiveRefused, Entry
from cases.models import DecisionBundle, FailureRecord
from cases.services.notify import attach_decision
from cases.uploads import FileRefused, shown_name, store_upload
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid, NotAllowed
from creditrepair.tenancy.models import Department, Role
from sync.messages import norm_doc_no

ATTACHED, REPLACED, SAME, KEPT = "attached", "replaced", "same", "kept"
NO_RECORD, TWO_RECORDS, TWICE, REFUSED = "no_record", "two_records", "twice", "refused"
FATES: Final[Mapping[str, str]] = {
    ATTACHED: "已附到该条信息",
    REPLACED: "已替换原来的决定书",
    SAME: "与已有决定书相同，没有改动",
    KEPT: "该条信息已有决定书，没有替换",
    NO_RECORD: "没有找到这个文号的信息",
    TWO_RECORDS: "有两条以上信息是这个文号，请逐条上传",
    TWICE: "压缩包里有两个文件对应同一条信息，采用了第一个",
    REFUSED: "文件不可接受",
}
DONE: Final = frozenset((ATTACHED, REPLACED, SAME))


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one file: its name as shown, `fate` a key of FATES, the record it belongs to, and why not."""

    name: str
    fate: str
    record: str = ""
    doc_no: str = ""
    reason: str = ""


@transaction.atomic
def receive_bundle(
    actor: Actor, *, file_name: str, content: bytes, replace_existing: bool = False, now: datetime
) -> DecisionBundle:
    """Attach each document of the ZIP to the record of the actor's department whose number its name holds.

    A file that fits no record, or more than one, or is no acceptable document, stays out; the others are attached.
    The same ZIP again does again only what it could not do before. Nothing of it is unpacked before it is summed.
    Raises NotAllowed (not a recorder of a unit), Invalid (no ZIP, more than 20 MB, 60 files or 200 MB unpacked).
    """
    if not actor.has(Role.RECORDER) or actor.department_id is None:
        raise NotAllowed("决定书由责任单位的归集人员上传。")
    if len(content) > settings.UPLOAD_MAX_BYTES:
        raise _refused(f"压缩包超过{settings.UPLOAD_MAX_BYTES // 1024**2}MB，请分成几个压缩包上传。")
    try:
        archive = Archive(content)
    except ArchiveRefused as refusal:
        raise _refused(str(refusal)) from None
    # The same ZIP twice at once: the second waits here and then finds the first.
    units = Department.objects.select_for_update(no_key=True)
    department = units.get(region_id=actor.region, pk=actor.department_id)
    sha256 = hashlib.sha256(content).hexdigest()
    earlier = DecisionBundle.objects.filter(region_id=actor.region, department=department, file_sha256=sha256)
    last = earlier.order_by("-attempt").first()
    if last is not None and all(one["fate"] in DONE for one in last.results):
        return last
    fates = _attach_all(actor, archive, department, replace_existing, now)
    bundle = DecisionBundle.objects.create(
        region_id=actor.region,
        department=department,
        file_name=shown_name(file_name)[:255],
        file_sha256=sha256,
        attempt=last.attempt + 1 if last else 1,
        received_at=now,
        received_by_id=actor.person_id,
        results=[asdict(fate) for fate in fates],
    )
    record_event(
        actor,
        "bundle_received",
        kind="bundle",
        thing=bundle.ref,
        at=now,
        data={
            "sha256": sha256,
            "files": len(fates),
            "attached": sum(fate.fate in (ATTACHED, REPLACED) for fate in fates),
        },
    )
    return bundle


def matches_of(stem: str, numbers: Mapping[str, list[int]]) -> list[int]:
    """Primary keys of the records whose number the name holds: the whole name, else the longest number within it."""
    name = norm_doc_no(stem)
    if name in numbers:
        return numbers[name]
    longest = max((number for number in numbers if number in name), key=len, default="")
    return numbers.get(longest, [])


def _attach_all(
    actor: Actor, archive: Archive, department: Department, replace_existing: bool, now: datetime
) -> list[Fate]:
    numbers = _numbers_of(actor.region, department)
    taken: set[int] = set()
    fates = []
    for entry in archive.entries:
        fate, pk = _fate_of(actor, archive, entry, numbers, taken, replace_existing, now)
        fates.append(fate)
        if pk is not None:
            taken.add(pk)
    return fates


def _fate_of(
    actor: Actor,
    archive: Archive,
    entry: Entry,
    numbers: Mapping[str, list[int]],
    taken: set[int],
    replace_existing: bool,
    now: datetime,
) -> tuple[Fate, int | None]:
    """The fate of one file, and the record it was found to belong to."""
    name = shown_name(entry.name)
    fate = Fate(name, REFUSED)
    if entry.fault:
        return replace(fate, reason=f"文件“{name}”{entry.fault}。"), None
    found = matches_of(PurePosixPath(name).stem, numbers)
    if len(found) != 1:
        return replace(fate, fate=TWO_RECORDS if found else NO_RECORD), None
    record = FailureRecord.objects.select_related("decision_file").get(region_id=actor.region, pk=found[0])
    fate = replace(fate, record=record.ref, doc_no=record.doc_no)
    if record.pk in taken:
        return replace(fate, fate=TWICE), None
    try:
        content = archive.read(entry)
    except ArchiveRefused as refusal:
        return replace(fate, reason=f"文件“{name}”{refusal}。"), None
    present = record.decision_file
    if present is not None and present.sha256 == hashlib.sha256(content).hexdigest():
        return replace(fate, fate=SAME), record.pk
    if present is not None and not replace_existing:
        return replace(fate, fate=KEPT), record.pk
    try:
        stored = store_upload(actor, actor.region, SimpleUploadedFile(name, content, ""), now=now)
    except FileRefused as refusal:
        return replace(fate, reason=refusal.message), None
    attach_decision(actor, ref=record.ref, file=stored, now=now)
    return replace(fate, fate=REPLACED if present is not None else ATTACHED), record.pk


def _numbers_of(region: str, department: Department) -> dict[str, list[int]]:
    """The department's records by their number in the form in which numbers are compared."""
    rows = FailureRecord.objects.filter(region_id=region, department=department).exclude(doc_no="")
    numbers: dict[str, list[int]] = defaultdict(list)
    for pk, doc_no in rows.exclude(status=FailureRecord.Status.TAKEN_BACK).values_list("pk", "doc_no").iterator():
        numbers[norm_doc_no(doc_no)].append(pk)
    return dict(numbers)


def _refused(message: str) -> Invalid:
    return Invalid(fields={"file": message}, code="bundle_refused")
