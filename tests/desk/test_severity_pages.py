"""失信程度 of many records at once: tried first, carried out with a result for each, safe to repeat."""

from django.urls import reverse

from cases.models import SeverityChange
from creditrepair.tenancy.context import region_context
from tests.desk.test_pages import page
from tests.test_recompute import settled
from tests.world import YONGCHANG


def send(client, refs, act="try", severity="general", reason="罚款数额在一般档", tried=None):
    form = {"ref": refs, "act": act, "many-severity": severity, "many-reason": reason, "tried": tried or severity}
    return client.post(reverse("desk:severity_many"), form)


def changes():
    with region_context(YONGCHANG):
        return SeverityChange.objects.filter(region_id=YONGCHANG).count()


def severity_of(record):
    with region_context(YONGCHANG):
        record.refresh_from_db()
    return record.severity


def some(world):
    """Two to be set, one of that class already, one of another unit."""
    unset = [world.a_record(unit="wlj", severity="unset") for _ in range(2)]
    return [*unset, world.a_record(unit="wlj", severity="general"), world.a_record(unit="scjgj", severity="unset")]


def test_the_list_shows_the_suggestion_and_the_form_to_those_who_set_classes(world, sign_in):
    record = world.a_record(unit="wlj", severity="unset")
    text = page(sign_in("he"), "records").content.decode()
    assert "系统建议一般（待核实）" in text
    assert f'value="{record.ref}"' in text
    supervisor = page(sign_in("wang"), "records").content.decode()
    assert record.doc_no in supervisor
    assert f'value="{record.ref}"' not in supervisor


def test_the_suggestion_counts_the_amount_the_bureau_has_settled(world, sign_in):
    record = world.a_record(unit="wlj", severity="unset", penalty_kinds=["fine"], amount_fen=900_000_00)
    he = sign_in("he")
    assert "系统建议一般（待核实）" in page(he, "records").content.decode()
    settled(world, "huge_fine", 500_000)
    assert "系统建议严重" in page(he, "records").content.decode()
    assert page(he, "record", record.ref).context_data["suggestion"].severity == "serious"
    assert send(he, [record.ref]).context_data["fates"][0].suggestion.severity == "serious"


def test_a_try_tells_the_fate_of_each_and_writes_nothing(world, sign_in):
    records = some(world)
    answer = send(sign_in("he"), [one.ref for one in records])
    fates = answer.context_data["fates"]
    assert [(fate.goes, fate.word) for fate in fates] == [
        (True, "将认定"), (True, "将认定"), (False, "跳过"), (False, "跳过"),
    ]  # fmt: skip
    assert fates[0].before != fates[0].after
    text = answer.content.decode()
    assert "将认定 2 条，跳过 2 条" in text
    assert "已是该失信程度" in text
    assert records[3].doc_no not in text  # of another unit: not even its number
    assert "确认执行" in text
    assert changes() == 0
    assert severity_of(records[0]) == "unset"


def test_what_was_tried_is_what_happens_and_the_skipped_stay_chosen(world, sign_in):
    records = some(world)
    he, refs = sign_in("he"), [one.ref for one in records]
    tried = {fate.ref: fate.goes for fate in send(he, refs).context_data["fates"]}
    answer = send(he, refs, "run")
    assert answer.status_code == 200
    assert {fate.ref: fate.word == "完成" for fate in answer.context_data["fates"]} == tried
    assert "已认定 2 条，跳过 2 条" in answer.content.decode()
    assert [severity_of(one) for one in records] == ["general", "general", "general", "unset"]
    assert changes() == 2
    again = send(he, refs, "run")
    assert [fate.word for fate in again.context_data["fates"]] == ["跳过"] * 4
    assert changes() == 2
    history = page(he, "record", records[0].ref).content.decode()
    assert "未认定 → 一般" in history
    assert "罚款数额在一般档" in history


def test_nothing_is_written_without_a_reason_or_a_choice_and_what_was_typed_stays(world, sign_in):
    records = some(world)
    he, refs = sign_in("he"), [one.ref for one in records]
    empty = send(he, refs, "run", reason=" ")
    assert empty.status_code == 422
    assert f'value="{refs[0]}"' in empty.content.decode()
    none = send(he, [], "run")
    assert none.status_code == 422
    assert "请至少选择一条信息。" in none.content.decode()
    many = send(he, [f"x{n}" for n in range(101)])
    assert many.status_code == 422
    assert "一次最多100条" in many.content.decode()
    assert send(he, refs, "run", severity="unset").status_code == 422
    assert changes() == 0


def test_supervisors_clerks_and_applicants_set_no_class(world, sign_in):
    record = world.a_record(unit="wlj", severity="unset")
    assert {who: send(sign_in(who), [record.ref], "run").status_code for who in ("wang", "li", "chen", "zhao")} == {
        "wang": 403, "li": 403, "chen": 403, "zhao": 403,
    }  # fmt: skip
    assert send(sign_in("zheng"), [record.ref], "run").context_data["fates"][0].word == "跳过"
    assert severity_of(record) == "unset"
    assert send(sign_in("lv"), [record.ref], "run").context_data["fates"][0].word == "完成"


def test_a_hundred_rows_can_stand_on_one_page(world, sign_in):
    for _ in range(35):
        world.a_record(unit="wlj")
    he = sign_in("he")
    assert len(page(he, "records").context_data["rows"]) == 30
    assert len(page(he, "records", size="100").context_data["rows"]) == 35
    assert len(page(he, "records", size="9999").context_data["rows"]) == 30


def test_another_class_than_the_one_tried_is_tried_first(world, sign_in):
    record = world.a_record(unit="wlj", severity="unset")
    answer = send(sign_in("he"), [record.ref], "run", severity="serious", tried="general")
    assert [fate.word for fate in answer.context_data["fates"]] == ["将认定"]
    assert (changes(), severity_of(record)) == (0, "unset")
    assert send(sign_in("he"), [record.ref], "run", severity="serious").status_code == 200
    assert severity_of(record) == "serious"
