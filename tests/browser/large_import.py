"""Watches an import of 100,000 rows in the browser: `IMPORT_PICTURES=FOLDER python -m creditrepair.local test -q -s FILE`.

Not named test_*: collected only when asked for. A worker process does the work, the page is watched, reloaded and
photographed; time, rate and peak memory of the worker and of its parsing child are printed.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from django.db import connection

from cases.models import CollectionBatch, FailureRecord
from creditrepair.tenancy.context import region_context
from sync.models import Delivery
from tests.browser.conftest import Windows
from tests.collection.big import workbook
from tests.world import YONGCHANG

ROWS = int(os.environ.get("IMPORT_ROWS", "100000"))
BOUND = 900  # seconds for each of the two stages
_WORKER = """
import sys, time, django; django.setup()
from django.conf import settings; from django.db import connections; from django.utils import timezone
connections['default'].settings_dict['NAME'] = {name!r}
settings.STORAGES['default']['OPTIONS'] = {{'location': {files!r}}}
from cases.services import batch_work
until = time.monotonic() + {bound}
while time.monotonic() < until:
    batch_work.collect_waiting(seconds=20, now=timezone.now())
    time.sleep(0.5)
"""


class Peak:
    """The largest resident memory of a process and of its children, in MB."""

    def __init__(self, pid: int) -> None:
        self.pid, self.own, self.child = pid, 0, 0

    def look(self) -> None:
        self.own = max(self.own, _high_water(self.pid))
        try:
            children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        except OSError:
            return
        self.child = max([self.child, *(_high_water(int(child)) for child in children)])


def _high_water(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0)


def test_watch(windows: Windows, tmp_path: Path) -> None:
    pictures = Path(os.environ["IMPORT_PICTURES"])
    file = tmp_path / "永昌县文旅局行政处罚-100000条.xlsx"
    file.write_bytes(workbook(ROWS))
    script = _WORKER.format(name=connection.settings_dict["NAME"], files=str(tmp_path / "files"), bound=2 * BOUND)
    with subprocess.Popen([sys.executable, "-W", "ignore", "-c", script], env=os.environ.copy()) as worker:
        peak = Peak(worker.pid)
        try:
            _watch(windows, file, pictures, peak)
        finally:
            worker.kill()
    with region_context(YONGCHANG):
        records, told = FailureRecord.objects.count(), Delivery.objects.filter(kind="report").count()
    print(f"records {records}, reports {told}; peak RSS: worker {peak.own} MB, parsing child {peak.child} MB")
    assert (records, told) == (ROWS, 2 * ROWS)


def _watch(windows: Windows, file: Path, pictures: Path, peak: Peak) -> None:
    page = windows.open("he")
    page.goto("/desk/collect/")
    page.locator("select[name=category]").select_option("administrative_penalty")
    page.locator("input[type=file]").set_input_files(file)
    began = time.monotonic()
    page.get_by_role("button", name="试运行").click()
    page.wait_for_url("**/desk/collect/*/")
    print(f"\nupload answered after {time.monotonic() - began:.1f} s")
    _until(page, "checked", peak, pictures / "import-100k-checking.png", began)
    page.goto(page.url)
    page.screenshot(path=pictures / "import-100k-checked.png")
    began = time.monotonic()
    page.get_by_role("button", name="确认入库").click()
    _until(page, "imported", peak, pictures / "import-100k-importing.png", began)
    page.goto(page.url)
    page.screenshot(path=pictures / "import-100k-imported.png")


def _until(page, stage: str, peak: Peak, picture: Path, began: float) -> None:
    """Watch the page until the batch is there; half-way it is reloaded and photographed."""
    taken = False
    while time.monotonic() - began < BOUND:
        peak.look()
        with region_context(YONGCHANG):
            batch = CollectionBatch.objects.get()
        if batch.stage == "failed":
            raise AssertionError(batch.problem)
        if batch.stage == stage:
            break
        if not taken and batch.total and batch.position > batch.total * 0.4:
            page.reload()
            page.screenshot(path=picture)
            taken = True
        time.sleep(0.2)
    seconds = time.monotonic() - began
    print(f"{stage} after {seconds:.1f} s, {ROWS / seconds:.0f} rows/s")
    assert batch.stage == stage and taken
