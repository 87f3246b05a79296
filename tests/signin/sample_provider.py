"""A provider that vouches for whatever number its answer names: for the tests of the contract, and to show its shape."""

from collections.abc import Mapping
from urllib.parse import urlencode

from creditrepair.tenancy.providers import Proved, Provider, ProviderRefused


class Sample(Provider):
    code = "sample"
    title = "示例统一身份认证"

    def begin(self, *, back: str, state: str) -> str:
        return "https://sso.example.invalid/authorize?" + urlencode({"back": back, "state": state})

    def finish(self, answer: Mapping[str, str]) -> Proved:
        if "phone" not in answer:
            raise ProviderRefused("no number")
        return Proved(answer["phone"], answer.get("name", ""))
