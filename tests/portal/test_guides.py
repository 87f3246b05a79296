"""Guides: every block of every room, generated from the rules of the day; a unit's own dated words in free blocks only."""

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone

from cases.categories import local_rows, registry, rooms
from cases.guide_texts import FREE_BLOCKS, texts_on
from cases.models import GuideText, Tier
from cases.portal.guidebook import ORDER, SPECIAL
from cases.portal.rulebook import rulebook
from cases.services.guides import MAX_TEXT, set_guide_text
from creditrepair.audit.models import Event
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotAllowed, NotFound
from tests.test_recompute import PAPER, settled
from tests.world import JINCHUAN, TODAY, YONGCHANG, at

CODES = [room.code for room in rooms()]


def page_of(visitor, code="administrative_penalty", **extra):
    return visitor.get(f"/guide/{code}/", **extra).content.decode()


def block_of(page: str, title: str) -> str:
    return next(part for part in page.split('<section class="block"')[1:] if f"<h2>{title}</h2>" in part)


def written(world, who="sun", **changes):
    given = {
        "category": "administrative_penalty", "block": "常见问题", "text": "票据遗失的，可以到窗口核实缴款。",
        "from_on": TODAY, "until_on": None, "now": at(),
    } | changes  # fmt: skip
    return set_guide_text(world.enter(world.actors[who]), **given)


@pytest.mark.parametrize("code", CODES)
def test_every_guide_has_all_blocks_in_order_and_the_columns_of_materials(visitor, world, code):
    page = page_of(visitor, code)
    assert re.findall(r"<h2>(.+?)</h2>", page) == list(ORDER)
    materials = block_of(page, "申报材料")
    for column in ("序号", "材料名称", "描述/要求", "来源渠道", "原件/复印件份数", "必要性", "模板下载"):
        assert column in materials
    assert "None" not in page
    assert "待核实（待核实）" not in page


@pytest.mark.parametrize("code", CODES)
def test_a_guide_says_what_the_rules_of_the_day_say(code):
    room = registry[code]
    for market in (False, True) if room.market is None else (room.market,):
        book = rulebook(room, market, (), TODAY)
        assert book.current
        assert all(one.lines and one.lines[0].basis for one in book.periods)
        assert book.papers
        assert {line.certainty for line in book.conditions} <= {"verified", "unverified", "unknown"}


@pytest.mark.parametrize("code", CODES)
def test_no_guide_cites_the_paper_of_a_neighbour(visitor, world, code):
    assert "永发改字" not in page_of(visitor, code, SERVER_NAME="jinchuan.localhost")


def test_the_guide_of_the_county_cites_its_own_paper_and_calls_nothing_settled_that_is_open(visitor, world):
    page = page_of(visitor, "market_violation")
    assert "永发改字〔2024〕63号" in page and "共享至上级主管单位" in page
    there = page_of(visitor, "market_violation", SERVER_NAME="jinchuan.localhost")
    assert "共享至上级主管单位" not in there
    for region, county in ((YONGCHANG, True), (JINCHUAN, False)):
        book = rulebook(registry["market_violation"], True, local_rows(region), TODAY)
        assert [(line.own, line.certainty) for line in book.outside] == (
            [(False, "unknown"), (True, "verified")] if county else []
        )


def test_the_guide_puts_reconsideration_first_once_the_bureau_has_settled_it(visitor, world, monkeypatch):
    monkeypatch.setattr("cases.portal.guide.today", lambda: TODAY)
    assert "六个月内依法向有管辖权的人民法院" in block_of(page_of(visitor), "救济途径")
    settled(world, "remedy_order", "first")
    after = block_of(page_of(visitor), "救济途径")
    assert "应当先自收到本决定书之日起六十日内" in after and "六个月" not in after
    assert "六个月" in block_of(page_of(visitor, SERVER_NAME="jinchuan.localhost"), "救济途径")


def test_both_regimes_stand_side_by_side_while_an_older_record_may_follow_the_old_one():
    room = registry["administrative_penalty"]
    book = rulebook(room, False, (), TODAY)
    assert [(one.who, one.least, one.most) for one in book.current] == [
        ("轻微失信信息", "无最短期限", "3个月"), ("一般失信信息", "3个月", "1年"), ("严重失信信息", "1年", "3年"),
    ]  # fmt: skip
    assert [(one.who, one.least, one.most) for one in book.former] == [
        ("其他情形", "3个月", "3年"), ("食品、药品、特种设备、安全生产、消防领域", "1年", "3年"),
    ]  # fmt: skip
    assert rulebook(room, False, (), date(2029, 3, 31)).former
    assert not rulebook(room, False, (), date(2029, 4, 1)).former  # 2026-03-31 and three years: nothing left to govern
    assert [one.most for one in rulebook(room, False, (), date(2026, 3, 31)).current] == ["3年", "3年"]


def test_a_value_the_bureau_has_settled_shows_its_citation_and_no_mark(visitor, world, monkeypatch):
    monkeypatch.setattr("cases.portal.guide.today", lambda: TODAY)
    before = block_of(page_of(visitor), "法定时限")
    assert "7个工作日" in before
    settled(world, "decide_wd", 5)
    after = block_of(page_of(visitor), "法定时限")
    row = next(part for part in after.split("<tr>") if "5个工作日" in part)
    assert "本地已确认" in row
    assert PAPER["basis_number"] in row
    assert "7个工作日 <span" not in after.split("市场监管领域</h3>")[1]
    assert "5个工作日" not in block_of(page_of(visitor, SERVER_NAME="jinchuan.localhost"), "法定时限")


def test_an_outside_organ_stands_in_flow_and_special_steps(visitor, world):
    court = page_of(visitor, "judgment_defaulter")
    assert "立即办理" not in court
    assert "人民法院" in block_of(court, "特殊环节")
    assert "外部机关决定" in block_of(court, "办理流程")
    assert "补正" not in block_of(court, "办理流程")
    assert "不适用行政复议" in block_of(court, "救济途径")
    assert "外部机关决定" in block_of(page_of(visitor, "major_tax_violation"), "办理流程")


def test_the_way_of_a_case_marks_the_days_that_no_verified_rule_says(visitor, world, monkeypatch):
    monkeypatch.setattr("cases.portal.guide.today", lambda: TODAY)
    wage = block_of(page_of(visitor, "wage_arrears"), "办理流程")
    assert "受理后共7个工作日内（待核实）" in wage
    assert "申请后共10个工作日内</small>" in wage
    market = block_of(page_of(visitor, "abnormal_operation"), "办理流程")
    assert "申请后共10个工作日内（待核实）" in market
    tax = block_of(page_of(visitor, "major_tax_violation"), "办理流程")
    assert tax.count("由该机关掌握") == 2 and "申请后共" not in tax


def test_two_papers_with_periods_of_their_own_are_not_left_unexplained(visitor, world, monkeypatch):
    monkeypatch.setattr("cases.portal.guide.today", lambda: TODAY)
    note = "同一情形列有两种期限的，以何为准待核实"
    for code, there in (("wage_arrears", True), ("major_tax_violation", True), ("market_violation", False)):
        assert (note in block_of(page_of(visitor, code), "申请条件")) is there


def test_the_courts_guide_says_nothing_of_filing_here(visitor, world):
    court = page_of(visitor, "judgment_defaulter")
    for words in ("补正一次性告知", "处罚决定被变更", "一次申请、一份承诺", "没有规定期限", "0个工作日"):
        assert words not in court, words


@pytest.mark.parametrize("code", CODES)
def test_no_sentence_repeats_its_condition_or_its_mark(visitor, world, code):
    page = page_of(visitor, code)
    assert "个工作日内（待核实）（待核实）" not in page and ">0个工作日" not in page
    for one in page.split('<ul class="said">')[1:]:
        for line in one.split("</ul>")[0].split("<li>")[1:]:
            when, _, rest = line.removeprefix("<b>").partition("</b>　") if line.startswith("<b>") else ("", "", line)
            assert not (when and rest.startswith(when.rsplit("：", 1)[-1])), line
            assert not ("待核实" in rest.split(" <span")[0] and ">待核实</span>" in rest), line


def test_the_regions_own_tiers_take_the_place_of_the_rooms(visitor, world):
    with region_context(YONGCHANG):
        Tier.objects.create(
            region_id=YONGCHANG, category="wage_arrears", code="handler", title="窗口复核", department="own",
            position=1, from_on=TODAY - timedelta(days=900),
        )  # fmt: skip
    assert "窗口复核" in block_of(page_of(visitor, "wage_arrears"), "办理流程")
    assert "窗口复核" not in page_of(visitor, "wage_arrears", SERVER_NAME="jinchuan.localhost")


def test_the_flow_page_names_every_category_and_every_move_in_words(visitor, world):
    page = visitor.get("/guide/flow/").content.decode()
    assert all(room.title in page for room in rooms())
    assert all(word in page for word in ("补正", "不予受理", "不予修复", "撤回", "撤销修复", "复议、诉讼后"))


@pytest.mark.parametrize(
    ("code", "paper"), [("administrative_penalty", "commitment"), ("wage_arrears", "application_form")]
)
def test_blank_and_sample_are_the_rooms_own_papers(visitor, world, code, paper):
    blank = visitor.get(f"/guide/{code}/form/{paper}/").content.decode()
    sample = visitor.get(f"/guide/{code}/form/{paper}/", {"sample": "1"}).content.decode()
    assert "示例商贸" in sample
    assert "示例商贸" not in blank
    assert "样表，请勿提交" in sample
    assert f"/guide/{code}/form/{paper}/" in page_of(visitor, code)


def test_a_form_nobody_makes_is_not_there(visitor, world):
    assert visitor.get("/guide/administrative_penalty/form/proof_of_duties/").status_code == 404
    assert visitor.get("/guide/nothing/form/commitment/").status_code == 404


# --- a unit's own words ---------------------------------------------------------------------------------------------


def test_a_units_words_stand_under_its_name_with_their_days_and_leave_an_event(visitor, world, monkeypatch):
    monkeypatch.setattr("cases.portal.guide.today", lambda: TODAY)
    written(world, until_on=TODAY + timedelta(days=30))
    block = block_of(page_of(visitor), "常见问题")
    assert "票据遗失的，可以到窗口核实缴款。" in block
    assert "永昌县市场监督管理局发布，2026年11月23日起至2026年12月23日" in block
    assert "永昌县市场监督管理局发布" not in page_of(visitor, SERVER_NAME="jinchuan.localhost")
    with region_context(YONGCHANG):
        event = Event.objects.get(region_id=YONGCHANG, verb="guide_text_set")
    assert (event.thing, event.data["block"]) == ("administrative_penalty", "常见问题")


def test_the_latest_text_begun_is_shown_until_its_end_and_an_empty_one_takes_it_away(world):
    written(world, text="甲", until_on=TODAY + timedelta(days=9))
    written(world, text="乙", from_on=TODAY + timedelta(days=5))

    def shown(day):
        return [one.text for one in texts_on(YONGCHANG, "administrative_penalty", day)]

    assert shown(TODAY - timedelta(days=1)) == []
    assert shown(TODAY) == ["甲"]
    assert shown(TODAY + timedelta(days=5)) == ["乙"]
    written(world, text=" ", from_on=TODAY + timedelta(days=20))
    assert shown(TODAY + timedelta(days=19)) == ["乙"]
    assert shown(TODAY + timedelta(days=20)) == []
    with region_context(YONGCHANG):
        assert GuideText.objects.filter(region_id=YONGCHANG).count() == 3


def test_a_text_over_is_not_followed_by_the_one_before_it(world):
    written(world, text="甲")
    written(world, text="乙", until_on=TODAY + timedelta(days=2))
    assert texts_on(YONGCHANG, "administrative_penalty", TODAY + timedelta(days=3)) == []


def test_texts_of_two_units_stand_beside_each_other(world):
    written(world, text="市监局的话")
    written(world, "he", text="文旅局的话")
    assert {one.text for one in texts_on(YONGCHANG, "administrative_penalty", TODAY)} == {"市监局的话", "文旅局的话"}
    assert texts_on(JINCHUAN, "administrative_penalty", TODAY) == []


@pytest.mark.parametrize("block", sorted(set(ORDER) - set(FREE_BLOCKS)) + ["没有这个栏目", ""])
def test_what_rules_feed_cannot_be_written_by_hand(world, block):
    with pytest.raises(Invalid) as refused:
        written(world, block=block)
    assert set(refused.value.fields) == {"block"}
    assert set(SPECIAL) & set(FREE_BLOCKS) == set()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "字" * (MAX_TEXT + 1)}, "text"),
        ({"text": "字\x00"}, "text"),
        ({"text": "字\u202e"}, "text"),
        ({"from_on": TODAY - timedelta(days=1)}, "from_on"),
        ({"until_on": TODAY - timedelta(days=1)}, "until_on"),
    ],
)
def test_a_text_that_cannot_be_used_says_why_and_writes_nothing(world, changes, field):
    with pytest.raises(Invalid) as refused:
        written(world, **changes)
    assert set(refused.value.fields) == {field}
    with region_context(YONGCHANG):
        assert not GuideText.objects.filter(region_id=YONGCHANG).exists()


@pytest.mark.parametrize(
    ("who", "category"),
    [
        ("qian", "administrative_penalty"),  # 经办, no head
        ("zhou", "administrative_penalty"),  # 协同复核
        ("he", "abnormal_operation"),  # a unit that Annex 1 does not name there
        ("sun", "wage_arrears"),
        ("wang", "administrative_penalty"),
        ("li", "administrative_penalty"),
        ("chen", "administrative_penalty"),
        ("zhao", "administrative_penalty"),
    ],
)
def test_only_recorders_and_heads_of_the_units_write(world, who, category):
    with pytest.raises(NotAllowed):
        written(world, who, category=category)


def test_a_category_that_is_none_is_not_found(world):
    with pytest.raises(NotFound):
        written(world, category="no_such_room")


@pytest.mark.fault("B7", "B8")
def test_texts_are_printed_as_words_not_as_markup(visitor, world, monkeypatch):
    monkeypatch.setattr("cases.portal.guide.today", lambda: TODAY)
    written(world, text="<script>alert(1)</script>\n第二行")
    page = page_of(visitor)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;<br>第二行" in page


def test_an_applicant_reads_the_same_texts_as_a_visitor(sign_in, world, monkeypatch):
    monkeypatch.setattr("cases.portal.guide.today", lambda: TODAY)
    written(world)
    assert "票据遗失的，可以到窗口核实缴款。" in page_of(sign_in("zhao"))


def test_the_desk_page_previews_publishes_and_keeps_what_was_typed(sign_in, world):
    sun, today = sign_in("sun"), timezone.localdate()
    typed = {"block": "特殊环节", "text": "需要现场核查的提前一天联系。", "from_on": today.isoformat(), "until_on": ""}
    preview = sun.post("/desk/guide/?category=abnormal_operation", typed | {"act": "preview"}).content.decode()
    assert "永昌县市场监督管理局发布" in preview
    assert not GuideText.objects.exists()
    wrong = sun.post("/desk/guide/", typed | {"act": "publish", "from_on": (today - timedelta(days=1)).isoformat()})
    assert wrong.status_code == 422
    assert "需要现场核查的提前一天联系。" in wrong.content.decode()
    done = sun.post("/desk/guide/?category=abnormal_operation", typed | {"act": "publish"})
    assert done["Location"] == "/desk/guide/?category=abnormal_operation"
    page = sun.get(done["Location"]).content.decode()
    assert page.count("需要现场核查的提前一天联系。") == 2  # shown today, and in the history
    assert sun.get("/desk/guide/?category=wage_arrears").status_code == 403
    assert sun.get("/desk/guide/?category=nothing").status_code == 404
