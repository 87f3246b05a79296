"""常见问题: truthful, searchable without network or script, one file of data."""

import pytest
from pypinyin import lazy_pinyin

from cases.portal import faq
from cases.portal.faq import LINKS, SOURCE, groups, search, told
from creditrepair.tenancy.models import Region
from tests.world import YONGCHANG

ENTRIES = [entry for group in groups() for entry in group.entries]


def asked(text: str) -> list[str]:
    return [entry.question for entry in search(text)]


def test_there_are_enough_questions_in_all_groups():
    assert len(ENTRIES) >= 30
    assert [group.code for group in groups()] == [
        "whether", "when", "materials", "how", "result", "objection", "window", "site",
    ]  # fmt: skip
    assert len({entry.question for entry in ENTRIES}) == len(ENTRIES)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.anchor)
def test_an_entry_is_whole(entry):
    assert entry.see in LINKS
    assert entry.answer and all(entry.answer)
    parts = (entry.question, *entry.words.split())
    assert entry.pinyin == " / ".join(" ".join(lazy_pinyin(part)) for part in parts)
    assert "待核实" not in "".join(entry.answer) or entry.see == "guides"  # doubt has a place of its own


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.anchor)
def test_a_question_finds_itself_first(entry):
    assert asked(entry.question)[0] == entry.question


@pytest.mark.parametrize(("text", "found"), [
    ("发票丢了", "缴罚款的票据丢了怎么办？"), ("要不要钱", "修复要收费吗？"), ("多少钱", "修复要收费吗？"),
    ("老赖", "失信被执行人（老赖）怎么办？"), ("天眼查上还有", "第三方网站还显示我的处罚信息怎么办？"),
    ("不服", "不予受理或者不予修复，不服怎么办？"), ("交完罚款了", "罚款已经交了，是不是就自动修复了？"),
    ("窗口几点上班", "窗口在哪里，几点上班？"), ("骗子", "有人打电话说花钱可以快速删除，可信吗？"),
    ("破产", "企业正在破产重整，能不能修复？"), ("退订", "到期短信提醒怎么登记，怎么退订？"),
    ("piaoju", "缴罚款的票据丢了怎么办？"), ("chengnuoshu", "信用承诺书在哪里下载，怎么写？"),
    ("duojiu", "要几天能办好？"), ("ｐｉａｏｊｕ", "缴罚款的票据丢了怎么办？"), ("PDF", "照片可以当材料上传吗？"), ("进度", "怎么查办理进度？"),
])  # fmt: skip
def test_people_find_it_in_their_own_words(text, found):
    assert found in asked(text)[:3]


@pytest.mark.parametrize("text", ["", "   ", "？？？", "qqxxzz", "%%%", "龘"])
def test_what_meets_nothing_finds_nothing(text):
    assert asked(text) == []


@pytest.mark.fault("B2", "B7", "B9")
def test_hostile_searches_are_only_text(visitor, world):
    for text in ("<script>alert(1)</script>", "' OR 1=1--", "票" * 5000, "\x00"):
        answer = visitor.get("/faq", {"q": text})
        assert answer.status_code == 200
        assert "<script>alert" not in answer.content.decode()


def test_the_page_shows_everything_or_what_was_found_and_offers_a_person_if_nothing(visitor, world):
    whole = visitor.get("/faq").content.decode()
    assert all(entry.question in whole for entry in ENTRIES)
    found = visitor.get("/faq", {"q": "票据丢了"}).content.decode()
    assert "缴罚款的票据丢了怎么办？" in found and "失信被执行人（老赖）怎么办？" not in found
    none = visitor.get("/faq", {"q": "qqxxzz"}).content.decode()
    assert "没有找到" in none and 'href="/contact"' in none
    assert all(entry.question in none for entry in ENTRIES)


def test_doubt_carries_its_mark_on_the_page(visitor, world):
    page = visitor.get("/faq").content.decode()
    doubtful = [entry for entry in ENTRIES if entry.doubt]
    assert page.count("sure-unverified") == len(doubtful) > 8


def test_telephone_and_window_are_the_regions_and_what_is_not_set_is_not_printed(visitor, world):
    (entry,) = [one for one in ENTRIES if one.question.startswith("窗口在哪里")]
    assert any("0935-0000000" in line for line in told(entry, {"phone": "0935-0000000"}))
    assert told(entry, {}) == ()
    Region.objects.filter(pk=YONGCHANG).update(identity={})
    page = visitor.get("/faq").content.decode()
    assert "{phone}" not in page and "None" not in page


def test_no_template_holds_an_answer():
    text = SOURCE.read_text(encoding="utf-8")
    for page in ("faq.html", "_faq_entry.html"):
        template = (SOURCE.parents[2] / "templates" / "portal" / page).read_text(encoding="utf-8")
        assert not any(entry.question in template for entry in ENTRIES)
    assert faq.SOURCE.suffix == ".toml" and "[[group.entry]]" in text


@pytest.mark.parametrize("address", ["/", "/guide/", "/search?q=没有这家企业", "/about"])
def test_it_is_linked_from_where_people_look(visitor, world, address):
    assert 'href="/faq' in visitor.get(address).content.decode().split("<footer")[0] or address == "/about"
