"""A year of 永昌县 made up by chance from a seed: records come, change and end, firms file, numbers change, rules change,
the system is down. Every act is done by the verbs of the house and written into a plain log for `remind_truth`."""

import random
from datetime import date, timedelta

import pytest
from django.utils import timezone

from cases.models import Case, FailureRecord, Reminder, ReminderLine, Subject
from cases.services import recompute, remind_told, rules, severity, withdraw
from cases.services.eligibility import refresh_eligibility
from creditrepair.tenancy.actor import applicant_actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Region, Representation
from tests.remind_truth import Act, Thing, Told
from tests.reminding import LANDLINE, give_number, run_on
from tests.test_recompute import PAPER
from tests.world import TODAY, YONGCHANG, World, at, firm_code

FIRST = TODAY + timedelta(days=1)
UNITS = (("wlj", "he"), ("scjgj", "zhang"))


class Year:
    """`play` lives through it; `log` is what happened, `up` the days on which the system ran."""

    def __init__(self, world: World, seed: int, firms: int, days: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world, self.chance, self.monkeypatch = world, random.Random(seed), monkeypatch
        self.last = FIRST + timedelta(days=days - 1)
        self.firms = [self._firm(n) for n in range(firms)]
        self.log: list[Act] = []
        self.up: set[date] = set()
        self.alive: list[Thing] = []
        self.cases: dict[str, Case] = {}
        self.filed: dict[str, date] = {}
        self.down = {FIRST + timedelta(days=n) for start, length in ((40, 3), (97, 1), (150, 10), (260, 4))
                     for n in range(start, start + length)}  # fmt: skip
        self.silent_from, self.silent_to = FIRST + timedelta(days=200), FIRST + timedelta(days=215)
        self.rule_set, self.rule_from = FIRST + timedelta(days=110), FIRST + timedelta(days=130)

    def _firm(self, serial: int) -> str:
        code = firm_code(1000 + serial)
        Subject.objects.create(code=code, name=f"永昌县示例{serial}有限公司", folded_name=f"示例{serial}")
        user = self.world.people["wu"]
        with region_context(YONGCHANG):
            Representation.objects.create(
                region_id=YONGCHANG, user=user, subject_code=code, subject_name=f"示例{serial}",
                basis="legal_representative", evidence="营业执照", from_on=TODAY - timedelta(days=9),
            )  # fmt: skip
        self.world.actors[code] = applicant_actor(user, YONGCHANG, code)
        return code

    # ── the days ──────────────────────────────────────────────────────────────────────────────────────────────────
    def play(self) -> None:
        for firm in self.firms:
            self._number(
                FIRST, firm, self.chance.choice((f"138000{self.chance.randrange(10**5):05d}",) * 3 + (LANDLINE, ""))
            )
        day = FIRST
        while day <= self.last:
            self._acts(day)
            if day not in self.down:
                self._recompute(day)
                run_on(self.monkeypatch, day)
                self.up.add(day)
            day += timedelta(days=1)

    def _acts(self, day: date) -> None:
        chance = self.chance
        for _ in range(chance.choice((0, 0, 1, 2)) if day != FIRST else len(self.firms)):
            self._arrives(day)
        for act, odds in ((self._severity, 0.15), (self._files, 0.08), (self._ends, 0.15), (self._changes_number, 0.1)):
            if chance.random() < odds:
                act(day)
        if day == self.rule_set:
            self._answers(day)
        if day in (self.silent_from, self.silent_to):
            yes = day == self.silent_from
            Region.objects.filter(pk=YONGCHANG).update(settings={"province_sends_reminders": yes})
            self.log.append(Act(day, "province", value="yes" if yes else "no"))
        for ref in [ref for ref, since in self.filed.items() if since <= day - timedelta(days=9)]:
            self._withdraws(day, ref)

    # ── what may happen ───────────────────────────────────────────────────────────────────────────────────────────
    def _arrives(self, day: date) -> None:
        chance = self.chance
        unit, _ = chance.choice(UNITS)
        market = unit == "scjgj"
        level = chance.choice(("general",) * 6 + ("serious", "serious", "unset", "general" if market else "minor"))
        decided = max(day - timedelta(days=chance.randrange(0, 150)), date(2026, 5, 1))
        published = min(decided + timedelta(days=chance.choice((0, 0, 2, 5))), day)
        firm, stock = chance.choice(self.firms), chance.random() < 0.1
        if self.alive and chance.random() < 0.25:  # one offence, two penalties: the same firm and day
            before = chance.choice(self.alive[-9:])
            firm, decided, published = before.firm, before.decided_on, before.published_on
        record = FailureRecord(
            region_id=YONGCHANG, category="administrative_penalty", record_key=f"{len(self.log):032x}",
            department=self.world.department(unit), subject_id=firm, subject_name="示例",
            doc_no=f"永罚〔2026〕{len(self.log)}号", decided_on=decided, published_on=published, penalty_kinds=["fine"],
            severity=level, amount_fen=500000, market=market, content="罚款", content_hash="0" * 64,
            received_at=at(day, 7), stock=stock,
        )  # fmt: skip
        with region_context(YONGCHANG):
            refresh_eligibility(record, day)
            record.save()
        thing = Thing(record.ref, record.subject_id, market, level, decided, published, day, stock)
        self.alive.append(thing)
        self.log.append(Act(day, "arrives", record.ref, thing=Thing(**vars(thing) | {"told": []})))

    def _one(self) -> Thing | None:
        free = [thing for thing in self.alive if thing.ref not in self.filed]
        return self.chance.choice(free) if free else None

    def _severity(self, day: date) -> None:
        thing = self._one()
        if thing is None:
            return
        thing.severity = "serious" if thing.severity == "general" else "general"
        who = "zhang" if thing.market else "he"
        actor = self.world.enter(self.world.actors[who])
        severity.set_severity(actor, ref=thing.ref, severity=thing.severity, reason="重新认定", now=at(day, 7))
        self.log.append(Act(day, "severity", thing.ref, thing.severity))

    def _files(self, day: date) -> None:
        thing = self._one()
        with region_context(YONGCHANG):
            open_now = [t for t in self.alive if t.ref not in self.filed and self._open(t, day)]
        if thing is None or not open_now:
            return
        thing = self.chance.choice(open_now)
        with region_context(YONGCHANG):
            record = FailureRecord.objects.select_related("subject").get(ref=thing.ref)
        number = f"137000{self.chance.randrange(10**5):05d}"
        receipt = self.world.files(thing.firm, record, now=at(day, 7), agent_phone=number)
        self.cases[thing.ref] = self.world._case_of(receipt)
        self.filed[thing.ref] = day
        self.log += [Act(day, "files", thing.ref), Act(day, "number", thing.firm, number)]

    def _open(self, thing: Thing, day: date) -> bool:
        first = thing.first("day_after")
        return first is not None and first <= day and not thing.over(day + timedelta(days=1))

    def _withdraws(self, day: date, ref: str) -> None:
        case = self.cases.pop(ref)
        firm = next(thing.firm for thing in self.alive if thing.ref == ref)
        withdraw.withdraw_case(
            self.world.enter(self.world.actors[firm]), ref=case.ref, reason="材料需要重新准备", now=at(day, 7)
        )
        del self.filed[ref]
        self.log.append(Act(day, "withdraws", ref))

    def _ends(self, day: date) -> None:
        thing = self._one()
        if thing is None:
            return
        with region_context(YONGCHANG):
            record = FailureRecord.objects.get(ref=thing.ref)
            FailureRecord.objects.filter(pk=record.pk).update(status="ended", ended_on=day)
            remind_told.release(YONGCHANG, [record.pk], now=at(day, 7))
        self.alive.remove(thing)
        self.log.append(Act(day, "ends", thing.ref))

    def _changes_number(self, day: date) -> None:
        self._number(day, self.chance.choice(self.firms), f"139000{self.chance.randrange(10**5):05d}")

    def _number(self, day: date, firm: str, phone: str) -> None:
        if phone:
            give_number(firm, phone, day)
            self.log.append(Act(day, "number", firm, phone))

    def _answers(self, day: date) -> None:
        """The bureau answers Q9: from a later day on the last day of the shortest time counts as the first."""
        wang = self.world.enter(self.world.actors["wang"])
        words = {"answer": "first_application_day", "value": "last_day", "in_force_from": self.rule_from}
        forecast = rules.ask_what_if(wang, **words, now=at(day, 6))
        while not recompute.advance(forecast.ref, region=YONGCHANG, seconds=9, now=at(day, 6)):
            pass
        rules.set_answer(wang, now=at(day, 6), forecast_ref=forecast.ref, **PAPER, **words)
        self.log.append(Act(day, "rule", self.rule_from.isoformat(), "last_day"))

    def _recompute(self, day: date) -> None:
        """What the sweeper does by night."""
        if day == self.rule_set:
            assert recompute.recompute_waiting(seconds=60, now=at(day, 7))
        with region_context(YONGCHANG):
            due = FailureRecord.objects.published().filter(judge_again_on__lte=day).exists()
        if not due:
            return
        for run in recompute.rejudge_due(now=at(day, 7)):
            assert recompute.advance(run.ref, region=YONGCHANG, seconds=60, now=at(day, 7))


def what_was_told() -> list[Told]:
    """What the system did, as the rows say."""
    with region_context(YONGCHANG):
        records: dict[int, set[str]] = {}
        for reminder, ref in ReminderLine.objects.values_list("reminder_id", "record__ref"):
            records.setdefault(reminder, set()).add(ref)
        return [
            Told(timezone.localdate(one.at), one.subject_id, one.occasion, one.first_on, frozenset(records[one.pk]),
                 bool(one.message_no))
            for one in Reminder.objects.order_by("id")
        ]  # fmt: skip
