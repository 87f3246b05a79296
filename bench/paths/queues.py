"""The queue page at 1,000,000 cases against 100,000: same plan, same buffers, at any depth; the stock admin beside it."""

import json
import sys
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.messages.storage.fallback import FallbackStorage
from django.db import connection, connections
from django.test import Client, RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext
from psycopg2.extensions import connection as Connection

from bench import seed
from bench.ground import Ground
from bench.measure import Result, Sample, Variant, interleaved, timed
from cases.access import visible_cases
from cases.desk.keyset import Place, encode
from cases.desk.queues import QUEUES, Chosen, read_page
from cases.models import Case
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import User

SMALL, LARGE = 100_000, 1_000_000
NOW = datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
READS, PAGES = 20, 3  # a turn
DATABASE = {SMALL: "bench_small", LARGE: "bench_large"}
INDEXES = """
SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid::regclass::text = ANY(%s) AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid)
"""
FILLED = ["cases_failurerecord", "cases_case", "cases_reviewstep", "cases_application", "sync_delivery"]


def run(ground: Ground, rounds: int) -> Result:
    """Each size in its own database of one cluster; 5 % of the cases open, half of those on the reader's desk."""
    actor = seed.people()["reviewer"]
    assert actor.user_id is not None
    connections.close_all()
    user = actor.user_id
    for size, name in DATABASE.items():
        with ground.admin("postgres") as admin, admin.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name} TEMPLATE creditrepair STRATEGY file_copy")
        began = time.monotonic()
        with ground.admin(name) as admin:
            _fill(admin, size, user)
        print(f"  seeded {size} cases in {time.monotonic() - began:.1f} s", file=sys.stderr)
    used = {size: _database(name) for size, name in DATABASE.items()}
    places = {size: _enter(used[size], lambda: _deep(actor)) for size in used}
    variants, plans = [], {}
    for depth in ("first", "deep"):
        for size, name in ((SMALL, "100 k"), (LARGE, "1 M")):
            at = places[size] if depth == "deep" else ""
            read = partial(_enter, used[size], partial(_read, actor, at))
            plans[depth, size] = _enter(used[size], partial(_plans, actor, at))
            variants.append(Variant(f"rows of the {depth} page, {name}", "ours", partial(_turn, ground, read, READS)))
    variants += _pages(ground, used, user, places)
    rows = interleaved(variants, rounds)
    result = Result("queue", "本科室 under the app role with row-level security; 30 rows a page", rounds, rows)
    for depth in ("first", "deep"):
        small, large = plans[depth, SMALL], plans[depth, LARGE]
        buffers = sum(b for _, b in small), sum(b for _, b in large)
        result.facts[f"{depth}_plans"] = {"100 k": small, "1 M": large}
        result.notes.append(f"{depth} page: {len(large)} statements, buffers {buffers[0]} → {buffers[1]}")
        result.judge(
            f"{depth} page: same plan nodes (1 = same)",
            float([p for p, _ in small] == [p for p, _ in large]),
            at_least=1,
        )
        result.judge(f"{depth} page: buffers, 1 M ÷ 100 k", buffers[1] / max(1, buffers[0]), at_most=1.1)
        ratio = (
            result.of(f"rows of the {depth} page, 1 M").wall_us / result.of(f"rows of the {depth} page, 100 k").wall_us
        )
        result.judge(f"{depth} page: rows, time 1 M ÷ 100 k", ratio, at_most=1.25)
        whole = result.of(f"whole {depth} page, 1 M").wall_us
        result.judge(
            f"{depth} page: whole page, time 1 M ÷ 100 k",
            whole / result.of(f"whole {depth} page, 100 k").wall_us,
            at_most=1.25,
        )
        peer = result.of(f"stock admin, {depth} page, 1 M").wall_us
        result.judge(f"{depth} page at 1 M: stock admin ÷ ours (goal at 10 M: 100)", peer / whole, at_least=1)
    client = _enter(used[LARGE], lambda: _signed_in(user))
    result.facts["statements"] = dear = _enter(used[LARGE], lambda: _dearest(client))
    result.notes += [f"dearest at 1 M: {seconds * 1000:.0f} ms … {sql[-150:]}" for seconds, sql in dear[:3]]
    for used_one in used.values():
        used_one.close()
    for name in DATABASE.values():
        with ground.admin("postgres") as admin, admin.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
    return result


def _fill(admin: Connection, size: int, user: int) -> None:
    """Seed without the secondary indexes, which are made again afterwards: a third of the time."""
    with admin.cursor() as cursor:
        cursor.execute(INDEXES, [FILLED])
        known = cursor.fetchall()
        for name, _ in known:
            cursor.execute(f'DROP INDEX "{name}"')
        seed.many_cases(admin, size, each=5, legs=False, user_id=user)
        for _, definition in known:
            cursor.execute(definition)
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def _database(name: str) -> Any:
    """The default alias (user app), pointed at another database."""
    connections["default"].close()
    made = connections.create_connection("default")
    made.settings_dict = made.settings_dict | {"NAME": name, "CONN_MAX_AGE": None}
    return made


def _enter(used: Any, act: Callable[[], Any]) -> Any:
    before = connections["default"]
    connections["default"] = used
    try:
        return act()
    finally:
        connections["default"] = before


def _turn(ground: Ground, act: Callable[[], Any], times: int) -> Sample:
    """At most `times`, and none begun after half a second: a slow variant must not make the bench endless."""
    done = 0

    def repeat() -> None:
        nonlocal done
        until = time.perf_counter() + 0.5
        while done < times and (done == 0 or time.perf_counter() < until):
            act()
            done += 1

    sample = timed(1, repeat, ground.database_cpu)
    return Sample(done, sample.wall, sample.cpu)


def _read(actor: Actor, at: str) -> None:
    with region_context(seed.REGION):
        page = read_page(QUEUES["office"], actor, Chosen(), at, NOW)
        if len(page.rows) < 30:
            raise RuntimeError("the page is not full")


def _deep(actor: Actor) -> str:
    """A cursor at nine tenths of the queue."""
    with region_context(seed.REGION):
        rows = (
            QUEUES["office"]
            .keep(visible_cases(actor), actor, NOW)
            .filter(due_on__isnull=False)
            .order_by("due_on", "id")
        )
        case = rows[int(rows.count() * 0.9)]
        return encode(Place(True, case.due_on, case.ref))


def _plans(actor: Actor, at: str) -> list[tuple[str, int]]:
    """(node types, shared buffers touched) of each SELECT of one page, second reading."""
    found = []
    with region_context(seed.REGION):
        with CaptureQueriesContext(connection) as captured:
            read_page(QUEUES["office"], actor, Chosen(), at, NOW)
        with connection.cursor() as cursor:
            for query in captured.captured_queries:
                if query["sql"].startswith("SELECT") and "cases_case" in query["sql"]:
                    for _ in range(2):
                        cursor.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + query["sql"].replace("%", "%%"), [])
                        told = cursor.fetchone()[0]
                    plan = (json.loads(told) if isinstance(told, str) else told)[0]["Plan"]
                    found.append((_nodes(plan), plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]))
    return found


def _dearest(client: Client) -> list[tuple[float, str]]:
    """Statements of one whole page with their seconds, dearest first."""
    _get(client, "/desk/queue/office/")
    with CaptureQueriesContext(connection) as captured:
        _get(client, "/desk/queue/office/")
    return sorted(((float(query["time"]), query["sql"]) for query in captured.captured_queries), reverse=True)


def _nodes(plan: dict[str, Any]) -> str:
    below = ", ".join(_nodes(child) for child in plan.get("Plans", ()))
    name = plan["Node Type"] + (f" {plan['Index Name']}" if "Index Name" in plan else "")
    return f"{name}({below})" if below else name


def _pages(ground: Ground, used: dict[int, Any], user_id: int, places: dict[int, str]) -> list[Variant]:
    """The whole page through every middleware and the template; and the stock admin's."""
    clients = {size: _enter(used[size], lambda: _signed_in(user_id)) for size in used}
    variants = []
    for depth in ("first", "deep"):
        for size, name in ((SMALL, "100 k"), (LARGE, "1 M")):
            address = "/desk/queue/office/" + (f"?at={places[size]}" if depth == "deep" else "")
            act = partial(_enter, used[size], partial(_get, clients[size], address))
            variants.append(Variant(f"whole {depth} page, {name}", "ours", partial(_turn, ground, act, PAGES)))
    for depth in ("first", "deep"):
        act = partial(_enter, used[LARGE], partial(_stock, depth))
        variants.append(Variant(f"stock admin, {depth} page, 1 M", "peer", partial(_turn, ground, act, 1)))
    return variants


def _signed_in(user_id: int) -> Client:
    client = Client(SERVER_NAME="127.0.0.1", headers={"X-Forwarded-Proto": "https"})
    client.force_login(User.objects.get(pk=user_id), backend="django.contrib.auth.backends.ModelBackend")
    return client


def _get(client: Client, address: str) -> None:
    answer = client.get(address, secure=True)
    if answer.status_code != 200:
        raise RuntimeError(f"{address}: {answer.status_code}")


@override_settings(ROOT_URLCONF="bench.peers.stock_admin")
def _stock(depth: str) -> None:
    from bench.peers.stock_admin import Anybody, site  # registers a second admin site: only when it is measured

    last = LARGE * 9 // 10 // 30
    request: Any = RequestFactory().get("/admin/cases/case/", {"p": str(last)} if depth == "deep" else {})
    request.user, request.session = Anybody(), {}
    request._messages = FallbackStorage(request)
    request.htmx = False
    with region_context(seed.REGION):
        site.get_model_admin(Case).changelist_view(request).render()
