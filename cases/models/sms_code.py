"""SmsCode: six digits sent to one number. Kept as a keyed hash, for a number kept as a keyed hash."""

from django.db import models

from creditrepair.tenancy.models import RegionRow, new_reference


class SmsCode(RegionRow):
    """验证码: proves, once and for a few minutes, that whoever holds `ref` also holds a telephone.

    Neither number nor code stands here: who reads the table learns neither. `tries` counts every answer, right or wrong.
    """

    class Purpose(models.TextChoices):
        SIGN_IN = "sign_in", "登录"
        SECOND = "second", "登录第二步"
        PHONE = "phone", "登记手机号码"
        REMINDER = "reminder", "登记提醒"
        STOP = "stop", "退订提醒"
        COUNTER = "counter", "窗口核实"

    ref = models.CharField("编号", max_length=32, unique=True, default=new_reference)
    purpose = models.CharField("用途", max_length=12, choices=Purpose)
    phone_hash = models.CharField(max_length=64)
    address_hash = models.CharField(max_length=64)
    code_hash = models.CharField(max_length=64)
    sent_at = models.DateTimeField("发送时间")
    tries = models.PositiveSmallIntegerField("已试次数", default=0)
    used_at = models.DateTimeField("验证时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "短信验证码"
        indexes = [
            # how many, in all regions together (codes_sent)
            models.Index(fields=["phone_hash", "sent_at"], name="code_to_phone"),
            models.Index(fields=["address_hash", "sent_at"], name="code_by_asker"),
        ]
