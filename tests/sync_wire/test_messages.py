"""Keys, canonical JSON, the seal, and the short messages: bytes that must never change by themselves."""

import hashlib
import json
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import messages
from sync.messages import canonical_json, delivery_key, norm_doc_no, record_key
from sync.signing import BadSignature, SealKey
from tests.sync_wire.world import DECISION, QUEUED, RECORD_KEY, SEED, repair, report


@pytest.mark.parametrize(
    ("printed", "normal"),
    [
        ("市场【2019】1号", "市场〔2019〕1号"),
        ("永市监罚字 [２０２４] 第12号", "永市监罚字〔2024〕第12号"),
        ("永应急罚（2025）003号", "永应急罚〔2025〕003号"),
        ("永应急罚{2025}3号", "永应急罚〔2025〕3号"),
        ("永应急罚＜2025＞3号", "永应急罚〔2025〕3号"),
        ("a[2024）1", "a[2024)1"),  # not a pair
        ("罚（简易）[2024]1号", "罚(简易)〔2024〕1号"),  # brackets round words stay what NFKC makes of them
        ("\u3000甘金\t罚\u00a0〔2024〕\n1号", "甘金罚〔2024〕1号"),
    ],
)
def test_one_matching_form_for_one_document_number(printed: str, normal: str) -> None:
    assert norm_doc_no(printed) == normal


@given(st.text("永市监罚字号第[]()【】〔〕{}<>（）［］２０2019 \u3000\tAa", max_size=40))
def test_the_matching_form_is_its_own_matching_form(text: str) -> None:
    once = norm_doc_no(text)
    assert norm_doc_no(once) == once


def test_leading_zeros_and_case_tell_two_papers_apart() -> None:
    assert len({norm_doc_no(n) for n in ("罚〔2024〕1号", "罚〔2024〕01号", "罚〔2024〕第1号", "A罚1", "a罚1")}) == 5


def test_a_record_key_is_the_hash_of_four_parts() -> None:
    text = "administrative_penalty|11620321000000002F|永市监罚字〔2024〕第12号|91620321MA00000X02"
    expected = hashlib.sha256(text.encode()).hexdigest()[:32]
    written = record_key(
        "administrative_penalty", "11620321000000002F", "永市监罚字 [２０２４] 第12号", "91620321MA00000X02"
    )
    assert written == expected


def test_a_listing_without_number_is_named_by_its_day_and_ground() -> None:
    text = "abnormal_operation|11620321000000002F|2025-07-08|登记住所无法联系|91620321MA00000X02"
    expected = hashlib.sha256(text.encode()).hexdigest()[:32]
    code = "91620321MA00000X02"
    day = date(2025, 7, 8)
    assert record_key("abnormal_operation", "11620321000000002F", "", code, day, "登记住所 无法联系") == expected


@pytest.mark.parametrize(
    "parts",
    [
        ("administrative_penalty", "", "罚〔2024〕1号", "91620321MA00000X02"),
        ("abnormal_operation", "11620321000000002F", "", "91620321MA00000X02"),
        ("administrative_penalty", "11620321000000002F", "罚〔2024〕1号", ""),
    ],
)
def test_a_row_without_authority_or_paper_has_no_key(parts: tuple[str, str, str, str]) -> None:
    with pytest.raises(messages.NoKey):
        record_key(*parts)


def test_a_delivery_key_is_stable_and_changes_with_the_version() -> None:
    text = f"gsxt_gansu|{RECORD_KEY}|granted|2026-11-23|2"
    key = delivery_key("gsxt_gansu", RECORD_KEY, "granted", date(2026, 11, 23), 2)
    assert key == "yc1-" + hashlib.sha256(text.encode()).hexdigest()[:40]
    assert key == delivery_key("gsxt_gansu", RECORD_KEY, "granted", "2026-11-23", 2)
    assert key != delivery_key("gsxt_gansu", RECORD_KEY, "granted", "2026-11-23", 3)
    with pytest.raises(ValueError, match="want a date"):
        delivery_key("gsxt_gansu", RECORD_KEY, "granted", QUEUED, 2)


def test_canonical_json_is_utf8_sorted_and_without_spaces() -> None:
    assert canonical_json({"b": [1, None, True], "a": "号"}) == '{"a":"号","b":[1,null,true]}'.encode()


@pytest.mark.parametrize("value", [1.0, float("nan"), Decimal("1.0"), date(2026, 1, 1), b"x", {1: "a"}, {"a"}])
def test_canonical_json_refuses_what_has_no_exact_form(value: object) -> None:
    with pytest.raises(TypeError, match=r"\$\.a\[0\]"):
        canonical_json({"a": [value]})


def test_a_sealed_body_is_the_same_bytes_again_and_proves_itself() -> None:
    key = SealKey.from_seed(SEED)
    first, again = repair("gsxt_gansu").body, repair("gsxt_gansu").body
    assert first == again
    message = messages.open_seal(first, {key.kid: key.public_hex})
    assert message["outcome"] == "granted"
    assert message["decision_sha256"] == "0" * 64


def test_a_changed_body_no_longer_proves_itself() -> None:
    key = SealKey.from_seed(SEED)
    forged = repair("gsxt_gansu").body.replace(b"granted", b"revoked")
    with pytest.raises(BadSignature):
        messages.open_seal(forged, {key.kid: key.public_hex})
    with pytest.raises(BadSignature, match="unknown key"):
        messages.open_seal(repair("gsxt_gansu").body, {})


def test_a_repair_message_has_all_fields_and_nothing_else() -> None:
    found = json.loads(repair("gsxt_gansu", legal_representative="张三", phone="13800001234").body)["message"]
    assert set(found) == {
        *("schema", "message_no", "key", "version", "source", "target", "queued_at"),
        *("record_key", "category", "category_text", "doc_no", "doc_date", "severity", "severity_text"),
        *("subject_code", "subject_name", "authority_code", "authority_name"),
        *("outcome", "outcome_text", "effect", "effect_text", "effective_at", "reason_code", "reason_text"),
        *("decision_no", "decision_date", "decision_sha256", "verify_url", "basis", "decided_elsewhere"),
    }
    assert found["schema"] == "repair-result/1"
    assert (found["outcome_text"], found["effect_text"], found["severity_text"]) == ("准予修复", "终止公示", "一般")
    assert found["queued_at"] == "2026-11-23T10:00:00+08:00"
    assert found["doc_date"] == "2024-06-03"


def test_a_report_message_names_its_schema_and_day() -> None:
    found = json.loads(report("gsxt_gansu").body)["message"]
    assert (found["schema"], found["published_on"], found["version"]) == ("record-report/1", "2024-06-10", 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"outcome": "granted", "effect": "restore"},
        {"outcome": "refused", "effect": "end_publication"},
        {"outcome": "forgiven", "effect": "none"},
        {"decision_sha256": "short"},
        {"effective_at": datetime(2026, 11, 23)},
        {"severity": "mild"},
        {"authority_name": None},
    ],
)
def test_a_message_that_contradicts_itself_is_not_built(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        repair("gsxt_gansu", **wrong)


def test_a_key_made_from_other_fields_is_refused() -> None:
    other = delivery_key("gsxt_gansu", RECORD_KEY, "granted", "2026-11-23", 7)
    with pytest.raises(ValueError, match="other fields"):
        messages.repair_message(
            DECISION, message_no="n", key=other, version=2, source="620321", target="gsxt_gansu", queued_at=QUEUED
        )


FILL = {"n": "3", "date": "2026年12月7日", "phone": "0935-7522345", "number": "7K3F9Q2D5M8X1C4V6B0N", "code": "246810"}


@pytest.mark.parametrize("template", sorted(messages.SMS_TEMPLATES))
def test_every_short_message_fits_with_its_sign(template: str) -> None:
    params = {name: FILL[name] for name in messages.blanks_of(template)}
    text = messages.sms_text(template, params)
    assert text.startswith("【永昌信用】")
    assert len(text) <= 70
    assert "{" not in text


def test_a_text_that_is_too_long_is_refused_not_cut() -> None:
    params = {"n": "1234", "date": "2026年12月27日", "phone": "0935-7522345-8"}
    with pytest.raises(messages.BadSms, match="70 are allowed"):
        messages.sms_text("T01", params)


@pytest.mark.parametrize(
    ("template", "params"),
    [
        ("T99", {}),
        ("T08", {}),
        ("T08", {"code": "246810", "name": "张三"}),
        ("T08", {"code": "2468"}),
        ("T05", {"number": "http://x.example"}),
        ("T07", {"date": "明天", "number": "7K3F9Q2D", "phone": "12345"}),
    ],
)
def test_names_links_and_strange_blanks_do_not_fit_through(template: str, params: dict[str, str]) -> None:
    with pytest.raises(messages.BadSms):
        messages.sms_text(template, params)


@pytest.mark.parametrize("phone", ["0935-7522345", "1380000123", "138000012345", "12345678901", "+8613800001234"])
def test_a_landline_becomes_a_task_for_the_window(phone: str) -> None:
    with pytest.raises(messages.NotAMobile):
        messages.sms_message("SM-1", phone, "T08", {"code": "246810"})
