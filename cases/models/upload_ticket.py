"""UploadTicket: a telephone without sign-in may add files to one material of one draft, for a few minutes."""

from django.db import models

from cases.models.application import Draft
from creditrepair.tenancy.models import RegionRow, User


class UploadTicket(RegionRow):
    """Of the token only the hash is kept. `user` opened it and answers for what comes through it; `device` is the hash
    of the first telephone's cookie: the picture on the screen is of no use to a second one."""

    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    key = models.CharField("材料", max_length=80)
    token_hash = models.CharField(max_length=64)
    device = models.CharField(max_length=64, blank=True)
    opened_at = models.DateTimeField("生成时间")
    expires_at = models.DateTimeField("失效时间")
    closed_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "手机上传码"
        constraints = [models.UniqueConstraint(fields=["region", "token_hash"], name="one_ticket_a_token")]
        indexes = [
            models.Index(fields=["region", "draft"], name="ticket_open", condition=models.Q(closed_at__isnull=True))
        ]
