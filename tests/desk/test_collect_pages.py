"""归集 pages: dry run by row, import once, and the file back with its problems marked."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cases.models import CollectionBatch, FailureRecord
from creditrepair.tenancy.context import region_context
from examples.generate import write_all
from tests.world import TODAY, YONGCHANG


@pytest.fixture
def penalties(tmp_path):
    write_all(TODAY, tmp_path / "examples")
    return (tmp_path / "examples" / "penalties.xlsx").read_bytes()


@pytest.fixture
def he(sign_in):
    return sign_in("he")


def upload(client, content, name="双公示.xlsx"):
    file = SimpleUploadedFile(name, content)
    return client.post(reverse("desk:collect"), {"category": "administrative_penalty", "file": file})


def test_a_dry_run_shows_every_problem_and_writes_nothing(he, penalties):
    answer = upload(he, penalties)
    assert answer.status_code == 302
    shown = he.get(answer["Location"], {"outcome": "error"}).content.decode()
    assert "行政相对人" in shown or "统一社会信用代码" in shown
    with region_context(YONGCHANG):
        batch = CollectionBatch.objects.get()
        errors = batch.rows.filter(outcome="error")
        assert FailureRecord.objects.count() == 0
        assert errors.count() == batch.counts["error"] > 0
        assert all(row.problems[0]["reason"] in shown for row in errors)


def test_importing_writes_the_new_rows_once(he, penalties):
    page = upload(he, penalties)["Location"]
    with region_context(YONGCHANG):
        batch = CollectionBatch.objects.get()
        new = batch.counts["new"]
    url = reverse("desk:import", args=[batch.ref])
    assert he.post(url).status_code == 302
    assert he.post(url).status_code == 302
    assert "已入库" in he.get(page).content.decode()
    with region_context(YONGCHANG):
        assert FailureRecord.objects.count() == new


def test_the_marked_file_comes_back_as_a_spreadsheet(he, penalties):
    upload(he, penalties)
    with region_context(YONGCHANG):
        ref = CollectionBatch.objects.get().ref
    answer = he.get(reverse("desk:batch_errors", args=[ref]))
    assert answer.status_code == 200
    assert "attachment" in answer["Content-Disposition"]
    assert openpyxl.load_workbook(io.BytesIO(answer.content)).active.max_row > 10


def test_a_batch_is_not_found_by_another_unit(he, sign_in, penalties):
    page = upload(he, penalties)["Location"]
    assert he.get(page).status_code == 200
    assert sign_in("zhang").get(page).status_code == 404
    assert sign_in("qian").get(page).status_code == 404


def test_an_unreadable_file_says_why_beside_the_field(he):
    answer = upload(he, b"PK nonsense", "旧表.xls")
    assert answer.status_code == 422
    assert "xlsx" in answer.content.decode()
    assert he.post(reverse("desk:collect"), {"category": "administrative_penalty"}).status_code == 422


@pytest.mark.parametrize("query", [{"outcome": "x"}, {"after": "-1"}, {"after": "９"}])
def test_an_altered_address_is_a_bad_request(he, penalties, query):
    page = upload(he, penalties)["Location"]
    assert he.get(page, query).status_code == 400
