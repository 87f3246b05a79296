"""ClientKey: the token of one machine client, for one region, with scopes and an end. Only its hash is stored.

KeptAnswer: what such a client was told on its first try, so that every retry is told the same.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from rest_framework_api_key.models import AbstractAPIKey

from creditrepair.tenancy.models import Department, Region, RegionRow, User


class Scope(models.TextChoices):
    """What a token may do."""

    CASES = "cases:read", "读取案件"
    EVENTS = "events:read", "读取办理过程"
    RECORDS = "records:write", "报送失信信息"


class ClientKey(AbstractAPIKey):
    """接口密钥. `prefix` is public and finds the row, the rest is compared by hash; `id` holds the hash: never shown.

    Fenced like every tenant row; the region of a prefix is answered by the SQL function `client_region`. A key that
    brings records does so for one department, in the name of one of its recorders: somebody answers for each row.
    """

    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+", verbose_name="行政区")
    scopes = ArrayField(models.CharField(max_length=32, choices=Scope), verbose_name="权限范围", default=list)
    department = models.ForeignKey(
        Department, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+", verbose_name="归集单位"
    )
    recorder = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="归集负责人")

    class Meta(AbstractAPIKey.Meta):
        app_label = "cases"
        verbose_name = verbose_name_plural = "接口密钥"


class KeptAnswer(RegionRow):
    """接口回执: the first answer to an Idempotency-Key of one client at one address, byte for byte, for seven days."""

    client = models.CharField("密钥前缀", max_length=8)
    route = models.CharField("地址", max_length=64)
    key = models.CharField("幂等键", max_length=255)
    body_sha256 = models.CharField("请求散列值", max_length=64)
    status = models.IntegerField("状态码")
    answer = models.TextField("应答")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "接口回执"
        constraints = [
            models.UniqueConstraint(fields=["region", "client", "route", "key"], name="one_answer_a_key"),
        ]
        indexes = [models.Index(fields=["region", "at"], name="answer_by_age")]
