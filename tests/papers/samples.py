"""Fictional papers of every kind, as JSON snapshots: plain, long-named and incomplete."""

from typing import Any

from cases.flowchart import Stage, for_paper
from notices import qr

KEY = b"only for tests, never for papers"
HOST = "xyxf.example.gov.cn"
SUBJECT = "甘肃祎堃建筑安装有限公司"
CODE = "91620321MA7ABCDE0X"
LONG_SUBJECT = "金昌市永昌县河西堡镇祎堃镕昇新能源装备制造与农副产品精深加工综合利用（集团）股份有限公司永昌分公司"

RECORDS = [
    {
        "category": "行政处罚信息",
        "doc_no": "永市监罚〔2026〕88号",
        "decided_on": "2026-05-31",
        "organ": "永昌县市场监督管理局",
    },
    {
        "category": "市场监督管理严重违法失信名单信息",
        "doc_no": None,
        "decided_on": None,
        "organ": "永昌县市场监督管理局",
    },
]
FLOW = for_paper((Stage("经办"), Stage("负责人"), Stage("县发改局协同复核")))
ORDER_36 = "《信用修复管理办法》（国家发展改革委令第36号）"


def url(purpose: qr.Purpose) -> str:
    """An address with a genuine token for a fixed id, so that a paper is the same in every run."""
    return f"https://{HOST}/{purpose.value}/{qr.sign(purpose, bytes(range(16)), kid='1', key=KEY)}"


def frame(purpose: qr.Purpose, number: str) -> dict[str, Any]:
    """The fields of every paper."""
    return {
        "region_name": "永昌县",
        "department_name": "永昌县市场监督管理局",
        "number": number,
        "issued_on": "2026-11-23",
        "subject_name": SUBJECT,
        "subject_code": CODE,
        "verify_url": url(purpose),
        "host": HOST,
        "decision_sha256": "3f5a0c1e9b7d42686aa1c0de55f0b1c2d3e4f5061728394a5b6c7d8e9f00aabb",
        "address": "永昌县城关镇示例路1号",
        "phone": "0935-0000000",
        "hours": "工作日8:30—12:00，14:30—18:00",
    }


def notice(**changes: Any) -> dict[str, Any]:
    """A 告知书 for a non-market penalty under the 2024 form, unless changed."""
    return {
        **frame(qr.Purpose.RECORD, "永应急信告〔2026〕17号"),
        "department_name": "永昌县应急管理局",
        "market": False,
        "decision_title": "行政处罚决定书",
        "doc_no": "（永）应急罚〔2026〕12号",
        "decided_on": "2026-03-31",
        "severity_text": "一般",
        "minimum_ends_on": "2026-06-30",
        "earliest_on": "2026-07-01",
        "ends_on": "2027-03-31",
        "start_text": None,
        "materials": ["行政处罚履行义务的证明材料（缴款票据、整改报告）", "信用承诺书（可在线生成并签署）"],
        "verdict_reasons": [
            {
                "code": "min",
                "text": "一般失信信息最短公示期三个月，自决定之日2026年3月31日起算，至2026年6月30日届满",
                "article": "国家发展改革委令第36号",
            },
            {"code": "next", "text": "届满次日即可申请", "article": "民法典第二百零一条"},
        ],
        "reviewer": "永昌县发展和改革局",
        "accept_days": 3,
        "total_days": 10,
        "flow": FLOW,
        **changes,
    }


def listing_notice(**changes: Any) -> dict[str, Any]:
    """A 告知书 beside a decision that puts a firm on a list of the market bureau."""
    penalty_only = ("minimum_ends_on", "start_text")
    shared = {key: value for key, value in notice().items() if key not in penalty_only}
    return {
        **shared,
        **frame(qr.Purpose.RECORD, "永市监信列告〔2026〕2号"),
        "market": True,
        "list_name": "市场监督管理严重违法失信名单",
        "decision_title": "列入决定书",
        "doc_no": "永市监列〔2026〕3号",
        "decided_on": "2026-05-31",
        "severity_text": "严重",
        "earliest_on": "2027-06-01",
        "ends_on": "2029-05-31",
        "listing_basis": "《市场监督管理严重违法失信名单管理办法》（市场监管总局令第44号）",
        "reviewer": None,
        **changes,
    }


def _filed(number: str, **more: Any) -> dict[str, Any]:
    return {
        **frame(qr.Purpose.PAPER, number),
        "applied_on": "2026-11-16",
        "application_no": "XF-7K3M-92QD",
        "records": RECORDS,
        "basis": ORDER_36,
        **more,
    }


UNITS = (
    "市场监督管理局",
    "应急管理局",
    "税务局",
    "人力资源和社会保障局",
    "统计局",
    "民政局",
    "文体广电和旅游局",
    "住房和城乡建设局",
)


def bulletin(**changes: Any) -> dict[str, Any]:
    """A 通报 of a month with two annexes, the first over eight units three times to fill pages."""
    quality = [
        {"cells": [f"永昌县{unit}", "98.7%（312）", "91.2%（307）", "样本不足（4）", "27", "88.8%（9）"]}
        for unit in UNITS
    ]
    return {
        **frame(qr.Purpose.PAPER, "永发改信通〔2026〕3号"),
        "department_name": "永昌县发展和改革局",
        "subject_name": "县直有关部门、单位，省市在永有关单位",
        "subject_code": None,
        "heading": "关于2026年10月失信信息归集和信用修复办理情况的通报",
        "first_on": "2026-10-01",
        "last_on": "2026-10-31",
        "lead": "按照高效办成信用修复“一件事”工作方案关于数据归集实行清单管理、定期通报的要求，现将2026年10月失信信息归集、"
        "两书同达和信用修复办理情况通报如下：",
        "sections": [
            {
                "heading": "总体情况",
                "paragraphs": [
                    "2026年10月永昌县归集失信信息2496条，准确率98.7%；应按期归集2456条，及时率91.2%，迟报216条；"
                    "申报应归集2510条，完整率99.4%。截至2026年11月5日，在办信用修复申请37件，其中超期2件。各单位情况见附件。"
                ],
            },
            {
                "heading": "存在的问题",
                "paragraphs": ["永昌县统计局迟报27条、少归集3条。", "永昌县民政局两书未同达1件、超期办理2件。"],
            },
            {
                "heading": "工作要求",
                "paragraphs": [
                    "各有关部门对归集数据的全面性、准确性、及时性负责。存在迟报、漏报和超期办理的单位，要查明原因，"
                    "及时整改，并将整改情况书面答复本局。"
                ],
            },
        ],
        "tables": [
            {
                "title": "失信信息归集质量情况表",
                "head": ["单位", "准确率", "及时率", "完整率", "迟报", "两书同达"],
                "rows": quality * 3,
                "n": 2496,
                "note": "括号内为计算所依据的条数；不足5条的不算比率",
                "source": f"https://{HOST}/desk/quality/?month=2026-10",
            },
            {
                "title": "信用修复在办件情况表（截至2026年11月5日）",
                "head": ["单位", "在办件", "其中超期"],
                "rows": [{"cells": [f"永昌县{unit}", "4", "0"]} for unit in UNITS],
                "n": 37,
                "note": "",
                "source": f"https://{HOST}/desk/quality/?month=2026-10",
            },
        ],
        "answers": [
            {
                "department": "永昌县统计局",
                "text": "迟报因系统迁移所致，已于11月3日全部补报",
                "answered_on": "2026-11-04",
            }
        ],
        **changes,
    }


_REMEDY = {
    "remedy_row": "a",
    "reconsideration_organ": "永昌县人民政府",
    "reconsideration_channel": None,
}
_REASONS = [
    {
        "code": "minimum",
        "text": "行政处罚信息自2026年5月31日起公示，严重失信信息最短公示期一年，至2027年5月31日届满，现未届满",
        "article": "国办发〔2025〕22号第二条",
    },
    {"code": "duties", "text": "罚款尚有人民币20 000元未缴纳，法定责任义务没有履行完毕", "article": None},
]

SNAPSHOTS: dict[str, dict[str, Any]] = {
    "notice": notice(),
    "listing_notice": listing_notice(),
    "acceptance": _filed(
        "永市监信受〔2026〕6号",
        decide_days=7,
        due_on="2026-12-02",
        remedy_row="a",
        reconsideration_organ="永昌县人民政府",
    ),
    "correction": _filed(
        "永市监信补〔2026〕3号",
        items=[
            {
                "where": "罚款缴纳凭证",
                "what": "上传的照片缺少右下角，看不清缴款日期和收款单位印章",
                "article": "国办发〔2025〕22号",
                "how": "重新拍摄整张凭证，四角都要入镜，或者上传电子票据",
            },
            {
                "where": "信用承诺书",
                "what": "没有法定代表人签字",
                "article": "国家发展改革委令第36号",
                "how": "在线签署，或者签字后到窗口提交原件",
            },
        ],
        answer_by=None,
    ),
    "non_acceptance": _filed("永市监信不受〔2026〕2号", reasons=_REASONS, earliest_on="2027-06-01", **_REMEDY),
    "approval": _filed(
        "永市监信准〔2026〕1号",
        findings=[
            {"code": "min", "text": "最短公示期已于2026年8月31日届满", "article": "国家发展改革委令第36号"},
            {
                "code": "duties",
                "text": "处罚决定规定的义务已经全部履行，失信行为已经纠正",
                "article": "国家发展改革委令第36号",
            },
            {"code": "promise", "text": "已公开作出信用承诺", "article": "国家发展改革委令第36号"},
        ],
        effect="终止公示",
    ),
    "refusal": _filed(
        "永市监信不准〔2026〕4号",
        accepted_on="2026-11-18",
        reasons=_REASONS,
        earliest_on=None,
        **_REMEDY,
    ),
    "extension": _filed(
        "永市监信延〔2026〕1号",
        accepted_on="2026-11-18",
        working_days=5,
        reason="须向原处罚机关和银行核实罚款缴纳情况，案情复杂",
        due_before="2026-11-27",
        due_on="2026-12-04",
        remedy_row="a",
        reconsideration_organ="永昌县人民政府",
    ),
    "correction_letter": {
        **frame(qr.Purpose.PAPER, "永市监信更〔2026〕5号"),
        "records": RECORDS[:1],
        "basis": ORDER_36,
        "decision_title": "准予信用修复决定书",
        "decision_no": "永市监信准〔2026〕1号",
        "deciding_organ": "永昌县市场监督管理局",
        "effective_on": "2026-11-20",
        "repaired_on": "2026-11-21",
        "effect": "终止公示",
    },
    "revocation": _filed(
        "永市监信撤〔2026〕1号",
        granted_no="永市监信准〔2026〕1号",
        granted_on="2026-11-20",
        reasons=[
            {"code": "false_proof", "text": "所交的罚款缴款凭证经银行核实系变造，罚款没有缴纳", "article": None},
        ],
        consequences=[
            {"code": "restored", "text": "上列失信信息恢复公示，公示期限的计算待核实", "article": None},
            {"code": "ban", "text": "再次申请信用修复的时间限制待核实", "article": None},
        ],
        **_REMEDY,
    ),
    "objection_answer": {
        **frame(qr.Purpose.PAPER, "永市监信异〔2026〕1号"),
        "records": RECORDS[:1],
        "basis": ORDER_36,
        "objected_on": "2026-11-09",
        "objection_no": "YY-2026-0007",
        "matter": "认为公示的罚款金额与处罚决定书不一致，应为人民币5 000元",
        "result": "upheld",
        "findings": [
            {"code": "amount", "text": "处罚决定书载明罚款人民币5 000元，归集时误填为50 000元", "article": None},
        ],
        "measures": "公示的罚款金额已于2026年11月20日更正为人民币5 000元，两个平台同步更新",
    },
    "bulletin": bulletin(),
}
