"""A department's own dated text in a 办事指南. Rule-fed blocks stay generated: nobody writes law by hand."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from cases.guide_texts import FREE_BLOCKS, in_force, may_write, room_or_none
from cases.models import GuideText
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid, NotAllowed, NotFound

MAX_TEXT = 2000


@transaction.atomic
def set_guide_text(
    actor: Actor, *, category: str, block: str, text: str, from_on: date, until_on: date | None, now: datetime
) -> GuideText:
    """Publish the unit's own words in a free block of a category's guide, from a day on; an empty text takes them away.

    Texts are appended and never changed, so what stood on a past day can be told later.

    Raises NotFound (no such category), NotAllowed (not a unit of it, or neither recorder nor head), Invalid (a block
    that rules feed, a text too long, a day in the past, an end before the beginning, nothing there to take away).
    """
    room = room_or_none(category)
    if room is None:
        raise NotFound
    if not may_write(actor, room) or actor.department_id is None:
        raise NotAllowed("本类别的指南文字由责任单位的归集人员或者负责人发布。")
    today = timezone.localdate(now)
    words = "\n".join(line.strip() for line in text.replace("\r\n", "\n").split("\n")).strip()
    faults: dict[str, str] = {}
    if block not in FREE_BLOCKS:
        faults["block"] = "该栏目由现行规则自动生成，不能改写。请选择其他栏目。"
    if len(words) > MAX_TEXT:
        faults["text"] = f"内容有{len(words)}个字，请控制在{MAX_TEXT}个字以内。"
    elif any(not sign.isprintable() and sign != "\n" for sign in words):
        faults["text"] = "内容含有不能显示的字符，请删除后再提交。"
    elif not words and not in_force(actor.region, actor.department_id, category, block, today):
        faults["text"] = "请填写内容。撤下文字时才可以留空，而本单位在该栏目还没有文字。"
    if from_on < today:
        faults["from_on"] = "开始日期不能早于今天，已过去的日子不能改写。"
    if until_on is not None and until_on < from_on:
        faults["until_on"] = "结束日期不能早于开始日期。"
    if faults:
        raise Invalid(fields=faults)
    written = GuideText.objects.create(
        region_id=actor.region,
        category=category,
        department_id=actor.department_id,
        block=block,
        text=words,
        from_on=from_on,
        until_on=until_on,
        set_by_id=actor.person_id,
        set_at=now,
    )
    record_event(
        actor,
        "guide_text_set",
        kind="guide",
        thing=category,
        at=now,
        data={
            "block": block,
            "text": words,
            "from_on": from_on.isoformat(),
            "until_on": until_on.isoformat() if until_on else "",
        },
    )
    return written
