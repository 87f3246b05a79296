"""ClientKey: the token of one machine client, for one region, with scopes and an end. Only its hash is stored."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from rest_framework_api_key.models import AbstractAPIKey

from creditrepair.tenancy.models import Region


class Scope(models.TextChoices):
    """What a token may read."""

    CASES = "cases:read", "读取案件"
    EVENTS = "events:read", "读取办理过程"


class ClientKey(AbstractAPIKey):
    """接口密钥. `prefix` is public and finds the row, the rest is compared by hash; `id` holds the hash: never shown.

    Fenced like every tenant row; the region of a prefix is answered by the SQL function `client_region`.
    """

    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+", verbose_name="行政区")
    scopes = ArrayField(models.CharField(max_length=32, choices=Scope), verbose_name="权限范围", default=list)

    class Meta(AbstractAPIKey.Meta):
        app_label = "cases"
        verbose_name = verbose_name_plural = "接口密钥"
