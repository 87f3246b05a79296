"""Other ways to sign in (统一身份认证, 电子营业执照): a registry of plug-ins named in settings, none of them active by itself.

A provider proves the same as a code by SMS: who holds a telephone number. Everything else stays ours.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Proved:
    """What a provider vouches for: a mobile number of eleven digits and the person's name, "" if it does not say."""

    phone: str
    name: str = ""


class ProviderRefused(Exception):
    """The provider did not confirm anybody; the message is for the log, never for the page."""


class Provider(ABC):
    """One way to sign in. `code` stands in the address, `title` on the button.

    Both calls run inside a request and must be quick: what needs a call to the outside goes by `sync.client`.
    """

    code: str
    title: str

    @abstractmethod
    def begin(self, *, back: str, state: str) -> str:
        """The address to which the browser is sent. `back`: ours, absolute; `state`: to be returned unchanged."""

    @abstractmethod
    def finish(self, answer: Mapping[str, str]) -> Proved:
        """What the query of the returning browser proves. The state was compared before. Raises ProviderRefused."""


def providers() -> dict[str, Provider]:
    """The active ones, in the order of the setting. A code that comes twice, or a class that is none, stops the start."""
    found: dict[str, Provider] = {}
    for path in settings.SIGNIN_PROVIDERS:
        one = import_string(path)()
        if not isinstance(one, Provider) or one.code in found:
            raise TypeError(f"{path} is no provider, or its code is taken")
        found[one.code] = one
    return found
