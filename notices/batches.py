"""批量制作: the row of a batch, how far it is, and its papers as files made on request, one in memory at a time."""

import hashlib
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import pikepdf
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Count

from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.models import Department
from notices.models import Notice, PaperBatch

MOST: Final = 1000
LEAF: Final = 100  # papers of one merged file: about 20 MB, and as much memory to make it


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is. Counts of papers; `numbered` have a number, `printed` a file, `stopped` need a person."""

    total: int
    waiting: int
    refused: int
    numbered: int
    printed: int
    stopped: int

    @property
    def finished(self) -> bool:
        return not self.waiting and self.printed + self.stopped >= self.numbered

    @property
    def done(self) -> int:
        """Papers about which nothing more will happen by itself."""
        return self.printed + self.stopped + self.refused


@transaction.atomic
def begin(actor: Actor, department: Department, *, kind: str, refs: Sequence[str], now: datetime) -> PaperBatch:
    """Keep which records are to get a paper; numbering follows in portions. At most 1,000 references."""
    batch = PaperBatch.objects.create(
        region_id=actor.region,
        department=department,
        kind=kind,
        asked_by_id=actor.person_id,
        asked_at=now,
        waiting=list(refs[:MOST]),
        total=len(refs[:MOST]),
    )
    record_event(
        actor, "papers_asked", kind="paper_batch", thing=batch.ref, at=now, data={"kind": kind, "total": batch.total}
    )
    return batch


def progress(batch: PaperBatch) -> Progress:
    """Read now; inside the region."""
    found = dict(
        Notice.objects.filter(region_id=batch.region_id, batch=batch)
        .order_by()
        .values_list("status")
        .annotate(n=Count("id"))
    )
    stopped = found.get(Notice.Status.FAILED, 0)
    numbered = sum(found.values())
    return Progress(
        total=batch.total,
        waiting=len(batch.waiting),
        refused=len(batch.refused),
        numbered=numbered,
        printed=numbered - stopped - found.get(Notice.Status.REQUESTED, 0),
        stopped=stopped,
    )


def printed(batch: PaperBatch) -> list[Notice]:
    """The batch's papers in force that have a file, in the order of their numbers."""
    rows = Notice.objects.filter(region_id=batch.region_id, batch=batch, status=Notice.Status.ISSUED)
    return list(rows.order_by("kind", "year", "serial"))


def leaves(papers: Sequence[Notice]) -> list[Sequence[Notice]]:
    """The papers in parts of 100, each to be merged into one file for printing."""
    return [papers[at : at + LEAF] for at in range(0, len(papers), LEAF)]


def merged(papers: Sequence[Notice]) -> bytes:
    """One PDF of up to 100 papers for printing, equal faces kept once. Not PDF/A: the single papers are the originals."""
    with pikepdf.new() as whole:
        for notice in papers[:LEAF]:
            with default_storage.open(notice.pdf_path) as file, pikepdf.open(io.BytesIO(file.read())) as one:
                whole.pages.extend(one.pages)
        _share_faces(whole)
        out = io.BytesIO()
        whole.save(out, deterministic_id=True)
        return out.getvalue()


def zipped(papers: Sequence[Notice]) -> Iterator[bytes]:
    """A ZIP of the papers under their numbers, piece by piece as they are read; nothing is packed twice."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for notice in papers:
            with default_storage.open(notice.pdf_path) as file:
                entry = zipfile.ZipInfo(f"{notice.number}.pdf", notice.issued_on.timetuple()[:6])
                archive.writestr(entry, file.read())
            yield sink.taken()
    yield sink.taken()


def _share_faces(whole: pikepdf.Pdf) -> None:
    known: dict[bytes, pikepdf.Object] = {}
    for item in whole.objects:
        if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor" and "/FontFile3" in item:
            face = item.FontFile3
            item.FontFile3 = known.setdefault(hashlib.sha256(face.read_raw_bytes()).digest(), face)
    whole.remove_unreferenced_resources()


class _Sink(io.RawIOBase):
    """Where a ZIP is written to: bytes wait here until they are sent; it cannot be wound back."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        assert isinstance(data, (bytes, bytearray, memoryview))
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)
