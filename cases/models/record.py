"""FailureRecord and how it arrived: batches, rows, versions, changes of severity."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from cases.categories import category_choices
from cases.models.subject import Subject
from cases.query import RecordQuerySet
from creditrepair.tenancy.models import Department, RegionRow, User, new_reference


class Severity(models.TextChoices):
    MINOR = "minor", "轻微"
    GENERAL = "general", "一般"
    SERIOUS = "serious", "严重"
    UNSET = "unset", "未认定"


class CollectionBatch(RegionRow):
    """归集批次: one exchange file, by its hash. Importing the same file again finds this row and changes nothing."""

    ref = models.CharField("编号", max_length=32, unique=True, default=new_reference)
    category = models.CharField("类别", max_length=32, choices=category_choices)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, db_constraint=False, verbose_name="归集单位")
    file_name = models.CharField("文件名", max_length=255)
    file_sha256 = models.CharField("文件散列值", max_length=64)
    file_path = models.CharField("存放位置", max_length=255)
    received_at = models.DateTimeField("收到时间")
    received_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="上传人")
    imported_at = models.DateTimeField("入库时间", null=True, blank=True)
    counts = models.JSONField("结果", default=dict)
    about = models.JSONField("文件情况", default=dict)

    class Meta:
        verbose_name = verbose_name_plural = "归集批次"
        constraints = [
            models.UniqueConstraint(fields=["region", "category", "file_sha256"], name="one_batch_a_file"),
        ]


class CollectionRow(RegionRow):
    """One line of a batch with its fate and, for each problem, field, value, reason and remedy."""

    class Outcome(models.TextChoices):
        NEW = "new", "新增"
        SAME = "same", "无变化"
        CHANGED = "changed", "有变化"
        ERROR = "error", "有错误"
        OUT_OF_SCOPE = "out_of_scope", "不在范围"
        DOUBT = "doubt", "待人工确认"

    batch = models.ForeignKey(CollectionBatch, on_delete=models.PROTECT, db_constraint=False, related_name="rows")
    line = models.IntegerField("行号")
    outcome = models.CharField("结果", max_length=16, choices=Outcome)
    record_key = models.CharField(max_length=32, blank=True)
    label = models.CharField("主体与文号", max_length=340, blank=True)
    problems = models.JSONField("问题", default=list)

    class Meta:
        verbose_name = verbose_name_plural = "归集明细"
        constraints = [models.UniqueConstraint(fields=["region", "batch", "line"], name="one_outcome_a_line")]


class FailureRecord(RegionRow):
    """失信信息: one published record in one of nine categories, as last reported by its department.

    Dates are local dates (Asia/Shanghai); `amount_fen` whole 分. `record_key` is the key on the wire (sync.messages).
    `version` counts the states reported to the platforms. `eligible_on` is the stored answer of the Verdict: the first
    day an application is accepted, or NULL when no day can be named; beside it the status, the rule pack it was judged
    by (first 16 hex digits of its hash) and the next day on which the answer may be another.
    """

    class Status(models.TextChoices):
        PUBLISHED = "published", "公示中"
        ENDED = "ended", "已终止公示"
        WITHDRAWN = "withdrawn", "处罚已撤回"

    ref = models.CharField("编号", max_length=32, unique=True, default=new_reference)
    category = models.CharField("类别", max_length=32, choices=category_choices)
    record_key = models.CharField("信息标识", max_length=32)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, db_constraint=False, verbose_name="责任单位")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, verbose_name="信用主体")
    subject_name = models.CharField("主体名称（原件所载）", max_length=200)
    doc_no = models.CharField("决定书文号", max_length=128)
    decided_on = models.DateField("决定日期", null=True)
    published_on = models.DateField("公示日期", null=True)
    listed_on = models.DateField("列入日期", null=True)
    corrected_on = models.DateField("纠正日期", null=True)
    ground = models.CharField("事由", max_length=32, blank=True)
    ground_text = models.TextField("事由（原文）", blank=True)
    penalty_kinds = ArrayField(models.CharField(max_length=32), verbose_name="处罚类别", default=list, blank=True)
    market = models.BooleanField("市场监管领域")
    summary_procedure = models.BooleanField("简易程序", null=True)
    field = models.CharField("领域", max_length=24, blank=True)
    amount_fen = models.BigIntegerField("金额（分）", null=True)
    content = models.TextField("处罚内容", blank=True)
    facts_text = models.TextField("违法事实", blank=True)
    basis_text = models.TextField("依据", blank=True)
    claimed_public_until = models.DateField("来文所称公示截止期", null=True)
    extra = models.JSONField("其他字段", default=dict)
    content_hash = models.CharField(max_length=64)
    severity = models.CharField("失信程度", max_length=8, choices=Severity, default=Severity.UNSET)
    duties_done = models.BooleanField("义务已履行", null=True)
    status = models.CharField("状态", max_length=12, choices=Status, default=Status.PUBLISHED)
    ended_on = models.DateField("终止公示日期", null=True)
    version = models.IntegerField("版本", default=1)
    eligible_on = models.DateField("最早可申请日期", null=True)
    public_until = models.DateField("公示至", null=True)
    eligibility = models.CharField("资格判定", max_length=20, blank=True)
    eligible_pack = models.CharField("规则版本", max_length=16, blank=True)
    judge_again_on = models.DateField("复算日期", null=True)
    batch = models.ForeignKey(
        CollectionBatch, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    decision_file = models.ForeignKey(
        "cases.StoredFile", null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    received_at = models.DateTimeField("收到时间")

    objects = RecordQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "失信信息"
        constraints = [models.UniqueConstraint(fields=["region", "record_key"], name="one_record_a_key")]
        indexes = [
            models.Index(fields=["region", "subject", "status"], name="record_of_subject"),
            models.Index(fields=["region", "department", "decided_on"], name="record_of_department"),
            models.Index(
                fields=["region", "eligible_on", "id"],
                name="record_eligible_by_day",
                condition=models.Q(status="published"),
            ),
            models.Index(
                fields=["region", "judge_again_on"], name="record_judged_again", condition=models.Q(status="published")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_category_display()} {self.doc_no}"


class RecordVersion(RegionRow):
    """What a record said before and after each change: appended, never overwritten."""

    record = models.ForeignKey(FailureRecord, on_delete=models.PROTECT, db_constraint=False, related_name="versions")
    number = models.IntegerField("版本")
    content = models.JSONField("内容")
    content_hash = models.CharField(max_length=64)
    batch = models.ForeignKey(
        CollectionBatch, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "信息版本"
        constraints = [models.UniqueConstraint(fields=["region", "record", "number"], name="one_content_a_version")]


class SeverityChange(RegionRow):
    """认定失信程度: who set the class, when and why. The present value stands on the record."""

    record = models.ForeignKey(FailureRecord, on_delete=models.PROTECT, db_constraint=False, related_name="severities")
    before = models.CharField("原失信程度", max_length=8, choices=Severity)
    after = models.CharField("失信程度", max_length=8, choices=Severity)
    suggested = models.CharField("系统建议", max_length=8, choices=Severity)
    reason = models.CharField("理由", max_length=500)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="认定人")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "失信程度认定"
