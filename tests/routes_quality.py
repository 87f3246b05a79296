"""What the scene of the routes needs of collection's quality: a changed source, a bundle, a batch typed in."""

from typing import Any

from cases.models import Case, FailureRecord, RecordVersion
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Department
from tests.world import FIRM_A, at


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
