"""The page of 常见问题: all groups, or what a search found; one address, readable and printable without scripts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from cases.portal import faq as book
from cases.portal.faq import LINKS, Entry
from cases.portal.queries import region_of, text_of


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry as the page prints it: the region's own telephone and window filled in, and the page to go on to."""

    entry: Entry
    lines: tuple[str, ...]
    link: str
    link_text: str

    @classmethod
    def of(cls, entry: Entry, identity: Mapping[str, Any]) -> "Shown":
        name, argument, words = LINKS[entry.see]
        query = argument.startswith("?")
        address = reverse(name, args=[argument] if argument and not query else [])
        return cls(entry, book.told(entry, identity), address + (argument if query else ""), words)


@login_not_required
@require_safe
def faq(request: HttpRequest) -> HttpResponse:
    identity, text = region_of(request).identity, text_of(request.GET, "q", 100)
    found = [Shown.of(entry, identity) for entry in book.search(text)] if text else []
    groups = [(group, [Shown.of(entry, identity) for entry in group.entries]) for group in book.groups()]
    return render(request, "portal/faq.html", {"q": text, "found": found, "groups": groups})
