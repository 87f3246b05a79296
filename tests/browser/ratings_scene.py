"""Ratings to look at: six of 市监局, two of 文旅局, a bad one called back and another overdue."""

from datetime import datetime, timedelta

from cases.models import Task
from cases.services.rating import rate
from cases.services.task import close_task
from creditrepair.tenancy.context import region_context
from tests.world import YONGCHANG, World

GIVEN = (
    (5, "scjgj", ("办事效率", "便捷度"), "一次就办成了，没有跑腿。"),
    (4, "scjgj", ("指南精确度",), ""),
    (5, "scjgj", (), ""),
    (3, "wlj", ("平台操作性",), "手机上传照片有点慢。"),
    (4, "scjgj", (), "谢谢"),
    (2, "wlj", ("办事效率",), "第一次补正说得不清楚，打了两次电话才问明白，我的电话13800000000。"),
    (5, "scjgj", ("办事效率",), ""),
    (1, "scjgj", ("指南精确度", "便捷度"), "材料清单和实际要的不一样。"),
)


def draw(world: World, now: datetime, facts: dict) -> None:
    for days, (grade, unit, tags, text) in enumerate(GIVEN):
        day = now - timedelta(days=9 - days)
        case = world.fresh(world.a_case("withdrawn", unit=unit, who="wu", now=day, **facts))
        rate(world.enter(world.actors["wu"]), ref=case.application.ref, grade=grade, tags=tags, text=text, now=day)
    with region_context(YONGCHANG):
        called = Task.objects.filter(region_id=YONGCHANG, kind=Task.Kind.CALL_BACK).latest("id")
    close_task(world.enter(world.actors["zhou"]), ref=called.ref, answer="已回访，说明了材料要求", now=now)
