"""Every act done in the firm's name on a filing: who pressed, for whom, on what authority; and which it does not own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cases.models import Case
from cases.services.disown import VERB as DISOWNED
from cases.timeline import CLERK, WORDS
from creditrepair.audit.models import Event
from creditrepair.tenancy.context import region_context

QUIET: Final = frozenset({DISOWNED, "paper_received", "evidence_taken"})  # reading is no act on the filing


@dataclass(frozen=True, slots=True)
class Act:
    """One press of a button for the firm; `count` records in one go. `by_firm`: by a person of the firm itself.

    seq, application   name the act for 「不是本单位本意」; `disowned_at` when the firm said so
    """

    at: datetime
    text: str
    who: str
    authority: str
    count: int
    by_firm: bool
    seq: int
    application: str
    disowned_at: datetime | None


def acts_of(cases: Sequence[Case], subject: str) -> list[Act]:
    """Oldest first, of all regions of the filing; what was pressed once for many records is one line."""
    found: list[Act] = []
    for region, ref in sorted({(case.region_id, case.application.ref) for case in cases}):
        with region_context(region):
            events = list(Event.objects.filter(region_id=region, application=ref, on_behalf_of=subject).order_by("seq"))
        said = {event.data.get("seq"): event.at for event in events if event.verb == DISOWNED}
        groups: dict[tuple[datetime, str, str], list[Event]] = {}
        for event in events:
            if event.verb not in QUIET:
                groups.setdefault((event.at, event.verb, event.user_name), []).append(event)
        found += [_act(group, said) for group in groups.values()]
    return sorted(found, key=lambda act: (act.at, act.seq))


def _act(group: Sequence[Event], said: dict[int, datetime]) -> Act:
    event = group[0]
    by_firm = event.capacity == "applicant"
    if by_firm:
        who = f"本单位经办人 {event.user_name}"
    elif event.capacity == "system":
        who = "系统（按平台转来的申请）"
    else:
        who = f"{CLERK}{f'（{event.window}）' if event.window else ''} {event.user_name}"
    return Act(
        at=event.at,
        text=WORDS.get(event.verb, "其他办理事项"),
        who=who,
        authority=event.authority or ("本单位授权" if by_firm else "未登记"),
        count=len(group),
        by_firm=by_firm,
        seq=event.seq,
        application=event.application,
        disowned_at=said.get(event.seq),
    )
