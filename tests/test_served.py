"""两书同达: which decisions wait, what each way of service needs, and the rate of a month with its n."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.urls import reverse

from cases.desk import record_lists
from cases.oversight import served
from cases.oversight.shares import Share
from cases.services import notify, severity
from cases.uploads import store_upload
from creditrepair.tenancy.errors import Invalid, WrongMoment
from creditrepair.tenancy.models import Department
from notices.models import Service
from notices.serving import WAYS, described
from tests.routes_objects import a_scan
from tests.world import FIRM_B, YONGCHANG, at

pytestmark = pytest.mark.django_db
GIVEN = {
    "direct": {"receiver": "赵申", "phone": "13800000000", "proof": "回证1号"},
    "left": {"proof": "回证2号", "details": {"witness": "李见证", "place": "永昌县城关镇示例路1号"}},
    "post": {"receiver": "赵申", "phone": "13800000000", "details": {"waybill": "EMS0000000001CN"}},
    "electronic": {"receiver": "赵申", "phone": "13800000000", "details": {"address": "zhao@firm.example"}},
    "public": {"details": {"place": "www.yongchang.example/gg/1", "days": "30"}},
}


@pytest.fixture
def he(world):
    return world.enter(world.actors["he"])


def ready(world, he, **facts):
    """A record with its decision attached and its 告知书 made."""
    record = world.a_record(**facts)
    file = store_upload(he, YONGCHANG, a_scan("决定书.pdf"), now=at())
    notify.attach_decision(he, ref=record.ref, file=file, now=at())
    notify.issue_notice(he, ref=record.ref, now=at())
    return record


def serve(he, record, way="direct", day=None, **changes):
    given = {"receiver": "", "phone": "", "proof": ""} | GIVEN[way] | changes
    return notify.serve_both_papers(he, ref=record.ref, way=way, served_on=day or at().date(), now=at(), **given)


@pytest.mark.parametrize("way", list(WAYS))
def test_each_way_is_recorded_with_what_it_needs(world, he, way):
    record = ready(world, he)
    service = serve(he, record, way)
    assert service.details == GIVEN[way].get("details", {})
    for text in service.details.values():
        assert text in described(service)
    with pytest.raises(WrongMoment, match="已登记"):
        serve(he, record, way)


@pytest.mark.parametrize(
    ("way", "lacking", "field"),
    [
        ("direct", {"proof": ""}, "proof"),
        ("direct", {"receiver": " "}, "receiver"),
        ("direct", {"phone": "138"}, "phone"),
        ("left", {"details": {"place": "门口"}}, "witness"),
        ("post", {"details": {}}, "waybill"),
        ("electronic", {"details": {}}, "address"),
        ("public", {"details": {"place": "网站", "days": "许多"}}, "days"),
        ("public", {"details": {"days": "30"}}, "place"),
        ("public", {"details": {"place": "网站", "days": "0"}}, "days"),
        ("pigeon", {}, "way"),
    ],
)
def test_a_way_without_what_it_needs_is_refused_beside_its_field(world, he, way, lacking, field):
    record = ready(world, he)
    given = {"receiver": "", "phone": "", "proof": ""} | GIVEN.get(way, {}) | lacking
    with pytest.raises(Invalid) as refused:
        notify.serve_both_papers(he, ref=record.ref, way=way, served_on=at().date(), now=at(), **given)
    assert field in refused.value.fields
    assert not Service.objects.exists()


def test_a_listing_is_served_with_its_own_paper_and_word(world, he):
    listing = {"category": "market_violation", "decided_on": None, "listed_on": date(2026, 5, 6), "severity": "serious"}
    record = world.a_record(**listing)
    with pytest.raises(Invalid, match="请先生成信用修复告知书"):
        serve(he, record)
    assert notify.issue_notice(he, ref=record.ref, now=at()).kind == "listing_notice"
    with pytest.raises(Invalid, match="请先上传列入决定书"):
        serve(he, record)
    assert record in record_lists.listed(he, "listings")
    assert record not in record_lists.listed(he, "unserved")


def test_what_a_court_decides_and_old_stock_do_not_wait_for_service(world):
    own = world.a_record()
    world.a_record(stock=True)
    court = world.a_record(
        unit="fy", category="judgment_defaulter", decided_on=None, listed_on=date(2026, 5, 6), severity="serious"
    )
    wang = world.enter(world.actors["wang"])
    assert list(record_lists.unserved(wang)) == [own]
    recorder = replace(world.actors["he"], department_id=court.department_id, department="fy")
    with pytest.raises(WrongMoment, match="外部机关"):
        notify.issue_notice(world.enter(recorder), ref=court.ref, now=at())


def test_a_record_waits_again_when_its_served_paper_is_out_of_force(world, he):
    record = ready(world, he)
    serve(he, record)
    assert list(record_lists.unserved(he)) == []
    severity.set_severity(he, ref=record.ref, severity="serious", reason="情节严重", now=at())
    assert list(record_lists.unserved(he)) == [record]
    assert record_lists.services_of(he, [record]) == {}


def test_the_rate_counts_each_decision_of_the_month_once_per_unit(world, he):
    day = date(2026, 5, 6)
    for n in range(3):
        serve(he, ready(world, he), day=day + timedelta(days=5 + n))  # the 5th, 6th and 7th day
    late = ready(world, he)
    serve(he, late, day=day + timedelta(days=8))
    world.a_record()
    world.a_record(decided_on=date(2026, 6, 1))
    world.a_record(status="withdrawn")
    world.a_record(FIRM_B, unit="scjgj")
    world.enter(world.actors["wang"])
    lines = served.rates(YONGCHANG, date(2026, 5, 1), Department.objects.filter(region_id=YONGCHANG))
    told = {line.department.code: (line.both, line.prompt, line.waiting) for line in lines}
    assert told == {"wlj": (Share(4, 5), Share(3, 4), 1), "scjgj": (Share(0, 1), Share(0, 0), 1)}
    assert served.total(lines) == (Share(4, 6), Share(3, 4))
    assert served.rates(YONGCHANG, date(2026, 4, 1), Department.objects.filter(region_id=YONGCHANG)) == []


def test_a_photo_proves_a_service_and_is_seen_on_the_page(world, he, sign_in):
    record = ready(world, he)
    browser = sign_in("he")
    form = {
        "serve-way": "post",
        "serve-served_on": "2026-11-20",
        "serve-receiver": "赵申",
        "serve-phone": "13800000000",
    }
    wrong = browser.post(reverse("desk:serve", args=[record.ref]), form)
    assert wrong.status_code == 422
    assert "邮寄送达请填写邮寄运单号。" in wrong.content.decode()
    photo = {"serve-waybill": "EMS0000000001CN", "serve-file": a_scan("运单.pdf")}
    assert browser.post(reverse("desk:serve", args=[record.ref]), form | photo).status_code == 302
    page = browser.get(reverse("desk:record", args=[record.ref])).content.decode()
    assert "邮寄运单号EMS0000000001CN" in page
    assert browser.get(reverse("desk:service_proof", args=[record.ref])).status_code == 200
    assert sign_in("zhang").get(reverse("desk:service_proof", args=[record.ref])).status_code == 404


def test_the_list_begins_a_batch_of_all_that_have_no_notice(world, he, sign_in):
    records = [world.a_record(), world.a_record(decided_on=date(2026, 4, 7))]
    ready(world, he)
    browser = sign_in("he")
    page = browser.get(reverse("desk:records")).content.decode()
    assert "本单位还没有告知书的：<strong>2</strong> 条" in page
    answer = browser.post(reverse("desk:notice_batch"), {"act": "all", "view": "unserved", "q": ""})
    shown = browser.get(answer["Location"])
    assert shown.status_code == 200
    assert "待编号 2 份" in shown.content.decode()
    batch = next(iter(shown.context["batch"].__class__.objects.all()))
    assert batch.waiting == [records[1].ref, records[0].ref]
    none = browser.post(reverse("desk:notice_batch"), {"act": "checked"}, follow=True)
    assert "没有需要制作告知书的信息" in none.content.decode()


def test_the_rate_page_shows_each_share_with_its_n(world, he, sign_in):
    serve(he, ready(world, he), day=date(2026, 5, 8))
    page = sign_in("wang").get(reverse("desk:served"), {"month": "2026-05"})
    assert "样本不足" in page.content.decode()
    assert "1/1" in page.content.decode()
    for month in ("2026-13", "x", "1999-01"):
        assert sign_in("wang").get(reverse("desk:served"), {"month": month}).status_code == 400
