"""上级主管部门: told of removals from a list where the rule says so. No interface: messages leave as files (export)."""

from typing import TYPE_CHECKING

from sync.replies import NoAnswer, Refused
from sync.targets.answers import Held, Outcome, Outgoing
from sync.targets.base import Target

if TYPE_CHECKING:
    from sync.client import Client


class SuperiorOrgan(Target):
    code = "superior_organ"
    title = "上级主管部门"
    kinds = frozenset({"repair"})
    parallel = 1
    deduplicates = False
    has_public_page = False
    has_interface = False

    async def _send(self, client: "Client", message: Outgoing) -> Outcome:
        raise Refused("上级主管部门没有接口，请导出报文后人工报送")

    async def _ask(self, client: "Client", message_no: str, key: str) -> Outcome:
        raise NoAnswer("上级主管部门没有接口，由经办人员登记回执")

    async def _held(self, client: "Client", record_key: str) -> Held:
        raise NoAnswer("上级主管部门没有可供核对的接口")


TARGET = SuperiorOrgan
