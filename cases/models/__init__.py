"""Tables of credit repair. No verbs here: what happens to rows is in `cases.services`."""

from cases.models.answer import InboxMark, Rating
from cases.models.application import Application, Draft
from cases.models.authority import AuthorityRequest
from cases.models.beside import Objection, ObjectionFile, PenaltyWithdrawal, Restructuring, RestructuringStep
from cases.models.calendar import CalendarDay, RegionDay
from cases.models.case import Case
from cases.models.client import ClientKey, KeptAnswer, Scope
from cases.models.counter import Advice, CounterDraft, QueueTicket
from cases.models.inquiry import Inquiry, InquiryAnswer
from cases.models.material import Material, StoredFile
from cases.models.record import (
    CollectionBatch,
    CollectionRow,
    ColumnMap,
    DecisionBundle,
    DeclaredCount,
    FailureRecord,
    RecordVersion,
    SeverityChange,
)
from cases.models.reminder import Occasion, Reminder, ReminderContact, ReminderLine, ReminderRun
from cases.models.revocation import Revocation
from cases.models.rule import GuideText, RegionRule, RuleRun
from cases.models.sms_code import SmsCode
from cases.models.step import Correction, Extension, ReviewStep, Tier
from cases.models.subject import Subject
from cases.models.task import Task
from cases.models.upload_ticket import UploadTicket
from cases.models.wish import ReminderWish

__all__ = [
    "Advice",
    "Application",
    "AuthorityRequest",
    "CalendarDay",
    "Case",
    "ClientKey",
    "CollectionBatch",
    "CollectionRow",
    "ColumnMap",
    "Correction",
    "CounterDraft",
    "DecisionBundle",
    "DeclaredCount",
    "Draft",
    "Extension",
    "FailureRecord",
    "GuideText",
    "InboxMark",
    "Inquiry",
    "InquiryAnswer",
    "KeptAnswer",
    "Material",
    "Objection",
    "ObjectionFile",
    "Occasion",
    "PenaltyWithdrawal",
    "QueueTicket",
    "Rating",
    "RecordVersion",
    "RegionDay",
    "RegionRule",
    "Reminder",
    "ReminderContact",
    "ReminderLine",
    "ReminderRun",
    "ReminderWish",
    "Restructuring",
    "RestructuringStep",
    "ReviewStep",
    "Revocation",
    "RuleRun",
    "Scope",
    "SeverityChange",
    "SmsCode",
    "StoredFile",
    "Subject",
    "Task",
    "Tier",
    "UploadTicket",
]
