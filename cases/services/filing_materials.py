"""The materials of a filing: required ones are there, files are safe and one's own, earlier ones are used again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from cases import virus_scan
from cases.facts import facts_of
from cases.models import Application, Case, Material, StoredFile
from cases.services.filing import AUTHORITY_MATERIAL, GivenMaterial
from cases.services.reuse import reusable_by
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid


def attach_materials(
    actor: Actor, application: Application, cases: Sequence[Case], materials: Sequence[GivenMaterial], now: datetime
) -> None:
    """Keep what was given with the new application, each with its record's case. Raises Invalid."""
    by_record = {case.record.ref: case for case in cases}
    given = [m for m in materials if not m.record_ref or m.record_ref in by_record]
    _require_materials(cases, given)
    for material in given:
        values = _used_again(application, material, now) if material.reuse else _given_now(actor, application, material)
        Material.objects.create(
            region_id=application.region_id,
            application=application,
            case=by_record.get(material.record_ref),
            code=material.code,
            title=material.title,
            statement=material.statement,
            added_at=now,
            **values,
        )


def _file_of(actor: Actor, application: Application, material: GivenMaterial) -> StoredFile | None:
    """An upload of one's own; of authority that holds for longer also the picture an earlier filing of the subject rests on."""
    files = StoredFile.objects.filter(region_id=application.region_id, uuid=material.file_uuid)
    own = files.filter(owner_id=actor.user_id).first()
    if own is not None or material.code != AUTHORITY_MATERIAL or actor.subject is not None:
        return own
    earlier = Material.objects.filter(
        region_id=application.region_id, code=AUTHORITY_MATERIAL, application__subject_id=application.subject_id
    )
    return files.filter(pk__in=earlier.values("file_id")).first()


def _given_now(actor: Actor, application: Application, material: GivenMaterial) -> dict[str, Any]:
    """File, level and source of what the actor hands in. Raises Invalid (not theirs, not yet scanned)."""
    file = None
    if material.file_uuid:
        file = _file_of(actor, application, material)
        if file is None:
            raise Invalid(fields={material.code: "文件没有找到，请重新上传。"})
        require_safe(file, material.code)
    return {
        "file": file,
        "level": material.level,
        "source": material.source,
        "verified_by_id": actor.user_id if material.level == Material.Level.B else None,
    }


def _used_again(application: Application, material: GivenMaterial, now: datetime) -> dict[str, Any]:
    """The same of an earlier material of the subject. Raises Invalid where it is not, or no longer, to be used again."""
    earlier = reusable_by(application.region_id, application.subject_id, material.reuse, timezone.localdate(now))
    fits = earlier is not None and (earlier.case is None or earlier.case.record.ref == material.record_ref)
    if earlier is None or earlier.code != material.code or not fits:
        raise Invalid(fields={material.code: f"“{material.title}”的核验已过有效期，请重新上传。"})
    return {
        "file": earlier.file,
        "level": earlier.level,
        "source": earlier.source,
        "verified_by_id": earlier.verified_by_id,
        "valid_until": earlier.valid_until,
    }


def require_safe(file: StoredFile, field: str) -> None:
    """A file may be saved before it is scanned, but not handed in. Raises Invalid."""
    if file.scan == virus_scan.WAITING:
        raise Invalid(fields={field: f"文件“{file.name}”待安全检查，可先保存，检查通过后提交。"})
    if file.scan == virus_scan.FOUND:
        raise Invalid(fields={field: f"文件“{file.name}”未通过安全检查，请移除后使用原始文件重新上传。"})


def _require_materials(cases: Sequence[Case], given: Sequence[GivenMaterial]) -> None:
    """Each required material of each record must be there, common or its own; a statement counts (level D)."""
    missing = {}
    for case in cases:
        for wanted in case.room.materials(facts_of(case.record)):
            if wanted.source != "applicant" or not wanted.required:
                continue
            if not any(
                m.code == wanted.code
                and m.record_ref in ("", case.record.ref)
                and (m.file_uuid or m.statement or m.reuse)
                for m in given
            ):
                missing[f"{wanted.code}:{case.record.ref}"] = f"{case.record.doc_no}缺少“{wanted.title}”。"
    if missing:
        raise Invalid(fields=missing, code="material_missing")
