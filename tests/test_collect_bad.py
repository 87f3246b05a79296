"""归集 of files as people really send them (B50–B54): read as meant, or refused with the field and what to do."""

import io
import zipfile
from functools import partial

import pytest
from django.utils import timezone
from openpyxl import Workbook

from cases.collection import child, tables
from cases.collection.checks import begin
from cases.models import CollectionBatch, CollectionRow, ColumnMap, FailureRecord
from cases.services import collect
from creditrepair.tenancy.errors import Invalid
from tests.test_collect_rows import PENALTY, a_row
from tests.test_take_back import csv_of
from tests.world import at

CELLS = list(a_row())


def bring(world, content, name="处罚.csv", who="he"):
    return collect.receive_file(
        world.enter(world.actors[who]), category=PENALTY, file_name=name, content=content, now=at()
    )


def xlsx_of(*lines):
    book = Workbook()
    sheet = book.active
    for line in lines:
        sheet.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.fault("B50")
@pytest.mark.parametrize(
    ("codec", "told"),
    [("gb18030", "GB18030"), ("utf-16", "UTF-16 LE"), ("utf-8-sig", "UTF-8（带 BOM）"), ("utf-8", "UTF-8")],
)
def test_encodings_are_found_and_shown_before_anything_is_imported(world, sign_in, codec, told):
    batch = bring(world, csv_of(a_row()).decode().encode(codec))
    assert (batch.stage, batch.counts, told in batch.about["encoding"]) == ("checked", {"new": 1}, True)
    assert "永昌县祁连山食品有限公司" in batch.about["sample"][0]
    assert told in sign_in("he").get(f"/desk/collect/{batch.ref}/").content.decode()
    assert FailureRecord.objects.count() == 0


@pytest.mark.fault("B51")
def test_a_code_that_arrived_as_a_number_is_refused_in_its_row(world):
    row = a_row()
    batch = bring(world, xlsx_of(CELLS, [row[c] if c != "CF_XDR_SHXYM" else 9.1620321e17 for c in CELLS]), "a.xlsx")
    (problem,) = CollectionRow.objects.get(batch=batch, outcome="error").problems
    assert (problem["field"], problem["rule"]) == ("CF_XDR_SHXYM", "number_not_text")
    assert "文本格式" in problem["remedy"]


@pytest.mark.fault("B51")
def test_a_column_twice_or_missing_is_said_on_the_page_and_mended_there(world, sign_in):
    row = a_row()
    headers = ["处罚的文书" if c == "CF_WSH" else c for c in CELLS]
    batch = bring(world, xlsx_of(headers, [row[c] for c in CELLS]), "a.xlsx")
    assert (batch.stage, "行政处罚决定书文号" in batch.problem) == ("failed", True)
    client, url = sign_in("he"), f"/desk/collect/{batch.ref}/"
    assert "处罚的文书" in client.get(url).content.decode()
    column = next(c["column"] for c in batch.about["headers"]["columns"] if c["header"] == "处罚的文书")
    assert client.post(f"{url}map", {f"col-{column}": "CF_WSH"}).status_code == 302
    world.enter(world.actors["he"])
    assert (CollectionBatch.objects.get().stage, CollectionBatch.objects.get().counts) == ("checked", {"new": 1})
    # The department's next file with these headers needs nobody, and its report says whose word it follows.
    other = a_row(CF_WSH="永文旅罚〔2026〕902号")
    following = bring(world, xlsx_of(headers, [other[c] for c in CELLS]), "b.xlsx")
    assert (following.counts, following.about["notes"]) == (
        {"new": 1},
        [f"沿用{timezone.localdate(ColumnMap.objects.get().set_at)}确认的列对应"],
    )


def test_a_map_can_be_changed_until_the_file_is_imported(world):
    batch = bring(world, csv_of(a_row()))
    actor = world.actors["he"]
    column = next(c["column"] for c in batch.about["headers"]["columns"] if c["field"] == "CF_SY")
    changed = collect.confirm_mapping(world.enter(actor), ref=batch.ref, fields={column: ""}, now=at())
    assert (changed.stage, "违法事实" in changed.problem) == ("failed", True)
    with pytest.raises(Invalid):
        collect.confirm_mapping(world.enter(actor), ref=batch.ref, fields={column: "CF_WSH"}, now=at())
    again = collect.confirm_mapping(world.enter(actor), ref=batch.ref, fields={column: "CF_SY"}, now=at())
    assert (again.stage, again.counts, ColumnMap.objects.count()) == ("checked", {"new": 1}, 1)


@pytest.mark.fault("B52")
def test_too_many_rows_and_a_cell_too_long_name_the_limit(world, monkeypatch):
    row = a_row()
    with pytest.raises(Invalid, match="32767 字"):
        bring(world, csv_of(a_row(CF_SY="长" * 33_000)))
    many = "\n".join([",".join(CELLS), *[",".join(row[c] for c in CELLS)] * 100_001]).encode()
    with pytest.raises(Invalid, match="20 MB"):
        bring(world, many)
    monkeypatch.setattr(child, "begin", partial(begin, limits=tables.Limits(rows=100)))
    with pytest.raises(Invalid, match="超过 100 行：请分成几个文件上传"):
        bring(world, csv_of(*[a_row(CF_WSH=f"永文旅罚〔2026〕{n}号") for n in range(101)]))
    assert tables.LIMITS.rows == 100_000
    assert not CollectionBatch.objects.exists()


def bomb(entries=1, size=1):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("[Content_Types].xml", "xl/workbook.xml"):
            archive.writestr(name, "<x/>")
        for n in range(entries):
            archive.writestr(f"xl/part{n}.xml", b"0" * size)
    return out.getvalue()


@pytest.mark.fault("B53")
@pytest.mark.parametrize("content", [bomb(size=210 * 2**20), bomb(entries=2001)], ids=["size", "entries"])
def test_bombs_are_refused_before_unpacking_and_leave_nothing(world, content, monkeypatch):
    monkeypatch.setattr(zipfile.ZipFile, "open", None)  # whatever unpacks, fails
    with pytest.raises(Invalid, match="200 MB"):
        bring(world, content, "a.xlsx")
    assert not CollectionBatch.objects.exists()


@pytest.mark.fault("B54")
def test_a_half_valid_file_is_imported_by_its_good_half_and_reported_by_the_other(world):
    batch = bring(world, csv_of(a_row(), a_row(CF_WSH="永文旅罚〔2026〕902号", CF_JDRQ="11/12/2026")))
    assert batch.counts == {"new": 1, "error": 1}
    done = collect.import_batch(world.enter(world.actors["he"]), ref=batch.ref, now=at())
    assert (FailureRecord.objects.count(), done.counts) == (1, {"new": 1, "error": 1})
    collect.import_batch(world.enter(world.actors["he"]), ref=batch.ref, now=at())
    assert FailureRecord.objects.count() == 1


def test_another_departments_file_is_not_collected_twice(world):
    bring(world, csv_of(a_row()))
    with pytest.raises(Invalid, match="文体广电和旅游局"):
        bring(world, csv_of(a_row()), who="zhang")
