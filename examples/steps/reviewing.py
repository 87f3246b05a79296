"""Step 5: review by tiers; one case corrected, one refused, one withdrawn."""

from django.utils import timezone

from cases.services import intake, review, settle, withdraw
from cases.services.filing import GivenMaterial
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from examples.stage import REGION, Stage


def play(stage: Stage) -> None:
    stage.ledger.step(5, "审核：分级办理，一件补正后返回，一件不予修复，一件撤回")
    for name in ("a_market", "a_abnormal", "b_building", "c_environment", "wages"):
        stage.accept(name)
    _correct(stage)
    stage.accept("a_culture")
    withdrawn = stage.cases["d_fire"].ref
    stage.act(stage.actor("feng"), withdraw.withdraw_case, ref=withdrawn, reason="材料需要重新准备", now=timezone.now())
    stage.ledger.check("丁单位撤回", stage.fresh("d_fire").state == "withdrawn")
    stage.approve("c_environment", "handler")
    reason = settle.Reason("duties_open", "经核实，罚款尚未缴清", "")
    stage.decide("c_environment", "head", review.refuse_step, reasons=[reason], comment="")
    stage.ledger.check("丙单位不予修复，理由成码并附救济途径", stage.fresh("c_environment").state == "refused")


def _correct(stage: Stage) -> None:
    defect = intake.Defect(
        "proof_unclear", "proof_of_duties", "缴款凭证照片不清晰，看不清金额", "", "请重新拍照或扫描后上传"
    )
    stage.decide("a_culture", "handler", intake.ask_for_correction, defects=[defect])
    asked = stage.fresh("a_culture")
    stage.ledger.check("一次性告知补正，计时暂停", asked.state == "correction" and asked.paused)
    applicant = stage.actor("zhao")

    def upload(actor: Actor) -> GivenMaterial:
        with region_context(REGION):
            uuid = stage.upload(actor)
        return GivenMaterial("proof_of_duties", "履行义务证明材料", "C", "缴款凭证（补正）", file_uuid=uuid)

    fresh = stage.act(applicant, upload)
    stage.act(
        applicant, intake.answer_correction, ref=asked.ref, materials=[fresh], answer="已重新扫描上传",
        now=timezone.now(),
    )  # fmt: skip
    answered = stage.fresh("a_culture")
    stage.ledger.check("补正后返回受理环节", answered.state == "submitted", answered.state)
