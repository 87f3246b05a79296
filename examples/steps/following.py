"""Step 8: the applicant's page, progress without sign-in and the REST interface tell the same."""

import json
import urllib.request
from datetime import timedelta
from urllib.parse import quote, urlencode

from django.utils import timezone

from cases.services.clients import issue_client_key
from examples.checks import fetch
from examples.stage import Stage


def play(stage: Stage) -> None:
    stage.ledger.step(8, "跟踪：申请人页面、免登录进度查询、REST 接口，说的是同一件事")
    if stage.receipt is None:
        stage.ledger.check("甲单位已有申请", False)
        return
    application = stage.receipt.applications[0]
    url = f"{stage.url}/my/{application.ref}"
    status, page = fetch(url, stage.cookie("zhao"))
    stage.ledger.check(f"申请人页面 {url}", status == 200 and page.count("已修复") >= 3, status)
    code, last = stage.receipt.query_code, application.subject_id[-4:]
    status, body = fetch(f"{stage.url}/api/v1/progress?{urlencode({'code': code, 'last_four': last})}")
    states = sorted(c["state"] for c in json.loads(body)["cases"]) if status == 200 else body[:200]
    stage.ledger.check(f"进度查询（查询码 {code}，代码后四位 {last}）", states == ["repaired"] * 3, states)
    status, other = fetch(f"{stage.url}/api/v1/progress?{urlencode({'code': code, 'last_four': '0000'})}")
    stage.ledger.check("后四位不对与查无此码，回答相同", status == 404, (status, other[:100]))
    _same_timeline(stage, page)
    status, page = fetch(f"{stage.url}/search?q={quote(application.subject_id)}")
    docs = [stage.cases[name].record.doc_no for name in ("a_culture", "a_market", "a_abnormal")]
    stage.ledger.check("修复后公众查询不再出现", status == 200 and not any(doc in page for doc in docs), status)


def _same_timeline(stage: Stage, page: str) -> None:
    _, key = stage.act(
        stage.actor("canshu"), issue_client_key, name="演示客户端", scopes=["cases:read", "events:read"],
        expires_at=timezone.now() + timedelta(days=1), now=timezone.now(),
    )  # fmt: skip
    ref = stage.cases["a_culture"].ref
    request = urllib.request.Request(  # noqa: S310 - our own demo's address
        f"{stage.url}/api/v1/cases/{ref}/events?limit=100", headers={"Authorization": f"Bearer {key}"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        told = [item["text"] for item in json.loads(answer.read())["items"]]
    missing = [text for text in told if text not in page]
    stage.ledger.check(f"接口与申请人页面的办理经过一致（{len(told)}步）", told and not missing, missing)
