"""Nobody sets a rule and gains by it: whether a change touches a firm the person acts for, or a case of theirs."""

from collections.abc import Iterable
from typing import Any, Final

from django.db.models import Q, QuerySet

from cases.models import Case, FailureRecord
from cases.services import compare
from cases.services.compare import Sides
from cases.states import OPEN_STATES
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import current, set_local
from creditrepair.tenancy.models import Representation

_CHUNK: Final = 500


def has_interest(actor: Actor, sides: Sides) -> bool:
    """Whether the change from one pack to the other touches the actor's own affairs in the actor's region.

    A record of a firm the actor represents; an open case the actor filed, holds, or has settled a step of: touched
    where status or dates of the record, or the due day of the case, differ. Read in chunks, ends at the first hit.
    """
    person, region = actor.person_id, actor.region
    records = FailureRecord.objects.published().filter(region_id=region, subject_id__in=_firms(person))
    if _touches_records(region, records, sides):
        return True
    mine = Q(application__filed_by_id=person) | Q(steps__settled_by_id=person) | Q(steps__claimed_by_id=person)
    own = Case.objects.filter(mine, region_id=region, state__in=OPEN_STATES).values("pk")
    cases = Case.objects.filter(region_id=region, pk__in=own)
    for chunk in _chunks(cases):
        due = compare.read_cases(region, chunk, sides)
        if any(one.before != one.after for one in due):
            return True
        judged = FailureRecord.objects.filter(region_id=region, pk__in=[one.case.record_id for one in due])
        if _touches_records(region, judged, sides):
            return True
    return False


def _firms(person: int) -> list[str]:
    """Firms this person acts for now, checked in whatever region (own rows by policy `app.user`)."""
    before = current("app.user")
    set_local("app.user", str(person))
    rows = list(Representation.objects.filter(user_id=person, revoked_at=None))
    set_local("app.user", before)
    return sorted({row.subject_code for row in rows})


def _touches_records(region: str, records: QuerySet[Any, Any], sides: Sides) -> bool:
    for chunk in _chunks(records):
        lines = compare.read_records(region, chunk)
        if any(before != compare.answer_of(after) for _, before, after in compare.judge_both(lines, sides)):
            return True
    return False


def _chunks(rows: QuerySet[Any, Any]) -> Iterable[QuerySet[Any, Any]]:
    last = 0
    while True:
        ids = list(rows.filter(id__gt=last).order_by("id").values_list("id", flat=True)[:_CHUNK])
        if not ids:
            return
        yield rows.model._default_manager.filter(region_id__isnull=False, id__in=ids)
        last = ids[-1]
