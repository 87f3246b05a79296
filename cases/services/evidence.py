"""证据包: what proves a decided case outside the system: papers, what the platforms were told and answered, the events
under a signed head, and a program that checks all of it (cases/evidence/verify.py). docs/adr/0021.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from cases.access import access_case
from cases.models import Case
from cases.services.claim import INTERNAL
from cases.states import OPEN_STATES, CaseState
from creditrepair.audit import checkpoints, merkle
from creditrepair.audit.chain import record as record_event
from creditrepair.audit.chain import row_of
from creditrepair.audit.models import Event
from creditrepair.tenancy.actor import Actor, in_region
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import WrongMoment
from notices.models import Notice
from notices.services import notices_of, pdf_of
from sync.models import Attempt, Delivery
from sync.targets import target

FOLDER: Final = Path(__file__).resolve().parent.parent / "evidence"
SHIPPED: Final = ("说明.txt", "verify.py")
UNDECIDED: Final = frozenset({*OPEN_STATES, CaseState.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Pack:
    """A ZIP and the name under which it is handed out; no subject's name or code in it."""

    name: str
    content: bytes


@transaction.atomic
def take_evidence(actor: Actor, *, ref: str, now: datetime) -> Pack:
    """The evidence pack of one decided case, and an Event that it was taken.

    Events that no head covers yet are sealed now, before anything of this transaction is written: a head must not stand
    for what may be rolled back. Raises NotFound, WrongMoment (409: not decided, or a paper still being made).
    """
    case = access_case(actor, ref)
    if case.state in UNDECIDED:
        raise WrongMoment("本案尚未作出决定，决定后可以下载证据包。", code="not_decided")
    region = case.region_id
    with region_context(region):
        files: dict[str, bytes] = {}
        _papers(notices_of(region, case_ref=case.ref), files)
        _legs(case, files)
        _events(case, files, now)
        packed = _packed(case, files, now)
        record_event(
            in_region(actor, region),
            "evidence_taken",
            kind="case",
            thing=case.ref,
            application=case.application.ref,
            at=now,
            data={"files": len(files), "sha256": hashlib.sha256(packed).hexdigest()},
        )
    return Pack(f"证据包-{case.application.filing_no}-{timezone.localdate(now):%Y%m%d}.zip", packed)


def _papers(papers: Sequence[Notice], files: dict[str, bytes]) -> None:
    told = []
    for paper in papers:
        name = f"papers/{paper.kind}-{paper.year}-{paper.serial}.pdf"
        files[name] = pdf_of(paper)
        told.append(
            {
                "file": name,
                "kind": str(paper.get_kind_display()),
                "number": paper.number,
                "issued_on": paper.issued_on.isoformat(),
                "status": str(paper.get_status_display()),
                "pdf_sha256": paper.pdf_sha256,
                "snapshot_sha256": paper.snapshot_sha256,
            }
        )
    files["papers.json"] = _json(told)


def _legs(case: Case, files: dict[str, bytes]) -> None:
    """What each platform was told of this case, byte for byte, and every exchange about it. No short messages."""
    rows = Delivery.objects.filter(region_id=case.region_id, thing_kind="case", thing=case.ref, kind="repair")
    told = []
    for row in rows.order_by("target", "version"):
        name = f"legs/{row.target}-{row.version}.json"
        files[name] = bytes(row.body)
        told.append(
            {
                "target": row.target,
                "title": target(row.target).title,
                "message_no": row.message_no,
                "body": name,
                "state": row.state,
                "state_text": str(row.get_state_display()),
                "queued_at": _time(row.queued_at),
                "acked_at": _time(row.acked_at),
                "verified_at": _time(row.verified_at),
                "verified_how": row.verified_how,
                "looked_at": _time(row.looked_at),
                "elsewhere": bool(case.decision.get("decided_elsewhere")),
                "exchanges": [
                    {"what": one.what, "at": _time(one.at), "status": one.status, "outcome": one.outcome}
                    for one in Attempt.objects.filter(region_id=case.region_id, delivery=row).order_by("at", "id")
                ],
            }
        )
    files["legs.json"] = _json(told)


def _events(case: Case, files: dict[str, bytes], now: datetime) -> None:
    papers = Q(kind="notice", application=case.application.ref, data__case=case.ref)
    rows = Event.objects.filter(Q(kind="case", thing=case.ref) | papers, region_id=case.region_id)
    events = list(rows.exclude(verb__in=INTERNAL).order_by("seq"))
    heads: list[dict[str, Any]] = []
    told = []
    leaves: list[bytes] = []
    for event in events:
        if not heads or event.seq > heads[-1]["seq"]:
            heads.append(_head_over(event, now))
            span = checkpoints.hashes_between(case.region_id, heads[-1]["first"], heads[-1]["seq"])
            leaves = [merkle.leaf(one) for one in span]
        way = merkle.path(leaves, event.seq - heads[-1]["first"])
        told.append(
            {
                "seq": event.seq,
                "verb": event.verb,
                "at": row_of(event)["at"],
                "hash": event.hash,
                "prev_hash": event.prev_hash,
                "row": row_of(event) if event.capacity in ("applicant", "system") else None,  # no staff by name
                "head": len(heads) - 1,
                "path": [[side, sister.hex()] for side, sister in way],
            }
        )
    files["events.json"], files["heads.json"] = _json(told), _json(heads)


def _head_over(event: Event, now: datetime) -> dict[str, Any]:
    head = checkpoints.head_over(event.region_id, event.seq)
    if head is None:
        checkpoints.seal_head(event.region_id, now=now)
        head = checkpoints.head_over(event.region_id, event.seq)
    assert head is not None, "a head that was sealed now covers every event before it"
    return head


def _packed(case: Case, files: dict[str, bytes], now: datetime) -> bytes:
    for name in SHIPPED:
        files[name] = (FOLDER / name).read_bytes()
    manifest = _json(
        {
            "schema": "evidence/1",
            "case": case.ref,
            "filing_no": case.application.filing_no,
            "made_at": _time(now),
            "public_keys": checkpoints.public_keys(),
            "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
        }
    )
    signature = {
        "public_key": checkpoints.public_key_hex(),
        "signature": checkpoints.signing_key().sign(manifest).hex(),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**files, "manifest.json": manifest, "manifest.sig": _json(signature)}.items():
            archive.writestr(name, content)
    return out.getvalue()


def _time(moment: datetime | None) -> str:
    return timezone.localtime(moment).isoformat(timespec="seconds") if moment else ""


def _json(thing: object) -> bytes:
    return json.dumps(thing, ensure_ascii=False, indent=1, sort_keys=True).encode()
