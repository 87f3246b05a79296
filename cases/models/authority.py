"""AuthorityRequest: somebody asks to act for a firm; an officer looks at the evidence and confirms or refuses."""

from django.db import models

from cases.models.material import StoredFile
from creditrepair.tenancy.models import RegionRow, Representation, User, new_reference


class AuthorityRequest(RegionRow):
    """授权申请. Kept with its outcome; what was confirmed is a Representation (`representation` is its reference)."""

    class Outcome(models.TextChoices):
        OPEN = "", "待核验"
        CONFIRMED = "confirmed", "已确认"
        REFUSED = "refused", "未通过"
        WITHDRAWN = "withdrawn", "已撤回"

    ref = models.CharField("编号", max_length=32, unique=True, default=new_reference)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="申请人")
    subject_code = models.CharField("统一社会信用代码", max_length=18)
    subject_name = models.CharField("单位名称", max_length=200)
    basis = models.CharField("依据", max_length=24, choices=Representation.Basis)
    scope = models.CharField("权限", max_length=8, choices=Representation.Scope)
    from_on = models.DateField("起")
    until_on = models.DateField("止", null=True)
    letter = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, db_constraint=False, related_name="+", verbose_name="授权证明"
    )
    identity = models.ForeignKey(
        StoredFile, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+", verbose_name="身份证明"
    )
    asked_at = models.DateTimeField("提交时间")
    outcome = models.CharField("结果", max_length=12, choices=Outcome, blank=True, default=Outcome.OPEN)
    decided_at = models.DateTimeField("办结时间", null=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="核验人")
    reason = models.CharField("说明", max_length=300, blank=True)
    representation = models.CharField("授权编号", max_length=32, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "授权申请"
        constraints = [
            # a second press of the button is no second request
            models.UniqueConstraint(
                fields=["region", "user", "subject_code"],
                condition=models.Q(outcome=""),
                name="one_open_request_a_firm",
            ),
        ]
        indexes = [
            models.Index(fields=["region", "asked_at"], name="request_open", condition=models.Q(outcome="")),
            models.Index(fields=["user", "asked_at"], name="request_of_user"),
        ]
