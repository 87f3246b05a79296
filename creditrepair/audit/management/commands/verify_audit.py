"""Walk the event chain of every region; exit code 1 and the first bad row if one does not hold."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from creditrepair.audit.chain import verify
from creditrepair.audit.checkpoints import last_sealed
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Region


class Command(BaseCommand):
    help = "核验各行政区事件链"

    def handle(self, *args: Any, **options: Any) -> None:
        faults = []
        for region in Region.objects.order_by("code"):
            with region_context(region.code):
                result = verify(region.code, sealed=last_sealed(region.code))
            self.stdout.write(
                f"{region.name} {result.rows} 条 {'完整' if result.ok else result.fault} {result.head[:16]}"
            )
            if not result.ok:
                faults.append(f"{region.name}：{result.fault}")
        if faults:
            raise CommandError("；".join(faults))
