"""What the applicant answers the offices: 好差评 after the end, and which papers and messages the firm has seen."""

from django.db import models

from cases.models.application import Application
from cases.models.subject import Subject
from creditrepair.tenancy.models import RegionRow, User, new_reference


class Rating(RegionRow):
    """好差评. `number` 1 is the rating, 2 the one re-rating after a bad one was remedied; neither is ever changed."""

    class Grade(models.IntegerChoices):
        VERY_GOOD = 5, "非常满意"
        GOOD = 4, "满意"
        FAIR = 3, "基本满意"
        BAD = 2, "不满意"
        VERY_BAD = 1, "非常不满意"

    class Channel(models.TextChoices):
        ONLINE = "online", "网上"
        COUNTER = "counter", "窗口"

    ref = models.CharField("编号", max_length=32, unique=True, default=new_reference)
    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, db_constraint=False, related_name="ratings", verbose_name="申请"
    )
    number = models.IntegerField("次数")
    grade = models.IntegerField("评价", choices=Grade)
    channel = models.CharField("途径", max_length=8, choices=Channel)
    tags = models.JSONField("方面", default=list)
    text = models.CharField("意见", max_length=500, blank=True)
    rated_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="评价人")
    rated_at = models.DateTimeField("评价时间")

    class Meta:
        verbose_name = verbose_name_plural = "好差评"
        constraints = [
            models.UniqueConstraint(fields=["region", "application", "number"], name="one_rating_a_number"),
            models.CheckConstraint(condition=models.Q(number__in=[1, 2]), name="rated_once_and_once_again"),
            models.CheckConstraint(condition=models.Q(grade__range=(1, 5)), name="rating_of_five_grades"),
        ]
        indexes = [models.Index(fields=["region", "-rated_at", "-id"], name="rating_latest")]


class InboxMark(RegionRow):
    """收件箱: that somebody of the firm has read a paper or a message, or has confirmed its receipt. Never taken back."""

    class What(models.TextChoices):
        PAPER = "paper", "文书"
        MESSAGE = "message", "短信"

    class Mark(models.TextChoices):
        READ = "read", "已读"
        RECEIVED = "received", "已签收"

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, verbose_name="信用主体")
    what = models.CharField("种类", max_length=8, choices=What)
    thing = models.CharField("对象", max_length=40)
    mark = models.CharField("标记", max_length=8, choices=Mark)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="标记人")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "收件标记"
        constraints = [
            models.UniqueConstraint(fields=["region", "subject", "what", "thing", "mark"], name="one_mark_a_thing")
        ]
