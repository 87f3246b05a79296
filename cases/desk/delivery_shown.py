"""What the delivery pages say: lanes in words, what a message tells, and what comes next for it. Reads, decides nothing."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format

from sync import seals
from sync.claims import BREAKER_FAILURES
from sync.models import Attempt, Delivery, Lane, RegionLane
from sync.targets import targets

S = Delivery.State
LABELS = {
    "message_no": "报文编号", "schema": "报文格式", "record_key": "信息标识", "version": "版本", "category_text": "信息类别",
    "doc_no": "决定书文号", "doc_date": "决定日期", "subject_name": "主体名称", "subject_code": "统一社会信用代码",
    "authority_name": "决定单位", "severity_text": "失信程度", "published_on": "公示日期", "outcome_text": "处理结果",
    "effect_text": "公示处理", "decision_no": "修复决定文号", "decision_date": "修复决定日期", "effective_at": "生效时间",
    "reason_text": "理由", "decision_sha256": "决定内容散列值", "verify_url": "验证网址", "queued_at": "生成时间", "key": "业务键",
}  # fmt: skip


WHAT = {"send": "发送", "ask": "按编号查询", "look": "核验", "file": "人工报送", "told": "网关回执"}
OUTCOMES = {
    "applied": "对方已办结", "accepted": "对方已接收", "unknown": "结果未知", "later": "稍后再试", "refused": "对方退回",
    "stopped": "凭证未被接受", "superseded": "对方已有更新版本", "absent": "对方未收到", "agrees": "显示一致", "differs": "显示不一致",
    "not_known": "未能核对", "exported": "已导出", "receipt": "已登记回执", "delivered": "已送达", "failed_permanent": "送达失败",
    "failed_temporary": "暂时失败",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TryShown:
    """One attempt in words."""

    at: datetime
    what_text: str
    status: int | None
    outcome_text: str
    milliseconds: int
    detail: str

    @classmethod
    def of(cls, one: Attempt) -> "TryShown":
        outcome = OUTCOMES.get(one.outcome, one.outcome)
        return cls(one.at, WHAT.get(one.what, one.what), one.status, outcome, one.milliseconds, one.detail)


def title_of(code: str) -> str:
    known = targets().get(code)
    return known.title if known else code


@dataclass(frozen=True, slots=True)
class LaneShown:
    """A target with its lane: for the whole installation (`lane`, None while never used) and for this region (`own`)."""

    code: str
    title: str
    lane: Lane | None
    own: RegionLane | None
    configured: bool

    @property
    def by_file(self) -> bool:
        return self.own is not None and self.own.mode == RegionLane.Mode.FILE

    @property
    def since(self) -> datetime | None:
        return (self.own.stopped_at if self.own else None) or (self.lane.stopped_at if self.lane else None)

    @property
    def stopped(self) -> bool:
        return self.since is not None

    @property
    def resting_until(self) -> datetime | None:
        """When a breaker lets the next probe through."""
        if self.lane is None or self.lane.failures < BREAKER_FAILURES or not self.lane.rest_until:
            return None
        return self.lane.rest_until if self.lane.rest_until > timezone.now() else None

    @property
    def text(self) -> str:
        if self.own and self.own.stopped_at:
            return "本地区已停用"
        if self.lane and self.lane.stopped_at:
            return "已停止，需人工处理"
        if self.by_file:
            return "人工报送"
        if not self.configured:
            return "尚未配置地址"
        if self.resting_until:
            return "对方暂时不可用，稍后自动探测"
        return "正常" if self.lane else "尚未使用"

    @property
    def tone(self) -> str:
        if self.stopped:
            return "danger"
        return {"正常": "good", "尚未使用": "none", "尚未配置地址": "none"}.get(self.text, "warn")

    @property
    def reason(self) -> str:
        if self.own and self.own.stopped_at:
            return self.own.reason
        if self.lane and (self.lane.stopped_at or self.resting_until):
            return self.lane.reason or f"连续{self.lane.failures}次没有成功"
        return ""


def shown_lanes(region: str) -> list[LaneShown]:
    lanes = {lane.target: lane for lane in Lane.objects.all()}
    own = {lane.target: lane for lane in RegionLane.objects.filter(region_id=region)}
    return [
        LaneShown(
            code, kind.title, lanes.get(code), own.get(code), bool(settings.SYNC_TARGETS.get(code, {}).get("base_url"))
        )
        for code, kind in targets().items()
    ]


def shown_lane(region: str, code: str) -> LaneShown:
    """KeyError for an unknown target."""
    return {lane.code: lane for lane in shown_lanes(region)}[code]


@dataclass(frozen=True, slots=True)
class MessageShown:
    """The content of a stored message, field by field, and whether its seal holds."""

    fields: list[tuple[str, str]]
    kid: str
    intact: bool
    sealed: bool

    @classmethod
    def of(cls, row: Delivery) -> "MessageShown":
        if row.kind == "sms":  # holds a telephone number and is not sealed: its page is the gateway's business
            return cls([], "", False, False)
        message, kid, intact = seals.opened(bytes(row.body))
        fields = [(label, str(message[name])) for name, label in LABELS.items() if message.get(name) not in (None, "")]
        basis = message.get("basis")
        if isinstance(basis, list) and basis:
            told = "；".join(
                f"{one.get('number', '')}{one.get('article', '')}" for one in basis if isinstance(one, dict)
            )
            fields.append(("依据", told))
        return cls(fields, kid, intact, True)


def next_step_text(row: Delivery, group: str) -> str:
    """What happens next without anybody, or what a person has to do."""
    at = date_format(timezone.localtime(row.due_at), "m-d H:i")
    careful = not targets()[row.target].deduplicates if row.target in targets() else True
    match group:
        case "parked":
            return "处理退回原因后点“再试一次”" + ("，系统先查询再重发" if careful else "")
        case "disagreed":
            return f"{at} 再次核对；可点“再试一次”立即核对"
        case "stopped":
            return "恢复通道后自动继续"
        case "file":
            return _by_hand(row)
        case "unknown":
            return f"{at} 按报文编号查询" + ("，确认未收到才重发" if careful else "或以同一业务键重发")
        case "retry" | "fresh":
            return f"{at} {'核对平台显示' if row.state == S.ACKED else '自动推送'}"
    return "已办结"


def _by_hand(row: Delivery) -> str:
    if row.export_id is None:
        return "导出文件，到平台报送"
    return "平台显示后登记核验结果" if row.state == S.ACKED else "取得平台回执后登记"
