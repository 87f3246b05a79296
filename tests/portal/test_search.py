"""Public search: only what is published, never persons, and the exact day."""

import pytest

from cases.models import FailureRecord, Subject
from cases.portal.lookup import SEARCHES
from cases.portal.queries import MAX_RESULTS
from cases.services.subjects import fold_name
from creditrepair.tenancy.context import region_context
from tests.world import FIRM_A, JINCHUAN, YONGCHANG, firm_code


def found(visitor, text):
    return visitor.get("/search", {"q": text}).content.decode()


def test_the_full_code_finds_a_published_record_with_its_verdict(visitor, repairable):
    page = found(visitor, FIRM_A)
    assert repairable.doc_no in page
    assert "现在可以申请" in page
    assert f"/apply?record={repairable.ref}" in page


def test_a_record_too_early_shows_day_and_countdown_and_no_way_to_apply(visitor, too_early):
    page = found(visitor, FIRM_A)
    assert "起可以申请" in page
    assert "还有<b>" in page
    assert f"/apply?record={too_early.ref}" not in page
    assert "现在不能申请" in page


@pytest.mark.parametrize("name", ["祁连山食品", "永昌县祁连山食品有限公司"])
def test_a_name_finds_by_any_four_characters_in_a_row(visitor, repairable, name):
    assert repairable.doc_no in found(visitor, name)


def test_three_characters_find_nothing_and_say_what_to_type(visitor, repairable):
    page = found(visitor, "祁连山")
    assert repairable.doc_no not in page
    assert "或者至少4个字的企业名称。" in page
    for nothing in ("", "   "):
        assert "或者至少4个字的企业名称。" in found(visitor, nothing)
    assert "或者至少4个字的企业名称。" not in visitor.get("/search").content.decode()


@pytest.mark.parametrize("pattern", ["%%%%", "____", "永昌县%公司"])
@pytest.mark.fault("B9")
def test_signs_of_patterns_are_only_signs(visitor, repairable, pattern):
    assert repairable.doc_no not in found(visitor, pattern)


def test_a_record_no_longer_published_appears_nowhere(visitor, repairable):
    assert repairable.doc_no in found(visitor, FIRM_A)
    with region_context(YONGCHANG):
        FailureRecord.objects.filter(pk=repairable.pk).update(status="ended")
    page = found(visitor, FIRM_A)
    assert repairable.doc_no not in page
    assert "未查到正在公示的失信信息" in page


def test_a_record_of_the_next_region_is_found_on_its_own_host_only(visitor, world, repairable):
    theirs = world.a_record(region=JINCHUAN, doc_no="金川文旅罚〔2026〕77号", decided_on=repairable.decided_on)
    assert theirs.doc_no not in found(visitor, FIRM_A)
    there = visitor.get("/search", {"q": FIRM_A}, SERVER_NAME="jinchuan.localhost").content.decode()
    assert theirs.doc_no in there
    assert repairable.doc_no not in there


def test_persons_are_not_found(visitor, repairable):
    Subject.objects.filter(pk=FIRM_A).update(kind="person")
    assert repairable.doc_no not in found(visitor, FIRM_A)


def test_an_applicant_finds_no_own_records_of_other_regions_here(sign_in, world, repairable):
    """The own-rows policy would show them; the public page of this host must not."""
    theirs = world.a_record(region=JINCHUAN, doc_no="金川文旅罚〔2026〕77号", decided_on=repairable.decided_on)
    page = found(sign_in("zhao"), FIRM_A)
    assert repairable.doc_no in page
    assert theirs.doc_no not in page


def test_an_applicant_who_is_signed_in_finds_what_a_visitor_finds(sign_in, repairable):
    assert repairable.doc_no in found(sign_in("wu"), FIRM_A)


def test_who_searches_too_often_is_told_how_long_to_wait(visitor, world):
    for _ in range(SEARCHES.allowed):
        assert visitor.get("/search", {"q": "没有这家企业"}).status_code == 200
    answer = visitor.get("/search", {"q": "没有这家企业"})
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= SEARCHES.seconds


def test_the_calculator_answers_as_the_search_does(visitor, repairable):
    asked = {
        "category": repairable.category,
        "ask": "1",
        "market": "no",
        "severity": "general",
        "penalty_kinds": "fine",
        "decided_on": repairable.decided_on.isoformat(),
    }
    page = visitor.get("/calculator", asked).content.decode()
    assert "现在可以申请" in page
    assert "加3个月" in page


def test_a_date_that_is_none_stands_beside_its_field(visitor, world):
    page = visitor.get("/calculator", {"category": "administrative_penalty", "ask": "1", "decided_on": "31-31"})
    assert page.status_code == 200
    assert "请按“年-月-日”填写" in page.content.decode()


@pytest.fixture
def bracketed(world, repairable):
    """A firm that writes its name with full-width brackets."""
    code, name = firm_code(77), "永昌县（河西堡）惠农种业有限公司"
    Subject.objects.create(code=code, name=name, folded_name=fold_name(name), kind="organisation")
    return world.a_record(code, decided_on=repairable.decided_on, published_on=repairable.published_on)


@pytest.mark.fault("B17")
@pytest.mark.parametrize(
    "typed", ["永昌县（河西堡）惠农", "永昌县(河西堡)惠农", "（河西堡)惠", " 永昌县 ( 河西堡 ) 惠农 ", "河西堡）惠农"]
)
def test_brackets_of_either_width_find_the_name_and_the_original_is_shown(visitor, bracketed, typed):
    page = found(visitor, typed)
    assert bracketed.doc_no in page
    assert "永昌县（河西堡）惠农种业有限公司" in page
    assert "永昌县(河西堡)惠农种业有限公司" not in page


@pytest.mark.fault("B5", "B14")
@pytest.mark.parametrize(
    "write",
    [str.lower, lambda code: "".join(chr(ord(sign) + 0xFEE0) for sign in code), " ".join, lambda code: f"　{code}\t"],
)
def test_a_code_is_understood_in_any_case_width_and_spacing(visitor, repairable, write):
    assert repairable.doc_no in found(visitor, write(FIRM_A))


@pytest.mark.fault("B13", "B14")
@pytest.mark.parametrize(
    "code",
    [FIRM_A[:-1], FIRM_A + "1", FIRM_A[:-1] + ("0" if FIRM_A[-1] != "0" else "1"), FIRM_A[:9] + "I" + FIRM_A[10:]],
)
def test_a_code_that_is_none_says_what_a_code_looks_like(visitor, repairable, code):
    page = found(visitor, code)
    assert repairable.doc_no not in page
    assert "统一社会信用代码为18位" in page


@pytest.mark.fault("B3", "B4", "B7", "B8")
@pytest.mark.parametrize(
    "typed",
    ["祁连山食\x00品", "祁连山\u200b食品", "<script>alert(1)</script>", "{{7*7}}{% load x %}", "\x00", "㈱㍿祁连"],
)
def test_a_search_is_only_text(visitor, repairable, typed):
    answer = visitor.get("/search", {"q": typed})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.content.decode()
    assert "\x00" not in answer.content.decode()


def test_signs_that_nobody_sees_do_not_hide_a_firm(visitor, repairable):
    assert repairable.doc_no in found(visitor, "祁连山\u200b食品")


def test_at_most_twenty_are_shown_and_the_page_says_so(visitor, world, repairable):
    for _ in range(MAX_RESULTS):
        world.a_record(decided_on=repairable.decided_on, published_on=repairable.published_on)
    page = found(visitor, FIRM_A)
    assert page.count('class="verdict ') == MAX_RESULTS
    assert "仅显示前20条" in page


def test_every_card_says_when_may_be_applied_can_be_printed_and_reminds_if_there_is_a_day(
    visitor, repairable, too_early
):
    cards = found(visitor, FIRM_A).split('<article class="verdict')[1:]
    ready, waiting = sorted(cards, key=lambda card: "现在不能申请" in card)
    assert len(cards) == 2
    assert "立即申请" in ready and f"/remind/{repairable.ref}" not in ready
    assert (
        f'href="/remind/{too_early.ref}"' in waiting and "/reminder.ics?day=" in waiting and "立即申请" not in waiting
    )
    assert all('data-print="one"' in card and "<summary>为什么" in card for card in cards)


def test_the_legal_representative_finds_nothing(visitor, repairable):
    Subject.objects.filter(pk=FIRM_A).update(legal_representative="欧阳连山")
    assert repairable.doc_no not in found(visitor, "欧阳连山")


def test_nothing_found_is_no_certificate_and_leads_on(visitor, world):
    page = found(visitor, "没有这家企业")
    assert "未查到正在公示的失信信息。" in page and "本页不作为信用证明。" in page
    assert "/faq?q=" in page and "/contact?kind=question" in page
