"""Photos straight from the telephone: the desktop shows a code, the telephone a page for one material, ten minutes."""

import secrets
from typing import Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases.portal.lookup import too_many
from cases.portal.materials import Slot, scans_of
from cases.portal.queries import applicant_of, subject_of, text_of
from cases.portal.uploading import SCRIPT, UPLOADS, materials_at, slot_html, slot_of, take_files
from cases.portal.wizard import page_of
from cases.portal.wizard_page import Page
from cases.services.upload_ticket import access_ticket, bind_ticket, close_ticket, holder_of, open_ticket, open_until
from cases.throttle import Limit, address_of, give_back, network_of, take
from creditrepair import answers
from creditrepair.tenancy.context import own_context
from creditrepair.tenancy.errors import NotFound
from notices.qr import picture

DEVICE: Final = "__Host-phone"
WRONG: Final = Limit("wrong-ticket", 30, 600)
PARTS: Final = {"desk": "portal/_arrived.html", "phone": "portal/_phone_state.html"}


LINK_ENDED: Final = "这个手机上传链接已过期、已用完，或者网址不完整。链接10分钟内有效，只能在一部手机上使用。"
PHOTOS_KEPT: Final = "已经传完的照片都在电脑上的草稿里。"
SCAN_AGAIN: Final = "请在电脑上的“上传材料”页重新点“用手机拍照上传”，再用手机扫新的二维码。"


@require_POST
def code(request: HttpRequest, ref: str) -> HttpResponse:
    """A fresh code for one material; it can be shown only now, for of the token nothing but a hash is kept."""
    actor = applicant_of(request)
    page = page_of(actor, ref, "materials")
    slot = slot_of(page, text_of(request.POST, "key", 80))
    ticket, token = open_ticket(actor, ref=ref, key=slot.key, now=timezone.now())
    address = request.build_absolute_uri(reverse("portal:phone", args=[token]))
    context = {
        "draft": page.draft,
        "slot": slot,
        "qr": picture(address),
        "host": request.get_host(),
        "address": address,
        "until": ticket.expires_at,
        "back": materials_at(ref, slot.key),
        "subject": subject_of(actor),
        "scans": scans_of([slot]),
    }
    return render(request, "portal/phone_code.html", context)


@require_safe
def arrived(request: HttpRequest, ref: str) -> HttpResponse:
    """What the telephone has sent so far, for the desktop page that waits beside the code."""
    actor = applicant_of(request)
    page = page_of(actor, ref, "materials")
    slot = slot_of(page, text_of(request.GET, "key", 80))
    until = open_until(actor, ref=ref, key=slot.key, now=timezone.now())
    return JsonResponse({"html": slot_html(request, page, slot.key, PARTS["desk"]), "open": until is not None})


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def phone(request: HttpRequest, token: str) -> HttpResponse:
    """The telephone's page: firm (masked), material, photos. Whatever is wrong with the token is the same 404."""
    try:
        return _taking(request, token)
    except NotFound:
        return answers.page(
            request, 404, message=LINK_ENDED, kept=PHOTOS_KEPT, next_step=SCAN_AGAIN, code="upload_link"
        )


def _taking(request: HttpRequest, token: str) -> HttpResponse:
    network, now = network_of(address_of(request)), timezone.now()
    guess = take(WRONG, network)
    if not guess.ok:
        return too_many(request, guess.wait_seconds)
    device = request.COOKIES.get(DEVICE, "")[:64]
    ticket = access_ticket(token, device, now=now)
    actor = holder_of(ticket)
    give_back(WRONG, network)
    with own_context(str(ticket.user_id), ticket.draft.subject_id):
        page = page_of(actor, ticket.draft.ref, "materials")
        slot = slot_of(page, ticket.key)
        if request.method != "POST":
            return _page(request, page, slot, token)
        if not device:
            raise NotFound
        bind_ticket(ticket, device)
        if request.POST.get("done"):
            close_ticket(ticket, now=now)
            return render(request, "portal/phone_done.html", {"slot": slot_of(page, slot.key)})
        used = take(UPLOADS, str(ticket.user_id))
        if not used.ok:
            return too_many(request, used.wait_seconds)
        replaces = text_of(request.POST, "replaces", 40)
        taken = take_files(page, slot, request.FILES.getlist("file"), now=now, by_phone=True, replaces=replaces)
        if request.headers.get(SCRIPT) == "1":
            return taken.answer(slot_html(request, page, slot.key, PARTS["phone"]))
        if taken.refused:
            return _page(request, page, slot_of(page, slot.key), token, fault=taken.fault, status=422)
    return redirect("portal:phone", token=token)


def _page(
    request: HttpRequest, page: Page, slot: Slot, token: str, *, fault: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "slot": slot,
        "token": token,
        "fault": fault,
        "firm": masked(subject_of(page.actor).name),
        "scans": scans_of([slot]),
    }
    response = render(request, "portal/phone.html", context, status=status)
    if DEVICE not in request.COOKIES:
        response.set_cookie(
            DEVICE,
            secrets.token_urlsafe(24),
            max_age=settings.UPLOAD_TICKET_SECONDS,
            secure=True,
            httponly=True,
            samesite="Lax",
        )
    return response


def masked(name: str) -> str:
    """A firm as a page without sign-in names it: its first two and last four characters."""
    return f"{name[:2]}****{name[-4:]}" if len(name) > 8 else f"{name[:1]}****"
