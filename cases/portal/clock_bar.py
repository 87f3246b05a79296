"""The legal clock of a case as a bar: what ran, what stood still, what is left or over; and the same in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from cases.law.clock import ClockEvent, ClockState

WIDTH: Final = 600
HEIGHT: Final = 22
LEAST: Final = 6.0  # a stretch within one day is still to be seen
WORDS: Final = {"ran": "办理", "paused": "计时暂停（等待补正）", "left": "剩余", "late": "超过期限"}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days from `first` to `last` of one kind: ran, paused, left or late (both days are ends of the stretch)."""

    kind: str
    first: date
    last: date

    @property
    def text(self) -> str:
        return WORDS[self.kind]


def stretches(events: Sequence[ClockEvent], clock: ClockState, today: date) -> list[Stretch]:
    """The clock's way from the filing to its due day, oldest first; nothing of it is counted anew."""
    submitted = next((event.at for event in events if event.kind == "submitted"), None)
    if submitted is None:
        return []
    now = clock.finished_on or today
    found, at = [], submitted
    for asked, until in _pauses(events, now):
        if asked > at:
            found.append(Stretch("ran", at, asked))
        if until > asked:
            found.append(Stretch("paused", asked, until))
        at = max(at, until)
    due = clock.promised.day if clock.promised else None
    in_time = now if due is None else max(at, min(now, due))
    if in_time > at or not found:
        found.append(Stretch("ran", at, in_time))
    if due is not None and now > due:
        found.append(Stretch("late", max(due, at), now))
    elif due is not None and clock.finished_on is None and due > now:
        found.append(Stretch("left", now, due))
    return found


def draw(parts: Sequence[Stretch]) -> SafeString:
    """One bar; its words stand beside it as a list, so the drawing itself is hidden from readers aloud."""
    total = sum((max(_days(part), LEAST * _total(parts) / WIDTH) for part in parts), 0.0)
    if not total:
        return SafeString("")
    at, drawn = 0.0, []
    for part in parts:
        width = max(_days(part), LEAST * _total(parts) / WIDTH) / total * WIDTH
        drawn.append((part.kind, f"{at:.1f}", f"{max(width - 1.5, 1):.1f}", HEIGHT))
        at += width
    return format_html(
        '<svg class="clock-bar" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true" focusable="false">{}</svg>',
        WIDTH,
        HEIGHT,
        format_html_join("", '<rect class="{}" x="{}" y="0" width="{}" height="{}" rx="3"/>', drawn),
    )


def _days(part: Stretch) -> float:
    return float((part.last - part.first) / timedelta(days=1))


def _total(parts: Sequence[Stretch]) -> float:
    return sum(map(_days, parts)) or 1.0


def _pauses(events: Sequence[ClockEvent], end: date) -> list[tuple[date, date]]:
    """Questions with their answers, in order; one not answered runs to `end`."""
    pauses: list[tuple[date, date]] = []
    asked: date | None = None
    for event in events:
        if event.kind == "correction_asked" and asked is None:
            asked = event.at
        elif event.kind == "correction_answered" and asked is not None:
            pauses.append((asked, event.at))
            asked = None
    if asked is not None:
        pauses.append((asked, max(end, asked)))
    return pauses
