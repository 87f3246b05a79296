"""For cron and monitoring: says what is without end or owner, and what is late; exit code 1 if there is anything."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from cases.services import proof, watch
from creditrepair import alive
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Region
from sync import sms

SHOWN = 20


class Command(BaseCommand):
    help = "巡查：每件事项是否有办结依据，或者有责任单位和期限；有遗漏或者告警时退出码为 1"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--look", action="store_true", help="先巡查一遍并产生待办，再报告")
        parser.add_argument("--region", help="只看一个行政区（GB/T 2260 代码）")

    def handle(self, *args: Any, **options: Any) -> None:
        now = sms.database_now()
        silent = 0
        regions = Region.objects.order_by("code")
        for region in regions.filter(pk=options["region"]) if options["region"] else regions:
            if options["look"]:
                watch.watch_region(region.code, now=now, whole=True)
            silent += self._region(region, now)
        alarms = alive.examine().alarms
        for one in alarms:
            self.stdout.write(f"告警 {one.code} {one.region} {one.text}")
        if silent or alarms:
            raise CommandError(f"{silent} 件没有着落，{len(alarms)} 项告警", returncode=1)
        self.stdout.write("全部事项都有办结依据，或者有责任单位和期限；没有告警")

    def _region(self, region: Region, now: Any) -> int:
        today = timezone.localdate(now)
        counts = proof.count_fates(region.code, now=now, today=today)
        self.stdout.write(f"{region.name}（{region.code}）")
        for what, fates in counts.items():
            words = "  ".join(f"{watch.FATE_TEXT[fate]} {number}" for fate, number in fates.items())
            self.stdout.write(f"  {watch.WHAT_TEXT[what]}：{words}")
            if fates[proof.SILENT]:
                with region_context(region.code):
                    rows = proof.rows_with(region.code, what, proof.SILENT, now=now, today=today, limit=SHOWN)
                for row in rows:
                    self.stdout.write(f"    没有着落：{row.thing} {row.state} {row.detail}")
        return sum(fates[proof.SILENT] for fates in counts.values())
