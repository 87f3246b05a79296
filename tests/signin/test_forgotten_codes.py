"""What stays of a code and of a number: the outbox is emptied when the code has run out, accounts keep no clear text."""

import pytest
from django.db import connection, transaction

from cases.models import SmsCode, Task
from cases.services import watch
from cases.services.sms_codes import send_code
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.personal import blind, masked, seal, unseal
from sync import sms
from sync.models import Delivery
from tests import world as the_world
from tests.world import YONGCHANG, at

PHONE, OTHER = "13800000001", "13800000002"


def ask(phone: str = PHONE) -> Delivery:
    row = send_code(YONGCHANG, phone=phone, purpose=SmsCode.Purpose.SIGN_IN, address="192.0.2.7", now=at())
    with region_context(YONGCHANG):
        return Delivery.objects.get(thing=row.ref)


def test_what_is_sealed_opens_only_for_its_purpose_and_unchanged():
    sealed = seal("phone", PHONE)
    assert unseal("phone", sealed) == PHONE
    assert sealed != seal("phone", PHONE)
    assert unseal("other", sealed) == unseal("phone", sealed[:-3] + "AAA") == unseal("phone", "x") == ""
    assert blind("phone", PHONE) == blind("phone", PHONE) != blind("address", PHONE)
    assert masked(PHONE) == "138****0001"


@pytest.mark.django_db(transaction=True, databases=["default", "sender"])
def test_a_code_that_ran_out_is_emptied_from_the_outbox_and_sent_no_more():
    with transaction.atomic():
        the_world.build()
        rows = [ask(PHONE), ask(OTHER)]
        with region_context(YONGCHANG), connection.cursor() as cursor:
            for row, seconds in zip(rows, (301, 290), strict=True):
                cursor.execute(
                    "UPDATE sync_delivery SET queued_at = now() - %s * interval '1 second' WHERE id = %s",
                    [seconds, row.pk],
                )
    assert sms.forget_codes() == 1
    with region_context(YONGCHANG):
        gone, waiting = Delivery.objects.filter(thing_kind="code").order_by("id")
    assert (bytes(gone.body), gone.state) == (b"", "superseded")
    assert gone.done_at is not None
    assert OTHER.encode() in bytes(waiting.body)
    assert (waiting.state, waiting.done_at) == ("queued", None)
    assert sms.forget_codes() == 0


def test_a_code_that_could_not_be_delivered_is_no_errand_for_the_window(world):
    row = ask()
    with region_context(YONGCHANG):
        Delivery.objects.filter(pk=row.pk).update(state="parked", last_error="空号")
        watch.watch_region(YONGCHANG, now=at(), whole=True)
        assert not Task.objects.exists()
        Delivery.objects.filter(pk=row.pk).update(thing_kind="application")
        watch.watch_region(YONGCHANG, now=at(), whole=True)
        assert Task.objects.filter(kind="unreachable").count() == 1
