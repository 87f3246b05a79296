"""The mock platforms and the lane daemon beside us, and reports to receive: the same bodies for limit, peer and ours."""

import hashlib
import subprocess
import time
from dataclasses import dataclass
from itertools import count

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from bench import seed
from bench.ground import Ground
from creditrepair.local.serving import PYTHON
from creditrepair.tenancy.context import region_context
from sync import bell, outbox
from sync.models import Delivery

A, B = "creditchina_jinchang", "gsxt_gansu"
PROGRAMS = {A: "platform_a", B: "platform_b"}
DAEMON_SECONDS = 20.0
_numbers = count()


@dataclass(frozen=True, slots=True)
class Body:
    """One report as it goes over the wire."""

    pk: int
    record_key: str
    key: str
    content: bytes


def start_platform(ground: Ground, code: str = A) -> int:
    """Start the mock of a platform on its port with a store of its own; returns its pid."""
    name = PROGRAMS[code]
    port = int(settings.SYNC_TARGETS[code]["base_url"].rpartition(":")[2])
    command = [PYTHON, "-m", f"sync.mock.{name}", "--port", str(port), "--store", str(ground.state / "mock" / name)]
    return ground.start(name, command, port=port).pid


def start_lanes(ground: Ground) -> subprocess.Popen[bytes]:
    """Start the lane daemon and wait until it listens."""
    child = ground.start("lanes", [PYTHON, "manage.py", "lanes"])
    deadline = time.monotonic() + DAEMON_SECONDS
    while not bell.somebody_listens():
        if child.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("the lane daemon does not listen")
        time.sleep(0.05)
    return child


def reports(number: int, code: str = A) -> list[Body]:
    """Queue `number` new reports to one platform, committed; made like the register's, of records that nobody sent."""
    made = []
    for _ in range(number):
        key = hashlib.sha256(f"bench {next(_numbers)}".encode()).hexdigest()[:32]
        record = {
            "record_key": key, "category": "administrative_penalty", "category_text": "行政处罚信息", "doc_no": f"永文旅罚〔2026〕{key[:6]}号",
            "doc_date": "2026-05-06", "subject_code": "91620321MA0000011X", "subject_name": "永昌县示例商贸有限公司",
            "authority_code": "116203210000000090", "authority_name": "永昌县文体广电和旅游局", "severity": "general",
            "published_on": "2026-05-08",
        }  # fmt: skip
        made.append(outbox.Report((code,), record, 1, key[:20].upper()))
    with transaction.atomic(), region_context(seed.REGION):
        outbox.enqueue_reports(seed.REGION, made, now=timezone.now())
        rows = Delivery.objects.filter(region_id=seed.REGION, thing__in=[one.thing for one in made])
        return [Body(row.pk, row.record_key, row.key, bytes(row.body)) for row in rows]


def done(ground: Ground) -> None:
    """Take what is left out of the lanes, so that the next turn finds them empty."""
    with ground.admin() as admin, admin.cursor() as cursor:
        cursor.execute("UPDATE sync_delivery SET done_at = now() WHERE done_at IS NULL")
        cursor.execute("TRUNCATE sync_attempt, sync_delivery")
