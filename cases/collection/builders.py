"""The rules between the fields of a row: one builder per shape of template; each ends in a CleanRow or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from cases.collection.codes import PLACEHOLDER, subject_kind
from cases.collection.money import sums_told, unit_doubt
from cases.collection.rows import HIDDEN_VALUE, CleanRow, Draft, Problem, RowReader
from cases.collection.values import NATURAL_PERSON, penalty_kinds

OK, ERROR, OUT_OF_SCOPE = "ok", "error", "out_of_scope"


@dataclass(frozen=True, slots=True)
class DepartmentMatch:
    """A department as the directory knows it; own_region tells whether it belongs to the region that imports."""

    code: str
    name: str
    market: bool
    own_region: bool
    region_name: str
    credit_code: str = ""


# Asked with a 统一社会信用代码, or (template of 2016, which has none) with the organ's name.
Departments = Callable[[str], DepartmentMatch | None]


@dataclass(frozen=True, slots=True)
class Built:
    """Outcome of one row: ok, error or out_of_scope, with its values if ok."""

    outcome: str
    values: CleanRow | None
    problems: tuple[Problem, ...]


class Builder:
    """Builds the rows of one table. `lenient`: the template of 2016, which lacks columns that 2018 demands."""

    def __init__(self, category: str, reader: RowReader, departments: Departments, lenient: bool) -> None:
        self.category, self.reader, self.departments = category, reader, departments
        self.soft: Final = "warning" if lenient else "error"
        self._known: dict[str, DepartmentMatch | None] = {}

    def penalty(self, cells: list[Any]) -> Built:
        """A row of the 双公示 templates."""
        draft = self.reader.read(cells)
        if _is_person(draft, "CF_XDR_LB", "CF_XDR_SHXYM", ("CF_XDR_ZJHM", "CF_XDR_SFZ")):
            return _out_of_scope(draft, "CF_XDR_LB", "natural_person", "自然人的行政处罚信息不在本平台归集范围")
        scope = _scope_2016(draft)
        if scope is not None:
            return scope
        self.reader.require_all(draft)
        code, kind = self._subject(draft, "CF_XDR_LB", "CF_XDR_SHXYM", "CF_XDR_GSZC", "CF_XDR_GSDJ")
        representative = "CF_FRDB" if "CF_FRDB" in draft.labels else "CF_FR"
        if kind == "organisation":
            draft.require(representative, "法人及非法人组织", self.soft)
        content = draft.text("CF_NR", "CF_JG") or ""
        kinds = self._kinds(draft, content)
        self._amounts(draft, kinds, content)
        self._periods(draft, "CF_JDRQ", ("CF_YXQ", "CF_GSJZQ", "CF_JZQ", "GSQX"))
        match = self._authority(draft, "CF_CFJGDM", "CF_CFJG", "CF_XZJG")
        if draft.failed or match is None:
            return Built(ERROR, None, tuple(draft.problems))
        attributes, extra = self.reader.row_values(draft)
        wording = draft.text("CF_CFLB", "CF_CFLB1")
        if "other" in kinds and wording:
            extra["penalty_kinds_text"] = wording
        return self._ok(draft, attributes, extra, code, kind, match, penalty_kinds=kinds)

    def listing(self, cells: list[Any]) -> Built:
        """A row of one of the lists."""
        draft = self.reader.read(cells)
        if draft.values.get("XDR_LB") == NATURAL_PERSON:
            return _out_of_scope(draft, "XDR_LB", "natural_person", "自然人不在本平台归集范围")
        state = draft.text("ZT")
        if state in ("removed", "annulled"):
            word = "已移出" if state == "removed" else "已撤销"
            draft.add(
                "ZT",
                "not_listed",
                f"当前状态为{word}，不作为在列信息归集",
                "本平台仍显示在列的，请登记移出结果",
                "warning",
            )
            return Built(OUT_OF_SCOPE, None, tuple(one for one in draft.problems if one.rule == "not_listed"))
        self.reader.require_all(draft)
        code, kind = self._subject(draft, "XDR_LB", "XDR_SHXYM")
        self._periods(draft, "LRRQ", ("GSJZQ", "X_CORRECTED_ON"))
        match = self._authority(draft, "RDJGDM", "RDJG")
        if draft.failed or match is None:
            return Built(ERROR, None, tuple(draft.problems))
        told = self._told_amount(draft)
        attributes, extra = self.reader.row_values(draft)
        if attributes.get("ground") and not attributes.get("ground_text"):
            attributes["ground_text"] = self._label_of_ground(str(attributes["ground"]))
        return self._ok(draft, {**told, **attributes}, extra, code, kind, match)

    def _ok(
        self,
        draft: Draft,
        attributes: dict[str, Any],
        extra: dict[str, Any],
        code: str,
        kind: str,
        match: DepartmentMatch,
        **more: Any,
    ) -> Built:
        attributes["authority_code"] = attributes.get("authority_code") or match.credit_code
        row = CleanRow(
            category=self.category,
            subject_code=code,
            subject_kind=kind,
            market_hint=match.market,
            extra=extra,
            **attributes,
            **more,
        )
        return Built(OK, replace(row, content_hash=row.hashed()), tuple(draft.problems))

    def _subject(self, draft: Draft, word: str, code_field: str, *registration: str) -> tuple[str, str]:
        """Code and kind of the subject; ("", kind) with a problem noted where the code is wanting."""
        stated = draft.text(word)
        code = draft.text(code_field)
        if code is None:
            draft.require(code_field, "法人及非法人组织、个体工商户")
            return "", stated or "organisation"
        if code == PLACEHOLDER:
            number = draft.text(*registration)
            if stated == "organisation" or (stated is None and number is None):
                reason = "法人及非法人组织不能使用占位代码 00000000000000000X"
                draft.add(code_field, "placeholder", reason, "请填写 18 位统一社会信用代码")
            elif number is None:
                field = registration[0] if registration else code_field
                draft.add(field, "required", "使用占位代码的个体工商户必填注册号，现为空", "请填写工商注册号")
            return f"GSZC:{number}", "trader"
        kind = subject_kind(code)
        if stated is not None and stated != kind:
            named = {"trader": "个体工商户", "organisation": "法人及非法人组织"}
            reason = f"类别填“{named.get(stated, stated)}”，代码却属于{named[kind]}"
            draft.add(word, "kind_mismatch", reason, "已按代码处理，请核对", "warning")
        return code, kind

    def _kinds(self, draft: Draft, content: str) -> tuple[str, ...]:
        field = "CF_CFLB" if draft.text("CF_CFLB") else "CF_CFLB1"
        wording = "；".join(text for text in (draft.text("CF_CFLB", "CF_CFLB1"), draft.text("CF_CFLB2")) if text)
        if not wording:
            return ()
        kinds = penalty_kinds(wording, content)
        if kinds.unclear:
            reason = "“暂扣或者吊销”未说明是哪一种，处罚内容中也看不出"
            draft.add(field, "unclear_kind", reason, "请写明暂扣或吊销；否则由工作人员认定失信程度", "warning")
        if kinds.unknown:
            words = "、".join(kinds.unknown)
            draft.add(
                field, "unknown_kind", f"不是行政处罚法第九条的种类：{words[:60]}", "已按“其他”处理，请核对", "warning"
            )
        return kinds.codes

    def _amounts(self, draft: Draft, kinds: tuple[str, ...], content: str) -> None:
        fine = "CF_NR_FK_YUAN" if "CF_NR_FK_YUAN" in draft.at else "CF_NR_FK"
        taken = "CF_NR_WFFF_YUAN" if "CF_NR_WFFF_YUAN" in draft.at else "CF_NR_WFFF"
        if "fine" in kinds:
            draft.require(fine, "处罚类别含罚款时", self.soft)
        if "confiscate_income" in kinds or "confiscate_goods" in kinds:
            draft.require(taken, "处罚类别含没收时", self.soft)
        if not {"suspend_licence", "revoke_licence", "revoke_business_licence"}.isdisjoint(kinds):
            draft.require("CF_NR_ZKDX", "处罚类别含暂扣、吊销时", self.soft)
        for field in (fine, taken):
            fen = draft.fen(field)
            doubt = unit_doubt(fen, content) if fen else None
            if doubt:
                draft.add(
                    field,
                    "unit_doubt",
                    f"疑似金额单位错误：{doubt}",
                    "该列单位为万元（0.2 = 2000 元），请核对",
                    "warning",
                )

    def _told_amount(self, draft: Draft) -> dict[str, int]:
        """The sum that a sentence of the list names; a person reads it where there is none, or several."""
        for field in self.reader.fields:
            told = draft.text(field.code) if field.kind == "told_amount" else None
            if told is None:
                continue
            sums = sums_told(told)
            if len(sums) == 1:
                return {"amount_fen": sums.pop()}
            reason = "未写明数额（元）" if not sums else "写有几个数额，未能认定合计数"
            draft.add(field.code, "amount_untold", reason, "请写明一个合计数额，单位为元", "warning")
        return {}

    def _periods(self, draft: Draft, start: str, ends: tuple[str, ...]) -> None:
        first = draft.day(start)
        for field in ends:
            last = draft.day(field)
            if first is not None and last is not None and last < first:
                label = draft.labels.get(start, start)
                draft.add(field, "before_start", f"早于{label} {first}", "请核对两个日期", "warning")

    def _authority(self, draft: Draft, code_field: str, *name_fields: str) -> DepartmentMatch | None:
        """The department that decided; None with a problem noted if it is unknown or of another region."""
        key = draft.text(code_field)
        field = code_field
        if key is None:
            if code_field in draft.labels:
                return None
            field = next((name for name in name_fields if name in draft.labels), code_field)
            key = draft.text(field)
            if key is None:
                return None
        if key not in self._known:
            self._known[key] = self.departments(key)
        match = self._known[key]
        if match is None:
            draft.add(
                field, "unknown_department", "责任单位名录中没有这个机关", "请核对机关代码；新单位请先由管理员登记"
            )
            return None
        if not match.own_region:
            reason = f"该机关属于{match.region_name}（{match.name}），不属于本行政区"
            draft.add(field, "foreign_department", reason, f"请由{match.region_name}归集，本行已拒绝并留痕")
            return None
        if field != code_field and not match.credit_code:
            draft.add(
                field, "unknown_department", "只有机关名称，查不到其统一社会信用代码", "请补充处罚机关统一社会信用代码"
            )
            return None
        return match

    def _label_of_ground(self, ground: str) -> str:
        choices = next((one.choices for one in self.reader.fields if one.target == "ground"), ())
        return dict(choices).get(ground, ground)


def _is_person(draft: Draft, word: str, code: str, papers: tuple[str, ...]) -> bool:
    stated = draft.text(word)
    if stated is not None:
        return stated == NATURAL_PERSON
    no_code = code not in draft.values and not any(one.field == code for one in draft.problems)
    return no_code and any(draft.values.get(paper) for paper in papers)


def _scope_2016(draft: Draft) -> Built | None:
    """CF_ZT and CF_SYFW of the template of 2016: only normal, public rows become records."""
    state, use = draft.text("CF_ZT"), draft.text("CF_SYFW")
    if state == "1":
        draft.add("CF_ZT", "withdrawn", "当前状态为 1（撤销），不是新的处罚信息", "请在该条信息下登记“处罚撤回”")
        return Built(ERROR, None, tuple(draft.problems))
    if state not in (None, "0"):
        draft.add(
            "CF_ZT", "disputed", f"当前状态为 {state}（2 异议、3 其他），须由工作人员处理", "请核实后改为 0 或登记异议"
        )
        return Built(ERROR, None, tuple(draft.problems))
    if use not in (None, "0"):
        reason = f"信息使用范围为 {use}（非公示），不作为公示信息归集"
        return _out_of_scope(draft, "CF_SYFW", "not_public", reason, str(use))
    return None


def _out_of_scope(draft: Draft, field: str, rule: str, reason: str, value: str = HIDDEN_VALUE) -> Built:
    # Nothing of the row is repeated: whoever it is about must not end up in a report.
    label, remedy = draft.labels.get(field, field), "无需处理，不会保存"
    return Built(OUT_OF_SCOPE, None, (Problem(field, label, "", value, reason, remedy, "warning", rule),))
