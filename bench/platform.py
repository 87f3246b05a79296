"""The mock platform A beside us, and reports for it to receive: the same bodies for limit, peer and ours."""

import hashlib
from dataclasses import dataclass
from itertools import count

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from bench import seed
from bench.ground import Ground
from creditrepair.local.serving import PYTHON
from creditrepair.tenancy.context import region_context
from sync import outbox
from sync.models import Delivery

A = "creditchina_jinchang"
_numbers = count()


@dataclass(frozen=True, slots=True)
class Body:
    """One report as it goes over the wire."""

    pk: int
    record_key: str
    key: str
    content: bytes


def start_platform(ground: Ground) -> int:
    """Start mock A on its port with a store of its own; returns its pid."""
    port = int(settings.SYNC_TARGETS[A]["base_url"].rpartition(":")[2])
    store = ground.state / "mock"
    command = [PYTHON, "-m", "sync.mock.platform_a", "--port", str(port), "--store", str(store)]
    return ground.start("platform_a", command, port=port).pid


def reports(number: int) -> list[Body]:
    """Queue `number` new reports to platform A alone, committed; made like the register's, of records that nobody sent."""
    made = []
    for _ in range(number):
        key = hashlib.sha256(f"bench {next(_numbers)}".encode()).hexdigest()[:32]
        record = {
            "record_key": key, "category": "administrative_penalty", "category_text": "行政处罚信息", "doc_no": f"永文旅罚〔2026〕{key[:6]}号",
            "doc_date": "2026-05-06", "subject_code": "91620321MA0000011X", "subject_name": "永昌县示例商贸有限公司",
            "authority_code": "116203210000000090", "authority_name": "永昌县文体广电和旅游局", "severity": "general",
            "published_on": "2026-05-08",
        }  # fmt: skip
        made.append(outbox.Report((A,), record, 1, key[:20].upper()))
    with transaction.atomic(), region_context(seed.REGION):
        outbox.enqueue_reports(seed.REGION, made, now=timezone.now())
        rows = Delivery.objects.filter(region_id=seed.REGION, thing__in=[one.thing for one in made])
        return [Body(row.pk, row.record_key, row.key, bytes(row.body)) for row in rows]


def done(ground: Ground) -> None:
    """Take what is left out of the lanes, so that the next turn finds them empty."""
    with ground.admin() as admin, admin.cursor() as cursor:
        cursor.execute("UPDATE sync_delivery SET done_at = now() WHERE done_at IS NULL")
        cursor.execute("TRUNCATE sync_attempt, sync_delivery")
