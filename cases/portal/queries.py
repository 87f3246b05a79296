"""What portal pages read: public records of the host's region, and the rows behind an applicant's pages."""

import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.http import HttpRequest
from django.utils import timezone
from stdnum.cn import uscc

from cases.access import require_filing, visible_cases, visible_records
from cases.facts import listed_subjects
from cases.models import Draft, FailureRecord, Subject
from cases.overrides import overrides_of
from cases.portal.cards import VerdictCard, card_of_record
from cases.services.subjects import fold_name
from cases.states import OPEN_STATES, CaseState
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import NotAllowed
from creditrepair.tenancy.models import Region

UNSEEN: Final = ("Cc", "Cf", "Cs")
MAX_RESULTS: Final = 20
MAX_NAMES: Final = 100
MIN_NAME: Final = 4
LOOKING: Final = ("inbox_read", "evidence")  # posted by whoever may only look, too: nothing of the case changes
SEARCHED_KINDS: Final = ("organisation", "trader")  # never persons


def today() -> date:
    return timezone.localdate()


def actor_of(request: HttpRequest) -> Actor:
    """Who is asking; the middleware sets it on every request."""
    actor = getattr(request, "actor", None)
    assert isinstance(actor, Actor)
    return actor


def region_of(request: HttpRequest) -> Region:
    """The region of the host, whose public pages these are."""
    region = getattr(request, "region", None)
    assert isinstance(region, Region)
    return region


def applicant_of(request: HttpRequest) -> Actor:
    """The signed-in applicant, acting for a firm. Raises NotAllowed for staff and for persons without authorisation."""
    actor = actor_of(request)
    if actor.is_staff:
        raise NotAllowed("申请由单位授权的经办人办理。工作人员请在工作台办理，代为提交请使用窗口页面。")
    if actor.subject is None:
        raise NotAllowed("您现在没有可以办理的单位：授权还没有登记，或者已经到期、被撤销。请在“我的单位”查看或申请。")
    match = request.resolver_match
    if request.method == "POST" and (match is None or match.url_name not in LOOKING):
        require_filing(actor)
    return actor


@dataclass(frozen=True, slots=True)
class Found:
    """Result of a public search: `problem` says what to type instead; `more` that only the first were shown."""

    cards: tuple[VerdictCard, ...] = ()
    more: bool = False
    problem: str = ""


def search_published(region: str, text: str, on: date) -> Found:
    """Published records of `region` by full code or by at least four characters of the name; at most 20.

    Names are matched in the table of subjects, which no policy guards: LIKE under row-level security would read every
    row of the region one by one.
    """
    folded = fold_name(text)
    subjects = Subject.objects.filter(kind__in=SEARCHED_KINDS)
    if uscc.is_valid(folded):
        codes = list(subjects.filter(pk=folded).values_list("pk", flat=True))
    elif folded.isascii() and len(folded) >= 15:
        return Found(problem="统一社会信用代码为18位数字和大写字母，请核对后再查；不能确定时可以按企业名称查询。")
    elif len(folded) < MIN_NAME:
        return Found(problem=f"请输入完整的统一社会信用代码，或者至少{MIN_NAME}个字的企业名称。")
    else:
        names = subjects.filter(folded_name__contains=folded).order_by("folded_name")
        codes = list(names.values_list("pk", flat=True)[:MAX_NAMES])
    if not codes:
        return Found()
    with region_context(region):
        rows = list(
            FailureRecord.objects.published()
            .filter(region_id=region, subject_id__in=codes)
            .select_related("subject", "department")
            .order_by("subject_id", "-decided_on", "-id")[: MAX_RESULTS + 1]
        )
        overrides, listed = overrides_of(region), listed_subjects(region, {row.subject_id for row in rows})
        judged = [card_of_record(row, on, overrides, listed) for row in rows[:MAX_RESULTS]]
        cards = [card for card in judged if not card.over]
    return Found(tuple(cards), more=len(rows) > MAX_RESULTS)


def public_record(region: str, ref: str) -> FailureRecord | None:
    """A record for its QR page, whatever its state; the page decides what may be shown."""
    with region_context(region):
        return (
            FailureRecord.objects.filter(region_id=region, ref=ref)
            .select_related("subject", "department", "region")
            .first()
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """A record of the subject in the wizard: its card, and whether another filing already has it."""

    card: VerdictCard
    under_way: bool

    @property
    def record(self) -> FailureRecord:
        assert self.card.record is not None
        return self.card.record

    @property
    def may_choose(self) -> bool:
        return self.card.verdict.may_file and not self.under_way


def records_to_choose(actor: Actor, on: date) -> list[Choice]:
    """All published records of the subject, of all departments and regions; those that may be filed come first."""
    rows = list(
        visible_records(actor)
        .published()
        .select_related("subject", "department", "region")
        .order_by("-decided_on", "-id")[:200]
    )
    open_now = set(
        visible_cases(actor).filter(state__in=[*OPEN_STATES, CaseState.APPROVED]).values_list("record_id", flat=True)
    )
    overrides = {region: overrides_of(region) for region in {row.region_id for row in rows}}
    listed = {region: listed_subjects(region, {str(actor.subject)}) for region in overrides}
    choices = [
        Choice(card_of_record(row, on, overrides[row.region_id], listed[row.region_id]), row.pk in open_now)
        for row in rows
    ]
    return sorted(
        (c for c in choices if not c.card.over), key=lambda c: (not c.may_choose, c.card.verdict.earliest or date.max)
    )


def open_drafts(actor: Actor) -> list[Draft]:
    """Drafts of this person for this firm that have not been handed in, newest first."""
    with region_context(actor.region):
        drafts = Draft.objects.filter(
            region_id=actor.region, user_id=actor.person_id, subject_id=actor.subject, application_ref=""
        )
        return list(drafts.order_by("-saved_at")[:10])


def subject_of(actor: Actor) -> Subject:
    return Subject.objects.get(pk=actor.subject)


def text_of(data: Any, key: str, limit: int = 200) -> str:
    """A posted or stored text, trimmed and cut: what is too long for its column is no reason for a server error.

    Signs that nobody sees go: the database takes no NUL, and what turns the direction of a line hides what it says.
    """
    text = str(data.get(key) or "").replace("\t", " ")
    return "".join(one for one in text if one == "\n" or unicodedata.category(one) not in UNSEEN).strip()[:limit]
