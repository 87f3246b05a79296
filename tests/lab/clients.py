"""The people of a run as real HTTP clients: applicants file, answer and withdraw, reviewers of every tier decide.

A process of its own: `python -m tests.lab.clients HOME PORT`. Acts go over HTTP with real sessions; what a page would
show before an act (which steps wait, their version) is mostly read by a read-only query, in one act of twenty from the
page itself. Every act is in the history before it is sent. Ends when every case of the plan has an end.
"""

import asyncio
import json
import os
import random
import re
import sys
import time
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import aiohttp
import psycopg2
from psycopg2.extensions import connection as Connection

from tests.lab.history import History
from tests.uploads.samples import a_pdf

TIMEOUT_SECONDS = 20
PAGE_SHARE = 0.05  # acts whose step and version are read from the page
DOUBLE_SHARE = 0.04  # acts sent twice at once
MOST_WAITING = 600  # undelivered messages to platforms above which nobody files or decides: the lab has two cores
MOST_OPEN = 300
OPEN = ("submitted", "in_review", "correction")
STEPS = """
SELECT s.uuid::text, c.ref, c.version, c.round, s.position, c.state, jsonb_array_length(c.tiers), r.ref,
  EXISTS (SELECT 1 FROM cases_reviewstep t WHERE t.region_id = c.region_id AND t.case_id = c.id AND t.status = 'returned')
FROM cases_reviewstep s JOIN cases_case c ON c.region_id = s.region_id AND c.id = s.case_id
  JOIN cases_failurerecord r ON r.region_id = c.region_id AND r.id = c.record_id
WHERE s.region_id = %s AND s.department_id = %s AND s.tier = %s AND s.status = 'open' AND c.id %% %s = %s
  AND (s.position < jsonb_array_length(c.tiers) OR NOT %s)
ORDER BY s.id LIMIT 24
"""


class Unknown(Exception):
    """No answer, a cut-off one, or a 5xx: the act may or may not have happened."""


@dataclass(slots=True)
class Answer:
    status: int
    location: str
    text: str


OPEN_SINCE = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_type = 'client backend' AND xact_start <= %s"
)


class Database:
    """Read-only looks at the database; while it is away, nobody sees anything new."""

    def __init__(self, words: dict[str, Any]) -> None:
        self._words = words
        self._connection: Connection | None = None
        self._lock = asyncio.Lock()

    async def rows(self, query: str, *given: Any) -> list[tuple[Any, ...]]:
        async with self._lock:
            while True:
                try:
                    return await asyncio.to_thread(self._rows, query, given)
                except psycopg2.Error:
                    self._connection = None
                    await asyncio.sleep(0.3)

    async def at_rest(self) -> None:
        """Until every transaction that is open now has ended. Whoever was cut off asks only then: the server of an act
        may be dead while its COMMIT is still being written, and "not yet" would be told of something that happens."""
        [(since,)] = await self.rows("SELECT clock_timestamp()")
        while await self.rows(OPEN_SINCE, since):
            await asyncio.sleep(0.05)

    def _rows(self, query: str, given: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        if self._connection is None:
            self._connection = psycopg2.connect(**self._words, options="-c default_transaction_read_only=on")
            self._connection.autocommit = True
        with self._connection.cursor() as cursor:
            cursor.execute(query, given)
            return list(cursor.fetchall())


@dataclass
class World:
    """What all people of a run share."""

    port: int
    plan: dict[str, Any]
    history: History
    database: Database
    session: aiohttp.ClientSession
    rng: random.Random
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    crowded: bool = False  # nobody files
    flooded: bool = False  # nobody decides either
    double_share: float = DOUBLE_SHARE
    signed_in: int = 0
    fates: dict[str, str] = field(default_factory=dict)

    def fate(self, record: str) -> str:
        """What will become of the case of a record; drawn once."""
        if record not in self.fates:
            draw = random.Random(f"{self.plan['seed']}{record}").random()
            bounds = (("withdraw", 0.03), ("correct", 0.06), ("not_accept", 0.08), ("refuse", 0.11), ("return", 0.12))
            self.fates[record] = next((name for name, upto in bounds if draw < upto), "approve")
        return self.fates[record]


class Person:
    """One signed-in person with a cookie jar. `call` raises Unknown when the answer does not come."""

    def __init__(self, world: World, username: str) -> None:
        self.world, self.username = world, username
        self.cookies: dict[str, str] = {}

    async def call(self, method: str, path: str, data: Any = None, **headers: str) -> Answer:
        sent = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()), **headers}
        form: Any = data
        if isinstance(data, dict):
            form = [(k, one) for k, v in data.items() for one in (v if isinstance(v, list) else [v])]
            form.append(("csrfmiddlewaretoken", self.cookies.get("__Host-csrf", "")))
        try:
            async with self.world.session.request(
                method, f"http://127.0.0.1:{self.world.port}{path}", data=form, headers=sent, allow_redirects=False
            ) as answer:
                text = await answer.text()
                self._keep(answer)
                if answer.status >= 500:
                    raise Unknown(str(answer.status))
                return Answer(answer.status, answer.headers.get("Location", ""), text)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Unknown(type(error).__name__) from error

    def _keep(self, answer: aiohttp.ClientResponse) -> None:
        for line in answer.headers.getall("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                if morsel.value:
                    self.cookies[name] = morsel.value
                else:
                    self.cookies.pop(name, None)

    async def sure(self, method: str, path: str, data: Any = None, **headers: str) -> Answer:
        """Again until there is an answer: for what may be repeated. A lost session is signed in anew."""
        while True:
            try:
                answer = await self.call(method, path, data, **headers)
            except Unknown:
                await asyncio.sleep(0.4)
                continue
            if answer.status == 302 and answer.location.startswith("/login"):
                await self.sign_in()
                continue
            return answer

    async def sign_in(self) -> None:
        """By the real page. Counted: nobody may be signed out by a fault."""
        self.cookies.clear()
        while True:
            try:
                await self.call("GET", "/login")
                words = {"username": self.username, "password": self.world.plan["password"]}
                if (await self.call("POST", "/login", words)).status == 302:
                    self.world.signed_in += 1
                    return
            except Unknown:
                pass  # the site is being started again
            await asyncio.sleep(0.5)

    async def act(self, act: str, key: str, path: str, data: dict[str, Any], **about: Any) -> str:
        """One act: history, request, end. ok: it happened; fail: it did not; info: nobody knows yet."""
        history = self.world.history
        op = history.invoke(act, key, who=self.username, **about)
        try:
            answer = await self.call("POST", path, data)
        except Unknown as why:
            history.info(op, why=str(why))
            return f"info:{op}"
        if answer.status == 302 and not answer.location.startswith("/login") or act == "file" and answer.status == 200:
            history.ok(op, location=answer.location, number=next(iter(re.findall(r"XF\d{8}\w{6}", answer.text)), ""))
            return "ok"
        history.fail(op, status=answer.status, location=answer.location)
        return f"fail:{answer.status if answer.status != 302 else 'login'}"

    async def twice(self, act: str, key: str, path: str, data: dict[str, Any], **about: Any) -> list[str]:
        """A double click: the same form on two connections."""
        return list(
            await asyncio.gather(self.act(act, key, path, data, **about), self.act(act, key, path, data, **about))
        )


class Applicant(Person):
    """Files for its firms one after the other, then looks after corrections and withdrawals of all of them."""

    async def run(self) -> None:
        await self.sign_in()
        filings = [f for f in self.world.plan["filings"] if f["owner"] == self.username]
        for number, filing in enumerate(filings):
            await self._file(filing)
            if number % 4 == 3:
                await self._look_after([f["subject"] for f in filings[: number + 1]])
        while not self.world.stop.is_set():
            await self._look_after([f["subject"] for f in filings])
            await asyncio.sleep(1.5)

    async def _act_for(self, subject: str) -> None:
        await self.sure("POST", "/switch", {"choice": f"firm:{subject}"})

    async def prepare(self, filing: dict[str, Any]) -> str:
        """A draft with everything but the last click; its reference."""
        await self._act_for(filing["subject"])
        records = filing["records"]
        draft = ""
        while not draft:
            answer = await self.sure("POST", "/apply", {"record": ""})
            found = re.match(r"/apply/([^/]+)/records", answer.location)
            if found is None:  # another firm came first after a new sign-in
                await self._act_for(filing["subject"])
                continue
            draft = found[1]
        sections: list[tuple[str, dict[str, Any]]] = [
            ("records", {"records": records}),
            ("identity", {"agent_name": "赵申", "agent_phone": filing["phone"]}),
            ("materials", {"stated": [f"proof_of_duties:{ref}" for ref in records]}),
            ("commitment", {"committed": "yes"}),
        ]
        version = 1
        for name, data in sections:
            version = await self._save(filing["subject"], draft, name, data, version)
        return draft

    async def _file(self, filing: dict[str, Any]) -> None:
        while self.world.crowded:
            await asyncio.sleep(0.5)
        draft = await self.prepare(filing)
        if self.world.rng.random() < 0.03:
            await self._upload(draft, filing["records"][0])
        await self.hand_in(filing, draft)

    async def _save(self, subject: str, draft: str, name: str, data: dict[str, Any], version: int) -> int:
        """One section; saving it again under the next version changes nothing, so a lost answer costs a version."""
        while True:
            path = f"/apply/{draft}/{name}"
            answer = await self.sure("POST", path, data | {"version": str(version)}, **{"X-Autosave": "1"})
            if answer.status == 200:
                saved: int = json.loads(answer.text)["version"]
                return saved
            if answer.status == 409:
                version += 1
            else:
                await self._act_for(subject)

    async def _upload(self, draft: str, record: str) -> None:
        form = aiohttp.FormData()
        form.add_field("csrfmiddlewaretoken", self.cookies.get("__Host-csrf", ""))
        form.add_field("key", f"proof_of_duties:{record}")
        form.add_field("file", PDF, filename="缴款凭证.pdf", content_type="application/pdf")
        try:
            await self.call("POST", f"/apply/{draft}/upload", form)
        except Unknown:
            return  # the statement stands in its place

    async def hand_in(self, filing: dict[str, Any], draft: str) -> None:
        path, about = f"/apply/{draft}/confirm", {"records": filing["records"], "subject": filing["subject"]}
        first = True
        while True:
            if first and self.world.rng.random() < self.world.double_share:
                ends = await self.twice("file", draft, path, {}, **about)
            else:
                ends = [await self.act("file", draft, path, {}, **about)]
            first = False
            filed = "ok" in ends
            for end in ends:
                if end.startswith("info:"):
                    filed = await self._is_filed(filing["subject"], draft, int(end[5:])) or filed
            if filed:
                return
            if "fail:login" in ends:
                await self.sign_in()
            if any(end.startswith("fail") for end in ends):
                await self._act_for(filing["subject"])
            await asyncio.sleep(0.2)

    async def _is_filed(self, subject: str, draft: str, op: int) -> bool:
        """Ask by key: an open draft shows its step, one that was handed in leads to the application."""
        await self.world.database.at_rest()
        while True:
            answer = await self.sure("GET", f"/apply/{draft}/confirm")
            if answer.status in (200, 302):
                happened = answer.status == 302
                self.world.history.asked(op, happened)
                return happened
            await self._act_for(subject)

    async def _look_after(self, subjects: list[str]) -> None:
        query = (
            "SELECT c.ref, c.subject_id, c.state, c.round, r.ref FROM cases_case c JOIN cases_failurerecord r "
            "ON r.region_id = c.region_id AND r.id = c.record_id WHERE c.subject_id = ANY(%s) AND c.state = ANY(%s)"
        )
        for case, subject, state, turn, record in await self.world.database.rows(query, subjects, list(OPEN)):
            if state == "correction":
                await self._act_for(subject)
                await self._once("answer", f"{case}:{turn}", f"/my/case/{case}/correct", {"answer": "已补充说明"}, case)
            elif self.world.fate(record) == "withdraw":
                await self._act_for(subject)
                await self._once("withdraw", case, f"/my/case/{case}/withdraw", {"reason": "材料需要重新准备"}, case)

    async def _once(self, act: str, key: str, path: str, data: dict[str, Any], case: str) -> None:
        end = await self.act(act, key, path, data, case=case)
        if end.startswith("info:"):
            self.world.history.asked(int(end[5:]), await self._happened(act, key, case))

    async def _happened(self, act: str, key: str, case: str) -> bool:
        await self.world.database.at_rest()
        query = "SELECT state, round FROM cases_case WHERE ref = %s"
        [(state, turn)] = await self.world.database.rows(query, case)
        return state == "withdrawn" if act == "withdraw" else turn > int(key.rsplit(":", 1)[1])


class Reviewer(Person):
    """Decides what waits at one tier of one unit; two of a tier share the cases, and now and then both take one."""

    def __init__(self, world: World, account: dict[str, Any]) -> None:
        super().__init__(world, account["username"])
        self.account = account
        self.hold_last = False  # leave the deciding tier to somebody else (tests.lab.failpoints)

    async def waiting(self, of: int, turn: int) -> list[tuple[Any, ...]]:
        one = self.account
        return await self.world.database.rows(
            STEPS, one["region"], one["department"], one["tier"], of, turn, self.hold_last
        )

    async def run(self) -> None:
        await self.sign_in()
        one = self.account
        while not self.world.stop.is_set():
            both = one["of"] > 1 and self.world.rng.random() < 0.03
            of, turn = (1, 0) if both else (one["of"], one["turn"])
            rows = await self.waiting(of, turn)
            for row in rows[:4] if both else rows:
                await self.decide(*row)
            if not rows:
                await asyncio.sleep(0.3)
            while self.world.flooded:
                await asyncio.sleep(0.5)

    async def decide(
        self,
        step: str,
        case: str,
        version: int,
        turn: int,
        position: int,
        state: str,
        tiers: int,
        record: str,
        sent_back: bool,
    ) -> None:
        fate = self.world.fate(record)
        if self.world.rng.random() < PAGE_SHARE:
            page = await self.sure("GET", f"/desk/case/{case}/")
            found = re.search(r'name="version" value="(\d+)"', page.text)
            version = int(found[1]) if found else version
        data = {"step": step, "version": str(version), "comment": "已核实义务履行和纠正情况，同意"}
        act = self._act_of(fate, state, turn, position, tiers, sent_back)
        data |= {"act": act} | REASONS.get(act, {})
        about = {"case": case, "step": step}
        path = f"/desk/case/{case}/decide"
        if self.world.rng.random() < self.world.double_share:
            ends = await self.twice(act, step, path, data, **about)
        else:
            ends = [await self.act(act, step, path, data, **about)]
        if "fail:login" in ends:
            await self.sign_in()
        for end in ends:
            if end.startswith("info:"):
                self.world.history.asked(int(end[5:]), await self._is_settled(step))

    @staticmethod
    def _act_of(fate: str, state: str, turn: int, position: int, tiers: int, sent_back: bool) -> str:
        if state == "submitted":
            if fate == "not_accept":
                return "not_accept"
            return "correct" if fate == "correct" and turn == 1 else "accept"
        if fate == "refuse" and position == 2:
            return "refuse"
        if fate == "return" and position == 2 and not sent_back:
            return "return"
        return "approve" if position >= tiers else "agree"

    async def _is_settled(self, step: str) -> bool:
        await self.world.database.at_rest()
        query = (
            "SELECT s.status <> 'open', u.username FROM cases_reviewstep s LEFT JOIN tenancy_user u ON u.id = s.settled_by_id "
            "WHERE s.uuid = %s"
        )
        [(settled, who)] = await self.world.database.rows(query, step)
        return bool(settled) and who == self.username


REASONS: dict[str, dict[str, str]] = {
    "not_accept": {"reason.not_accepted": "out_of_scope"},
    "refuse": {"reason.refused": "duties_open"},
    "correct": {
        "defect.0.code": "proof_unclear", "defect.0.target": "说明", "defect.0.what": "请说明缴款经过", "defect.0.how": "书面说明"
    },
}  # fmt: skip
PDF = a_pdf()


async def watch(world: World) -> None:
    """How far we are, for the nemesis and for ourselves; sets `stop` when every case of the plan has an end."""
    progress = Path(world.plan["home"]) / "progress.json"
    cases = sum(len(f["records"]) for f in world.plan["filings"])
    query = (
        "SELECT count(*) FILTER (WHERE state <> ALL(%s)), count(*), (SELECT count(*) FROM sync_delivery "
        "WHERE done_at IS NULL AND kind <> 'sms') FROM cases_case"
    )
    while True:
        [(ended, filed, waiting)] = await world.database.rows(query, list(OPEN))
        world.flooded = waiting > MOST_WAITING
        world.crowded = world.flooded or filed - ended > MOST_OPEN
        told = {"ended": ended, "filed": filed, "cases": cases, "waiting": waiting, "signed_in": world.signed_in}
        fresh = progress.with_suffix(".new")
        fresh.write_text(json.dumps(told | {"at": time.time()}))
        fresh.replace(progress)
        if ended >= cases:
            world.stop.set()
            return
        await asyncio.sleep(0.5)


async def main(home: Path, port: int) -> None:
    plan = json.loads((home / "plan.json").read_text()) | {"home": str(home)}
    words = json.loads(os.environ.pop("LAB_DATABASE"))
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS, sock_connect=3)
    connector = aiohttp.TCPConnector(limit=24, keepalive_timeout=15)
    async with aiohttp.ClientSession(
        timeout=timeout, connector=connector, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        session._retry_connection = False  # aiohttp would send a request twice by itself
        world = World(
            port, plan, History(home / "history.jsonl"), Database(words), session, random.Random(plan["seed"])
        )
        people: list[Any] = [Applicant(world, name) for name in plan["applicants"]]
        people += [Reviewer(world, account) for account in plan["accounts"]]
        await asyncio.gather(watch(world), *(one.run() for one in people))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
