"""Revocation: a repair that was granted on false material, or whose promise was broken, is to be taken back."""

from django.db import models

from cases.models.case import Case
from cases.models.material import StoredFile
from creditrepair.tenancy.models import Department, RegionRow, User, new_reference


class Revocation(RegionRow):
    """撤销修复: proposed by one reviewer of the unit with what was found, decided by another. The case stays as it is
    until then; the row keeps both, also where nothing was revoked.
    """

    class Ground(models.TextChoices):
        FALSE_MATERIAL = "false_material", "提供虚假材料或者隐瞒真实情况"
        BROKEN_PROMISE = "broken_promise", "信用承诺严重不实或者未履行承诺"

    class State(models.TextChoices):
        PROPOSED = "proposed", "已提出，待他人决定"
        CONFIRMED = "confirmed", "已撤销修复决定"
        DECLINED = "declined", "未予撤销"

    ref = models.CharField("编号", max_length=32, unique=True, default=new_reference)
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, db_constraint=False, related_name="revocations", verbose_name="案件"
    )
    department = models.ForeignKey(Department, on_delete=models.PROTECT, db_constraint=False, verbose_name="责任单位")
    ground = models.CharField("情形", max_length=16, choices=Ground)
    found = models.TextField("查明的事实")
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="提出人")
    proposed_at = models.DateTimeField("提出时间")
    state = models.CharField("状态", max_length=10, choices=State, default=State.PROPOSED)
    settled_at = models.DateTimeField("办结时间", null=True)
    settled_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="决定人")
    settled_reason = models.CharField("意见", max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "撤销修复"
        constraints = [
            models.UniqueConstraint(
                fields=["region", "case"],
                condition=models.Q(state__in=["proposed", "confirmed"]),
                name="one_revocation_a_case",
            ),
            models.CheckConstraint(
                condition=models.Q(state="proposed", settled_at__isnull=True)
                | (~models.Q(state="proposed") & models.Q(settled_at__isnull=False, settled_by__isnull=False)),
                name="revocation_settled_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(settled_by__isnull=True) | ~models.Q(settled_by=models.F("proposed_by")),
                name="revocation_by_two",
            ),
        ]

    def __str__(self) -> str:
        return self.ref
