"""Repair applications filed on a mock platform, and the receipts our side gives for them. Rebuilt from the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sync.mock.ledger import Ledger

STATES: Final = ("filed", "already_open", "not_filed", "under_review")
WANTED: Final = ("region", "subject_code", "subject_name", "agent_name", "agent_phone", "committed_by")


@dataclass(slots=True)
class Filed:
    """One application: `content` as the feed tells it, `receipt` the other side's latest answer."""

    seq: int
    content: dict[str, Any]
    receipt: dict[str, Any] | None = None

    def public(self) -> dict[str, Any]:
        state = "acknowledged" if self.receipt else "waiting"
        told = self.receipt or {}
        return {
            "application_no": self.content["application_no"],
            "state": state,
            "message_no": told.get("message_no", ""),
            "filing_no": told.get("filing_no", ""),
            "answer": told.get("state", ""),
            "reason": told.get("reason", ""),
        }


@dataclass(slots=True)
class Filings:
    """All applications by number, in order of filing."""

    ledger: Ledger
    by_number: dict[str, Filed] = field(default_factory=dict)

    def file(self, wish: Mapping[str, Any], at: str, number: str = "") -> Filed:
        """Somebody filed on the platform. ValueError names a malformed part; a part left out stays left out."""
        keys = wish.get("record_keys")
        if not isinstance(keys, list) or not all(isinstance(key, str) and len(key) == 32 for key in keys):
            raise ValueError("record_keys is a list of record keys")
        seq = len(self.by_number) + 1
        content: dict[str, Any] = {name: str(wish.get(name, ""))[:200] for name in WANTED}
        content |= {
            "seq": seq,
            "application_no": number or f"PA{at[:10].replace('-', '')}{seq:06d}",
            "record_keys": keys[:50],
            "committed": bool(wish.get("committed")),
            "materials": [dict(one) for one in wish.get("materials", [])][:20],
            "filed_at": at,
        }
        if content["application_no"] in self.by_number:
            raise ValueError("the number is taken")
        line: dict[str, object] = {"what": "filed_here", "content": content}
        self.ledger.add(line)
        self.replay(line)
        return self.by_number[content["application_no"]]

    def problem_of(self, message: Mapping[str, Any]) -> tuple[int, str, str] | None:
        """Why a receipt cannot be taken: (status, code, words), or None."""
        if message["application_no"] not in self.by_number:
            return 404, "application_unknown", "未找到该申请"
        if message["state"] not in STATES:
            return 400, "bad_field", "字段 state 不在约定之内"
        return None

    def acknowledge(self, message: Mapping[str, Any]) -> None:
        """In memory only: the line of the received message is what is replayed."""
        self.by_number[message["application_no"]].receipt = dict(message)

    def replay(self, line: Mapping[str, Any]) -> None:
        content = dict(line["content"])
        self.by_number[content["application_no"]] = Filed(content["seq"], content)
