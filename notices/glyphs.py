"""Which characters the papers can show: the cmap tables of our fonts and of a region's own.

A character in no font is drawn as nothing while text extraction still finds it, so it is refused before rendering.
"""

import os
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from fontTools.ttLib import TTCollection, TTFont, TTLibError

FONTS = Path(__file__).resolve().parent / "fonts"
FAMILIES = ("FandolSong", "FandolFang", "FandolHei", "FandolKai", "Noto Serif SC")
# A region drops its own licensed faces into a folder of its own; our files stay as they are.
EXTRA_FONTS_VARIABLE = "NOTICES_EXTRA_FONTS"

State: TypeAlias = tuple[tuple[Path, tuple[tuple[Path, int, int], ...]], ...]  # folder, then file, changed, bytes

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


def folders(own: Path | None = None) -> tuple[Path, ...]:
    """Our fonts; the folder the environment names for the whole installation; `own`, a region's folder, if it exists."""
    extra = os.environ.get(EXTRA_FONTS_VARIABLE, "").strip()
    further = [Path(extra).resolve()] if extra else []
    if own is not None and own.is_dir():
        further.append(own.resolve())
    return (FONTS, *further)


def state(where: tuple[Path, ...]) -> State:
    """Which font files the folders hold now: a face dropped in while a worker runs makes another state."""
    return tuple(
        (folder, tuple((path, path.stat().st_mtime_ns, path.stat().st_size) for path in _files(folder)))
        for folder in where
    )


def faces(where: tuple[Path, ...]) -> tuple[Face, ...]:
    """Every face of the folders, each file read once. What is no font is passed over: `require_families` decides."""
    return _faces(state(where))


@lru_cache(maxsize=8)
def _faces(fonts: State) -> tuple[Face, ...]:
    return tuple(face for _, files in fonts for path, changed, size in files for face in _read(path, changed, size))


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.glob("**/*")) if path.suffix.lower() in {".otf", ".ttf", ".ttc"}]


def numbers_of(family: str, text: str, where: tuple[Path, ...] | None = None) -> tuple[int, ...]:
    """Glyph numbers of the characters of `text` that the one file of this family has; none if several claim it."""
    claiming = [face for face in faces(where or folders()) if family in face.families]
    if len(claiming) != 1 or claiming[0].path.suffix.lower() == ".ttc":
        return ()
    with TTFont(claiming[0].path, lazy=True) as font:
        cmap = font.getBestCmap() or {}
        return tuple(sorted({font.getGlyphID(cmap[ord(char)]) for char in text if ord(char) in cmap}))


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
    known = _union(state(where or folders()))
    return "".join(char for char in dict.fromkeys(text) if char not in _LAYOUT_ONLY and ord(char) not in known)


def check(texts: Iterable[str], where: tuple[Path, ...] | None = None) -> None:
    """Raise MissingGlyph for everything in `texts` that cannot be drawn, all at once."""
    absent = missing("".join(texts), where)
    if absent:
        raise MissingGlyph(absent)


@lru_cache(maxsize=8)
def _union(fonts: State) -> frozenset[int]:
    characters = {code for face in _faces(fonts) for code in face.characters}
    # A font may map a direction override to an empty glyph; that does not make it fit for a name.
    return frozenset(code for code in characters if unicodedata.category(chr(code)) not in {"Cc", "Cf", "Co", "Mn"})


@lru_cache(maxsize=64)
def _read(path: Path, changed: int, size: int) -> tuple[Face, ...]:
    try:
        if path.suffix.lower() == ".ttc":
            with TTCollection(path, lazy=True) as collection:
                return tuple(_face(path, font) for font in collection)
        with TTFont(path, lazy=True) as font:
            return (_face(path, font),)
    except (TTLibError, OSError, KeyError):
        return ()


def _face(path: Path, font: TTFont) -> Face:
    families = {record.toUnicode() for record in font["name"].names if record.nameID in {1, 16}}
    return Face(path, frozenset(families), frozenset(font.getBestCmap() or {}))
