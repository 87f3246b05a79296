"""What every target is to the outbox: send, ask by number, read back. Adapters hide each platform's habits behind it.

Knows HTTP and signatures, no database and no settings. Every answer is doubted until status, signature, type and
words are right; whatever is not understood is `unknown`, never a success.
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, Final, Literal, NoReturn, Self
from urllib.parse import quote, urlencode, urlsplit

from sync import signing
from sync.replies import BadReply, NoAnswer, Refused, Reply

if TYPE_CHECKING:
    from sync.client import Client
from sync.targets.answers import (
    STATUS_TEXT,
    Held,
    Look,
    Outcome,
    OutcomeKind,
    Outgoing,
    PlatformRefusal,
    clean,
    retry_after,
    unseen,
)
from sync.targets.feeds import (
    PAGE_ITEMS,
    Change,
    Listed,
    Page,
    PlatformFiling,
    read_changes,
    read_filings,
    read_listed,
)

__all__ = [
    "Held",
    "Look",
    "Outcome",
    "OutcomeKind",
    "Outgoing",
    "PlatformRefusal",
    "Target",
    "TargetConfig",
    "next_step",
]

# An exchange may take several calls (read, amend, ask); together they get the time of one, or leases would run out.
GRACE_SECONDS: Final = 0.2
GONE_WORDS: Final = "该信息已不再公示"
Level = Literal["both", "api", "public_page"]
Expect = Literal["published", "absent"]
# Statuses that change what we hold to be true. They count only when signed; the others make us wait or stop anyway.
BELIEVED: Final = frozenset({200, 201, 202, 400, 404, 409, 410, 412, 422, 428})


@dataclass(frozen=True, slots=True)
class TargetConfig:
    """Where a target lives and how we sign. `wait_seconds`: how long to let an unclear outcome settle before asking."""

    base_url: str
    keys: signing.KeyRing
    client_id: str
    parallel: int | None = None
    wait_seconds: float = 15.0
    algorithm: str = signing.SHA256
    public_url: str = ""

    @classmethod
    def of(
        cls,
        *,
        base_url: str,
        keys: str,
        client_id: str,
        parallel: int | None = None,
        wait_seconds: float = 15.0,
        algorithm: str = signing.SHA256,
        public_url: str = "",
    ) -> Self:
        """From plain settings: `keys` as `kid:hexsecret[,kid2:hexsecret2]`. ValueError for malformed ones."""
        if algorithm not in signing.ALGORITHMS:
            raise ValueError("unknown signature algorithm")
        ring = signing.KeyRing.parse(keys)
        return cls(base_url.rstrip("/"), ring, client_id, parallel, wait_seconds, algorithm, public_url)


class Target(ABC):
    """One outside party. `send`, `ask` and `read_back` never raise for what a platform does: they answer."""

    code: ClassVar[str]
    title: ClassVar[str]
    kinds: ClassVar[frozenset[str]]
    parallel: int = 1
    deduplicates: ClassVar[bool] = False
    has_public_page: ClassVar[bool] = True
    has_interface: ClassVar[bool] = True  # without one, messages leave as files and an officer brings the receipt
    tells_changes: ClassVar[bool] = False  # change feed, applications filed there, lists of records

    def __init__(self, config: TargetConfig) -> None:
        self.config = config
        self.parallel = config.parallel or type(self).parallel
        self.wait_seconds = config.wait_seconds
        self._path = urlsplit(config.base_url).path.rstrip("/")
        self._origin = config.base_url[: len(config.base_url) - len(urlsplit(config.base_url).path)].rstrip("/")

    @property
    def ask_before_resend(self) -> bool:
        """Without a de-duplicating partner, a second sending is a second effect: ask by number first."""
        return not self.deduplicates

    async def send(self, client: "Client", message: Outgoing) -> Outcome:
        """One try. The same bytes and key each time; time, nonce and header signature are new."""
        if message.kind not in self.kinds:
            return Outcome(OutcomeKind.REFUSED, f"{self.title}不接收此类报文")
        return await self._settled(client, lambda: self._send(client, message))

    async def ask(self, client: "Client", message_no: str, key: str) -> Outcome:
        """What became of a message, by its number: applied, accepted (wait), refused, absent, or unknown."""
        outcome = await self._settled(client, lambda: self._ask(client, message_no, key))
        # A question has no effect, so a question that failed leaves the message as unclear as it was.
        return replace(outcome, kind=OutcomeKind.UNKNOWN) if outcome.kind is OutcomeKind.LATER else outcome

    async def read_back(
        self, client: "Client", record_key: str, version: int, expect: Expect | str, level: Level = "both"
    ) -> Look:
        """See whether the platform shows what we told it. `both` agrees only when the API and the page agree."""
        if expect == "receipt":  # of an application that came from there: `record_key` is its number
            return await self._looked(client, "api", lambda: self._look_receipt(client, record_key))
        looks: list[Look] = []
        if level in ("both", "api"):
            looks.append(await self._looked(client, "api", lambda: self._look_api(client, record_key, version, expect)))
        if level in ("both", "public_page") and self.has_public_page and (not looks or looks[0].agrees):
            looks.append(await self._looked(client, "public_page", lambda: self._look_page(client, record_key, expect)))
        if not looks:
            return unseen("public_page", f"{self.title}没有公示页面")
        last = looks[-1]
        if len(looks) == 1:
            return last
        detail = "；".join(look.detail for look in looks if look.detail)
        took = sum(look.duration_ms for look in looks)
        return replace(
            last, found_status=looks[0].found_status, version=looks[0].version, detail=detail, duration_ms=took
        )

    async def changes(self, client: "Client", cursor: str) -> Page[Change]:
        """The next page of the change feed. Raises Refused, NoAnswer, BadReply, PlatformRefusal, CursorTooOld."""
        async with asyncio.timeout(client.total_seconds + GRACE_SECONDS):
            return read_changes(await self._listed(client, "/api/v1/changes", _query(cursor=cursor)), cursor)

    async def applications(self, client: "Client", cursor: str) -> Page[PlatformFiling]:
        """The next page of applications filed at the platform. Raises as `changes`."""
        async with asyncio.timeout(client.total_seconds + GRACE_SECONDS):
            return read_filings(await self._listed(client, "/api/v1/applications", _query(cursor=cursor)), cursor)

    async def records(self, client: "Client", source: str, after: str) -> Page[Listed]:
        """What the platform holds from a region (`source`), keys behind `after` in rising order. Raises as `changes`."""
        async with asyncio.timeout(client.total_seconds + GRACE_SECONDS):
            return read_listed(await self._listed(client, "/api/v1/records", _query(source=source, after=after)), after)

    async def held(self, client: "Client", record_key: str) -> Held:
        """One record as the platform's API tells it now. Raises Refused, NoAnswer, BadReply, PlatformRefusal."""
        async with asyncio.timeout(client.total_seconds + GRACE_SECONDS):
            return await self._held(client, record_key)

    # ── what an adapter says ───────────────────────────────────────────────────────────────────────────────────────
    @abstractmethod
    async def _send(self, client: "Client", message: Outgoing) -> Outcome: ...

    @abstractmethod
    async def _ask(self, client: "Client", message_no: str, key: str) -> Outcome: ...

    @abstractmethod
    async def _held(self, client: "Client", record_key: str) -> Held:
        """The record as the API tells it; BadReply when it cannot be understood."""

    async def _listed(self, client: "Client", path: str, query: str) -> dict[str, object]:
        """The object of a list; CursorTooOld for 410, BadReply or PlatformRefusal for the rest."""
        raise NoAnswer(f"{self.title}不提供变更和列表")

    async def _look_receipt(self, client: "Client", application_no: str) -> Look:
        raise NoAnswer(f"{self.title}不接收申请回执")

    def _seen_receipt(self, found: Mapping[str, object], application_no: str, reply: Reply) -> Look:
        state = found.get("state")
        if found.get("application_no") != application_no or state not in ("waiting", "acknowledged"):
            raise BadReply("对方的答复说的是另一件申请")
        agrees = state == "acknowledged"
        detail = "" if agrees else "平台尚未显示我方的办件编号"
        return Look(str(state), None, agrees, "api", datetime.now(UTC), detail, reply.status)

    def _unclear_5xx(self, reply: Reply) -> Outcome:
        """A server error: harmless to repeat where keys are honoured, else as unclear as silence."""
        kind = OutcomeKind.LATER if self.deduplicates else OutcomeKind.UNKNOWN
        return self._outcome(kind, reply, f"对方系统繁忙或异常（{reply.status}）", retry_after(reply))

    # ── shared ─────────────────────────────────────────────────────────────────────────────────────────────────────
    async def call(
        self,
        client: "Client",
        method: str,
        path: str,
        *,
        query: str = "",
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """One signed request, one checked answer. Raises Refused, NoAnswer, BadReply; PlatformRefusal for 401, 403.

        `path` without query, and `query`, both already escaped. Answers that change what we believe must be signed for this request.
        """
        nonce, full = signing.new_nonce(), self._path + path
        signed = signing.sign_request(
            self.config.keys,
            client_id=self.config.client_id,
            method=method,
            path=full,
            query=query,
            body=body,
            now=time.time(),
            nonce=nonce,
            algorithm=self.config.algorithm,
        )
        content = {"Content-Type": "application/json; charset=utf-8"} if body else {}
        sent = {"Accept": "application/json"} | content | dict(headers or {}) | signed
        url = self._origin + full + (f"?{query}" if query else "")
        reply = await client.exchange(method, url, headers=sent, body=body)
        if reply.status in (401, 403):
            raise PlatformRefusal(
                self._outcome(OutcomeKind.STOPPED, reply, f"对方不接受我方凭证（{reply.status}），通道已停")
            )
        if reply.status in BELIEVED:
            try:
                heard = {name.title(): value for name, value in reply.headers.items()}
                signing.verify_answer(
                    self.config.keys, heard, status=reply.status, body=reply.body, nonce=nonce, now=time.time()
                )
            except signing.BadSignature as error:
                raise BadReply(f"答复的签名不可信（状态码 {reply.status}）") from error
        return reply

    async def _settled(self, client: "Client", act: Callable[[], Awaitable[Outcome]]) -> Outcome:
        started = time.monotonic()
        try:
            async with asyncio.timeout(client.total_seconds + GRACE_SECONDS):
                outcome = await act()
        except PlatformRefusal as refusal:
            outcome = refusal.outcome
        except Refused as failure:
            outcome = Outcome(OutcomeKind.LATER, failure.detail)
        except NoAnswer as failure:
            outcome = Outcome(OutcomeKind.UNKNOWN, failure.detail, self.wait_seconds)
        except TimeoutError:
            outcome = Outcome(OutcomeKind.UNKNOWN, "对方答复过慢，未能在限时内办完", self.wait_seconds)
        return replace(outcome, duration_ms=int((time.monotonic() - started) * 1000))

    async def _looked(self, client: "Client", how: str, act: Callable[[], Awaitable[Look]]) -> Look:
        started = time.monotonic()
        try:
            async with asyncio.timeout(client.total_seconds + GRACE_SECONDS):
                look = await act()
        except PlatformRefusal as refusal:
            look = unseen(how, refusal.outcome.reason, refusal.outcome.status)
        except (Refused, NoAnswer) as failure:
            look = unseen(how, failure.detail)
        except TimeoutError:
            look = unseen(how, "对方答复过慢，未能在限时内核对")
        return replace(look, duration_ms=int((time.monotonic() - started) * 1000))

    async def _look_api(self, client: "Client", record_key: str, version: int, expect: str) -> Look:
        held = await self._held(client, record_key)
        wanted = held.status == "published" if expect == "published" else held.status in ("ended", "removed")
        agrees = wanted and held.version >= version
        detail = "" if agrees else f"平台接口显示：{STATUS_TEXT[held.status]}，版本 {held.version}，应不低于 {version}"
        return Look(held.status, held.version, agrees, "api", datetime.now(UTC), detail, held.reply_status)

    async def _look_page(self, client: "Client", record_key: str, expect: str) -> Look:
        base = self.config.public_url.rstrip("/") or self.config.base_url
        # Nobody is signed in here: this is what the public sees, so it is fetched as the public fetches it.
        reply = await client.exchange("GET", f"{base}/p/{quote(record_key)}", headers={"Accept": "text/html"})
        if reply.status not in (200, 404, 410):
            return unseen("public_page", f"公示页面暂时无法核对（{reply.status}）", reply.status)
        text = reply.text("text/html")
        shown = reply.status == 200 and record_key in text and GONE_WORDS not in text
        gone = reply.status in (404, 410) and GONE_WORDS in text
        if not shown and not gone:
            # A 404 of some other making (wrong address, maintenance) proves nothing about this record.
            return unseen("public_page", "公示页面的内容无法辨认", reply.status)
        agrees = shown if expect == "published" else gone
        detail = "" if agrees else f"公示页面显示：{'仍在公示' if shown else '已不再公示'}"
        found = "published" if shown else "gone"
        return Look(found, None, agrees, "public_page", datetime.now(UTC), detail, reply.status)

    def _outcome(self, kind: OutcomeKind, reply: Reply, reason: str = "", after: float | None = None) -> Outcome:
        return Outcome(kind, clean(reason), after, reply.status)

    def _common(self, reply: Reply) -> Outcome | None:
        """Statuses that mean the same everywhere: 429, 5xx. None for the adapter's own."""
        if reply.status == 429:
            return self._outcome(OutcomeKind.LATER, reply, "对方要求稍后再推送（429）", retry_after(reply))
        return self._unclear_5xx(reply) if 500 <= reply.status <= 599 else None

    def _puzzled(self, reply: Reply) -> NoReturn:
        raise BadReply(f"对方的答复不在约定之内（{reply.status}）")


def _query(**given: str) -> str:
    """The query of a list: what is empty stays out."""
    return urlencode({"limit": PAGE_ITEMS} | {name: value for name, value in given.items() if value})


def next_step(kind: type[Target], history: Sequence[str]) -> Literal["send", "ask"]:
    """What to do next with a message that is not done, by the outcomes of its exchanges so far, oldest first.

    A try that was claimed and never settled (the sender died) counts as `unknown`. The caller lets `wait_seconds` pass
    after `unknown`, `accepted` and `absent`, so that two `absent` in a row are that far apart: only then resend.
    """
    if not history or history[-1] in (OutcomeKind.LATER, OutcomeKind.STOPPED):
        # "Later" after an unclear try leaves that try as unclear as it was: only a clear history is sent at once.
        unclear = not kind.deduplicates and OutcomeKind.UNKNOWN in history and not _cleared(history)
        return "ask" if unclear else "send"
    if history[-1] == OutcomeKind.ACCEPTED:
        return "ask"
    if kind.deduplicates:
        return "send"
    return "send" if _cleared(history) else "ask"


def _cleared(history: Sequence[str]) -> bool:
    """Whether the platform said `absent` twice since the last exchange that left it unclear."""
    since = max(
        (i for i, word in enumerate(history) if word in (OutcomeKind.UNKNOWN, OutcomeKind.ACCEPTED)), default=-1
    )
    return list(history[since + 1 :]).count(OutcomeKind.ABSENT) >= 2
