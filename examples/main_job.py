"""The main job: a real exchange file becomes records, papers, applications, decisions, and vanishes from both platforms.

Acts go through the same verbs as the pages; the web server, worker, sweeper and the platform programs run beside us
and do their part. What people would see is fetched from the pages themselves.
"""

import json
import secrets
import time
import urllib.request
from datetime import date, timedelta
from typing import TextIO
from urllib.parse import quote, urlencode

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from cases.deadlines import clock_of
from cases.models import Case, CollectionBatch, CollectionRow, FailureRecord, ReviewStep
from cases.services import apply, collect, intake, notify, review, settle, severity, withdraw
from cases.services.apply import Authority, Filing, GivenMaterial, Receipt
from cases.services.clients import issue_client_key
from cases.uploads import store_upload
from creditrepair.audit.chain import verify
from creditrepair.audit.checkpoints import last_sealed, seal_head
from creditrepair.audit.models import Event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context, set_local
from creditrepair.tenancy.models import User
from examples import story as tale
from examples.checks import Ledger, fetch
from examples.generate import decision_pdf, examples
from examples.people import People, settle_in
from notices.models import Notice, Service
from notices.services import notices_of
from sync.models import Delivery

REGION = tale.REGION
A, B, SMS = "creditchina_jinchang", "gsxt_gansu", "sms_gateway"
PHONE = "13800001234"
DOWN_SECONDS = 8


def play(out: TextIO) -> int:
    """Play the job and print it; 0 only if every claim was checked and holds."""
    job = Job(out)
    for step in (job.collect, job.notify, job.ask, job.apply, job.review, job.repair, job.follow, job.close):
        step()
    return job.verdict()


class Job:
    """The story of one day. Keeps what later steps need: people, receipts, cases by name."""

    def __init__(self, out: TextIO) -> None:
        self.ledger = Ledger(out)
        self.today: date = timezone.localdate()
        self.story = tale.story(self.today)
        with transaction.atomic():
            self.people: People = settle_in(self.today)
        self.cases: dict[str, Case] = {}
        self.receipt: Receipt | None = None
        self.url = settings.PUBLIC_URL

    # ── 1 ──────────────────────────────────────────────────────────────────────────────────────────────────────────
    def collect(self) -> None:
        self.ledger.step(1, "归集：部门的交换文件变成失信信息，并上报两个平台")
        actor = self.actor("guiji")
        for example in examples(self.today):
            batch = self.act(actor, collect.receive_file, category=example.category, file_name=example.name,
                             content=example.content, now=timezone.now())  # fmt: skip
            batch = self.act(actor, collect.import_batch, ref=batch.ref, now=timezone.now())
            self.ledger.say(f"{example.name}：{self._counts(batch)}  {self.url}/desk/collect/{batch.ref}/")
            self._faults_found(batch, example.faults)
            again = self.act(actor, collect.receive_file, category=example.category, file_name=example.name,
                             content=example.content, now=timezone.now())  # fmt: skip
            self.ledger.check("同一文件再次上传，不产生任何变化", again.ref == batch.ref)
        with region_context(REGION):
            records = FailureRecord.objects.filter(region_id=REGION).count()
            before = FailureRecord.objects.filter(region_id=REGION, decided_on__lt=date(2026, 4, 1)).count()
            self.ledger.check(f"入库{records}条，其中2026年4月1日前决定的{before}条", records >= 60 and before > 0)
        self.ledger.wait("每条信息都已上报两个平台并经核验可见", lambda: self._all_verified("report"), 180)
        shown = self.record(self.story.a_culture)
        for target in (A, B):
            url = f"{self.platform(target)}/p/{shown.record_key}"
            status, page = fetch(url)
            self.ledger.check(f"公示页可见：{url}", status == 200 and shown.doc_no in page, status)

    def _counts(self, batch: CollectionBatch) -> str:
        words = {outcome.value: outcome.label for outcome in CollectionRow.Outcome}
        return "，".join(f"{words.get(k, k)}{v}" for k, v in sorted(batch.counts.items()))

    def _faults_found(self, batch: CollectionBatch, faults: tuple) -> None:  # type: ignore[type-arg]
        with region_context(REGION):
            rows = {row.line: row for row in CollectionRow.objects.filter(region_id=REGION, batch=batch)}
        missed = []
        for fault in faults:
            row = rows.get(fault.line)
            rules = {p["rule"] for p in row.problems} if row else set()
            repeated = row is not None and fault.rule == "duplicate_row" and row.outcome == "same"
            if fault.rule not in rules and not repeated:
                missed.append(f"第{fault.line}行{fault.rule}")
        if faults:
            self.ledger.check(f"预设的{len(faults)}处问题逐行查出（行、字段、值、原因、办法）", not missed, missed)

    # ── 2 ──────────────────────────────────────────────────────────────────────────────────────────────────────────
    def notify(self) -> None:
        self.ledger.step(2, "告知：处罚决定书与信用修复告知书同时送达（两书同达）")
        for paper in self.story.papers:
            if paper.category != "administrative_penalty":
                continue
            actor = self.actor(f"{paper.organ.code}_gz")
            record = self.record(paper)
            self.act(actor, severity.set_severity, ref=record.ref, severity="general",
                         reason="一般程序、罚款数额一般，未造成严重后果", now=timezone.now())  # fmt: skip
            content = decision_pdf(paper)
            self.act(actor, self._attach, record=record, content=content)
            notice = self.act(actor, notify.issue_notice, ref=record.ref, now=timezone.now())
            again = self.act(actor, notify.issue_notice, ref=record.ref, now=timezone.now())
            self.ledger.check(f"一处罚一告知：{notice.number}（{notice.template}）", again.pk == notice.pk)
            self.act(actor, notify.serve_both_papers, ref=record.ref, way="direct", served_on=self.today,
                     receiver=paper.firm.person, phone=PHONE, proof="送达回证（当事人签收）", now=timezone.now())  # fmt: skip
        self.ledger.wait("告知书均已生成PDF", lambda: not self._waiting_papers())
        with region_context(REGION):
            served = Service.objects.filter(region_id=REGION, both_papers=True, phone=PHONE).count()
            templates = set(Notice.objects.filter(region_id=REGION, kind="notice").values_list("template", flat=True))
        self.ledger.check(f"两书同达已登记{served}件，留有联系电话", served == 7, served)
        self.ledger.check(f"按决定日期选用告知书文本：{'、'.join(sorted(templates))}", len(templates) >= 2, templates)
        sample = self.notice_of(self.record(self.story.a_culture))
        status, page = fetch(sample.snapshot["verify_url"])
        self.ledger.check(f"告知书二维码打开本条信息：{sample.snapshot['verify_url']}", status == 200, status)

    def _attach(self, actor: Actor, *, record: FailureRecord, content: bytes) -> None:
        upload = SimpleUploadedFile("处罚决定书.pdf", content, "application/pdf")
        file = store_upload(actor, REGION, upload, now=timezone.now())
        notify.attach_decision(actor, ref=record.ref, file=file, now=timezone.now())

    # ── 3 ──────────────────────────────────────────────────────────────────────────────────────────────────────────
    def ask(self) -> None:
        self.ledger.step(3, "查询：能不能修复、从哪天起、为什么")
        for firm, papers in self._by_firm().items():
            url = f"{self.url}/search?{urlencode({'q': firm})}"
            status, page = fetch(url)
            found = [paper.doc_no for paper in papers if paper.doc_no in page]
            self.ledger.check(f"公众查询 {url}", status == 200 and len(found) == len(papers), (status, found))
        query = {
            "ask": "1", "category": "administrative_penalty", "market": "no", "severity": "general", "penalty_kinds": "fine",
            "decided_on": "2026-04-15",
        }  # fmt: skip
        status, page = fetch(f"{self.url}/calculator?{urlencode(query)}")
        self.ledger.check(
            "测算器：2026年4月15日的一般失信，2026年7月16日起可以申请",
            "2026-07-16" in page or "2026年7月16日" in page,
            status,
        )

    def _by_firm(self) -> dict[str, list[tale.Paper]]:
        firms: dict[str, list[tale.Paper]] = {}
        for paper in self.story.papers:
            firms.setdefault(paper.firm.code, []).append(paper)
        return firms

    # ── 4 ──────────────────────────────────────────────────────────────────────────────────────────────────────────
    def apply(self) -> None:
        self.ledger.step(4, "申请：一次申请、一份承诺，三条信息、两个部门")
        s = self.story
        self.receipt = self._file("zhao", [s.a_culture, s.a_market, s.a_abnormal])
        self.ledger.check(
            f"甲单位一次申请三条：{self.receipt.filing_no}  {self.url}/my/{self.receipt.applications[0].ref}",
            len(self.receipt.applications) == 1 and len(self._cases_of(self.receipt)) == 3,
        )
        counter = self._file("chuangkou", [s.b_building], authority=Authority(
            "授权委托书", "授权委托书（2份）及经办人身份证明，窗口已核对原件", None, "已向单位预留手机发送验证码并核对", "1号窗口"))  # fmt: skip
        self.ledger.check(
            f"乙单位由窗口凭授权代为提交：{counter.filing_no}", counter.applications[0].channel == "counter"
        )
        self._file("zheng", [s.c_environment])
        self._file("feng", [s.d_fire])
        for name in ("a_culture", "a_market", "a_abnormal", "b_building", "c_environment", "d_fire"):
            self.cases[name] = self.case_of(getattr(s, name))
        with region_context(REGION):
            line = Event.objects.filter(region_id=REGION, thing=self.cases["b_building"].ref, verb="submitted").get()
        self.ledger.check("事件分别记下：谁操作、代谁办理、依据什么", line.user_name == "李窗口" and line.on_behalf_of
                          == s.b_building.firm.code and "授权委托书" in line.authority, line)  # fmt: skip

    def _file(self, who: str, papers: list[tale.Paper], authority: Authority | None = None) -> Receipt:
        actor = self.actor(who)
        records = [self.record(paper) for paper in papers]
        proof = self.act(actor, self._upload)
        level = "B" if authority else "C"
        filing = Filing(
            form_token=secrets.token_hex(16),
            subject_code=papers[0].firm.code,
            record_refs=tuple(r.ref for r in records),
            agent_name=papers[0].firm.person,
            agent_phone=PHONE,
            committed=True,
            materials=tuple(
                GivenMaterial("proof_of_duties", "履行义务证明材料", level, "缴款凭证", r.ref, file_uuid=proof)
                for r in records
            ),
            bid_on=None,
            authority=authority,
        )
        receipt: Receipt = self.act(actor, apply.submit_application, filing=filing, now=timezone.now())
        return receipt

    def _upload(self, actor: Actor) -> str:
        content = decision_pdf(self.story.a_culture)
        upload = SimpleUploadedFile("缴款凭证.pdf", content, "application/pdf")
        return str(store_upload(actor, REGION, upload, now=timezone.now()).uuid)

    # ── 5 ──────────────────────────────────────────────────────────────────────────────────────────────────────────
    def review(self) -> None:
        self.ledger.step(5, "审核：分级办理，一件补正后返回，一件不予修复，一件撤回")
        for name in ("a_market", "a_abnormal", "b_building", "c_environment"):
            self._intake(name)
        defect = intake.Defect(
            "proof_unclear", "proof_of_duties", "缴款凭证照片不清晰，看不清金额", "", "请重新拍照或扫描后上传"
        )
        self._desk("a_culture", "jb", intake.ask_for_correction, defects=[defect], now=timezone.now())
        self.ledger.check(
            "一次性告知补正，计时暂停", self.fresh("a_culture").state == "correction" and self.fresh("a_culture").paused
        )
        fresh = self.act(self.actor("zhao"), self._upload_for_correction)
        self.act(self.actor("zhao"), intake.answer_correction, ref=self.cases["a_culture"].ref, materials=[fresh],
                 answer="已重新扫描上传", now=timezone.now())  # fmt: skip
        self.ledger.check(
            "补正后返回受理环节", self.fresh("a_culture").state == "submitted", self.fresh("a_culture").state
        )
        self._intake("a_culture")
        self.act(
            self.actor("feng"),
            withdraw.withdraw_case,
            ref=self.cases["d_fire"].ref,
            reason="材料需要重新准备",
            now=timezone.now(),
        )
        self.ledger.check("丁单位撤回", self.fresh("d_fire").state == "withdrawn")
        self._approve("c_environment", "jb")
        reason = settle.Reason("duties_open", "经核实，罚款尚未缴清", "")
        self._desk("c_environment", "fz", review.refuse_step, reasons=[reason], comment="", now=timezone.now())
        self.ledger.check("丙单位不予修复，理由成码并附救济途径", self.fresh("c_environment").state == "refused")

    def _upload_for_correction(self, actor: Actor) -> GivenMaterial:
        with region_context(REGION):
            uuid = self._upload(actor)
        return GivenMaterial("proof_of_duties", "履行义务证明材料", "C", "缴款凭证（补正）", file_uuid=uuid)

    def _intake(self, name: str) -> None:
        self._desk(name, "jb", intake.accept_case, comment="材料齐全", now=timezone.now())

    def _approve(self, name: str, who: str) -> None:
        self._desk(name, who, review.approve_step, comment="已核实义务履行和纠正情况，同意", now=timezone.now())

    def _desk(self, name: str, who: str, verb, **given) -> None:  # type: ignore[no-untyped-def]
        case = self.cases[name]
        username = who if who == "fuhe" else f"{case.department.code}_{who}"
        with region_context(REGION):
            step = ReviewStep.objects.filter(region_id=REGION, case_id=case.pk, status="open").get().uuid
        self.act(self.actor(username), verb, ref=case.ref, step=step, **given)

    # ── 6 ──────────────────────────────────────────────────────────────────────────────────────────────────────────
    def repair(self) -> None:
        self.ledger.step(6, f"修复：最后一级同意后两平台同步；其间公示系统停{DOWN_SECONDS}秒")
        names = ("a_abnormal", "a_market", "a_culture", "b_building")
        for name in names:
            for target in (A, B):
                status, _ = fetch(f"{self.platform(target)}/p/{self.cases[name].record.record_key}")
                self.ledger.check(f"决定前仍在公示：{self.cases[name].record.doc_no} {target}", status == 200, status)
        self._fault(B, "down", DOWN_SECONDS)
        began = time.monotonic()
        for name in names:
            self._approve(name, "jb")
            self._approve(name, "fz")
            if self.cases[name].record.market is False:
                self._approve(name, "fuhe")
        self.ledger.check("四件均已准予，决定书编号已取", all(self.fresh(n).state == "approved" for n in names),
                          [self.fresh(n).state for n in names])  # fmt: skip
        self.ledger.wait("信用中国一侧先行核验终止", lambda: self._verified(names, A), 60)
        self.ledger.check("公示系统停机期间，不称已修复", all(self.fresh(n).state == "approved" for n in names)
                          or time.monotonic() - began > DOWN_SECONDS)  # fmt: skip
        self.ledger.wait(
            "两平台均回读核验后，案件才转为已修复", lambda: all(self.fresh(n).state == "repaired" for n in names), 150
        )
        for name in names:
            key = self.cases[name].record.record_key
            for target in (A, B):
                status, _ = fetch(f"{self.platform(target)}/p/{key}")
                self.ledger.check(f"公示页已无此条：{self.platform(target)}/p/{key}", status == 404, status)
        self.ledger.wait("短信均已送出", lambda: self._all_verified("sms"), 90)
        self.ledger.wait("决定书均已生成", lambda: not self._waiting_papers(), 90)

    def _verified(self, names: tuple[str, ...], target: str) -> bool:
        with region_context(REGION):
            rows = Delivery.objects.filter(
                region_id=REGION,
                kind="repair",
                target=target,
                thing__in=[self.cases[n].ref for n in names],
                state="verified",
            )
            return rows.count() == len(names)

    def _fault(self, target: str, mode: str, seconds: int) -> None:
        body = json.dumps({"mode": mode, "for_seconds": seconds}).encode()
        request = urllib.request.Request(  # noqa: S310 - our own mock, on loopback
            f"{self.platform(target)}/_mode", data=body, headers={"Content-Type": "application/json"}
        )
        urllib.request.urlopen(request, timeout=5).close()  # noqa: S310

    # ── 7 ──────────────────────────────────────────────────────────────────────────────────────────────────────────
    def follow(self) -> None:
        self.ledger.step(7, "跟踪：申请人页面、免登录进度查询、REST 接口，说的是同一件事")
        assert self.receipt is not None
        application = self.receipt.applications[0]
        status, page = fetch(f"{self.url}/my/{application.ref}", self.cookie("zhao"))
        self.ledger.check(
            f"申请人页面 {self.url}/my/{application.ref}", status == 200 and page.count("已修复") >= 3, status
        )
        code, last = self.receipt.query_code, application.subject_id[-4:]
        query = urlencode({"code": code, "last_four": last})
        status, body = fetch(f"{self.url}/api/v1/progress?{query}")
        states = sorted(c["state"] for c in json.loads(body)["cases"]) if status == 200 else body[:200]
        self.ledger.check(f"进度查询（查询码 {code}，代码后四位 {last}）", states == ["repaired"] * 3, states)
        status, other = fetch(f"{self.url}/api/v1/progress?{urlencode({'code': code, 'last_four': '0000'})}")
        self.ledger.check("后四位不对与查无此码，回答相同", status == 404, (status, other[:100]))
        self._same_timeline(page)
        status, page = fetch(f"{self.url}/search?q={quote(application.subject_id)}")
        docs = [self.cases[n].record.doc_no for n in ("a_culture", "a_market", "a_abnormal")]
        self.ledger.check("修复后公众查询不再出现", status == 200 and not any(doc in page for doc in docs), status)

    def _same_timeline(self, page: str) -> None:
        expires = timezone.now() + timedelta(days=1)
        _, key = self.act(self.actor("canshu"), issue_client_key, name="演示客户端", scopes=["cases:read", "events:read"],
                          expires_at=expires, now=timezone.now())  # fmt: skip
        ref = self.cases["a_culture"].ref
        request = urllib.request.Request(  # noqa: S310
            f"{self.url}/api/v1/cases/{ref}/events?limit=100", headers={"Authorization": f"Bearer {key}"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            told = [item["text"] for item in json.loads(answer.read())["items"]]
        missing = [text for text in told if text not in page]
        self.ledger.check(f"接口与申请人页面的办理经过一致（{len(told)}步）", told and not missing, missing)

    # ── 8 ──────────────────────────────────────────────────────────────────────────────────────────────────────────
    def close(self) -> None:
        self.ledger.step(8, "收尾：每件案件的状态、两条推送、文书、用时；事件链核验")
        for name, case in self.cases.items():
            fresh = self.fresh(name)
            with region_context(REGION):
                legs = {
                    d.target: d.get_state_display()
                    for d in Delivery.objects.filter(region_id=REGION, kind="repair", thing=case.ref)
                }
                papers = [n.number for n in notices_of(REGION, case_ref=case.ref)]
                clock = clock_of(fresh, self.today)
            self.ledger.say(
                f"{case.record.doc_no:<18} {fresh.get_state_display():<8} 信用中国 {legs.get(A, '—')}  公示系统 {legs.get(B, '—')}  "
                f"用时{clock.used_working_days}个工作日  文书 {'、'.join(papers)}"
            )
        with region_context(REGION):
            seal_head(REGION, now=timezone.now())
            chain = verify(REGION, sealed=last_sealed(REGION))
            stuck = Delivery.objects.filter(region_id=REGION, done_at__isnull=True).count()
            failed = Notice.objects.filter(region_id=REGION).exclude(status="issued").count()
        self.ledger.check(f"事件链完整：{chain.rows}条，链头{chain.head[:16]}", chain.ok, chain.fault)
        self.ledger.check("没有滞留的推送，没有未生成的文书", not stuck and not failed, (stuck, failed))

    def verdict(self) -> int:
        self.ledger.out.write(f"\n共核对{self.ledger.checked}项，{len(self.ledger.failed)}项不成立。\n")
        for fault in self.ledger.failed:
            self.ledger.out.write(f"   × {fault}\n")
        self.ledger.out.write("\n演示账号（密码每次启动随机生成）：\n")
        for username, password, name, what in self.people.accounts:
            self.ledger.out.write(f"   {username:<10} {password:<14} {name}  {what}\n")
        self.ledger.out.write(
            f"\n   申请人与公众  {self.url}/\n   审核台        {self.url}/desk/\n   窗口          {self.url}/counter/\n"
        )
        self.ledger.out.flush()
        return 1 if self.ledger.failed else 0

    # ── small things ───────────────────────────────────────────────────────────────────────────────────────────────
    def actor(self, username: str) -> Actor:
        return self.people.actors[username]

    def act(self, actor: Actor, verb, **given):  # type: ignore[no-untyped-def]
        """One verb in one transaction, inside the actor's region or subject, as a request would have it."""
        with transaction.atomic():
            set_local("app.region", "" if actor.subject else actor.region)
            set_local("app.subject", actor.subject or "")
            return verb(actor, **given)

    def record(self, paper: tale.Paper) -> FailureRecord:
        with region_context(REGION):
            return FailureRecord.objects.select_related("subject", "department").get(
                region_id=REGION, category=paper.category, doc_no=paper.doc_no
            )

    def notice_of(self, record: FailureRecord) -> Notice:
        with region_context(REGION):
            return Notice.objects.get(region_id=REGION, record_ref=record.ref, kind="notice")

    def case_of(self, paper: tale.Paper) -> Case:
        with region_context(REGION):
            return Case.objects.select_related("record", "department", "application").get(
                region_id=REGION, record=self.record(paper)
            )

    def fresh(self, name: str) -> Case:
        with region_context(REGION):
            return Case.objects.select_related("record__subject", "application", "department").get(
                pk=self.cases[name].pk
            )

    def _cases_of(self, receipt: Receipt) -> list[Case]:
        with region_context(REGION):
            return list(Case.objects.filter(region_id=REGION, application__in=receipt.applications))

    def _all_verified(self, kind: str) -> bool:
        with region_context(REGION):
            return not Delivery.objects.filter(region_id=REGION, kind=kind).exclude(state="verified").exists()

    def _waiting_papers(self) -> bool:
        with region_context(REGION):
            return Notice.objects.filter(region_id=REGION, status="requested").exists()

    def platform(self, target: str) -> str:
        return str(settings.SYNC_TARGETS[target]["base_url"])

    def cookie(self, username: str) -> str:
        """A signed-in session of a demo account, as its browser would hold it."""
        user = User.objects.get(username=username)
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
        session["_auth_user_hash"] = user.get_session_auth_hash()
        session.save()
        return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
