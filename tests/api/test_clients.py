"""Machine clients: who gets in, with which words the others are sent away, and that rights never add up."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from cases.models import ClientKey
from cases.services.clients import issue_client_key, revoke_client_key
from creditrepair.audit.models import Event
from creditrepair.tenancy.actor import system_actor
from creditrepair.tenancy.context import region_context, set_local
from creditrepair.tenancy.errors import Invalid, NotAllowed, NotFound
from tests.api.conftest import a_key
from tests.world import JINCHUAN, YONGCHANG


def test_a_bearer_token_and_the_older_word_both_open(world, ask, key, visitor):
    case = world.a_case()
    assert ask(f"/api/v1/cases/{case.ref}").status_code == 200
    answer = visitor.get(f"/api/v1/cases/{case.ref}", HTTP_AUTHORIZATION=f"Api-Key {key[1]}")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer x",
        "Bearer abcdefgh.0123456789abcdefghijklmnopqrstuv",
        "Bearer eyJhbGciOiJub25lIn0.e30.",
        "Basic YTpi",
        "Bearer {prefix}.0123456789abcdefghijklmnopqrstuv",
        "Bearer {token} {token}",
        "Bearer {token}\x00",
    ],
)
@pytest.mark.fault("B29")
def test_without_a_valid_token_the_answer_is_401_in_the_same_words(world, key, visitor, header):
    case = world.a_case()
    headers = {} if header is None else {"HTTP_AUTHORIZATION": header.format(prefix=key[0].prefix, token=key[1])}
    answer = visitor.get(f"/api/v1/cases/{case.ref}", **headers)
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer["WWW-Authenticate"] == 'Bearer realm="creditrepair"'
    body = answer.json()
    assert (body["code"], body["title"]) == ("not_authenticated", "需要有效的密钥")
    assert "密钥无效、已过期、已停用" in body["detail"]


@pytest.mark.fault("B29")
def test_a_revoked_key_ends_with_the_next_request(world, ask, key):
    case = world.a_case()
    assert ask(f"/api/v1/cases/{case.ref}").status_code == 200
    with region_context(YONGCHANG):
        revoke_client_key(system_actor(YONGCHANG), prefix=key[0].prefix, now=timezone.now())
    assert ask(f"/api/v1/cases/{case.ref}").status_code == 401


@pytest.mark.fault("B29")
def test_an_expired_key_is_no_key(world, ask):
    case = world.a_case()
    expired, token = a_key()
    assert ask(f"/api/v1/cases/{case.ref}", token=token).status_code == 200
    with region_context(YONGCHANG):
        ClientKey.objects.filter(pk=expired.pk).update(expiry_date=timezone.now() - timedelta(seconds=1))
    assert ask(f"/api/v1/cases/{case.ref}", token=token).status_code == 401


def test_a_scope_that_is_missing_is_403_before_anything_is_looked_up(world, ask):
    case = world.a_case()
    _, token = a_key(YONGCHANG, "events:read")
    assert ask(f"/api/v1/cases/{case.ref}/events", token=token).status_code == 200
    for ref in (case.ref, "0" * 20):
        answer = ask(f"/api/v1/cases/{ref}", token=token)
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


def test_a_session_beside_the_token_adds_nothing(world, sign_in, foreign_token):
    case = world.a_case()
    zhao = sign_in("zhao")  # the applicant whose case it is
    answer = zhao.get(f"/api/v1/cases/{case.ref}", HTTP_AUTHORIZATION=f"Bearer {foreign_token}")
    assert answer.status_code == 404
    assert sign_in("qian").get(f"/api/v1/cases/{case.ref}").status_code == 401


def test_keys_of_a_region_are_invisible_from_another_and_without_one(world, key):
    seen = {}
    for region in (YONGCHANG, JINCHUAN, ""):
        set_local("app.region", region)
        seen[region] = ClientKey.objects.count()
    assert seen == {YONGCHANG: 1, JINCHUAN: 0, "": 0}
    with connection.cursor() as cursor:
        cursor.execute("SELECT client_region(%s), client_region('nobody')", [key[0].prefix])
        assert cursor.fetchone() == (YONGCHANG, None)


def test_issuing_and_revoking_are_events_and_the_key_is_nowhere_in_them(world, key):
    with region_context(YONGCHANG):
        revoke_client_key(system_actor(YONGCHANG), prefix=key[0].prefix, now=timezone.now())
        revoke_client_key(system_actor(YONGCHANG), prefix=key[0].prefix, now=timezone.now())
        events = list(Event.objects.filter(kind="client").order_by("seq"))
    assert [event.verb for event in events] == ["client_key_issued", "client_key_revoked"]
    assert {event.thing for event in events} == {key[0].prefix}
    assert not any(key[1].partition(".")[2] in str(event.data) for event in events)


def test_only_the_regions_administrator_issues_keys(world):
    until = timezone.now() + timedelta(days=1)
    wanted = {"name": "平台", "scopes": ["cases:read"], "expires_at": until, "now": timezone.now()}
    chen = world.enter(world.actors["chen"])
    assert issue_client_key(chen, **wanted)[0].region_id == YONGCHANG
    with pytest.raises(NotAllowed):
        issue_client_key(world.enter(world.actors["wang"]), **wanted)
    with pytest.raises(Invalid) as refusal:
        issue_client_key(
            world.enter(chen), **wanted | {"scopes": ["cases:write"], "expires_at": wanted["now"], "name": " "}
        )
    assert set(refusal.value.fields) == {"name", "scopes", "expires_at"}
    with pytest.raises(NotFound):
        revoke_client_key(chen, prefix="zzzzzzzz", now=wanted["now"])
    assert ClientKey.objects.count() == 1


def test_the_command_issues_lists_and_revokes(world, visitor):
    case, out = world.a_case(), StringIO()
    call_command("client_key", "--region", YONGCHANG, "issue", "平台", "--scope", "cases:read", stdout=out)
    token = out.getvalue().split()[0]
    answer = visitor.get(f"/api/v1/cases/{case.ref}", HTTP_AUTHORIZATION=f"Bearer {token}")
    assert answer.status_code == 200
    call_command("client_key", "--region", YONGCHANG, "revoke", token[:8], stdout=out)
    call_command("client_key", "--region", YONGCHANG, "list", stdout=out)
    assert out.getvalue().strip().endswith("revoked")
    with pytest.raises(CommandError):
        call_command("client_key", "--region", JINCHUAN, "revoke", token[:8], stdout=out)
