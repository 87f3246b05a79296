"""What the tests of listening share: mock programs, records told to both platforms, and the acts of people there."""

import json
import secrets
import urllib.request
from typing import Any

from django.db import transaction
from django.utils import timezone

from cases.models import Case, FailureRecord
from cases.services import take_in
from cases.snapshot import platform_reports
from creditrepair.tenancy.context import region_context
from sync import lanes, outbox
from sync.models import Delivery, Difference, InboundChange, InboundFiling, Lane
from tests import platforms as mock
from tests import world as the_world
from tests.world import YONGCHANG, World, at

A, B = "creditchina_jinchang", "gsxt_gansu"
PAPER = {"organ": "甘肃省市场监督管理局", "paper": "甘市监信准〔2026〕8号", "decided_on": "2026-11-20"}


def told_record(house: World, **facts: Any) -> FailureRecord:
    """A committed record, published on both platforms and read back."""
    with transaction.atomic():
        record = house.a_record(record_key=secrets.token_hex(16), **{"unit": "scjgj", **facts})
        with region_context(YONGCHANG):
            report = outbox.Report((A, B), platform_reports.of_record(record), record.version, record.ref)
            outbox.enqueue_reports(YONGCHANG, [report], now=at())
    drained()
    return record


def drained(rounds: int = 40) -> None:
    """Drain until nothing is open; between rounds the back-off is skipped, as if its time had passed."""
    for _ in range(rounds):
        lanes.drain(0.5, (A, B))
        with region_context(YONGCHANG):
            waiting = Delivery.objects.filter(done_at=None, target__in=(A, B)).exclude(state="parked")
            if not waiting.update(due_at=at(the_world.TODAY.replace(year=2020))):
                return
        Lane.objects.update(rest_until=None)


def post(program: mock.Program, path: str, **wish: Any) -> dict[str, Any]:
    """What somebody at the platform does there."""
    request = urllib.request.Request(
        f"{program.url}{path}", data=json.dumps(wish).encode(), headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.loads(answer.read())


def decides(program: mock.Program, record: FailureRecord, act: str = "granted", **told: str) -> None:
    post(program, "/_decide", record_key=record.record_key, act=act, **(PAPER | told))


def listens() -> take_in.Heard:
    return take_in.take_in(now=timezone.now(), at_once=True)


def changes_of(record: FailureRecord, target: str) -> list[tuple[str, str]]:
    with region_context(YONGCHANG):
        rows = InboundChange.objects.filter(record_key=record.record_key, target=target).order_by("id")
        return [(row.change, row.fate) for row in rows]


def differences_of(record: FailureRecord) -> list[Difference]:
    with region_context(YONGCHANG):
        return list(Difference.objects.filter(record_key=record.record_key).order_by("target"))


def repairs_of(record: FailureRecord) -> list[Delivery]:
    with region_context(YONGCHANG):
        return list(Delivery.objects.filter(record_key=record.record_key, kind="repair").order_by("id"))


def fresh(record: FailureRecord) -> FailureRecord:
    with region_context(YONGCHANG):
        return FailureRecord.objects.get(pk=record.pk)


def case_of(record: FailureRecord) -> Case:
    with region_context(YONGCHANG):
        return Case.objects.select_related("application").filter(record=record).latest("id")


def filing_of(number: str) -> InboundFiling:
    with region_context(YONGCHANG):
        return InboundFiling.objects.get(came_no=number)


def filed_at(program: mock.Program, *records: FailureRecord, **changed: Any) -> str:
    """An application filed at the platform for these records; its number there."""
    wish: dict[str, Any] = {
        "region": YONGCHANG,
        "record_keys": [record.record_key for record in records],
        "subject_code": records[0].subject_id,
        "subject_name": records[0].subject_name,
        "agent_name": "赵申",
        "agent_phone": "13800000000",
        "committed_by": "赵申",
        "committed": True,
        "materials": [{"code": "proof_of_duties", "title": "履行证明", "statement": "已缴款"}],
    }
    return str(post(program, "/_file", **(wish | changed))["application_no"])
