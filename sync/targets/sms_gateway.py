"""The short-message gateway. Accepting is not delivering: only a receipt is. Does not de-duplicate."""

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from sync.messages import canonical_json
from sync.replies import BadReply, NoAnswer, Reply
from sync.targets.answers import Held, Outcome, OutcomeKind, Outgoing, clean
from sync.targets.base import Target

if TYPE_CHECKING:
    from sync.client import Client


def wire_body(stored: bytes) -> bytes:
    """The message itself: what is stored may be sealed, the gateway takes it bare."""
    found = json.loads(stored)
    return canonical_json(found["message"]) if isinstance(found, dict) and "message" in found else stored


class SmsGateway(Target):
    code = "sms_gateway"
    title = "短信网关"
    kinds = frozenset({"sms"})
    parallel = 4
    deduplicates = False
    has_public_page = False

    async def _send(self, client: "Client", message: Outgoing) -> Outcome:
        body = wire_body(message.body)
        reply = await self.call(client, "POST", "/v1/messages", body=body)
        if common := self._common(reply):
            return common
        if reply.status in (400, 404, 409, 422):
            return self._outcome(OutcomeKind.REFUSED, reply, _words(reply))
        if reply.status != 202:
            self._puzzled(reply)
        if not isinstance(reply.json().get("gateway_id"), str):
            raise BadReply("网关的答复缺少编号")
        return self._outcome(OutcomeKind.ACCEPTED, reply, "网关已接收，等待送达回执")

    async def _ask(self, client: "Client", message_no: str, key: str) -> Outcome:
        reply = await self.call(client, "GET", f"/v1/messages/{quote(message_no, safe='')}")
        if common := self._common(reply):
            return common
        if reply.status == 404:
            _words(reply)
            return self._outcome(OutcomeKind.ABSENT, reply, "网关未收到该短信")
        if reply.status != 200:
            self._puzzled(reply)
        found = reply.json()
        if found.get("message_no") != message_no:
            raise BadReply("网关的答复说的是另一条短信")
        match found.get("status"):
            case "delivered":
                return self._outcome(OutcomeKind.APPLIED, reply)
            case "unknown":
                return self._outcome(OutcomeKind.ACCEPTED, reply, "已发出，尚无送达回执")
            case "failed_permanent":
                reason = found.get("reason")
                words = clean(reason) if isinstance(reason, str) else ""
                return self._outcome(OutcomeKind.REFUSED, reply, words or "号码无法送达，请窗口联系")
            case "failed_temporary":
                # Nobody has it and nobody will try again but us: the same as never received.
                return self._outcome(OutcomeKind.ABSENT, reply, "暂时未能送达，将重发")
        raise BadReply("网关使用了未约定的状态")

    async def _held(self, client: "Client", record_key: str) -> Held:
        raise NoAnswer("短信没有可供核对的公示记录")


def _words(reply: Reply) -> str:
    detail = reply.json().get("detail")
    if not isinstance(detail, str):
        raise BadReply(f"网关的答复不在约定之内（{reply.status}）")
    return clean(detail)


TARGET = SmsGateway
