"""The experiment of tests.lab.differences: equal register and platform but for planted differences, then one reconcile."""

import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction

from cases.models import FailureRecord, Subject
from cases.services import reconcile
from creditrepair.tenancy.actor import system_actor
from creditrepair.tenancy.context import region_context
from sync.mock.board import Board
from sync.mock.ledger import Ledger
from sync.models import Delivery, Difference, ReconcileRun
from tests.world import FIRM_A, TODAY, YONGCHANG, World, at

TARGET = "creditchina_jinchang"
KINDS = ("missing", "wrong", "extra", "older", "newer")
IN_FLIGHT_EVERY = 40  # one record in so many has a message on its way: different, but no difference
HELD_SINCE = 1_780_000_000.0


@dataclass
class Planted:
    """What was planted (key → kind), what is different only because it is on its way, and what the platform holds."""

    differences: dict[str, str] = field(default_factory=dict)
    in_flight: set[str] = field(default_factory=set)
    held: dict[str, tuple[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    planted: int
    found: int
    wrong_kind: int
    invented: int
    newer_overwritten: int
    unseen: int
    looked: int
    seconds: float

    def line(self, records: int, seed: int) -> str:
        return (
            f"records {records} seed {seed}: planted {self.planted}, found {self.found}, wrong kind {self.wrong_kind}, "
            f"invented {self.invented}, newer overwritten {self.newer_overwritten}, unseen {self.unseen}, "
            f"looked {self.looked}, {self.seconds:.1f} s"
        )

    @property
    def holds(self) -> bool:
        faults = self.wrong_kind + self.invented + self.newer_overwritten + self.unseen
        return self.found == self.planted and faults == 0


def plant(world: World, folder: Path, *, records: int, seeded: int, seed: int) -> Planted:
    """Write the register and the platform's store, equal but for the planted differences. Before the platform starts."""
    draw = random.Random(seed)  # noqa: S311 - repeatable, not a secret
    keys = [f"{draw.getrandbits(128):032x}" for _ in range(records)]
    chosen = draw.sample(range(records), seeded)
    kinds = {keys[n]: KINDS[place % 5] for place, n in enumerate(chosen)}
    planted = Planted()
    rows, sends = [], []
    template = _template(world)
    for number, key in enumerate(keys):
        kind = kinds.get(key, "")
        ended, version = draw.random() < 0.4 and kind not in ("missing", "extra"), draw.randint(2, 5)
        status = "absent" if ended else "published"
        theirs: tuple[str, int] | None = (status, version)
        flying = not kind and number % IN_FLIGHT_EVERY == 0
        match kind:
            case "missing":
                theirs = None
            case "wrong":
                theirs = ("published" if ended else "absent", version)
            case "older":
                theirs = (status, version - draw.randint(1, version - 1))
            case "newer":
                theirs = (draw.choice(["published", "absent"]), version + draw.randint(1, 3))
            case "extra":
                theirs = ("published", version)
        if flying:
            theirs = draw.choice([None, ("published", version - 1)])
            planted.in_flight.add(key)
        if kind:
            planted.differences[key] = kind
        if theirs is not None:
            planted.held[key] = theirs
        if kind != "extra":
            rows.append(_record(template, key, number, ended=ended, version=version))
            sends.append(_delivery(key, number, ended=ended, version=version, done=not flying))
    with transaction.atomic(), region_context(YONGCHANG):
        FailureRecord.objects.bulk_create(rows, batch_size=2000)
        Delivery.objects.bulk_create(sends, batch_size=2000)
    _store(folder / TARGET, planted.held)
    return planted


def _template(world: World) -> dict[str, Any]:
    return {
        "region_id": YONGCHANG, "category": "administrative_penalty", "department": world.department("scjgj"),
        "subject": Subject.objects.get(pk=FIRM_A), "subject_name": "永昌县祁连山食品有限公司", "market": True,
        "decided_on": TODAY, "penalty_kinds": ["fine"], "content_hash": "0" * 64, "received_at": at(),
    }  # fmt: skip


def _record(template: dict[str, Any], key: str, number: int, *, ended: bool, version: int) -> FailureRecord:
    status = FailureRecord.Status.ENDED if ended else FailureRecord.Status.PUBLISHED
    return FailureRecord(
        **template, record_key=key, doc_no=f"永市监罚〔2026〕{number}号", status=status, version=version
    )


def _delivery(key: str, number: int, *, ended: bool, version: int, done: bool) -> Delivery:
    return Delivery(
        region_id=YONGCHANG, target=TARGET, kind="repair" if ended else "report", key=f"lab-{number}",
        message_no=f"LAB-{number:08d}", record_key=key, thing_kind="record", thing=f"{number}", version=version,
        expect="absent" if ended else "published", body=b"", state="verified" if done else "queued", queued_at=at(),
        due_at=at(), done_at=at() if done else None,
    )  # fmt: skip


def _store(folder: Path, held: dict[str, tuple[str, int]]) -> None:
    """What the platform holds, written as its own ledger: by its own code, before its program starts."""
    ledger = Ledger(folder / "ledger.jsonl")
    board = Board(ledger)
    for key, (status, version) in held.items():
        message = {
            "record_key": key, "category": "administrative_penalty", "doc_no": key[:8], "subject_code": FIRM_A,
            "subject_name": "某", "authority_code": "某", "message_no": f"M-{key}", "key": f"K-{key}",
            "version": version, "source": YONGCHANG,
        }  # fmt: skip
        board.receive("report", message, "0" * 64, now=HELD_SINCE, apply_at=HELD_SINCE)
        if status == "absent":
            board.edit(key, "ended", "lab", HELD_SINCE)
    ledger.close()


def compare(planted: Planted, *, records: int) -> Result:
    """Run one reconcile to its end and hold what it found against what was planted."""
    with region_context(YONGCHANG):
        before = {row.record_key: (row.version, row.status) for row in FailureRecord.objects.all()}
        sent = Delivery.objects.count()
    started = time.monotonic()
    with region_context(YONGCHANG):
        run = reconcile.start_run(system_actor(YONGCHANG), target=TARGET, cause="差异试验", now=at())
    while not reconcile.advance(YONGCHANG, run.pk, now=at(), until=time.monotonic() + 600):
        assert time.monotonic() - started < 600, "the run does not end"
    seconds = time.monotonic() - started
    with region_context(YONGCHANG):
        run = ReconcileRun.objects.get(pk=run.pk)
        found = dict(Difference.objects.filter(run=run).values_list("record_key", "kind"))
        after = {row.record_key: (row.version, row.status) for row in FailureRecord.objects.all()}
        assert Delivery.objects.count() == sent, "a comparison sends nothing"
    newer = {key for key, kind in planted.differences.items() if kind == "newer"}
    return Result(
        planted=len(planted.differences),
        found=sum(found.get(key) is not None for key in planted.differences),
        wrong_kind=sum(found.get(key) not in (kind, None) for key, kind in planted.differences.items()),
        invented=len(set(found) - set(planted.differences)),
        newer_overwritten=sum(before[key] != after[key] for key in newer),
        unseen=run.unseen,
        looked=run.looked,
        seconds=seconds,
    )
