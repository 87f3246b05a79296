"""What the scene of the routes needs of signing in: a request, a grant, and sessions in which a code is awaited."""

import json
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.utils import timezone

from cases.models import AuthorityRequest, SmsCode
from cases.portal.telephone import SEALED_FOR
from cases.services.authority import Asked, ask_authority, grant_authority
from cases.services.sms_codes import send_code
from cases.uploads import store_upload
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Representation
from creditrepair.tenancy.personal import seal
from sync.models import Delivery
from tests.world import YONGCHANG, World, firm_code

PHONE = "13800000077"
THIRD, FOURTH = firm_code(33), firm_code(44)


def make(zhao: Actor, letter: Any, now: datetime) -> tuple[AuthorityRequest, Representation]:
    today = timezone.localdate(now)
    until = today + timedelta(days=90)
    stored = store_upload(zhao, YONGCHANG, letter, now=now)
    asked = Asked(THIRD, "永昌县东寨粮油有限公司", "agent", "all", today, until, stored)
    return ask_authority(zhao, asked, now=now), grant_authority(
        zhao, agent_name="孙办", phone="13800000066", scope="all", from_on=today, until_on=until, now=now
    )


def request_form(letter: Any) -> dict[str, Any]:
    today = timezone.localdate()
    return {
        "subject_code": FOURTH,
        "subject_name": "永昌县焦家庄建材有限公司",
        "basis": "agent",
        "scope": "all",
        "from_on": today.isoformat(),
        "until_on": (today + timedelta(days=30)).isoformat(),
        "letter": letter,
    }


def grant_form() -> dict[str, Any]:
    today = timezone.localdate()
    return {
        "agent_name": "李办",
        "phone": PHONE,
        "scope": "view",
        "from_on": today.isoformat(),
        "until_on": (today + timedelta(days=30)).isoformat(),
    }


def put_into(session_key: str, **values: Any) -> None:
    """As an earlier request of the same browser would have left it."""
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    session.update(values)
    session.save()


def awaits_code(world: World, session_key: str) -> None:
    """Zhao has asked for a code to a new number."""
    purpose = SmsCode.Purpose.PHONE
    row = send_code(YONGCHANG, phone=PHONE, purpose=purpose, address="192.0.2.1", now=timezone.now())
    pending = {
        "ref": row.ref,
        "purpose": purpose.value,
        "phone": seal(SEALED_FOR, PHONE),
        "user": world.people["zhao"].pk,
        "next": "",
    }
    put_into(session_key, code=pending)


def latest_code() -> str:
    with region_context(YONGCHANG):
        row = Delivery.objects.filter(region_id=YONGCHANG, thing_kind="code").order_by("id").last()
        return json.loads(bytes(row.body))["params"]["code"] if row else ""


def awaits_provider(session_key: str) -> None:
    put_into(session_key, provider={"code": "sample", "state": "state-1", "next": ""})


def proved(session_key: str) -> None:
    about = {"phone": seal(SEALED_FOR, PHONE), "name": "", "at": timezone.now().timestamp(), "next": "", "way": "phone"}
    put_into(session_key, proved=about)
