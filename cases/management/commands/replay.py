"""重放已作出的判定: makes every stored decision again and says by case whether it would come out the same."""

import json
import sys
from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand

from cases.services.replay import DRIFT, SAME, WORDS, Replayed, replay_region
from creditrepair.tenancy.models import Region


class Command(BaseCommand):
    help = "重放：按保存的输入和当时的规则重新判定，逐件报告差异；有差异时返回1"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--region", help="行政区划代码，缺省为全部")
        parser.add_argument("--case", default="", help="只重放一件（案件编号）")
        parser.add_argument("--json", action="store_true", help="每行一个JSON对象")
        parser.add_argument("--all", action="store_true", help="一致的也逐件列出")

    def handle(self, *args: Any, **options: Any) -> None:
        codes = Region.objects.order_by("code").values_list("code", flat=True)
        regions = [options["region"]] if options["region"] else list(codes)
        counts: Counter[str] = Counter()
        for region in regions:
            for one in replay_region(region, case_ref=options["case"]):
                counts[one.outcome] += 1
                self._tell(one, as_json=options["json"], everything=options["all"])
        if options["json"]:
            self.stdout.write(json.dumps({"counts": counts}, ensure_ascii=False))
        else:
            self.stdout.write("，".join(f"{word}{counts[name]}项" for name, word in WORDS.items()))
        if counts[DRIFT]:
            sys.exit(1)

    def _tell(self, one: Replayed, *, as_json: bool, everything: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(one.as_json(), ensure_ascii=False))
        elif everything or one.outcome != SAME:
            self.stdout.write(f"{one.case} {one.step or '提交'} {one.judged_on} {WORDS[one.outcome]}")
            for each in one.differences:
                self.stdout.write(f"    {each.field}：{each.stored} → {each.now}")
