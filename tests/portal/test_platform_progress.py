"""Who applied on a platform follows the case by the platform's number and the last four of the code, or when signed in."""

import pytest
from django.utils import timezone

from cases.services import platform_filing
from creditrepair.tenancy.context import region_context
from sync.models import InboundFiling
from tests.world import FIRM_A, JINCHUAN, YONGCHANG

B = "gsxt_gansu"
NUMBER = "GS-2026-000017"


def told(record, number: str = NUMBER, region: str = YONGCHANG, key: str = "") -> InboundFiling:
    """What a platform handed over for one record, before anybody here has looked at it."""
    now = timezone.now()
    with region_context(region):
        return InboundFiling.objects.create(
            region_id=region, target=B, seq=number, came_no=number, record_keys=[key or record.record_key],
            content={"subject_code": FIRM_A, "agent_name": "赵申", "agent_phone": "13800000000"},
            filed_at=now, received_at=now,
        )  # fmt: skip


def asked(visitor, number: str = NUMBER, last_four: str = FIRM_A[-4:]) -> str:
    return visitor.post("/progress", {"code": number, "last_four": last_four}).content.decode()


def test_before_it_is_opened_the_page_says_that_it_has_come(visitor, repairable):
    told(repairable)
    page = asked(visitor)
    assert "已收到，正在登记" in page and NUMBER in page


def test_once_opened_it_shows_state_step_and_platforms_like_any_other(visitor, sign_in, repairable):
    came = told(repairable)
    platform_filing.file_from_platform(YONGCHANG, came.pk, now=timezone.now())
    with region_context(YONGCHANG):
        came.refresh_from_db()
    page = asked(visitor, NUMBER.lower())
    assert came.filing_no in page and "已提交，待受理" in page
    assert came.filing_no in sign_in("zhao").get("/my/").content.decode()
    assert came.filing_no not in sign_in("wu").get("/my/").content.decode()


@pytest.mark.fault("B39")
def test_what_may_not_be_applied_for_yet_says_no_more_than_that(visitor, too_early):
    came = told(too_early)
    platform_filing.file_from_platform(YONGCHANG, came.pk, now=timezone.now())
    page = asked(visitor)
    assert "依规暂不能申请，理由已告知该平台" in page
    for private in (too_early.doc_no, "祁连山", "赵申", "13800000000", FIRM_A):
        assert private not in page.split("<main")[1]


def test_what_nobody_knows_is_with_a_person(visitor, repairable):
    came = told(repairable, key="f" * 32)
    platform_filing.file_from_platform(YONGCHANG, came.pk, now=timezone.now())
    assert "工作人员正在核对" in asked(visitor)


@pytest.mark.fault("B38")
@pytest.mark.parametrize(
    ("number", "last_four"), [(NUMBER, "0000"), ("GS-2026-000018", FIRM_A[-4:]), (NUMBER, ""), ("\x00", FIRM_A[-4:])]
)
def test_wrong_and_unknown_are_one_answer(visitor, repairable, number, last_four):
    told(repairable)
    assert "没有找到对应的办件" in asked(visitor, number, last_four)


def test_the_next_regions_number_is_none_here(visitor, world, repairable):
    told(repairable, region=JINCHUAN)
    assert "没有找到对应的办件" in asked(visitor)


def test_the_interface_for_programs_knows_query_codes_only(visitor, repairable):
    told(repairable)
    answer = visitor.get("/api/v1/progress", {"code": NUMBER, "last_four": FIRM_A[-4:]})
    assert answer.status_code == 404
