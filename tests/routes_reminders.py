"""What the scene of the routes needs of the reminders: a firm that a person has to tell, of 市监局."""

from django.utils import timezone

from cases.models import FailureRecord, Reminder, ReminderLine
from creditrepair.tenancy.context import region_context
from tests.world import YONGCHANG


def make(record: FailureRecord) -> Reminder:
    """Firm A may apply from today, and only a landline is known."""
    now = timezone.now()
    with region_context(YONGCHANG):
        made = Reminder.objects.create(
            region_id=YONGCHANG, subject_id=record.subject_id, subject_name=record.subject_name, count=1, at=now,
            department_id=record.department_id, occasion="today", first_on=timezone.localdate(now), phone="0935-7521234",
            way="person", why="landline",
        )  # fmt: skip
        ReminderLine.objects.create(
            region_id=YONGCHANG, record=record, subject_id=record.subject_id, occasion="today", first_on=made.first_on,
            reminder=made,
        )  # fmt: skip
    return made


def form() -> dict[str, str]:
    return {"way": "phone", "outcome": "told", "receiver": "张会计", "told_on": f"{timezone.localdate():%Y-%m-%d}"}
