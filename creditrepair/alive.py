"""Two answers for machines: `alive` (the process answers) and `health` (the house works end to end).

`health` reads what background work told (Heartbeat), never a tenant's rows; whatever is late, stopped or silent is an
alarm: 503 here, a banner on the desk of those who watch, an ERROR line in the log, exit code 1 of `manage.py watch`.
"""

import json
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from creditrepair.tenancy.models import Region
from sync.models import FeedCursor, Lane
from sync.targets import targets

log = logging.getLogger(__name__)

PROCESSES: Final = {"worker": "任务处理", "beat": "定时调度", "sweeper": "清扫", "lanes": "即时推送"}
STALE_SECONDS: Final = 60.0
SKEW_MS: Final = 2000
OLDEST_SECONDS: Final = 600  # a message due for so long and still not proven
PAPER_SECONDS: Final = 900
INBOUND_SECONDS: Final = 900  # what a platform told and nobody has judged: unseen there, or a fault of ours
FEED_LATE: Final = timedelta(minutes=15)
FEED_FAILURES: Final = 5
SMS_FAILED: Final = 20  # each has its task; so many at once say that something else is wrong


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing wrong. `code` for machines, `text` for the person who watches; `region` empty if it concerns all."""

    code: str
    text: str
    region: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """`beats` seconds since each process last did real work; `late` those that did none for a minute, or never."""

    beats: dict[str, int]
    late: tuple[str, ...]
    told: dict[str, dict[str, Any]]
    alarms: tuple[Alarm, ...]


@login_not_required
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """200 `ok`, or 503: `late` with every alarm, `down` if the database is away."""
    try:
        found = examine()
    except DatabaseError:
        log.exception("health: the database is away")
        return JsonResponse({"status": "down", "database": "away"}, status=503)
    body = {
        "status": "late" if found.alarms else "ok",
        "late": list(found.late),
        "beats": found.beats,
        "alarms": [{"code": one.code, "region": one.region} for one in found.alarms],
        "regions": {
            name.partition(":")[2]: {
                key: told[key] for key in ("silent", "oldest", "tasks", "sms_failed") if key in told
            }
            for name, told in found.told.items()
            if name.startswith("watch:")
        },
    }
    return JsonResponse(body, status=503 if found.alarms else 200)


def examine() -> Health:
    """Everything health knows, by the database's clock. Needs no region: these tables hold no tenant's rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, extract(epoch FROM clock_timestamp() - at)::float8, told::text FROM tenancy_heartbeat"
        )
        rows = {name: (age, _json(told)) for name, age, told in cursor.fetchall()}
    regions = list(Region.objects.order_by("code").values_list("code", "name"))
    expected = [*PROCESSES, *(f"watch:{code}" for code, _ in regions)]
    late = tuple(name for name in expected if name not in rows or rows[name][0] > STALE_SECONDS)
    told = {name: rows[name][1] for name in expected if name in rows}
    names = dict(regions)
    found = [_late(name, names) for name in late]
    skew = int(told.get("worker", {}).get("skew_ms", 0))
    if abs(skew) > SKEW_MS:
        found.append(Alarm("clock_skew", f"任务处理所在主机的时钟与数据库相差{abs(skew) / 1000:.1f}秒"))
    found += _lanes()
    found += _feeds()
    for code, name in regions:
        found += _region(code, name, told.get(f"watch:{code}", {}))
    return Health({name: int(age) for name, (age, _) in sorted(rows.items())}, late, told, tuple(found))


def _json(text: str) -> dict[str, Any]:
    found = json.loads(text)
    return found if isinstance(found, dict) else {}


def _late(name: str, regions: dict[str, str]) -> Alarm:
    process, _, region = name.partition(":")
    text = f"{regions[region]}超过1分钟没有巡查" if region else f"{PROCESSES[process]}进程超过1分钟没有工作"
    return Alarm(f"late_{process}", text, region)


def _lanes() -> list[Alarm]:
    known = targets()
    return [
        Alarm(
            "lane_stopped",
            f"{known[target].title if target in known else target}的推送通道已停止：{reason or '原因未登记'}",
        )
        for target, reason in Lane.objects.filter(stopped_at__isnull=False).values_list("target", "reason")
    ]


def _feeds() -> list[Alarm]:
    """A feed that was read before and is not read any more; one never read belongs to a platform not connected."""
    since, known = timezone.now() - FEED_LATE, targets()
    return [
        Alarm("feed_late", f"{known[target].title if target in known else target}的变更超过15分钟没有读取")
        for target, failures, read_at in FeedCursor.objects.values_list("target", "failures", "read_at")
        if (read_at is not None and read_at < since) or failures >= FEED_FAILURES
    ]


def _long(seconds: int) -> str:
    """A wait as people say it."""
    if seconds < 7200:
        return f"{seconds // 60}分钟"
    return f"{seconds // 3600}小时" if seconds < 172800 else f"{seconds // 86400}天"


def _region(code: str, name: str, told: dict[str, Any]) -> list[Alarm]:
    found, known = [], targets()
    if silent := int(told.get("silent", 0)):
        found.append(Alarm("silent", f"{name}有{silent}件事项既没有办结依据，也没有责任单位", code))
    for target, seconds in told.get("oldest", {}).items():
        if int(seconds) > OLDEST_SECONDS:
            title = known[target].title if target in known else target
            found.append(Alarm("oldest", f"{name}：{title}最早的报文已等待{_long(int(seconds))}", code))
    if int(told.get("papers", 0)) > PAPER_SECONDS:
        found.append(Alarm("papers", f"{name}：最早的文书已等待{_long(int(told['papers']))}没有生成", code))
    if int(told.get("inbound", 0)) > INBOUND_SECONDS:
        waited = _long(int(told["inbound"]))
        found.append(Alarm("inbound", f"{name}：平台最早的变更或申请已等待{waited}没有处理", code))
    if int(told.get("sms_failed", 0)) >= SMS_FAILED:
        found.append(Alarm("sms_failed", f"{name}有{told['sms_failed']}条短信未能送达", code))
    for year in told.get("calendar", []):
        found.append(Alarm("calendar", f"{name}：{year}年工作日历尚未录入，期限不能计算到位", code))
    return found


def alarms_for(region: str) -> tuple[Alarm, ...]:
    """What those who watch in `region` see: their own, and what concerns the whole installation."""
    return tuple(one for one in examine().alarms if one.region in ("", region))


class Crier:
    """Says in the log what is wrong: at once when it changes, and again every ten minutes while it lasts."""

    again = timedelta(minutes=10)
    patience = timedelta(seconds=STALE_SECONDS)  # after a start the others need a moment to show themselves

    def __init__(self) -> None:
        self.said: tuple[Alarm, ...] = ()
        self.born = self.at = timezone.now()

    def cry(self) -> tuple[Alarm, ...]:
        found, now = examine().alarms, timezone.now()
        if now - self.born < self.patience:
            return found
        if found and (found != self.said or now - self.at >= self.again):
            log.error("alarm: %s", "; ".join(f"{one.code} {one.region} {one.text}" for one in found))
            self.at = now
        elif self.said and not found:
            log.warning("alarm over: everything is well again")
        self.said = found
        return found


crier = Crier()
