"""What the firm may do against a paper: row of remedies, organ, channel and order."""

from datetime import date
from typing import Any

from cases.categories import pack_for
from cases.models import Case
from cases.overrides import overrides_of


def remedies_of(case: Case, today: date) -> dict[str, Any]:
    """Row of remedies, organ, online channel and order: from the room, the unit's directory entry and the region's answers."""
    row = remedy_row(case.room.remedy, case.department.reconsideration_organ)
    pack = pack_for(overrides_of(case.region_id))
    # National rows come before the region's own, so what the bureau has settled stands last.
    told = {rule.variant: str(rule.value) for rule in pack.rows("remedy", case.record.category, today) if rule.value}
    organ = case.department.reconsideration_organ or (told.get("organ_c") if row == "c" else None)
    return {
        "remedy_row": row,
        "reconsideration_organ": organ or None,
        "reconsideration_channel": told.get("channel"),
        "reconsideration_first": told.get("order") == "first",
    }


def remedy_row(of_room: str, organ: str) -> str:
    """The letter of the remedies (law rows `remedy.a` to `remedy.e`) for a refusal by a unit with this 行政复议机关.

    A room that is decided by tax or court says so itself; else the organ told in the directory tells the kind of unit,
    and none told is that of a centrally run unit, whose organ is a setting (Q10).
    """
    if of_room != "a":
        return of_room
    if not organ:
        return "c"
    return "b" if "税务" in organ else "a"
