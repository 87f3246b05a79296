"""The national working-day calendar, from the server's console: show it, load the State Council's notice of a year."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cases.services.calendar import load_national, preview_national
from cases.services.calendar_preview import Preview, calendar_years
from creditrepair.tenancy.errors import Invalid
from creditrepair.tenancy.models import Region


class Command(BaseCommand):
    help = "工作日历：查看各年状态；录入国务院办公厅关于某年部分节假日安排的通知"

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("show", help="each region's years: final or provisional, and from where")
        load = verbs.add_parser("load", help="read a notice (UTF-8 text) into the national calendar")
        load.add_argument("file", type=Path)
        load.add_argument("--source", default="", help="name and number of the paper, e.g. 国办发明电〔2025〕7号")
        load.add_argument("--dry-run", action="store_true", help="only say what would change")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verb"] == "show":
            self._show()
            return
        try:
            text = options["file"].read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as problem:
            raise CommandError(f"{options['file']}: {problem}") from None
        try:
            if options["dry_run"]:
                for region, preview in preview_national(text, now=timezone.now()).items():
                    self._tell(region, preview)
            else:
                for region, moved in load_national(text, source=options["source"], now=timezone.now()).items():
                    self.stdout.write(f"{region}：{'重算已排队' if moved is None else f'{moved}件到期日变化'}")
        except Invalid as refused:
            raise CommandError(refused.message) from None

    def _show(self) -> None:
        for region in Region.objects.order_by("code"):
            self.stdout.write(f"{region.code} {region.name}")
            for year in calendar_years(region.code, timezone.localdate()):
                self.stdout.write(f"  {year.year}  工作日{year.worked_days}天  {year.text}  {year.source}".rstrip())

    def _tell(self, region: str, preview: Preview) -> None:
        self.stdout.write(
            f"{region}：{preview.notice.year}年{'（已录入，将更正）' if preview.was_final else ''}，"
            f"{len(preview.changes)}天有变化，{preview.moved}件到期日变化，其中{preview.late}件变为超期"
        )
        for change in preview.changes:
            self.stdout.write(f"  {change.day}  {change.text}")
        for move in preview.shown:
            self.stdout.write(f"  {move.ref}  {move.department}  {move.before or '—'} → {move.after or '—'}")
