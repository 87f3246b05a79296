"""Tags of the common frame: icons, display settings kept by cookie, navigation, and for whom somebody is acting."""

from typing import Any, Final

from django import template
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe

from cases.models import Subject
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.models import Department, Role

register = template.Library()

SIZES: Final = {"s": "小", "m": "中", "l": "大", "xl": "特大"}
SIZE_COOKIE: Final = "font_size"
MODE_COOKIE: Final = "page_mode"
ELDER: Final = "elder"

# Lines on a 24 × 24 grid, drawn in the colour of the text beside them.
ICONS: Final = {
    "menu": "M4 7h16M4 12h16M4 17h16",
    "shield": "M12 3l7 3v5.5c0 4.4-3 7.8-7 9.5-4-1.7-7-5.1-7-9.5V6zM9 12l2.2 2.2L15.2 10",
    "check": "M4.5 12.5l5 5L19.5 7",
    "calendar": "M4 6h16v14H4zM4 10h16M8.5 3.5V7M15.5 3.5V7",
    "person": "M12 12a4 4 0 100-8 4 4 0 000 8zM4.5 20.5c.6-4 3.6-6 7.5-6s6.9 2 7.5 6",
    "lock": "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 017 0v3",
    "clock": "M12 21a9 9 0 100-18 9 9 0 000 18zM12 7v5.2l3.4 2",
    "search": "M10.5 17a6.5 6.5 0 100-13 6.5 6.5 0 000 13zM15.4 15.4L20.5 20.5",
    "file": "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
    "edit": "M4 20l1-4.5L16.5 4 20 7.5 8.5 19zM14 6.5l3.5 3.5",
    "phone": "M6 3.5h3.5l1.5 4.5-2.2 1.6a12 12 0 005.6 5.6L16 13l4.5 1.5V18A2.5 2.5 0 0118 20.5C10.5 20 4 13.5 3.5 6A2.5 2.5 0 016 3.5z",
    "info": "M12 21a9 9 0 100-18 9 9 0 000 18zM12 11v5.5M12 7.6v.2",
    "alert": "M12 4l9.5 16h-19zM12 10v4.5M12 17v.2",
    "stop": "M12 21a9 9 0 100-18 9 9 0 000 18zM6 6l12 12",
    "print": "M7 8V3.5h10V8M7 17H4V8h16v9h-3M7 14h10v6.5H7z",
    "next": "M9 5l7 7-7 7",
    "turn": "M19.5 4.5v5h-5M19 9.5A8 8 0 1 0 20 14",
    "upload": "M12 16V4.5M7.5 9L12 4.5 16.5 9M4.5 15v5h15v-5",
    "download": "M12 4v11.5M7.5 11L12 15.5 16.5 11M4.5 19.5h15",
    "sync": "M4 12a8 8 0 0114-5.3M18 3v4h-4M20 12a8 8 0 01-14 5.3M6 21v-4h4",
    "pause": "M9 5.5v13M15 5.5v13",
    "calc": "M6 3h12v18H6zM9 7h6M9 12h.2M12 12h.2M15 12h.2M9 16h.2M12 16h.2M15 16h.2",
    "bell": "M6 17h12l-1.6-2.4V10.5a4.4 4.4 0 00-8.8 0v4.1zM10.4 19.6a1.7 1.7 0 003.2 0M12 4v2",
    "camera": "M4 8h3.5L9 5.5h6L16.5 8H20v11H4zM12 16.5a3.3 3.3 0 100-6.6 3.3 3.3 0 000 6.6z",
    "people": "M9 11.5a3.2 3.2 0 100-6.4 3.2 3.2 0 000 6.4zM3 19.5c.5-3.4 3-5 6-5s5.5 1.6 6 5M16 5.4a3.2 3.2 0 010 5.8M17.6 14.7c2 .7 3.1 2.3 3.4 4.8",
    "pin": "M12 21c4-4.6 6.5-7.9 6.5-11a6.5 6.5 0 10-13 0c0 3.1 2.5 6.4 6.5 11zM12 12a2.2 2.2 0 100-4.4 2.2 2.2 0 000 4.4z",
}

BESIDE: Final = (
    "objections", "objection_choose", "objection_new", "objection", "penalty_report", "penalty_withdrawal", "restructuring",
)  # fmt: skip
NAV: Final = (
    ("portal:home", "首页", ()),
    ("portal:guides", "办事指南", ("guide", "faq")),
    ("portal:apply", "我要办", ("wizard", "mine", "application", "correct", *BESIDE)),
    ("portal:search", "我要查", ("progress", "remind", "wish")),
    ("portal:calculator", "资格测算", ()),
    ("portal:contact", "咨询投诉", ("inquiry_receipt", "inquiry_progress")),
)


@register.simple_tag
def icon(name: str) -> SafeString:
    """A small line drawing for sighted readers only; the word beside it carries the meaning."""
    return format_html(
        '<svg class="icon" viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" stroke-width="1.9" '
        'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false"><path d="{}"/></svg>',
        ICONS[name],
    )


@register.simple_tag(takes_context=True)
def display_classes(context: template.Context) -> str:
    """Classes of <html> from the two display cookies; anything else in a cookie is ignored."""
    size, elder = display_of(context.get("request"))
    return f"size-{size}" + (" elder" if elder else "")


def display_of(request: HttpRequest | None) -> tuple[str, bool]:
    """Font size (a key of `SIZES`) and whether elder mode is on."""
    cookies = request.COOKIES if request is not None else {}
    size = cookies.get(SIZE_COOKIE, "m")
    return (size if size in SIZES else "m"), cookies.get(MODE_COOKIE) == ELDER


@register.simple_tag(takes_context=True)
def elder_mode(context: template.Context) -> bool:
    return display_of(context.get("request"))[1]


@register.simple_tag(takes_context=True)
def display_links(context: template.Context) -> SafeString:
    """Links that set the display cookies and come back to this very address; they work without scripts."""
    request = context.get("request")
    size, elder = display_of(request)
    back = request.get_full_path() if request is not None and request.method == "GET" else reverse("portal:home")
    address = reverse("portal:display")
    sizes = format_html_join(
        "",
        '<a href="{}?{}" rel="nofollow"{}>{}</a>',
        (
            (
                address,
                urlencode({"size": key, "next": back}),
                mark_safe(' aria-current="true"') if key == size else "",
                label,
            )
            for key, label in SIZES.items()
        ),
    )
    mode = urlencode({"mode": "normal" if elder else ELDER, "next": back})
    return format_html(
        '{}<a class="elder-link" href="{}?{}" rel="nofollow">{}</a>',
        sizes,
        address,
        mode,
        "退出长者模式" if elder else "长者模式",
    )


@register.simple_tag(takes_context=True)
def nav_links(context: template.Context) -> SafeString:
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    here = match.url_name if match is not None and match.namespace == "portal" else ""
    return format_html_join(
        "",
        '<a href="{}"{}>{}</a>',
        (
            (
                reverse(name),
                mark_safe(' aria-current="page"') if here and (name.endswith(f":{here}") or here in more) else "",
                text,
            )
            for name, text, more in NAV
        ),
    )


@register.inclusion_tag("portal/_acting_for.html", takes_context=True)
def acting_for(context: template.Context) -> dict[str, Any]:
    """「正在为 {单位} 办理」 for a firm, the unit for staff, or the way in."""
    actor = context.get("actor")
    if not isinstance(actor, Actor) or actor.user_id is None:
        return {"signed_in": False}
    return {
        "signed_in": True,
        "staff": actor.is_staff,
        "name": actor.name,
        "unit": _unit_of(actor),
        "subject": actor.subject,
    }


def _unit_of(actor: Actor) -> str:
    if actor.subject:
        return Subject.objects.filter(pk=actor.subject).values_list("name", flat=True).first() or actor.subject
    if actor.department_id:
        return Department.objects.filter(pk=actor.department_id).values_list("name", flat=True).first() or ""
    return "、".join(str(Role(role).label) for role in sorted(actor.roles) if role in Role.values)
