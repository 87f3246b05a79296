"""Firms that no short message reaches, as the hall has them in hand; and some days of runs."""

from datetime import datetime, timedelta

from django.utils import timezone

from cases.models import Reminder, ReminderRun
from cases.services import remind, remind_told
from creditrepair.tenancy.context import region_context
from tests.reminding import LANDLINE, a_firm, give_number
from tests.world import YONGCHANG, World

FIRMS = (("永昌县朱王堡镇顺达运输有限公司", LANDLINE, -2), ("永昌县水源镇兴农种植专业合作社", "", 0), ("永昌县焦家庄镇永鑫建材有限公司", "0935-7523456", 3),
         ("永昌县新城子镇康源牧业有限公司", "13800000081", 0), ("永昌县东寨镇宏图商贸有限公司", "", 5))  # fmt: skip


def draw(world: World, now: datetime) -> str:
    """The list after today's run, with a call nobody answered; the reference of that firm."""
    today = timezone.localdate(now)
    for number, (name, phone, left) in enumerate(FIRMS):
        code = a_firm(800 + number, "")
        if phone:
            give_number(code, phone)
        for unit in ("wlj", "zjj")[: 1 + number % 2]:
            decided = today + timedelta(days=left - 93)  # three months and a day later is about `left` days from today
            world.a_record(code, unit, subject_name=name, decided_on=decided, published_on=decided)
    with region_context(YONGCHANG):
        for ago in (3, 2, 1):
            ReminderRun.objects.create(
                region_id=YONGCHANG, day=today - timedelta(days=ago), since=today - timedelta(days=ago + 1),
                started_at=now - timedelta(days=ago), marked_at=now, finished_at=now - timedelta(days=ago),
                counts={"due": 9, "queued": 7, "messages": 5, "nobody": 2, "to_tell": 2, "before": 31, "officer": 1},
            )  # fmt: skip
    _run(world, now)
    with region_context(YONGCHANG):
        first = Reminder.objects.filter(settled_at=None, why="landline").order_by("first_on").first()
        assert first is not None
        told = Reminder.objects.filter(settled_at=None, why="no_number").order_by("first_on").first()
    li = world.enter(world.actors["li"])
    remind_told.record_contact(li, ref=first.ref, way="phone", outcome="no_answer", told_on=today, phone=LANDLINE,
                               note="下午再打", now=now)  # fmt: skip
    if told is not None:
        remind_told.record_contact(
            li, ref=told.ref, way="face", outcome="told", told_on=today, receiver="王会计", now=now
        )
    return first.ref


def _run(world: World, now: datetime) -> None:
    """Today's run, at whatever hour the pictures are taken: what is stored counts, records are judged as they say."""
    noon = timezone.localtime(now).replace(hour=12, minute=5)
    with region_context(YONGCHANG):
        run = remind.start(YONGCHANG, now=noon)
    assert run is not None
    while not remind.advance(YONGCHANG, run.ref, seconds=5, now=noon):
        pass
