"""ReviewStep: one tier's decision on one case. Tiers are rows, never states, so a region can have its own ladder."""

import uuid

from django.db import models

from cases.categories import category_choices
from cases.models.case import Case
from creditrepair.tenancy.models import Department, RegionRow, User


class Tier(RegionRow):
    """审核环节设置: the ladder of a region for one category, dated. Without rows the room's own ladder holds."""

    category = models.CharField("类别", max_length=32, choices=category_choices)
    market = models.BooleanField("市场监管领域", null=True)
    position = models.IntegerField("顺序")
    code = models.CharField("环节", max_length=24)
    title = models.CharField("名称", max_length=40)
    department = models.CharField("单位", max_length=16, default="own")
    may_refuse = models.BooleanField("可以不予修复", default=True)
    external = models.BooleanField("由外部机关决定", default=False)
    from_on = models.DateField("起")
    until_on = models.DateField("止", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "审核环节设置"
        constraints = [
            models.UniqueConstraint(
                fields=["region", "category", "market", "position", "from_on"],
                nulls_distinct=False,
                name="one_tier_a_position",
            )
        ]


class ReviewStep(RegionRow):
    """审核环节. Settled once: `verdict` keeps inputs, rule-pack hash and trace, so that the decision can be replayed.

    `intake` is the step before the ladder (受理). An external step (court, superior) is decided outside and recorded
    with its paper: `external` holds organ, paper_no, decided_on, outcome; `external_file` the paper itself.
    """

    class Status(models.TextChoices):
        OPEN = "open", "待办"
        AGREED = "agreed", "同意"
        REFUSED = "refused", "不予"
        RETURNED = "returned", "退回"
        CORRECTION = "correction", "补正"
        CANCELLED = "cancelled", "终止"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, db_constraint=False, related_name="steps")
    round = models.IntegerField("轮次")
    position = models.IntegerField("顺序")
    tier = models.CharField("环节", max_length=24)
    title = models.CharField("名称", max_length=40)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    status = models.CharField("结果", max_length=12, choices=Status, default=Status.OPEN)
    opened_at = models.DateTimeField("开始时间")
    settled_at = models.DateTimeField("办结时间", null=True)
    settled_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    comment = models.TextField("意见", blank=True)
    verdict = models.JSONField("资格判定", default=dict)
    external = models.JSONField("外部决定", default=dict, blank=True)
    external_file = models.ForeignKey(
        "cases.StoredFile", null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    claimed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    claimed_until = models.DateTimeField("领取至", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "审核环节"
        constraints = [
            models.UniqueConstraint(
                fields=["region", "case"], condition=models.Q(status="open"), name="one_open_step_per_case"
            ),
        ]
        indexes = [
            models.Index(
                fields=["region", "department", "tier"], name="open_step_of_office", condition=models.Q(status="open")
            ),
            models.Index(fields=["region", "case"], name="step_of_case"),
        ]


class Correction(RegionRow):
    """一次性告知补正: every defect at once, each coded, tied to a material or field and an article."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, db_constraint=False, related_name="corrections")
    round = models.IntegerField("轮次")
    items = models.JSONField("补正事项")
    novelty_reason = models.CharField("新增事项理由", max_length=500, blank=True)
    asked_at = models.DateTimeField("告知时间")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_in = models.CharField("告知时状态", max_length=16)
    due_on = models.DateField("补正期限", null=True)
    answered_at = models.DateTimeField("补正时间", null=True)
    answer = models.TextField("补正说明", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "补正"
        constraints = [
            models.UniqueConstraint(
                fields=["region", "case"],
                condition=models.Q(answered_at__isnull=True),
                name="one_open_correction_per_case",
            ),
        ]


class Extension(RegionRow):
    """延长办理期限: decided by the unit that reviews, told to the applicant before; it may be taken back, not changed."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, db_constraint=False, related_name="extensions")
    working_days = models.IntegerField("延长工作日")
    reason = models.CharField("延长原因", max_length=500)
    decided_at = models.DateTimeField("决定时间")
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="决定人")
    ended_at = models.DateTimeField("撤销时间", null=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="撤销人")
    ended_reason = models.CharField("撤销原因", max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "延长期限"
        constraints = [
            models.UniqueConstraint(
                fields=["region", "case"], condition=models.Q(ended_at__isnull=True), name="one_extension_in_force"
            ),
            models.CheckConstraint(condition=models.Q(working_days__gte=1), name="extension_of_a_day_or_more"),
        ]
