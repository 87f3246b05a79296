"""Region (the tenant), Department, User, Membership, Representation. Nothing about credit repair belongs here."""

import secrets
from datetime import date
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac

# Five bits of each random byte choose one of 32 letters that cannot be mistaken for one another.
_LETTERS = bytes(b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"[byte & 31] for byte in range(256))


def new_reference() -> str:
    """Random public reference, 20 characters, ≥ 100 bits: primary keys never leave the server."""
    return secrets.token_bytes(20).translate(_LETTERS).decode()


class Region(models.Model):
    """行政区: a tenant, by its GB/T 2260 code. `identity` holds what header and footer print; an empty value prints nothing."""

    code = models.CharField("行政区划代码", primary_key=True, max_length=6)
    name = models.CharField("名称", max_length=40)
    short_name = models.CharField("简称", max_length=8)
    identity = models.JSONField("站点信息", default=dict, blank=True)
    settings = models.JSONField("参数", default=dict, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "行政区"

    def __str__(self) -> str:
        return self.name


class RegionRow(models.Model):
    """Base of every tenant table: `region_id` leads its keys, and row-level security fences it (migrations)."""

    region = models.ForeignKey(Region, on_delete=models.PROTECT, verbose_name="行政区", related_name="+")

    class Meta:
        abstract = True


class Department(RegionRow):
    """责任单位: a reviewing unit, by a stable code within its region. Its directory entry is public."""

    code = models.CharField("单位代码", max_length=16)
    name = models.CharField("名称", max_length=80)
    short_form = models.CharField("发文简称", max_length=16)
    credit_code = models.CharField("统一社会信用代码", max_length=18, unique=True)
    market = models.BooleanField("市场监管领域", default=False)
    phone = models.CharField("咨询电话", max_length=40, blank=True)
    address = models.CharField("地址", max_length=120, blank=True)
    window = models.CharField("窗口", max_length=60, blank=True)
    reconsideration_organ = models.CharField("行政复议机关", max_length=80, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "责任单位"
        constraints = [models.UniqueConstraint(fields=["region", "code"], name="department_code_in_region")]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Accounts are made by a person with that permission, or by the demo at start; there is no default account."""

    def create_user(self, username: str, password: str | None, **fields: Any) -> "User":
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person with an account. What the person may do comes from memberships and representations, not from here.

    A confirmed telephone is sealed (`tenancy.personal`) and found by its keyed hash. Whoever counts `session_epoch` up
    ends every session of the person with the next request.
    """

    username = models.CharField("账号", max_length=64, unique=True)
    full_name = models.CharField("姓名", max_length=50)
    is_active = models.BooleanField("有效", default=True)
    date_joined = models.DateTimeField("开户时间", default=timezone.now)
    phone_hash = models.CharField("号码标识", max_length=64, unique=True, null=True, blank=True)
    phone_sealed = models.CharField("手机号码（加密）", max_length=120, blank=True)
    phone_confirmed_at = models.DateTimeField("号码验证时间", null=True, blank=True)
    password_changed_at = models.DateTimeField("密码修改时间", null=True, blank=True)
    session_epoch = models.IntegerField("会话批次", default=0)

    USERNAME_FIELD = "username"
    objects = UserManager()

    class Meta:
        verbose_name = verbose_name_plural = "人员"

    def __str__(self) -> str:
        return self.full_name

    @property
    def masked_name(self) -> str:
        """张*: how other people's pages show a natural person."""
        return self.full_name[:1] + "*"

    def get_session_auth_hash(self) -> str:
        """What a session must match: password and epoch, so that a new one of either ends all others."""
        return salted_hmac(
            "tenancy.User.session", f"{self.password}|{self.session_epoch}", algorithm="sha256"
        ).hexdigest()


class FormerPassword(models.Model):
    """A password (hashed) that a person had before: the last ones may not come back."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="former_passwords")
    encoded = models.CharField(max_length=128)
    until_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "曾用密码"


class SignIn(models.Model):
    """登录记录: shown to the person alone. Of the device only what the browser says of itself, in two words."""

    class Way(models.TextChoices):
        PASSWORD = "password", "账号密码"
        PHONE = "phone", "手机验证码"
        BOTH = "both", "账号密码和手机验证码"
        PROVIDER = "provider", "统一身份认证"

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="sign_ins")
    at = models.DateTimeField("时间")
    way = models.CharField("方式", max_length=12, choices=Way)
    address = models.GenericIPAddressField("来源", null=True)
    device = models.CharField("设备", max_length=40, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "登录记录"
        indexes = [models.Index(fields=["user", "-at"], name="sign_ins_of_user")]


class Role(models.TextChoices):
    REVIEWER = "reviewer", "审核人员"
    RECORDER = "recorder", "归集告知人员"
    CLERK = "clerk", "大厅窗口人员"
    HALL_MANAGER = "hall_manager", "大厅管理人员"
    SUPERVISOR = "supervisor", "信用监管人员"
    REGION_ADMIN = "region_admin", "参数管理员"
    ACCOUNTS_ADMIN = "accounts_admin", "账号管理员"
    AUDITOR = "auditor", "审计人员"
    EXCHANGE = "exchange", "数据交换值守"


class Membership(RegionRow):
    """A person's role in a region: for reviewers and recorders in one department, for reviewers at named tiers."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships", verbose_name="人员")
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, blank=True, db_constraint=False, verbose_name="单位"
    )
    role = models.CharField("角色", max_length=16, choices=Role)
    tiers = models.JSONField("可办环节", default=list, blank=True)
    from_on = models.DateField("起")
    until_on = models.DateField("止", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "任职"
        constraints = [
            models.UniqueConstraint(
                fields=["region", "user", "role", "department"], nulls_distinct=False, name="one_membership_a_role"
            ),
            models.CheckConstraint(
                condition=~models.Q(role__in=["reviewer", "recorder"]) | models.Q(department__isnull=False),
                name="reviewers_have_a_department",
            ),
        ]

    def in_force(self, today: date) -> bool:
        return self.from_on <= today and (self.until_on is None or today <= self.until_on)


class Representation(RegionRow):
    """授权委托: on what evidence a person acts for a subject (USCC), from–to. Revocable by the subject at once.

    `region` is where the evidence was checked; the representation itself holds in all regions. One that a legal
    representative granted by telephone has no `user` until whoever holds that number signs in and claims it.
    """

    class Basis(models.TextChoices):
        LEGAL_REPRESENTATIVE = "legal_representative", "法定代表人"
        AGENT = "agent", "经办人（授权委托书）"

    class Scope(models.TextChoices):
        ALL = "all", "查看、申请、补正和撤回"
        VIEW = "view", "只查看和下载"

    ref = models.CharField("编号", max_length=32, unique=True, default=new_reference)
    user = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="representations", verbose_name="经办人"
    )
    subject_code = models.CharField("统一社会信用代码", max_length=32, db_index=True)
    subject_name = models.CharField("单位名称", max_length=200)
    basis = models.CharField("依据", max_length=24, choices=Basis)
    scope = models.CharField("权限", max_length=8, choices=Scope, default=Scope.ALL)
    evidence = models.CharField("证明材料", max_length=200)
    checked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="核验人")
    granted_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="授权人"
    )
    agent_name = models.CharField("经办人姓名", max_length=50, blank=True)
    phone_hash = models.CharField("号码标识", max_length=64, blank=True)
    phone_shown = models.CharField("号码（掩码）", max_length=16, blank=True)
    claimed_at = models.DateTimeField("领受时间", null=True, blank=True)
    from_on = models.DateField("起")
    until_on = models.DateField("止", null=True, blank=True)
    revoked_at = models.DateTimeField("撤销时间", null=True, blank=True)
    revoked_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="撤销人"
    )
    revoked_reason = models.CharField("撤销原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "单位授权"
        indexes = [
            # which grants wait for whoever holds this number?
            models.Index(fields=["phone_hash"], name="grant_unclaimed", condition=models.Q(user__isnull=True)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(user__isnull=False) | ~models.Q(phone_hash=""), name="somebody_is_authorised"
            ),
        ]

    @property
    def holder_name(self) -> str:
        """Who may act: as written down when it was granted, else the name of the account."""
        return self.agent_name or (self.user.full_name if self.user else "")

    def in_force(self, today: date) -> bool:
        return self.revoked_at is None and self.from_on <= today and (self.until_on is None or today <= self.until_on)


class Heartbeat(models.Model):
    """When a background process last did its work end to end; a ping that consumes nothing would not move it."""

    name = models.CharField(primary_key=True, max_length=32)
    at = models.DateTimeField()
    told = models.JSONField(default=dict, blank=True)  # what it found: numbers and codes only, no tenant's rows

    class Meta:
        verbose_name = verbose_name_plural = "心跳"
