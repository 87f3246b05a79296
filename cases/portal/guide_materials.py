"""申报材料: the table of a guide, from what a room asks of each kind of record it knows."""

from typing import Any, Final

from django.urls import reverse

from cases.categories.base import Category, MaterialSpec
from cases.law import RecordFacts
from cases.portal.blank_forms import FORMS
from cases.portal.room_facts import choices_of, label_of, of_choice

SOURCES: Final = {"applicant": "申请人自备", "generated": "系统生成", "fetched": "部门核验共享"}
COPIES: Final = {
    "applicant": "复印件1份（网上交电子件），窗口核对原件后退回", "generated": "1份（确认签署即可）", "fetched": "无需提交",
}  # fmt: skip


def materials_of(room: Category, facts: RecordFacts) -> list[dict[str, Any]]:
    """The table of materials: those of every kind of record the room knows, each once, with the case it is for."""
    kinds = [("", facts)]
    for fact in ("ground", "term"):
        for code, words in choices_of(room, fact):
            kinds.append((f"{label_of(room, fact)}：{words}", of_choice(facts, fact, code)))
    found: dict[tuple[str, str], tuple[MaterialSpec, list[str]]] = {}
    for words, one in kinds:
        for spec in room.materials(one):
            found.setdefault((spec.code, spec.title), (spec, []))[1].append(words)
    by_kind = {spec.code for spec, words in found.values() if len(words) < len(kinds) and any(words)}
    return [
        {
            "title": spec.title,
            "text": spec.description,
            "when": "" if len(words) == len(kinds) else "；".join(filter(None, words)),
            "source": SOURCES[spec.source],
            "copies": COPIES[spec.source],
            "need": _need(spec),
            "forms": _forms(room, spec),
        }
        for spec, words in found.values()
        if any(words)
        or spec.code not in by_kind  # the general word for it, where each kind has its own
        or len(kinds) == 1
    ]


def _need(spec: MaterialSpec) -> str:
    if spec.source == "generated":
        return "必要（自动生成）"
    return "必要" if spec.required and spec.source == "applicant" else "非必要"


def _forms(room: Category, spec: MaterialSpec) -> str:
    return reverse("portal:blank", args=[room.code, spec.code]) if spec.code in FORMS else ""
