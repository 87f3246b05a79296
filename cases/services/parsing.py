"""From the stored file of a batch to its checked rows on disk: parsed once, heavy files in a confined child process."""

import hashlib
import io
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from typing import Any, Final

from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from cases.collection import child, staging
from cases.collection.builders import DepartmentMatch
from cases.collection.checks import RowResult
from cases.collection.child import Job
from cases.models import CollectionBatch, ColumnMap
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import WrongMoment
from creditrepair.tenancy.models import Department

log = logging.getLogger(__name__)

Stage = CollectionBatch.Stage
LIGHT_BYTES: Final = 1024 * 1024  # unpacked: below it a parse takes a fraction of a second and a few MB
SECONDS: Final = 120  # by the wall; the child gives itself a limit of processor time
PARSING_FOR: Final = timedelta(seconds=SECONDS + 30)  # who died over a file has lost it after that time
TOO_MUCH: Final = "文件过大或内容过于复杂，无法安全读取：请分成几个文件，另存为 xlsx 后上传"


def parse_here(batch: CollectionBatch, now: datetime) -> None:
    """Parse a light file in this process and the caller's transaction; what was found is saved with the batch."""
    job = _job(batch)
    with TemporaryDirectory() as folder:
        told, path = _parse(batch, job, Path(folder), child.run)
    _keep(batch, told, path, now)


def take(batch: CollectionBatch, now: datetime) -> bool:
    """Whether this process may parse the (locked) batch now; written down, since no transaction stays open over it."""
    since = batch.about.get("parsing_since")
    if since and now - datetime.fromisoformat(since) < PARSING_FOR:
        return False
    batch.about, batch.moved_at = batch.about | {"parsing_since": now.isoformat()}, now
    batch.save(update_fields=["about", "moved_at"])
    return True


def parse_apart(batch: CollectionBatch) -> None:
    """Parse in a child process with no transaction open, then keep what was found; two at once find the same."""
    with region_context(batch.region_id):
        job = _job(batch)
    with TemporaryDirectory() as folder:
        told, path = _parse(batch, job, Path(folder), _in_a_child)
    with region_context(batch.region_id):
        mine = CollectionBatch.objects.select_for_update().get(region_id=batch.region_id, pk=batch.pk)
        if mine.stage in (Stage.RECEIVED, Stage.ASKED):
            _keep(mine, told, path, timezone.now())


def keep_rows(batch: CollectionBatch, results: Iterable[RowResult]) -> None:
    """Keep rows that came without a file, for the doubt that a person has yet to settle. Not saved."""
    out = io.BytesIO()
    written = staging.write(out, results)
    path = default_storage.save(
        f"{batch.region_id}/collection/{batch.file_sha256}-{batch.ref}.rows", ContentFile(out.getvalue())
    )
    batch.about = batch.about | {"staged": {"path": path, "sha256": written.sha256}, "offset": 0}


def is_parsed(batch: CollectionBatch) -> bool:
    return "staged" in batch.about and default_storage.exists(batch.about["staged"]["path"])


def forget(batch: CollectionBatch) -> None:
    """The checked rows are done with; the file itself stays. Not saved."""
    staged = batch.about.pop("staged", None)
    if staged:
        default_storage.delete(staged["path"])


def require_stored_file(batch: CollectionBatch) -> None:
    """Raises WrongMoment if the stored file is not the one that was received."""
    if not batch.file_path:
        return
    digest = hashlib.sha256()
    with default_storage.open(batch.file_path) as file:
        for block in file.chunks():
            digest.update(block)
    if digest.hexdigest() != batch.file_sha256:
        raise WrongMoment("存放的文件与试运行时不一致，请重新上传。")


def directory(region: str) -> dict[str, DepartmentMatch]:
    """Departments of all regions by 统一社会信用代码 and by name (the template of 2016 carries no code of the organ)."""
    known: dict[str, DepartmentMatch] = {}
    for one in Department.objects.select_related("region"):
        known[one.credit_code] = known[one.name] = DepartmentMatch(
            code=one.code,
            name=one.name,
            market=one.market,
            own_region=one.region_id == region,
            region_name=one.region.name,
            credit_code=one.credit_code,
        )
    return known


def _job(batch: CollectionBatch) -> Job:
    """What to do, as of the day the file came: parsed again later it gives the same rows."""
    maps = ColumnMap.objects.filter(
        region_id=batch.region_id, department_id=batch.department_id, category=batch.category
    )
    return Job(
        source="",
        target="",
        filename=batch.file_name,
        category=batch.category,
        today=timezone.localdate(batch.received_at).isoformat(),
        departments={key: asdict(one) for key, one in directory(batch.region_id).items()},
        maps={one.headers_sha256: one.mapping for one in maps},
        mapping=batch.mapping,
    )


def _parse(
    batch: CollectionBatch, job: Job, folder: Path, run: Callable[[Job], dict[str, Any]]
) -> tuple[dict[str, Any], str]:
    """Run the job over a copy of the stored file; (what it told, where the checked rows are kept, "" if none)."""
    job = replace(job, source=str(folder / "source"), target=str(folder / "rows"))
    with default_storage.open(batch.file_path) as stored, Path(job.source).open("wb") as source:
        copyfileobj(stored, source, 1 << 20)
    told = run(job)
    if told["refused"]:
        return told, ""
    path = f"{batch.file_path}-{batch.ref}.rows"
    default_storage.delete(path)
    with Path(job.target).open("rb") as rows:
        return told, default_storage.save(path, File(rows))


def _in_a_child(job: Job) -> dict[str, Any]:
    """The job in a process of its own; one that crashes, hangs or grows refuses the file."""
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "OMP_NUM_THREADS": "1"}
    refused = {"about": {}, "refused": TOO_MUCH, "refused_code": "too_complex", "rows": 0, "sha256": ""}
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-m", "cases.collection.child"],
            input=child.job_json(job).encode(),
            capture_output=True,
            timeout=SECONDS,
            cwd=settings.BASE_DIR,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return refused
    if done.returncode in (-signal.SIGTERM, -signal.SIGINT):
        raise InterruptedError("the child was told to stop, as we are")
    try:
        told: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        log.warning("parsing ended with %s: %s", done.returncode, done.stderr[-300:])
        return refused
    return told


def _keep(batch: CollectionBatch, told: dict[str, Any], path: str, now: datetime) -> None:
    again = batch.stage == Stage.ASKED
    batch.moved_at = now
    if told["refused"]:
        batch.stage, batch.problem = Stage.FAILED, told["refused"][:500]
        batch.about = told["about"] | {"refused_code": told["refused_code"]}
    else:
        staged = {"path": path, "sha256": told["sha256"]}
        if not again or told["sha256"] != batch.about.get("rows_sha256"):
            # Other rows than before (a department was registered since): begun again, which is safe.
            batch.position = 0
            batch.about = told["about"] | {"offset": 0, "rows_sha256": told["sha256"]}
            batch.total = told["rows"]
        batch.about = {**batch.about, "staged": staged}
        batch.about.pop("parsing_since", None)
        if not batch.mapping:
            _tell_of_map(batch)
    batch.save()


def _tell_of_map(batch: CollectionBatch) -> None:
    used = ColumnMap.objects.filter(
        region_id=batch.region_id,
        department_id=batch.department_id,
        category=batch.category,
        headers_sha256=batch.about["headers"]["sha256"],
    ).first()
    if used is not None:
        note = f"沿用{timezone.localdate(used.set_at)}确认的列对应"
        batch.about["notes"] = [note, *(one for one in batch.about["notes"] if one != note)]
