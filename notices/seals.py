"""Who puts the seal on a paper: providers by setting. Ours only marks the place; a seal is never drawn here.

A provider of a region (GB/T 38540 and the like) is a class elsewhere, named in the setting PAPER_SEALS.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class SealProvider(Protocol):
    """What a provider has and does. It may take seconds and may fail: then the paper waits, it never goes out bare.

    code  written on the paper's row (Notice.seal), at most 24 characters
    mark  what is printed at the seal's place, empty where a real seal will stand
    """

    code: str
    mark: str

    def sign(self, pdf: bytes, snapshot: Mapping[str, Any]) -> bytes:
        """The sealed file, still the same pages; raises whatever keeps it from sealing."""
        ...


class Placeholder:
    """No provider is connected: a dashed circle says so on every paper, and the file stays as it is."""

    code = "placeholder"
    mark = "电子印章待接入"

    def sign(self, pdf: bytes, snapshot: Mapping[str, Any]) -> bytes:
        return pdf


def provider_of(region: str) -> SealProvider:
    """The provider of a region, or the installation's (key "default"); raises ImportError for a wrong name."""
    names: Mapping[str, str] = settings.PAPER_SEALS
    made: SealProvider = import_string(names.get(region) or names["default"])()
    return made
