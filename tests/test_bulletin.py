"""通报: drafted from the figures of a month, edited, issued once, in the name of the supervising bureau."""

from dataclasses import replace
from datetime import date

import pytest

from cases.services.bulletin import draft_bulletin, issue_bulletin, issued_for
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotAllowed, WrongMoment
from notices import force, kinds
from notices.models import Notice
from tests.routes_papers import bulletin_form
from tests.world import YONGCHANG, at, firm_code

MONTH = date(2026, 10, 1)
SOURCE = "https://xyxf.example.gov.cn/desk/quality/?month=2026-10"


@pytest.fixture
def wang(world):
    return world.enter(world.actors["wang"])


def issue(actor, draft, answers=None, **changes):
    return issue_bulletin(
        actor, month=draft.figures.first, seen=draft.sha256, text=replace(draft.text, **changes),
        answers=answers or {}, source=SOURCE, now=at(),
    )  # fmt: skip


def test_a_draft_says_what_the_figures_say_and_is_issued_in_the_bureaus_name(world, wang):
    world.a_case("in_review")
    draft = draft_bulletin(wang, month=MONTH, now=at())
    assert "在办信用修复申请1件，其中超期0件" in draft.text.body
    notice = issue(wang, draft, {"scjgj": "正在核实。", "wlj": "  "})
    assert (notice.number, notice.department.code) == ("永发改信通〔2026〕1号", "fgj")
    shown = notice.snapshot
    assert (shown["first_on"], shown["last_on"]) == ("2026-10-01", "2026-10-31")
    assert shown["answers"] == [{"department": "永昌县市场监督管理局", "text": "正在核实。", "answered_on": None}]
    assert [table["n"] for table in shown["tables"]] == [0, 1]
    assert shown["tables"][0]["source"] == SOURCE
    assert issued_for(YONGCHANG, MONTH).pk == notice.pk


def test_it_is_issued_once_a_month_unless_it_is_void(world, wang):
    draft = draft_bulletin(wang, month=MONTH, now=at())
    first = issue(wang, draft)
    with pytest.raises(WrongMoment, match="已经印发"):
        issue(wang, draft)
    force.void(wang, first, reason="数据有误", now=at())
    assert issue(wang, draft).number == "永发改信通〔2026〕2号"


def test_what_is_issued_rests_on_the_figures_that_were_seen(world, wang):
    draft = draft_bulletin(wang, month=MONTH, now=at())
    world.a_case("in_review")
    world.enter(wang)
    with pytest.raises(WrongMoment, match="有变化"):
        issue(wang, draft)
    assert Notice.objects.filter(region_id=YONGCHANG, kind="bulletin").count() == 0
    assert issue(wang, draft_bulletin(wang, month=MONTH, now=at())).serial == 1


def test_a_month_that_is_not_over_is_not_told(wang):
    with pytest.raises(WrongMoment, match="尚未结束"):
        issue(wang, draft_bulletin(wang, month=date(2026, 11, 1), now=at()))


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("heading", " "),
        ("heading", "通" * 61),
        ("addressees", ""),
        ("body", "没有标题的一段"),
        ("body", "一、只有标题"),
    ],
)
def test_a_text_that_cannot_be_printed_is_told_beside_its_field(wang, field, text):
    draft = draft_bulletin(wang, month=MONTH, now=at())
    with pytest.raises(Invalid) as refused:
        issue(wang, draft, **{field: text})
    assert list(refused.value.fields) == [field]
    assert issue(wang, draft).serial == 1


def test_only_the_supervisor_drafts_and_issues(world, wang):
    draft = draft_bulletin(wang, month=MONTH, now=at())
    for name in ("qian", "he", "feng", "chen"):
        stranger = world.enter(world.actors[name])
        with pytest.raises(NotAllowed):
            draft_bulletin(stranger, month=MONTH, now=at())
        with pytest.raises(NotAllowed):
            issue(stranger, draft)
    assert issue(world.enter(wang), draft).serial == 1


def test_a_firm_is_never_named(world, wang):
    world.a_case("in_review")
    world.enter(wang)
    notice = issue(wang, draft_bulletin(wang, month=MONTH, now=at()))
    _, context = kinds.get("bulletin").compose(notice.snapshot)
    assert firm_code(11) not in str(context)
    assert "祁连山食品" not in str(context)
    assert notice.subject_code == ""


def test_the_page_previews_and_then_issues(sign_in, world):
    with region_context(YONGCHANG):
        form = bulletin_form(world.actors["wang"])
    client = sign_in("wang")
    shown = client.post("/desk/bulletin/", form | {"act": "preview", "heading": "关于改过标题的通报"})
    assert shown.status_code == 200
    page = shown.content.decode()
    assert "<h2>关于改过标题的通报</h2>" in page
    assert "附件1" in page
    wrong = client.post("/desk/bulletin/", form | {"body": "没有标题"})
    assert wrong.status_code == 422
    assert "请以“一、”开头的标题起头" in wrong.content.decode()
    with region_context(YONGCHANG):
        assert Notice.objects.filter(region_id=YONGCHANG, kind="bulletin").count() == 0
    assert client.post("/desk/bulletin/", form).status_code == 302
    with region_context(YONGCHANG):
        assert Notice.objects.filter(region_id=YONGCHANG, kind="bulletin").count() == 1
