"""Which characters the papers can show: the cmap tables of our fonts and of a region's own.

A character in no font is drawn as nothing while text extraction still finds it, so it is refused before rendering.
"""

import os
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import TTCollection, TTFont, TTLibError

FONTS = Path(__file__).resolve().parent / "fonts"
FAMILIES = ("FandolSong", "FandolFang", "FandolHei", "FandolKai", "Noto Serif SC")
# A region drops its own licensed faces into a folder of its own; our files stay as they are.
EXTRA_FONTS_VARIABLE = "NOTICES_EXTRA_FONTS"

_LAYOUT_ONLY = frozenset("\n\r\t\u200b")
_PROBE = "永〔号"  # a face that claims the family but lacks these is not the face we mean


class MissingGlyph(Exception):
    """Characters that no font can draw. The paper goes to a person (需人工处理), never out with a gap in a name."""

    def __init__(self, characters: str) -> None:
        self.characters = characters
        listed = "、".join(f"“{char}”(U+{ord(char):04X})" for char in characters)
        super().__init__(f"字库缺字，需人工处理：{listed}")


class FontsMissing(Exception):
    """The font folder lacks a family; rendering would take another face or crash the process."""

    def __init__(self, families: Iterable[str]) -> None:
        self.families = tuple(families)
        super().__init__(f"文书字体缺失：{'、'.join(self.families)} / paper fonts missing: {', '.join(self.families)}")


@dataclass(frozen=True, slots=True)
class Face:
    """One font file's own account of itself."""

    path: Path
    families: frozenset[str]
    characters: frozenset[int]


def folders() -> tuple[Path, ...]:
    """Our fonts and, if the environment names it, the region's folder."""
    extra = os.environ.get(EXTRA_FONTS_VARIABLE, "").strip()
    return (FONTS, Path(extra).resolve()) if extra else (FONTS,)


@lru_cache(maxsize=8)
def faces(where: tuple[Path, ...]) -> tuple[Face, ...]:
    """Read every font file of the folders once. A file that is no font is passed over: `require_families` decides."""
    found: list[Face] = []
    for folder in where:
        for path in sorted(folder.glob("**/*")):
            if path.suffix.lower() in {".otf", ".ttf", ".ttc"}:
                found.extend(_read(path))
    return tuple(found)


def require_families(where: tuple[Path, ...] | None = None) -> None:
    """Raise FontsMissing unless all five families are there by cmap, not by file name."""
    known = [face for face in faces(where or folders()) if all(ord(char) in face.characters for char in _PROBE)]
    absent = [family for family in FAMILIES if not any(family in face.families for face in known)]
    if absent:
        raise FontsMissing(absent)


def missing(text: str, where: tuple[Path, ...] | None = None) -> str:
    """The distinct characters of `text` that no font has, in order; an empty string when all can be drawn.

    Variation selectors and direction overrides count as missing: they change what a reader sees.
    """
    known = _union(where or folders())
    return "".join(char for char in dict.fromkeys(text) if char not in _LAYOUT_ONLY and ord(char) not in known)


def check(texts: Iterable[str]) -> None:
    """Raise MissingGlyph for everything in `texts` that cannot be drawn, all at once."""
    absent = missing("".join(texts))
    if absent:
        raise MissingGlyph(absent)


@lru_cache(maxsize=8)
def _union(where: tuple[Path, ...]) -> frozenset[int]:
    characters = {code for face in faces(where) for code in face.characters}
    # A font may map a direction override to an empty glyph; that does not make it fit for a name.
    return frozenset(code for code in characters if unicodedata.category(chr(code)) not in {"Cc", "Cf", "Co", "Mn"})


def _read(path: Path) -> list[Face]:
    try:
        if path.suffix.lower() == ".ttc":
            with TTCollection(path, lazy=True) as collection:
                return [_face(path, font) for font in collection]
        with TTFont(path, lazy=True) as font:
            return [_face(path, font)]
    except (TTLibError, OSError, KeyError):
        return []


def _face(path: Path, font: TTFont) -> Face:
    families = {record.toUnicode() for record in font["name"].names if record.nameID in {1, 16}}
    return Face(path, frozenset(families), frozenset(font.getBestCmap() or {}))
