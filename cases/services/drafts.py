"""Drafts of filings: started, saved step by step, never lost. Two tabs on one draft see each other's changes.

`content` holds per section what was typed: `records` (references), `identity`, `materials`, `committed`.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from cases.access import access_draft
from cases.models import Draft, StoredFile
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotAllowed, WrongMoment

SECTIONS = frozenset({"records", "identity", "materials", "committed"})
MAX_FILES_A_MATERIAL = 9
MAX_RECORDS = 50


class StaleDraft(WrongMoment):
    """Another page saved this draft meanwhile; `draft` is what it holds now, nothing of it was overwritten."""

    code = "draft_stale"

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        saved = timezone.localtime(draft.saved_at)
        super().__init__(f"本草稿已于{saved:%H:%M}在另一页面保存过。您刚填写的内容仍在本页，请核对后再保存。")


@transaction.atomic
def start_draft(actor: Actor, *, records: Sequence[str] = (), now: datetime) -> Draft:
    """A new draft for the firm the actor acts for, with these records (public references) chosen already.

    Raises NotAllowed without a firm.
    """
    if actor.subject is None or actor.user_id is None:
        raise NotAllowed("请由单位授权的经办人登录办理，或到窗口代为提交。")
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
def save_draft(actor: Actor, *, ref: str, version: int, changes: Mapping[str, Any], now: datetime) -> Draft:
    """Write whole sections. Other records than before take the commitment back: it names the chosen records.

    Raises NotFound, StaleDraft (409: another page saved meanwhile), WrongMoment (handed in), Invalid.
    """
    unknown = set(changes) - SECTIONS
    if unknown:
        raise Invalid(f"没有该部分：{'、'.join(sorted(unknown))}。")
    with region_context(actor.region):
        draft = _own_open(actor, ref)
        if draft.version != version:
            raise StaleDraft(draft)
        before = set(draft.content.get("records", []))
        content = {**draft.content, **changes}
        if "records" in changes and set(changes["records"]) != before:
            content["committed"] = False
        if len(content.get("records", [])) > MAX_RECORDS:
            raise Invalid(fields={"records": f"一次最多选择{MAX_RECORDS}条，其余可以再次申请。"})
        return _write(draft, content, now)


@transaction.atomic
def attach_file(actor: Actor, *, ref: str, key: str, files: Sequence[StoredFile], now: datetime) -> Draft:
    """Add one upload to a material of the draft; `files` are its copies, one per region concerned.

    Adding takes nothing from another page, so no version is asked. Raises NotFound, WrongMoment, Invalid (too many).
    """
    with region_context(actor.region):
        draft = _own_open(actor, ref)
        materials = {name: dict(slot) for name, slot in draft.content.get("materials", {}).items()}
        slot = materials.setdefault(key, {})
        held = list(slot.get("files", []))
        if len(held) >= MAX_FILES_A_MATERIAL:
            raise Invalid(fields={key: f"同一项材料最多{MAX_FILES_A_MATERIAL}个文件，请合并为一个PDF后上传。"})
        first = files[0]
        copies = {file.region_id: str(file.uuid) for file in files}
        slot["files"] = [*held, {"name": first.name, "size": first.size, "copies": copies}]
        return _write(draft, {**draft.content, "materials": materials}, now)


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
