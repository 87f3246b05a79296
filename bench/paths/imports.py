"""Import of a 双公示 XLSX: checked, compared and written with versions, reports and events; beside COPY and bulk_create."""

import io
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from openpyxl import Workbook

from bench import seed
from bench.ground import Ground
from bench.measure import Result, Sample, Variant, interleaved, timed
from cases.collection.checks import CleanRow, check_file
from cases.models import CollectionBatch, FailureRecord, Subject
from cases.services import batch_work, collect, register
from cases.services.subjects import fold_name, pinyin_of
from creditrepair.audit.chain import record_all
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Department
from examples.penalties import HEADERS
from examples.story import ORGANS, firm_code
from sync import messages as wire
from sync.signing import SealKey

ROWS = 4000
FIRMS = 400
NOW = datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
CATEGORY = "administrative_penalty"
WRITTEN = ("cases_failurerecord", "cases_recordversion", "sync_delivery", "cases_collectionrow", "audit_event")
CLEARED = (*WRITTEN, "cases_collectionbatch")


@dataclass(slots=True)
class Stock:
    """What the turns need, made once: the file, its clean rows, and the written tables as COPY text."""

    file: bytes
    rows: list[CleanRow]
    copies: dict[str, bytes]
    batch: bytes


def run(ground: Ground, rounds: int) -> Result:
    """4,000 new records of 400 firms that are known already; every turn begins with the same empty tables."""
    actor = seed.people()["recorder"]
    stock = _prepare(ground, actor)

    def turn(act: Callable[[], Sample]) -> Sample:
        _clear(ground)
        return act()

    def variant(name: str, role: str, act: Callable[[], Sample]) -> Variant:
        return Variant(name, role, partial(turn, act))

    rows = interleaved(
        [
            variant("COPY the same records, same indexed table", "limit", lambda: _copy(ground, stock, WRITTEN[:1])),
            variant("COPY all rows that an import writes, same tables", "also", lambda: _copy(ground, stock, WRITTEN)),
            variant("bulk_create of the checked records alone", "peer", lambda: _bulk_create(ground, actor, stock)),
            variant("ours: check the XLSX (one pass)", "also", lambda: _check(ground, actor, stock)),
            variant("ours: write checked rows, all five tables' worth", "also", lambda: _write(ground, actor, stock)),
            variant(
                "ours: dry run (read, check, compare, keep report)", "also", lambda: _receive(ground, actor, stock)
            ),
            variant("ours: import after the dry run, all of it", "ours", lambda: _import(ground, actor, stock)),
        ],
        rounds,
    )
    records, everything, peer, _, write, dry, whole = rows
    result = Result(
        "import", f"{ROWS} new rows a turn; records with versions, deliveries, rows and events", rounds, rows
    )
    result.notes = [
        "limit: records only. An import also writes a version, two sealed deliveries and a chained event for each record",
        f"dry run + import: {dry.wall_us + whole.wall_us:.0f} µs a row",
    ]
    result.judge("≥ 0.4 × COPY of the records alone, whole import", whole.rate / records.rate, at_least=0.4)
    result.judge("≥ 0.6 × COPY of all rows written, whole import", whole.rate / everything.rate, at_least=0.6)
    result.judge("≥ 0.4 × COPY of all rows written, writing alone", write.rate / everything.rate, at_least=0.4)
    result.facts = {"bulk_create_over_copy": peer.rate / records.rate, "parts_us": _parts(stock)}
    _clear(ground)
    return result


def workbook(rows: int) -> bytes:
    """A table of 30 columns as departments send it, every row good."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("行政处罚")
    sheet.append(list(HEADERS.values()))
    organ = ORGANS["wlj"]
    for n in range(rows):
        day = date(2026, 4, 2) + timedelta(days=n % 200)
        values = {
            "CF_XDR_MC": f"永昌县示例商贸{n % FIRMS}有限公司", "CF_XDR_LB": "法人及非法人组织",
            "CF_XDR_SHXYM": firm_code(10_000 + n % FIRMS), "CF_FRDB": "赵示例", "CF_WSH": f"永文旅罚〔2026〕{n + 1}号",
            "CF_WFXW": "未按规定悬挂许可证", "CF_SY": "当事人经营场所未在显著位置悬挂许可证，经责令改正后逾期未改。",
            "CF_YJ": "《娱乐场所管理条例》有关规定", "CF_CFLB": "罚款", "CF_NR": "责令改正，处罚款5000元。", "CF_NR_FK": 0.5,
            "CF_JDRQ": day.isoformat(), "CF_YXQ": "2099/12/31", "CF_GSJZQ": (day + timedelta(days=365)).isoformat(),
            "CF_CFJG": organ.name, "CF_CFJGDM": organ.credit_code, "CF_SJLY": organ.name, "CF_SJLYDM": organ.credit_code,
        }  # fmt: skip
        sheet.append([values.get(code, "") for code in HEADERS])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _prepare(ground: Ground, actor: Actor) -> Stock:
    file = workbook(ROWS)
    with region_context(seed.REGION):
        report = check_file(file, "bench.xlsx", CATEGORY, NOW.date(), collect.departments_by_code(actor))
        rows = [row.values for row in report.rows if row.values is not None]
        if len(rows) != ROWS:
            raise RuntimeError(f"{len(rows)} good rows of {ROWS}: {[p for r in report.rows for p in r.problems][:2]}")
    with region_context(seed.REGION):
        batch = collect.receive_file(actor, category=CATEGORY, file_name="bench.xlsx", content=file, now=NOW)
    _work()
    with region_context(seed.REGION):
        collect.import_batch(actor, ref=batch.ref, now=NOW)
    _work()
    copies = {}
    with ground.admin() as admin, admin.cursor() as cursor:
        for table in CLEARED:
            out = io.BytesIO()
            cursor.copy_expert(f"COPY {table} TO STDOUT", out)
            copies[table] = out.getvalue()
    return Stock(file, rows, copies, copies.pop("cases_collectionbatch"))


def _work() -> None:
    """What a worker does, in this process; the file is parsed in a child."""
    if not batch_work.collect_waiting(seconds=600, now=NOW):
        raise RuntimeError("the batch was not finished")


def _clear(ground: Ground) -> None:
    with ground.admin() as admin, admin.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # the events' guard against TRUNCATE is a trigger
        cursor.execute(f"TRUNCATE {', '.join(CLEARED)} CASCADE")


def _copy(ground: Ground, stock: Stock, tables: tuple[str, ...]) -> Sample:
    """As a superuser, since COPY is refused under row-level security; foreign keys and indexes are as ours."""
    with ground.admin() as admin, admin.cursor() as cursor:
        cursor.copy_expert("COPY cases_collectionbatch FROM STDIN", io.BytesIO(stock.batch))
        admin.autocommit = False

        def act() -> None:
            for table in tables:
                cursor.copy_expert(f"COPY {table} FROM STDIN", io.BytesIO(stock.copies[table]))
            admin.commit()

        return timed(ROWS, act, ground.database_cpu)


def _bulk_create(ground: Ground, actor: Actor, stock: Stock) -> Sample:
    def act() -> None:
        with region_context(seed.REGION):
            department = Department.objects.get(pk=actor.department_id)
            FailureRecord.objects.bulk_create(
                (
                    FailureRecord(
                        region_id=seed.REGION, category=CATEGORY, record_key=collect.row_key(row), department=department,
                        subject_id=row.subject_code, received_at=NOW, **register.columns(row, department),
                    )
                    for row in stock.rows
                ),
                batch_size=1000,
            )  # fmt: skip

    return timed(ROWS, act, ground.database_cpu)


def _check(ground: Ground, actor: Actor, stock: Stock) -> Sample:
    departments = collect.departments_by_code(actor)
    return timed(ROWS, lambda: check_file(stock.file, "bench.xlsx", CATEGORY, NOW.date(), departments))


def _batch(actor: Actor, sha256: str = "0" * 64) -> CollectionBatch:
    return CollectionBatch.objects.create(
        region_id=seed.REGION, category=CATEGORY, department_id=actor.department_id, file_name="bench.xlsx",
        file_sha256=sha256, file_path="-", received_at=NOW, received_by_id=actor.user_id,
    )  # fmt: skip


def _write(ground: Ground, actor: Actor, stock: Stock) -> Sample:
    with region_context(seed.REGION):
        batch = _batch(actor)
    entries = [register.Entry(n, row, collect.row_key(row), None) for n, row in enumerate(stock.rows)]

    def act() -> None:
        with region_context(seed.REGION):
            record_all(actor, register.write_entries(batch, entries, now=NOW).lines, at=NOW)

    return timed(ROWS, act, ground.database_cpu)


def _receive(ground: Ground, actor: Actor, stock: Stock) -> Sample:
    def act() -> None:
        with transaction.atomic(), region_context(seed.REGION):
            collect.receive_file(actor, category=CATEGORY, file_name="bench.xlsx", content=stock.file, now=NOW)
        _work()

    return timed(ROWS, act, ground.database_cpu)


def _import(ground: Ground, actor: Actor, stock: Stock) -> Sample:
    with region_context(seed.REGION):
        batch = collect.receive_file(actor, category=CATEGORY, file_name="bench.xlsx", content=stock.file, now=NOW)
    _work()

    def act() -> None:
        with region_context(seed.REGION):
            collect.import_batch(actor, ref=batch.ref, now=NOW)
        _work()

    sample = timed(ROWS, act, ground.database_cpu)
    with region_context(seed.REGION):
        if FailureRecord.objects.filter(region_id=seed.REGION).count() != ROWS:
            raise RuntimeError("not every row became a record")
    return sample


def _parts(stock: Stock) -> dict[str, float]:
    """µs of the dear pure parts of a row, for those who look for the next gain."""
    rows, key = stock.rows[:500], SealKey.from_seed("0" * 64)
    parts: dict[str, Callable[[CleanRow], Any]] = {
        "content_hash": CleanRow.hashed,
        "row_key": collect.row_key,
        "pinyin_of": lambda row: pinyin_of(row.subject_name),
        "fold_name": lambda row: fold_name(row.subject_name),
        "seal_of_one_message": lambda row: wire.seal(row.as_json(), key),
        "canonical_json": lambda row: wire.canonical_json(row.as_json()),
        "subject_object": lambda row: Subject(code=row.subject_code, name=row.subject_name),
    }
    told = {}
    for name, act in parts.items():
        turns = []
        for _ in range(3):
            began = time.perf_counter()
            for row in rows:
                act(row)
            turns.append((time.perf_counter() - began) / len(rows) * 1e6)
        told[name] = round(statistics.median(turns), 1)
    return told
