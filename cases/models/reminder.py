"""到期提醒: who was told of the first day, how, and who still has to be told by a person."""

from django.db import models

from cases.models.record import FailureRecord
from cases.models.subject import Subject
from creditrepair.tenancy.models import Department, RegionRow, User, new_reference


class Occasion(models.TextChoices):
    SOON = "soon", "即将可以申请"
    TODAY = "today", "已经可以申请"


class ReminderRun(RegionRow):
    """一天的到期提醒: one a day. `since` is the day the last finished run had reached: what lies behind it is not asked again.

    The lines without a reminder are what is left to do; whoever looks goes on with them. `counts` by fate.
    """

    ref = models.CharField("编号", max_length=32, unique=True, default=new_reference)
    day = models.DateField("日期")
    since = models.DateField("上次执行到")
    counts = models.JSONField("结果", default=dict)
    started_at = models.DateTimeField("开始时间")
    marked_at = models.DateTimeField("选定时间", null=True)
    moved_at = models.DateTimeField("最近进展", null=True)
    finished_at = models.DateTimeField("完成时间", null=True)
    cut_short = models.BooleanField("未完成，由次日接续", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "到期提醒执行"
        constraints = [models.UniqueConstraint(fields=["region", "day"], name="one_reminder_run_a_day")]

    @property
    def changed(self) -> int:
        """Records that were marked and no longer fitted when they were judged anew."""
        return int(self.counts.get("gone", 0)) + int(self.counts.get("unsure", 0))

    @property
    def unfit(self) -> int:
        return self.changed + sum(int(self.counts.get(fate, 0)) for fate in ("under_way", "officer"))


class Reminder(RegionRow):
    """告知: one firm told once of records with one first day, by a short message or, where none arrives, by a person.

    `settled_at` is empty while a person has to tell it. `department` is the unit of its records, empty where they are of
    several: then the hall tells it. `message_no` names the short message.
    """

    class Way(models.TextChoices):
        SMS = "sms", "短信"
        PERSON = "person", "人工告知"

    class Why(models.TextChoices):
        NO_NUMBER = "no_number", "没有登记手机号码"
        LANDLINE = "landline", "登记的是固定电话"
        FULL = "full", "该号码近日提醒已满"
        UNWRITTEN = "unwritten", "短信内容不完整，未能发送"
        NOT_DELIVERED = "undelivered", "短信未能送达"

    class End(models.TextChoices):
        QUEUED = "queued", "已安排短信"
        TOLD = "told", "已告知"
        GONE = "gone", "不再需要告知"

    ref = models.CharField("编号", max_length=32, unique=True, default=new_reference)
    run = models.ForeignKey(ReminderRun, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, verbose_name="信用主体")
    subject_name = models.CharField("主体名称", max_length=200)
    department = models.ForeignKey(
        Department, null=True, on_delete=models.PROTECT, db_constraint=False, verbose_name="责任单位"
    )
    occasion = models.CharField("时机", max_length=5, choices=Occasion)
    first_on = models.DateField("最早可申请日期")
    count = models.IntegerField("信息条数")
    phone = models.CharField("联系电话", max_length=20, blank=True)
    way = models.CharField("方式", max_length=6, choices=Way)
    why = models.CharField("人工告知的原因", max_length=12, choices=Why, blank=True)
    message_no = models.CharField("短信编号", max_length=40, blank=True)
    at = models.DateTimeField("产生时间")
    settled_at = models.DateTimeField("办结时间", null=True)
    settled_how = models.CharField("结果", max_length=6, choices=End, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "到期告知"
        indexes = [
            models.Index(
                fields=["region", "first_on", "id"],
                name="reminder_to_tell",
                condition=models.Q(settled_at__isnull=True),
            ),
            models.Index(fields=["region", "subject"], name="reminder_of_subject"),
            models.Index(fields=["region", "settled_at"], name="reminder_settled", condition=models.Q(way="person")),
        ]

    def __str__(self) -> str:
        return self.ref


class ReminderLine(RegionRow):
    """One record on one occasion, marked once: the unique key is what nobody is told twice by.

    `reminder` is empty between the statement that marks a day and the portion that tells it. `released`: it no longer counts
    among what the firm has to be told, though it was on the list or in a message that had not left.
    """

    run = models.ForeignKey(ReminderRun, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    record = models.ForeignKey(FailureRecord, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    occasion = models.CharField("时机", max_length=5, choices=Occasion)
    first_on = models.DateField("最早可申请日期")
    reminder = models.ForeignKey(
        Reminder, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="lines"
    )
    released = models.BooleanField("不再需要告知", default=False, db_default=False)

    class Meta:
        verbose_name = verbose_name_plural = "到期告知明细"
        constraints = [
            models.UniqueConstraint(fields=["region", "record", "first_on", "occasion"], name="told_once_an_occasion"),
        ]
        indexes = [
            models.Index(fields=["region", "reminder"], name="line_of_reminder"),
            models.Index(
                fields=["region", "run", "subject", "id"],
                name="line_to_tell",
                condition=models.Q(reminder__isnull=True),
            ),
        ]


class ReminderContact(RegionRow):
    """联系记录: who spoke to whom, how, when and with what result. Appended, never changed."""

    class Way(models.TextChoices):
        PHONE = "phone", "打电话"
        FACE = "face", "当面告知"
        OTHER = "other", "其他方式"

    class Outcome(models.TextChoices):
        TOLD = "told", "已告知"
        NO_ANSWER = "no_answer", "无人接听"
        WRONG_NUMBER = "wrong", "号码有误"
        NOT_FOUND = "not_found", "联系不上"

    reminder = models.ForeignKey(Reminder, on_delete=models.PROTECT, db_constraint=False, related_name="contacts")
    way = models.CharField("方式", max_length=6, choices=Way)
    outcome = models.CharField("结果", max_length=10, choices=Outcome)
    receiver = models.CharField("接听人或被告知人", max_length=50, blank=True)
    phone = models.CharField("联系电话", max_length=20, blank=True)
    note = models.CharField("说明", max_length=200, blank=True)
    told_on = models.DateField("联系日期")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="联系人")
    at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "联系记录"
        indexes = [models.Index(fields=["region", "reminder", "-id"], name="contact_of_reminder")]
