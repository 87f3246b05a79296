"""Pages by keyset: no OFFSET, no COUNT(*). A cursor names a place by day and public reference, never by primary key."""

import base64
import binascii
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.core.exceptions import BadRequest
from django.db.models import F, Q, QuerySet

PAGE_SIZE: Final = 30
CAP: Final = 500


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one page; `before`, `after` are cursors of its neighbours, "" where there is none."""

    rows: list[Any]
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: after (or before) the row of this day (None: without one) and reference."""

    forward: bool
    day: date | datetime | None
    ref: str


def encode(place: Place) -> str:
    text = f"{'n' if place.forward else 'p'}|{place.day.isoformat() if place.day else ''}|{place.ref}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(cursor: str) -> Place:
    """Raises BadRequest (400) for anything we did not make."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        way, day, ref = text.split("|")
        if way not in ("n", "p") or not ref.isalnum():
            raise ValueError
        return Place(way == "n", _moment(day), ref)
    except (ValueError, binascii.Error, UnicodeError):
        raise BadRequest("cursor") from None


def _moment(text: str) -> date | datetime | None:
    if not text:
        return None
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def capped(rows: QuerySet[Any]) -> str:
    """A true count up to the cap: `12`, then `500+`; reads at most 501 rows."""
    found = rows.order_by()[: CAP + 1].count()
    return f"{CAP}+" if found > CAP else str(found)


def page_of(
    rows: QuerySet[Any],
    *,
    among: QuerySet[Any],
    day_field: str,
    cursor: str,
    descending: bool = False,
    size: int = PAGE_SIZE,
) -> Page:
    """One page of `rows` by (day_field, id), rows without a day last (first when descending).

    `among` is all the asker may see: a row that has left the list since (decided, filtered away) still marks its
    place. Rows with and without a day are read separately: one range of the index each, whatever the depth.
    """
    place = decode(cursor) if cursor else None
    forward = place.forward if place else True
    rising = forward != descending
    at = _pk_of(among, place.ref) if place else 0
    found = _read(rows, day_field, place, at, rising=rising, limit=size + 1)
    more, found = len(found) > size, found[:size]
    if not forward:
        found.reverse()
    return Page(
        rows=found,
        before=_cursor(found[0], day_field, forward=False) if found and (place if forward else more) else "",
        after=_cursor(found[-1], day_field, forward=True) if found and (more if forward else True) else "",
    )


def _read(rows: QuerySet[Any], field: str, place: Place | None, at: int, *, rising: bool, limit: int) -> list[Any]:
    dated, undated = rows.filter(**{f"{field}__isnull": False}), rows.filter(**{f"{field}__isnull": True})
    sign = "" if rising else "-"
    way = "gt" if rising else "lt"
    parts = [(dated, (_day(field, rising), f"{sign}id")), (undated, (f"{sign}id",))]
    if not rising:
        parts.reverse()
    if place is not None:
        if place.day is None:
            undated = undated.filter(**{f"id__{way}": at})
            parts = [(undated, (f"{sign}id",))] + ([] if rising else parts[1:])
        else:
            edge = {f"{field}__{'gte' if rising else 'lte'}": place.day}
            dated = dated.filter(Q(**{f"{field}__{way}": place.day}) | Q(**{f"id__{way}": at}), **edge)
            parts = [(dated, parts[0 if rising else 1][1])] + (parts[1:] if rising else [])
    found: list[Any] = []
    for part, order in parts:
        if len(found) < limit:
            found += list(part.order_by(*order)[: limit - len(found)])
    return found


def _pk_of(among: QuerySet[Any], ref: str) -> int:
    found = among.filter(ref=ref).values_list("pk", flat=True).first()
    if found is None:
        raise BadRequest("cursor")
    return int(found)


def _day(field: str, rising: bool) -> Any:
    return F(field).asc() if rising else F(field).desc()


def _cursor(row: Any, field: str, *, forward: bool) -> str:
    return encode(Place(forward, getattr(row, field), row.ref))
