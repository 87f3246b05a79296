"""What every kind of paper keeps, over the registry: the next kind is held to it once it exists."""

import re

import pytest

from notices import kinds, qr, render
from tests.papers import samples
from tests.papers.conftest import text_of

HOSTILE = "<img src=file:///etc/hostname><link rel=attachment href=http://127.0.0.1:6379>@import url(http://127.0.0.1)"
LEFT, RIGHT, BOTTOM = 28 / 25.4 * 72, (210 - 26) / 25.4 * 72, 297 / 25.4 * 72
WORD = re.compile(r'<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">')


@pytest.mark.parametrize("code", list(kinds.KINDS))
def test_every_kind_has_an_example_a_word_an_outcome_and_a_code_for_its_address(code):
    kind, shown = kinds.get(code), samples.SNAPSHOTS[code]
    _, context = kind.compose(shown)
    assert shown["number"] == samples.SNAPSHOTS[code]["number"]
    assert f"信{kind.word}〔2026〕" in shown["number"]
    assert kind.outcome
    assert context["qr"] == qr.picture(shown["verify_url"]).data_uri
    assert f"/{kind.purpose.value}/" in shown["verify_url"]


def test_only_the_official_form_of_2024_goes_unmarked():
    marked = {code: kinds.get(code).compose(samples.SNAPSHOTS[code])[1]["marked"] for code in kinds.KINDS}
    assert marked == {code: "" if code == "notice" else "【待确认文本】" for code in kinds.KINDS}


@pytest.mark.parametrize("code", list(kinds.KINDS))
def test_no_word_of_any_kind_leaves_the_measure_or_the_sheet(sample, code):
    words = [tuple(map(float, found)) for found in WORD.findall(text_of(sample(code).pdf, "-bbox"))]
    assert len(words) > 50
    sheet = 8 / 25.4 * 72 if kinds.get(code).purpose is qr.Purpose.RECORD else 0  # the second leaf has wider margins
    assert min(left for left, *_ in words) >= LEFT - sheet - 1
    assert max(right for _, _, right, _ in words) <= RIGHT + sheet + 1
    assert max(low for *_, low in words) <= BOTTOM


@pytest.mark.parametrize("code", list(kinds.KINDS))
def test_signature_and_date_stand_on_one_page_with_text_before_them(sample, code):
    paper, shown = sample(code), samples.SNAPSHOTS[code]
    pages = ["".join(text.split()) for text in text_of(paper.pdf).split("\f")]
    day = "2026年11月23日"
    signed = [text for text in pages if shown["department_name"] + day in text.replace("（电子印章待接入）", "")]
    before = (signed[0] if signed else "").split(shown["department_name"] + day)[0]
    assert len(signed) == 1
    assert len(before) >= 28


@pytest.mark.fault("B55")
@pytest.mark.parametrize("code", list(kinds.KINDS))
def test_markup_in_a_name_is_text_in_every_kind(code):
    name, context = kinds.get(code).compose(samples.SNAPSHOTS[code] | {"subject_name": HOSTILE})
    html = render.page(name, context)
    assert "&lt;img src=file:///etc/hostname&gt;" in html
    assert "<img src=file" not in html
    assert "<link" not in html
    assert set(re.findall(r'<img src="([^,"]+)', html)) <= {
        "data:image/svg+xml;charset=utf-8",
        "data:image/svg+xml;base64",
    }


@pytest.mark.fault("B6")
@pytest.mark.parametrize("code", ["notice", "listing_notice", "correction_letter", "bulletin"])
def test_rare_characters_of_a_name_stand_in_the_text_of_the_paper(make, code):
    name = "永昌县䶮镕祎堃㛃淼农副产品购销农民专业合作社联合社" + "昇垚赟" * 6 + "有限责任公司"
    assert len(name) >= 40
    paper = make(code, samples.SNAPSHOTS[code] | {"subject_name": name})
    assert name in "".join(text_of(paper.pdf).split())
    assert paper.warnings == ()


@pytest.mark.parametrize("code", ["listing_notice", "revocation", "bulletin"])
def test_an_equal_snapshot_gives_equal_bytes(sample, make, code):
    assert make(code, dict(reversed(samples.SNAPSHOTS[code].items()))).sha256 == sample(code).sha256
