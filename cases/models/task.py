"""Task: what the system cannot do alone, with a unit that owns it and a day by which it is due. Nothing fails silently."""

from django.db import models

from creditrepair.tenancy.models import Department, RegionRow, User, new_reference


class Task(RegionRow):
    """待办事项: one thing a person has to look at. Opened once per cause, closed with an answer, never deleted."""

    class Kind(models.TextChoices):
        DELIVERY = "delivery", "推送需人工处理"
        DIFFERENCE = "difference", "平台显示不一致"
        PAPER = "paper", "文书未能生成"
        UNREACHABLE = "unreachable", "短信无法送达"
        SOURCE = "source", "源信息已变更"
        PLATFORM = "platform", "平台转来的申请需补全"
        OVERDUE = "overdue", "案件已超期"
        SILENT = "silent", "案件长时间无进展"
        COLLECTION = "collection", "归集需人工处理"
        OBJECTION = "objection", "异议待答复"
        CORRECT = "correct", "异议成立，须更正"
        ANNULLED = "annulled", "处罚撤销变更待办理"
        BANKRUPTCY = "bankruptcy", "破产重整待办理"
        INQUIRY = "inquiry", "咨询投诉待答复"
        DISOWNED = "disowned", "申请人不认可代办"
        HELP = "help", "多次补正，窗口协助"
        CALL_BACK = "call_back", "差评回访"
        REMEDY = "remedy", "差评整改"
        AUTHORITY = "authority", "单位授权待核验"
        REVOCATION = "revocation", "撤销修复待决定"

    ref = models.CharField("编号", max_length=32, unique=True, default=new_reference)
    kind = models.CharField("事项", max_length=12, choices=Kind)
    thing_kind = models.CharField(max_length=16)
    thing = models.CharField("对象", max_length=64)
    title = models.CharField("标题", max_length=200)
    detail = models.CharField("情况", max_length=500, blank=True)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, db_constraint=False, verbose_name="责任单位")
    due_on = models.DateField("办理期限")
    opened_at = models.DateTimeField("产生时间")
    taken_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="办理人")
    taken_at = models.DateTimeField("领取时间", null=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    closed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="办结人")
    answer = models.CharField("处理结果", max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "待办事项"
        constraints = [
            models.UniqueConstraint(
                fields=["region", "kind", "thing_kind", "thing"],
                condition=models.Q(closed_at__isnull=True),
                name="one_open_task_a_cause",
            ),
        ]
        indexes = [
            models.Index(
                fields=["region", "department", "due_on", "id"],
                name="task_open",
                condition=models.Q(closed_at__isnull=True),
            ),
            # has anybody this thing in hand, or an answer about it? (cases.services.proof)
            models.Index(fields=["region", "thing_kind", "thing"], name="task_of_thing"),
        ]
