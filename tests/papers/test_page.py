"""How the papers look and what they are made of: GB/T 9704 page, our fonts only, same bytes, nothing fetched."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest

from notices import glyphs, kinds, render
from tests.papers import samples
from tests.papers.conftest import running_text, text_of

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = "<img src=file:///etc/hostname><link rel=attachment href=file:///etc/hostname>商贸有限公司"


@pytest.mark.parametrize("code", list(kinds.KINDS))
def test_every_kind_renders_in_our_fonts_with_its_number_and_address(sample, code):
    paper = sample(code)
    text = running_text(paper.pdf)
    assert set(paper.fonts) == set(glyphs.FAMILIES)
    assert paper.warnings == ()
    assert paper.pages == {"notice": 4, "listing_notice": 4, "bulletin": 5}.get(code, 2)
    shown = samples.SNAPSHOTS[code]
    for printed in (shown["number"], shown["subject_name"], shown["subject_code"] or "", "2026年11月23日"):
        assert printed in text
    assert "请核对网址为xyxf.example.gov.cn" in text


def test_a_full_page_has_22_lines_of_28_characters(make):
    snapshot = samples.SNAPSHOTS["approval"] | {
        "findings": [{"code": "long", "text": "永昌" * 700, "article": None}],
    }
    lines = text_of(make("approval", snapshot).pdf, "-f", "2", "-l", "2", "-layout").split("\n")
    full = [line.strip() for line in lines if "永" in line]
    assert len(full) == 22
    assert {len(line) for line in full} == {28}


def test_lines_reach_the_right_edge_and_none_leaves_the_text_block(sample):
    right = (210 - 26) / 25.4 * 72
    layout = text_of(sample("notice").pdf, "-f", "1", "-l", "2", "-bbox-layout")
    lines = [
        (float(edge), body) for edge, body in re.findall(r'<line [^>]*xMax="([\d.]+)"[^>]*>(.*?)</line>', layout, re.S)
    ]
    assert all(edge < right + 0.5 for edge, _ in lines)
    # 15 lines are full by themselves; four more end early to keep a bracket or a stop in place, and are spread
    assert sum(abs(edge - right) < 1.5 for edge, _ in lines) == 19


def test_pages_are_a4_and_numbered_right_on_odd_and_left_on_even(sample):
    with pikepdf.open(io.BytesIO(sample("notice").pdf)) as document:
        sizes = {tuple(round(float(edge) / 72 * 25.4) for edge in page.mediabox) for page in document.pages}
    assert sizes == {(0, 0, 210, 297)}
    foot = re.compile(r'<word xMin="([\d.]+)" yMin="7\d\d[\d.]*"[^>]*>(\d)</word>')
    places = {page: float(left) for left, page in foot.findall(text_of(sample("notice").pdf, "-bbox"))}
    assert list(places) == ["1", "2", "3", "4"]
    assert [places[page] > 400 for page in places] == [True, False, True, False]


def test_the_same_snapshot_gives_the_same_bytes_in_another_process_without_settings(sample):
    program = (
        "from notices import kinds, render; from tests.papers.samples import SNAPSHOTS;"
        "print(render.render(*kinds.get('approval').compose(SNAPSHOTS['approval'])).sha256)"
    )
    bare = {key: value for key, value in os.environ.items() if not key.startswith("DJANGO")}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=bare, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == sample("approval").sha256


def test_another_day_gives_other_bytes(sample, make):
    other = make("approval", samples.SNAPSHOTS["approval"] | {"issued_on": "2026-11-24"})
    assert other.sha256 != sample("approval").sha256


def test_it_is_generated_as_pdf_a_3a_in_chinese(sample):
    with pikepdf.open(io.BytesIO(sample("approval").pdf)) as document:
        meta = document.open_metadata()
        assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("3", "A")
        assert str(document.Root.Lang) == "zh-CN"
        assert "/AF" not in document.Root


def test_rare_characters_of_names_are_drawn(make):
    snapshot = samples.notice(subject_name=samples.LONG_SUBJECT + "堃喆昇垚镕祎翀赟")
    assert "堃喆昇垚镕祎翀赟" in running_text(make("notice", snapshot).pdf)


@pytest.mark.parametrize("char", ["𠮷", "\u202e", "\ufe0f", "☑"])
def test_a_character_that_cannot_be_drawn_stops_the_paper(make, char):
    with pytest.raises(glyphs.MissingGlyph) as caught:
        make("approval", samples.SNAPSHOTS["approval"] | {"subject_name": f"永昌{char}商贸有限公司"})
    assert caught.value.characters == char


def test_the_second_guard_hears_the_renderer_when_the_first_is_blind(make, monkeypatch):
    monkeypatch.setattr(glyphs, "check", lambda texts, where: None)
    with pytest.raises(glyphs.MissingGlyph) as caught:
        make("approval", samples.SNAPSHOTS["approval"] | {"subject_name": "永昌𠮷商贸有限公司"})
    assert caught.value.characters == "𠮷"


def test_markup_in_a_name_is_text_and_nothing_is_fetched(make, monkeypatch):
    asked = []
    fetcher = render._machine(glyphs.state(glyphs.folders())).fetcher
    genuine = type(fetcher).fetch
    monkeypatch.setattr(type(fetcher), "fetch", lambda self, url, *rest: asked.append(url) or genuine(self, url, *rest))
    paper = make("approval", samples.SNAPSHOTS["approval"] | {"subject_name": HOSTILE})
    assert "".join(HOSTILE.split()) in running_text(paper.pdf)
    assert len(asked) == 1
    assert asked[0].startswith("data:image/svg+xml")


@pytest.mark.parametrize("address", ["file:///etc/hostname", "http://127.0.0.1:6379/", "data:text/html,x"])
def test_a_page_that_asks_for_anything_else_is_no_paper(address):
    machine = render._machine(glyphs.state(glyphs.folders()))
    with pytest.raises(render.AssetRefused):
        render._write(machine, f'<img src="{address}">')
    with pytest.raises(render.AssetRefused):
        render._write(machine, f'<style>p {{ background: url("{address}") }}</style><p>永昌</p>')


def test_a_variable_that_is_not_there_is_a_fault_and_not_a_blank():
    name, context = kinds.get("approval").compose(samples.SNAPSHOTS["approval"])
    context.pop("effect")
    with pytest.raises(render.TemplateIncomplete):
        render.page(name, context)


def test_this_machine_can_make_papers():
    assert render.check_environment() == []


def test_a_missing_font_is_named_before_the_renderer_is_touched(tmp_path, monkeypatch):
    for path in glyphs.FONTS.glob("*.*"):
        if path.name != "FandolKai-Regular.otf":
            (tmp_path / path.name).symlink_to(path)
    monkeypatch.setattr(glyphs, "FONTS", tmp_path)
    with pytest.raises(glyphs.FontsMissing) as caught:
        render.render("probe.html", {"families": []})
    assert caught.value.families == ("FandolKai",)
    assert "FandolKai" in render.check_environment()[0]


def test_the_2026_form_ends_on_its_second_page_and_the_sheet_takes_a_leaf_of_its_own(make):
    paper = make("notice", samples.notice(decided_on="2026-05-31"))
    assert paper.pages == 4
    assert "电子印章待接入" in text_of(paper.pdf, "-f", "2", "-l", "2")


def test_the_sheet_begins_a_leaf_and_nobody_signs_below_a_single_line(make):
    long = samples.notice(subject_name=samples.LONG_SUBJECT, decided_on="2026-05-31")
    pages = ["".join(page.split()) for page in text_of(make("notice", long).pdf).split("\f")][:6]
    assert pages[3] == ""
    assert pages[4].startswith("信用修复明白纸")
    assert pages[2].index("永昌县应急管理局") > 28
