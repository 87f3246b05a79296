"""咨询投诉: one inquiry a form, a receipt, an owner with a day, an answer that only the asker reads."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from cases.models import Inquiry, Task
from cases.portal.contact import INQUIRIES, WRONG
from cases.services import inquiries, task
from cases.services.inquiries import MAX_TEXT, Question, answer_inquiry, inquiry_by_number, make_inquiry
from creditrepair.audit.models import Event
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotAllowed, NotFound
from creditrepair.tenancy.models import Region
from tests.routes_find import VISITOR
from tests.world import JINCHUAN, TODAY, YONGCHANG, at

PHONE = "13800005678"
FORM = {"form_token": "a" * 32, "kind": "complaint", "phone": PHONE, "name": "赵先生", "text": "跑了三次还没受理"}


def made(**changes: str) -> Inquiry:
    return make_inquiry(VISITOR, Question(**(FORM | changes)), now=at())


def kept() -> list[Inquiry]:
    with region_context(YONGCHANG):
        return list(Inquiry.objects.filter(region_id=YONGCHANG).order_by("id"))


def verbs(inquiry: Inquiry) -> list[str]:
    with region_context(YONGCHANG):
        events = Event.objects.filter(region_id=YONGCHANG, thing=inquiry.ref).order_by("seq")
        return [event.verb for event in events]


def test_an_inquiry_has_a_number_a_task_of_the_supervising_bureau_and_a_day(world):
    inquiry = made()
    assert inquiry.number.startswith(f"ZX{TODAY:%Y%m%d}")
    assert inquiry.due_on == date(2026, 11, 30)  # five working days from a Monday
    with region_context(YONGCHANG):
        (opened,) = Task.objects.filter(region_id=YONGCHANG, kind="inquiry")
    assert (opened.thing, opened.department.code, opened.due_on) == (inquiry.ref, "fgj", inquiry.due_on)
    assert PHONE not in opened.title + opened.detail
    assert verbs(inquiry) == ["inquiry_made"]


@pytest.mark.parametrize(("setting", "due"), [(1, 24), (10, 7), (0, 30), (61, 30), ("3", 30), (True, 30)])
def test_the_days_are_a_setting_and_nonsense_counts_as_not_set(world, setting, due):
    Region.objects.filter(pk=YONGCHANG).update(settings={inquiries.DAYS: setting})
    assert made().due_on.day == due


@pytest.mark.fault("F38")
def test_the_same_form_twice_is_one_inquiry(world):
    assert made().pk == made(text="改过的内容").pk
    assert len(kept()) == 1


@pytest.mark.parametrize(("minutes", "changes", "same"), [
    (59, {}, True), (61, {}, False), (1, {"text": "又跑了一次"}, False), (1, {"phone": "13800000002"}, False),
])  # fmt: skip
def test_going_back_and_sending_the_same_again_is_the_same_inquiry_for_an_hour(world, minutes, changes, same):
    first = made()
    question = Question(**(FORM | {"form_token": "again"} | changes))
    again = make_inquiry(VISITOR, question, now=at() + timedelta(minutes=minutes))
    assert (again.number == first.number) is same


def test_what_was_asked_and_answered_cannot_be_changed(world):
    inquiry = made()
    with region_context(YONGCHANG), pytest.raises(DatabaseError), transaction.atomic():
        Inquiry.objects.filter(pk=inquiry.pk).update(text="别的")


@pytest.mark.parametrize(("field", "typed"), [
    pytest.param("text", "", marks=pytest.mark.fault("B1")), pytest.param("text", "　 ", marks=pytest.mark.fault("B1")),
    pytest.param("text", "字" * (MAX_TEXT + 1), marks=pytest.mark.fault("B2")),
    pytest.param("text", "你好\x00", marks=pytest.mark.fault("B3")), ("kind", "praise"),
    pytest.param("phone", "1380000567", marks=pytest.mark.fault("B16")), ("phone", ""), ("phone", "138****5678"),
    ("name", "名" * 51), ("name", "赵\x00"),
])  # fmt: skip
def test_what_cannot_be_kept_is_named_at_its_field_and_nothing_is_kept(world, field, typed):
    with pytest.raises(Invalid) as refused:
        made(**{field: typed})
    assert set(refused.value.fields) == {field}
    assert kept() == []


@pytest.mark.fault("B4")
def test_signs_that_nobody_sees_are_taken_out(world):
    assert made(text="赵\u202e先\u200b生").text == "赵先生"


@pytest.mark.fault("B7", "B8", "B9", "B10")
@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '"><img onerror=x>',
        "{{7*7}} ${7*7} {% load x %}",
        "' OR 1=1--",
        "a\r\n[INFO] approved",
    ],
)
def test_what_looks_like_code_is_shown_as_it_was_typed(visitor, world, text, caplog):
    sent = visitor.post("/contact", FORM | {"text": text})
    assert sent.status_code == 302
    (inquiry,) = kept()
    page = visitor.post("/contact/progress", {"number": inquiry.number, "last_four": "5678"}).content.decode()
    assert "<script>alert" not in page and "<img onerror" not in page and "49" not in inquiry.text
    assert inquiry.text == text.replace("\r\n", "\n")
    assert "[INFO] approved" not in caplog.text


@pytest.mark.parametrize(
    "typed", ["13800005678", "+86 138-0000-5678", "１３８００００５６７８", "0935-7521234", "093507521234"[:11]]
)
def test_a_telephone_is_understood_as_people_write_it(world, typed):
    assert made(phone=typed).phone[-4:] in ("5678", "1234", "2123")


# ── the answer ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_answer_closes_the_task_and_is_read_by_number_and_the_last_four(world):
    inquiry = made()
    answer_inquiry(world.enter(world.actors["wang"]), ref=inquiry.ref, text="已督促，今天受理。", now=at())
    found = inquiry_by_number(YONGCHANG, f" {inquiry.number.lower()} ", "５６７８")
    assert [answer.text for answer in found.answers.all()] == ["已督促，今天受理。"]
    with region_context(YONGCHANG):
        assert Task.objects.get(kind="inquiry").closed_at == at()
    assert verbs(inquiry) == ["inquiry_made", "inquiry_answered"]


def test_a_second_answer_stands_below_the_first(world):
    inquiry = made()
    for text in ("第一次", "补充"):
        answer_inquiry(world.enter(world.actors["zhou"]), ref=inquiry.ref, text=text, now=at())
    found = inquiry_by_number(YONGCHANG, inquiry.number, "5678")
    assert [answer.text for answer in found.answers.all()] == ["第一次", "补充"]


@pytest.mark.fault("B38")
def test_wrong_and_unknown_are_one_answer(visitor, world):
    inquiry = made()
    wrong = visitor.post("/contact/progress", {"number": inquiry.number, "last_four": "0000"})
    none = visitor.post("/contact/progress", {"number": "ZX20260101AAAAAA", "last_four": "5678"})
    assert (wrong.status_code, none.status_code) == (200, 200)
    bodies = [page.content.decode().split("<main")[1].split('name="csrf')[0] for page in (wrong, none)]
    assert bodies[0] == bodies[1]
    assert "跑了三次" not in bodies[0]


def test_another_region_knows_nothing_of_it(world):
    inquiry = made()
    assert inquiry_by_number(JINCHUAN, inquiry.number, "5678") is None
    with pytest.raises(NotFound):
        answer_inquiry(world.enter(world.actors["zheng"]), ref=inquiry.ref, text="不是我们的", now=at())


def test_an_inquiry_handed_over_is_answered_by_the_new_owner_only(world):
    inquiry = made()
    with region_context(YONGCHANG):
        opened = Task.objects.get(kind="inquiry")
    wang = world.enter(world.actors["wang"])
    task.hand_over_task(wang, ref=opened.ref, department="scjgj", reason="市场监管职责", now=at())
    with pytest.raises(NotAllowed):
        answer_inquiry(wang, ref=inquiry.ref, text="我来答", now=at())
    answer = answer_inquiry(world.enter(world.actors["qian"]), ref=inquiry.ref, text="已核实", now=at())
    assert answer.unit == "永昌县市场监督管理局"


def test_its_task_is_not_closed_by_a_note_among_ourselves(world):
    made()
    with region_context(YONGCHANG):
        opened = Task.objects.get(kind="inquiry")
    with pytest.raises(Invalid, match="答复后自动办结"):
        task.close_task(world.enter(world.actors["wang"]), ref=opened.ref, answer="知道了", now=at())


# ── the pages ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_receipt_can_be_passed_on_it_holds_neither_words_nor_number(visitor, world):
    sent = visitor.post("/contact", FORM)
    page = visitor.get(sent["Location"]).content.decode()
    assert kept()[0].number in page
    assert "跑了三次" not in page and "5678" not in page and "赵先生" not in page
    assert "13800005678" not in sent["Location"]


def test_a_faulty_form_keeps_what_was_typed(visitor, world):
    answer = visitor.post("/contact", FORM | {"phone": "12"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "跑了三次还没受理" in page
    assert 'value="complaint" required checked' in page


@pytest.mark.fault("B2")
def test_ten_megabytes_are_refused_before_they_are_read(visitor, world):
    assert visitor.post("/contact", FORM | {"text": "x" * 10_000_000}).status_code in (400, 413)
    assert kept() == []


def test_an_address_that_floods_is_told_when_to_come_back(visitor, world):
    for number in range(INQUIRIES.allowed):
        sent = FORM | {"form_token": f"{number}", "text": f"第{number}次来信"}
        assert visitor.post("/contact", sent).status_code == 302
    answer = visitor.post("/contact", FORM | {"form_token": "one more"})
    assert answer.status_code == 429
    assert len(kept()) == INQUIRIES.allowed


@pytest.mark.fault("B37")
def test_whoever_guesses_numbers_is_stopped_even_with_a_right_one(visitor, world):
    inquiry = made()
    for _ in range(WRONG.allowed):
        assert visitor.post("/contact/progress", {"number": "ZX", "last_four": "1"}).status_code == 200
    sent = {"number": inquiry.number, "last_four": "5678"}
    assert visitor.post("/contact/progress", sent).status_code == 429


def test_the_desk_shows_the_number_masked_until_it_is_asked_for_and_notes_that(sign_in, world):
    inquiry = made()
    wang, address = sign_in("wang"), f"/desk/inquiry/{inquiry.ref}/"
    page = wang.get(address).content.decode()
    assert PHONE not in page and "138****5678" in page
    assert PHONE in wang.post(f"{address}phone").content.decode()
    assert verbs(inquiry) == ["inquiry_made", "inquiry_phone_read"]


def test_the_free_line_leads_to_the_report_of_paid_helpers(visitor, world):
    assert 'href="/contact?kind=paid_help"' in visitor.get("/search").content.decode()
    assert 'value="paid_help" required checked' in visitor.get("/contact", {"kind": "paid_help"}).content.decode()


def test_an_unanswered_inquiry_says_until_when_and_then_that_it_is_late(visitor, world):
    inquiry = make_inquiry(VISITOR, Question(**FORM), now=timezone.now())
    sent = {"number": inquiry.number, "last_four": "5678"}
    assert "等待答复" in visitor.post("/contact/progress", sent).content.decode()
    late = made(form_token="late")
    if late.due_on < timezone.localdate():
        page = visitor.post("/contact/progress", {"number": late.number, "last_four": "5678"}).content.decode()
        assert "已过答复期限" in page
