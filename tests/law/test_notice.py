"""Reading the yearly notice on holidays: as published it gives the days of the library; a fault names its line."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.law.calendar_seed import seed_days
from cases.law.notice import UnreadableNotice, read_notice

D = date
NOTICE_2025 = """国务院办公厅关于2025年部分节假日安排的通知
各省、自治区、直辖市人民政府，国务院各部委、各直属机构：
经国务院批准，现将2025年元旦、春节、清明节、劳动节、端午节、中秋节和国庆节放假调休日期的具体安排通知如下。
一、元旦：1月1日（周三）放假1天，不调休。
二、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。
三、清明节：4月4日（周五）至6日（周日）放假，共3天。
四、劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。
五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。
六、国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。
节假日期间，各地区、各部门要妥善安排好值班和安全、保卫等工作，遇有重大突发事件，要按规定及时报告并妥善处置。
国务院办公厅
2024年11月12日
"""
NOTICE_2026 = """国务院办公厅关于2026年部分节假日安排的通知

一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
"""
NOTICE_2024 = """关于２０２４年部分节假日安排的通知
一、元旦：１月１日放假，与周末连休。
二、春节：2月10日至17日放假调休，共8天。2月4日（星期日）、2月18日（星期日）上班。鼓励各单位结合带薪年休假等制度落实，安排职工在除夕（2月9日）休息。
三、清明节：4月4日至6日放假调休，共3天。4月7日（星期日）上班。
四、劳动节：5月1日至5日放假调休，共5天。4月28日（星期日），5月11日（星期六）上班。
五、端午节：6月10日放假，与周末连休。
六、中秋节：9月15日至17日放假调休，共3天。9月14日（星期六）上班。
七、国庆节：10月1日至7日放假调休，共7天。9月29日（星期日）、10月12日（星期六）上班。
"""
NOTICE_2019 = """关于2019年部分节假日安排的通知
一、元旦：2018年12月30日至2019年1月1日放假调休，共3天。2018年12月29日（星期六）上班。
二、春节：2月4日至10日放假调休，共7天。2月2日（星期六）、2月3日（星期日）上班。
三、清明节：4月5日放假，与周末连休。
四、劳动节：5月1日至4日放假调休，共4天。4月28日（星期日）、5月5日（星期日）上班。
五、端午节：6月7日放假，与周末连休，共3天。
六、中秋节：9月13日放假，与周末连休。
七、国庆节：10月1日至7日放假调休，共7天。9月29日（星期日）、10月12日（星期六）上班。
"""
NOTICE_2017 = """关于2017年部分节假日安排的通知
一、元旦：1月1日放假，1月2日（星期一）补休。
二、春节：1月27日至2月2日放假调休，共7天。1月22日（星期日）、2月4日（星期六）上班。
三、清明节：4月2日至4日放假调休，共3天。4月1日（星期六）上班。
四、劳动节：5月1日放假，与周末连休。
五、端午节：5月28日至30日放假调休，共3天。5月27日（星期六）上班。
六、中秋节、国庆节：10月1日至8日放假调休，共8天。9月30日（星期六）上班。
"""


@pytest.mark.parametrize(
    ("year", "text"),
    [(2017, NOTICE_2017), (2019, NOTICE_2019), (2024, NOTICE_2024), (2025, NOTICE_2025), (2026, NOTICE_2026)],
)
def test_a_notice_as_published_gives_every_day_of_the_year_as_the_library_has_it(year, text):
    notice = read_notice(text)
    assert notice.year == year
    of_the_year = {day: works for day, works in notice.days().items() if day.year == year}
    assert of_the_year == seed_days(year).days


def test_the_holidays_are_named_with_their_days():
    notice = read_notice(NOTICE_2026)
    assert [holiday.name for holiday in notice.holidays] == [
        "元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节",
    ]  # fmt: skip
    assert notice.holidays[3].off == tuple(D(2026, 5, day) for day in range(1, 6))
    assert notice.worked == (
        D(2026, 1, 4), D(2026, 2, 14), D(2026, 2, 28), D(2026, 5, 9), D(2026, 9, 20), D(2026, 10, 10),
    )  # fmt: skip


def test_days_of_the_december_before_are_kept():
    notice = read_notice(NOTICE_2019)
    assert notice.holidays[0].off == (D(2018, 12, 30), D(2018, 12, 31), D(2019, 1, 1))
    assert {d: w for d, w in notice.days().items() if d.year == 2018} == {
        D(2018, 12, 29): True, D(2018, 12, 30): False, D(2018, 12, 31): False,
    }  # fmt: skip
    without_years = NOTICE_2019.replace("2018年12月", "12月").replace("至2019年1月1日", "至1月1日")
    assert read_notice(without_years) == notice


def test_an_encouragement_to_take_leave_is_no_day_off():
    assert D(2024, 2, 9) not in read_notice(NOTICE_2024).off


def _broken(before: str, after: str, text: str = NOTICE_2026) -> tuple[str, ...]:
    assert before in text
    with pytest.raises(UnreadableNotice) as refused:
        read_notice(text.replace(before, after))
    return tuple(map(str, refused.value.faults))


@pytest.mark.parametrize(
    ("before", "after", "line", "says"),
    [
        ("5月1日（周五）", "5月1日（周四）", 6, "2026年5月1日是星期五，括号里写的是星期四"),
        ("2月28日（周六）上班", "2月28日（星期天）上班", 4, "是星期六，括号里写的是星期天"),
        ("放假调休，共9天", "放假调休，共8天", 4, "写明8天，按日期计算是9天"),
        ("5月9日（周六）上班", "5月8日（周五）上班", 6, "是星期五，本来就是工作日"),
        ("5月9日（周六）上班", "5月9日（周六）上课", 6, "没有读懂“5月9日(周六)上课”"),
        ("5月9日（周六）上班", "5月9日（周六）", 6, "没有说明是放假还是上班"),
        ("4月4日（周六）至6日（周一）放假", "4月31日至6日放假", 5, "没有2026年4月31日这一天"),
        ("6月19日（周五）至21日", "19日（周五）至21日", 7, "“19日”没有写明月份"),
        ("5月1日（周五）至5日（周二）", "5月5日（周二）至1日（周五）", 6, "起止日期颠倒"),
        ("4月4日（周六）至6日（周一）", "2025年4月4日至6日", 5, "不在2026年，也不在上一年12月"),
        ("4月4日（周六）至6日（周一）放假", "4月4日（周六）至6月6日（周六）放假", 5, "超过一个月"),
        ("4月4日（周六）至6日（周一）放假，共3天", "4月8日放假，与周末连休", 5, "与周末不相连"),
        ("五、端午节：", "端午节安排如下，", 7, "没有读懂“端午节安排如下”"),
        ("二、春节：", "节假日期间值班。\n春节：", 5, "不是编号的条目"),
        ("5月9日（周六）上班", "\n5月9日（周六）上课", 7, "没有读懂“5月9日(周六)上课”"),
    ],
)  # fmt: skip
def test_a_planted_fault_names_its_line(before, after, line, says):
    faults = _broken(before, after)
    assert len(faults) == 1
    assert faults[0].startswith(f"第{line}行“")
    assert says in faults[0]


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("关于2026年部分节假日安排的通知", "放假通知", "不知道是哪一年"),
        ("四、劳动节", "四、五一", "没有找到这些节日的安排：劳动节"),
        ("2月14日（周六）、2月28日（周六）上班", "2月15日（周日）、2月28日（周六）上班", "2026年2月15日出现了2次"),
        ("10月1日（周四）至7日（周三）放假调休，共7天", "10月2日至7日放假调休，共6天", "10月1日没有列为放假"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_whole_is_told(before, after, says):
    (fault,) = _broken(before, after)
    assert says in fault


def test_all_faults_are_told_at_once():
    twice = NOTICE_2026.replace("共9天", "共8天").replace("5月1日（周五）", "5月1日（周日）")
    with pytest.raises(UnreadableNotice) as refused:
        read_notice(twice)
    assert [fault.line for fault in refused.value.faults] == [4, 6]


@given(st.text(), st.integers(0, len(NOTICE_2026)), st.integers(0, 12))
def test_any_text_is_read_or_refused_and_never_read_in_part(noise, at, cut):
    text = NOTICE_2026[:at] + noise + NOTICE_2026[at + cut :]
    try:
        notice = read_notice(text)
    except UnreadableNotice:
        return
    assert set(notice.worked).isdisjoint(notice.off)
    assert all(day.weekday() >= 5 for day in notice.worked)
    assert {D(notice.year, 1, 1), D(notice.year, 5, 1), D(notice.year, 10, 1)} <= set(notice.off)
