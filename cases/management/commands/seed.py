"""Make the regions, their departments and the calendar of an installation; running it again changes nothing it made."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.utils import timezone

from cases.services.calendar import seed_calendar
from creditrepair.tenancy.seed import REGIONS, seed_regions


class Command(BaseCommand):
    help = "初始化行政区、责任单位和工作日历"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--years", type=int, default=3, help="从去年起载入几年的工作日历")

    def handle(self, *args: Any, **options: Any) -> None:
        first = timezone.localdate().year - 1
        with transaction.atomic():
            seed_regions()
            days = seed_calendar(range(first, first + options["years"]))
        self.stdout.write(f"行政区 {'、'.join(name for name, _ in REGIONS.values())}；新载入日历 {days} 天")
