"""Event: append-only, one gapless hash chain per region. INSERT and SELECT are the only grants (migration 0002)."""

import pgtrigger
from django.db import models

from creditrepair.tenancy.models import RegionRow, User


class Event(RegionRow):
    """事件. `hash` = SHA-256 over `prev_hash` and the canonical row (`creditrepair.audit.chain`); `seq` counts from 1.

    Three separate fields say who pressed (`user`), for whom (`on_behalf_of`) and on what authority (`authority`).
    `thing` is a public reference (case, application, record, batch …), never a primary key.
    """

    seq = models.BigIntegerField("序号")
    at = models.DateTimeField("时间")
    verb = models.CharField("事项", max_length=48)
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="操作人")
    user_name = models.CharField("操作人姓名", max_length=50)
    capacity = models.CharField("身份", max_length=80)
    department = models.CharField("单位", max_length=16, blank=True)
    on_behalf_of = models.CharField("代谁办理", max_length=32, blank=True)
    authority = models.CharField("依据", max_length=200, blank=True)
    window = models.CharField("窗口", max_length=40, blank=True)
    kind = models.CharField("对象", max_length=24)
    thing = models.CharField("编号", max_length=64)
    application = models.CharField("申请编号", max_length=32, blank=True)
    data = models.JSONField("内容", default=dict)
    prev_hash = models.CharField("前值", max_length=64)
    hash = models.CharField("散列值", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "事件"
        constraints = [models.UniqueConstraint(fields=["region", "seq"], name="event_seq_without_gaps")]
        indexes = [
            models.Index(fields=["region", "kind", "thing", "seq"], name="event_of_thing"),
            models.Index(fields=["region", "application", "seq"], name="event_of_application"),
            # what the windows of the hall did on a day; few events have one
            models.Index(fields=["region", "at"], name="event_at_window", condition=~models.Q(window="")),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="no_truncate",
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=pgtrigger.Truncate,
                func="RAISE EXCEPTION 'events are never removed';",
            ),
        ]
