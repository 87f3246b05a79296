"""What is handed in at a filing and what comes back: shapes and fixed words only, no database."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from cases.law import Verdict
from cases.models import Application

PAPER_MATERIAL = "paper_form"  # code of the scan of a form filled in by hand
AUTHORITY_MATERIAL = "authority"  # code of the picture of what a clerk's act rests on
COMMITMENT = (
    "本单位承诺：一、已履行相关法定义务并纠正失信行为；二、所提交材料真实、合法、有效；三、今后依法诚信经营；"
    "四、如承诺不实或提供虚假材料，自愿依法承担责任，并同意依法公示本承诺及践诺情况。"
)


@dataclass(frozen=True, slots=True)
class Authority:
    """On what a clerk files for a subject: recorded before the first step (experience §5)."""

    basis: str
    evidence: str
    valid_until: date | None
    phone_check: str
    window: str
    scope: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "basis": self.basis,
            "scope": self.scope,
            "evidence": self.evidence,
            "valid_until": self.valid_until.isoformat() if self.valid_until else None,
            "phone_check": self.phone_check,
            "window": self.window,
        }


@dataclass(frozen=True, slots=True)
class PaperForm:
    """A form filled in by hand while the network was down: when the window took it in, and why on paper (ADR 20)."""

    received_at: datetime
    reason: str

    def as_json(self) -> dict[str, str]:
        return {"received_at": self.received_at.isoformat(), "reason": self.reason}


@dataclass(frozen=True, slots=True)
class GivenMaterial:
    """One material of a filing: `record_ref` empty for a material common to all records; file or statement.

    `reuse`: number of an earlier material of the subject, level A or B and still valid; its file, level, source and
    verifier are taken from there, whatever else stands here.
    """

    code: str
    title: str
    level: str
    source: str
    record_ref: str = ""
    file_uuid: str = ""
    statement: str = ""
    reuse: str = ""


@dataclass(frozen=True, slots=True)
class Filing:
    """What the applicant (or the clerk on authority) hands in. `committed` must be True: one signature for all records."""

    form_token: str
    subject_code: str
    record_refs: tuple[str, ...]
    agent_name: str
    agent_phone: str
    committed: bool
    materials: tuple[GivenMaterial, ...] = ()
    urgent_reason: str = ""
    bid_on: date | None = None
    authority: Authority | None = None
    paper: PaperForm | None = None

    def applied_at(self, now: datetime) -> datetime:
        """When the applicant applied: the law's days count from here, not from the typing of a paper form."""
        return self.paper.received_at if self.paper else now


@dataclass(frozen=True, slots=True)
class Receipt:
    """`filing_no` for people; `query_code` is shown on the receipt and kept only as a hash. `repeated`: found, not made."""

    filing_no: str
    query_code: str
    applications: tuple[Application, ...]
    repeated: bool = False
    verdicts: dict[str, Verdict] = field(default_factory=dict)


def authority_text(authority: Authority | None) -> str:
    return f"{authority.basis}：{authority.evidence}" if authority else ""
