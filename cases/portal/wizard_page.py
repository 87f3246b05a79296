"""A step of the wizard as it is about to be shown: the draft, what can be chosen, what was chosen, what is missing."""

import json
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date

from cases.models import Draft, FailureRecord, Material
from cases.portal.cards import VerdictCard
from cases.portal.materials import Slot, already_held, scans_of, slots_of, unsafe_files
from cases.portal.queries import Choice, subject_of, today
from cases.promise import promised_day
from cases.services.filing import COMMITMENT
from cases.services.merge import COMMITTED, IDENTITY, RECORDS, STATED, Conflict, fields_of
from creditrepair.tenancy.actor import Actor

STEPS: Final = {
    "records": "选择失信信息",
    "identity": "核对单位与经办人",
    "materials": "上传材料",
    "commitment": "签署承诺",
    "confirm": "确认提交",
}
ORDER: Final = tuple(STEPS)
IDENTITY_FIELDS: Final = {"agent_name": 50, "agent_phone": 20, "urgent_reason": 200, "bid_on": 10}
LABELS: Final = {"agent_name": "姓名", "agent_phone": "手机号码", "urgent_reason": "加急原因", "bid_on": "投标日期"}
# The commitment names the chosen records: whoever signs has been shown these.
SHOWN: Final = {
    "records": {"records"},
    "identity": {"identity"},
    "materials": {"materials"},
    "commitment": {"committed", "records"},
}


@dataclass(slots=True)
class Page:
    """`stale`: another page saved meanwhile; `conflicts`: fields for the person to settle."""

    actor: Actor
    draft: Draft
    name: str
    choices: list[Choice]
    faults: dict[str, str] = field(default_factory=dict)
    stale: bool = False
    conflicts: tuple[Conflict, ...] = ()
    base: str = ""
    found: dict[str, list[Material]] | None = None

    @property
    def chosen(self) -> list[FailureRecord]:
        refs = set(self.draft.content.get("records", []))
        return [choice.record for choice in self.choices if choice.record.ref in refs and choice.may_choose]

    @property
    def slots(self) -> list[Slot]:
        chosen = self.chosen
        if self.found is None:
            self.found = already_held(chosen, self.actor.subject or "", today())
        return slots_of(chosen, self.draft.content, self.found)

    @property
    def first(self) -> bool:
        """Whether the step was never saved: the name of the signed-in person is then proposed."""
        return "identity" not in self.draft.content

    def gaps(self) -> list[tuple[str, str]]:
        """What still keeps the filing from being handed in: (step, sentence)."""
        content, missing = self.draft.content, []
        if not self.chosen:
            missing.append(("records", "请至少选择一条失信信息。"))
        missing += [("identity", text) for text in identity_faults(content.get("identity", {})).values()]
        for slot in self.slots:
            if not slot.satisfied:
                where = slot.record.doc_no if slot.record else "全部信息"
                missing.append(("materials", f"{where}：缺少“{slot.spec.title}”。"))
        missing += [("materials", text) for text in unsafe_files(self.slots)]
        if not content.get("committed"):
            missing.append(("commitment", "请阅读并签署信用承诺。"))
        return missing

    def missing_here(self) -> dict[str, str]:
        """What must be right before the next step; leaving and going back never ask."""
        content = self.draft.content
        if self.name == "records" and not self.chosen:
            return {"records": "请至少选择一条可以申请的失信信息。"}
        if self.name == "identity":
            return identity_faults(content.get("identity", {}))
        if self.name == "materials":
            return {
                slot.key: f"请上传“{slot.spec.title}”，或者选择由认定单位核实。"
                for slot in self.slots
                if not slot.satisfied
            }
        if self.name == "commitment" and not content.get("committed"):
            return {"committed": "请阅读并勾选承诺。"}
        return {}


def base_of(draft: Draft, step: str) -> str:
    """What a page of this step was shown, for the merge when it is saved."""
    return json.dumps(fields_of(draft.content, SHOWN.get(step, set())), ensure_ascii=False)


def identity_faults(identity: dict[str, Any]) -> dict[str, str]:
    """What is wrong with name and telephone, per field."""
    faults = {}
    if not identity.get("agent_name"):
        faults["agent_name"] = "请填写经办人姓名。"
    phone = identity.get("agent_phone", "")
    if not (phone.isascii() and phone.isdigit() and len(phone) == 11 and phone.startswith("1")):
        faults["agent_phone"] = "请填写11位手机号码，用于接收办理通知。"
    if identity.get("bid_on") and date_of(identity["bid_on"]) is None:
        faults["bid_on"] = "请按“年-月-日”填写投标日期，例如2026-12-01；没有可以不填。"
    return faults


def date_of(text: str) -> date | None:
    try:
        return parse_date(text) if text else None
    except ValueError:
        return None


def label_of(page: Page, name: str) -> str:
    """A field of the merge in the words of the page."""
    section, _, rest = name.partition("/")
    if section == "identity":
        return LABELS.get(rest, rest)
    if section == "records":
        return next((c.record.doc_no for c in page.choices if c.record.ref == rest), "失信信息")
    if section == "materials":
        return next((slot.spec.title for slot in page.slots if slot.key == rest), "材料") + "：由认定单位核实"
    return "信用承诺"


def control_of(name: str, value: str | bool) -> dict[str, Any]:
    """Which control of the form holds a field of the merge, and what it shows: for the script."""
    section, _, rest = name.partition("/")
    if f"{section}/" == IDENTITY:
        return {"name": rest, "text": value}
    names = {RECORDS: ("records", rest), STATED: ("stated", rest), COMMITTED: ("committed", "yes")}
    control, own = names[f"{section}/"]
    return {"name": control, "value": own, "checked": bool(value)}


def _said(value: str | bool) -> str:
    return {True: "选中", False: "不选"}[value] if isinstance(value, bool) else value or "（空）"


def show(request: HttpRequest, page: Page, *, status: int = 200) -> HttpResponse:
    here = ORDER.index(page.name)
    chosen, slots = page.chosen, page.slots
    context = {
        "draft": page.draft,
        "content": page.draft.content,
        "base": page.base or base_of(page.draft, page.name),
        "identity_form": _identity_of(page),
        "step": page.name,
        "title": STEPS[page.name],
        "steps": [
            (name, text, "done" if at < here else "here" if at == here else "")
            for at, (name, text) in enumerate(STEPS.items())
        ],
        "number": here + 1,
        "choices": page.choices,
        "chosen": chosen,
        "chosen_refs": {record.ref for record in chosen},
        "cards": _cards(page, chosen),
        "common": [slot for slot in slots if slot.record is None],
        "made": [slot for slot in slots if slot.record is None and not slot.uploads],
        "by_record": [(record, [slot for slot in slots if slot.record == record]) for record in chosen],
        "slots": slots,
        "scans": scans_of(slots) if page.name in ("materials", "confirm") else {},
        "gaps": [(name, STEPS[name], text) for name, text in page.gaps()] if page.name == "confirm" else [],
        "promised": promised_day(chosen, today()) if page.name == "confirm" and chosen else None,
        "commitment": commitment_lines(),
        "subject": subject_of(page.actor),
        "faults": page.faults,
        "stale": page.stale,
        "asked": [(one.field, label_of(page, one.field), _said(one.mine), _said(one.theirs)) for one in page.conflicts],
        "many_regions": len({record.region_id for record in chosen}) > 1,
    }
    return render(request, f"portal/wizard_{page.name}.html", context, status=status)


def _cards(page: Page, chosen: list[FailureRecord]) -> list[VerdictCard]:
    """The pre-check of each chosen record; before handing in also with its own promised day."""
    cards = [choice.card for choice in page.choices if choice.record in chosen]
    if page.name != "confirm":
        return cards
    return [replace(card, promise=promised_day([card.record], today())) for card in cards if card.record]


def commitment_lines() -> list[str]:
    """The commitment in its parts, for reading; the stored text is the whole."""
    head, _, rest = COMMITMENT.partition("：")
    return [f"{head}：", *(part if part.endswith("。") else f"{part}；" for part in rest.split("；"))]


def _identity_of(page: Page) -> dict[str, str]:
    held = page.draft.content.get("identity", {})
    return {name: held.get(name, page.actor.name if name == "agent_name" and page.first else "") for name in LABELS}
