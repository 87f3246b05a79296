"""归集: a file, a form or a machine client brings rows; a dry run says what they are worth; then they become records.

What is light is done in the request; the rest is asked for here and done in portions by `cases.services.portions`.
The same content again finds the batch that it made and changes nothing.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from cases.access_collection import access_batch
from cases.categories import room
from cases.collection import readers, staging
from cases.collection.cells import Cell, text_of
from cases.collection.checks import DepartmentMatch, check_table
from cases.collection.encodings import FileRefused
from cases.collection.staging import row_key
from cases.collection.templates import header_key, templates_for
from cases.collection.typed import table_of
from cases.models import CollectionBatch, CollectionRow, ColumnMap
from cases.services import parsing, portions
from creditrepair.audit.chain import record
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid, NotAllowed, NotFound, WrongMoment
from creditrepair.tenancy.models import Department, Role

__all__ = ["collect_rows", "confirm_mapping", "departments_by_code", "import_batch", "receive_file", "row_key"]

Outcome = CollectionRow.Outcome
Stage = CollectionBatch.Stage
Way = CollectionBatch.Way
MOST_ROWS = 1000  # of one call of the form or the API; more come as a file
MAPPABLE = ("no_header", "header_missing", "header_twice")  # refusals that a person mends by mapping the columns


@transaction.atomic
def receive_file(
    actor: Actor, *, category: str, file_name: str, content: bytes, now: datetime, stock: bool = False
) -> CollectionBatch:
    """Keep a file and check it against the register (试运行); nothing of it is a record yet.

    A light file is checked at once, a heavy one by a worker: see `stage` of the batch. The same file again returns the
    batch it made the first time; one that could not be read then is read again.
    Raises NotAllowed, NotFound (no such category), Invalid (not a file we can read; the message says what to do).
    """
    department = _own_department(actor, category)
    try:
        size = readers.look(content, file_name)
    except FileRefused as refused:
        raise Invalid(fields={"file": refused.message}, code="unreadable_file") from None
    sha256 = hashlib.sha256(content).hexdigest()
    known = _known(actor, category, sha256)
    if known is not None and known.stage != Stage.FAILED:
        return known
    batch = known or CollectionBatch(
        region_id=actor.region, category=category, department=department, file_name=file_name[:255], file_sha256=sha256
    )
    batch.file_path = batch.file_path or default_storage.save(
        f"{actor.region}/collection/{sha256}", ContentFile(content)
    )
    batch.received_at, batch.received_by_id, batch.stock = now, actor.person_id, stock
    batch.stage, batch.moved_at, batch.problem, batch.mapping = Stage.RECEIVED, now, "", {}
    batch.save()
    record(actor, "file_received", kind="batch", thing=batch.ref, at=now, data={"file": file_name, "sha256": sha256})
    if size > parsing.LIGHT_BYTES:
        portions.wake_on_commit()
        return batch
    portions.check_now(actor, batch, now)
    if batch.stage == Stage.FAILED and batch.about.get("refused_code") not in MAPPABLE:
        raise Invalid(fields={"file": batch.problem}, code="unreadable_file")
    return batch


@transaction.atomic
def collect_rows(
    actor: Actor, *, category: str, rows: Sequence[Mapping[str, Cell]], way: str, now: datetime, stock: bool = False
) -> CollectionBatch:
    """Check rows that came without a file and import the good ones at once, in this transaction.

    rows   values by field code of the category's template (`templates_for`), line n = the n-th of them; text as a
           person would write it (dates 2026-11-23, amounts in the unit of the field)
    way    CollectionBatch.Way: "form" or "api"
    What is wrong with a row raises nothing: its outcome and problems stand in `batch.rows`. An amount in doubt waits
    for a person on the batch's page. The same rows again return the same batch.
    Raises NotAllowed, NotFound (no such category), Invalid (no rows, or more than MOST_ROWS).
    """
    department = _own_department(actor, category)
    if not rows or len(rows) > MOST_ROWS:
        raise Invalid(fields={"rows": f"每次1至{MOST_ROWS}条，现为{len(rows)}条。数据更多时请上传文件。"}, code="rows")
    kept = [{code: text for code, cell in row.items() if (text := _as_text(cell))} for row in rows]
    content = json.dumps([department.code, kept], ensure_ascii=False, sort_keys=True).encode()
    sha256 = hashlib.sha256(content).hexdigest()
    batch = _known(actor, category, sha256)
    if batch is not None and set(batch.counts) - {Outcome.ERROR, Outcome.OUT_OF_SCOPE}:
        return batch
    about = f"{'单条录入' if way == Way.FORM else '接口报送'}（{len(rows)}条）"
    batch = batch or CollectionBatch(
        region_id=actor.region, category=category, department=department, file_name=about, file_sha256=sha256
    )
    batch.way, batch.stock = way, stock
    batch.received_at, batch.received_by_id = now, actor.person_id
    batch.save()
    report = check_table(table_of(category, rows), about, category, timezone.localdate(now), departments_by_code(actor))
    assert not report.refused, report.refused
    staged = [staging.staged(result) for result in report.rows]
    batch.about, batch.counts, batch.imported_at = report.about(), {}, None
    batch.position, batch.total = 0, len(staged)
    portions.check_rows(actor, batch, staged, now)
    if batch.counts.get(Outcome.DOUBT):
        parsing.keep_rows(batch, report.rows)
    batch.imported_by_id = actor.person_id
    portions.write_rows(actor, batch, staged, now)
    return batch


@transaction.atomic
def import_batch(actor: Actor, *, ref: str, now: datetime, confirmed_lines: Collection[int] = ()) -> CollectionBatch:
    """Make records of the good rows of a checked file and report each to its platforms; again changes nothing.

    A row with a doubt about its unit of money waits until a person confirms its line (`confirmed_lines`), now or in a
    later call: nothing else can tell 元 from 万元. A light batch is imported at once, a heavy one is queued for a worker.

    Raises NotFound, NotAllowed, WrongMoment (not checked yet, taken back, or the stored file is no longer that of the
    dry run).
    """
    _own_department(actor)
    batch = access_batch(actor, ref, lock=True)
    if batch.stage == Stage.ASKED:
        return batch
    if batch.stage not in (Stage.CHECKED, Stage.IMPORTED):
        raise WrongMoment(f"该批次{batch.get_stage_display()}，现在不能入库。")
    doubted = set(batch.rows.filter(region_id=actor.region, outcome=Outcome.DOUBT).values_list("line", flat=True))
    settled = doubted & set(confirmed_lines)
    if batch.stage == Stage.IMPORTED and not settled:
        return batch
    parsing.require_stored_file(batch)
    batch.confirmed = sorted({*batch.confirmed, *settled})
    batch.stage, batch.position, batch.moved_at, batch.imported_by_id = Stage.ASKED, 0, now, actor.person_id
    batch.about = batch.about | {"offset": 0}
    batch.save()
    if batch.total <= portions.LIGHT_ROWS:
        portions.import_now(actor, batch, now)
    else:
        record(actor, "import_asked", kind="batch", thing=batch.ref, at=now, data={"rows": batch.total})
        portions.wake_on_commit()
    return batch


@transaction.atomic
def confirm_mapping(actor: Actor, *, ref: str, fields: Mapping[str, str], now: datetime) -> CollectionBatch:
    """Keep which field each header of this file means, for this and the department's next files, and check it again.

    fields   letter of the column → code of the template's field, "" = not used
    Raises NotFound, NotAllowed, WrongMoment (already imported), Invalid (unknown field, or one field twice).
    """
    _own_department(actor)
    batch = access_batch(actor, ref, lock=True)
    headers = batch.about.get("headers")
    if batch.stage not in (Stage.CHECKED, Stage.FAILED) or batch.imported_at is not None or not headers:
        raise WrongMoment("该批次已经入库或还在检查，列对应不能再改。")
    known = {field.code: field.name for one in templates_for(batch.category) for field in one.fields}
    mapping: dict[str, str] = {}
    for column in headers["columns"]:
        code = fields.get(column["column"], column["field"])
        if code and code not in known:
            raise Invalid(fields={column["column"]: f"“{column['header']}”：没有这个字段，请重新选择。"})
        if code and code in mapping.values():
            raise Invalid(fields={column["column"]: f"“{known[code]}”已由另一列对应，请只选一列。"})
        mapping[header_key(column["header"])] = code
    ColumnMap.objects.update_or_create(
        region_id=actor.region,
        department_id=batch.department_id,
        category=batch.category,
        headers_sha256=headers["sha256"],
        defaults={
            "headers": [column["header"] for column in headers["columns"]],
            "mapping": mapping,
            "set_by_id": actor.person_id,
            "set_at": now,
        },
    )
    batch.mapping, batch.stage, batch.problem, batch.moved_at = mapping, Stage.RECEIVED, "", now
    batch.about, batch.counts, batch.position, batch.total = {}, {}, 0, 0
    batch.save()
    record(actor, "columns_mapped", kind="batch", thing=batch.ref, at=now, data={"mapping": mapping})
    with default_storage.open(batch.file_path) as file:
        size = readers.look(file.read(), batch.file_name)
    if size > parsing.LIGHT_BYTES:
        portions.wake_on_commit()
    else:
        portions.check_now(actor, batch, now)
    return batch


def departments_by_code(actor: Actor) -> Callable[[str], DepartmentMatch | None]:
    """Lookup of a department by its 统一社会信用代码 or name, over the public directory of all regions."""
    return parsing.directory(actor.region).get


def _own_department(actor: Actor, category: str | None = None) -> Department:
    if not actor.has(Role.RECORDER) or actor.department_id is None:
        raise NotAllowed("归集由责任单位的归集人员办理。")
    if category is not None:
        try:
            room(category)
        except KeyError:
            raise NotFound from None
    return Department.objects.get(region_id=actor.region, pk=actor.department_id)


def _known(actor: Actor, category: str, sha256: str) -> CollectionBatch | None:
    """The batch this content made before. Raises Invalid if another department of the region brought it."""
    known = CollectionBatch.objects.filter(
        region_id=actor.region, category=category, file_sha256=sha256, taken_back_at=None
    ).first()
    if known is None:
        going = CollectionBatch.objects.filter(region_id=actor.region, category=category, file_sha256=sha256)
        if going.exclude(stage=Stage.TAKEN_BACK).exists():
            raise Invalid(fields={"file": "这个文件的上一批次正在撤回，撤回完成后再上传。"}, code="being_taken_back")
    elif known.department_id != actor.department_id:
        raise Invalid(
            fields={"file": f"这个文件已由{known.department.name}上传，不必重复归集。"}, code="brought_before"
        )
    return known


def _as_text(cell: Cell) -> str | None:
    try:
        return text_of(cell)
    except ValueError:
        return repr(cell)
