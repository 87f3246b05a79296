"""What a platform said, in our words: outcomes, looks, and the careful reading of each answer.

Pure. What is not understood raises BadReply, which ends as `unknown`: never as a success.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

from sync.replies import BadReply, Reply

RETRY_AFTER_CAP_SECONDS: Final = 3600.0


class OutcomeKind(StrEnum):
    """What one exchange told us about one message. `absent` (the platform never received it) only answers `ask`."""

    APPLIED = "applied"
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    LATER = "later"
    REFUSED = "refused"
    STOPPED = "stopped"
    SUPERSEDED = "superseded"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`reason` in Chinese for officers, with the platform's own words; `retry_after` in seconds, None = own back-off.

    applied done · accepted theirs, not done yet (ask later) · unknown may have arrived · later surely without effect ·
    refused for good (a person) · stopped our credential (stop the lane) · superseded they hold a newer version.
    """

    kind: OutcomeKind
    reason: str = ""
    retry_after: float | None = None
    status: int | None = None
    duration_ms: int = 0

    @property
    def detail(self) -> str:
        return self.reason


@dataclass(frozen=True, slots=True)
class Look:
    """What a read-back saw. `agrees` None = not known (not reached, not understood): never to be shown as agreement.

    found_status  published | ended | removed | never_seen | gone | "" (not known)
    version       as the API tells it; None from a page or when not known
    how           api | public_page; of a look at both: the stronger one that was needed for agreement
    """

    found_status: str
    version: int | None
    agrees: bool | None
    how: str
    at: datetime
    detail: str = ""
    status: int | None = None
    duration_ms: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """A record as the platform's API tells it. `status` never_seen when it does not know the record."""

    status: str
    version: int
    message_no: str
    etag: str = ""
    reply_status: int = 200


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message as stored. `body` are the bytes made once; an adapter may wrap them, always in the same way."""

    kind: str
    message_no: str
    key: str
    record_key: str
    version: int
    body: bytes = field(repr=False)


class PlatformRefusal(Exception):
    """Raised inside an adapter: the answer is clear and says no. Carries the outcome to settle on."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


STATUS_TEXT: Final = {"published": "正在公示", "ended": "已终止公示", "removed": "已移出", "never_seen": "未收到过"}


def unseen(how: str, detail: str, status: int | None = None) -> Look:
    return Look("", None, None, how, datetime.now(UTC), clean(detail), status)


def clean(words: str) -> str:
    """A platform's words, safe to store and log: one line, no control characters, at most 300 characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())[:300]


def retry_after(reply: Reply) -> float | None:
    """`Retry-After` in seconds (number or HTTP date), within 0 and 1 h; None when absent or malformed."""
    value = reply.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), RETRY_AFTER_CAP_SECONDS)
    try:
        seconds = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(seconds, 0.0), RETRY_AFTER_CAP_SECONDS)


def message_outcome(found: Mapping[str, object], *, message_no: str, key: str, status: int) -> Outcome:
    """Read `{message_no, key, state, reason}`. BadReply if it speaks of another message or in an unknown word."""
    if found.get("message_no") != message_no or found.get("key") != key:
        raise BadReply("对方的答复说的是另一条报文")
    reason = found.get("reason")
    match found.get("state"):
        case "applied":
            return Outcome(OutcomeKind.APPLIED, status=status)
        case "received":
            return Outcome(OutcomeKind.ACCEPTED, "对方已接收，尚未办结", status=status)
        case "rejected":
            words = clean(reason) if isinstance(reason, str) else ""
            return Outcome(OutcomeKind.REFUSED, words or "对方退回，未说明原因", status=status)
    raise BadReply("对方使用了未约定的状态")


def read_held(found: Mapping[str, object], record_key: str, reply: Reply) -> Held:
    """Read `{record_key, status, version, message_no}` of an API. BadReply for another record or an unknown word."""
    status, version, number = found.get("status"), found.get("version"), found.get("message_no")
    if found.get("record_key") != record_key:
        raise BadReply("对方的答复说的是另一条信息")
    if status not in ("published", "ended", "removed") or type(version) is not int or not isinstance(number, str):
        raise BadReply("对方使用了未约定的状态")
    return Held(str(status), version, number, reply.headers.get("etag", ""), reply.status)


def sealed_message(body: bytes) -> dict[str, object]:
    """The `message` inside a stored body. ValueError if the body is not one of ours."""
    sealed = json.loads(body)
    message = sealed.get("message") if isinstance(sealed, dict) else None
    if not isinstance(message, dict):
        raise ValueError("not a sealed message")
    return message
