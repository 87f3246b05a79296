"""The lab's ground: people, firms and published records, made through the models; the platforms hold them already.

Writes `plan.json` (accounts and filings) into the run's folder, and each platform's ledger before it first starts.
"""

import argparse
import hashlib
import json
import random
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from cases.models import FailureRecord, Subject
from cases.services.calendar import seed_calendar
from cases.services.eligibility import refresh_eligibility
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Department, Membership, Representation, Role, User
from creditrepair.tenancy.seed import seed_regions
from tests.lab import EACH
from tests.world import SHANGHAI, firm_code

HOME, OTHER = "620321", "620302"

APPLICANTS = 8
FIRST_SERIAL = 500_000
# region, unit, tier → how many people decide there
POSTS = {
    (HOME, "scjgj", "handler"): 2,
    (HOME, "scjgj", "head"): 1,
    (HOME, "wlj", "handler"): 1,
    (HOME, "wlj", "head"): 1,
    (HOME, "fgj", "fgj_review"): 1,
    (OTHER, "scjgj", "handler"): 1,
    (OTHER, "scjgj", "head"): 1,
}


def people(password: str) -> list[dict[str, Any]]:
    """Reviewers of every tier and applicants; all with the run's own random password, hashed once."""
    hashed, long_ago = make_password(password), timezone.localdate() - timedelta(days=700)
    accounts = []
    for (region, unit, tier), number in POSTS.items():
        department = Department.objects.get(region_id=region, code=unit)
        for n in range(number):
            user = User.objects.create(username=f"{region}-{unit}-{tier}-{n}", full_name=f"钱{n}", password=hashed)
            with region_context(region):
                Membership.objects.create(
                    region_id=region,
                    user=user,
                    department=department,
                    role=Role.REVIEWER,
                    tiers=[tier],
                    from_on=long_ago,
                )
            accounts.append(
                {
                    "username": user.username,
                    "region": region,
                    "department": department.pk,
                    "tier": tier,
                    "turn": n,
                    "of": number,
                }
            )
    return accounts


def records_of(
    subject: Subject, number: int, rng: random.Random, units: dict[tuple[str, str], Department]
) -> list[FailureRecord]:
    """Ten published general penalties of one firm: mostly market, some of a second department, some of a second region."""
    today, found = timezone.localdate(), []
    received = datetime(2026, 5, 9, 10, tzinfo=SHANGHAI)
    for n in range(EACH):
        where = rng.choices([(HOME, "scjgj"), (HOME, "wlj"), (OTHER, "scjgj")], [70, 15, 15])[0]
        unit = units[where]
        doc_no = f"{'永' if where[0] == HOME else '金川'}{unit.short_form}罚〔2026〕{number * EACH + n + 1}号"
        record = FailureRecord(
            region_id=where[0], department=unit, subject=subject, subject_name=subject.name,
            category="administrative_penalty", record_key=hashlib.sha256(f"{where}{doc_no}".encode()).hexdigest()[:32],
            doc_no=doc_no, decided_on=date(2026, 5, 6), published_on=date(2026, 5, 8), penalty_kinds=["fine"],
            severity="general", amount_fen=500000, market=unit.market, content="罚款5000元",
            content_hash=hashlib.sha256(doc_no.encode()).hexdigest(), received_at=received,
        )  # fmt: skip
        with region_context(where[0]):
            refresh_eligibility(record, today)
        found.append(record)
    return found


def ledger_line(record: FailureRecord, target: str, at: float) -> str:
    """A report that the platform took long ago: version 1 of this record."""
    message = {
        "schema": "record-report/1", "record_key": record.record_key, "category": record.category, "doc_no": record.doc_no,
        "doc_date": "2026-05-06", "subject_code": record.subject_id, "subject_name": record.subject_name,
        "authority_code": record.department.credit_code, "authority_name": record.department.name, "severity": "general",
        "published_on": "2026-05-08", "version": 1, "message_no": f"RP-{record.region_id}-20260508-{record.record_key[:12]}",
        "key": f"yc1-{hashlib.sha256(f'{target}{record.record_key}'.encode()).hexdigest()[:40]}",
        "source": record.region_id, "target": target,
    }  # fmt: skip
    line = {
        "what": "received",
        "kind": "report",
        "message": message,
        "sha": "0" * 64,
        "at": at,
        "apply_at": at,
        "applied": True,
    }
    return json.dumps(line, ensure_ascii=False, separators=(",", ":"))


def make(cases: int, seed: int, password: str, stores: dict[str, Path]) -> dict[str, Any]:
    """Everything; returns the plan for the clients."""
    rng = random.Random(seed)
    with transaction.atomic():
        seed_regions()
        year = timezone.localdate().year
        seed_calendar(range(year - 1, year + 2))
        accounts = people(password)
        units = {(d.region_id, d.code): d for d in Department.objects.filter(code__in=["scjgj", "wlj"])}
        hashed, long_ago = make_password(password), timezone.localdate() - timedelta(days=700)
        applicants = [
            User.objects.create(username=f"applicant-{n}", full_name=f"赵{n}", password=hashed)
            for n in range(APPLICANTS)
        ]
        filings: list[dict[str, Any]] = []
        ledgers: dict[str, list[str]] = {target: [] for target in stores}
        at = datetime(2026, 5, 9, 12, tzinfo=SHANGHAI).timestamp()
        for number in range(-(-cases // EACH)):
            code = firm_code(FIRST_SERIAL + number)
            name = f"永昌县示例企业{number}有限公司"
            subject = Subject.objects.create(code=code, name=name, folded_name=name, kind="organisation")
            owner = applicants[number % APPLICANTS]
            with region_context(HOME):
                Representation.objects.create(
                    region_id=HOME, user=owner, subject_code=code, subject_name=name, basis="legal_representative",
                    evidence="营业执照（窗口核验）", from_on=long_ago,
                )  # fmt: skip
            records = records_of(subject, number, rng, units)
            for region in (HOME, OTHER):
                with region_context(region):
                    FailureRecord.objects.bulk_create([r for r in records if r.region_id == region])
            for target, lines in ledgers.items():
                lines += [ledger_line(record, target, at) for record in records]
            filings.append(
                {
                    "subject": code,
                    "owner": owner.username,
                    "phone": f"138{number:06d}27",  # the mock gateway gives other endings a fate of their own
                    "records": [r.ref for r in records],
                }
            )
    for target, store in stores.items():
        store.mkdir(parents=True, exist_ok=True)
        (store / "ledger.jsonl").write_text("\n".join(ledgers[target]) + "\n")
    return {"accounts": accounts, "applicants": [u.username for u in applicants], "filings": filings}


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="tests.lab.entry seed")
    parser.add_argument("--cases", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--home", type=Path, required=True)
    given = parser.parse_args(arguments)
    stores = {
        "creditchina_jinchang": given.home / "mock" / "platform_a",
        "gsxt_gansu": given.home / "mock" / "platform_b",
    }
    plan = make(given.cases, given.seed, given.password, stores)
    plan |= {"password": given.password, "seed": given.seed, "cases": given.cases}
    (given.home / "plan.json").write_text(json.dumps(plan, ensure_ascii=False))
