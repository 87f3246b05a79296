"""From when to when an authority may run: what is wrong with two days, beside the field that is wrong. Pure."""

from datetime import date, timedelta
from typing import Final

from creditrepair.tenancy.models import Representation

LONGEST_DAYS: Final = 3 * 366  # an agent's authority; a letter for longer is asked for again
Basis = Representation.Basis


def span_faults(basis: str, from_on: date | None, until_on: date | None, today: date) -> dict[str, str]:
    """What is wrong with from–to. A legal representative may leave the end open, an agent may not."""
    faults = {}
    if from_on is None:
        faults["from_on"] = "请按“年-月-日”填写开始日期。"
    elif from_on > today + timedelta(days=LONGEST_DAYS):
        faults["from_on"] = "开始日期过晚，请核对。"
    if until_on is None:
        if basis != Basis.LEGAL_REPRESENTATIVE:
            faults["until_on"] = "请填写截止日期，以授权委托书为准。"
    elif until_on < today:
        faults["until_on"] = "截止日期已过，请核对。"
    elif from_on is not None and until_on < from_on:
        faults["until_on"] = "截止日期早于开始日期，请核对。"
    elif from_on is not None and basis == Basis.AGENT and (until_on - from_on).days > LONGEST_DAYS:
        faults["until_on"] = "一次授权最长三年，到期可以重新办理。"
    return faults
