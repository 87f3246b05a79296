"""The shape of a room: what every category of failure record says about itself. Data and pure functions, no models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from cases.law import Reason, RecordFacts, RoomLaw, RowMaker, Rule, WhyNot
from cases.law.regimes import NDRC_36, NDRC_58, NDRC_527, NOTICE_63, SAMR_2021, STATE_22, Regime

OWN: Final = "own"
END_PUBLICATION: Final = "end_publication"
REMOVE_FROM_LIST: Final = "remove_from_list"
EFFECTS: Final[dict[str, str]] = {END_PUBLICATION: "终止公示", REMOVE_FROM_LIST: "移出"}
PLATFORMS: Final = ("creditchina_jinchang", "gsxt_gansu")
# Proof is fetched by departments (22号文), and nobody asks for what the certain rules do not.
NOT_NEEDED: Final = (
    "行政处罚决定书或者列入决定书（系统已有）",
    "信用报告",
    "信用修复培训证明",
    "任何中介机构的证明或者委托",
)
AFTER_APPROVAL: Final = "准予后停止公示、停止共享和使用、解除惩戒措施，两平台同步更新，无需再次申请"


@dataclass(frozen=True, slots=True)
class ExtraField:
    """A field of the record that only this category has.

    kind      text, date, bool or choice; choices are (value, label)
    fact      name of the RecordFacts field it feeds, "" where it is only shown
    """

    name: str
    label: str
    kind: str = "text"
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    fact: str = ""


@dataclass(frozen=True, slots=True)
class Tier:
    """One tier of review; department is "own" (the unit that decided) or a department code.

    may_refuse   False for a re-check that may send back with reasons, but not refuse
    switchable   the region may turn the tier off
    external     decided outside by `organ` (a court, a superior); here only its paper is recorded
    """

    code: str
    title: str
    department: str = OWN
    may_refuse: bool = True
    switchable: bool = False
    external: bool = False
    organ: str = ""


@dataclass(frozen=True, slots=True)
class MaterialSpec:
    """A document asked of the applicant, or fetched for them.

    common   asked once per filing, not per record; core: proof of duties and the commitment
    source   applicant, generated (filled by the system) or fetched (from a department or licence register)
    """

    code: str
    title: str
    description: str
    required: bool = True
    common: bool = False
    source: str = "applicant"
    core: bool = False


@dataclass(frozen=True, slots=True)
class DefectCode:
    """A coded defect or ground; applies_to: any of correction, not_accepted, refused; article "" = none certain."""

    code: str
    text: str
    article: str
    applies_to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GuideBlock:
    """One block of the 办事指南 that no rule can say; its name is one that service guides use."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Category:
    """One category of failure records. Outside the package everybody asks it; nobody compares its code.

    code                  name of its module; title: the words of Annex 1
    annex1_row            1 to 9, None for a category added later (listed after them)
    annex1_departments    department codes of Annex 1, in its order
    market                True or False where all records are of one field, None where the record says it
    tiers, materials, effect   take the facts of a record, for they may differ by kind
    grounds               the room's own codes of 列入事由 and their words, for RecordFacts.ground
    rules                 its rows of law; those of a region's own paper (`Rule.region`) reach that region's pack alone
    remedy                the row of remedies for the unit that normally decides: a 县级部门, b 税务, e 法院 (see `Remedy`)
    not_needed            what an applicant is often asked for and need not bring
    after_approval        what happens once repair is granted, in one line

    Who decides, what false material leads to and how much time there is are rule rows; the guide reads them.
    """

    code: str
    title: str
    annex1_departments: tuple[str, ...]
    rules: tuple[Rule, ...]
    why_not: WhyNot
    guide: tuple[GuideBlock, ...]
    tiers: Callable[[RecordFacts], tuple[Tier, ...]]
    materials: Callable[[RecordFacts], tuple[MaterialSpec, ...]]
    reason_codes: tuple[DefectCode, ...]
    effect: Callable[[RecordFacts], str]
    extra_fields: tuple[ExtraField, ...] = ()
    targets: tuple[str, ...] = PLATFORMS
    decided: str = "here"
    market: bool | None = None
    annex1_row: int | None = None
    grounds: tuple[tuple[str, str], ...] = ()
    remedy: str = "a"
    not_needed: tuple[str, ...] = NOT_NEEDED
    after_approval: str = AFTER_APPROVAL

    @property
    def law(self) -> RoomLaw:
        """What the room brings to a rule pack."""
        return RoomLaw(
            category=self.code,
            rules=tuple(rule for rule in self.rules if rule.region is None),
            why_not=self.why_not,
            market=self.market,
            decided=self.decided,
            listing=self.effect(RecordFacts(self.code)) == REMOVE_FROM_LIST,
            revision=_revision(self.why_not),
        )

    @property
    def local(self) -> tuple[Rule, ...]:
        """Rows of papers of one region, each with its code."""
        return tuple(rule for rule in self.rules if rule.region is not None)

    def own(self, governs: str) -> tuple[Rule, ...]:
        """The room's own national rows of one matter, of all times, as they stand in the room."""
        return tuple(rule for rule in self.law.rules if rule.governs == governs)

    @property
    def decides(self) -> tuple[Rule, ...]:
        """Who decides (谁处罚谁修复 and the like), with basis and certainty, of all times."""
        return self.own("decider")

    @property
    def false_material(self) -> tuple[Rule, ...]:
        """What false material leads to on this list; none = only the general rows."""
        return self.own("false_material")

    def defects(self, outcome: str) -> tuple[DefectCode, ...]:
        """The codes for one outcome: correction, not_accepted or refused."""
        return tuple(code for code in self.reason_codes if outcome in code.applies_to)


@lru_cache
def _revision(why_not: WhyNot) -> str:
    """Digest of the file a room's conditions stand in, so that a change of code changes the hash of the pack too."""
    code = getattr(why_not, "__code__", None)
    source = Path(code.co_filename) if code is not None else None
    return sha256(source.read_bytes()).hexdigest()[:16] if source is not None and source.is_file() else ""


HANDLER: Final = Tier("handler", "经办")
HEAD: Final = Tier("head", "负责人")
SECTION: Final = Tier("section", "科室")
BUREAU: Final = Tier("bureau", "局领导")

PROOF_OF_DUTIES: Final = MaterialSpec(
    "proof_of_duties",
    "履行法定义务、纠正失信行为的证明材料",
    "罚没款缴款凭证、整改情况说明及照片等；票据遗失的，可选择由认定单位核实，无需补开",
    core=True,
)
COMMITMENT: Final = MaterialSpec(
    "commitment",
    "信用承诺书",
    "由系统按所选信息生成，一份列明全部信息，确认签署即可",
    common=True,
    source="generated",
    core=True,
)
MARKET_COMMITMENT: Final = MaterialSpec(
    "commitment", "守信承诺书", COMMITMENT.description, common=True, source="generated", core=True
)
APPLICATION_FORM: Final = MaterialSpec(
    "application_form", "信用修复申请书", "由系统按填报内容生成，确认签署即可", common=True, source="generated"
)
LICENCE: Final = MaterialSpec(
    "licence",
    "营业执照和身份证明",
    "优先由系统核验电子营业执照；不能核验的上传营业执照和经办人身份证明复印件",
    common=True,
    source="fetched",
)

GENERAL_DEFECTS: Final[tuple[DefectCode, ...]] = (
    DefectCode("proof_missing", "缺少履行义务或纠正失信行为的证明材料", "", ("correction",)),
    DefectCode("proof_unclear", "证明材料不清晰、不完整，或者与决定书载明的义务不一致", "", ("correction",)),
    DefectCode("commitment_missing", "信用承诺书未签署、未盖章或者内容不完整", "", ("correction",)),
    DefectCode("identity_unclear", "主体或者经办人身份、授权材料不完整", "", ("correction",)),
    DefectCode("period_not_reached", "未达到最短公示期", str(NDRC_36.basis()), ("not_accepted",)),
    DefectCode("no_commitment", "未公开作出信用承诺", str(NDRC_36.basis()), ("not_accepted",)),
    DefectCode("out_of_scope", "不属于本单位认定的信息，或者不属于信用修复范围", "", ("not_accepted",)),
    DefectCode("excluded_by_law", "法律、法规或者党中央、国务院政策文件规定不可修复", "", ("not_accepted", "refused")),
    DefectCode("duties_open", "法定责任义务尚未履行完毕", str(NDRC_36.basis()), ("not_accepted", "refused")),
    DefectCode("not_corrected", "失信行为尚未纠正", str(NDRC_36.basis()), ("refused",)),
    DefectCode("false_material", "提供虚假材料或者信用承诺严重不实", "", ("refused",)),
)

GUIDE_ANNEX: Final = GuideBlock(
    "常见问题", "缴清罚款不等于修复：修复需要申请，或者公示期满自动停止公示。票据遗失的，可以由认定单位核实缴款。"
)


def open_duties(
    facts: RecordFacts, today: date, *, order: Regime | None = None, sure: bool = False
) -> tuple[Reason, ...]:
    """Blocks where the record says that duties are open; silent where it says nothing (shown in the filing).

    order   of a list; a penalty has those of its field. Before 22号文, the frame for all, the order's own condition
            counts, and where that is not `sure` an officer judges
    """
    if facts.duties_done is not False:
        return ()
    text = "相关法定责任义务尚未履行完毕，失信行为尚未纠正；履行、纠正后即可申请"
    if order is None:
        order = SAMR_2021 if facts.market else (NDRC_58 if today >= NDRC_58.in_force_from else NDRC_527)
        sure = today >= (SAMR_2021 if facts.market else NDRC_58).in_force_from
        if today >= NDRC_36.in_force_from and facts.market is False:
            return (Reason(text, NDRC_36.basis(), effect="blocks"),)
    if today >= STATE_22.in_force_from:
        return (Reason(text, STATE_22.basis(), effect="blocks"),)
    if sure:
        return (Reason(text, order.basis(), effect="blocks"),)
    unsure = "相关法定责任义务尚未履行完毕，是否影响移出待核实，由认定单位判断"
    return (Reason(unsure, order.basis(), certainty="unverified", effect="officer"),)


def superior_rows(code: str) -> tuple[Rule, ...]:
    """63号文 on serious lists: the superior's own procedure prevails where there is one, else the removal is reported.

    The notice is of 永昌县, and so are its rows. Whether a superior of this list has a procedure is not known, so the
    switch is off until the region sets it.
    """
    row = RowMaker(NOTICE_63, category=code, unit="bool")
    return (
        row(
            f"superior.{code}", "superior_procedure", None, "上级主管部门对移出程序另有规定的，从其规定；本名单上级有无规定待核实",
            certainty="unknown", question="Q6",
        ),
        row(f"report.{code}", "report_removal", True, "上级没有明确移出流程的，由本单位移出，并将移出结果及时共享至上级主管单位和甘肃省信用信息共享平台"),
    )  # fmt: skip
