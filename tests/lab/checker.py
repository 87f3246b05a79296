"""What must hold when all is healed: the invariants I1 to I14, as pure functions of the facts and the history.

Each gives the violations it found, in words; an empty list is the verdict. `tests/lab/test_checker.py` plants each
kind of violation and sees it found.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from tests.lab.history import Op

Facts = dict[str, Any]
Check = Callable[[Facts, list[Op]], list[str]]
TWO = ("creditchina_jinchang", "gsxt_gansu")
DECIDED = ("approved", "repaired")
# verb of an event → the state after it; "" leaves the state as it is
VERBS = {
    "submitted": "submitted", "accepted": "in_review", "not_accepted": "not_accepted", "correction_asked": "correction",
    "correction_answered": "before", "step_approved": "", "step_returned": "", "approved": "approved",
    "refused": "refused", "repaired": "repaired", "withdrawn": "withdrawn",
}  # fmt: skip
STEP_ENDS = {
    "accept": "agreed", "agree": "agreed", "approve": "agreed", "refuse": "refused", "return": "returned",
    "correct": "correction", "not_accept": "not_accepted",
}  # fmt: skip


def i1_each_ok_exists_once(facts: Facts, ops: list[Op]) -> list[str]:
    """What a client was told to be done is there, once."""
    wrong = []
    by_token, by_record = _filings(facts)
    steps = {step["step"]: step for step in facts["steps"]}
    states = {case["ref"]: case["state"] for case in facts["cases"]}
    for op in (op for op in ops if op.end == "ok"):
        if op.act == "file":
            records = sorted(op.data["records"])
            token = facts["drafts"].get(op.key, {}).get("token", "")
            if sorted(by_token.get(token, [])) != records:
                wrong.append(f"filing {op.key}: {len(by_token.get(token, []))} cases instead of {len(records)}")
            wrong += [f"record {r} is in {len(by_record[r])} filings" for r in records if len(set(by_record[r])) > 1]
        elif op.act in STEP_ENDS:
            step = steps.get(op.key)
            if step is None or step["by"] != op.data["who"] or not _ends(step["status"], op.act):
                wrong.append(f"{op.act} of step {op.key} by {op.data['who']} is not there: {step}")
        elif op.act == "withdraw" and states.get(op.key) != "withdrawn":
            wrong.append(f"withdrawal of {op.key} is not there: {states.get(op.key)}")
        elif op.act == "answer" and "correction_answered" not in facts["events"].get(op.data["case"], []):
            wrong.append(f"answer {op.key} is not there")
    return wrong


def _ends(status: str, act: str) -> bool:
    """A step that a withdrawal or a later round touched keeps its own end, so only the word of the act counts."""
    return status == STEP_ENDS[act] or (act == "not_accept" and status in ("refused", "not_accepted"))


def _filings(facts: Facts) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    by_token: dict[str, list[str]] = defaultdict(list)
    by_record: dict[str, list[str]] = defaultdict(list)
    for case in facts["cases"]:
        by_token[case["token"]].append(case["record"])
        by_record[case["record"]].append(case["token"])
    return by_token, by_record


def i2_each_fail_has_no_effect(facts: Facts, ops: list[Op]) -> list[str]:
    """A key on which every act failed shows no effect of that person; and no key counts more acts done than one."""
    wrong = []
    steps = {step["step"]: step for step in facts["steps"]}
    for key, those in _by_key(ops, STEP_ENDS).items():
        who = {op.data["who"] for op in those if op.happened is not False}
        step = steps.get(key)
        if step is not None and step["status"] != "open" and step["by"] is not None and step["by"] not in who:
            wrong.append(f"step {key} was settled by {step['by']}, whose every act was refused")
    for key, those in _by_key(ops, {"file"}).items():
        if all(op.end == "fail" for op in those) and facts["drafts"].get(key, {}).get("application"):
            wrong.append(f"filing {key} was refused each time and is there")
    return wrong


def i3_unknown_is_told_by_asking(facts: Facts, ops: list[Op]) -> list[str]:
    """An act without an answer happened once or not at all, and asking by key told which."""
    wrong = []
    for op in (op for op in ops if op.end == "info"):
        if op.asked is None:
            wrong.append(f"{op.act} {op.key}: nobody could be asked what became of it")
        elif op.act == "file" and op.asked != bool(facts["drafts"].get(op.key, {}).get("application")):
            later = any(o.happened for o in ops if o.act == "file" and o.key == op.key and o is not op)
            if op.asked or not later:
                wrong.append(f"filing {op.key}: asked {op.asked}, found otherwise")
    return wrong


def i4_one_decision_a_step(facts: Facts, ops: list[Op]) -> list[str]:
    """At most one decision per case, step and round; at most one client was told yes for it."""
    wrong = []
    for key, those in _by_key(ops, STEP_ENDS).items():
        told = [op for op in those if op.end == "ok"]
        if len(told) > 1:
            wrong.append(f"step {key}: {len(told)} clients were told that they decided it")
    decisions = Counter(
        (step["case"], step["round"], step["position"]) for step in facts["steps"] if step["status"] == "agreed"
    )
    returned = {(step["case"], step["round"]) for step in facts["steps"] if step["status"] == "returned"}
    for (case, turn, position), count in decisions.items():
        if count > 1 + ((case, turn) in returned):
            wrong.append(f"case {case} round {turn} tier {position}: {count} agreements")
    for case, verbs in facts["events"].items():
        for verb in ("submitted", "approved", "repaired", "withdrawn", "refused", "not_accepted"):
            if verbs.count(verb) > 1:
                wrong.append(f"case {case}: {verb} {verbs.count(verb)} times")
    return wrong


def _by_key(ops: list[Op], acts: Any) -> dict[str, list[Op]]:
    grouped: dict[str, list[Op]] = defaultdict(list)
    for op in ops:
        if op.act in acts:
            grouped[op.key].append(op)
    return grouped


def i5_two_deliveries_a_decision(facts: Facts, ops: list[Op]) -> list[str]:
    """Each published decision has one repair message to each of the two platforms, and nothing else has one."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in facts["deliveries"]:
        if row["kind"] == "repair" and row["target"] in TWO:
            found[row["thing"]].append(row["target"])
    wrong = [
        f"case {case['ref']} ({case['state']}): messages to {sorted(found[case['ref']])}"
        for case in facts["cases"]
        if sorted(found[case["ref"]]) != (sorted(TWO) if case["state"] in DECIDED else [])
    ]
    known = {case["ref"] for case in facts["cases"]}
    return wrong + [f"messages about an unknown case {thing}" for thing in found if thing not in known]


def i6_three_agree(facts: Facts, ops: list[Op]) -> list[str]:
    """Register, platform A and platform B hold the same version of each record, and all say whether it is public."""
    wrong = []
    for key, record in facts["records"].items():
        public = record["status"] == "published"
        for target in TWO:
            held = facts["platforms"][target]["held"].get(key)
            if held is None or held["version"] != record["version"] or (held["status"] == "published") != public:
                wrong.append(f"record {key}: register {record}, {target} {held}")
    return wrong


def i7_one_effect_a_key(facts: Facts, ops: list[Op]) -> list[str]:
    """Each message to a platform had one effect, but for what the platform itself did twice (fault F28)."""
    wrong = []
    for target in TWO:
        platform = facts["platforms"][target]
        wrong += [
            f"{target}: key {key} had {count} effects"
            for key, count in platform["effects"].items()
            if count != 1 + platform["own_doubles"].get(key, 0)
        ]
        wrong += [
            f"{target}: no effect of {row['number']} ({row['state']})"
            for row in facts["deliveries"]
            if row["target"] == target
            and row["done"]
            and row["state"] == "verified"
            and row["key"] not in platform["effects"]
        ]
    return wrong


def i8_versions_only_rise(facts: Facts, ops: list[Op]) -> list[str]:
    """What a platform shows of a record never becomes older."""
    wrong = []
    for target in TWO:
        seen: dict[str, int] = {}
        for key, version in facts["platforms"][target]["order"]:
            if version < seen.get(key, 0):
                wrong.append(f"{target}: record {key} went back from {seen[key]} to {version}")
            seen[key] = version
    return wrong


def i9_one_event_a_transition(facts: Facts, ops: list[Op]) -> list[str]:
    """The chains are whole, and a case has as many events of its acts as its version says changes."""
    wrong = [f"chain of {region}: {chain['fault']}" for region, chain in facts["chains"].items() if not chain["ok"]]
    for case in facts["cases"]:
        counted = sum(verb in VERBS for verb in facts["events"].get(case["ref"], []))
        if counted != case["version"]:
            wrong.append(f"case {case['ref']}: version {case['version']}, {counted} events")
    return wrong


def i10_no_key_crosses(facts: Facts, ops: list[Op]) -> list[str]:
    return [f"{where}: {count} rows point into another region" for where, count in facts["foreign"].items() if count]


def i11_every_file_is_there(facts: Facts, ops: list[Op]) -> list[str]:
    wrong = [
        f"file {file['path']}: {'missing' if file['disk'] is None else 'another hash than its row'}"
        for file in facts["files"]
        if file["disk"] != file["row"]
    ]
    return wrong + [f"file {path} has no row and is older than a day" for path in facts["orphans"]]


def i12_nothing_hangs(facts: Facts, ops: list[Op]) -> list[str]:
    """No lease past its limit, nothing parked without a task, nothing undone that is due."""
    wrong = [f"{row['number']}: lease past its limit" for row in facts["deliveries"] if row["lease_over"]]
    wrong += [
        f"{row['number']}: parked without a task ({row['problem']})"
        for row in facts["deliveries"]
        if row["state"] == "parked" and not row["task"]
    ]
    wrong += [
        f"{row['number']}: not done ({row['state']}, {row['problem']})"
        for row in facts["deliveries"]
        if not row["done"] and row["state"] != "parked" and not (row["kind"] == "sms" and row["later"])
    ]
    wrong += [f"case {case['ref']} is still {case['state']}" for case in facts["cases"] if case["state"] == "approved"]
    return wrong + ([f"{facts['papers']['failed']} papers failed"] if facts["papers"].get("failed") else [])


def i13_told_once(facts: Facts, ops: list[Op]) -> list[str]:
    """At most one short message per event reached the gateway."""
    wrong = [f"short message {number} reached the gateway {n} times" for number, n in facts["sms"].items() if n > 1]
    keys = Counter(row["key"] for row in facts["deliveries"] if row["kind"] == "sms")
    return wrong + [f"event {key} has {n} messages" for key, n in keys.items() if n > 1]


def i14_history_replays(facts: Facts, ops: list[Op]) -> list[str]:
    """The events of each case, played from the beginning, end in the state it is in; numbers of papers have no gap."""
    wrong = []
    for case in facts["cases"]:
        state, before = "", ""
        for verb in facts["events"].get(case["ref"], []):
            after = VERBS.get(verb, "")
            if after == "before":
                state = before
            elif after:
                before, state = state, after
        if state != case["state"]:
            wrong.append(f"case {case['ref']}: events end in {state or 'nothing'}, the row says {case['state']}")
    return wrong + ([f"{facts['numbers']} series of paper numbers have a gap"] if facts["numbers"] else [])


CHECKS: dict[str, tuple[str, Check]] = {
    "I1": ("each act told as done exists once", i1_each_ok_exists_once),
    "I2": ("each refused act has no effect", i2_each_fail_has_no_effect),
    "I3": ("each unknown act happened once or not, and asking tells", i3_unknown_is_told_by_asking),
    "I4": ("one decision per case, step and round", i4_one_decision_a_step),
    "I5": ("two platform messages per published decision", i5_two_deliveries_a_decision),
    "I6": ("register, A and B hold the same version", i6_three_agree),
    "I7": ("one effect per key at each platform", i7_one_effect_a_key),
    "I8": ("versions at a platform never go down", i8_versions_only_rise),
    "I9": ("chain whole, one event per transition", i9_one_event_a_transition),
    "I10": ("no foreign key crosses regions", i10_no_key_crosses),
    "I11": ("every file row has its file", i11_every_file_is_there),
    "I12": ("no lease past its limit, nothing parked in silence, nothing undone", i12_nothing_hangs),
    "I13": ("at most one notification per event", i13_told_once),
    "I14": ("the history replays to the present state", i14_history_replays),
}


def check(facts: Facts, ops: list[Op]) -> dict[str, list[str]]:
    """Violations by invariant."""
    return {name: act(facts, ops) for name, (_, act) in CHECKS.items()}


def sums(facts: Facts, ops: list[Op]) -> dict[str, Any]:
    """The three numbers of the promise, and what stands behind them."""
    lost = len(i1_each_ok_exists_once(facts, ops)) + len(i5_two_deliveries_a_decision(facts, ops))
    doubled = (
        len(i4_one_decision_a_step(facts, ops)) + len(i7_one_effect_a_key(facts, ops)) + len(i13_told_once(facts, ops))
    )
    ends = Counter(op.end or "stopped" for op in ops)
    return {
        "lost": lost,
        "doubled": doubled,
        "different": len(i6_three_agree(facts, ops)),
        "acts": dict(ends),
        "unknown_that_had_happened": sum(op.end == "info" and op.asked is True for op in ops),
        "unknown_that_had_not": sum(op.end == "info" and op.asked is False for op in ops),
        "states": dict(Counter(case["state"] for case in facts["cases"])),
        "attempts": facts["attempts"],
        "platform_doubled_by_itself": {t: sum(facts["platforms"][t]["own_doubles"].values()) for t in TWO},
        "papers": dict(facts["papers"]),
    }
