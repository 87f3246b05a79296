"""归集 in the background: portions that survive being killed, progress on the page, limits of memory and of files."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
from django.db import connection
from django.utils import timezone

from cases.collection import child
from cases.models import CollectionBatch, CollectionRow, FailureRecord, RecordVersion
from cases.services import batch_work, collect, parsing, portions
from creditrepair.audit.chain import verify
from creditrepair.audit.models import Event
from creditrepair.tenancy.context import region_context
from sync.models import Delivery
from tests.collection.big import workbook
from tests.world import YONGCHANG, at

ROWS, PORTION = 160, 16


@pytest.fixture(scope="module")
def file():
    return workbook(ROWS, firms=40)


@pytest.fixture(autouse=True)
def small_portions(monkeypatch):
    monkeypatch.setattr(portions, "PORTION", PORTION)
    monkeypatch.setattr(portions, "LIGHT_ROWS", 50)


def bring(world, content, name="处罚.xlsx", **more):
    return collect.receive_file(
        world.enter(world.actors["he"]),
        category="administrative_penalty", file_name=name, content=content, now=at(), **more,
    )  # fmt: skip


def work(seconds=30.0, **more):
    return batch_work.collect_waiting(seconds=seconds, now=timezone.now(), **more)


def step(batch):
    """One portion, whatever the clock says."""
    batch_work.advance(batch.ref, region=YONGCHANG, until=0.0)


def fresh(batch):
    return CollectionBatch.objects.get(pk=batch.pk)


def test_a_file_of_many_rows_is_checked_and_imported_by_a_worker(world, file):
    batch = bring(world, file)
    assert (batch.stage, batch.position) == ("received", 0)
    assert work()
    assert (fresh(batch).stage, fresh(batch).counts, FailureRecord.objects.count()) == ("checked", {"new": ROWS}, 0)
    asked = collect.import_batch(world.enter(world.actors["he"]), ref=batch.ref, now=at())
    assert (asked.stage, FailureRecord.objects.count()) == ("asked", 0)
    assert work()
    done = fresh(batch)
    assert (done.stage, done.position, done.total, done.imported_by_id) == (
        "imported",
        ROWS,
        ROWS,
        batch.received_by_id,
    )
    assert FailureRecord.objects.filter(batch=batch).count() == ROWS
    assert Event.objects.filter(verb="record_collected", user_id=batch.received_by_id).count() == ROWS
    assert "staged" not in done.about


def test_a_request_leaves_a_heavy_file_to_a_child_process(world, file, monkeypatch):
    monkeypatch.setattr(parsing, "LIGHT_BYTES", 1)
    batch = bring(world, file)
    assert (batch.stage, batch.about, batch.total) == ("received", {}, 0)
    monkeypatch.setattr(child, "run", None)  # not in this process
    assert work()
    assert (fresh(batch).stage, fresh(batch).counts) == ("checked", {"new": ROWS})


class Killed(BaseException):
    """As SIGKILL: nothing of ours runs any more."""


@pytest.mark.fault("F54")
@pytest.mark.django_db(transaction=True)
def test_an_import_killed_ten_times_goes_on_and_each_row_exists_once(world, file, monkeypatch):
    with region_context(YONGCHANG):
        batch = bring(world, file)
    assert work()
    with region_context(YONGCHANG):
        collect.import_batch(world.enter(world.actors["he"]), ref=batch.ref, now=at())
    # Ten deaths: five in the middle of a portion's writing, before its commit, five right after one.
    places = iter(range(100))
    kill_at = {1, 3, 5, 7, 9, 12, 14, 16, 17, 19}

    def die(*_args, **_more):
        if next(places) in kill_at:
            raise Killed

    real = portions.record_all
    monkeypatch.setattr(portions, "record_all", lambda *a, **k: (real(*a, **k), die())[0])
    monkeypatch.setattr(batch_work, "reach", die)
    deaths = 0
    for _ in range(30):
        try:
            if work():
                break
        except Killed:
            deaths += 1
    with region_context(YONGCHANG):
        assert (deaths, fresh(batch).stage) == (10, "imported")
        assert FailureRecord.objects.count() == RecordVersion.objects.count() == ROWS
        assert Delivery.objects.filter(kind="report").count() == 2 * ROWS
        assert Event.objects.filter(verb="record_collected").count() == ROWS
        assert verify(YONGCHANG).ok


@pytest.mark.fault("F54")
@pytest.mark.django_db(transaction=True)
def test_a_worker_process_killed_with_kill_9_loses_and_doubles_nothing(world, file, settings, tmp_path):
    with region_context(YONGCHANG):
        batch = bring(world, file)
    assert work()
    with region_context(YONGCHANG):
        collect.import_batch(world.enter(world.actors["he"]), ref=batch.ref, now=at())
    script = (
        "import os, time, django; django.setup()\n"
        "from django.conf import settings; from django.db import connections; from pathlib import Path\n"
        f"connections['default'].settings_dict['NAME'] = {connection.settings_dict['NAME']!r}\n"
        f"settings.STORAGES['default']['OPTIONS'] = {{'location': {str(tmp_path / 'files')!r}}}\n"
        "from django.utils import timezone; from cases.services import batch_work, portions\n"
        "portions.PORTION = 8\n"
        "batch_work.reach = lambda *a: (print(a[1], flush=True), time.sleep(0.02))\n"
        "batch_work.collect_waiting(seconds=60, now=timezone.now())\n"
    )
    for _ in range(2):
        command = [sys.executable, "-W", "ignore", "-c", script]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ) as worker:
            assert worker.stdout.readline()
            worker.stdout.readline()
            time.sleep(0.03)  # in the middle of a portion
            worker.send_signal(signal.SIGKILL)
            assert worker.wait(10) == -signal.SIGKILL
    with region_context(YONGCHANG):
        half = FailureRecord.objects.count()
    assert 0 < half < ROWS
    deadline = time.monotonic() + 20
    while not work() and time.monotonic() < deadline:
        time.sleep(0.1)
    with region_context(YONGCHANG):
        assert (fresh(batch).stage, FailureRecord.objects.count()) == ("imported", ROWS)
        assert Counter(FailureRecord.objects.values_list("record_key", flat=True)).most_common(1)[0][1] == 1
        assert Delivery.objects.filter(kind="report").count() == 2 * ROWS
        assert verify(YONGCHANG).ok


def test_who_died_over_a_file_has_lost_it_after_a_while(world, file, monkeypatch):
    monkeypatch.setattr(parsing, "LIGHT_BYTES", 1)
    batch = bring(world, file)
    locked = fresh(batch)
    assert parsing.take(locked, timezone.now())  # and is killed
    assert not work()
    assert fresh(batch).stage == "received"
    monkeypatch.setattr(parsing, "PARSING_FOR", timezone.timedelta(0))
    assert work()
    assert fresh(batch).stage == "checked"


def test_rows_on_disk_that_are_gone_are_made_again_from_the_file(world, file):
    batch = bring(world, file)
    work()
    collect.import_batch(world.enter(world.actors["he"]), ref=batch.ref, now=at())
    step(batch)
    halfway = fresh(batch)
    assert 0 < halfway.position < ROWS
    parsing.default_storage.delete(halfway.about["staged"]["path"])
    assert work()
    assert (fresh(batch).stage, FailureRecord.objects.count()) == ("imported", ROWS)


def test_no_portion_holds_more_rows_than_its_size(world, file, monkeypatch):
    held = []
    real = portions.compare
    monkeypatch.setattr(
        portions,
        "compare",
        lambda region, rows, *more, **how: held.append(len(rows)) or real(region, rows, *more, **how),
    )
    batch = bring(world, file)
    work()
    collect.import_batch(world.enter(world.actors["he"]), ref=batch.ref, now=at())
    work()
    assert (max(held), len(held)) == (PORTION, 2 * ROWS / PORTION)


def test_the_page_shows_how_far_it_is_and_that_it_stalled(world, file, sign_in):
    batch = bring(world, file)
    client, url = sign_in("he"), f"/desk/collect/{batch.ref}/"
    page = client.get(url).content.decode()
    assert (
        f"已处理 0 行，共 {ROWS} 行" in page
        and 'data-poll="2000"' in page
        and '<noscript><meta http-equiv="refresh"' in page
    )
    world.enter(world.actors["he"])
    step(batch)
    assert f'<progress value="{PORTION}" max="{ROWS}"' in client.get(url).content.decode()
    world.enter(world.actors["he"])
    CollectionBatch.objects.update(moved_at=timezone.now() - timezone.timedelta(minutes=10))
    assert "已停顿" in client.get(url).content.decode()
    world.enter(world.actors["he"])
    work()
    page = client.get(url).content.decode()
    assert f"确认入库 {ROWS} 条" in page and "data-poll" not in page and "<progress" not in page
    assert client.post(f"{url}import").status_code == 302
    assert "正在入库" in client.get(url).content.decode()


def test_a_worker_in_hand_is_left_alone_by_the_sweeper(world, file):
    batch = bring(world, file)
    CollectionBatch.objects.update(moved_at=timezone.now())
    assert work(untouched=timezone.timedelta(seconds=15))
    assert fresh(batch).stage == "received"


@pytest.mark.fault("B54")
def test_the_same_file_twice_doubles_nothing_while_it_waits_and_after(world, file):
    batch = bring(world, file)
    assert bring(world, file).pk == batch.pk
    work()
    collect.import_batch(world.enter(world.actors["he"]), ref=batch.ref, now=at())
    collect.import_batch(world.enter(world.actors["he"]), ref=batch.ref, now=at())
    work()
    assert bring(world, file).pk == batch.pk
    assert (CollectionBatch.objects.count(), FailureRecord.objects.count()) == (1, ROWS)
    assert CollectionRow.objects.count() == ROWS


@pytest.mark.fault("B52", "B53")
def test_a_child_that_dies_or_hangs_refuses_the_file_and_takes_nobody_along(world, file, monkeypatch):
    monkeypatch.setattr(parsing, "LIGHT_BYTES", 1)
    batch = bring(world, file)
    monkeypatch.setattr(parsing.sys, "executable", "/bin/false")
    assert work()
    failed = fresh(batch)
    assert (failed.stage, "请分成几个文件" in failed.problem) == ("failed", True)
    monkeypatch.undo()
    assert bring(world, file).pk == batch.pk  # the same file again is read again
    assert work()
    assert fresh(batch).stage == "checked"


@pytest.mark.fault("B53")
def test_the_child_has_little_room(tmp_path):
    code = "from cases.collection import child; child.confine(); x = bytearray(600 * 2**20)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=20, check=False)
    assert (done.returncode, b"MemoryError" in done.stderr) == (1, True)
