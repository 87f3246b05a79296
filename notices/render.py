"""HTML template and context in, PDF bytes out: the only place that imports WeasyPrint, and only when first used.

Web workers may import this module freely; the renderer and its fonts are loaded by the first paper of a process.
"""

import hashlib
import io
import logging
import os
import re
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any
from xml.sax.saxutils import escape

import pikepdf
from django.template import Context, Engine

from notices import glyphs, seals, thrift
from notices.glyphs import FontsMissing, MissingGlyph
from notices.justify import justify

TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "notices"
VARIANT = "pdf/a-3a"

_UNKNOWN_VARIABLE = "\ue000"  # private use: no font of ours has it and no template writes it
_NOTDEF = re.compile(r"\.notdef glyph rendered .*?\(U\+([0-9A-Fa-f]{4,6})\)")
_SUBSET_TAG = re.compile(r"^/?(?:[A-Z]{6}\+)?")
_IMAGE = "data:image/svg+xml"
_ONE_AT_A_TIME = Lock()  # the font configuration and the log handler are the process's


class RendererUnavailable(Exception):
    """Pango, fontconfig or WeasyPrint cannot be loaded; the decision stands and the paper is tried again."""


class TemplateIncomplete(Exception):
    """A template names something its context does not carry: a blank on a paper is a fault, not a style."""


class AssetRefused(Exception):
    """The page asked for something that is not ours: nothing was fetched and no paper was made."""


class ForeignFont(Exception):
    """A face that does not come from our font folders got into the PDF."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """One paper. `sha256` is of `pdf`; `fonts` are family names; `warnings` are WeasyPrint's own, usually none."""

    pdf: bytes
    sha256: str
    pages: int
    fonts: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Machine:
    """What one process keeps between papers: both are costly to make and safe to reuse under the lock."""

    weasyprint: ModuleType
    fetcher: Any
    font_config: Any
    stylesheet: Any


def page(html_template: str, context: Mapping[str, object]) -> str:
    """The HTML of a paper, every variable escaped; also the print view where no PDF can be made.

    Raises TemplateIncomplete for a variable that the context does not carry. Needs no Django settings.
    """
    filled = Context({"seal_mark": seals.Placeholder.mark, **context}, use_l10n=False, use_tz=False)
    html = _templates().get_template(html_template).render(filled)
    if _UNKNOWN_VARIABLE in html:
        raise TemplateIncomplete(f"{html_template}: a variable is not in the context")
    return str(html)


def render(html_template: str, context: Mapping[str, object], *, own_fonts: Path | None = None) -> Rendered:
    """Render one paper as PDF/A-3a (generated as such, not certified); equal input gives equal bytes.

    html_template  a name below templates/notices
    context        strings, booleans, lists and dicts of them; texts of people are escaped and checked for glyphs
    own_fonts      folder of the region's own faces: asked for by name first, and last for what ours lack
    raises         MissingGlyph, FontsMissing, TemplateIncomplete, AssetRefused, ForeignFont, RendererUnavailable
    """
    where = glyphs.folders(own_fonts)
    glyphs.require_families(where)
    glyphs.check(_texts(context), where)
    html = page(html_template, context)
    with _ONE_AT_A_TIME, thrift.undisturbed():
        machine = _machine(glyphs.state(where))
        with _heard() as heard:
            document, pdf = _write(machine, html)
        pages = len(document.pages)
    absent = "".join(dict.fromkeys(chr(int(code, 16)) for line in heard for code in _NOTDEF.findall(line)))
    if absent:
        raise MissingGlyph(absent)
    fonts = embedded_fonts(pdf)
    foreign = set(fonts) - {family for face in glyphs.faces(where) for family in face.families}
    if foreign:
        raise ForeignFont(f"文书中混入外来字体 / foreign fonts in the paper: {', '.join(sorted(foreign))}")
    return Rendered(pdf, hashlib.sha256(pdf).hexdigest(), pages, fonts, tuple(heard))


def embedded_fonts(pdf: bytes) -> tuple[str, ...]:
    """Families of the fonts inside a PDF, sorted; WeasyPrint writes a tag before the name and - for a space."""
    names = set()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for item in document.objects:
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor":
                names.add(_SUBSET_TAG.sub("", str(item.FontName)).replace("-", " "))
    return tuple(sorted(names))


def check_environment() -> list[str]:
    """Say in one line each, Chinese / English, what keeps this machine from making papers; empty when all is well.

    Ends with a probe page in all five families whose embedded fonts are compared. About half a second.
    """
    if not (glyphs.FONTS / "fonts.conf").is_file():
        return ["找不到 notices/fonts/fonts.conf，系统字体会混入文书 / notices/fonts/fonts.conf is missing"]
    try:
        glyphs.require_families()
    except FontsMissing as problem:
        return [str(problem)]
    problems = []
    try:
        with _ONE_AT_A_TIME:
            slow = _machine(glyphs.state(glyphs.folders())).weasyprint.text.ffi.harfbuzz_subset is None
        if slow:
            problems.append(
                "缺少 libharfbuzz-subset0，生成文书慢约十五倍 / install libharfbuzz-subset0: 15 times slower"
            )
        probe = render("probe.html", {"families": [{"name": name} for name in glyphs.FAMILIES]})
    except (RendererUnavailable, ForeignFont, MissingGlyph, AssetRefused) as problem:
        return [*problems, f"{problem}"]
    absent = [family for family in glyphs.FAMILIES if family not in probe.fonts]
    if absent:
        problems.append(f"试印页未用到字体 {'、'.join(absent)} / the probe page lacks {', '.join(absent)}")
    return problems


def _texts(value: object) -> Iterator[str]:
    """Every text that will be drawn; pictures travel as data URIs and are not text."""
    if isinstance(value, str):
        if not value.startswith(_IMAGE):
            yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)


@lru_cache(maxsize=1)
def _templates() -> Engine:
    return Engine(dirs=[str(TEMPLATES)], autoescape=True, string_if_invalid=_UNKNOWN_VARIABLE)


@lru_cache(maxsize=4)
def _machine(fonts: glyphs.State) -> _Machine:
    with _fontconfig(fonts):
        weasyprint = _weasyprint()
        # Reads the folders now, for good: other fonts are another machine.
        font_config = weasyprint.text.fonts.FontConfiguration()
    fetcher = _own_pictures_only(weasyprint)
    sheet = weasyprint.CSS(
        string=(TEMPLATES / "paper.css").read_text("utf-8"), font_config=font_config, url_fetcher=fetcher
    )
    return _Machine(weasyprint, fetcher, font_config, sheet)


@lru_cache(maxsize=1)
def _weasyprint() -> ModuleType:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # libharfbuzz-subset: check_environment() says it
            import weasyprint
    except (ImportError, OSError) as problem:
        raise RendererUnavailable(
            f"缺少 Pango 等系统库，暂不能生成文书 / libpango-1.0-0 and libpangoft2-1.0-0 are needed: {problem}"
        ) from problem
    library: ModuleType = weasyprint
    thrift.install(library)
    return library


def _own_pictures_only(weasyprint: ModuleType) -> Any:
    """A fetcher that serves the SVG we drew ourselves and refuses all else, local files above all."""

    class OwnPicturesOnly(weasyprint.urls.URLFetcher):  # type: ignore[name-defined]
        def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
            if not url.startswith(_IMAGE):
                raise ValueError(f"not ours: {url[:80]}")
            return super().fetch(url, headers)

    return OwnPicturesOnly(allowed_protocols={"data"}, allow_redirects=False, fail_on_errors=True)


def _write(machine: _Machine, html: str) -> tuple[Any, bytes]:
    try:
        source = machine.weasyprint.HTML(string=html, base_url=None, url_fetcher=machine.fetcher)
        document = source.render(font_config=machine.font_config, stylesheets=[machine.stylesheet], pdf_variant=VARIANT)
        justify(document)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # WeasyPrint 70 leaves its own colour profile open
            return document, document.write_pdf(pdf_variant=VARIANT, finisher=thrift.write_once)
    except machine.weasyprint.urls.FatalURLFetchingError as problem:  # a BaseException: no other handler would stop it
        raise AssetRefused(f"文书引用了外部资源，已拒绝 / refused: {problem}") from problem


class _Ear(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(record.getMessage())


@contextmanager
def _heard() -> Iterator[list[str]]:
    """Listen to WeasyPrint's logger, which a NullHandler keeps silent and a logging setup may have disabled."""
    logger, ear = logging.getLogger("weasyprint"), _Ear()
    before = logger.disabled, logger.level
    logger.disabled = False
    logger.setLevel(min(logger.level or logging.WARNING, logging.WARNING))
    logger.addHandler(ear)
    try:
        yield ear.heard
    finally:
        logger.removeHandler(ear)
        logger.disabled = before[0]
        logger.setLevel(before[1])


@contextmanager
def _fontconfig(fonts: glyphs.State) -> Iterator[None]:
    """Point fontconfig to our file, or for this while to one that also names the further folders."""
    ours = str(glyphs.FONTS / "fonts.conf")
    os.environ["FONTCONFIG_FILE"] = ours
    if len(fonts) == 1:
        yield
        return
    entries = "".join(f"<dir>{escape(str(folder))}</dir>" for folder, _ in fonts)
    with tempfile.TemporaryDirectory(prefix="notices-fonts-") as folder:
        made = Path(folder) / "fonts.conf"
        made.write_text(f'<fontconfig>{entries}<cachedir prefix="xdg">fontconfig</cachedir></fontconfig>\n', "utf-8")
        os.environ["FONTCONFIG_FILE"] = str(made)
        try:
            yield
        finally:
            os.environ["FONTCONFIG_FILE"] = ours
