"""办事指南的本单位文字: what a unit has written into the guides of its categories, per block, with preview and history."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from cases.categories import rooms
from cases.categories.base import Category
from cases.desk.forms import described, put_errors
from cases.guide_texts import FREE_BLOCKS, OwnText, history_of, may_write, room_or_none, texts_on, unit_name
from cases.services.guides import MAX_TEXT, set_guide_text
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid, NotAllowed, NotFound
from creditrepair.tenancy.middleware import PortalRequest

_NO_DAY = {"invalid": "请按 2026-11-23 的样子填写日期。", "required": "请填写日期。"}


class GuideTextForm(forms.Form):
    """What is typed; which block is free and which day may begin is checked by the verb."""

    block = forms.ChoiceField(label="栏目", choices=[(title, title) for title in FREE_BLOCKS])
    text = forms.CharField(
        label="内容",
        required=False,
        help_text=f"不超过{MAX_TEXT}字，每段一行；留空并提交表示撤下本单位在该栏目的文字",
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    from_on = forms.DateField(
        label="自哪天起", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), error_messages=_NO_DAY
    )
    until_on = forms.DateField(
        label="至哪天止",
        required=False,
        help_text="选填，含当日",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages=_NO_DAY,
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def guide_texts(request: PortalRequest) -> HttpResponse:
    """List of the unit's categories; with `?category=` its form, what is shown today, and the history.

    POST with act=preview shows the text as the guide would print it, act=publish publishes it.
    """
    actor = request.actor
    own = [room for room in rooms() if may_write(actor, room)]
    if not own:
        raise NotAllowed("指南文字由责任单位的归集人员或者负责人发布，您的岗位无需办理。")
    code = request.GET.get("category", "")
    chosen = _chosen(actor, code) if code else own[0]
    today = timezone.localdate()
    form = GuideTextForm(request.POST or None, initial={"from_on": today})
    preview: OwnText | None = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if request.POST.get("act") == "preview":
            preview = OwnText(data["block"], data["text"], unit_name(actor), data["from_on"], data["until_on"])
        elif _published(actor, chosen, form, data):
            messages.success(request, f"已发布：{chosen.title} · {data['block']}，{data['from_on']}起。")
            return HttpResponseRedirect(f"{reverse('desk:guide_texts')}?category={chosen.code}")
    return TemplateResponse(
        request,
        "desk/guide_texts.html",
        {
            "title": "办事指南文字",
            "rooms": own,
            "chosen": chosen,
            "form": described(form),
            "preview": preview,
            "shown": texts_on(actor.region, chosen.code, today),
            "history": history_of(actor.region, actor.department_id or 0, chosen.code),
            "today": today,
        },
        status=422 if form.errors else 200,
    )


def _chosen(actor: Actor, code: str) -> Category:
    room = room_or_none(code)
    if room is None:
        raise NotFound
    if not may_write(actor, room):
        raise NotAllowed("本类别的指南文字由责任单位的归集人员或者负责人发布。")
    return room


def _published(actor: Actor, room: Category, form: GuideTextForm, data: dict[str, Any]) -> bool:
    """Whether the verb took it; what it found stands beside the fields, with everything typed kept."""
    begin: date = data["from_on"]
    try:
        set_guide_text(
            actor,
            category=room.code,
            block=data["block"],
            text=data["text"],
            from_on=begin,
            until_on=data["until_on"],
            now=timezone.now(),
        )
    except Invalid as refusal:
        put_errors(form, refusal.fields, refusal.message)
        return False
    return True
