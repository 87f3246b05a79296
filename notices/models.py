"""Notice (an issued paper), its number, and its Service (送达). Cases and records are referenced by string only."""

from django.db import models

from creditrepair.tenancy.models import Department, RegionRow, User, new_reference
from notices.kinds import choices as kind_choices


class NumberCounter(RegionRow):
    """One counter per department, kind and Shanghai year, taken under a row lock: no gap, no reuse."""

    department = models.ForeignKey(Department, on_delete=models.PROTECT, db_constraint=False)
    kind = models.CharField(max_length=24)
    year = models.IntegerField()
    last = models.IntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = "文号"
        constraints = [
            models.UniqueConstraint(fields=["region", "department", "kind", "year"], name="one_counter_a_kind")
        ]


class PaperBatch(RegionRow):
    """批量制作: many papers asked for at once; `waiting` are the record references not yet numbered, in order."""

    ref = models.CharField("编号", max_length=32, unique=True, default=new_reference)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, db_constraint=False, verbose_name="发文单位")
    kind = models.CharField("文种", max_length=24, choices=kind_choices)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="发起人")
    asked_at = models.DateTimeField("发起时间")
    waiting = models.JSONField("待制作", default=list)
    refused = models.JSONField("未能制作", default=list)
    total = models.IntegerField("总数", default=0)
    finished_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "批量制作"


class Notice(RegionRow):
    """文书. `snapshot` is what was decided, never what a row says later; the PDF is made from it after the commit.

    `snapshot_sha256` is the hash of the canonical snapshot (known at once), `pdf_sha256` that of the file (known when
    rendered). `token_id` is the random part of its QR token (`notices.qr`).
    """

    class Status(models.TextChoices):
        REQUESTED = "requested", "文书生成中"
        ISSUED = "issued", "有效"
        FAILED = "failed", "需人工处理"
        SUPERSEDED = "superseded", "已被替代（新文书）"
        VOID = "void", "已撤销"

    ref = models.CharField("编号", max_length=32, unique=True, default=new_reference)
    kind = models.CharField("文种", max_length=24, choices=kind_choices)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, db_constraint=False, verbose_name="发文单位")
    number = models.CharField("文号", max_length=64)
    year = models.IntegerField()
    serial = models.IntegerField()
    case_ref = models.CharField("案件", max_length=32, blank=True)
    record_ref = models.CharField("失信信息", max_length=32, blank=True)
    application_ref = models.CharField("申请", max_length=32, blank=True)
    subject_code = models.CharField("信用主体", max_length=64)
    snapshot = models.JSONField("内容")
    snapshot_sha256 = models.CharField(max_length=64)
    template = models.CharField("模板", max_length=40)
    status = models.CharField("状态", max_length=12, choices=Status, default=Status.REQUESTED)
    problem = models.CharField("问题", max_length=500, blank=True)
    tries = models.IntegerField(default=0)
    held_until = models.DateTimeField("正由某进程制作至", null=True)
    ended_at = models.DateTimeField("失效时间", null=True)
    replaced_by = models.CharField("替代文书", max_length=32, blank=True)
    seal = models.CharField("用印方式", max_length=24, blank=True)
    batch = models.ForeignKey(PaperBatch, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    token_id = models.CharField(max_length=32, unique=True)
    issued_on = models.DateField("成文日期")
    requested_at = models.DateTimeField("请求时间")
    rendered_at = models.DateTimeField("生成时间", null=True)
    pages = models.IntegerField("页数", null=True)
    pdf_path = models.CharField(max_length=255, blank=True)
    pdf_sha256 = models.CharField("文件散列值", max_length=64, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "文书"
        constraints = [
            models.UniqueConstraint(
                fields=["region", "department", "kind", "year", "serial"], name="one_notice_a_number"
            ),
            # 一处罚一告知: exactly one valid 告知书 per record, of a penalty or of a listing
            models.UniqueConstraint(
                fields=["region", "record_ref"],
                condition=models.Q(kind__in=["notice", "listing_notice"])
                & models.Q(status__in=["requested", "issued", "failed"]),
                name="one_notice_a_penalty",
            ),
        ]
        indexes = [
            models.Index(fields=["region", "case_ref"], name="notice_of_case"),
            models.Index(fields=["region", "record_ref"], name="notice_of_record"),
            # the number on a paper, as it is read at the counter
            models.Index(fields=["region", "number"], name="notice_by_number"),
            # the papers of one firm, newest first (its inbox)
            models.Index(fields=["region", "subject_code", "requested_at"], name="notice_of_subject"),
            models.Index(fields=["requested_at"], name="notice_waiting", condition=models.Q(status="requested")),
            models.Index(
                fields=["region", "id"],
                name="notice_unfinished",
                condition=models.Q(status__in=["requested", "failed"]),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Service(RegionRow):
    """送达: proof that the paper, or the decision and the 告知书 together (两书同达), reached the addressee."""

    class Way(models.TextChoices):
        DIRECT = "direct", "直接送达"
        LEFT = "left", "留置送达"
        POST = "post", "邮寄送达"
        ELECTRONIC = "electronic", "电子送达"
        PUBLIC = "public", "公告送达"

    ref = models.CharField(max_length=32, unique=True, default=new_reference)
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, db_constraint=False, related_name="services")
    record_ref = models.CharField("失信信息", max_length=32, blank=True)
    both_papers = models.BooleanField("两书同达")
    way = models.CharField("送达方式", max_length=12, choices=Way)
    served_on = models.DateField("送达日期")
    receiver = models.CharField("签收人", max_length=50)
    phone = models.CharField("联系电话", max_length=20)
    proof = models.CharField("送达证明", max_length=200)
    # What the way needs, by code: waybill and carrier, address, place and days, witness (notices.services.WAYS).
    details = models.JSONField("送达情况", default=dict, blank=True)
    proof_file = models.UUIDField("送达凭证文件", null=True)
    proof_sha256 = models.CharField("凭证散列值", max_length=64, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="登记人")
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "送达"
        constraints = [
            models.UniqueConstraint(fields=["region", "notice"], name="one_service_a_notice"),
        ]
