"""Inquiry and its answers: 咨询, 投诉, 举报. Both are written once and never changed."""

from typing import Final

from django.db import models

from creditrepair.tenancy.models import RegionRow, User, new_reference
from creditrepair.tenancy.personal import masked, unseal

PURPOSE: Final = "inquiry"  # what the number is sealed for


class Inquiry(RegionRow):
    """咨询投诉: what a visitor asked, with a number of its own; followed by that number and the end of the telephone.

    `ref` is the address of the receipt, `number` what people read out. `form_token` makes a doubled submit find this
    row. Who answers, and until when, stands on its Task; the answers on InquiryAnswer. The number is sealed; `phone` reads it.
    """

    class Kind(models.TextChoices):
        QUESTION = "question", "咨询"
        COMPLAINT = "complaint", "投诉"
        PAID_HELP = "paid_help", "举报代办收费"

    ref = models.CharField("编号", max_length=32, unique=True, default=new_reference)
    number = models.CharField("受理编号", max_length=20, unique=True)
    form_token = models.CharField(max_length=64)
    kind = models.CharField("类别", max_length=12, choices=Kind)
    name = models.CharField("称呼", max_length=50, blank=True)
    phone_sealed = models.CharField("联系电话", max_length=120)
    text = models.CharField("内容", max_length=1000)
    asked_at = models.DateTimeField("提交时间")
    due_on = models.DateField("答复期限")

    class Meta:
        verbose_name = verbose_name_plural = "咨询投诉"
        constraints = [models.UniqueConstraint(fields=["region", "form_token"], name="one_inquiry_a_form")]
        indexes = [models.Index(fields=["region", "-id"], name="inquiry_latest")]

    @property
    def phone(self) -> str:
        return unseal(PURPOSE, self.phone_sealed)

    @property
    def masked_phone(self) -> str:
        return masked(self.phone)


class InquiryAnswer(RegionRow):
    """答复: append-only; a second answer stands below the first."""

    inquiry = models.ForeignKey(Inquiry, on_delete=models.PROTECT, db_constraint=False, related_name="answers")
    text = models.CharField("答复", max_length=2000)
    unit = models.CharField("答复单位", max_length=80)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="答复人")
    answered_at = models.DateTimeField("答复时间")

    class Meta:
        verbose_name = verbose_name_plural = "咨询投诉答复"
        indexes = [models.Index(fields=["region", "inquiry"], name="answer_of_inquiry")]
