"""The main job: real exchange files become records, papers, applications, decisions, and vanish from both platforms.

Acts go through the same verbs as the pages; the web server, worker, sweeper and the platform programs run beside us
and do their part. What people would see is fetched from the pages themselves.
"""

from typing import TextIO

from examples.stage import Stage
from examples.steps import asking, closing, collecting, filing, following, listed, notifying, repairing, reviewing

STEPS = (collecting, notifying, asking, filing, reviewing, listed, repairing, following, closing)


def play(out: TextIO) -> int:
    """Play the job and print it; 0 only if every claim was checked and holds."""
    stage = Stage(out)
    for step in STEPS:
        step.play(stage)
    return _verdict(stage)


def _verdict(stage: Stage) -> int:
    out, failed = stage.ledger.out, stage.ledger.failed
    out.write(f"\n共核对{stage.ledger.checked}项，{len(failed)}项不成立。\n")
    for fault in failed:
        out.write(f"   × {fault}\n")
    out.write("\n演示账号（密码每次启动随机生成）：\n")
    for username, password, name, what in stage.people.accounts:
        out.write(f"   {username:<10} {password:<14} {name}  {what}\n")
    out.write(
        f"\n   申请人与公众  {stage.url}/\n   审核台        {stage.url}/desk/\n   窗口          {stage.url}/counter/\n"
    )
    out.flush()
    return 1 if failed else 0
