"""归集 against the register: new, same, changed, refused, in doubt; each record reported once."""

import dataclasses

import pytest

from cases.models import CollectionRow, FailureRecord
from cases.services import collect
from creditrepair.audit.models import Event
from creditrepair.tenancy.errors import Invalid, NotAllowed, NotFound, WrongMoment
from examples.generate import examples
from examples.story import story
from sync.models import Delivery
from tests.world import TODAY, at


@pytest.fixture
def penalties():
    return examples(TODAY)[0]


def bring(world, example, content=None, who="he"):
    actor = world.enter(world.actors[who])
    batch = collect.receive_file(
        actor, category=example.category, file_name=example.name, content=content or example.content, now=at()
    )
    return actor, batch


def test_a_dry_run_stores_the_report_and_no_record(world, penalties):
    _, batch = bring(world, penalties)
    assert FailureRecord.objects.count() == 0
    assert batch.counts["new"] > 50
    assert {"error", "out_of_scope", "doubt"} <= set(batch.counts)


def test_the_import_writes_the_good_rows_and_reports_each_to_both_platforms(world, penalties):
    actor, batch = bring(world, penalties)
    batch = collect.import_batch(actor, ref=batch.ref, now=at())
    records = FailureRecord.objects.count()
    assert records == batch.counts["new"]
    assert Delivery.objects.filter(kind="report").count() == 2 * records
    assert Event.objects.filter(verb="record_collected").count() == records


def test_importing_again_changes_nothing(world, penalties):
    actor, batch = bring(world, penalties)
    collect.import_batch(actor, ref=batch.ref, now=at())
    before = (FailureRecord.objects.count(), Delivery.objects.count(), Event.objects.count())
    collect.import_batch(actor, ref=batch.ref, now=at())
    assert bring(world, penalties)[1].ref == batch.ref
    assert (FailureRecord.objects.count(), Delivery.objects.count(), Event.objects.count()) == before


def test_an_amount_in_doubt_waits_for_a_person(world, penalties):
    actor, batch = bring(world, penalties)
    collect.import_batch(actor, ref=batch.ref, now=at())
    row = CollectionRow.objects.get(batch=batch, outcome="doubt")
    assert not FailureRecord.objects.filter(record_key=row.record_key).exists()
    collect.import_batch(actor, ref=batch.ref, now=at(), confirmed_lines=[row.line])
    assert FailureRecord.objects.filter(record_key=row.record_key).count() == 1


def test_a_changed_row_becomes_a_new_version_and_is_told_again(world, penalties):
    actor, batch = bring(world, penalties)
    collect.import_batch(actor, ref=batch.ref, now=at())
    record = FailureRecord.objects.get(doc_no=story(TODAY).a_culture.doc_no)
    FailureRecord.objects.filter(pk=record.pk).update(content_hash="0" * 64)  # as if the register said otherwise
    _, again = bring(world, dataclasses.replace(penalties, content=penalties.content + b"\0"))
    assert again.counts["changed"] == 1
    collect.import_batch(actor, ref=again.ref, now=at())
    assert record.versions.count() == 2
    assert Delivery.objects.filter(record_key=record.record_key, version=2).count() == 2


def test_a_row_of_the_neighbours_department_is_refused_and_not_stored(world, penalties):
    actor, batch = bring(world, penalties)
    rows = CollectionRow.objects.filter(batch=batch, outcome="error")
    rules = {problem["rule"] for row in rows for problem in row.problems}
    assert {"foreign_department", "unknown_department"} <= rules
    assert len(Event.objects.get(verb="foreign_rows_refused", thing=batch.ref).data["lines"]) == 1


def test_only_recorders_bring_files_and_only_their_own_batches(world, penalties):
    _, batch = bring(world, penalties)
    with pytest.raises(NotAllowed):
        bring(world, penalties, who="qian")
    with pytest.raises(NotFound):
        collect.import_batch(world.enter(world.actors["zhang"]), ref=batch.ref, now=at())


def test_a_file_that_is_none_says_what_to_do(world, penalties):
    with pytest.raises(Invalid):
        bring(world, penalties, content=b"\xd0\xcf\x11\xe0 old excel")
    with pytest.raises(NotFound):
        bring(world, dataclasses.replace(penalties, category="no_such"))


def test_a_stored_file_that_changed_since_the_dry_run_is_not_imported(world, penalties, settings):
    actor, batch = bring(world, penalties)
    (settings.STATE_DIR / "files" / batch.file_path).chmod(0o600)
    (settings.STATE_DIR / "files" / batch.file_path).write_bytes(b"other")
    with pytest.raises(WrongMoment):
        collect.import_batch(actor, ref=batch.ref, now=at())


def test_the_page_offers_to_confirm_an_amount_in_doubt(world, penalties, sign_in):
    _, batch = bring(world, penalties)
    row = CollectionRow.objects.get(batch=batch, outcome="doubt")
    page = sign_in("he").get(f"/desk/collect/{batch.ref}/?outcome=doubt").content.decode()
    assert "金额无误，确认本行入库" in page
    assert sign_in("he").post(f"/desk/collect/{batch.ref}/import", {"line": row.line}).status_code == 302
    world.enter(world.actors["he"])
    assert CollectionRow.objects.get(pk=row.pk).outcome == "new"
    assert FailureRecord.objects.filter(record_key=row.record_key).count() == 1
