"""单条录入: the form follows the template, faults stand beside their fields, and a good record goes the way of every row."""

import pytest

from cases.categories import rooms
from cases.desk.record_form_fields import RecordForm, template_of, typed_fields
from cases.models import CollectionBatch, FailureRecord
from creditrepair.audit.models import Event
from sync.models import Delivery
from tests.routes_quality import typed_record
from tests.world import FIRM_A

NEW = "/desk/collect/administrative_penalty/new"


@pytest.fixture
def typed(world):
    """What a recorder of 文旅局 types about firm A."""
    return typed_record(world.department("wlj"))


def test_a_good_record_is_collected_reported_and_shown(world, sign_in, typed):
    answer = sign_in("he").post(NEW, typed)
    world.enter(world.actors["he"])
    record = FailureRecord.objects.get(doc_no="永文旅罚〔2026〕88号")
    assert (answer.status_code, answer["Location"]) == (302, f"/desk/record/{record.ref}/")
    assert (record.amount_fen, record.penalty_kinds, record.late_by) == (200000, ["warning", "fine"], 0)
    assert Delivery.objects.filter(kind="report", record_key=record.record_key).count() == 2
    assert CollectionBatch.objects.get(pk=record.batch_id).way == "form"


def test_a_double_click_makes_one_record(world, sign_in, typed):
    he = sign_in("he")
    first, second = he.post(NEW, typed), he.post(NEW, typed)
    assert first["Location"] == second["Location"]
    world.enter(world.actors["he"])
    assert (FailureRecord.objects.count(), CollectionBatch.objects.count()) == (1, 1)


@pytest.mark.fault("B1", "B13", "B19")
def test_faults_stand_beside_their_fields_with_everything_kept_and_nothing_stored(world, sign_in, typed):
    wrong = typed | {"CF_XDR_SHXYM": FIRM_A[:-1] + "0", "CF_JDRQ": "2026-02-30", "CF_WSH": "\u3000", "CF_NR": "警告"}
    answer = sign_in("he").post(NEW, wrong)
    page = answer.content.decode()
    assert answer.status_code == 422
    for code in ("CF_XDR_SHXYM", "CF_JDRQ", "CF_WSH"):
        assert f'id="id_{code}_error"' in page
    assert "永昌县祁连山食品有限公司" in page
    assert "互联网上网服务营业场所管理条例" in page
    world.enter(world.actors["he"])
    assert not FailureRecord.objects.exists()
    assert not CollectionBatch.objects.exists()
    assert not Event.objects.filter(kind__in=["batch", "record"]).exists()


def test_a_fine_without_its_amount_is_said_beside_the_field_in_yuan(world, sign_in, typed):
    page = sign_in("he").post(NEW, typed | {"CF_NR_FK_YUAN": "", "CF_NR": "警告并罚款"}).content.decode()
    assert 'id="id_CF_NR_FK_YUAN_error"' in page
    assert page.count('class="error"') == 1


def test_a_changed_record_becomes_its_next_version(world, sign_in, typed):
    he = sign_in("he")
    he.post(NEW, typed)
    he.post(NEW, typed | {"CF_NR": "警告，罚款3000元", "CF_NR_FK_YUAN": "3000"})
    world.enter(world.actors["he"])
    record = FailureRecord.objects.get()
    assert (record.version, record.amount_fen, record.versions.count()) == (2, 300000, 2)


def test_a_natural_person_and_another_regions_organ_stay_out(world, sign_in, typed):
    he = sign_in("he")
    foreign = world.department("wlj", "620302")
    told = he.post(NEW, typed | {"CF_CFJG": foreign.name, "CF_CFJGDM": foreign.credit_code})
    assert told.status_code == 422
    assert 'id="id_CF_CFJGDM_error"' in told.content.decode()
    assert he.post(NEW, typed | {"CF_XDR_LB": "自然人"}).status_code == 422
    world.enter(world.actors["he"])
    assert not FailureRecord.objects.exists()


@pytest.mark.parametrize("category", [room.code for room in rooms()])
def test_every_category_has_its_form_without_identity_numbers(world, category):
    form = RecordForm(category, world.department("wlj"))
    codes = {field.code for field in typed_fields(template_of(category))}
    assert {bound.name for bound in (*form.wanted(), *form.further())} == codes | {"stock"}
    assert not codes & {"CF_FR_ZJHM", "CF_XDR_ZJHM", "CF_XDR_SFZ"}
    organ = next(code for code in ("CF_CFJGDM", "RDJGDM") if code in codes)
    assert form[organ].value() == world.department("wlj").credit_code


def test_only_recorders_type_and_an_unknown_category_is_not_found(world, sign_in, typed):
    assert sign_in("he").get("/desk/collect/no_such/new").status_code == 404
    assert sign_in("qian").post(NEW, typed).status_code == 403
    assert sign_in("he").get(NEW).status_code == 200


def test_record_and_batch_say_whether_it_came_in_time(world, sign_in, typed):
    he = sign_in("he")
    he.post(NEW, typed)
    he.post(NEW, typed | {"CF_WSH": "永文旅罚〔2026〕89号", "CF_JDRQ": "2026-10-20"})
    world.enter(world.actors["he"])
    late = FailureRecord.objects.get(doc_no="永文旅罚〔2026〕89号")
    timely = FailureRecord.objects.get(doc_no="永文旅罚〔2026〕88号")
    assert f"▲ 迟报{late.late_by}个工作日" in he.get(f"/desk/record/{late.ref}/").content.decode()
    assert late.late_by > 10
    page = he.get(f"/desk/collect/{timely.batch.ref}/").content.decode()
    assert "● 及时" in page
    assert f"/desk/record/{timely.ref}/" in page
