"""Files and what they prove. The stored original is never touched; what people see is made from it."""

import uuid

from django.db import models

from cases.models.application import Application
from creditrepair.tenancy.models import RegionRow, User


class StoredFile(RegionRow):
    """One uploaded file: `path` is region/uuid below the files folder, never the sender's name."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    name = models.CharField("文件名", max_length=255)
    media_type = models.CharField("类型", max_length=40)
    size = models.IntegerField("字节数")
    pages = models.IntegerField("页数", null=True)
    sha256 = models.CharField("散列值", max_length=64)
    path = models.CharField(max_length=255)
    scan = models.CharField("安全检查", max_length=12, default="not_run")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="上传人")
    uploaded_at = models.DateTimeField("上传时间")

    class Meta:
        verbose_name = verbose_name_plural = "文件"
        indexes = [  # what the scanner, back again, is asked about
            models.Index(fields=["region", "id"], name="file_unscanned", condition=models.Q(scan="waiting"))
        ]


class Material(RegionRow):
    """申请材料 with a trust level (国办函〔2016〕108号): A 权威签发 B 窗口核验 C 用户上传，待核验 D 告知承诺.

    `case` is empty for a material common to all records of the application. A replaced material stays, marked by
    `replaced_by`.
    """

    class Level(models.TextChoices):
        A = "A", "权威签发"
        B = "B", "窗口核验"
        C = "C", "用户上传，待核验"
        D = "D", "告知承诺"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, db_constraint=False, related_name="materials"
    )
    case = models.ForeignKey(
        "cases.Case", null=True, blank=True, on_delete=models.PROTECT, db_constraint=False, related_name="materials"
    )
    code = models.CharField("材料代码", max_length=40)
    title = models.CharField("材料名称", max_length=100)
    file = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    statement = models.TextField("声明", blank=True)
    level = models.CharField("可信等级", max_length=1, choices=Level)
    source = models.CharField("来源", max_length=100)
    verified_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    valid_until = models.DateField("有效期至", null=True, blank=True)
    round = models.IntegerField("轮次", default=1)
    replaced_by = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, db_constraint=False)
    added_at = models.DateTimeField("提交时间")

    class Meta:
        verbose_name = verbose_name_plural = "申请材料"
        indexes = [models.Index(fields=["region", "application", "case"], name="material_of_application")]
