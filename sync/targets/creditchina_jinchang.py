"""信用中国（甘肃金昌）. Honours the idempotency key: a repeat is answered with the first status and body.

Errors are problem+json with true status codes. Reports are PUT on the record, repairs are POSTed.
"""

from typing import TYPE_CHECKING
from urllib.parse import quote

from sync.replies import BadReply, NoAnswer, Reply
from sync.targets.answers import (
    Held,
    Look,
    Outcome,
    OutcomeKind,
    Outgoing,
    PlatformRefusal,
    clean,
    message_outcome,
    read_held,
    retry_after,
)
from sync.targets.base import Target
from sync.targets.feeds import CursorTooOld

if TYPE_CHECKING:
    from sync.client import Client


class CreditChinaJinchang(Target):
    code = "creditchina_jinchang"
    title = "信用中国（甘肃金昌）"
    kinds = frozenset({"report", "repair", "ack"})
    parallel = 8
    deduplicates = True
    tells_changes = True

    async def _send(self, client: "Client", message: Outgoing) -> Outcome:
        if message.kind == "report":
            return await self._put(client, message)
        if message.kind == "ack":
            return await self._acknowledge(client, message)
        key = {"Idempotency-Key": message.key}
        reply = await self.call(client, "POST", "/api/v1/repairs", body=message.body, headers=key)
        return await self._judge(client, message, reply, done=(201, 202))

    async def _put(self, client: "Client", message: Outgoing) -> Outcome:
        """Publish, or amend what is there: an amendment must name the state it amends (`If-Match`)."""
        path = f"/api/v1/records/{quote(message.record_key, safe='')}"
        etag = ""
        for _ in range(2):
            headers = {"Idempotency-Key": message.key} | ({"If-Match": etag} if etag else {})
            reply = await self.call(client, "PUT", path, body=message.body, headers=headers)
            if reply.status not in (412, 428):
                return await self._judge(client, message, reply, done=(200, 201, 202))
            held = await self._held(client, message.record_key)
            if held.version >= message.version and held.message_no != message.message_no:
                return self._outcome(OutcomeKind.SUPERSEDED, reply, f"对方已有版本 {held.version}")
            etag = held.etag
        return self._outcome(OutcomeKind.LATER, reply, "该信息正在被他人更改，稍后再推送")

    async def _acknowledge(self, client: "Client", message: Outgoing) -> Outcome:
        path = f"/api/v1/applications/{quote(message.record_key, safe='')}/receipt"
        reply = await self.call(client, "PUT", path, body=message.body, headers={"Idempotency-Key": message.key})
        return await self._judge(client, message, reply, done=(200, 201, 202))

    async def _listed(self, client: "Client", path: str, query: str) -> dict[str, object]:
        reply = await self.call(client, "GET", path, query=query)
        if common := self._common(reply):
            raise PlatformRefusal(common)
        if reply.status == 410:
            _problem(reply)
            raise CursorTooOld
        if reply.status != 200:
            self._puzzled(reply)
        return reply.json()

    async def _look_receipt(self, client: "Client", application_no: str) -> Look:
        reply = await self.call(client, "GET", f"/api/v1/applications/{quote(application_no, safe='')}")
        if reply.status != 200:
            raise NoAnswer(f"暂时无法核对（{reply.status}）")
        return self._seen_receipt(reply.json(), application_no, reply)

    async def _ask(self, client: "Client", message_no: str, key: str) -> Outcome:
        reply = await self.call(client, "GET", f"/api/v1/messages/{quote(message_no, safe='')}")
        if common := self._common(reply):
            return common
        if reply.status == 404:
            _problem(reply)
            return self._outcome(OutcomeKind.ABSENT, reply, "对方未收到该报文")
        if reply.status != 200:
            self._puzzled(reply)
        return message_outcome(reply.json(), message_no=message_no, key=key, status=reply.status)

    async def _held(self, client: "Client", record_key: str) -> Held:
        reply = await self.call(client, "GET", f"/api/v1/records/{quote(record_key, safe='')}")
        if reply.status == 404:
            _problem(reply)
            return Held("never_seen", 0, "", reply_status=404)
        if reply.status != 200:
            raise NoAnswer(f"暂时无法核对（{reply.status}）")
        return read_held(reply.json(), record_key, reply)

    async def _judge(self, client: "Client", message: Outgoing, reply: Reply, *, done: tuple[int, ...]) -> Outcome:
        if common := self._common(reply):
            return common
        if reply.status in done:
            return message_outcome(reply.json(), message_no=message.message_no, key=message.key, status=reply.status)
        if reply.status in (400, 404, 422):
            return self._outcome(OutcomeKind.REFUSED, reply, _problem(reply)[1])
        if reply.status == 409:
            return await self._conflict(client, message, reply)
        raise BadReply(f"对方的答复不在约定之内（{reply.status}）")

    async def _conflict(self, client: "Client", message: Outgoing, reply: Reply) -> Outcome:
        """409: ask what became of our number before believing that we are late."""
        code, words = _problem(reply)
        asked = await self._ask(client, message.message_no, message.key)
        if asked.kind in (OutcomeKind.APPLIED, OutcomeKind.ACCEPTED, OutcomeKind.REFUSED):
            return asked
        if code == "in_progress":
            return self._outcome(OutcomeKind.UNKNOWN, reply, words, retry_after(reply) or self.wait_seconds)
        if asked.kind is not OutcomeKind.ABSENT:
            raise PlatformRefusal(self._outcome(OutcomeKind.UNKNOWN, reply, words, self.wait_seconds))
        return self._outcome(OutcomeKind.SUPERSEDED if code == "lower_version" else OutcomeKind.REFUSED, reply, words)


def _problem(reply: Reply) -> tuple[str, str]:
    """(code, words) of a problem+json. BadReply if it is none: a 404 of a proxy says nothing about our message."""
    found = reply.json()
    code, detail = found.get("code"), found.get("detail") or found.get("title")
    if not isinstance(code, str) or not isinstance(detail, str) or found.get("status") != reply.status:
        raise BadReply(f"对方的答复不在约定之内（{reply.status}）")
    return code, clean(detail)


TARGET = CreditChinaJinchang
