"""Step 3: anybody asks whether a record may be repaired, from which day, and why."""

from urllib.parse import urlencode

from cases.categories import room
from examples.checks import fetch
from examples.stage import Stage
from examples.story import Paper


def play(stage: Stage) -> None:
    stage.ledger.step(3, "查询：能不能修复、从哪天起、为什么")
    shown: set[str] = set()
    for firm, papers in _by_firm(stage).items():
        url = f"{stage.url}/search?{urlencode({'q': firm})}"
        status, page = fetch(url)
        missing = [paper.doc_no for paper in papers if paper.doc_no not in page]
        named = [paper.category for paper in papers if room(paper.category).title in page]
        shown.update(named)
        stage.ledger.check(
            f"公众查询 {url}", status == 200 and not missing and len(named) == len(papers), (status, missing)
        )
    wanted = {paper.category for paper in stage.story.papers}
    stage.ledger.check(f"九类信息都能查到（{len(shown)}类）", shown == wanted and len(shown) == 9, wanted - shown)
    query = {
        "ask": "1", "category": "administrative_penalty", "market": "no", "severity": "general", "penalty_kinds": "fine",
        "decided_on": "2026-04-15",
    }  # fmt: skip
    status, page = fetch(f"{stage.url}/calculator?{urlencode(query)}")
    stage.ledger.check(
        "测算器：2026年4月15日的一般失信，2026年7月16日起可以申请",
        "2026-07-16" in page or "2026年7月16日" in page,
        status,
    )


def _by_firm(stage: Stage) -> dict[str, list[Paper]]:
    firms: dict[str, list[Paper]] = {}
    for paper in stage.story.papers:
        firms.setdefault(paper.firm.code, []).append(paper)
    return firms
