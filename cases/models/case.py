"""Case: one record of an application, on its way through one department."""

from typing import Any

import pgtrigger
from django.db import models
from django_fsm import ConcurrentTransitionMixin, FSMField, FSMFieldMixin, transition

from cases.categories import category_choices, room
from cases.categories.base import Category
from cases.models.application import Application
from cases.models.record import FailureRecord
from cases.models.subject import Subject
from cases.query import CaseQuerySet
from cases.states import MOVES, CaseState, transitions
from creditrepair.tenancy.models import Department, RegionRow, new_reference


class WorkflowModel(ConcurrentTransitionMixin, models.Model):
    """Base of every model with a state: django-fsm 3.0.1 keeps a stale protected state on `refresh_from_db` (ADR 4)."""

    class Meta:
        abstract = True

    def refresh_from_db(self, using: str | None = None, fields: Any = None, from_queryset: Any = None) -> None:
        for field in self._meta.concrete_fields:
            if isinstance(field, FSMFieldMixin) and field.protected:
                self.__dict__.pop(field.attname, None)  # read again, then protected again
        super().refresh_from_db(using=using, fields=fields, from_queryset=from_queryset)


def sources(verb: str) -> list[str]:
    return [state.value for state in MOVES[verb][0]]


class Case(WorkflowModel, RegionRow):
    """修复案件. A transition says only what is legal; the consequences stand in `cases.services`.

    `accept_due_on`, `due_on` are the clock's present answer (recomputed from events at every act), kept for sorting
    queues. `regime` is the regime key in force on the application date and stays. `round` counts correction rounds.
    `source_seen` is the latest RecordVersion that a reviewer has compared: a later one is 源信息已变更.
    `tiers` is the ladder pinned at filing; `holder`, `holder_tier` say where the open step lies, for the queues.
    """

    ref = models.CharField("案件编号", max_length=32, unique=True, default=new_reference)
    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, db_constraint=False, related_name="cases", verbose_name="申请"
    )
    record = models.ForeignKey(
        FailureRecord, on_delete=models.PROTECT, db_constraint=False, related_name="cases", verbose_name="失信信息"
    )
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, verbose_name="信用主体")
    category = models.CharField("类别", max_length=32, choices=category_choices)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, db_constraint=False, verbose_name="责任单位")
    state = FSMField("状态", default=CaseState.SUBMITTED, choices=CaseState.choices, protected=True, max_length=16)
    regime = models.CharField("适用规则", max_length=16)
    tiers = models.JSONField("审核环节", default=list)
    record_version = models.IntegerField("申请时信息版本")
    source_seen = models.IntegerField("已核对的信息版本", default=0)
    verdict = models.JSONField("申请时资格判定", default=dict)
    round = models.IntegerField("轮次", default=1)
    submitted_at = models.DateTimeField("提交时间")
    accepted_at = models.DateTimeField("受理时间", null=True)
    decided_at = models.DateTimeField("决定时间", null=True)
    repaired_at = models.DateTimeField("修复完成时间", null=True)
    holder = models.ForeignKey(
        Department, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+", verbose_name="当前单位"
    )
    holder_tier = models.CharField("当前环节", max_length=24, blank=True)
    due_on = models.DateField("到期日", null=True)
    paused = models.BooleanField("计时暂停", default=False)
    outcome = models.JSONField("结论理由", default=list)
    decision = models.JSONField("决定快照", default=dict)
    version = models.IntegerField("版本", default=1)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "修复案件"
        constraints = [
            models.UniqueConstraint(
                fields=["region", "record"],
                condition=models.Q(state__in=["submitted", "correction", "in_review", "approved"]),
                name="one_open_case_a_record",
            ),
        ]
        indexes = [
            # keyset of the queues: open cases of a department by due day
            models.Index(
                fields=["region", "holder", "due_on", "id"],
                name="queue_of_department",
                condition=models.Q(state__in=["submitted", "correction", "in_review"]),
            ),
            models.Index(fields=["region", "subject", "-submitted_at"], name="case_of_subject"),
            models.Index(fields=["region", "application"], name="case_of_application"),
            models.Index(fields=["region", "decided_at"], name="case_approved", condition=models.Q(state="approved")),
            # how long the same matter usually takes here (cases.usual): answered from the index alone
            models.Index(
                fields=["region", "category", "decided_at"],
                include=["submitted_at"],
                name="case_decided",
                condition=models.Q(decided_at__isnull=False) & ~models.Q(state="withdrawn"),
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="legal_moves", field="state", transitions=transitions()),
            pgtrigger.Protect(
                name="starts_submitted",
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__state__df="submitted"),
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def room(self) -> Category:
        return room(self.category)

    @transition(field=state, source=sources("accept"), target=CaseState.IN_REVIEW)
    def accept(self) -> None: ...

    @transition(field=state, source=sources("not_accept"), target=CaseState.NOT_ACCEPTED)
    def not_accept(self) -> None: ...

    @transition(field=state, source=sources("ask_correction"), target=CaseState.CORRECTION)
    def ask_correction(self) -> None: ...

    @transition(field=state, source=sources("answer_correction"), target=CaseState.SUBMITTED)
    def answer_before_acceptance(self) -> None: ...

    @transition(field=state, source=sources("answer_correction"), target=CaseState.IN_REVIEW)
    def answer_in_review(self) -> None: ...

    @transition(field=state, source=sources("approve"), target=CaseState.APPROVED)
    def approve(self) -> None: ...

    @transition(field=state, source=sources("refuse"), target=CaseState.REFUSED)
    def refuse(self) -> None: ...

    @transition(field=state, source=sources("mark_repaired"), target=CaseState.REPAIRED)
    def mark_repaired(self) -> None: ...

    @transition(field=state, source=sources("withdraw"), target=CaseState.WITHDRAWN)
    def withdraw(self) -> None: ...

    @transition(field=state, source=sources("revoke"), target=CaseState.REVOKED)
    def revoke(self) -> None: ...

    @transition(field=state, source=sources("reopen"), target=CaseState.IN_REVIEW)
    def reopen(self) -> None: ...
