"""代为提交 in hand: nothing typed is lost, nobody else's draft opens, and what is handed in says who, for whom, on what."""

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from cases.counter_access import access_counter_draft
from cases.models import Advice, Application, Case, CounterDraft, Material, Objection, QueueTicket
from cases.services import ticket
from cases.services.counter_draft import begin_filing, keep_filing
from cases.services.filing import PaperForm
from creditrepair.audit.models import Event
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotAllowed, NotFound
from sync.models import Delivery
from tests.counter_scene import authority, begun, clerk, handed_in
from tests.desk.test_counter import authorise, filing, scan
from tests.world import FIRM_B, TODAY, YONGCHANG, at


@pytest.fixture
def record(world):
    return world.a_record(FIRM_B, "zjj")


@pytest.fixture
def li(sign_in):
    return sign_in("li")


def test_what_is_typed_and_uploaded_survives_signing_in_again(sign_in, record):
    url = authorise(sign_in("li"))["Location"]
    key = f"proof_of_duties.{record.ref}"
    typed = {"record": record.ref, "agent_name": "吴申二", "urgent_reason": "投标", f"seen.{key}": "on"}
    kept = sign_in("li").post(url + "keep", typed | {f"file.{key}": scan()})
    assert (kept.status_code, kept.json()["files"]) == (200, {key: "授权委托书.pdf"})
    page = sign_in("li").get(url).content.decode()
    assert [text for text in ("吴申二", "投标", "已上传：授权委托书.pdf") if text not in page] == []
    answer = sign_in("li").post(url, typed | {"agent_phone": "13800000000", "committed": "on"})
    assert answer.status_code == 200
    with region_context(YONGCHANG):
        assert Material.objects.get(code="proof_of_duties").level == "B"


def test_a_refused_file_keeps_the_rest(li, record):
    url = authorise(li)["Location"]
    key = f"proof_of_duties.{record.ref}"
    broken = SimpleUploadedFile("证明.pdf", b"not a pdf", content_type="application/pdf")
    answer = li.post(url + "keep", {"record": record.ref, "agent_name": "吴申三", f"file.{key}": broken})
    assert answer.status_code == 422
    assert "证明.pdf" in answer.json()["errors"][key]
    assert "吴申三" in li.get(url).content.decode()


def test_a_draft_is_its_clerks_alone_and_ends_with_the_day(world, record):
    draft = begun(world, FIRM_B, now=at())
    li = clerk(world)
    assert access_counter_draft(li, draft.ref, TODAY).pk == draft.pk
    for actor, day in ((li, TODAY + timedelta(days=1)), (world.enter(world.actors["qian"]), TODAY)):
        with pytest.raises(NotFound):
            access_counter_draft(actor, draft.ref, day)
    with pytest.raises(NotFound):
        keep_filing(clerk(world), ref=draft.ref, content={}, now=at(TODAY + timedelta(days=1)))


def test_nothing_begins_without_a_picture_or_by_somebody_else(world, record):
    values = {"subject": record.subject, "authority": authority(at()), "content": {}, "now": at()}
    with pytest.raises(Invalid):
        begin_filing(clerk(world), evidence=[], **values)
    with pytest.raises(NotAllowed):
        begin_filing(world.enter(world.actors["qian"]), evidence=[], **values)
    assert CounterDraft.objects.count() == 0


def test_the_act_says_who_for_whom_on_what_where_and_what_was_confirmed(world, record):
    draft = begun(world, FIRM_B, now=at())
    ref = handed_in(world, draft, record, now=at())
    event = Event.objects.get(verb="submitted", application=ref)
    assert (event.user_name, event.on_behalf_of, event.window) == ("李窗", FIRM_B, "3号窗口")
    assert event.authority == "授权委托书及经办人证件：授权委托书2026年11月20日出具"
    assert event.data["confirmed"] == "吴申当面确认所选信息、材料和信用承诺"
    assert event.data["phone_check"] == "已核实：10:20与负责人核实"
    assert Application.objects.get(ref=ref).authority["scope"] == "办理信用修复全部事项"
    begun_event = Event.objects.get(verb="authority_recorded", thing=draft.ref)
    assert (begun_event.on_behalf_of, begun_event.data["scope"]) == (FIRM_B, "办理信用修复全部事项")
    assert Delivery.objects.filter(key__contains=f"T07|{ref}").count() == 1


def test_the_visitors_number_and_the_advice_name_what_came_of_them(world, li, record):
    li.post(reverse("counter:window"), {"window": "3号窗口"})
    li.post(reverse("counter:issue"), {"purpose": "repair", "code": FIRM_B})
    li.post(reverse("counter:next"))
    asked = {"asked": "能修复吗", "answered": "现在可以", "code": f"代码{FIRM_B}"}
    assert li.post(reverse("counter:advice"), asked).status_code == 302
    page = li.get(reverse("counter:advice")).content.decode()
    with region_context(YONGCHANG):
        advice = Advice.objects.get()
    link = reverse("counter:subject") + f"?code={FIRM_B}&amp;advice={advice.ref}"
    assert link in page
    url = authorise(li, advice=advice.ref)["Location"]
    with region_context(YONGCHANG):
        assert QueueTicket.objects.get().state == "serving"
    assert li.post(url, filing(record)).status_code == 200
    with region_context(YONGCHANG):
        made = Application.objects.get().ref
        number, advice = QueueTicket.objects.get(), Advice.objects.get()
    assert (number.state, number.application_ref, advice.application_ref) == ("done", made, made)
    assert (advice.ticket_ref, advice.subject_code) == (number.ref, FIRM_B)


def test_advice_without_question_or_answer_is_not_logged(li):
    for change in ({"asked": " "}, {"answered": ""}, {"code": "91620321"}):
        form = {"asked": "问", "answered": "答", "code": ""} | change
        assert li.post(reverse("counter:advice"), form).status_code == 422
    with region_context(YONGCHANG):
        assert Advice.objects.count() == 0
    assert li.post(reverse("counter:advice"), {"asked": "问", "answered": "答", "code": ""}).status_code == 302


def test_authority_for_all_matters_is_offered_again_while_it_holds(world, li, record):
    now = timezone.now()
    second = world.a_record(FIRM_B, "zjj")
    handed_in(world, begun(world, FIRM_B, now=now), record, now=now)
    page = li.get(reverse("counter:subject"), {"code": FIRM_B})
    earlier = page.context["earlier"]
    assert "沿用已登记的授权" in page.content.decode()
    answer = authorise(li, scan="", reuse=earlier.file_uuid)
    assert answer.status_code == 302
    assert li.post(answer["Location"], filing(second)).status_code == 200
    assert authorise(li, scan="", reuse="0" * 32).status_code == 422  # a picture that nobody took here
    with region_context(YONGCHANG):
        Application.objects.update(authority=authority(now, scope="仅限授权书载明的失信信息").as_json())
    assert li.get(reverse("counter:subject"), {"code": FIRM_B}).context["earlier"] is None


@pytest.mark.parametrize(("left", "offered"), [(-1, False), (0, True), (1, True)])
def test_authority_is_offered_again_to_its_last_day(world, li, record, left, offered):
    now = timezone.now()
    handed_in(world, begun(world, FIRM_B, now=now), record, now=now)
    until = timezone.localdate(now) + timedelta(days=left)
    with region_context(YONGCHANG):
        Application.objects.update(authority=authority(now, valid_until=until).as_json())
    assert (li.get(reverse("counter:subject"), {"code": FIRM_B}).context["earlier"] is not None) is offered


def test_a_code_to_the_subjects_number_is_sent_and_checked_once(li, record):
    where = reverse("counter:subject")
    sent = li.post(where, {"subject": FIRM_B, "act": "code", "phone": "13800000001"}, headers={"X-Counter": "1"})
    ref = sent.json()["ref"]
    with region_context(YONGCHANG):
        code = _code_of(ref)
    answers = {"phone_check": "sms", "phone": "13800000001", "phone_note": "", "code_ref": ref}
    wrong = "000000" if code != "000000" else "000001"
    assert "验证码不对" in authorise(li, **answers, code=wrong).content.decode()
    begun_at = authorise(li, **answers, code=code)
    assert begun_at.status_code == 302
    with region_context(YONGCHANG):
        assert CounterDraft.objects.get().authority["phone_check"] == "已核实：短信验证码（138****0001）"
    assert "已失效" in authorise(li, **answers, code=code).content.decode()
    assert li.post(where, {"subject": FIRM_B, "act": "code", "phone": "0935-123"}).status_code == 422


def _code_of(ref: str) -> str:
    """The six digits as they lie in the outbox."""
    body = Delivery.objects.get(region_id=YONGCHANG, key=f"T08|{ref}").body
    return str(json.loads(bytes(body))["params"]["code"])


def test_a_reason_why_the_number_was_not_verified_is_coded(li, record):
    assert authorise(li, phone_check="no_answer", phone_note="").status_code == 302
    assert authorise(li, phone_check="because", phone_note="").status_code == 422
    assert authorise(li, phone_check="done", phone_note="").status_code == 422
    with region_context(YONGCHANG):
        assert CounterDraft.objects.get().authority["phone_check"] == "未核实（无人接听）"


def test_printing_a_receipt_again_is_logged_and_marked_and_looking_is_not(world, li, record):
    ref = handed_in(world, begun(world, FIRM_B, now=timezone.now()), record, now=timezone.now())
    looked = li.get(reverse("counter:receipt", args=[ref])).content.decode()
    assert ("仅供查看，不作回执" in looked, "补打第" in looked) == (True, False)
    with region_context(YONGCHANG):
        assert not Event.objects.filter(verb="receipt_reprinted").exists()
    again = li.post(reverse("counter:reprint", args=[ref])).content.decode()
    assert ("补打第1次" in again, "query-code" in again) == (True, False)
    with region_context(YONGCHANG):
        event = Event.objects.get(verb="receipt_reprinted")
    assert (event.thing, event.on_behalf_of, event.user_name) == (ref, FIRM_B, "李窗")


def test_the_first_receipt_has_everything_on_it(li, record):
    li.post(reverse("counter:window"), {"window": "3号窗口"})
    page = li.post(authorise(li)["Location"], filing(record)).content.decode()
    for text in (
        "XF",
        "query-code",
        "data:image/svg",
        record.doc_no,
        "已核对，当场退还",
        "扫描件1份",
        "不晚于",
        "李窗",
        "3号窗口",
        "0935",
    ):
        assert text in page, text


PAPER = PaperForm(at(TODAY - timedelta(days=4), 15), "网络中断")  # Thursday; TODAY is a Monday


def test_the_clock_of_a_paper_form_runs_from_the_day_the_window_took_it_in(world, record):
    other = world.a_record(FIRM_B, "zjj")
    on_paper = handed_in(world, begun(world, FIRM_B, now=at(), paper=PAPER), record, now=at())
    typed = handed_in(world, begun(world, FIRM_B, now=at()), other, now=at())
    first, second = (Case.objects.get(application__ref=ref) for ref in (on_paper, typed))
    application = Application.objects.get(ref=on_paper)
    assert (application.paper_on, application.paper_reason) == (TODAY - timedelta(days=4), "网络中断")
    assert (application.submitted_at, application.entered_at) == (PAPER.received_at, at())
    assert first.submitted_at == PAPER.received_at
    assert second.submitted_at == at()
    # three working days to accept: of Thursday the next Tuesday, of Monday the next Thursday
    assert (first.due_on, second.due_on) == (TODAY + timedelta(days=1), TODAY + timedelta(days=3))
    event = Event.objects.get(verb="submitted", application=on_paper)
    assert (event.at, event.data["paper_on"], event.data["paper_reason"]) == (at(), "2026-11-19", "网络中断")


@pytest.mark.parametrize(("hours", "taken"), [(1, False), (0, True), (-31 * 24, True), (-31 * 24 - 1, False)])
def test_paper_of_a_day_to_come_or_long_past_is_asked_for_again(world, record, hours, taken):
    paper = PaperForm(at() + timedelta(hours=hours), "停电")
    draft = begun(world, FIRM_B, now=at(), paper=paper)
    if taken:
        assert handed_in(world, draft, record, now=at())
        return
    with pytest.raises(Invalid):
        handed_in(world, draft, record, now=at())
    assert Application.objects.count() == 0


def test_reviewers_and_the_subject_see_that_it_came_on_paper(world, sign_in):
    record = world.a_record(FIRM_B, "scjgj")
    ref = handed_in(world, begun(world, FIRM_B, now=at(), paper=PAPER), record, now=at())
    case = Case.objects.get(application__ref=ref)
    for who, url in (
        ("qian", reverse("desk:case", args=[case.ref])),
        ("wu", reverse("portal:application", args=[ref])),
    ):
        page = sign_in(who).get(url).content.decode()
        assert "纸质申请" in page, who
        assert "网络中断" in page, who


def test_paper_is_entered_with_its_time_its_reason_and_its_scan(li, record):
    day = timezone.localdate() - timedelta(days=1)
    form = {"paper_on": day.isoformat(), "paper_time": "15:30", "paper_reason": "其他", "paper_note": "交换机故障"}
    for missing in ("paper_on", "paper_time", "paper_reason", "paper_note"):
        assert authorise(li, **form | {missing: ""}).status_code == 422, missing
    url = authorise(li, **form)["Location"]
    refused = li.post(url, filing(record))
    assert "请上传纸质申请表的扫描件" in refused.content.decode()
    assert refused.status_code == 422
    page = li.post(url, filing(record, **{"file.paper_form.all": scan()}))
    assert page.status_code == 200
    assert "其他：交换机故障" in page.content.decode()
    with region_context(YONGCHANG):
        assert timezone.localtime(Application.objects.get().submitted_at).strftime("%H:%M") == "15:30"


def test_a_missed_number_is_not_served_by_a_hand_in(world, record):
    number = ticket.issue_ticket(clerk(world), purpose="repair", now=at())
    ticket.call_next(clerk(world), now=at())
    draft = begun(world, FIRM_B, now=at(), ticket_ref=number.ref)
    ticket.move_ticket(clerk(world), ref=number.ref, act="left", now=at())
    handed_in(world, draft, record, now=at())
    number.refresh_from_db()
    assert (number.state, number.application_ref) == ("left", "")


def test_work_of_today_stands_on_the_first_page(world, li, record):
    draft = begun(world, FIRM_B, now=timezone.now())
    page = li.get(reverse("counter:home")).context["work"]
    assert [one.ref for one in page.drafts] == [draft.ref]
    handed_in(world, draft, record, now=timezone.now())
    page = li.get(reverse("counter:home")).context["work"]
    assert ([one.subject_id for one in page.filed], page.drafts) == ([FIRM_B], [])


def test_an_objection_is_filed_on_authority_in_the_firms_words(li, record):
    where = reverse("counter:object", args=[record.ref])
    token = li.get(where).context["form"]["form_token"].value()
    form = {
        "form_token": token, "matter": "content", "request": "更正罚款金额", "text": "罚款为500元", "agent_name": "吴申",
        "agent_phone": "13800000000", "basis": "法定代表人身份证明", "evidence": "身份证明2026年第1号", "phone_check": "no_answer",
    }  # fmt: skip
    for missing in ("evidence", "text", "matter"):
        assert li.post(where, form | {missing: "", "scan": scan()}).status_code == 422, missing
    assert li.post(where, form).status_code == 422  # no picture of the authority
    assert li.post(where, form | {"scan": scan()}).status_code == 302
    assert li.post(where, form | {"scan": scan()}).status_code == 302  # a doubled press
    with region_context(YONGCHANG):
        filed = Objection.objects.get()
        event = Event.objects.get(verb="objection_filed")
    assert (filed.channel, filed.authority["phone_check"]) == ("counter", "未核实（无人接听）")
    assert (event.user_name, event.on_behalf_of, event.authority) == (
        "李窗",
        FIRM_B,
        "法定代表人身份证明：身份证明2026年第1号",
    )
    assert li.post(where, form | {"form_token": "another", "scan": scan()}).status_code == 409
