"""What the scene of the routes needs of the bulletin: its form as the page offers it, and one that is printed."""

from datetime import date

from django.utils import timezone

from cases.oversight.collection import month_of, previous_month
from cases.services.bulletin import bulletins_of, draft_bulletin, issue_bulletin
from creditrepair.tenancy.actor import Actor
from notices import printing
from notices.models import Notice


def last_month() -> date:
    return previous_month(month_of(timezone.localdate()))


def bulletin_form(supervisor: Actor) -> dict[str, str]:
    """As the page of last month offers it, to be issued."""
    draft = draft_bulletin(supervisor, month=last_month(), now=timezone.now())
    text = draft.text
    return {
        "seen": draft.sha256, "heading": text.heading, "addressees": text.addressees, "lead": text.lead,
        "body": text.body, "act": "issue",
    }  # fmt: skip


def a_bulletin(supervisor: Actor) -> Notice:
    """The printed 通报 of the month before last."""
    now, month = timezone.now(), previous_month(last_month())
    draft = draft_bulletin(supervisor, month=month, now=now)
    issue_bulletin(supervisor, month=month, seen=draft.sha256, text=draft.text, answers={}, source="", now=now)
    printing.render_waiting()
    return bulletins_of(supervisor.region)[0]
