"""The service hall: numbers drawn at its entrance, filings being typed at a window, and advice that was given."""

from django.db import models

from cases.models.subject import Subject
from creditrepair.tenancy.models import RegionRow, User, new_reference


class QueueTicket(RegionRow):
    """叫号: one number of one day. It names a purpose, never a person; a subject's code only where the visitor gave one.

    `queued_at` orders the queue: who missed the call and comes back joins its end. `application_ref` says what came of it.
    """

    class Purpose(models.TextChoices):
        REPAIR = "repair", "信用修复申请"
        CORRECTION = "correction", "补正、领取文书"
        ADVICE = "advice", "咨询"
        OBJECTION = "objection", "异议申诉"

    class State(models.TextChoices):
        WAITING = "waiting", "等候中"
        CALLED = "called", "已叫号"
        SERVING = "serving", "办理中"
        DONE = "done", "已办完"
        LEFT = "left", "过号"

    ref = models.CharField(max_length=32, unique=True, default=new_reference)
    day = models.DateField("日期")
    number = models.CharField("号码", max_length=8)
    purpose = models.CharField("事项", max_length=12, choices=Purpose)
    subject_code = models.CharField("统一社会信用代码", max_length=64, blank=True)
    state = models.CharField("状态", max_length=8, choices=State, default=State.WAITING)
    issued_at = models.DateTimeField("取号时间")
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="取号人员")
    queued_at = models.DateTimeField("排队时间")
    window = models.CharField("窗口", max_length=40, blank=True)
    clerk = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="窗口人员")
    called_at = models.DateTimeField("叫号时间", null=True)
    serving_at = models.DateTimeField("开始办理", null=True)
    ended_at = models.DateTimeField("结束时间", null=True)
    application_ref = models.CharField("形成的申请", max_length=32, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "排队号"
        constraints = [
            models.UniqueConstraint(fields=["region", "day", "number"], name="one_number_a_day"),
            models.UniqueConstraint(
                fields=["region", "clerk"],
                condition=models.Q(state__in=["called", "serving"]),
                name="one_visitor_a_clerk",
            ),
            models.CheckConstraint(
                condition=models.Q(state="waiting") | models.Q(clerk__isnull=False), name="called_by_somebody"
            ),
        ]
        indexes = [
            # the next one, and how many wait
            models.Index(
                fields=["region", "day", "queued_at", "id"],
                name="ticket_waiting",
                condition=models.Q(state="waiting"),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CounterDraft(RegionRow):
    """代为提交 in hand: authority first, then what was typed. One clerk's, of one day; ends with the day or the hand-in.

    `ref` is the form token of the filing it becomes. `content` holds form fields by name as lists of strings; `files` by
    field what was uploaded (uuid, name); `paper` day, time and reason of a form filled in by hand ({} if there is none).
    """

    ref = models.CharField(max_length=32, unique=True, default=new_reference)
    clerk = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="窗口人员")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, verbose_name="信用主体")
    day = models.DateField("日期")
    window = models.CharField("窗口", max_length=40, blank=True)
    authority = models.JSONField("代办依据")
    evidence = models.JSONField("依据材料", default=list)
    content = models.JSONField("已填内容", default=dict)
    files = models.JSONField("已上传文件", default=dict)
    paper = models.JSONField("纸质申请", default=dict)
    ticket_ref = models.CharField("排队号", max_length=32, blank=True)
    advice_ref = models.CharField("咨询", max_length=32, blank=True)
    saved_at = models.DateTimeField("保存时间")
    application_ref = models.CharField("形成的申请", max_length=32, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "窗口代办草稿"
        indexes = [models.Index(fields=["region", "day", "clerk"], name="counter_draft_of_day")]


class Advice(RegionRow):
    """咨询: what was asked at the window and what was answered; for whom where the visitor said so. Never rewritten."""

    ref = models.CharField(max_length=32, unique=True, default=new_reference)
    day = models.DateField("日期")
    clerk = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="答复人")
    window = models.CharField("窗口", max_length=40, blank=True)
    subject_code = models.CharField("统一社会信用代码", max_length=64, blank=True)
    asked = models.TextField("咨询内容")
    answered = models.TextField("答复内容")
    at = models.DateTimeField("时间")
    ticket_ref = models.CharField("排队号", max_length=32, blank=True)
    application_ref = models.CharField("形成的申请", max_length=32, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "窗口咨询"
        indexes = [models.Index(fields=["region", "clerk", "-at"], name="advice_of_clerk")]
