"""A checker that cannot fail is worth nothing: each kind of violation is planted, and found under its own number."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.lab import checker, history
from tests.lab.history import History, Op

A, B = checker.TWO
Facts = dict[str, Any]


def world() -> Facts:
    """Two cases of one filing, one repaired and one withdrawn, as they are when everything held."""

    def case(ref: str, record: str, state: str, version: int) -> dict[str, Any]:
        return {
            "ref": ref, "region": "620321", "record": record, "key": f"k-{record}", "state": state, "version": version,
            "round": 1, "application": "app", "token": "form", "filing": "XF1",
        }  # fmt: skip

    def message(target: str) -> dict[str, Any]:
        return {
            "key": f"yc1-{target}", "target": target, "kind": "repair", "thing": "c1", "record": "k-r1", "version": 2,
            "state": "verified", "number": f"RP-{target}", "done": True, "lease_over": False, "later": False, "task": False,
            "problem": "",
        }  # fmt: skip

    def platform(target: str) -> dict[str, Any]:
        return {
            "effects": {f"yc1-{target}": 1, "old-1": 1, "old-2": 1},
            "own_doubles": {},
            "order": [["k-r1", 1], ["k-r2", 1], ["k-r1", 2]],
            "held": {"k-r1": {"status": "ended", "version": 2}, "k-r2": {"status": "published", "version": 1}},
        }

    sms = message("sms_gateway") | {"kind": "sms", "key": "T05|c1", "number": "SM-1", "thing": "app"}
    return {
        "cases": [case("c1", "r1", "repaired", 5), case("c2", "r2", "withdrawn", 2)],
        "events": {
            "c1": ["submitted", "accepted", "step_approved", "step_claimed", "approved", "repaired"],
            "c2": ["submitted", "withdrawn"],
        },
        "steps": [
            {"step": "s0", "case": "c1", "round": 1, "position": 0, "status": "agreed", "by": "qian"},
            {"step": "s1", "case": "c1", "round": 1, "position": 1, "status": "agreed", "by": "qian"},
            {"step": "s2", "case": "c1", "round": 1, "position": 2, "status": "agreed", "by": "sun"},
            {"step": "s3", "case": "c2", "round": 1, "position": 0, "status": "cancelled", "by": None},
        ],
        "drafts": {"d1": {"token": "form", "application": "app"}, "d2": {"token": "other", "application": ""}},
        "records": {"k-r1": {"status": "ended", "version": 2}, "k-r2": {"status": "published", "version": 1}},
        "deliveries": [message(A), message(B), sms],
        "platforms": {A: platform(A), B: platform(B)},
        "sms": {"SM-1": 1},
        "foreign": {"cases_case.record_id": 0},
        "files": [{"path": "620321/notices/n1.pdf", "row": "aa", "disk": "aa"}],
        "orphans": [],
        "chains": {"620321": {"ok": True, "rows": 8, "fault": ""}},
        "papers": {"issued": 2},
        "numbers": 0,
        "attempts": {},
    }


def acts() -> list[Op]:
    filing = {"who": "zhao", "records": ["r1", "r2"]}
    return [
        Op(1, "file", "d1", filing, "info", asked=True),
        Op(2, "file", "d2", filing, "fail"),
        Op(3, "accept", "s0", {"who": "qian", "case": "c1"}, "ok"),
        Op(4, "agree", "s1", {"who": "qian", "case": "c1"}, "info", asked=True),
        Op(5, "approve", "s2", {"who": "sun", "case": "c1"}, "ok"),
        Op(6, "approve", "s2", {"who": "zhou", "case": "c1"}, "fail"),
        Op(7, "withdraw", "c2", {"who": "zhao", "case": "c2"}, "ok"),
        Op(8, "file", "d1", filing, "ok"),
    ]


def test_a_sound_world_breaks_nothing():
    assert {name: wrong for name, wrong in checker.check(world(), acts()).items() if wrong} == {}
    assert checker.sums(world(), acts())["lost"] == 0


def leg(facts: Facts, target: str) -> dict[str, Any]:
    return next(row for row in facts["deliveries"] if row["target"] == target)


def lose_the_cases(facts: Facts, ops: list[Op]) -> None:
    facts["cases"] = []
    facts["drafts"]["d1"]["application"] = ""


def lose_a_decision(facts: Facts, ops: list[Op]) -> None:
    facts["steps"][2] |= {"status": "open", "by": None}


def give_a_decision_to_another(facts: Facts, ops: list[Op]) -> None:
    facts["steps"][2]["by"] = "zheng"


def file_twice(facts: Facts, ops: list[Op]) -> None:
    facts["cases"].append(facts["cases"][0] | {"ref": "c9", "token": "again"})


def lose_a_withdrawal(facts: Facts, ops: list[Op]) -> None:
    facts["cases"][1]["state"] = "submitted"


def lose_an_answer(facts: Facts, ops: list[Op]) -> None:
    ops.append(Op(9, "answer", "c2:1", {"who": "zhao", "case": "c2"}, "ok"))


def let_a_refused_act_work(facts: Facts, ops: list[Op]) -> None:
    facts["steps"][2]["by"] = "zhou"


def let_a_refused_filing_be_there(facts: Facts, ops: list[Op]) -> None:
    facts["drafts"]["d2"]["application"] = "app2"


def tell_wrongly(facts: Facts, ops: list[Op]) -> None:
    ops[0].asked, ops[-1].end = False, "fail"


def ask_nobody(facts: Facts, ops: list[Op]) -> None:
    ops[3].asked = None


def tell_two_yes(facts: Facts, ops: list[Op]) -> None:
    ops[5].end = "ok"


def agree_twice(facts: Facts, ops: list[Op]) -> None:
    facts["steps"].append(facts["steps"][2] | {"step": "s9"})


def approve_twice(facts: Facts, ops: list[Op]) -> None:
    facts["events"]["c1"].append("approved")


def drop_a_message(facts: Facts, ops: list[Op]) -> None:
    facts["deliveries"].remove(leg(facts, B))


def send_of_a_withdrawn_case(facts: Facts, ops: list[Op]) -> None:
    facts["deliveries"].append(leg(facts, A) | {"thing": "c2"})


def send_of_nothing(facts: Facts, ops: list[Op]) -> None:
    facts["deliveries"].append(leg(facts, A) | {"thing": "nobody"})


def differ(facts: Facts, ops: list[Op]) -> None:
    facts["platforms"][B]["held"]["k-r1"]["version"] = 1


def stay_public(facts: Facts, ops: list[Op]) -> None:
    facts["platforms"][A]["held"]["k-r1"]["status"] = "published"


def forget_a_record(facts: Facts, ops: list[Op]) -> None:
    del facts["platforms"][A]["held"]["k-r2"]


def take_effect_twice(facts: Facts, ops: list[Op]) -> None:
    facts["platforms"][B]["effects"][f"yc1-{B}"] = 2


def verify_without_effect(facts: Facts, ops: list[Op]) -> None:
    del facts["platforms"][A]["effects"][f"yc1-{A}"]


def go_back(facts: Facts, ops: list[Op]) -> None:
    facts["platforms"][A]["order"].append(["k-r1", 1])


def fork_the_chain(facts: Facts, ops: list[Op]) -> None:
    facts["chains"]["620321"] = {"ok": False, "rows": 4, "fault": "第5号事件与散列链不符"}


def act_without_an_event(facts: Facts, ops: list[Op]) -> None:
    facts["events"]["c1"].remove("step_approved")


def cross_regions(facts: Facts, ops: list[Op]) -> None:
    facts["foreign"]["cases_case.record_id"] = 3


def lose_a_file(facts: Facts, ops: list[Op]) -> None:
    facts["files"][0]["disk"] = None


def change_a_file(facts: Facts, ops: list[Op]) -> None:
    facts["files"][0]["disk"] = "bb"


def leave_an_orphan(facts: Facts, ops: list[Op]) -> None:
    facts["orphans"] = ["620321/a/b.pdf"]


def keep_a_lease(facts: Facts, ops: list[Op]) -> None:
    leg(facts, A)["lease_over"] = True


def park_in_silence(facts: Facts, ops: list[Op]) -> None:
    leg(facts, A).update(state="parked", done=False)


def leave_undone(facts: Facts, ops: list[Op]) -> None:
    leg(facts, B).update(state="unknown", done=False)


def fail_a_paper(facts: Facts, ops: list[Op]) -> None:
    facts["papers"]["failed"] = 1


def stay_approved(facts: Facts, ops: list[Op]) -> None:
    facts["cases"][0]["state"] = "approved"


def tell_twice(facts: Facts, ops: list[Op]) -> None:
    facts["sms"]["SM-1"] = 2


def queue_twice(facts: Facts, ops: list[Op]) -> None:
    facts["deliveries"].append(leg(facts, "sms_gateway") | {"number": "SM-2"})


def end_elsewhere(facts: Facts, ops: list[Op]) -> None:
    facts["events"]["c2"] = ["submitted", "accepted"]


def skip_a_number(facts: Facts, ops: list[Op]) -> None:
    facts["numbers"] = 1


PLANTED: list[tuple[str, Callable[[Facts, list[Op]], None]]] = [
    ("I1", lose_the_cases), ("I1", lose_a_decision), ("I1", give_a_decision_to_another), ("I1", file_twice),
    ("I1", lose_a_withdrawal), ("I1", lose_an_answer), ("I2", let_a_refused_act_work),
    ("I2", let_a_refused_filing_be_there), ("I3", tell_wrongly), ("I3", ask_nobody), ("I4", tell_two_yes),
    ("I4", agree_twice), ("I4", approve_twice), ("I5", drop_a_message), ("I5", send_of_a_withdrawn_case),
    ("I5", send_of_nothing), ("I6", differ), ("I6", stay_public), ("I6", forget_a_record), ("I7", take_effect_twice),
    ("I7", verify_without_effect), ("I8", go_back), ("I9", fork_the_chain), ("I9", act_without_an_event),
    ("I10", cross_regions), ("I11", lose_a_file), ("I11", change_a_file), ("I11", leave_an_orphan), ("I12", keep_a_lease),
    ("I12", park_in_silence), ("I12", leave_undone), ("I12", fail_a_paper), ("I12", stay_approved), ("I13", tell_twice),
    ("I13", queue_twice), ("I14", end_elsewhere), ("I14", skip_a_number),
]  # fmt: skip


@pytest.mark.parametrize(("number", "plant"), PLANTED, ids=[act.__name__ for _, act in PLANTED])
def test_a_planted_violation_is_found(number, plant):
    facts, ops = copy.deepcopy(world()), acts()
    plant(facts, ops)
    assert checker.check(facts, ops)[number]


def test_every_invariant_has_a_planted_violation():
    assert {number for number, _ in PLANTED} == set(checker.CHECKS)


def test_a_doubling_of_the_platforms_own_is_not_ours():
    facts = world()
    facts["platforms"][B]["effects"][f"yc1-{B}"] = 2
    facts["platforms"][B]["own_doubles"] = {f"yc1-{B}": 1}
    assert checker.check(facts, acts())["I7"] == []


def test_a_history_is_read_as_it_was_written(tmp_path):
    written = History(tmp_path / "h.jsonl")
    first = written.invoke("accept", "s1", who="qian")
    second = written.invoke("file", "d1", who="zhao", records=["r1"])
    third = written.invoke("agree", "s2", who="sun")
    written.ok(first, location="/desk/")
    written.info(second, why="500")
    written.asked(second, True)
    written.close()
    with (tmp_path / "h.jsonl").open("a") as torn:
        torn.write('{"op": 3, "what": "o')  # the client was stopped in the middle of a line
    ops = history.read(tmp_path / "h.jsonl")
    assert [(op.act, op.key, op.end, op.happened) for op in ops] == [
        ("accept", "s1", "ok", True),
        ("file", "d1", "info", True),
        ("agree", "s2", "", None),
    ]
    assert third == 3 and ops[1].data["records"] == ["r1"]
