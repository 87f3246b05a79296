"""Whom the reminders should have told, on which day and of what: computed from a plain log of what happened.

Knows nothing of the code under test: no query, no stored column, no Verdict. Periods are counted here (民法典 art. 200–204:
the first day is not counted, the same day of the month or the month's end), days are compared one by one.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

MONTHS = {"minor": (0, 3), "general": (3, 12), "serious": (12, 36)}  # 国办发〔2025〕22号: shortest and longest
SOON = 7
OPEN = ("submitted",)


def add_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@dataclass
class Thing:
    """A record as the log left it. `moved_on`: the day on which its first day last became another one."""

    ref: str
    firm: str
    market: bool
    severity: str
    decided_on: date
    published_on: date
    arrived_on: date
    stock: bool
    moved_on: date | None = None
    known: date | None = None
    ended: bool = False
    under_way: bool = False
    told: list[tuple[str, date]] = field(default_factory=list)  # (occasion, first day)

    def first(self, rule: str) -> date | None:
        """The first day on which an application is accepted for sure, whatever is open in the law."""
        if self.severity == "unset":
            return None
        months = MONTHS[self.severity][0]
        start = self.published_on if self.market else self.decided_on
        if not months:
            return start
        return add_months(start, months) + timedelta(days=rule == "day_after")

    def over(self, day: date) -> bool:
        """Whether the longest time of display has passed by some reading: then nobody is told any more."""
        return day > add_months(self.decided_on, MONTHS[self.severity][1])


@dataclass(frozen=True)
class Act:
    """One line of the log: `what` is arrives, severity, files, withdraws, ends, number, rule, province."""

    day: date
    what: str
    ref: str = ""
    value: str = ""
    thing: Thing | None = None


@dataclass(frozen=True)
class Told:
    """One firm told once. `first_on` is the latest of the days told at once."""

    day: date
    firm: str
    occasion: str
    first_on: date
    records: frozenset[str]
    by_sms: bool


class Truth:
    """Walks the days; `working` are those on which the system is up and reminds."""

    def __init__(self, acts: list[Act], up: set[date], first: date, last: date) -> None:
        self.acts, self.up, self.first_day, self.last_day = acts, up, first, last
        self.things: dict[str, Thing] = {}
        self.numbers: dict[str, str] = {}
        self.rules = [(date.min, "day_after")]
        self.silent = False
        self.reached: date | None = None

    def rule(self, day: date) -> str:
        return next(value for since, value in reversed(self.rules) if since <= day)

    def all(self) -> list[Told]:
        found: list[Told] = []
        day = self.first_day
        while day <= self.last_day:
            for act in (act for act in self.acts if act.day == day):
                self._happens(act)
            if day in self.up:
                self._recomputed(day)
                if not self.silent:
                    found += self._told_on(day)
                self.reached = day
            day += timedelta(days=1)
        return found

    def _happens(self, act: Act) -> None:
        if act.what == "arrives" and act.thing is not None:
            thing = self.things[act.ref] = act.thing
            thing.known, thing.moved_on = self._certain(thing, act.day), None
            thing.moved_on = act.day if thing.known else None
        elif act.what == "severity":
            thing = self.things[act.ref]
            thing.severity = act.value
            self._judged(thing, act.day)
        elif act.what == "files":
            self.things[act.ref].under_way = True
        elif act.what == "withdraws":
            self.things[act.ref].under_way = False
        elif act.what == "ends":
            self.things[act.ref].ended = True
        elif act.what == "number":
            if len(act.value) == 11 and act.value.startswith("1"):
                self.numbers[act.ref] = act.value
        elif act.what == "rule":
            self.rules.append((date.fromisoformat(act.ref), act.value))
        elif act.what == "province":
            self.silent = act.value == "yes"

    def _certain(self, thing: Thing, day: date) -> date | None:
        first = thing.first(self.rule(day))
        return None if first is None or thing.over(day) else first

    def _judged(self, thing: Thing, day: date) -> None:
        now = self._certain(thing, day)
        if now != thing.known:
            thing.known, thing.moved_on = now, day

    def _recomputed(self, day: date) -> None:
        for thing in self.things.values():
            if not thing.ended:
                self._judged(thing, day)

    def _told_on(self, day: date) -> list[Told]:
        firms: dict[tuple[str, str, date | None], list[tuple[Thing, date]]] = {}
        for thing, occasion, first in self._due(day):
            key = (thing.firm, occasion, first if occasion == "soon" else None)
            firms.setdefault(key, []).append((thing, first))
        found = []
        for (firm, occasion, _), pairs in firms.items():
            for thing, first in pairs:
                thing.told.append((occasion, first))
            records = frozenset(thing.ref for thing, _ in pairs)
            latest = max(first for _, first in pairs)
            found.append(Told(day, firm, occasion, latest, records, firm in self.numbers))
        return found

    def _due(self, day: date) -> Iterator[tuple[Thing, str, date]]:
        since = self.reached or day - timedelta(days=1)
        for thing in self.things.values():
            first = thing.known
            if first is None or thing.ended or thing.under_way or first > day + timedelta(days=SOON):
                continue
            occasion = "today" if first <= day else "soon"
            fresh = first > since or self._news(thing, since)
            if fresh and not self._knows(thing, occasion, first) and self._true_then(thing, first, max(first, day)):
                yield thing, occasion, first

    def _news(self, thing: Thing, since: date) -> bool:
        moved = thing.moved_on is not None and thing.moved_on >= since
        return moved and not (thing.stock and thing.moved_on == thing.arrived_on)

    def _knows(self, thing: Thing, occasion: str, first: date) -> bool:
        if any(day == first and told in (occasion, "today") for told, day in thing.told):
            return True
        last = thing.told[-1] if thing.told else None
        return occasion == "today" and last is not None and last[0] == "today" and last[1] >= first

    def _true_then(self, thing: Thing, first: date, day: date) -> bool:
        """Whether what is told will still be so on the day itself, by the rules in force then."""
        return thing.first(self.rule(day)) == first and not thing.over(day)
