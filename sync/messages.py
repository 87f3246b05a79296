"""Builders of what we tell the platforms: keys, canonical JSON, report and repair messages, short messages, the seal.

Pure: equal arguments give equal bytes, for ever. Wire format of our own making; no standard is published for it.
"""

import hashlib
import json
import re
import string
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Final

from sync.signing import SEAL, BadSignature, SealKey, check_seal

SHANGHAI: Final = timezone(timedelta(hours=8))
REPORT_SCHEMA: Final = "record-report/1"
REPAIR_SCHEMA: Final = "repair-result/1"

SEVERITY_TEXT: Final = {"minor": "轻微", "general": "一般", "serious": "严重", "unset": "未定"}
OUTCOME_TEXT: Final = {
    "granted": "准予修复",
    "refused": "不予修复",
    "revoked": "撤销修复",
    "withdrawn_by_authority": "认定单位撤回原决定",
    "amended": "更正",
}
EFFECT_TEXT: Final = {
    "end_publication": "终止公示",
    "remove_from_list": "移出名单",
    "restore": "恢复公示",
    "none": "公示状态不变",
}
# A message whose outcome and effect contradict each other must not leave: the platform acts on the effect.
EFFECTS_OF: Final = {
    "granted": {"end_publication", "remove_from_list"},
    "refused": {"none"},
    "revoked": {"restore"},
    "withdrawn_by_authority": {"end_publication", "remove_from_list"},
    "amended": {"none", "end_publication", "remove_from_list", "restore"},
}

_PAIRS: Final = (("[", "]"), ("(", ")"), ("【", "】"), ("〔", "〕"), ("{", "}"), ("<", ">"))
_YEAR: Final = re.compile("|".join(f"{re.escape(a)}((?:19|20)[0-9]{{2}}){re.escape(b)}" for a, b in _PAIRS))


class NoKey(ValueError):
    """The row names no authority (or no document and no listing): it has no record key and waits for a person."""


# ── keys ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def norm_doc_no(doc_no: str) -> str:
    """Matching form of a document number: NFKC, no white space, any bracket pair round a year becomes 〔〕.

    Nothing else is changed: 第, leading zeros and case stay, since they may tell two papers apart.
    """
    text = "".join(unicodedata.normalize("NFKC", doc_no).split())
    return _YEAR.sub(lambda found: f"〔{next(year for year in found.groups() if year)}〕", text)


def record_key(
    category: str,
    authority_code: str,
    doc_no: str,
    subject_code: str,
    listed_on: date | None = None,
    ground: str | None = None,
) -> str:
    """32 hex digits that name one record on every platform.

    A listing without document number is named by its day and ground instead. Raises NoKey when a part is missing.
    """
    paper = norm_doc_no(doc_no or "")
    if not paper:
        reason = norm_doc_no(ground or "")
        if listed_on is None or not reason:
            raise NoKey("no document number, and no listing day with its ground")
        paper = f"{listed_on.isoformat()}|{reason}"
    if not (category and authority_code and subject_code):
        raise NoKey("category, authority code and subject code are needed")
    text = f"{category}|{authority_code}|{paper}|{subject_code}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def delivery_key(target: str, record_key: str, outcome: str, decision_date: date | str, version: int) -> str:
    """The business key of one message: the same on every try, for ever, and another for the next version.

    `decision_date` as date or ISO text; empty for the report of a listing that has no document date.
    """
    text = f"{target}|{record_key}|{outcome}|{_day(decision_date) or ''}|{version}"
    return "yc1-" + hashlib.sha256(text.encode()).hexdigest()[:40]


# ── canonical JSON ─────────────────────────────────────────────────────────────────────────────────────────────────
def canonical_json(obj: object) -> bytes:
    """UTF-8, keys sorted by code point, no spaces. TypeError for floats, Decimals, dates: only text travels exactly."""
    _refuse_inexact(obj, "$")
    return json.dumps(obj, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _refuse_inexact(obj: object, where: str) -> None:
    if obj is None or isinstance(obj, str | int):
        return
    if isinstance(obj, Mapping):
        for name, value in obj.items():
            if not isinstance(name, str):
                raise TypeError(f"{where}: a name must be text")
            _refuse_inexact(value, f"{where}.{name}")
    elif isinstance(obj, list | tuple):
        for position, value in enumerate(obj):
            _refuse_inexact(value, f"{where}[{position}]")
    else:
        raise TypeError(f"{where}: {type(obj).__name__} has no exact form in signed JSON")


def seal(message: Mapping[str, object], key: SealKey | str) -> bytes:
    """The body `{"message": …, "signature": …}`: made once, stored, and sent byte for byte in every try.

    `key` is the region's SealKey, or its seed (64 hex digits).
    """
    if isinstance(key, str):
        key = SealKey.from_seed(key)
    told = canonical_json(message)
    signature = {"alg": SEAL, "kid": key.kid, "value": key.sign(told)}
    # The message is in its canonical form already, and so is what stands around it.
    return b'{"message":' + told + b',"signature":' + canonical_json(signature) + b"}"


def open_seal(body: bytes, public_keys: Mapping[str, str]) -> dict[str, object]:
    """Return the message of a sealed body, checked against `public_keys` (kid → hex). Raises BadSignature."""
    try:
        sealed = json.loads(body)
        message, signature = sealed["message"], sealed["signature"]
        alg, kid, value = signature["alg"], signature["kid"], signature["value"]
    except (ValueError, KeyError, TypeError) as error:
        raise BadSignature("not a sealed message") from error
    if alg != SEAL or kid not in public_keys or not isinstance(value, str) or not isinstance(message, dict):
        raise BadSignature("seal of an unknown key")
    check_seal(public_keys[kid], value, canonical_json(message))
    return message


# ── report and repair ──────────────────────────────────────────────────────────────────────────────────────────────
ABOUT_FIELDS: Final = (
    "record_key", "category", "category_text", "doc_no", "subject_code", "subject_name", "authority_code",
    "authority_name", "severity",
)  # fmt: skip
BASIS_FIELDS: Final = ("rule", "order", "number", "article")
_KEY: Final = re.compile("yc1-[0-9a-f]{40}")


def shanghai_time(instant: datetime | str) -> str:
    """RFC 3339 with `+08:00`, to the second. ValueError for a time without zone."""
    if isinstance(instant, str):
        instant = datetime.fromisoformat(instant)
    if instant.tzinfo is None:
        raise ValueError("a time on the wire needs its zone")
    return instant.astimezone(SHANGHAI).isoformat(timespec="seconds")


def _day(value: object) -> str | None:
    """A local date as `2026-11-23`; None stays None. A datetime is refused: its day depends on the zone."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return date.fromisoformat(value).isoformat()
    if isinstance(value, datetime) or not isinstance(value, date):
        raise ValueError("want a date")
    return value.isoformat()


def _texts(source: Mapping[str, object], names: Sequence[str]) -> dict[str, object]:
    """Exactly these fields, as text: what is not named here never leaves, whatever the snapshot holds."""
    for name in names:
        if not isinstance(source.get(name), str):
            raise ValueError(f"{name} must be text")
    return {name: str(source[name]) for name in names}


def _head(
    about: Mapping[str, object], schema: str, message_no: str, key: str, version: int, source: str, target: str
) -> dict[str, object]:
    if isinstance(version, bool) or version < 1:
        raise ValueError("versions count from 1")
    if not _KEY.fullmatch(key) or not re.fullmatch("[0-9a-f]{32}", str(about.get("record_key"))):
        raise ValueError("key or record_key is malformed")
    if about.get("severity") not in SEVERITY_TEXT:
        raise ValueError("unknown severity")
    return _texts(about, ABOUT_FIELDS) | {
        "schema": schema,
        "message_no": message_no,
        "key": key,
        "version": version,
        "source": source,
        "target": target,
        "doc_date": _day(about.get("doc_date")),
        "severity_text": SEVERITY_TEXT[str(about["severity"])],
    }


def report_message(
    record: Mapping[str, object],
    *,
    message_no: str,
    key: str,
    version: int,
    source: str,
    target: str,
    queued_at: datetime | str,
) -> dict[str, object]:
    """`record-report/1`: a collected record goes up, so that it appears on the platform.

    record   ABOUT_FIELDS as text, `doc_date` and `published_on` as date, ISO text or None; other names are ignored
    Raises ValueError naming what is missing or malformed.
    """
    return _head(record, REPORT_SCHEMA, message_no, key, version, source, target) | {
        "published_on": _day(record.get("published_on")),
        "queued_at": shanghai_time(queued_at),
    }


def repair_message(
    decision: Mapping[str, object],
    *,
    message_no: str,
    key: str,
    version: int,
    source: str,
    target: str,
    queued_at: datetime | str,
) -> dict[str, object]:
    """`repair-result/1`, all fields; what the decision's snapshot holds beyond them stays at home.

    decision   ABOUT_FIELDS, `doc_date`; outcome, effect, decision_no, decision_date, effective_at (aware), basis =
               [{rule, order, number, article}], decision_sha256, verify_url; or None: reason_code, reason_text,
               decided_elsewhere = {organ, paper}
    Raises ValueError for an unknown outcome, an effect that contradicts it, or a key made from other fields.
    """
    outcome, effect = str(decision.get("outcome")), str(decision.get("effect"))
    if effect not in EFFECTS_OF.get(outcome, set()):
        raise ValueError("unknown outcome, or an effect that contradicts it")
    if not re.fullmatch("[0-9a-f]{64}", str(decision.get("decision_sha256"))):
        raise ValueError("decision_sha256 is 64 hex digits")
    decided_on = _day(decision.get("decision_date"))
    if not decided_on or key != delivery_key(target, str(decision["record_key"]), outcome, decided_on, version):
        raise ValueError("the key was made from other fields")
    effective_at, basis = decision.get("effective_at"), decision.get("basis")
    elsewhere = decision.get("decided_elsewhere")
    if not isinstance(effective_at, datetime | str):
        raise ValueError("effective_at must be a time")
    if not isinstance(basis, list | tuple):
        raise ValueError("basis must be a list")
    return _head(decision, REPAIR_SCHEMA, message_no, key, version, source, target) | {
        "outcome": outcome,
        "outcome_text": OUTCOME_TEXT[outcome],
        "effect": effect,
        "effect_text": EFFECT_TEXT[effect],
        **_texts(decision, ("decision_no", "decision_sha256", "verify_url")),
        "decision_date": decided_on,
        "effective_at": shanghai_time(effective_at),
        "basis": [_texts(one, BASIS_FIELDS) for one in basis],
        "reason_code": decision.get("reason_code"),
        "reason_text": decision.get("reason_text"),
        "decided_elsewhere": _texts(elsewhere, ("organ", "paper")) if isinstance(elsewhere, Mapping) else None,
        "queued_at": shanghai_time(queued_at),
    }


# ── short messages ─────────────────────────────────────────────────────────────────────────────────────────────────
SMS_SIGN: Final = "永昌信用"
SMS_CHARACTERS: Final = 70  # with the sign; longer ones are billed by 67
SMS_TEMPLATES: Final = {
    "T01": "贵单位有{n}条失信信息自{date}起可申请修复，全程免费。可登录平台或到县政务大厅办理，咨询{phone}",
    "T02": "申请{number}已收到，{n}个工作日内告知是否受理。进度可凭查询码在平台查询",
    "T03": "申请{number}已受理，预计{date}前办结。办理免费，谨防代办收费",
    "T04": "申请{number}有{n}处需补正，请于{date}前修改，其余内容无需重填。可到窗口协助",
    "T05": "申请{number}已作出决定，请登录平台查看并下载决定书；如有异议，文书载明救济途径",
    "T06": "申请{number}涉及的{n}条信息已核验不再公示。如第三方网站仍显示，可下载更正函",
    "T07": "{date}窗口凭授权为贵单位提交申请{number}。如非本意请致电{phone}",
    "T08": "验证码{code}，5分钟内有效。工作人员不会索要验证码",
    # While the region has set no day for answers (Q2), T10 takes the place of T04: no date is invented.
    "T10": "申请{number}有{n}处需补正，请登录平台查看并修改，其余内容无需重填。可到窗口协助",
    "T09": "申请{number}因需核查延长至{date}前办结，原因可在平台查看",
    # While a correction is open T11 takes the place of T09: the day moves with the answer, so none is promised.
    "T11": "申请{number}因需核查延长{n}个工作日办结，补正期间不计入，原因可在平台查看",
    # The doors beside repair: an objection, and a penalty that was revoked or changed.
    "T21": "异议{number}已收到，办理免费，进度可登录平台查看",
    "T22": "异议{number}已答复，请登录平台查看并下载答复书",
    "T23": "处罚撤销变更申报{number}已确认，信息正在从公示平台撤下，可登录平台查看",
    "T24": "处罚撤销变更申报{number}未予确认，理由可登录平台查看",
}
# What each blank may hold. Tight on purpose: no name, no ID number, no token and no link fits through.
_BLANKS: Final = {
    "n": re.compile("[0-9]{1,4}"),
    "date": re.compile("[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日|[0-9]{1,2}月[0-9]{1,2}日"),
    "phone": re.compile("[0-9][0-9-]{2,13}"),
    "number": re.compile("[0-9A-Z][0-9A-Z-]{3,23}"),
    "code": re.compile("[0-9]{6}"),
}
_MOBILE: Final = re.compile("1[3-9][0-9]{9}")


class BadSms(ValueError):
    """The short message must not be sent as it is: unknown template, wrong blanks, too long."""


class NotAMobile(BadSms):
    """A landline or a malformed number: no message, but a task for the window."""


def blanks_of(template: str) -> frozenset[str]:
    """Names of the blanks of a registered template. BadSms if it is not registered."""
    if template not in SMS_TEMPLATES:
        raise BadSms("template is not registered")
    return frozenset(name for _, name, _, _ in string.Formatter().parse(SMS_TEMPLATES[template]) if name)


def sms_text(template: str, params: Mapping[str, str], sign: str = SMS_SIGN) -> str:
    """The text a person will read, sign included. Raises BadSms; a text over 70 characters is refused, never cut."""
    blanks = blanks_of(template)
    if set(params) != blanks:
        raise BadSms(f"template {template} wants {sorted(blanks)}")
    for name, value in params.items():
        if not isinstance(value, str) or not _BLANKS[name].fullmatch(value):
            raise BadSms(f"blank {name} is malformed")
    text = f"【{sign}】" + SMS_TEMPLATES[template].format_map(params)
    if len(text) > SMS_CHARACTERS:
        raise BadSms(f"{len(text)} characters, {SMS_CHARACTERS} are allowed")
    return text


def is_mobile(phone: str) -> bool:
    """Whether a short message can reach this number."""
    return bool(_MOBILE.fullmatch(phone))


def sms_message(
    message_no: str, phone: str, template: str, params: Mapping[str, str], sign: str = SMS_SIGN
) -> dict[str, object]:
    """The body of one short message (send it as `canonical_json`). Raises NotAMobile, BadSms."""
    if not is_mobile(phone):
        raise NotAMobile("not a mobile number of mainland China")
    sms_text(template, params, sign)
    return {"message_no": message_no, "phone": phone, "sign": sign, "template": template, "params": dict(params)}
