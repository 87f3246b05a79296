"""Delivery (one message to one target), Attempt (each try of it), and the state of each target's lane."""

from django.db import models

from creditrepair.tenancy.models import RegionRow


class Delivery(RegionRow):
    """推送. Written in the deciding transaction; `body` are the bytes sent in every try, made once.

    queued → sent (a try left us, outcome may be unknown) → acked (the platform confirmed this message number) →
    verified (read back). Side states: unknown, parked, disagreed, superseded. All due times come from the database's
    clock. `thing` is the public reference of what the message is about, a string: sync never imports cases.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "待推送"
        SENT = "sent", "已发出，等待对方确认"
        ACKED = "acked", "对方已接收，待核验"
        VERIFIED = "verified", "已核验"
        UNKNOWN = "unknown", "结果未知，正在核对"
        PARKED = "parked", "需人工处理"
        DISAGREED = "disagreed", "平台显示不一致"
        SUPERSEDED = "superseded", "已由新版本替代"

    target = models.CharField("目标", max_length=32)
    kind = models.CharField("种类", max_length=8)
    key = models.CharField("业务键", max_length=64)
    message_no = models.CharField("报文编号", max_length=40, unique=True)
    record_key = models.CharField("信息标识", max_length=32, blank=True)
    thing_kind = models.CharField(max_length=16)
    thing = models.CharField("对象", max_length=32)
    version = models.IntegerField("版本")
    expect = models.CharField("应见", max_length=12)
    body = models.BinaryField("报文")
    state = models.CharField("状态", max_length=12, choices=State, default=State.QUEUED)
    queued_at = models.DateTimeField("生成时间")
    due_at = models.DateTimeField("下次处理")
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    tries = models.IntegerField("尝试次数", default=0)
    acked_at = models.DateTimeField("确认时间", null=True)
    verified_at = models.DateTimeField("核验时间", null=True)
    verified_how = models.CharField("核验方式", max_length=12, blank=True)
    looked_at = models.DateTimeField("最近查看", null=True)
    last_error = models.CharField("最近问题", max_length=500, blank=True)
    done_at = models.DateTimeField("办结时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "推送"
        constraints = [models.UniqueConstraint(fields=["region", "target", "key"], name="one_delivery_a_key")]
        indexes = [
            models.Index(fields=["target", "id"], name="delivery_open", condition=models.Q(done_at__isnull=True)),
            models.Index(
                fields=["target", "record_key", "version"],
                name="delivery_of_record_open",
                condition=models.Q(done_at__isnull=True),
            ),
            models.Index(fields=["region", "thing_kind", "thing"], name="delivery_of_thing"),
            models.Index(fields=["region", "record_key"], name="delivery_of_record"),
        ]

    def __str__(self) -> str:
        return self.message_no


class Attempt(RegionRow):
    """推送尝试: one exchange with the platform about a delivery (`send`, `ask` by number, or `look`)."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, db_constraint=False, related_name="attempts")
    what = models.CharField("动作", max_length=8)
    at = models.DateTimeField("时间")
    milliseconds = models.IntegerField("耗时（毫秒）")
    status = models.IntegerField("状态码", null=True)
    outcome = models.CharField("结果", max_length=16)
    detail = models.CharField("说明", max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "推送尝试"
        indexes = [models.Index(fields=["region", "delivery", "at"], name="attempt_of_delivery")]


class Lane(models.Model):
    """The lane of one target: stopped by a refused credential or by hand (kill switch), never by one bad message."""

    target = models.CharField(primary_key=True, max_length=32)
    stopped_at = models.DateTimeField("停止时间", null=True)
    reason = models.CharField("原因", max_length=500, blank=True)
    failures = models.IntegerField("连续失败", default=0)
    rest_until = models.DateTimeField("暂歇至", null=True)
    last_ok_at = models.DateTimeField("最近成功", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "推送通道"
