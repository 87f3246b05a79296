"""Delivery (one message to one target), Attempt (each try of it), and the state of each target's lane."""

from django.db import models

from creditrepair.tenancy.models import RegionRow, User, new_reference


class DeliveryExport(RegionRow):
    """导出报文: queued messages of a platform without interface, written to a file that an officer carries over."""

    ref = models.CharField("编号", max_length=32, unique=True, default=new_reference)
    target = models.CharField("目标", max_length=32)
    file_format = models.CharField("格式", max_length=4)
    file_sha256 = models.CharField("文件散列值", max_length=64)
    count = models.IntegerField("报文数")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="导出人")
    made_at = models.DateTimeField("导出时间")

    class Meta:
        verbose_name = verbose_name_plural = "导出报文"


class Delivery(RegionRow):
    """推送. Written in the deciding transaction; `body` are the bytes sent in every try, made once.

    queued → sent (a try left us, outcome may be unknown) → acked (the platform confirmed this message number) →
    verified (read back). Side states: unknown, parked, disagreed, superseded. All due times come from the database's
    clock. `thing` is the public reference of what the message is about, a string: sync never imports cases.
    Short messages: `phone_hash` (keyed) counts them per number, `receipt` is the gateway's last word on them. Without
    an interface an officer exports the message, enters the receipt (`officer`) and the proof of what was seen.
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
    phone_hash = models.CharField("号码标识", max_length=64, blank=True)
    receipt = models.CharField("网关回执", max_length=20, blank=True)
    export = models.ForeignKey(
        DeliveryExport, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="deliveries"
    )
    officer = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="登记人")
    officer_note = models.CharField("登记说明", max_length=500, blank=True)
    proof_path = models.CharField("核验截图", max_length=255, blank=True)
    proof_sha256 = models.CharField("截图散列值", max_length=64, blank=True)

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
            models.Index(
                fields=["region", "phone_hash", "queued_at"],
                name="delivery_of_phone",
                condition=~models.Q(phone_hash=""),
            ),
            # which messages with codes are still to be emptied? (sync.sms.forget_codes)
            models.Index(
                fields=["queued_at"],
                name="delivery_with_code",
                condition=models.Q(thing_kind="code") & ~models.Q(body=b""),
            ),
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


class RegionLane(RegionRow):
    """本地区的通道: whether a region's messages to one target go by interface or by file, and its own kill switch."""

    class Mode(models.TextChoices):
        API = "api", "接口推送"
        FILE = "file", "导出文件，人工报送"

    target = models.CharField("目标", max_length=32)
    mode = models.CharField("方式", max_length=4, choices=Mode, default=Mode.API)
    stopped_at = models.DateTimeField("停止时间", null=True)
    stopped_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="停止人")
    reason = models.CharField("原因", max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "本地区的推送通道"
        constraints = [models.UniqueConstraint(fields=["region", "target"], name="one_lane_a_region")]


class FeedCursor(models.Model):
    """How far a target's feed (`changes`, `applications`) has been read; `full_needed` after a cursor grew too old."""

    target = models.CharField("目标", max_length=32)
    feed = models.CharField("来源", max_length=16)
    cursor = models.CharField(max_length=200, blank=True)
    read_at = models.DateTimeField("最近读取", null=True)
    tried_at = models.DateTimeField("最近尝试", null=True)
    failures = models.IntegerField("连续失败", default=0)
    last_error = models.CharField("最近问题", max_length=500, blank=True)
    full_needed = models.BooleanField("需全量核对", default=False)
    unknown = models.IntegerField("不属于本系统的条数", default=0)
    last_unknown = models.CharField("最近一条不属于本系统的", max_length=64, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "变更读取进度"
        constraints = [models.UniqueConstraint(fields=["target", "feed"], name="one_cursor_a_feed")]


class InboundChange(RegionRow):
    """平台变更: one item of a platform's change feed about a record of this region, taken in once, with its fate.

    `seen_*` is what the platform's own query said of the record afterwards: nothing is believed of a feed alone.
    """

    class Fate(models.TextChoices):
        NEW = "new", "待处理"
        OURS = "ours", "本系统推送的回声"
        KNOWN = "known", "与登记一致"
        MIRRORED = "mirrored", "已互认并推送另一平台"
        PERSON = "person", "转人工处理"
        OLDER = "older", "旧于登记，未采用"

    target = models.CharField("平台", max_length=32)
    seq = models.CharField("序号", max_length=64)
    record_key = models.CharField("信息标识", max_length=32)
    thing = models.CharField("失信信息", max_length=32, blank=True)
    change = models.CharField("变更", max_length=12)
    version = models.IntegerField("版本")
    at = models.DateTimeField("变更时间")
    by = models.CharField("变更单位", max_length=100, blank=True)
    organ = models.CharField("决定机关", max_length=100, blank=True)
    paper = models.CharField("文书", max_length=200, blank=True)
    decided_on = models.DateField("决定日期", null=True)
    seen_at = models.DateTimeField("复核时间", null=True)
    seen_status = models.CharField("复核所见", max_length=12, blank=True)
    seen_version = models.IntegerField("复核版本", null=True)
    received_at = models.DateTimeField("收到时间")
    handled_at = models.DateTimeField("处理时间", null=True)
    fate = models.CharField("处理结果", max_length=12, choices=Fate, default=Fate.NEW)
    detail = models.CharField("说明", max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "平台变更"
        constraints = [models.UniqueConstraint(fields=["region", "target", "seq"], name="one_change_a_number")]
        indexes = [
            models.Index(fields=["region", "id"], name="change_waiting", condition=models.Q(fate="new")),
            models.Index(fields=["region", "record_key"], name="change_of_record"),
        ]


class InboundFiling(RegionRow):
    """平台转来的申请: as a platform told it, taken in once, with what became of it here. Personal data stays in `content`."""

    class Fate(models.TextChoices):
        NEW = "new", "待处理"
        FILED = "filed", "已立案"
        OPEN = "open", "已有办理中的申请"
        NOT_FILED = "not_filed", "依规暂不能申请，已告知平台"
        PERSON = "person", "转人工处理"

    target = models.CharField("平台", max_length=32)
    seq = models.CharField("序号", max_length=64)
    came_no = models.CharField("平台申请编号", max_length=64)
    record_keys = models.JSONField("信息标识", default=list)
    content = models.JSONField("内容", default=dict)
    filed_at = models.DateTimeField("平台提交时间")
    received_at = models.DateTimeField("收到时间")
    handled_at = models.DateTimeField("处理时间", null=True)
    fate = models.CharField("处理结果", max_length=12, choices=Fate, default=Fate.NEW)
    filing_no = models.CharField("办件编号", max_length=20, blank=True)
    application = models.CharField("申请", max_length=32, blank=True)
    detail = models.CharField("说明", max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "平台转来的申请"
        constraints = [
            models.UniqueConstraint(fields=["region", "target", "came_no"], name="one_filing_a_platform_number"),
        ]
        indexes = [models.Index(fields=["region", "id"], name="filing_waiting", condition=models.Q(fate="new"))]


class ReconcileRun(RegionRow):
    """全量核对: the register compared with one platform, record by record, in portions; goes on where it stopped."""

    ref = models.CharField("编号", max_length=32, unique=True, default=new_reference)
    target = models.CharField("平台", max_length=32)
    cause = models.CharField("原因", max_length=200)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="发起人")
    started_at = models.DateTimeField("开始时间")
    moved_at = models.DateTimeField("最近进展", null=True)
    finished_at = models.DateTimeField("完成时间", null=True)
    cursor = models.CharField(max_length=200, blank=True)
    total = models.IntegerField("总数", default=0)
    looked = models.IntegerField("已核对", default=0)
    unseen = models.IntegerField("未能核对", default=0)
    failures = models.IntegerField("连续失败", default=0)
    last_error = models.CharField("最近问题", max_length=500, blank=True)
    counts = models.JSONField("结果", default=dict)

    class Meta:
        verbose_name = verbose_name_plural = "全量核对"
        constraints = [
            models.UniqueConstraint(
                fields=["region", "target"],
                condition=models.Q(finished_at__isnull=True),
                name="one_reconcile_run_a_platform",
            ),
        ]


class Difference(RegionRow):
    """不一致: what the register and a platform say of one record, as found; settled by agreement or by a person."""

    class Kind(models.TextChoices):
        MISSING = "missing", "平台缺少"
        WRONG = "wrong", "平台状态不符"
        EXTRA = "extra", "平台多出"
        OLDER = "older", "平台版本较旧"
        NEWER = "newer", "平台版本较新"

    ref = models.CharField("编号", max_length=32, unique=True, default=new_reference)
    run = models.ForeignKey(
        ReconcileRun, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="found"
    )
    target = models.CharField("平台", max_length=32)
    record_key = models.CharField("信息标识", max_length=32)
    thing = models.CharField("失信信息", max_length=32, blank=True)
    kind = models.CharField("种类", max_length=8, choices=Kind)
    ours = models.JSONField("登记", default=dict)
    theirs = models.JSONField("平台", default=dict)
    found_at = models.DateTimeField("发现时间")
    seen_at = models.DateTimeField("最近核对")
    settled_at = models.DateTimeField("办结时间", null=True)
    settled_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="办结人")
    settled_how = models.CharField("处理结果", max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "平台不一致"
        constraints = [
            models.UniqueConstraint(
                fields=["region", "target", "record_key"],
                condition=models.Q(settled_at__isnull=True),
                name="one_open_difference_a_record",
            ),
        ]
