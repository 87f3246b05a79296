"""The main job of the house, played for real on the running site: see examples/main_job.py."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from examples.main_job import play


class Command(BaseCommand):
    help = "演示：从处罚文件到两个平台同步修复，每一步都核对"

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(play(sys.stdout))
