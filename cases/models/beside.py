"""The doors beside repair: 异议, 处罚被撤销或变更, 破产重整. None of them is a case; each has its own small table."""

from django.db import models

from cases.models.case import Case
from cases.models.material import StoredFile
from cases.models.record import FailureRecord
from cases.models.subject import Subject
from cases.query import BesideQuerySet
from creditrepair.tenancy.models import Department, RegionRow, User, new_reference


class Objection(RegionRow):
    """信用信息异议: to what is published, for how long, or to how a repair ended; answered once by the unit that decided.

    Independent of an application: it neither stops a case nor waits for one. `due_on` is the stored answer of the
    rules (recomputed), NULL while nobody has told us how long an answer may take (Q2). `paper_ref` names the 异议答复书.
    """

    class Matter(models.TextChoices):
        CONTENT = "content", "公示内容"
        PERIOD = "period", "公示期限"
        RESULT = "result", "修复结果"

    class State(models.TextChoices):
        OPEN = "open", "已提交，待答复"
        ANSWERED = "answered", "已答复"
        WITHDRAWN = "withdrawn", "已撤回"

    class Result(models.TextChoices):
        UPHELD = "upheld", "采纳"
        PARTLY = "partly", "部分采纳"
        REJECTED = "rejected", "不采纳"

    class Channel(models.TextChoices):
        PORTAL = "portal", "网上提出"
        COUNTER = "counter", "窗口代为提出"

    ref = models.CharField("编号", max_length=32, unique=True, default=new_reference)
    objection_no = models.CharField("异议编号", max_length=20)
    form_token = models.CharField(max_length=64)
    record = models.ForeignKey(
        FailureRecord, on_delete=models.PROTECT, db_constraint=False, related_name="objections", verbose_name="失信信息"
    )
    case = models.ForeignKey(
        Case, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="objections", verbose_name="案件"
    )
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, verbose_name="信用主体")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, db_constraint=False, verbose_name="答复单位")
    matter = models.CharField("异议事项", max_length=8, choices=Matter)
    request = models.CharField("请求", max_length=200)
    text = models.TextField("事实和理由")
    agent_name = models.CharField("经办人", max_length=50)
    agent_phone = models.CharField("联系电话", max_length=20)
    channel = models.CharField("途径", max_length=8, choices=Channel)
    authority = models.JSONField("代办依据", default=dict, blank=True)
    filed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="提交人")
    filed_at = models.DateTimeField("提出时间")
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
    due_on = models.DateField("答复期限", null=True)
    result = models.CharField("答复结果", max_length=8, choices=Result, blank=True)
    findings = models.JSONField("核查情况", default=list, blank=True)
    measures = models.CharField("更正措施", max_length=500, blank=True)
    settled_at = models.DateTimeField("办结时间", null=True)
    settled_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="办结人")
    withdrawn_reason = models.CharField("撤回原因", max_length=200, blank=True)
    paper_ref = models.CharField("答复书", max_length=32, blank=True)

    objects = BesideQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "信用信息异议"
        constraints = [
            models.UniqueConstraint(fields=["region", "form_token"], name="one_objection_a_form"),
            models.UniqueConstraint(fields=["region", "objection_no"], name="one_objection_a_number"),
            models.UniqueConstraint(
                fields=["region", "record", "matter"],
                condition=models.Q(state="open"),
                name="one_open_objection_a_matter",
            ),
            models.CheckConstraint(
                condition=models.Q(state="answered", settled_at__isnull=False, settled_by__isnull=False)
                & ~models.Q(result="")
                & ~models.Q(paper_ref="")
                | models.Q(state="withdrawn", settled_at__isnull=False, result="")
                | models.Q(state="open", settled_at__isnull=True, result=""),
                name="objection_answered_by_somebody",
            ),
            models.CheckConstraint(
                condition=~models.Q(channel="counter") | ~models.Q(authority={}), name="objection_needs_authority"
            ),
        ]
        indexes = [
            # the unit's list: what waits for an answer, nearest day first
            models.Index(
                fields=["region", "department", "due_on", "id"],
                name="objection_open",
                condition=models.Q(state="open"),
            ),
            models.Index(fields=["region", "subject", "-filed_at"], name="objection_of_subject"),
        ]

    def __str__(self) -> str:
        return self.objection_no


class ObjectionFile(RegionRow):
    """What was handed in with an objection."""

    objection = models.ForeignKey(Objection, on_delete=models.PROTECT, db_constraint=False, related_name="files")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, db_constraint=False, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "异议材料"
        constraints = [models.UniqueConstraint(fields=["region", "objection", "file"], name="one_file_an_objection")]


class PenaltyWithdrawal(RegionRow):
    """处罚被撤销或变更: the decision itself fell. No repair: the record goes with its own reason once its unit confirms.

    `due_on` by the rule on annulled decisions (行政处罚法 art. 48), NULL where no rule that we know names a day.
    """

    class Kind(models.TextChoices):
        ANNULLED = "annulled", "被撤销"
        CHANGED = "changed", "被变更"
        UNLAWFUL = "unlawful", "被确认违法"
        VOID = "void", "被确认无效"

    class By(models.TextChoices):
        RECONSIDERATION = "review", "行政复议机关"
        COURT = "court", "人民法院"
        ITSELF = "itself", "作出决定的机关自行"
        SUPERIOR = "superior", "上级机关"

    class State(models.TextChoices):
        REPORTED = "reported", "已申报，待责任单位确认"
        CONFIRMED = "confirmed", "已确认，信息已撤回"
        DECLINED = "declined", "未予确认"

    ref = models.CharField("编号", max_length=32, unique=True, default=new_reference)
    report_no = models.CharField("申报编号", max_length=20)
    record = models.ForeignKey(
        FailureRecord,
        on_delete=models.PROTECT,
        db_constraint=False,
        related_name="withdrawals",
        verbose_name="失信信息",
    )
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, verbose_name="信用主体")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, db_constraint=False, verbose_name="责任单位")
    kind = models.CharField("情形", max_length=8, choices=Kind)
    by = models.CharField("由谁作出", max_length=8, choices=By)
    organ = models.CharField("作出机关", max_length=50)
    paper_no = models.CharField("文书文号", max_length=128)
    decided_on = models.DateField("文书日期")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    note = models.CharField("说明", max_length=500, blank=True)
    agent_name = models.CharField("经办人", max_length=50, blank=True)
    agent_phone = models.CharField("联系电话", max_length=20, blank=True)
    by_subject = models.BooleanField("由信用主体申报")
    reported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="申报人")
    reported_at = models.DateTimeField("申报时间")
    due_on = models.DateField("撤回期限", null=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.REPORTED)
    settled_at = models.DateTimeField("办结时间", null=True)
    settled_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="办结人")
    settled_reason = models.CharField("理由", max_length=500, blank=True)

    objects = BesideQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "处罚撤销变更"
        constraints = [
            models.UniqueConstraint(fields=["region", "report_no"], name="one_withdrawal_a_number"),
            models.UniqueConstraint(
                fields=["region", "record"],
                condition=models.Q(state__in=["reported", "confirmed"]),
                name="one_withdrawal_a_record",
            ),
            models.CheckConstraint(
                condition=models.Q(state="reported", settled_at__isnull=True)
                | (~models.Q(state="reported") & models.Q(settled_at__isnull=False, settled_by__isnull=False)),
                name="withdrawal_settled_by_somebody",
            ),
        ]
        indexes = [
            models.Index(
                fields=["region", "department", "due_on", "id"],
                name="withdrawal_open",
                condition=models.Q(state="reported"),
            ),
            models.Index(fields=["region", "subject", "-reported_at"], name="withdrawal_of_subject"),
        ]

    def __str__(self) -> str:
        return self.report_no


class Restructuring(RegionRow):
    """破产重整: from the court's ruling on a plan over temporary shielding of one record to its final repair.

    Every move rests on a paper from outside, kept as a step; what the law leaves open (the final part, who decides) is
    待核实 and an officer's to judge.
    """

    class State(models.TextChoices):
        RULED = "ruled", "已登记裁定，待决定临时屏蔽"
        SHIELDED = "shielded", "临时修复中，暂停公示"
        FINAL = "final", "已最终修复"
        RESUMED = "resumed", "重整计划未执行，已恢复公示"
        DECLINED = "declined", "不予临时屏蔽"

    ref = models.CharField("编号", max_length=32, unique=True, default=new_reference)
    record = models.ForeignKey(
        FailureRecord, on_delete=models.PROTECT, db_constraint=False, related_name="restructurings"
    )
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, verbose_name="信用主体")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, db_constraint=False, verbose_name="责任单位")
    court = models.CharField("人民法院", max_length=50)
    court_no = models.CharField("案号", max_length=128)
    plan = models.CharField(
        "裁定事项", max_length=12, choices=(("plan", "批准重整计划"), ("settlement", "认可和解协议"))
    )
    ruled_on = models.DateField("裁定日期")
    state = models.CharField("状态", max_length=10, choices=State, default=State.RULED)
    opened_at = models.DateTimeField("登记时间")
    moved_at = models.DateTimeField("最近进展")

    objects = BesideQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "破产重整"
        constraints = [
            models.UniqueConstraint(
                fields=["region", "record"],
                condition=models.Q(state__in=["ruled", "shielded"]),
                name="one_restructuring_a_record",
            ),
        ]
        indexes = [
            models.Index(fields=["region", "department", "state", "id"], name="restructuring_of_unit"),
            models.Index(fields=["region", "subject"], name="restructuring_of_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.court} {self.court_no}"


class RestructuringStep(RegionRow):
    """破产重整环节: what happened, on which paper of whom, recorded by whom. Appended, never changed."""

    class What(models.TextChoices):
        RULED = "ruled", "登记法院裁定"
        SHIELDED = "shielded", "临时修复，暂停公示"
        FINAL = "final", "法院认定执行完毕，最终修复"
        RESUMED = "resumed", "恢复公示"
        DECLINED = "declined", "不予临时屏蔽"

    track = models.ForeignKey(Restructuring, on_delete=models.PROTECT, db_constraint=False, related_name="steps")
    what = models.CharField("事项", max_length=10, choices=What)
    organ = models.CharField("依据机关", max_length=50, blank=True)
    paper_no = models.CharField("依据文书", max_length=128, blank=True)
    decided_on = models.DateField("文书日期", null=True)
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    note = models.CharField("意见", max_length=500, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="办理人")
    at = models.DateTimeField("办理时间")

    class Meta:
        verbose_name = verbose_name_plural = "破产重整环节"
        constraints = [models.UniqueConstraint(fields=["region", "track", "what"], name="one_step_a_move")]
