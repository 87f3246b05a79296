"""The first page by role: who answers open matters, who enters the calendar, and what everybody may read."""

from django.urls import reverse

from tests.desk.test_pages import page


def test_the_first_page_leads_each_role_to_what_it_may_do(world, sign_in):
    shown = {who: page(sign_in(who), "index") for who in ("wang", "chen", "qian", "feng")}
    for response in shown.values():
        text = response.content.decode()
        assert reverse("desk:rule_rows") in text
        assert "节假日安排尚未录入" in text
    assert [who for who, one in shown.items() if "去答复" in one.content.decode()] == ["wang"]
    assert [who for who, one in shown.items() if "录入通知" in one.content.decode()] == ["chen"]
    assert shown["wang"].context_data["open_matters"] > 0


def test_the_address_of_a_forms_answer_opened_by_hand_says_what_to_do(world, sign_in):
    answer = sign_in("chen").get(reverse("desk:calendar_preview"))
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    assert "不能直接打开" in answer.content.decode()
