"""A portion of marked records becomes messages: judged once more, one message a firm, or a line for whoever calls it."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from cases.categories import pack_for
from cases.law import RulePack, evaluate
from cases.models import Application, Case, FailureRecord, Occasion, Reminder, ReminderLine, ReminderRun
from cases.overrides import overrides_of
from cases.services import compare, remind_sql, remind_wishes
from cases.services.compare import RecordLine
from cases.services.messages import day, day_and_year
from cases.services.remind_told import release
from creditrepair.audit.chain import Line, record_all
from creditrepair.tenancy.actor import system_actor
from creditrepair.tenancy.copying import insert_many
from creditrepair.tenancy.models import Department, Region, new_reference
from notices.models import Service
from sync import messages, sms_many

UNDER_WAY: Final = ("submitted", "correction", "in_review", "approved")
USEFUL_DAYS: Final = 7  # a message that says "from today" is none later than this
THING: Final = "reminder"
WHYS: Final = {"full": Reminder.Why.FULL, "unwritten": Reminder.Why.UNWRITTEN, "number": Reminder.Why.NO_NUMBER}
Marked = tuple[int, int, str, str, date]  # key of the line, record, subject, occasion, first day


@dataclass(slots=True)
class Firm:
    """What one firm is told at once: the lines, and of each record its reference, unit and name of the firm."""

    subject: str
    occasion: str
    first_on: date
    lines: list[tuple[int, RecordLine, int, str]]

    @property
    def units(self) -> set[int]:
        return {unit for _, _, unit, _ in self.lines}


def tell(region: str, marked: Sequence[Marked], run: ReminderRun | None, now: datetime) -> Counter[str]:
    """Tell these marked records' firms, in the caller's transaction and region; how many records had which fate.

    Fates: queued, nobody (a person tells it), gone (no longer published, or a case is under way), unsure (judged anew,
    the day is no longer certain, or another). The marks of the last two are taken off: what changes is asked again.
    messages, to_tell   the number of firms behind the first two; wishes: messages to numbers left by others
    """
    today = timezone.localdate(now)
    records = _present(region, [one[1] for one in marked])
    pack = pack_for(overrides_of(region))
    fates: Counter[str] = Counter()
    firms: dict[tuple[str, str, date | None], Firm] = {}
    over = []
    for pk, record, subject, occasion, first_on in marked:
        found = records.get(record)
        if found is None or not _holds(found[0], occasion, first_on, today, pack):
            fates["gone" if found is None else "unsure"] += 1
            over.append(pk)
            continue
        # Who may apply today is told once, whatever the days were; what is to come has a day of its own.
        key = (subject, occasion, first_on if occasion == Occasion.SOON else None)
        firm = firms.setdefault(key, Firm(subject, occasion, first_on, []))
        firm.first_on = max(firm.first_on, first_on)
        firm.lines.append((pk, *found))
    if over:
        ReminderLine.objects.filter(region_id=region, pk__in=over).delete()
    if firms:
        fates += _write(region, list(firms.values()), run, today, now)
    return fates


def _present(region: str, records: Collection[int]) -> dict[int, tuple[RecordLine, int, str]]:
    """Those of the records that are published and without a case under way, as facts, with their unit and firm's name."""
    with connection.cursor() as cursor:
        cursor.execute(remind_sql.HOLD, [region, list(records)])
    busy = Case.objects.filter(region_id=region, record_id__in=records, state__in=UNDER_WAY).values("record_id")
    mine = FailureRecord.objects.published().filter(region_id=region, pk__in=records).exclude(pk__in=busy)
    about = {pk: (unit, name) for pk, unit, name in mine.values_list("pk", "department_id", "subject_name")}
    lines = compare.read_records(region, FailureRecord.objects.filter(region_id=region, pk__in=about))
    return {line.pk: (line, *about[line.pk]) for line in lines}


def _holds(line: RecordLine, occasion: str, first_on: date, today: date, pack: RulePack) -> bool:
    """Whether on the first day (or today, if it has come) the answer is `now`, and that is the first day."""
    verdict = evaluate(line.facts, first_on if occasion == Occasion.SOON else today, pack)
    return verdict.status == "now" and verdict.certain_from == first_on


def _write(region: str, firms: Sequence[Firm], run: ReminderRun | None, today: date, now: datetime) -> Counter[str]:
    phones = _phones(region, firms)
    place, sign, units = _sender(region)
    made: list[Reminder] = []
    asks: list[sms_many.Ask] = []
    for firm in firms:
        unit = next(iter(firm.units)) if len(firm.units) == 1 else None
        soon = firm.occasion == Occasion.SOON
        made.append(
            Reminder(
                region_id=region,
                ref=new_reference(),
                run=run,
                subject_id=firm.subject,
                subject_name=firm.lines[0][3],
                department_id=unit,
                occasion=firm.occasion,
                first_on=firm.first_on,
                count=len(firm.lines),
                phone=phones.get(firm.subject, ""),
                way=Reminder.Way.SMS,
                at=now,
            )
        )
        asks.append(
            sms_many.Ask(
                key=f"T01|{made[-1].ref}",
                phone=made[-1].phone,
                params={
                    "n": str(len(firm.lines)),
                    "date": day(firm.first_on) if firm.first_on.year == today.year else day_and_year(firm.first_on),
                    "phone": (units.get(unit) if unit else "") or place,
                },
                thing=made[-1].ref,
                thing_kind=THING,
                useful_until=firm.first_on - timedelta(days=1) if soon else today + timedelta(days=USEFUL_DAYS),
                sign=sign,
            )
        )
    wished = _wished(region, firms, made, asks)
    queued = sms_many.queue_reminders(region, "T01", [*asks, *wished], now=now)
    beside = sum(bool(answer.message_no) for answer in queued[len(asks) :])
    for one, answer in zip(made, queued[: len(asks)], strict=True):
        _settle(one, answer, now)
    release(region, [line[1].pk for firm in firms for line in firm.lines], now=now)
    insert_many(made)
    _mark_told(region, firms, made)
    record_all(system_actor(region), _events(firms, made), at=now)
    return _counted(made) + Counter(wishes=beside)


def _wished(
    region: str, firms: Sequence[Firm], made: Sequence[Reminder], asks: Sequence[sms_many.Ask]
) -> list[sms_many.Ask]:
    """A message to each number that somebody left for one of these records, with as many records as it waits for."""
    about = defaultdict(list)
    for wish in remind_wishes.wishes_of(region, [line[1].pk for firm in firms for line in firm.lines]):
        about[wish.record_id].append(wish)
    more: list[sms_many.Ask] = []
    for firm, one, ask in zip(firms, made, asks, strict=True):
        wishes = [wish for _, line, _, _ in firm.lines for wish in about.get(line.pk, [])]
        for phone, mine in remind_wishes.told_beside(wishes, one.phone).items():
            key = remind_wishes.key_of(one, mine[0])
            params = {**ask.params, "n": str(len(mine))}
            more.append(
                replace(ask, key=key, phone=phone, params=params, thing=mine[0].ref, thing_kind=remind_wishes.THING)
            )
    return more


def _settle(one: Reminder, answer: sms_many.Queued, now: datetime) -> None:
    if answer.message_no:
        one.message_no, one.settled_at, one.settled_how = answer.message_no, now, Reminder.End.QUEUED
        return
    one.way, one.why = Reminder.Way.PERSON, WHYS[answer.refused]
    if answer.refused == "number" and one.phone:
        one.why = Reminder.Why.LANDLINE


def _mark_told(region: str, firms: Sequence[Firm], made: Sequence[Reminder]) -> None:
    pairs = [(line[0], one.pk) for firm, one in zip(firms, made, strict=True) for line in firm.lines]
    with connection.cursor() as cursor:
        cursor.execute(remind_sql.TOLD, [[pk for pk, _ in pairs], [to for _, to in pairs], region])


def _events(firms: Sequence[Firm], made: Sequence[Reminder]) -> Iterable[Line]:
    for firm, one in zip(firms, made, strict=True):
        verb = "reminded" if one.message_no else "reminder_listed"
        about = {"day": one.first_on.isoformat(), "occasion": one.occasion, "reminder": one.ref}
        yield from (Line(verb, "record", line.ref, data=about) for _, line, _, _ in firm.lines)


def _counted(made: Iterable[Reminder]) -> Counter[str]:
    fates: Counter[str] = Counter()
    for one in made:
        sent = bool(one.message_no)
        fates["queued" if sent else "nobody"] += one.count
        fates["messages" if sent else "to_tell"] += 1
    return fates


# ── whom to, and from whom ─────────────────────────────────────────────────────────────────────────────────────────
def _phones(region: str, firms: Sequence[Firm]) -> dict[str, str]:
    """The number of each firm: what was given when papers were served or at the latest filing; the first mobile one."""
    refs = {line.ref: firm.subject for firm in firms for _, line, _, _ in firm.lines}
    known: defaultdict[str, list[str]] = defaultdict(list)
    for subject, phone in (*_served(region, refs), *_filed(region, {firm.subject for firm in firms})):
        known[subject].append(phone)
    return {subject: best(phones) for subject, phones in known.items()}


def best(phones: Sequence[str]) -> str:
    """The first number a short message reaches, else the first there is, else "" ."""
    return next((phone for phone in phones if messages.is_mobile(phone)), phones[0] if phones else "")


def _served(region: str, subject_of: dict[str, str]) -> list[tuple[str, str]]:
    rows = (
        Service.objects.filter(region_id=region, notice__record_ref__in=list(subject_of))
        .exclude(phone="")
        .order_by("-recorded_at", "-id")
        .values_list("notice__record_ref", "phone")
    )
    return [(subject_of[ref], phone.strip()) for ref, phone in rows]


def _filed(region: str, subjects: Collection[str]) -> list[tuple[str, str]]:
    rows: Any = (
        Application.objects.filter(region_id=region, subject_id__in=subjects)
        .exclude(agent_phone="")
        .order_by("-submitted_at", "-id")
        .values_list("subject_id", "agent_phone")
    )
    return [(subject, phone.strip()) for subject, phone in rows]


def _sender(region: str) -> tuple[str, str, dict[int, str]]:
    """The region's number for questions, its sign, and the numbers of its units."""
    identity = Region.objects.get(pk=region).identity
    units = dict(Department.objects.filter(region_id=region).values_list("pk", "phone"))
    return identity.get("phone", ""), identity.get("sms_sign") or messages.SMS_SIGN, units
