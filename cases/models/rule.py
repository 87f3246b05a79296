"""What a region has decided about the law: answers to open questions, guide texts, and the runs that recompute."""

from django.db import models

from cases.categories import category_choices
from creditrepair.tenancy.models import Department, RegionRow, User, new_reference


class RegionRule(RegionRow):
    """待核实事项的答复: one version of one answer, appended. A later version replaces it from its own day on.

    `answer` is a code of `cases.law.questions`; `rows` are the rule rows (Rule.to_json) it puts in force; action `end`
    gives the matter back to the national rows from `in_force_from`. `forecast` is the what-if run the person saw.
    """

    class Action(models.TextChoices):
        SET = "set", "确定"
        END = "end", "停止适用"

    class Rank(models.TextChoices):
        LAW = "law", "法律"
        REGULATION = "regulation", "行政法规"
        MINISTRY = "ministry", "部门规章"
        LOCAL = "local", "地方性法规、规章"
        PAPER = "paper", "规范性文件"
        REPLY = "reply", "上级机关答复"

    ref = models.CharField("编号", max_length=32, unique=True, default=new_reference)
    question = models.CharField("问题", max_length=4)
    answer = models.CharField("事项", max_length=64)
    number = models.IntegerField("版本")
    action = models.CharField("操作", max_length=4, choices=Action)
    value = models.JSONField("值", null=True)
    rows = models.JSONField("规则", default=list)
    basis_name = models.CharField("依据名称", max_length=200)
    basis_number = models.CharField("文号", max_length=100)
    basis_article = models.CharField("条款", max_length=100, blank=True)
    basis_rank = models.CharField("效力层级", max_length=12, choices=Rank)
    basis_from = models.DateField("依据施行日期")
    in_force_from = models.DateField("适用日期")
    reason = models.CharField("说明", max_length=500)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="确定人")
    set_at = models.DateTimeField("确定时间")
    forecast = models.ForeignKey(
        "cases.RuleRun", on_delete=models.PROTECT, db_constraint=False, related_name="+", verbose_name="试算"
    )

    class Meta:
        verbose_name = verbose_name_plural = "规则确定"
        constraints = [
            models.UniqueConstraint(fields=["region", "answer", "number"], name="one_version_a_number"),
            models.CheckConstraint(
                condition=models.Q(in_force_from__gte=models.F("basis_from")), name="not_before_its_basis"
            ),
        ]


class RuleRun(RegionRow):
    """试算或重算: all published records and open cases of a region, judged anew in chunks, with progress.

    `what_if` compares and writes nothing; `recompute` writes `eligible_on` and due days. `proposal` is what a what-if
    tries (rows, in_force_from); `position` the last record done, so that a run goes on where it stopped.
    """

    class What(models.TextChoices):
        WHAT_IF = "what_if", "试算"
        RECOMPUTE = "recompute", "重算"

    ref = models.CharField("编号", max_length=32, unique=True, default=new_reference)
    what = models.CharField("种类", max_length=12, choices=What)
    cause = models.CharField("原因", max_length=200)
    proposal = models.JSONField("试算内容", default=dict)
    judged_on = models.DateField("判定日")
    pack_before = models.CharField("原规则版本", max_length=16)
    pack_after = models.CharField("新规则版本", max_length=16)
    position = models.BigIntegerField("进度位置", default=0)
    done = models.IntegerField("已处理", default=0)
    total = models.IntegerField("总数", default=0)
    counts = models.JSONField("结果", default=dict)
    sample = models.JSONField("变化示例", default=list)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="发起人")
    asked_at = models.DateTimeField("发起时间")
    started_at = models.DateTimeField("开始时间", null=True)
    moved_at = models.DateTimeField("最近进展", null=True)
    finished_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "规则试算和重算"
        indexes = [
            models.Index(fields=["region", "asked_at"], name="run_waiting", condition=models.Q(finished_at=None)),
        ]


class GuideText(RegionRow):
    """办事指南中由责任单位发布的文字: one block of one category, dated; the rule-fed blocks stay generated.

    The latest row with `from_on` reached is shown, until `until_on`; an empty text takes the unit's own words away.
    """

    category = models.CharField("类别", max_length=32, choices=category_choices)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, db_constraint=False, verbose_name="发布单位")
    block = models.CharField("栏目", max_length=40)
    text = models.TextField("内容", blank=True)
    from_on = models.DateField("起")
    until_on = models.DateField("止", null=True, blank=True)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="发布人")
    set_at = models.DateTimeField("发布时间")

    class Meta:
        verbose_name = verbose_name_plural = "指南文字"
        indexes = [models.Index(fields=["region", "category", "block", "-id"], name="guide_text_latest")]
