"""我的单位: for which firms one may act and on what, asking for one more, granting and revoking as legal representative."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from stdnum.cn import uscc

from cases.authority_access import (
    access_representation,
    legal_representation_of,
    own_file,
    require_legal_representation,
    visible_authority_requests,
    visible_representations,
)
from cases.models import StoredFile, Subject
from cases.portal.queries import actor_of, text_of, today
from cases.services.authority import Asked, ask_authority, grant_authority, revoke_authority, withdraw_request
from cases.services.sms_codes import mobile_of
from cases.services.subjects import fold_name
from cases.uploads import store_upload
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid, NotAllowed
from creditrepair.tenancy.models import Representation

SHOWN: Final = 100
SOON_DAYS: Final = 30  # an authority that ends within these days says so
STATES: Final = {  # state → (tone, icon, words)
    "now": ("good", "check", "有效"),
    "soon": ("warn", "clock", "即将到期"),
    "later": ("info", "calendar", "尚未开始"),
    "waiting": ("info", "clock", "待对方登录领受"),
    "over": ("quiet", "pause", "已到期"),
    "revoked": ("quiet", "stop", "已撤销"),
}


@dataclass(frozen=True, slots=True)
class Held:
    """An authority as a row of the page."""

    row: Representation
    state: str
    mine: bool

    @property
    def tone(self) -> str:
        return STATES[self.state][0]

    @property
    def icon(self) -> str:
        return STATES[self.state][1]

    @property
    def words(self) -> str:
        return STATES[self.state][2]

    @property
    def may_end(self) -> bool:
        return self.state not in ("over", "revoked")

    @property
    def checked(self) -> str:
        """Who vouches for it: the officer who saw the evidence, or the legal representative who granted it."""
        if self.row.granted_by:
            return f"{self.row.granted_by.full_name}（法定代表人授权）"
        return self.row.checked_by.full_name if self.row.checked_by else "窗口登记"


@require_safe
def firms(request: HttpRequest) -> HttpResponse:
    """Own authorities and requests; for a legal representative also everybody else who acts for the firm."""
    actor = _person(request)
    rows = list(visible_representations(actor).order_by("subject_name", "-id")[:SHOWN])
    held = [_held(one, actor, today()) for one in rows]
    head = legal_representation_of(actor)
    context = {
        "own": [one for one in held if one.mine],
        "others": [one for one in held if not one.mine],
        "head": head,
        "requests": list(visible_authority_requests(actor).order_by("-asked_at")[:SHOWN]),
    }
    return render(request, "portal/firms.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask to act for a firm: who one is to it, from when to when, and the paper that says so."""
    actor = _person(request)
    if request.method != "POST":
        return _ask_page(request, {"from_on": f"{today():%Y-%m-%d}"}, {})
    faults: dict[str, str] = {}
    code, name = _firm(request.POST, faults)
    letter = _stored(request, actor, "letter", faults)
    identity = _stored(request, actor, "identity", faults)
    asked = Asked(
        subject_code=code,
        subject_name=name,
        basis=text_of(request.POST, "basis", 24),
        scope=text_of(request.POST, "scope", 8),
        from_on=_day(request.POST, "from_on"),
        until_on=_day(request.POST, "until_on"),
        letter=letter,
        identity=identity,
    )
    if not faults:
        try:
            ask_authority(actor, asked, now=timezone.now())
        except Invalid as problem:
            faults = problem.fields
        else:
            messages.success(request, f"已提交。窗口核验后，您可以为{name}办理。")
            return redirect("portal:firms")
    return _ask_page(request, request.POST, faults, {"letter": letter, "identity": identity}, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def grant(request: HttpRequest) -> HttpResponse:
    """A legal representative lets somebody act for the firm, by telephone number."""
    actor = _person(request)
    own = require_legal_representation(actor)
    given: Any = request.POST if request.method == "POST" else {"from_on": f"{today():%Y-%m-%d}", "scope": "all"}
    faults: dict[str, str] = {}
    if request.method == "POST":
        try:
            made = grant_authority(
                actor,
                agent_name=text_of(given, "agent_name", 80),
                phone=mobile_of(text_of(given, "phone", 40)),
                scope=text_of(given, "scope", 8),
                from_on=_day(given, "from_on"),
                until_on=_day(given, "until_on"),
                now=timezone.now(),
            )
        except Invalid as problem:
            faults = problem.fields
        else:
            messages.success(request, f"已授权{made.agent_name}。对方用手机号码{made.phone_shown}登录后即可办理。")
            return redirect("portal:firms")
    context = {"own": own, "given": given, "faults": faults, "scopes": Representation.Scope.choices}
    return render(request, "portal/firm_grant.html", context, status=422 if faults else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, ref: str) -> HttpResponse:
    """End an authority: one page that says what it means, one press."""
    actor = _person(request)
    row = access_representation(actor, ref)
    if request.method == "POST":
        revoke_authority(actor, ref=ref, reason=text_of(request.POST, "reason"), now=timezone.now())
        messages.success(request, "已撤销，立即生效。")
        return redirect("portal:firms")
    return render(request, "portal/firm_revoke.html", {"one": _held(row, actor, today())})


@require_POST
def withdraw(request: HttpRequest, ref: str) -> HttpResponse:
    withdraw_request(_person(request), ref=ref, now=timezone.now())
    messages.success(request, "已撤回授权申请。")
    return redirect("portal:firms")


def _person(request: HttpRequest) -> Actor:
    """Whoever is signed in and not at a desk: a person needs no firm yet to ask for one."""
    actor = actor_of(request)
    if actor.is_staff:
        raise NotAllowed("单位授权由申请人办理；工作人员请在工作台核验。")
    return actor


def _held(row: Representation, actor: Actor, on: date) -> Held:
    if row.revoked_at is not None:
        state = "revoked"
    elif row.until_on is not None and row.until_on < on:
        state = "over"
    elif row.user_id is None:
        state = "waiting"
    elif row.from_on > on:
        state = "later"
    elif row.until_on is not None and (row.until_on - on).days < SOON_DAYS:
        state = "soon"
    else:
        state = "now"
    return Held(row, state, row.user_id == actor.user_id)


def _firm(given: Any, faults: dict[str, str]) -> tuple[str, str]:
    """Code and name of the firm; a name that the register holds otherwise is the register's."""
    code = fold_name(text_of(given, "subject_code", 40))
    name = text_of(given, "subject_name")
    if not uscc.is_valid(code):
        faults["subject_code"] = "请填写18位统一社会信用代码，见营业执照。"
    known = Subject.objects.filter(pk=code).values_list("name", flat=True).first() if code.isascii() else None
    if known is not None and name and fold_name(known) != fold_name(name):
        faults["subject_name"] = "单位名称与该统一社会信用代码登记的名称不一致，请核对。"
    elif not name:
        faults["subject_name"] = "请填写单位名称，与营业执照一致。"
    return code, known or name


def _stored(request: HttpRequest, actor: Actor, field: str, faults: dict[str, str]) -> StoredFile | None:
    """The upload of this press, or the one kept from the last: a fault elsewhere on the page loses no file."""
    upload = request.FILES.get(field)
    if upload is None:
        kept = text_of(request.POST, f"{field}_kept", 36)
        return own_file(actor, kept) if kept else None
    try:
        return store_upload(actor, actor.region, upload, now=timezone.now(), field=field)
    except Invalid as problem:
        faults.update(problem.fields)
        return None


def _day(given: Any, field: str) -> date | None:
    try:
        return parse_date(text_of(given, field, 10))
    except ValueError:
        return None


def _ask_page(
    request: HttpRequest,
    given: Any,
    faults: dict[str, str],
    kept: Mapping[str, StoredFile | None] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "kept": kept or {},
        "given": given,
        "faults": faults,
        "bases": Representation.Basis.choices,
        "scopes": Representation.Scope.choices,
        "basis": given.get("basis", ""),
        "scope": given.get("scope", "all"),
    }
    return render(request, "portal/firm_ask.html", context, status=status)
