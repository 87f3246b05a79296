"""Drafts of filings: started, saved step by step, never lost. Two tabs on one draft see each other's changes.

`content` holds per section what was typed: `records` (references), `identity`, `materials`, `committed`.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from cases.access import access_case, access_draft, require_filing, require_state
from cases.models import Case, Draft, Material, StoredFile
from cases.services.merge import RECORDS, Conflict, Fields, content_with, fields_of, merge, only
from cases.states import CaseState
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotAllowed, WrongMoment

SECTIONS = frozenset({"records", "identity", "materials", "committed"})
MAX_RECORDS = 50


class StaleDraft(WrongMoment):
    """Another page changed the same fields meanwhile; `draft` is what it holds now, nothing of it was overwritten.

    `fields`: both pages together, with the stored value where they differ; to be saved until a person has chosen.
    """

    code = "draft_stale"

    def __init__(self, draft: Draft, conflicts: Sequence[Conflict] = (), fields: Fields | None = None) -> None:
        self.draft, self.conflicts, self.fields = draft, tuple(conflicts), fields or {}
        saved = timezone.localtime(draft.saved_at)
        super().__init__(f"另一页面已于{saved:%H:%M}修改本草稿。您刚填写的内容仍在本页，请核对后再保存。")


@transaction.atomic
def start_draft(actor: Actor, *, records: Sequence[str] = (), now: datetime) -> Draft:
    """A new draft for the firm the actor acts for, with these records (public references) chosen already.

    Raises NotAllowed without a firm.
    """
    if actor.subject is None or actor.user_id is None:
        raise NotAllowed("请由单位授权的经办人登录办理，或到窗口代为提交。")
    require_filing(actor)
    with region_context(actor.region):
        return Draft.objects.create(
            region_id=actor.region,
            user_id=actor.user_id,
            subject_id=actor.subject,
            form_token=secrets.token_urlsafe(32),
            content={"records": list(records)[:MAX_RECORDS]},
            saved_at=now,
        )


@transaction.atomic
def refile_draft(actor: Actor, *, ref: str, now: datetime) -> Draft:
    """A new draft from a case that ended without a repair: its record, its person, and the materials handed in.

    Files stay with the person who uploaded them: those of a colleague or a clerk have to be uploaded again, and the
    commitment is signed anew. Raises NotFound, NotAllowed (not the firm), WrongMoment (under way, or repaired).
    """
    case = access_case(actor, ref)
    if actor.subject != case.subject_id:
        raise NotAllowed("请由单位授权的经办人登录办理，或到窗口代为提交。")
    require_state(case, CaseState.WITHDRAWN, CaseState.REFUSED, CaseState.NOT_ACCEPTED)
    draft = start_draft(actor, records=[case.record.ref], now=now)
    filed = case.application
    identity = {
        "agent_name": filed.agent_name,
        "agent_phone": filed.agent_phone,
        "urgent_reason": filed.urgent_reason,
        "bid_on": filed.bid_on.isoformat() if filed.bid_on else "",
    }
    content = {**draft.content, "identity": identity, "materials": _handed_in(actor, case)}
    with region_context(actor.region):
        return _write(draft, content, now)


def _handed_in(actor: Actor, case: Case) -> dict[str, Any]:
    """The materials of a case and those common to its filing, as a draft holds them."""
    slots: dict[str, Any] = {}
    with region_context(case.region_id):
        rows = Material.objects.filter(
            Q(case=None) | Q(case=case),
            region_id=case.region_id, application_id=case.application_id, replaced_by__isnull=True,
        )  # fmt: skip
        for given in rows.select_related("file").order_by("id"):
            slot = slots.setdefault(f"{given.code}:{case.record.ref if given.case_id else ''}", {})
            if given.file is None:
                slot["stated"] = True
            elif given.file.owner_id == actor.user_id:
                copies = {case.region_id: str(given.file.uuid)}
                slot.setdefault("files", []).append(
                    {"name": given.file.name, "size": given.file.size, "copies": copies}
                )
    return slots


@transaction.atomic
def save_draft(
    actor: Actor, *, ref: str, version: int, changes: Mapping[str, Any], now: datetime, base: Fields | None = None
) -> Draft:
    """Write sections. Other records than before take the commitment back: it names the chosen records.

    base    what the page was shown of these sections (`merge.fields_of`): where another page saved meanwhile, each
            field is taken from the side that changed it
    Raises NotFound, StaleDraft (409: both sides changed a field, or other records than those signed for), WrongMoment
    (handed in), Invalid.
    """
    unknown = set(changes) - SECTIONS
    if unknown:
        raise Invalid(f"没有该部分：{'、'.join(sorted(unknown))}。")
    with region_context(actor.region):
        draft = _own_open(actor, ref)
        before = set(draft.content.get("records", []))
        content = {**draft.content, **changes}
        if draft.version != version:
            content = content_with(draft.content, _merged(draft, changes, base))
        if "records" in changes and set(content["records"]) != before:
            content["committed"] = False
        if len(content.get("records", [])) > MAX_RECORDS:
            raise Invalid(fields={"records": f"一次最多选择{MAX_RECORDS}条，其余可以再次申请。"})
        return _write(draft, content, now)


def _merged(draft: Draft, changes: Mapping[str, Any], base: Fields | None) -> Fields:
    """What the draft holds after both pages. Raises StaleDraft with what a person has to settle."""
    sections = set(changes)
    shown = only(base, sections) if base is not None else None
    merged = merge(shown, fields_of(changes, sections), fields_of(draft.content, sections))
    if merged.conflicts:
        raise StaleDraft(draft, merged.conflicts, merged.fields)
    if changes.get("committed") and _other_records(base, set(draft.content.get("records", []))):
        raise StaleDraft(draft)
    return merged.fields


def _other_records(base: Fields | None, records: set[str]) -> bool:
    """Whether the page that was signed listed other records than the draft now holds."""
    return base is None or {name.removeprefix(RECORDS) for name in base if name.startswith(RECORDS)} != records


@transaction.atomic
def attach_file(
    actor: Actor,
    *,
    ref: str,
    key: str,
    files: Sequence[StoredFile],
    now: datetime,
    by_phone: bool = False,
    replaces: str = "",
) -> Draft:
    """Add one upload to a material of the draft; `files` are its copies, one per region concerned.

    replaces    number of an upload of this material in whose place it goes; a telephone replaces what telephones sent
    Adding takes nothing from another page, so no version is asked. Raises NotFound, WrongMoment, Invalid (too many, or
    what is to be replaced is there no more).
    """
    with region_context(actor.region):
        draft = _own_open(actor, ref)
        materials = {name: dict(slot) for name, slot in draft.content.get("materials", {}).items()}
        slot = materials.setdefault(key, {})
        held = list(slot.get("files", []))
        if not replaces and len(held) >= settings.UPLOAD_MAX_FILES:
            raise Invalid(fields={key: f"同一项材料最多{settings.UPLOAD_MAX_FILES}个文件，请合并为一个PDF后上传。"})
        first = files[0]
        copies = {file.region_id: str(file.uuid) for file in files}
        entry = {"name": first.name, "size": first.size, "copies": copies, **({"by": "phone"} if by_phone else {})}
        slot["files"] = _in_place_of(replaces, held, entry, key) if replaces else [*held, entry]
        return _write(draft, {**draft.content, "materials": materials}, now)


def _in_place_of(uuid: str, held: list[dict[str, Any]], entry: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """The photos of a material are its pages: one that was turned keeps its place among them."""
    for place, one in enumerate(held):
        if uuid in one["copies"].values() and ("by" not in entry or one.get("by") == entry["by"]):
            return [*held[:place], {**entry, **({"by": one["by"]} if "by" in one else {})}, *held[place + 1 :]]
    raise Invalid(fields={key: "要替换的照片已不在这一项材料中，请刷新页面后再操作。"})


@transaction.atomic
def detach_file(actor: Actor, *, ref: str, key: str, uuid: str, now: datetime) -> Draft:
    """Take one upload out of the draft; the stored file itself stays. Raises NotFound, WrongMoment."""
    with region_context(actor.region):
        draft = _own_open(actor, ref)
        materials = {name: dict(slot) for name, slot in draft.content.get("materials", {}).items()}
        slot = materials.get(key, {})
        slot["files"] = [one for one in slot.get("files", []) if uuid not in one["copies"].values()]
        return _write(draft, {**draft.content, "materials": materials}, now)


@transaction.atomic
def close_draft(actor: Actor, *, ref: str, application_ref: str) -> None:
    """Note which application the draft became; it can be opened no more."""
    with region_context(actor.region):
        draft = access_draft(actor, ref, lock=True)
        draft.application_ref = application_ref
        draft.save(update_fields=["application_ref"])


def _own_open(actor: Actor, ref: str) -> Draft:
    require_filing(actor)
    draft = access_draft(actor, ref, lock=True)
    if draft.application_ref:
        raise WrongMoment("本草稿已经提交，请在“我的办件”中查看。", code="already_filed")
    return draft


def _write(draft: Draft, content: dict[str, Any], now: datetime) -> Draft:
    draft.content = content
    draft.version += 1
    draft.saved_at = now
    draft.save(update_fields=["content", "version", "saved_at"])
    return draft
