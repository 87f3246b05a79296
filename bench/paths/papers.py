"""A 告知书 as PDF: ours in a warm process, WeasyPrint as its first example has it, and copying a finished file."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType

from bench.ground import Ground
from bench.measure import Result, Sample, Variant, interleaved, timed
from notices import glyphs, kinds, render
from tests.papers.samples import notice

PAPERS, COPIES = 4, 200  # a turn


def run(ground: Ground, rounds: int) -> Result:
    """CPU is the figure: equal text, equal font files, equal PDF variant; every paper has another number."""
    made = render.render(*_composed(0))
    finished = ground.state / "finished.pdf"
    finished.write_bytes(made.pdf)
    rows = interleaved(
        [
            Variant("copy a finished file", "limit", partial(_copy, finished)),
            Variant("WeasyPrint, fonts and CSS anew for each paper", "peer", _naive),
            Variant("WeasyPrint, fonts and CSS kept, nothing checked", "also", _tuned),
            Variant("ours: render() warm, checked and justified", "ours", _ours),
        ],
        rounds,
    )
    limit, naive, tuned, ours = rows
    result = Result("papers", f"{made.pages} pages, {len(made.pdf) // 1024} KB, {', '.join(made.fonts)}", rounds, rows)
    result.notes = [
        f"our checks and justification over bare tuned WeasyPrint: {(ours.cpu_us - tuned.cpu_us) / 1000:.1f} ms CPU"
    ]
    result.judge("naive ÷ ours, CPU ≥ 1.8", naive.cpu_us / ours.cpu_us, at_least=1.8)
    result.facts = {"pages": made.pages, "bytes": len(made.pdf), "slow_subsetting": render.check_environment()}
    return result


def _composed(number: int) -> tuple[str, dict[str, object]]:
    return kinds.get("notice").compose(notice(number=f"永应急信告〔2026〕{number + 1}号"))


def _copy(finished: Path) -> Sample:
    target = finished.with_name("copy.pdf")

    def act() -> None:
        for _ in range(COPIES):
            shutil.copyfile(finished, target)

    return timed(COPIES, act)


def _ours() -> Sample:
    def act() -> None:
        for number in range(PAPERS):
            render.render(*_composed(number))

    return timed(PAPERS, act)


@contextmanager
def _plain(weasyprint: ModuleType) -> Iterator[None]:
    """WeasyPrint as it comes: a peer must not profit from what we keep."""
    ours, weasyprint.pdf.stream.Font = weasyprint.pdf.stream.Font, weasyprint.pdf.fonts.Font
    try:
        yield
    finally:
        weasyprint.pdf.stream.Font = ours


def _naive() -> Sample:
    machine = render._machine(glyphs.state(glyphs.folders()))  # the same library, loaded once; nothing else of ours
    css = (render.TEMPLATES / "paper.css").read_text("utf-8")

    def act() -> None:
        for number in range(PAPERS):
            html = machine.weasyprint.HTML(string=render.page(*_composed(number)))
            html.write_pdf(stylesheets=[machine.weasyprint.CSS(string=css)], pdf_variant=render.VARIANT)

    with _plain(machine.weasyprint):
        return timed(PAPERS, act)


def _tuned() -> Sample:
    machine = render._machine(glyphs.state(glyphs.folders()))

    def act() -> None:
        for number in range(PAPERS):
            html = machine.weasyprint.HTML(string=render.page(*_composed(number)), url_fetcher=machine.fetcher)
            html.write_pdf(
                font_config=machine.font_config, stylesheets=[machine.stylesheet], pdf_variant=render.VARIANT
            )

    with _plain(machine.weasyprint):
        return timed(PAPERS, act)
