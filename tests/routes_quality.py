"""What the scene of the routes needs of collection's quality: a changed source, a bundle, a batch typed in."""

import io
import zipfile
from datetime import timedelta
from typing import Any

from django.utils import timezone

from cases.models import Case, CollectionBatch, DecisionBundle, FailureRecord, RecordVersion, Scope
from cases.services.bundle import receive_bundle
from cases.services.clients import issue_client_key
from cases.services.collect import collect_rows
from creditrepair.tenancy.actor import system_actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Department, Membership, Role, User
from tests.world import FIRM_A, World, at


def source_changed(case: Case) -> None:
    """The source has corrected the record of this open case: another sum."""
    with region_context(case.region_id):
        for number, fen in ((1, 500000), (case.record.version + 1, 800000)):
            content: dict[str, Any] = {"doc_no": case.record.doc_no, "amount_fen": fen, "extra": {}}
            RecordVersion.objects.create(
                region_id=case.region_id,
                record_id=case.record_id,
                number=number,
                content=content,
                content_hash=f"{fen:064d}",
                at=at(),
            )
        FailureRecord.objects.filter(pk=case.record_id).update(version=case.record.version + 1, amount_fen=800000)


def typed_record(unit: Department) -> dict[str, Any]:
    """What a recorder types of one penalty that `unit` imposed on firm A."""
    return {
        "CF_XDR_MC": "永昌县祁连山食品有限公司",
        "CF_XDR_LB": "法人及非法人组织",
        "CF_XDR_SHXYM": FIRM_A,
        "CF_FRDB": "赵申",
        "CF_WSH": "永文旅罚〔2026〕88号",
        "CF_WFXW": "未按规定悬挂许可证",
        "CF_SY": "2026年10月检查发现未悬挂许可证",
        "CF_YJ": "《互联网上网服务营业场所管理条例》第三十三条",
        "CF_CFLB": ["警告", "罚款"],
        "CF_NR": "警告，罚款2000元",
        "CF_NR_FK_YUAN": "2000",
        "CF_JDRQ": "2026-11-20",
        "CF_YXQ": "2099-12-31",
        "CF_GSJZQ": "2027-11-20",
        "CF_CFJG": unit.name,
        "CF_CFJGDM": unit.credit_code,
        "CF_SJLY": unit.name,
        "CF_SJLYDM": unit.credit_code,
    }


def a_token(region: str) -> str:
    """The key of a program that may do all that programs may, for 文旅局 of a region and a recorder of it."""
    with region_context(region):
        unit = Department.objects.get(region_id=region, code="wlj")
        user = User.objects.create(username=f"recorder-{region}", full_name="归集员")
        Membership.objects.create(
            region_id=region,
            user=user,
            department=unit,
            role=Role.RECORDER,
            from_on=timezone.localdate() - timedelta(days=30),
        )
        return issue_client_key(
            system_actor(region),
            name="政务服务平台",
            scopes=Scope.values,
            expires_at=timezone.now() + timedelta(days=30),
            now=timezone.now(),
            department="wlj",
            recorder=user.username,
        )[1]


def rows_sent(unit: Department, number: str) -> dict[str, Any]:
    """The body by which a program brings one penalty of `unit`."""
    row = typed_record(unit) | {"CF_CFLB": "警告；罚款", "CF_WSH": f"永文旅罚〔2026〕{number}号"}
    return {"category": "administrative_penalty", "rows": [row]}


def a_sent_batch(world: World) -> CollectionBatch:
    """A batch that a key of 文旅局 brought."""
    sent = rows_sent(world.department("wlj"), "90")
    return collect_rows(
        world.enter(world.actors["he"]), category=sent["category"], rows=sent["rows"], way="api", now=timezone.now()
    )


def a_zip() -> bytes:
    """A ZIP with one file that fits no record."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("说明.pdf", b"%PDF-1.7")
    return out.getvalue()


def a_bundle(world: World) -> DecisionBundle:
    """A ZIP that He brought."""
    he = world.enter(world.actors["he"])
    return receive_bundle(he, file_name="决定书.zip", content=a_zip(), now=timezone.now())
