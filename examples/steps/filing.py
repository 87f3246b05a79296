"""Step 4: applicants file, at home and at the counter; one of them for an entry on a list."""

from cases.services.filing import Authority
from creditrepair.audit.models import Event
from creditrepair.tenancy.context import region_context
from examples.stage import REGION, Stage


def play(stage: Stage) -> None:
    stage.ledger.step(4, "申请：一次申请、一份承诺，三条信息、两个部门；名单信息同样申请")
    s = stage.story
    receipt = stage.receipt = stage.file("zhao", [s.a_culture, s.a_market, s.a_abnormal])
    stage.ledger.check(
        f"甲单位一次申请三条：{receipt.filing_no}  {stage.url}/my/{receipt.applications[0].ref}",
        len(receipt.applications) == 1 and len(stage.cases_of(receipt)) == 3,
    )
    authority = Authority(
        "授权委托书", "授权委托书（2份）及经办人身份证明，窗口已核对原件", None, "已向单位预留手机发送验证码并核对",
        "1号窗口",
    )  # fmt: skip
    counter = stage.file("chuangkou", [s.b_building], authority=authority)
    stage.ledger.check(f"乙单位由窗口凭授权代为提交：{counter.filing_no}", counter.applications[0].channel == "counter")
    stage.file("zheng", [s.c_environment])
    stage.file("feng", [s.d_fire])
    listed = stage.file("wei", [s.wages])
    stage.ledger.check(f"戊单位申请移出拖欠农民工工资名单：{listed.filing_no}", len(stage.cases_of(listed)) == 1)
    for name in ("a_culture", "a_market", "a_abnormal", "b_building", "c_environment", "d_fire", "wages"):
        stage.cases[name] = stage.case_of(getattr(s, name))
    with region_context(REGION):
        line = Event.objects.filter(region_id=REGION, thing=stage.cases["b_building"].ref, verb="submitted").get()
    stage.ledger.check(
        "事件分别记下：谁操作、代谁办理、依据什么",
        line.user_name == "李窗口" and line.on_behalf_of == s.b_building.firm.code and "授权委托书" in line.authority,
        line,
    )
