"""Row-level security, found in the catalogue and not in a list: under the app role, always."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from cases.models import Case, FailureRecord, Material
from creditrepair.tenancy.context import region_context, set_local
from creditrepair.tenancy.models import Department
from tests.world import FIRM_A, FIRM_B, JINCHUAN, YONGCHANG, at

PUBLIC_DIRECTORY = {"tenancy_department"}


def rows(sql: str, *parameters: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def tenant_tables() -> set[str]:
    found = rows(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
        "WHERE a.attname = 'region_id' AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
    )
    return {name for (name,) in found}


def test_the_tests_run_as_a_role_that_row_level_security_binds(db):
    assert rows("SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user") == [
        ("app", False, False)
    ]
    assert rows("SELECT relname FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner "
                "WHERE r.rolname = 'app' AND relpersistence <> 't'") == []  # fmt: skip


@pytest.mark.fault("T15")
def test_every_tenant_table_is_fenced_and_forced(db):
    fenced = rows("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
    policed = rows("SELECT tablename FROM pg_policies WHERE policyname = 'region'")
    assert len(tenant_tables()) >= 20
    assert tenant_tables() - {name for (name,) in fenced} == set()
    assert tenant_tables() - {name for (name,) in policed} == set()


@pytest.mark.fault("T15")
def test_foreign_keys_between_tenant_tables_lead_with_the_region(db):
    """Their checks ignore the policies, so a plain key could point at an invisible row of the neighbour."""
    links = rows(
        "SELECT c.conrelid::regclass::text, c.confrelid::regclass::text, c.conname FROM pg_constraint c "
        "WHERE c.contype = 'f' AND array_length(c.conkey, 1) = 1"
    )
    assert [link for link in links if link[1] in tenant_tables()] == []


def test_without_a_region_every_tenant_table_reads_as_empty(world):
    world.a_case("approved")
    set_local("app.region", "")
    set_local("app.subject", "")
    set_local("app.user", "")
    counts = {table: rows(f'SELECT count(*) FROM "{table}"')[0][0] for table in tenant_tables() - PUBLIC_DIRECTORY}
    assert {table: n for table, n in counts.items() if n} == {}
    assert Department.objects.count() == 24  # the public directory


def test_a_row_of_another_region_is_neither_seen_nor_written(world):
    record = world.a_record()
    with region_context(JINCHUAN):
        assert not FailureRecord.objects.filter(pk=record.pk).exists()
        assert FailureRecord.objects.filter(pk=record.pk).update(doc_no="改") == 0
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            record.pk, record.ref = None, "x" * 20
            record.save(force_insert=True)


def test_a_row_cannot_point_into_another_region(world):
    case = world.a_case()
    theirs = Department.objects.get(region_id=JINCHUAN, code="scjgj")
    with pytest.raises(IntegrityError), region_context(YONGCHANG), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(holder=theirs)
        connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_subject_reads_its_own_rows_in_all_regions_and_nobody_elses(world):
    mine = [world.a_record(FIRM_A), world.a_record(FIRM_A, region=JINCHUAN)]
    world.a_record(FIRM_B)
    world.enter(world.actors["zhao"])
    assert {r.pk for r in FailureRecord.objects.all()} == {r.pk for r in mine}
    assert list(FailureRecord.objects.select_for_update()) == []  # locking needs the region: verbs enter it first


def test_events_can_be_added_and_read_only(world):
    case = world.a_case()
    for statement in ("UPDATE audit_event SET verb = 'x'", "DELETE FROM audit_event", "TRUNCATE audit_event"):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            connection.cursor().execute(statement)
    assert world.fresh(case).state == "submitted"


def test_the_state_machine_also_holds_for_plain_updates(world):
    case = world.a_case()
    with pytest.raises(DatabaseError, match="Invalid transition"), region_context(YONGCHANG), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(state="repaired")
    assert world.fresh(case).state == "submitted"


def test_a_case_can_only_begin_as_submitted(world):
    case = world.a_case()
    case.pk, case.ref = None, "y" * 20
    case.__dict__["state"] = "approved"
    with pytest.raises(DatabaseError, match="Cannot insert"), region_context(YONGCHANG), transaction.atomic():
        case.save(force_insert=True)


def test_the_sender_may_settle_deliveries_and_nothing_else(db):
    grants = rows(
        "SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = 'sender'"
    )
    seen = rows(
        "SELECT relname, has_table_privilege('sender', oid, 'SELECT'), has_table_privilege('sender', oid, 'DELETE') "
        "FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    assert {name for name, reads, _ in seen if reads} == {
        "sync_delivery",
        "sync_attempt",
        "sync_lane",
        "sync_regionlane",
    }, grants
    assert not any(deletes for _, _, deletes in seen)


@pytest.mark.fault("T14")
def test_a_case_of_the_neighbour_stays_hidden_when_application_filters_are_off(world):
    case = world.a_case()
    world.enter(world.actors["qian"])
    with region_context(JINCHUAN):
        assert list(Case.objects.all()) == []
        assert list(Material.objects.all()) == []
    with region_context(YONGCHANG):
        assert [c.pk for c in Case.objects.all()] == [case.pk]


def test_region_of_an_inner_context_is_put_back(world):
    with region_context(YONGCHANG):
        with region_context(JINCHUAN):
            pass
        assert rows("SELECT current_setting('app.region')") == [(YONGCHANG,)]
    assert at().tzinfo is not None
