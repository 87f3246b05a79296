"""What a mock platform publishes: records, receipts of messages, effects, the change feed. Rebuilt from its ledger.

No HTTP here. Every change is a line first, and `_replay` is the only place that changes the state.
"""

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from sync.mock.filings import Filings
from sync.mock.ledger import Ledger

SHANGHAI: Final = timezone(timedelta(hours=8))
ENDED: Final = ("ended", "removed")
NEEDED: Final = {
    "report": (
        "record_key",
        "category",
        "doc_no",
        "subject_code",
        "subject_name",
        "authority_code",
        "message_no",
        "key",
    ),
    "repair": ("record_key", "subject_code", "outcome", "effect", "effective_at", "message_no", "key"),
    "ack": ("application_no", "state", "message_no", "key"),
}
# What an operator of the platform may decide there: the word of the feed, and the status the record then has.
ACTS: Final = {
    "granted": ("ended", "ended"),
    "withdrawn": ("withdrawn", "ended"),
    "restored": ("restored", "published"),
    "amended": ("amended", ""),
}
OUTCOMES: Final = ("granted", "refused", "revoked", "withdrawn_by_authority", "amended")
EFFECTS: Final = ("end_publication", "remove_from_list", "restore", "none")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a message is not taken: status and stable code as the contract names them, words for people."""

    status: int
    code: str
    words: str


@dataclass(slots=True)
class Record:
    facts: dict[str, Any]
    status: str
    version: int
    message_no: str
    changed_at: str
    public_until: str | None = None
    changes: int = 0

    @property
    def etag(self) -> str:
        return f'"v{self.version}-{self.changes}"'


@dataclass(slots=True)
class Receipt:
    number: int
    kind: str
    message: dict[str, Any]
    sha: str
    received_at: str
    apply_at: float
    applied_at: str | None = None
    rejected: str | None = None
    answer: tuple[int, str] | None = None
    effects: int = 0

    @property
    def version(self) -> int:
        return int(self.message["version"])

    @property
    def state(self) -> str:
        if self.rejected is not None:
            return "rejected"
        return "applied" if self.applied_at else "received"

    def public(self) -> dict[str, object]:
        return {
            "message_no": self.message["message_no"],
            "key": self.message["key"],
            "state": self.state,
            "received_at": self.received_at,
            "applied_at": self.applied_at,
            "reason": self.rejected,
        }


@dataclass(slots=True)
class Board:
    """One platform's holdings. `feed_keep`: how many changes the feed still offers before a cursor is too old."""

    ledger: Ledger
    feed_keep: int = 10_000
    records: dict[str, Record] = field(default_factory=dict)
    receipts: list[Receipt] = field(default_factory=list)
    by_number: dict[str, list[Receipt]] = field(default_factory=dict)
    by_key: dict[str, Receipt] = field(default_factory=dict)
    effects: Counter[str] = field(default_factory=Counter)
    changes: deque[dict[str, Any]] = field(default_factory=deque)
    seq: int = 0
    waiting: list[Receipt] = field(default_factory=list)
    filings: Filings = field(init=False)

    def __post_init__(self) -> None:
        self.filings = Filings(self.ledger)
        for line in self.ledger.lines:
            self._replay(line)

    # ── what callers may do ────────────────────────────────────────────────────────────────────────────────────────
    def problem_of(self, kind: str, message: Mapping[str, Any]) -> Problem | None:
        """Why this message cannot be taken, or None. Looks at what is held and at what is received and still waits."""
        for name in NEEDED[kind]:
            if not isinstance(message.get(name), str) or not message[name] or len(message[name]) > 5000:
                return Problem(400, "bad_field", f"字段 {name} 缺失或格式不正确")
        if type(message.get("version")) is not int or message["version"] < 1:
            return Problem(400, "bad_field", "字段 version 缺失或格式不正确")
        if kind == "ack":
            found = self.filings.problem_of(message)
            return Problem(*found) if found else None
        if kind == "repair" and (message["outcome"] not in OUTCOMES or message["effect"] not in EFFECTS):
            return Problem(400, "bad_field", "字段 outcome 或 effect 不在约定之内")
        held = self.records.get(message["record_key"])
        if kind == "repair" and held is None:
            return Problem(404, "record_unknown", "未找到对应的公示信息")
        if held and held.facts["subject_code"] != message["subject_code"]:
            return Problem(422, "subject_differs", "主体代码与公示信息不一致")
        return self._problem_of_version(message, held)

    def _problem_of_version(self, message: Mapping[str, Any], held: Record | None) -> Problem | None:
        highest, number = (held.version, held.message_no) if held else (0, "")
        for receipt in self.waiting:
            if receipt.message.get("record_key") == message["record_key"] and receipt.version >= highest:
                highest, number = receipt.version, receipt.message["message_no"]
        if message["version"] < highest:
            return Problem(409, "lower_version", f"现有版本为 {highest}，高于报文版本 {message['version']}")
        if message["version"] == highest and number != message["message_no"]:
            return Problem(409, "version_taken", f"版本 {highest} 已由另一条报文占用")
        return None

    def receive(self, kind: str, message: dict[str, Any], sha: str, *, now: float, apply_at: float) -> Receipt:
        """Take a message; it takes effect now if `apply_at` is not later (Unix seconds)."""
        line: dict[str, object] = {"what": "received", "kind": kind, "message": message, "sha": sha, "at": now}
        self._do(line | {"apply_at": apply_at, "applied": apply_at <= now})
        return self.receipts[-1]

    def answered(self, receipt: Receipt, status: int, body: str) -> None:
        """Keep the first answer, to be given again word for word."""
        self._do({"what": "answered", "receipt": receipt.number, "status": status, "body": body})

    def apply(self, receipt: Receipt, now: float) -> None:
        self._do({"what": "applied", "receipt": receipt.number, "at": now})

    def apply_due(self, now: float) -> None:
        for receipt in [r for r in self.waiting if r.apply_at <= now]:
            self.apply(receipt, now)

    def edit(self, record_key: str, status: str, by: str, now: float, version: int | None = None) -> bool:
        """Somebody changed the record at the platform itself, without a word why. False if it is unknown.

        `status` forgotten: the platform has lost the record. `version` only where a test plants one.
        """
        if record_key not in self.records:
            return False
        line: dict[str, object] = {"what": "edited", "record_key": record_key, "status": status, "by": by, "at": now}
        self._do(line | ({"version": version} if version is not None else {}))
        return True

    def decide(self, record_key: str, act: str, told: Mapping[str, str], now: float) -> bool:
        """An organ decided on the platform itself: a new version, with `organ`, `paper`, `decided_on` as far as told."""
        if record_key not in self.records or act not in ACTS:
            return False
        self._do({"what": "decided", "record_key": record_key, "act": act, "told": dict(told), "at": now})
        return True

    def found(self, words: str) -> Iterator[tuple[str, Record]]:
        """Published records, newest first, whose name, code, number or authority contains `words`."""
        wanted = words.strip().upper()
        for key in reversed(self.records):
            record = self.records[key]
            fields = ("subject_name", "subject_code", "doc_no", "authority_name")
            if record.status == "published" and any(wanted in str(record.facts.get(f) or "").upper() for f in fields):
                yield key, record

    # ── the one place of change ────────────────────────────────────────────────────────────────────────────────────
    def _do(self, line: dict[str, object]) -> None:
        self.ledger.add(line)
        self._replay(line)

    def _replay(self, line: Mapping[str, Any]) -> None:
        match line["what"]:
            case "received":
                message = dict(line["message"])
                receipt = Receipt(
                    len(self.receipts), line["kind"], message, line["sha"], when(line["at"]), line["apply_at"]
                )
                self.receipts.append(receipt)
                self.by_number.setdefault(message["message_no"], []).append(receipt)
                self.by_key.setdefault(message["key"], receipt)
                if line["applied"]:
                    self._take_effect(receipt, when(line["at"]))
                else:
                    self.waiting.append(receipt)
            case "answered":
                self.receipts[line["receipt"]].answer = (line["status"], line["body"])
            case "applied":
                receipt = self.receipts[line["receipt"]]
                self.waiting = [r for r in self.waiting if r is not receipt]
                self._take_effect(receipt, when(line["at"]))
            case "edited" if line["status"] == "forgotten":
                self.records.pop(line["record_key"])
            case "edited":
                record = self.records[line["record_key"]]
                word = "restored" if line["status"] == "published" else "ended"
                record.status, record.changed_at = line["status"], when(line["at"])
                record.version = line.get("version", record.version)
                self._note(line["record_key"], record, word, line["by"])
            case "decided":
                record, told = self.records[line["record_key"]], line["told"]
                word, status = ACTS[line["act"]]
                record.status, record.changed_at = status or record.status, when(line["at"])
                record.version, record.message_no = record.version + 1, f"PF{self.seq + 1:08d}"
                self._note(line["record_key"], record, word, told.get("organ", ""), told)
            case "filed_here":
                self.filings.replay(line)

    def _take_effect(self, receipt: Receipt, at: str) -> None:
        message = receipt.message
        if receipt.kind == "ack":
            receipt.applied_at = receipt.applied_at or at
            receipt.effects += 1
            self.effects[message["key"]] += 1
            self.filings.acknowledge(message)
            return
        key = message["record_key"]
        held = self.records.get(key)
        if held and held.version > receipt.version:
            receipt.rejected = "现有版本更高"
            return
        receipt.applied_at = receipt.applied_at or at
        receipt.effects += 1
        self.effects[message["key"]] += 1
        if held is None:
            held = Record(dict(message), "published", receipt.version, message["message_no"], at)
            word = "published"
        elif receipt.kind == "report":
            word = "amended" if held.status == "published" else "published"
            held.facts, held.status, held.public_until = dict(message), "published", None
        else:
            word = self._change_status(held, message)
        held.version, held.message_no, held.changed_at = receipt.version, message["message_no"], at
        # Re-inserted, so that the list shows what changed last first.
        self.records.pop(key, None)
        self.records[key] = held
        self._note(key, held, word, message["message_no"])

    def _change_status(self, held: Record, message: Mapping[str, Any]) -> str:
        match message["effect"]:
            case "end_publication" | "remove_from_list":
                held.status = "ended" if message["effect"] == "end_publication" else "removed"
                held.public_until = str(message["effective_at"])[:10]
                return "withdrawn" if message["outcome"] == "withdrawn_by_authority" else "ended"
            case "restore":
                held.status, held.public_until = "published", None
                return "restored"
        return "amended"

    def _note(self, key: str, record: Record, word: str, by: str, told: Mapping[str, str] | None = None) -> None:
        self.seq += 1
        record.changes += 1
        item: dict[str, Any] = {
            "seq": self.seq,
            "record_key": key,
            "change": word,
            "version": record.version,
            "at": record.changed_at,
            "by": by,
        }
        # Who decided there, and by which paper, only if the platform was told.
        self.changes.append(item | {n: told[n] for n in ("organ", "paper", "decided_on") if told and told.get(n)})
        while len(self.changes) > self.feed_keep:
            self.changes.popleft()


def when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, SHANGHAI).isoformat(timespec="seconds")
