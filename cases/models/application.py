"""Application: what the applicant files once, for one or more records."""

from django.db import models

from cases.models.subject import Subject
from cases.query import ApplicationQuerySet
from creditrepair.tenancy.models import RegionRow, User, new_reference


class Application(RegionRow):
    """修复申请（一件事）: one filing in one region. A filing over several regions shares `filing_no`.

    `form_token` makes a doubled submit find this row. The query code is kept as a hash: whoever reads the database
    cannot use it. `authority` says on what evidence a clerk filed (empty for the applicant's own act). An application that a
    platform handed over (`came_from` a target, `came_no` its number there) was filed by nobody with an account here.
    A form filled in by hand while the network was down has its own day in `paper_on`: `submitted_at` is then the moment
    the window took it in, `entered_at` when it was typed (ADR 20).
    """

    class Channel(models.TextChoices):
        PORTAL = "portal", "网上申请"
        COUNTER = "counter", "窗口代为提交"
        ELSEWHERE = "elsewhere", "其他机关决定，据实登记"
        PLATFORM = "platform", "平台转来"

    ref = models.CharField("申请编号", max_length=32, unique=True, default=new_reference)
    filing_no = models.CharField("办件编号", max_length=20)
    form_token = models.CharField(max_length=64)
    query_code_hash = models.CharField(max_length=64, unique=True)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, verbose_name="信用主体")
    filed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="提交人")
    channel = models.CharField("途径", max_length=9, choices=Channel)
    came_from = models.CharField("来自平台", max_length=32, blank=True)
    came_no = models.CharField("平台申请编号", max_length=64, blank=True)
    authority = models.JSONField("代办依据", default=dict, blank=True)
    agent_name = models.CharField("经办人", max_length=50)
    agent_phone = models.CharField("联系电话", max_length=20)
    commitment = models.TextField("信用承诺")
    committed_by = models.CharField("承诺人", max_length=50)
    committed_at = models.DateTimeField("承诺时间")
    urgent_reason = models.CharField("加急原因", max_length=200, blank=True)
    bid_on = models.DateField("投标日期", null=True, blank=True)
    submitted_at = models.DateTimeField("提交时间")
    paper_on = models.DateField("纸质申请收到日期", null=True, blank=True)
    paper_reason = models.CharField("纸质申请原因", max_length=200, blank=True)
    entered_at = models.DateTimeField("补录时间", null=True, blank=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "修复申请"
        constraints = [
            models.UniqueConstraint(fields=["region", "form_token"], name="one_application_a_form"),
            models.UniqueConstraint(
                fields=["region", "came_from", "came_no"],
                condition=~models.Q(came_no=""),
                name="one_application_a_platform_number",
            ),
            models.CheckConstraint(
                condition=models.Q(filed_by__isnull=False) | models.Q(channel="platform"), name="filed_by_somebody"
            ),
            models.CheckConstraint(
                condition=~models.Q(channel="counter") | ~models.Q(authority={}), name="counter_needs_authority"
            ),
            models.CheckConstraint(
                condition=models.Q(paper_on__isnull=True, paper_reason="", entered_at__isnull=True)
                | (models.Q(paper_on__isnull=False, entered_at__isnull=False) & ~models.Q(paper_reason="")),
                name="paper_with_its_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["region", "subject", "-submitted_at"], name="application_of_subject"),
            models.Index(fields=["region", "filing_no"], name="application_by_number"),
            models.Index(fields=["filing_no"], name="application_of_filing"),
        ]

    def __str__(self) -> str:
        return self.filing_no

    @property
    def was_filed(self) -> bool:
        """False where it only carries what another organ decided: nobody has filed, nobody is told of its course."""
        mirrored = self.channel == self.Channel.PLATFORM and not self.came_no
        return self.channel != self.Channel.ELSEWHERE and not mirrored


class Draft(RegionRow):
    """A filing not yet sent: every field is kept as typed. `version` guards two tabs against each other."""

    ref = models.CharField(max_length=32, unique=True, default=new_reference)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT)
    form_token = models.CharField(max_length=64)
    content = models.JSONField(default=dict)
    version = models.IntegerField(default=1)
    saved_at = models.DateTimeField()
    application_ref = models.CharField(max_length=32, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "申请草稿"
        constraints = [models.UniqueConstraint(fields=["region", "form_token"], name="one_draft_a_form")]
