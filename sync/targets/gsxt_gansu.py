"""国家企业信用信息公示系统（甘肃）. Ignores our key: the same POST twice is two effects, so we ask before a resend.

Business errors come as HTTP 200 with a code; work is asynchronous (202); fields carry the template's CF_ codes.
"""

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from sync.messages import canonical_json
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
    sealed_message,
)
from sync.targets.base import Target
from sync.targets.feeds import CursorTooOld

if TYPE_CHECKING:
    from sync.client import Client

# Our field → theirs. Codes of the exchange template where it has one; pinyin initials as in their own files elsewhere.
FIELDS: Final = {
    "record_key": "XXBS",
    "message_no": "BWBH",
    "key": "YWJ",
    "version": "BBH",
    "schema": "BWLX",
    "source": "CF_DFBM",
    "category": "SXLB",
    "category_text": "SXLB_MC",
    "doc_no": "CF_WSH",
    "doc_date": "CF_JDRQ",
    "subject_name": "CF_XDR_MC",
    "subject_code": "CF_XDR_SHXYM",
    "authority_name": "CF_CFJG",
    "authority_code": "CF_CFJGDM",
    "severity": "YZCD",
    "severity_text": "YZCD_MC",
    "published_on": "CF_GSRQ",
    "outcome": "CLJG",
    "outcome_text": "CLJG_MC",
    "effect": "CLXG",
    "effective_at": "SXSJ",
    "decision_no": "JDSBH",
    "decision_date": "JDSRQ",
}
SUCCESS, CREDENTIAL, RATE, LOWER_VERSION, NO_MESSAGE, NO_RECORD, BUSY, CURSOR = (
    "0",
    "E1001",
    "E1008",
    "E1009",
    "E1404",
    "E1004",
    "E5000",
    "E1410",
)


def wire_body(sealed: bytes) -> bytes:
    """The sealed message in their fields, with our original word for word in `BWYW`. Same message, same bytes."""
    message = sealed_message(sealed)
    theirs = {FIELDS[name]: value for name, value in message.items() if name in FIELDS and value is not None}
    return canonical_json(theirs | {"BWYW": sealed.decode()})


class GsxtGansu(Target):
    code = "gsxt_gansu"
    title = "国家企业信用信息公示系统（甘肃）"
    kinds = frozenset({"report", "repair", "ack"})
    parallel = 4
    deduplicates = False
    tells_changes = True

    async def _send(self, client: "Client", message: Outgoing) -> Outcome:
        body = wire_body(message.body)
        if message.kind == "report":
            path = f"/api/v1/records/{quote(message.record_key, safe='')}"
            reply = await self.call(client, "PUT", path, body=body)
        elif message.kind == "ack":
            path = f"/api/v1/applications/{quote(message.record_key, safe='')}/receipt"
            reply = await self.call(client, "PUT", path, body=body)
        else:
            key = {"Idempotency-Key": message.key}
            reply = await self.call(client, "POST", "/api/v1/repairs", body=body, headers=key)
        code, words, data = self._opened(reply)
        if code == SUCCESS:
            return message_outcome(data, message_no=message.message_no, key=message.key, status=reply.status)
        if code == LOWER_VERSION:
            asked = await self._ask(client, message.message_no, message.key)
            if asked.kind in (OutcomeKind.APPLIED, OutcomeKind.ACCEPTED, OutcomeKind.REFUSED):
                return asked
            known = asked.kind is OutcomeKind.ABSENT
            return self._outcome(OutcomeKind.SUPERSEDED if known else OutcomeKind.UNKNOWN, reply, words)
        return self._outcome(OutcomeKind.REFUSED, reply, f"{code}：{words}")

    async def _ask(self, client: "Client", message_no: str, key: str) -> Outcome:
        reply = await self.call(client, "GET", f"/api/v1/messages/{quote(message_no, safe='')}")
        code, words, data = self._opened(reply)
        if code == NO_MESSAGE:
            return self._outcome(OutcomeKind.ABSENT, reply, "对方未收到该报文")
        if code != SUCCESS:
            # A refusal to answer says nothing about the message itself.
            return self._outcome(OutcomeKind.UNKNOWN, reply, f"{code}：{words}", self.wait_seconds)
        return message_outcome(data, message_no=message_no, key=key, status=reply.status)

    async def _held(self, client: "Client", record_key: str) -> Held:
        reply = await self.call(client, "GET", f"/api/v1/records/{quote(record_key, safe='')}")
        code, words, data = self._opened(reply)
        if code == NO_RECORD:
            return Held("never_seen", 0, "", reply_status=reply.status)
        if code != SUCCESS:
            raise NoAnswer(f"暂时无法核对（{code}：{words}）")
        return read_held(data, record_key, reply)

    async def _listed(self, client: "Client", path: str, query: str) -> dict[str, object]:
        reply = await self.call(client, "GET", path, query=query)
        code, words, data = self._opened(reply)
        if code == CURSOR:
            raise CursorTooOld
        if code != SUCCESS:
            raise NoAnswer(f"暂时无法读取（{code}：{words}）")
        return data

    async def _look_receipt(self, client: "Client", application_no: str) -> Look:
        reply = await self.call(client, "GET", f"/api/v1/applications/{quote(application_no, safe='')}")
        code, words, data = self._opened(reply)
        if code != SUCCESS:
            raise NoAnswer(f"暂时无法核对（{code}：{words}）")
        return self._seen_receipt(data, application_no, reply)

    def _opened(self, reply: Reply) -> tuple[str, str, dict[str, object]]:
        """(code, words, data) of their envelope. PlatformRefusal for what stops or delays; else BadReply."""
        if common := self._common(reply):
            raise PlatformRefusal(common)
        if reply.status not in (200, 202):
            self._puzzled(reply)
        found = reply.json()
        code, words, data = found.get("code"), found.get("msg"), found.get("data")
        if not isinstance(code, str) or not isinstance(words, str):
            raise BadReply("对方的答复不在约定之内")
        words = clean(words)
        if code == CREDENTIAL:
            raise PlatformRefusal(self._outcome(OutcomeKind.STOPPED, reply, f"对方不接受我方凭证（{words}），通道已停"))
        if code == RATE:
            raise PlatformRefusal(self._outcome(OutcomeKind.LATER, reply, words, retry_after(reply)))
        if code == BUSY:
            raise PlatformRefusal(self._outcome(OutcomeKind.UNKNOWN, reply, words, self.wait_seconds))
        if code != SUCCESS and not code.startswith("E1"):
            raise BadReply("对方使用了未约定的代码")
        if code == SUCCESS and not isinstance(data, dict):
            raise BadReply("对方的答复缺少数据")
        return code, words, data if isinstance(data, dict) else {}


TARGET = GsxtGansu
