"""One run: people at work, things breaking, healing, draining, judging. Keeps everything when something did not hold."""

import asyncio
import json
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

from bench.measure import cpu_of_tree
from creditrepair.local.environment import PROJECT
from creditrepair.local.host import die_with_parent
from creditrepair.local.processes import run as run_to_end
from creditrepair.local.serving import PYTHON
from tests.lab import checker, failpoints, faults, history
from tests.lab.nemesis import KILLS, Nemesis, schedule
from tests.lab.services import ENTRY, TARGETS, House

DRAIN_LIMIT_SECONDS = 120.0
GIVE_UP_SECONDS = 300.0
WAITING = """
SELECT (SELECT count(*) FROM sync_delivery WHERE done_at IS NULL AND state <> 'parked' AND kind <> 'sms'),
  (SELECT count(*) FROM sync_delivery WHERE done_at IS NULL AND state <> 'parked' AND kind = 'sms'
   AND due_at < now() + interval '10 minutes'),
  (SELECT count(*) FROM cases_case WHERE state = 'approved'), (SELECT count(*) FROM notices_notice WHERE status = 'requested')
"""


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of a run. `limit_seconds` bounds the work; beyond it the run has failed."""

    cases: int
    kills: int
    seed: int
    down: bool = True
    postgres: bool = True
    flush: bool = True
    papers: int = 50
    limit_seconds: float = 3600.0
    keep: bool = False


def run(order: Order) -> dict[str, Any]:
    """The whole, and its report (also written to var/lab/<run>/report.json)."""
    began = time.monotonic()
    # Receipts of short messages by asking alone where there are many: a call back each would be a third of the load.
    more = {"SMS_CALLBACK_URL": ""} if order.cases > 1000 else {}
    with House(f"run-{order.seed}-{order.cases}", clients_papers=order.papers, more=more) as house:
        words = json.dumps(house.words())
        prepare(house, order.cases, order.seed)
        say(
            f"{order.cases} cases, {order.kills} kills, seed {order.seed}; everything up after {time.monotonic() - began:.0f} s"
        )
        nemesis = Nemesis(
            house,
            schedule(order.seed, order.kills, down=order.down, postgres=order.postgres, flush=order.flush),
            order.seed,
        )
        worked = _work(house, nemesis, order, words)
        cpu = _cpu(house)
        nemesis.heal()
        met = {target: house.state(target)["faults"] for target in TARGETS}
        drained = _drain(house)
        time.sleep(1)
        replays = {target: house.state(target)["counts"].get("replays", 0) for target in TARGETS}
        house.environment["LAB_DATABASE"] = words
        _step(house, "gather", str(house.home))
        facts = json.loads((house.home / "facts.json").read_text())
        ops = history.read(house.home / "history.jsonl")
        found = checker.check(facts, ops)
        report = {
            "order": {name: getattr(order, name) for name in Order.__slots__},
            "seconds": {"work": round(worked, 1), "drain": drained, "all": round(time.monotonic() - began, 1)},
            "kills": {kind: nemesis.counts[kind] for kind in KILLS},
            "other_faults": {k: n for k, n in nemesis.counts.items() if k not in KILLS},
            "platform_faults": {t: {k: n for k, n in seen.items() if k != "ok"} for t, seen in met.items()},
            "platform_requests": {t: sum(seen.values()) for t, seen in met.items()},
            "replays_absorbed": replays | {"asked_by_number": facts["attempts"].get("absent", 0)},
            "sums": checker.sums(facts, ops),
            "verdict": {name: len(wrong) for name, wrong in found.items()},
            "violations": {name: wrong[:20] for name, wrong in found.items() if wrong},
            "drained_in_time": drained["platforms"] is not None and drained["platforms"] <= DRAIN_LIMIT_SECONDS,
            "signed_in_again": json.loads((house.home / "progress.json").read_text())["signed_in"],
            "cpu_seconds": cpu,
            "acts": nemesis.done,
        }
        report["held"] = not report["violations"] and report["drained_in_time"]
        (house.home / "report.json").write_text(json.dumps(report, ensure_ascii=False, indent=1))
        if not report["held"]:
            _dump(house)
    if report["held"] and not order.keep:
        house.discard()
    tell(report, house.home)
    return report


def judge(house: House, words: str) -> dict[str, list[str]]:
    """Violations by invariant of what a house and its history show now."""
    house.environment["LAB_DATABASE"] = words
    _step(house, "gather", str(house.home))
    facts = json.loads((house.home / "facts.json").read_text())
    return checker.check(facts, history.read(house.home / "history.jsonl"))


def run_failpoints(times: int, *, papers: int = 50) -> bool:
    """F1 to F6, each place `times` times (for each platform where it matters); the checker judges the end."""
    with House(f"failpoints-{times}", clients_papers=papers) as house:
        prepare(house, failpoints.records_needed(times), 1)
        stage = asyncio.run(failpoints.on(house, lambda stage: failpoints.play_all(stage, times, say)))
        drained = _drain(house)
        found = {name: wrong for name, wrong in judge(house, json.dumps(house.words())).items() if wrong}
        told = {"deaths": stage.deaths, "drain": drained, "violations": found}
        (house.home / "report.json").write_text(json.dumps(told, ensure_ascii=False, indent=1))
    say(f"{sum(stage.deaths.values())} deaths, drained {drained}, violations {found or 'none'}")
    if not found:
        house.discard()
    return not found


def run_faults(names: list[str]) -> bool:
    """The scenarios of `tests.lab.faults` on one house; the checker judges the end."""
    wrong: list[str] = []
    with House("faults", clients_papers=50) as house:
        prepare(house, 300, 1)
        say(
            f"limits of time are those of the list, plus patience of {house.slow:.1f} for what others do on this machine"
        )

        async def play(stage: failpoints.Stage) -> None:
            wrong.extend(await faults.play_all(stage, names, say))

        asyncio.run(failpoints.on(house, play))
        drained = _drain(house)
        found = {name: those for name, those in judge(house, json.dumps(house.words())).items() if those}
    say(
        f"{len(names or faults.SCENARIOS)} scenarios, {len(wrong)} broken; drained {drained}, violations {found or 'none'}"
    )
    if not found and not wrong:
        house.discard()
    return not found and not wrong


def prepare(house: House, cases: int, seed: int) -> None:
    """People and records, then all programs."""
    _step(house, "seed", "--cases", str(cases), "--seed", str(seed), "--password", house.password, "--home",
          str(house.home))  # fmt: skip
    house.start()


def say(text: str) -> None:
    print(f"lab: {text}", flush=True)


def _step(house: House, *arguments: str) -> None:
    """One command of `tests.lab.entry` in the house's environment."""
    log = house.home / "log" / f"{arguments[0]}.log"
    if run_to_end((*ENTRY, *arguments), house.environment, PROJECT, log=log, each=house.tend):
        raise RuntimeError(f"{arguments[0]} failed; see {log}\n{log.read_text()[-3000:]}")


def _work(house: House, nemesis: Nemesis, order: Order, words: str) -> float:
    """Clients and nemesis together, until every case has an end and every blow has fallen; seconds it took."""
    began = time.monotonic()
    progress = house.home / "progress.json"
    with (house.home / "log" / "clients.log").open("ab") as out:
        clients = subprocess.Popen(
            (PYTHON, "-W", "ignore", "-m", "tests.lab.clients", str(house.home), str(house.ports.site)),
            cwd=PROJECT, env=house.environment | {"LAB_DATABASE": words}, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            process_group=0, preexec_fn=die_with_parent(15),
        )  # fmt: skip
    told, said = {"ended": 0, "cases": 1}, began
    try:
        while clients.poll() is None or nemesis.left:
            house.tend()
            if clients.poll():
                raise RuntimeError(f"the clients failed; see {house.home / 'log' / 'clients.log'}")
            if progress.exists():
                told = json.loads(progress.read_text())
            try:
                nemesis.step(told["ended"] / told["cases"])
            except OSError:
                time.sleep(0.2)  # a mock or the broker did not answer just now: the same act again
            now = time.monotonic()
            if now - said > 30:
                said = now
                say(f"{now - began:.0f} s: {told}, {sum(nemesis.counts.values())} blows")
            if now - began > order.limit_seconds:
                raise RuntimeError(f"not done after {order.limit_seconds:g} s: {told}; see {house.home / 'log'}")
            time.sleep(0.05)
    finally:
        if clients.poll() is None:
            clients.terminate()
            clients.wait(10)
    return time.monotonic() - began


def _cpu(house: House) -> dict[str, float]:
    """Processor seconds of the programs as they live now; what was killed took its own with it."""
    assert house.keeper is not None
    found = {name: round(cpu_of_tree(child.process.pid), 1) for name, child in house.keeper.children.items()}
    return found | {"postgres": round(cpu_of_tree(house.site.postgres.pid()), 1)}


def _drain(house: House) -> dict[str, float | None]:
    """Seconds after the last fault until the platforms, the cases, the short messages and the papers had nothing left."""
    began = time.monotonic()
    done: dict[str, float | None] = {"platforms": None, "sms": None, "cases": None, "papers": None}
    while None in done.values() and time.monotonic() - began < GIVE_UP_SECONDS:
        house.tend()
        try:
            left = house.rows(WAITING)[0]
        except psycopg2.Error:
            time.sleep(0.5)
            continue
        for name, count in zip(done, left, strict=True):
            if not count and done[name] is None:
                done[name] = round(time.monotonic() - began, 1)
        time.sleep(0.5)
    return done


def _dump(house: House) -> None:
    """The tables, for whoever looks for the reason; logs, history, facts and ledgers lie beside."""
    words = house.words()
    environment = house.environment | {"PGPASSWORD": words["password"]}
    with (house.home / "tables.sql").open("wb") as out:
        program = house.site.postgres._settle_folders().program("pg_dump")
        subprocess.run(
            [program, "-h", words["host"], "-U", words["user"], "-d", words["dbname"], "--data-only", "--no-owner"],
            env=environment, stdout=out, check=False,
        )  # fmt: skip


def tell(report: dict[str, Any], home: Path) -> None:
    """The report to read."""
    sums, seconds = report["sums"], report["seconds"]
    say(f"kills {sum(report['kills'].values())}: {report['kills']}; other faults {report['other_faults']}")
    say(f"platform faults {report['platform_faults']} of {report['platform_requests']} requests")
    say(f"replays absorbed {report['replays_absorbed']}; signed in {report['signed_in_again']} times")
    say(
        f"acts {sums['acts']}; unknown: {sums['unknown_that_had_happened']} had happened, {sums['unknown_that_had_not']} had not"
    )
    say(f"processor seconds {report['cpu_seconds']}")
    say(f"states {sums['states']}; papers {sums['papers']}; worked {seconds['work']} s, drained {seconds['drain']}")
    for name, (words, _) in checker.CHECKS.items():
        count = report["verdict"][name]
        say(f"  {name:<4} {'holds' if not count else f'BROKEN {count}×'}  {words}")
        for wrong in report["violations"].get(name, [])[:5]:
            say(f"         {wrong}")
    say(
        f"{sums['lost']} lost, {sums['doubled']} doubled, {sums['different']} different; "
        f"{'HELD' if report['held'] else 'NOT HELD'} - {home / 'report.json'}"
    )
