"""Small filters of the portal's pages."""

from collections.abc import Mapping
from typing import Any, Final

from django import template
from django.conf import settings

from cases import virus_scan
from cases.portal.materials import scan_of
from cases.uploads import KINDS

SCANS: Final = {
    virus_scan.CLEAN: ("good", "check", "已通过安全检查"),
    virus_scan.WAITING: ("warn", "clock", "待安全检查"),
    virus_scan.NOT_RUN: ("quiet", "info", "格式已检查，未接入病毒扫描"),
    virus_scan.FOUND: ("danger", "alert", "未通过安全检查"),
}

register = template.Library()


@register.filter
def at(values: Mapping[str, Any], key: str) -> Any:
    """The value filed under a key that only the loop knows; "" where there is none."""
    return values.get(key, "")


@register.simple_tag
def upload_limits() -> dict[str, Any]:
    """What may be uploaded: the page, its script and the server read the same settings."""
    return {
        "accept": ",".join(suffix for kind in KINDS.values() for suffix in kind.suffixes),
        "bytes": settings.UPLOAD_MAX_BYTES,
        "megabytes": settings.UPLOAD_MAX_BYTES // 1024**2,
        "files": settings.UPLOAD_MAX_FILES,
        "shrink": settings.UPLOAD_SHRINK_TO,
        "words": f"PDF、JPG、PNG、HEIC格式，每个不超过{settings.UPLOAD_MAX_BYTES // 1024**2}MB",
    }


@register.inclusion_tag("portal/_scan.html")
def scan_state(file: Mapping[str, Any], scans: Mapping[str, str]) -> dict[str, str]:
    """How the safety check of one uploaded file stands: colour, icon and word."""
    tone, icon, text = SCANS[scan_of(file, scans)]
    return {"tone": tone, "icon": icon, "text": text}
