"""The subjects and records of the story, with codes, document numbers and days computed from `today`. All made up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from stdnum.cn import uscc

REGION: Final = "620321"
NEXT_REGION: Final = "620302"
COUNTY: Final = "永昌县"


@dataclass(frozen=True, slots=True)
class Organ:
    """A department: its stable code, name on paper, credit code, and the short form in document numbers."""

    code: str
    name: str
    credit_code: str
    short_form: str
    market: bool


@dataclass(frozen=True, slots=True)
class Firm:
    """A made-up subject; its code has a right check character and a serial number that no register gives out."""

    name: str
    code: str
    person: str
    kind: str = "法人及非法人组织"


@dataclass(frozen=True, slots=True)
class Paper:
    """One record of the story: who decided, against whom, under which number, on which day."""

    category: str
    organ: Organ
    firm: Firm
    doc_no: str
    decided_on: date


def with_check(body: str) -> str:
    """A code of 18 characters from its first 17."""
    return body + str(uscc.calc_check_digit(body))


def firm_code(serial: int, prefix: str = "91") -> str:
    """An obviously made-up code: region, MA, zeros and a running number."""
    return with_check(f"{prefix}{REGION}MA{serial:07d}")


def _organ(code: str, name: str, number: int, short_form: str, market: bool = False, region: str = REGION) -> Organ:
    return Organ(code, name, with_check(f"11{region}{number:09d}"), short_form, market)


ORGANS: Final = {
    one.code: one
    for one in (
        _organ("scjgj", "永昌县市场监督管理局", 2, "永市监", market=True),
        _organ("yjj", "永昌县应急管理局", 3, "永应急"),
        _organ("swj", "国家税务总局永昌县税务局", 4, "永税"),
        _organ("rsj", "永昌县人力资源和社会保障局", 5, "永人社"),
        _organ("tjj", "永昌县统计局", 6, "永统"),
        _organ("mzj", "永昌县民政局", 7, "永民"),
        _organ("fy", "永昌县人民法院", 8, "甘0321"),
        _organ("wlj", "永昌县文体广电和旅游局", 9, "永文旅"),
        _organ("zjj", "永昌县住房和城乡建设局", 10, "永住建"),
        _organ("sthjj", "永昌县生态环境分局", 11, "永环"),
        _organ("xfdd", "永昌县消防救援大队", 12, "永消"),
    )
}
NEIGHBOUR: Final = _organ("scjgj", "金川区市场监督管理局", 2, "金川市监", market=True, region=NEXT_REGION)

SUBJECT_A: Final = Firm("永昌县祁连山食品有限公司", with_check("91620321MA00000X0"), "赵文祥")
SUBJECT_B: Final = Firm("永昌县河西堡惠农农资有限责任公司", firm_code(11), "吴惠民")
SUBJECT_C: Final = Firm("永昌县鑫盛建材有限公司", firm_code(12), "郑建国")
SUBJECT_D: Final = Firm("永昌县骊靬大酒店有限公司", firm_code(13), "冯丽华")
SUBJECT_DOUBT: Final = Firm("永昌县北海子水产养殖有限公司", firm_code(14), "陈海生")
SUBJECT_RARE: Final = Firm("永昌县祎堃商贸有限公司", firm_code(15), "褚祎堃")
SUBJECT_E: Final = Firm("永昌县众诚建筑劳务有限公司", firm_code(16), "卫建业")
SUBJECT_S: Final = Firm("永昌县骊靬民俗文化研究会", with_check(f"51{REGION}MJ0000021"), "蒋文远")


def doc_no(organ: Organ, word: str, day: date, number: int) -> str:
    """A document number as the organ writes it; a court has the number of its case."""
    if organ.code == "fy":
        return f"（{day.year}）{organ.short_form}{word}{number}号"
    return f"{organ.short_form}{word}〔{day.year}〕{number}号"


@dataclass(frozen=True, slots=True)
class Story:
    """The papers of the story as they stand on a given day.

    a_culture     A's fine by 文旅局: general, under the rules of 2026, minimum passed
    a_market      A's fine by 市监局, decided more than thirteen months ago: old and new rules compete, may be filed
    a_abnormal    A's abnormal listing for a missed annual report, since corrected
    b_building    B's fine by 住建局, filed with help at the counter
    c_environment C's fine by 生态环境分局: period passed, duties open, so it will be refused
    d_fire        D's fine by 消防救援大队: the applicant withdraws
    doubt         a penalty of a kind outside the list: no class is suggested, an officer decides
    rare          a subject whose name needs rare characters on paper
    serious       D on the serious list of the market field
    wages         E on the list of wage arrears, paid since: early removal by three tiers
    court, tax, safety, statistics, social   one entry of each other list, of a subject the story knows
    """

    today: date
    a_culture: Paper
    a_market: Paper
    a_abnormal: Paper
    b_building: Paper
    c_environment: Paper
    d_fire: Paper
    doubt: Paper
    rare: Paper
    serious: Paper
    wages: Paper
    court: Paper
    tax: Paper
    safety: Paper
    statistics: Paper
    social: Paper

    @property
    def papers(self) -> tuple[Paper, ...]:
        """All papers, A's first, the lists last."""
        return (
            self.a_culture, self.a_market, self.a_abnormal, self.b_building, self.c_environment, self.d_fire,
            self.doubt, self.rare, self.serious, self.wages, self.court, self.tax, self.safety, self.statistics, self.social,
        )  # fmt: skip


def story(today: date) -> Story:
    """The story as of `today` (a local date); equal days give equal stories."""
    penalty, abnormal = "administrative_penalty", "abnormal_operation"

    def paper(category: str, organ: str, firm: Firm, days_ago: int, number: int, word: str = "罚") -> Paper:
        day = today - timedelta(days=days_ago)
        unit = ORGANS[organ]
        return Paper(category, unit, firm, doc_no(unit, word, day, number), day)

    return Story(
        today,
        a_culture=paper(penalty, "wlj", SUBJECT_A, 130, 21),
        a_market=paper(penalty, "scjgj", SUBJECT_A, 400, 86, "处罚"),
        a_abnormal=paper(abnormal, "scjgj", SUBJECT_A, 140, 17, "列异"),
        b_building=paper(penalty, "zjj", SUBJECT_B, 150, 14),
        c_environment=paper(penalty, "sthjj", SUBJECT_C, 160, 9),
        d_fire=paper(penalty, "xfdd", SUBJECT_D, 145, 31),
        doubt=paper(penalty, "sthjj", SUBJECT_DOUBT, 155, 12),
        rare=paper(penalty, "zjj", SUBJECT_RARE, 135, 18),
        serious=paper("market_violation", "scjgj", SUBJECT_D, 420, 1, "列严"),
        wages=paper("wage_arrears", "rsj", SUBJECT_E, 430, 3, "列薪"),
        court=paper("judgment_defaulter", "fy", SUBJECT_DOUBT, 500, 88, "执"),
        tax=paper("major_tax_violation", "swj", SUBJECT_C, 300, 5, "失信"),
        safety=paper("work_safety", "yjj", SUBJECT_D, 450, 4, "列安"),
        statistics=paper("statistics_violation", "tjj", SUBJECT_B, 200, 2, "失信"),
        social=paper("social_organisation", "mzj", SUBJECT_S, 800, 6, "社严"),
    )
