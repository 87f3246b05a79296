"""救济途径: which way leads on from a refusal, and the sentence that says so.

Basis: 行政复议法 (2023), 行政诉讼法 (2017).
"""

from enum import StrEnum

from notices.numbers import or_pending

_COURT = "本信息由人民法院决定，不适用行政复议；认为有误的，可以向作出决定的人民法院申请纠正。"


class RemedyRow(StrEnum):
    """Who refused decides the row. The row is the department's; a reviewing organ not known prints 待核实."""

    COUNTY_DEPARTMENT = "a"  # the people's government of the county (行政复议法 art. 24)
    TAX = "b"  # the next higher tax bureau (art. 27)
    CENTRALLY_RUN = "c"  # a setting per department
    TOWNSHIP_OR_GOVERNMENT = "d"  # the government one level up (art. 24)
    COURT = "e"  # no administrative organ, so no reconsideration (art. 2)


def against_refusal(row: RemedyRow, organ: str | None, channel: str | None, *, first: bool = False) -> str:
    """The paragraph of 不予受理 and 不予修复: term, organ, channel (art. 20, 22) and court (行政诉讼法 art. 46).

    first   reconsideration has to come before court, which is then against its decision (行政诉讼法 art. 44, 45)
    """
    if row is RemedyRow.COURT:
        return _COURT
    if first:
        return (
            f"如不服本决定，应当先自收到本决定书之日起六十日内向{or_pending(organ)}申请行政复议"
            f"（渠道：{or_pending(channel)}）；对复议决定不服的，可以自收到复议决定书之日起十五日内依法向有管辖权的"
            "人民法院提起行政诉讼。"
        )
    return (
        f"如不服本决定，可以自收到本决定书之日起六十日内向{or_pending(organ)}申请行政复议"
        f"（渠道：{or_pending(channel)}），也可以自收到本决定书之日起六个月内依法向有管辖权的人民法院提起行政诉讼。"
    )


def against_silence(row: RemedyRow, organ: str | None) -> str:
    """The paragraph of 受理: against a failure to act reconsideration comes before court (arts. 11, 23)."""
    if row is RemedyRow.COURT:
        return _COURT
    return (
        f"本单位逾期未作出决定的，应当先向{or_pending(organ)}申请行政复议；"
        "对复议决定不服的，可以依法向人民法院提起行政诉讼。"
    )
