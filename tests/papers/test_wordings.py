"""What the papers say: official wording word for word, drafts marked, nothing guessed, every way to contest."""

import html
import re
from datetime import date
from pathlib import Path

import pytest

from notices import kinds, render
from notices.kinds.notice import ANNEX_2, GENERAL, MARKET, template_for
from notices.kinds.remedies import RemedyRow, against_refusal, against_silence
from tests.papers import samples
from tests.papers.conftest import running_text

ANNEX_2_TEXT = (Path(__file__).parent / "annex2_2024.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("day", "market", "version"),
    [
        # Order 36 from 2026-04-01 for all but the market field: d−1, d, d+1, and the ends of the register
        (date(2018, 7, 1), False, ANNEX_2),
        (date(2026, 3, 30), False, ANNEX_2),
        (date(2026, 3, 31), False, ANNEX_2),
        (date(2026, 4, 1), False, GENERAL),
        (date(2026, 4, 2), False, GENERAL),
        (date(2031, 1, 1), False, GENERAL),
        # Order 107 of the market authority from 2025-12-25, the other field not yet
        (date(2025, 12, 23), True, ANNEX_2),
        (date(2025, 12, 24), True, ANNEX_2),
        (date(2025, 12, 25), True, MARKET),
        (date(2025, 12, 26), True, MARKET),
        (date(2025, 12, 25), False, ANNEX_2),
        (date(2026, 3, 31), True, MARKET),
    ],
)
def test_the_day_of_the_decision_chooses_the_wording(day, market, version):
    assert template_for(day, market=market) is version


def test_annex_2_is_printed_word_for_word(sample):
    text = running_text(sample("notice").pdf)
    assert "".join(ANNEX_2_TEXT.split()) in text
    assert "行政处罚信息信用修复告知书" in text
    assert "待确认" not in text


def test_the_missing_character_is_corrected_only_when_the_bureau_has_said_so(make):
    text = running_text(make("notice", samples.notice(misprint_corrected=True)).pdf)
    assert "营造诚实守信的社会环境" in text
    assert "营造实守信" not in text


@pytest.mark.parametrize("market", [False, True])
def test_the_successor_says_its_dates_and_is_marked_as_a_draft(make, market):
    text = running_text(make("notice", samples.notice(decided_on="2026-05-31", market=market)).pdf)
    assert "【待确认文本】二、失信信息按照失信严重程度分为轻微、一般、严重三类" in text
    assert "失信程度为一般，最短公示期至2026年6月30日届满，最长公示期至2027年3月31日届满" in text
    assert ("公示期限自待核实起计算" in text) is market
    assert "最短公示期为三个月，最长公示期为三年" not in text


def test_a_confirmed_successor_loses_its_mark_and_names_the_confirmation(make):
    snapshot = samples.notice(decided_on="2026-05-31", wording_confirmed="永发改函〔2026〕9号")
    text = running_text(make("notice", snapshot).pdf)
    assert "待确认" not in text
    assert "文字经永发改函〔2026〕9号确认" in text


def test_a_listing_names_its_dates_its_basis_and_who_receives_the_application(make):
    snapshot = samples.listing_notice(listing_basis="市场监管总局令第44号")
    text = running_text(make("listing_notice", snapshot).pdf)
    assert "市场监督管理严重违法失信名单信用修复告知书" in text
    assert "列入日期2026年5月31日，最早可申请移出日期2027年6月1日（依据市场监管总局令第44号）" in text
    assert "受理单位永昌县市场监督管理局" in text
    assert "【待确认文本】一、本单位依法作出列入决定，将你单位列入市场监督管理严重违法失信名单" in text
    assert "行政处罚法" not in text


def test_the_personal_sheet_answers_when_what_how_and_where(sample):
    text = running_text(sample("notice").pdf)
    sheet = text[text.index("信用修复明白纸随") :]
    for phrase in (
        "最早可申请修复的日期",
        "2026年7月1日",
        "信用承诺书（可在线生成并签署）",
        "是否受理：3个工作日内答复",
        "永昌县发展和改革局复核",
        "附件3失信信息信用修复流程图",
        "一次性告知",
        "信用修复全程免费",
        "请核对网址为xyxf.example.gov.cn",
    ):
        assert phrase in sheet


def test_what_is_not_known_is_printed_as_pending_and_never_guessed(make):
    unknown = dict.fromkeys(
        ("severity_text", "minimum_ends_on", "earliest_on", "ends_on", "accept_days", "total_days", "doc_no")
    )
    text = running_text(make("notice", samples.notice(**unknown, decided_on="2026-05-31", materials=[])).pdf)
    assert "失信程度为待核实，最短公示期至待核实届满，最长公示期至待核实届满" in text
    assert "是否受理：期限待核实" in text
    assert "办结：期限待核实" in text
    assert "None" not in text


@pytest.mark.parametrize("row", [row for row in RemedyRow if row is not RemedyRow.COURT])
def test_a_refusal_names_term_organ_channel_and_court(row):
    assert against_refusal(row, "永昌县人民政府", "甘肃省行政复议服务平台") == (
        "如不服本决定，可以自收到本决定书之日起六十日内向永昌县人民政府申请行政复议（渠道：甘肃省行政复议服务平台），"
        "也可以自收到本决定书之日起六个月内依法向有管辖权的人民法院提起行政诉讼。"
    )
    assert "向待核实申请行政复议" in against_refusal(row, None, None)
    assert against_silence(row, "永昌县人民政府").startswith("本单位逾期未作出决定的，应当先向永昌县人民政府申请")


@pytest.mark.parametrize("code", ["refusal", "non_acceptance"])
def test_reconsideration_comes_first_only_where_the_bureau_has_settled_it(make, code):
    plain = running_text(make(code, samples.SNAPSHOTS[code]).pdf)
    assert "也可以自收到本决定书之日起六个月内依法向有管辖权的人民法院提起行政诉讼" in plain
    settled = running_text(make(code, samples.SNAPSHOTS[code] | {"reconsideration_first": True}).pdf)
    assert "应当先自收到本决定书之日起六十日内向永昌县人民政府申请行政复议" in settled
    assert "自收到复议决定书之日起十五日内" in settled
    assert "六个月" not in settled
    assert against_refusal(RemedyRow.COURT, None, None, first=True) == against_refusal(RemedyRow.COURT, None, None)


def test_an_acceptance_says_that_its_day_is_provisional_and_nothing_where_it_is_not(make):
    assert "办理期限至2026年12月2日。" in running_text(make("acceptance", samples.SNAPSHOTS["acceptance"]).pdf)
    later = {"due_on": "2027-01-05", "due_provisional": "2027年节假日安排尚未公布，此日期为暂定"}
    text = running_text(make("acceptance", samples.SNAPSHOTS["acceptance"] | later).pdf)
    assert "办理期限至2027年1月5日（2027年节假日安排尚未公布，此日期为暂定）。" in text


def test_a_court_is_not_reviewed_by_an_administrative_organ():
    for text in (against_refusal(RemedyRow.COURT, "永昌县人民政府", None), against_silence(RemedyRow.COURT, None)):
        assert text == "本信息由人民法院决定，不适用行政复议；认为有误的，可以向作出决定的人民法院申请纠正。"


@pytest.mark.parametrize("code", ["refusal", "non_acceptance"])
def test_a_refusal_prints_every_reason_with_its_article_and_the_remedy(sample, code):
    text = running_text(sample(code).pdf)
    assert "（一）行政处罚信息自2026年5月31日起公示" in text
    assert "依据：国办发〔2025〕22号第二条。" in text
    assert "（二）罚款尚有人民币20000元未缴纳，法定责任义务没有履行完毕。依据：待核实。" in text
    assert "六十日内向永昌县人民政府申请行政复议（渠道：待核实）" in text


def test_a_correction_lists_every_defect_with_its_cure(sample):
    text = running_text(sample("correction").pdf)
    assert "（一）罚款缴纳凭证。上传的照片缺少右下角" in text
    assert "（二）信用承诺书。没有法定代表人签字。补正办法：在线签署" in text
    assert "补正期限待核实" in text


def test_no_kind_prints_a_drawn_seal_and_each_marks_its_place(sample):
    for code in kinds.KINDS:
        assert "电子印章待接入" in running_text(sample(code).pdf)


@pytest.mark.parametrize(
    ("market", "last", "first"),
    [(False, "2026-03-31", "2026-04-01"), (True, "2025-12-24", "2025-12-25")],
)
def test_the_text_on_the_page_changes_between_two_days(market, last, first):
    kind = kinds.get("notice")
    before, old = kind.compose(samples.notice(decided_on=last, market=market))
    after, new = kind.compose(samples.notice(decided_on=first, market=market))
    assert (before, old["marked"], old["form"]) == ("notice_2024.html", "", "告知书2024（永发改字〔2024〕63号附件2）")
    assert (after, new["marked"]) == ("notice_2026.html", "【待确认文本】")


def test_annex_2_in_the_template_is_the_notices_own_text_word_for_word():
    page = render.page(*kinds.get("notice").compose(samples.notice(decided_on="2024-11-30")))
    text = re.sub(r"<[^>]+>|\s", "", page[page.index('<div class="text">') : page.index('<div class="signature">')])
    assert html.unescape(text) == "".join(ANNEX_2_TEXT.split())
