"""ReminderWish: somebody wants to be told by SMS when one record may be applied for."""

from typing import Final

from django.db import models

from cases.models.record import FailureRecord
from creditrepair.tenancy.models import RegionRow, new_reference
from creditrepair.tenancy.personal import masked, unseal

PURPOSE: Final = "reminder"  # what the number is sealed for


class ReminderWish(RegionRow):
    """提醒登记: one number for one record. Counts from `confirmed_at` (the code was right) until `stopped_at` (退订).

    A wish that was never confirmed reaches nobody. The number is sealed; `phone` reads it. `code` is the reference of the code last sent to the number.
    """

    ref = models.CharField("编号", max_length=32, unique=True, default=new_reference)
    record = models.ForeignKey(
        FailureRecord, on_delete=models.PROTECT, db_constraint=False, related_name="wishes", verbose_name="失信信息"
    )
    phone_sealed = models.CharField("手机号码", max_length=120)
    phone_hash = models.CharField(max_length=64)
    code = models.CharField(max_length=32)
    asked_at = models.DateTimeField("登记时间")
    confirmed_at = models.DateTimeField("确认时间", null=True)
    stopped_at = models.DateTimeField("退订时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "提醒登记"
        constraints = [
            models.UniqueConstraint(
                fields=["region", "record", "phone_hash"],
                condition=models.Q(confirmed_at__isnull=False, stopped_at__isnull=True),
                name="one_wish_a_record_and_phone",
            ),
        ]
        indexes = [models.Index(fields=["region", "phone_hash"], name="wish_by_phone")]

    @property
    def counts(self) -> bool:
        return self.confirmed_at is not None and self.stopped_at is None

    @property
    def phone(self) -> str:
        return unseal(PURPOSE, self.phone_sealed)

    @property
    def masked_phone(self) -> str:
        return masked(self.phone)
