"""What every way of signing in ends with: a fresh session, a line in the list of sign-ins, grants claimed, a place to go."""

from typing import Final

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from cases.portal import keeping, wizard
from cases.services.accounts import note_sign_in
from cases.services.authority import claim_grants
from cases.throttle import address_of
from creditrepair.tenancy.errors import Refusal
from creditrepair.tenancy.models import Role, SignIn, User
from creditrepair.tenancy.providers import providers
from creditrepair.tenancy.signin import actor_of_session

BACKEND: Final = "django.contrib.auth.backends.ModelBackend"
_BROWSERS: Final = (
    ("MicroMessenger", "微信"),
    ("Edg", "Edge"),
    ("QQBrowser", "QQ浏览器"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("HarmonyOS", "鸿蒙"),
    ("Android", "安卓手机"),
    ("iPhone", "苹果手机"),
    ("Windows", "Windows电脑"),
    ("Mac OS", "苹果电脑"),
    ("Linux", "Linux电脑"),
)


def enter(request: HttpRequest, user: User, *, way: SignIn.Way, following: str) -> HttpResponse:
    """Sign `user` in and go on to `following` (checked before) or to where the person's work is."""
    now = timezone.now()
    for name in ("code", "proved", "ended", "back"):
        request.session.pop(name, None)
    login(request, user, backend=BACKEND)
    request.session["began_at"] = request.session["seen_at"] = now.timestamp()
    if way != SignIn.Way.PASSWORD:
        request.session["proved_at"] = now.timestamp()  # a new password may be set without the old one for a while
    actor = actor_of_session(request)
    note_sign_in(actor, way=way, address=address_of(request), device=device_of(request), now=now)
    if claim_grants(actor, now=now):
        actor = actor_of_session(request)
    return _with_what_was_typed(request, user, following) or redirect(following or landing(request))


def kept_of(request: HttpRequest) -> str:
    """The form that travels along in a hidden field of each page of signing in: strangers store nothing with us."""
    return request.POST.get("kept", "")


def _with_what_was_typed(request: HttpRequest, user: User, following: str) -> HttpResponse | None:
    """Save into the own draft what the session's end interrupted (`keeping`); None where there is nothing of the kind."""
    form, place = keeping.form_of(kept_of(request)), keeping.page_kept_for(following)
    if form is None or place is None:
        return None
    keeping.act_for_firm_of(request, user, place[0])
    request.actor = actor_of_session(request)  # type: ignore[attr-defined]
    try:
        return wizard.save_kept(request, *place, form)
    except Refusal:  # another person's draft, or one that was handed in: signing in must not fail for it
        return None


def landing(request: HttpRequest) -> str:
    """Where somebody's work is: the counter, the desk, the own filings, or the own firms while there is no authority."""
    actor = actor_of_session(request)
    if actor.roles == frozenset({Role.CLERK.value}):
        return reverse("counter:home")
    if actor.roles == frozenset({Role.HALL_MANAGER.value}):
        return reverse("counter:hall")
    if actor.is_staff:
        return reverse("desk:index")
    return reverse("portal:mine" if actor.subject else "portal:firms")


def following_of(request: HttpRequest, given: str) -> str:
    """`given` if it is an address of this site, else the page from which an ended session came, else ""."""
    candidate = given or request.session.get("back", "")
    fine = url_has_allowed_host_and_scheme(
        candidate, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return candidate if fine else ""


def device_of(request: HttpRequest) -> str:
    """In two words what the browser says of itself: enough to recognise one's own telephone, no more."""
    said = request.META.get("HTTP_USER_AGENT", "")[:400]
    words = [next((word for sign, word in known if sign in said), "") for known in (_SYSTEMS, _BROWSERS)]
    return " · ".join(filter(None, words)) or "未知设备"


def login_page(request: HttpRequest, following: str, *, status: int = 200, **told: object) -> HttpResponse:
    """Both ways beside each other; `told` says what was wrong with one of them, and why a session has ended."""
    context = {
        "next": following,
        "kept": kept_of(request),
        "ended": request.session.get("ended", ""),
        "providers": providers().values(),
        **told,
    }
    return render(request, "portal/login.html", context, status=status)
