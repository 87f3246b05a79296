"""Small filters of the portal's pages."""

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def at(values: Mapping[str, Any], key: str) -> Any:
    """The value filed under a key that only the loop knows; "" where there is none."""
    return values.get(key, "")
