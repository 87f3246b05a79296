"""Codes by SMS: one purpose, one use, five tries, five minutes; nobody's telephone rings for sport."""

import json
import threading
from datetime import timedelta

import pytest
from django.db import connections, transaction

from cases.models import SmsCode
from cases.services import sms_codes
from cases.services.sms_codes import (
    A_DAY,
    AN_HOUR,
    LIFE,
    TRIES,
    Checked,
    TooManyCodes,
    check_code,
    mobile_of,
    send_code,
)
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid
from sync.models import Delivery
from tests import world as the_world
from tests.world import JINCHUAN, TODAY, YONGCHANG, at

PHONE, ADDRESS = "13800000000", "192.0.2.7"
REMINDER, SIGN_IN = SmsCode.Purpose.REMINDER, SmsCode.Purpose.SIGN_IN


def send(phone: str = PHONE, *, address: str = ADDRESS, purpose=REMINDER, now=None, region=YONGCHANG) -> SmsCode:
    return send_code(region, phone=phone, purpose=purpose, address=address, now=now or at())


def digits_of(row: SmsCode) -> str:
    with region_context(row.region_id):
        body = Delivery.objects.get(region_id=row.region_id, thing=row.ref).body
    return json.loads(bytes(body))["params"]["code"]


def other_than(digits: str) -> str:
    return f"{(int(digits) + 1) % 10**6:06d}"


def check(row: SmsCode, code: str, *, purpose=REMINDER, now=None, region: str = YONGCHANG) -> Checked:
    return check_code(region, ref=row.ref, purpose=purpose, code=code, now=now or at())


def test_the_code_that_was_sent_is_right_once(world):
    row = send()
    assert check(row, digits_of(row)) is Checked.RIGHT
    assert check(row, digits_of(row)) is Checked.SPENT


def test_people_may_type_it_full_width_and_in_two_halves(world):
    row = send()
    typed = "".join(chr(ord(digit) + 0xFEE0) for digit in digits_of(row))
    assert check(row, f" {typed[:3]} {typed[3:]}") is Checked.RIGHT


@pytest.mark.parametrize(("after", "found"), [(-1, Checked.RIGHT), (0, Checked.SPENT), (1, Checked.SPENT)])
def test_it_lives_five_minutes(world, after, found):
    row = send()
    assert check(row, digits_of(row), now=at() + LIFE + timedelta(seconds=after)) is found


@pytest.mark.fault("B59")
def test_the_fifth_wrong_answer_is_the_last(world):
    row = send()
    wrong = other_than(digits_of(row))
    assert [check(row, wrong) for _ in range(TRIES)] == [Checked.WRONG] * (TRIES - 1) + [Checked.SPENT]
    assert check(row, digits_of(row)) is Checked.SPENT


def test_the_right_answer_may_be_the_fifth(world):
    row = send()
    for _ in range(TRIES - 1):
        check(row, other_than(digits_of(row)))
    assert check(row, digits_of(row)) is Checked.RIGHT


def test_a_code_serves_its_own_purpose_in_its_own_region_only(world):
    row = send(purpose=SIGN_IN)
    assert check(row, digits_of(row), purpose=REMINDER) is Checked.SPENT
    assert check(row, digits_of(row), purpose=SIGN_IN, region=JINCHUAN) is Checked.SPENT
    assert check(row, digits_of(row), purpose=SIGN_IN) is Checked.RIGHT


@pytest.mark.fault("B58")
def test_a_number_gets_five_codes_a_day_whoever_asks(world):
    for number in range(A_DAY):
        send(address=f"192.0.2.{number}")
    with pytest.raises(TooManyCodes) as stopped:
        send(address="192.0.2.99")
    assert stopped.value.wait_seconds == 14 * 3600  # ten in the morning
    assert send(now=at(TODAY + timedelta(days=1), 0)).pk


@pytest.mark.fault("B58")
def test_an_address_gets_twenty_an_hour_whomever_it_names(world):
    for number in range(AN_HOUR):
        send(f"138000{number:05d}")
    with pytest.raises(TooManyCodes):
        send("13900000000", now=at() + timedelta(minutes=59))
    assert send("13900000000", address="192.0.2.8").pk
    assert send("13900000000", now=at() + timedelta(hours=1)).pk


@pytest.mark.fault("B58")
def test_a_number_gets_five_codes_a_day_in_all_regions_together(world):
    for number in range(A_DAY):
        send(address=f"192.0.2.{number}", region=(YONGCHANG, JINCHUAN)[number % 2])
    for region in (YONGCHANG, JINCHUAN):
        with pytest.raises(TooManyCodes, match=f"今天已收到{A_DAY}条"):
            send(address="192.0.2.99", region=region)
        assert send("13800000001", address="192.0.2.99", region=region).region_id == region


@pytest.mark.fault("B58")
def test_an_address_gets_twenty_an_hour_in_all_regions_together(world):
    for number in range(AN_HOUR):
        send(f"138000{number:05d}", region=(YONGCHANG, JINCHUAN)[number % 2])
    for region in (YONGCHANG, JINCHUAN):
        with pytest.raises(TooManyCodes, match="过于频繁"):
            send("13900000000", region=region)


def test_the_count_over_all_regions_shows_no_row_of_the_neighbour(world):
    send(region=JINCHUAN)
    with region_context(YONGCHANG):
        assert not SmsCode.objects.exists()


@pytest.mark.fault("B16")
@pytest.mark.parametrize(
    "typed",
    [
        "13800000000",
        "+86 138 0000 0000",
        "86-138-0000-0000",
        "008613800000000",
        "１３８０００００００0",
        " 13800000000 ",
    ],
)
def test_a_mobile_is_understood_as_people_write_it(typed):
    assert mobile_of(typed) == PHONE


@pytest.mark.fault("B16")
@pytest.mark.parametrize(
    "typed", ["", "　", "1380000000", "138000000000", "0935-7521234", "12800000000", "1380000000o", "1\x003800000000"]
)
def test_what_is_no_mobile_is_refused_at_its_field(typed):
    with pytest.raises(Invalid) as refused:
        mobile_of(typed)
    assert "11位手机号码" in refused.value.fields["phone"]


def test_neither_number_nor_code_stands_in_the_table(world):
    row = send()
    with region_context(YONGCHANG):
        stored = SmsCode.objects.filter(pk=row.pk).values().get()
    assert not any(PHONE in str(value) or digits_of(row) == str(value) for value in stored.values())


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault("B58", "B59")
def test_many_at_once_are_counted_one_by_one(transactional_db):
    with transaction.atomic():
        the_world.build()
    sent = _all_at_once(12, lambda _: send().ref)
    assert sum(isinstance(one, TooManyCodes) for one in sent) == 12 - A_DAY
    with transaction.atomic(), region_context(YONGCHANG):
        row = SmsCode.objects.filter(region_id=YONGCHANG).first()
        assert SmsCode.objects.filter(region_id=YONGCHANG).count() == A_DAY
    with transaction.atomic():
        wrong = other_than(digits_of(row))
    answers = _all_at_once(12, lambda _: check(row, wrong))
    assert answers.count(Checked.WRONG) == TRIES - 1
    assert answers.count(Checked.SPENT) == 12 - TRIES + 1


def _all_at_once(how_many: int, act) -> list[object]:
    barrier, results = threading.Barrier(how_many), [None] * how_many

    def run(place: int) -> None:
        try:
            with transaction.atomic():
                barrier.wait(20)
                results[place] = act(place)
        except sms_codes.TooManyCodes as stopped:
            results[place] = stopped
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(how_many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results
