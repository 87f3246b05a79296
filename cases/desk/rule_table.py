"""The whole rule table, readable by all staff: what holds, from which paper, how sure, in force on which day."""

from typing import Final
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from cases.categories import category_choices, pack_for
from cases.desk.forms import described
from cases.desk.rule_words import CERTAINTY_WORDS, chosen, governs_choices, in_order, regime_choices, shown
from cases.overrides import overrides_of
from creditrepair.tenancy.middleware import PortalRequest

PAGE: Final = 40
MOST_PAGES: Final = 999
EVERYTHING: Final = [("", "全部")]


class RowFilter(forms.Form):
    category = forms.ChoiceField(label="类别", required=False)
    regime = forms.ChoiceField(label="规定", required=False)
    governs = forms.ChoiceField(label="事项", required=False)
    certainty = forms.ChoiceField(label="确定程度", required=False)
    question = forms.ChoiceField(label="待核实事项", required=False)
    day = forms.DateField(
        label="该日有效",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "请按 2026-11-23 的样子填写日期。"},
    )

    def __init__(self, asked: QueryDict, region: str) -> None:
        super().__init__(asked)
        words = [(code, told[0]) for code, told in CERTAINTY_WORDS.items()]
        lists = {
            "category": category_choices(),
            "regime": regime_choices(region),
            "governs": governs_choices(),
            "certainty": words,
            "question": [(f"Q{n}", f"Q{n}") for n in range(1, 13)],
        }
        for name, choices in lists.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = EVERYTHING + choices


@require_safe
def rule_rows(request: PortalRequest) -> HttpResponse:
    """The rows of the region's pack, national ones and its own, by filter and page; 422 for a filter nobody offers."""
    pack = pack_for(overrides_of(request.actor.region))
    form = RowFilter(request.GET, request.actor.region)
    valid = form.is_valid()
    asked = {name: value for name, value in form.cleaned_data.items() if value}
    rows = chosen(in_order(pack.rules), asked)
    number = _page_number(request.GET.get("page", ""))
    pages = max(1, -(-len(rows) // PAGE))
    number = min(number, pages)
    kept = urlencode({name: value for name, value in asked.items()})
    return TemplateResponse(
        request,
        "desk/rule_rows.html",
        {
            "title": "规则表",
            "form": described(form),
            "rows": [shown(rule) for rule in rows[(number - 1) * PAGE : number * PAGE]],
            "count": len(rows),
            "all_count": len(pack.rules),
            "filtered": bool(asked),
            "number": number,
            "pages": pages,
            "kept": f"{kept}&" if kept else "",
            "pack_hash": pack.hash,
        },
        status=200 if valid else 422,
    )


def _page_number(text: str) -> int:
    return min(max(int(text), 1), MOST_PAGES) if text.isascii() and text.isdigit() and len(text) < 6 else 1
