"""What is not done yet, in the groups of the stuck page: each open message is in exactly one, by why it waits."""

from dataclasses import dataclass
from typing import Final

from django.db.models import Q, QuerySet

from sync.models import Delivery, Lane, RegionLane

S = Delivery.State


@dataclass(frozen=True, slots=True)
class Group:
    """`text` says why its messages wait and what to do; `retried`: whether 「再试一次」 does anything there."""

    title: str
    text: str
    tone: str
    retried: bool = True


GROUPS: Final = {
    "parked": Group("需人工处理", "平台明确退回。请按退回原因更正或与平台联系，之后再试一次。", "danger"),
    "disagreed": Group("平台显示不一致", "平台已确认收到，但显示的内容与登记不同。可再核对一次。", "danger"),
    "unknown": Group("结果未知", "已发出而没有明确答复。系统先按报文编号查询，再决定是否重发。", "warn"),
    "retry": Group("等待重试", "上次没有成功，系统按间隔自动重试。", "warn"),
    "stopped": Group("通道停用", "所在通道已停用，恢复通道后自动继续。", "danger", retried=False),
    "file": Group("待人工报送", "该平台没有接口。请导出文件报送，再登记回执和核验结果。", "warn", retried=False),
    "fresh": Group("正常推送中", "刚生成或正在核验，无需操作。", "good", retried=False),
}


def open_rows(region: str, group: str, target: str = "") -> QuerySet[Delivery]:
    """The open messages of one group, without bodies. KeyError for an unknown group. Call it inside the region."""
    by_file, stopped = _lanes(region)
    rows = Delivery.objects.filter(region_id=region, done_at__isnull=True).defer("body")
    if target:
        rows = rows.filter(target=target)
    stands = Q(state__in=[S.PARKED, S.DISAGREED])
    held = Q(target__in=by_file | stopped)
    unclear = Q(state__in=[S.UNKNOWN, S.SENT])
    tried = Q(tries__gt=0, state=S.QUEUED) | (Q(state__in=[S.QUEUED, S.ACKED]) & ~Q(last_error=""))
    match group:
        case "parked":
            return rows.filter(state=S.PARKED)
        case "disagreed":
            return rows.filter(state=S.DISAGREED)
        case "file":
            return rows.filter(target__in=by_file).exclude(stands)
        case "stopped":
            return rows.filter(target__in=stopped - by_file).exclude(stands)
        case "unknown":
            return rows.filter(unclear).exclude(held)
        case "retry":
            return rows.filter(tried).exclude(held)
        case "fresh":
            return rows.exclude(stands | held | unclear | tried)
    raise KeyError(group)


def _lanes(region: str) -> tuple[set[str], set[str]]:
    """(targets that this region serves by file, targets stopped for it or for the whole installation)."""
    own = list(RegionLane.objects.filter(region_id=region).values_list("target", "mode", "stopped_at"))
    by_file = {target for target, mode, _ in own if mode == RegionLane.Mode.FILE}
    stopped = {target for target, _, stopped_at in own if stopped_at}
    return by_file, stopped | set(Lane.objects.filter(stopped_at__isnull=False).values_list("target", flat=True))
