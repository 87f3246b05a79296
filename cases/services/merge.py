"""Two pages on one draft: a merge of three sides, field by field. Pure; a field is `section/name`.

What only one side changed is taken from that side; what both changed differently is a conflict that a person settles.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

Fields = dict[str, str | bool]

RECORDS: Final = "records/"
IDENTITY: Final = "identity/"
STATED: Final = "materials/"
COMMITTED: Final = "committed/"


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that this page and another one changed differently."""

    field: str
    mine: str | bool
    theirs: str | bool


@dataclass(frozen=True, slots=True)
class Merged:
    """`fields` holds the outcome; of a conflict it holds what is stored."""

    fields: Fields
    conflicts: tuple[Conflict, ...]


def fields_of(content: Mapping[str, Any], sections: frozenset[str] | set[str]) -> Fields:
    """The named sections of a draft as flat fields; files are not among them: adding one takes nothing away."""
    fields: Fields = {}
    if "records" in sections:
        fields |= {f"{RECORDS}{ref}": True for ref in content.get("records", [])}
    if "identity" in sections:
        fields |= {f"{IDENTITY}{name}": str(value) for name, value in content.get("identity", {}).items()}
    if "materials" in sections:
        fields |= {
            f"{STATED}{key}": bool(slot["stated"])
            for key, slot in content.get("materials", {}).items()
            if "stated" in slot
        }
    if "committed" in sections:
        fields[COMMITTED] = bool(content.get("committed"))
    return fields


def only(fields: Fields, sections: frozenset[str] | set[str]) -> Fields:
    """The fields of these sections."""
    return {name: value for name, value in fields.items() if name.partition("/")[0] in sections}


def merge(base: Fields | None, mine: Fields, theirs: Fields) -> Merged:
    """`base` is what this page was shown; None where it is not known: then every difference is a conflict."""
    fields, conflicts = dict(theirs), []
    for name in {*mine, *theirs, *(base or {})}:
        here, there = mine.get(name, _nothing(name)), theirs.get(name, _nothing(name))
        if here == there:
            continue
        before = base.get(name, _nothing(name)) if base is not None else None
        if before == there:
            fields[name] = here
        elif before != here:
            conflicts.append(Conflict(name, here, there))
    return Merged(fields, tuple(sorted(conflicts, key=lambda one: one.field)))


def content_with(content: Mapping[str, Any], fields: Fields) -> dict[str, Any]:
    """The content with these fields in the place of its own."""
    done = dict(content)
    chosen = [name.removeprefix(RECORDS) for name, on in fields.items() if name.startswith(RECORDS) and on]
    if any(name.startswith(RECORDS) for name in fields):
        held = [ref for ref in done.get("records", []) if ref in chosen]
        done["records"] = held + sorted(set(chosen) - set(held))
    identity = {name.removeprefix(IDENTITY): text for name, text in fields.items() if name.startswith(IDENTITY)}
    if identity:
        done["identity"] = {**done.get("identity", {}), **identity}
    materials = {key: dict(slot) for key, slot in done.get("materials", {}).items()}
    for name, stated in fields.items():
        if name.startswith(STATED):
            materials.setdefault(name.removeprefix(STATED), {})["stated"] = bool(stated)
            done["materials"] = materials
    if COMMITTED in fields:
        done["committed"] = bool(fields[COMMITTED])
    return done


def _nothing(name: str) -> str | bool:
    return "" if name.startswith(IDENTITY) else False
