"""What a step's form says, as sections of the draft; and what its page was shown, for the merge."""

import json
import unicodedata
from collections.abc import Callable
from typing import Any, Final

from django.http import QueryDict

from cases.portal.queries import text_of
from cases.portal.wizard_page import IDENTITY_FIELDS, Page
from cases.services.merge import COMMITTED, IDENTITY, RECORDS, STATED, Fields, content_with, fields_of
from creditrepair.tenancy.errors import Invalid

THEIRS: Final = "theirs"
CHOICES: Final = frozenset({"mine", THEIRS})


def version_of(form: QueryDict) -> int:
    try:
        return int(form.get("version") or "")
    except ValueError:
        raise Invalid("页面不完整，请刷新后再填写。") from None


def base_of(form: QueryDict) -> Fields | None:
    """What the page was shown; None where it does not say so, or not in this shape."""
    try:
        shown = json.loads(form.get("base") or "null")
    except (ValueError, RecursionError):
        return None
    if not isinstance(shown, dict) or not all(isinstance(value, str | bool) for value in shown.values()):
        return None
    return shown


def asked(form: QueryDict, page: Page) -> set[str]:
    """Fields that the page asked the person to choose for; only those that the step has."""
    known = {f"{IDENTITY}{name}" for name in IDENTITY_FIELDS if page.name == "identity"}
    if page.name == "records":
        known = {f"{RECORDS}{choice.record.ref}" for choice in page.choices if choice.may_choose}
    if page.name == "materials":
        known = {f"{STATED}{slot.key}" for slot in page.slots if slot.may_state}
    if page.name == "commitment":
        known = {COMMITTED}
    return known & set(form.getlist("ask"))


def unsettled(form: QueryDict, page: Page) -> set[str]:
    """Those for which the person has not chosen."""
    return {name for name in asked(form, page) if form.get(f"take:{name}") not in CHOICES}


def changes_of(form: QueryDict, page: Page) -> dict[str, Any]:
    """The sections of the step as typed; where the person chose the other page's value, as that page had it."""
    changes = READERS[page.name](form, page)
    base = base_of(form) or {}
    yielded = [name for name in asked(form, page) if form.get(f"take:{name}") == THEIRS]
    mine = fields_of(changes, set(changes))
    for name in yielded:
        text = name.startswith(IDENTITY)
        mine[name] = (
            text_of(base, name, IDENTITY_FIELDS[name.removeprefix(IDENTITY)]) if text else base.get(name) is True
        )
    return {**changes, **{key: content_with(changes, mine).get(key) for key in changes}} if yielded else changes


def _records(form: QueryDict, page: Page) -> dict[str, Any]:
    offered = {choice.record.ref for choice in page.choices if choice.may_choose}
    return {"records": [ref for ref in form.getlist("records") if ref in offered]}


def _identity(form: QueryDict, page: Page) -> dict[str, Any]:
    typed = {name: text_of(form, name, limit) for name, limit in IDENTITY_FIELDS.items()}
    for name in ("agent_phone", "bid_on"):  # full-width digits come from Chinese input methods
        typed[name] = unicodedata.normalize("NFKC", typed[name]).replace(" ", "")
    return {"identity": typed}


def _materials(form: QueryDict, page: Page) -> dict[str, Any]:
    stated = set(form.getlist("stated"))
    held = {key: dict(slot) for key, slot in page.draft.content.get("materials", {}).items()}
    for slot in page.slots:
        if slot.may_state:
            held.setdefault(slot.key, {})["stated"] = slot.key in stated
    return {"materials": held}


def _commitment(form: QueryDict, page: Page) -> dict[str, Any]:
    return {"committed": form.get("committed") == "yes"}


READERS: Final[dict[str, Callable[[QueryDict, Page], dict[str, Any]]]] = {
    "records": _records,
    "identity": _identity,
    "materials": _materials,
    "commitment": _commitment,
}
