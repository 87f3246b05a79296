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
    """归集批次: one exchange file, by its hash. Importing the same file again finds this row and changes nothing.

    A row typed into the form or sent by a machine client is a batch of its own. `position` of `total` lines are done in
    the present stage; `mapping` is file header → field as a person confirmed it; `confirmed` the lines whose doubt a
    person settled; `tally` what timeliness and accuracy are counted from. `stock`: 存量, collected before the region
    began to count timeliness.
    """

    class Way(models.TextChoices):
        FILE = "file", "文件"
        FORM = "form", "单条录入"
        API = "api", "接口"

    class Stage(models.TextChoices):
        RECEIVED = "received", "已收到，待检查"
        CHECKED = "checked", "已试运行，待入库"
        ASKED = "asked", "排队入库"
        IMPORTED = "imported", "已入库"
        FAILED = "failed", "未能处理"
        TAKEN_BACK = "taken_back", "已撤回"

    ref = models.CharField("编号", max_length=32, unique=True, default=new_reference)
    category = models.CharField("类别", max_length=32, choices=category_choices)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, db_constraint=False, verbose_name="归集单位")
    file_name = models.CharField("文件名", max_length=255)
    file_sha256 = models.CharField("文件散列值", max_length=64)
    file_path = models.CharField("存放位置", max_length=255)
    received_at = models.DateTimeField("收到时间")
    received_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="上传人")
    way = models.CharField("来源", max_length=4, choices=Way, default=Way.FILE)
    stock = models.BooleanField("存量数据", default=False)
    stage = models.CharField("进展", max_length=12, choices=Stage, default=Stage.CHECKED)
    position = models.IntegerField("已处理行数", default=0)
    total = models.IntegerField("总行数", default=0)
    moved_at = models.DateTimeField("最近进展", null=True, blank=True)
    mapping = models.JSONField("列对应", default=dict, blank=True)
    confirmed = models.JSONField("已确认的行", default=list, blank=True)
    problem = models.CharField("问题", max_length=500, blank=True)
    imported_at = models.DateTimeField("入库时间", null=True, blank=True)
    imported_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="入库人")
    taken_back_at = models.DateTimeField("撤回时间", null=True, blank=True)
    taken_back_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="撤回人"
    )
    taken_back_reason = models.CharField("撤回原因", max_length=500, blank=True)
    counts = models.JSONField("结果", default=dict)
    tally = models.JSONField("质量", default=dict, blank=True)
    about = models.JSONField("文件情况", default=dict)

    class Meta:
        verbose_name = verbose_name_plural = "归集批次"
        constraints = [
            models.UniqueConstraint(
                fields=["region", "category", "file_sha256"],
                condition=models.Q(taken_back_at__isnull=True),
                name="one_batch_a_file",
            ),
        ]
        indexes = [
            models.Index(
                fields=["region", "id"], name="batch_waiting", condition=models.Q(stage__in=["received", "asked"])
            ),
            models.Index(fields=["region", "department", "received_at"], name="batch_received"),
        ]


class ColumnMap(RegionRow):
    """列对应关系: which field each header of a department's files means, kept once a person has confirmed it."""

    department = models.ForeignKey(Department, on_delete=models.PROTECT, db_constraint=False, verbose_name="归集单位")
    category = models.CharField("类别", max_length=32, choices=category_choices)
    headers_sha256 = models.CharField("表头散列值", max_length=64)
    headers = models.JSONField("表头", default=list)
    mapping = models.JSONField("列对应", default=dict)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="确认人")
    set_at = models.DateTimeField("确认时间")

    class Meta:
        verbose_name = verbose_name_plural = "列对应关系"
        constraints = [
            models.UniqueConstraint(
                fields=["region", "department", "category", "headers_sha256"], name="one_map_a_header"
            ),
        ]


class DeclaredCount(RegionRow):
    """应归集数: how many decisions a department says it made in a month and category. The latest number counts."""

    department = models.ForeignKey(Department, on_delete=models.PROTECT, db_constraint=False, verbose_name="申报单位")
    category = models.CharField("类别", max_length=32, choices=category_choices)
    month = models.DateField("月份")
    number = models.IntegerField("版本")
    count = models.IntegerField("应归集数")
    note = models.CharField("说明", max_length=200, blank=True)
    declared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="申报人")
    declared_at = models.DateTimeField("申报时间")

    class Meta:
        verbose_name = verbose_name_plural = "应归集数"
        constraints = [
            models.UniqueConstraint(
                fields=["region", "department", "category", "month", "number"], name="one_count_a_number"
            ),
            models.CheckConstraint(condition=models.Q(count__gte=0), name="count_of_none_or_more"),
        ]


class DecisionBundle(RegionRow):
    """决定书压缩包: one ZIP of decision documents, and what became of each file in it (matched by document number).

    The same ZIP may come again once its missing records are there: each `attempt` keeps its own results.
    """

    ref = models.CharField("编号", max_length=32, unique=True, default=new_reference)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, db_constraint=False, verbose_name="归集单位")
    file_name = models.CharField("文件名", max_length=255)
    file_sha256 = models.CharField("文件散列值", max_length=64)
    attempt = models.IntegerField("第几次", default=1)
    received_at = models.DateTimeField("收到时间")
    received_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="上传人")
    results = models.JSONField("结果", default=list)

    class Meta:
        verbose_name = verbose_name_plural = "决定书压缩包"
        constraints = [
            models.UniqueConstraint(
                fields=["region", "department", "file_sha256", "attempt"], name="one_bundle_an_attempt"
            ),
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
    by (first 16 hex digits of its hash) and the next day on which the answer may be another. `certain_on` is the first
    day on which every reading accepts an application (what reminders tell), `certain_moved_on` when it last became another. `late_by` counts the working
    days past the rule's time for reporting (0 in time), NULL where no rule or no decision day says.
    """

    class Status(models.TextChoices):
        PUBLISHED = "published", "公示中"
        ENDED = "ended", "已终止公示"
        WITHDRAWN = "withdrawn", "处罚已撤回"
        TAKEN_BACK = "taken_back", "归集已撤回"
        SHIELDED = "shielded", "暂停公示（破产重整）"

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
    certain_on = models.DateField("确定可申请之日", null=True)
    certain_moved_on = models.DateField("确定可申请之日的变动日", null=True)
    batch = models.ForeignKey(
        CollectionBatch, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    decision_file = models.ForeignKey(
        "cases.StoredFile", null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    received_at = models.DateTimeField("收到时间")
    stock = models.BooleanField("存量数据", default=False)
    late_by = models.IntegerField("迟报工作日", null=True)

    objects = RecordQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "失信信息"
        constraints = [models.UniqueConstraint(fields=["region", "record_key"], name="one_record_a_key")]
        indexes = [
            models.Index(fields=["region", "subject", "status"], name="record_of_subject"),
            models.Index(fields=["region", "department", "decided_on"], name="record_of_department"),
            models.Index(fields=["region", "department", "received_at"], name="record_received"),
            # the number on a decision, as it is read from the paper at the counter
            models.Index(fields=["region", "doc_no"], name="record_by_document"),
            models.Index(
                fields=["region", "department", "listed_on"],
                name="record_listed",
                condition=models.Q(decided_on__isnull=True),
            ),
            models.Index(
                fields=["region", "eligible_on", "id"],
                name="record_eligible_by_day",
                condition=models.Q(status="published"),
            ),
            models.Index(
                fields=["region", "judge_again_on"], name="record_judged_again", condition=models.Q(status="published")
            ),
            models.Index(
                fields=["region", "certain_on"], name="record_certain_by_day", condition=models.Q(status="published")
            ),
            models.Index(
                fields=["region", "certain_moved_on"], name="record_moved", condition=models.Q(status="published")
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
