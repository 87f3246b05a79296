"""What the scene of the routes needs of collection's quality: a changed source, a bundle, a batch typed in."""

from typing import Any

from cases.models import Case, FailureRecord, RecordVersion
from creditrepair.tenancy.context import region_context
from tests.world import at


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
