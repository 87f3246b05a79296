"""Files that waited for the virus scanner are scanned as soon as it answers again; a find is quarantined, not deleted."""

import logging
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.files.storage import default_storage
from django.db import transaction

from cases import virus_scan
from cases.models import StoredFile
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Region

log = logging.getLogger(__name__)


def scan_waiting(*, seconds: float) -> int:
    """Scan what waits, oldest first, for about so many seconds; returns how many files have an answer now.

    Without a scanner in the settings nobody ever answers: such files become `not_run`, which is what is true of them.
    """
    scanner, until, done = virus_scan.scanner(), time.monotonic() + seconds, 0
    for region in Region.objects.order_by("code").values_list("code", flat=True):
        with region_context(region):
            waiting = list(StoredFile.objects.filter(region_id=region, scan=virus_scan.WAITING).order_by("id")[:100])
        for file in waiting:
            answer = _look(scanner, file) if scanner else virus_scan.NOT_RUN
            if answer == virus_scan.WAITING:
                return done
            _note(file, answer)
            done += 1
            if time.monotonic() > until:
                return done
    return done


def _look(scanner: virus_scan.Scanner, file: StoredFile) -> str:
    """The bytes as stored, copied aside: a storage need not be a disk."""
    with TemporaryDirectory(prefix="scan-") as folder:
        copy = Path(folder) / "file"
        try:
            with default_storage.open(file.path) as source, copy.open("wb") as target:
                for chunk in source.chunks():
                    target.write(chunk)
        except FileNotFoundError:
            log.error("stored file %s is missing", file.uuid)
            return virus_scan.FOUND  # whatever it was: it is not handed out
        return scanner.scan(copy)


@transaction.atomic
def _note(file: StoredFile, answer: str) -> None:
    with region_context(file.region_id):
        StoredFile.objects.filter(region_id=file.region_id, pk=file.pk, scan=virus_scan.WAITING).update(scan=answer)
    if answer == virus_scan.FOUND:
        log.warning("stored file %s is quarantined", file.uuid)
