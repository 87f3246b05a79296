"""What WeasyPrint 70 would do twice for every paper, done once: subsets of faces, compressing, and looking for garbage.

Touches private parts of WeasyPrint, hence the exact pin. Whatever is kept is keyed by all that it depends on, so equal
papers stay equal bytes in every process, whatever was printed before. Call everything under the renderer's lock.
"""

import gc
import zlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from types import ModuleType
from typing import Any

import pydyf

from notices import glyphs

# Days, numbers, digests and classes differ from paper to paper; with these in every small subset, most faces of a
# thousand papers are cut once. The face of the text carries names and is cut anew.
_ALWAYS = "0123456789abcdef年月日轻微一般严重待核实〔〕"
_SMALL_SUBSET = 150
_KEPT = 32  # subsets of 60 to 400 KB: about 8 MB a process
_LEVEL = 6  # 9 takes twice the time for half a percent


@dataclass(slots=True)
class _Subsets:
    """Subsets by face and glyphs. A face is held, so that its address can be no other face's later."""

    faces: dict[int, Any] = field(default_factory=dict)
    done: "OrderedDict[tuple[object, ...], bytes]" = field(default_factory=OrderedDict)


def install(weasyprint: ModuleType) -> None:
    """Give WeasyPrint's streams a font class that keeps subsets. Once per process, before the first paper."""
    if weasyprint.text.ffi.harfbuzz_subset is None:
        return  # then fontTools cuts, from the whole file; check_environment() says so
    fonts, stream = weasyprint.pdf.fonts, weasyprint.pdf.stream
    ffi, whole, kept = weasyprint.text.ffi.ffi, fonts.get_hb_object_data, _Subsets()
    made = fonts.Font

    class KeepingFont(made):  # type: ignore[misc, valid-type]
        """A font of one paper; its subset may come from an earlier one."""

        def __init__(self, *args: Any) -> None:
            # The constructor copies the whole file (5 to 12 MB) that the subset replaces.
            fonts.get_hb_object_data = lambda face: b""
            try:
                super().__init__(*args)
            finally:
                fonts.get_hb_object_data = whole

        def subset(self, to_unicode: Mapping[int, str], hinting: bool) -> None:
            if not to_unicode:
                self.file_content = whole(self.hb_face)
                return
            if len(to_unicode) <= _SMALL_SUBSET:
                to_unicode = {**dict.fromkeys(_glyphs_always(self.family), ""), **to_unicode}
            address = int(ffi.cast("uintptr_t", self.hb_face))
            key = (address, tuple(sorted(to_unicode)), bool(self.missing), hinting)
            cut = kept.done.get(key)
            if cut is None:
                super().subset(to_unicode, hinting)
                cut = self.file_content or whole(self.hb_face)
                kept.faces[address] = self.hb_face
                kept.done[key] = cut
                if len(kept.done) > _KEPT:
                    kept.done.popitem(last=False)
            kept.done.move_to_end(key)
            self.file_content = cut

    stream.Font = KeepingFont


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep the collector of cycles away while one paper is made: it would walk the same 100,000 boxes many times."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class _Written(pydyf.Object):  # type: ignore[misc]
    """An object of the file with its bytes: WeasyPrint asks for them twice, for the file and for its identifier."""

    def __init__(self, source: pydyf.Object) -> None:
        self.number, self.offset = source.number, source.offset
        self.generation, self.free = source.generation, source.free
        self._compressible = source.compressible
        self._data = _stream(source) if isinstance(source, pydyf.Stream) and source.compress else source.data

    @property
    def compressible(self) -> bool:
        return bool(self._compressible)

    @property
    def data(self) -> bytes:
        return self._data


def write_once(document: object, pdf: Any) -> None:
    """A `finisher` of WeasyPrint: every object but those that the file's end still changes gets its bytes now."""
    for at, item in enumerate(pdf.objects):
        if item.free != "f" and item is not pdf.catalog and item is not pdf.info:
            pdf.objects[at] = _Written(item)


def _stream(source: Any) -> bytes:
    parts = source.stream
    whole = parts[0] if len(parts) == 1 else b"\n".join(pydyf._to_bytes(part) for part in parts)
    packed = _packed(whole) if isinstance(whole, bytes) and "Subtype" in source.extra else _pack(whole)
    extra = pydyf.Dictionary(source.extra.copy())
    extra["Filter"], extra["Length"] = "/FlateDecode", len(packed)
    return b"\n".join((extra.data, b"stream", packed, b"endstream"))


def _pack(content: Any) -> bytes:
    return zlib.compress(pydyf._to_bytes(content), _LEVEL)


@lru_cache(maxsize=_KEPT)
def _packed(content: bytes) -> bytes:
    """A face's subset, packed; the same object comes back for the next paper, so looking it up costs nothing."""
    return _pack(content)


@lru_cache(maxsize=32)
def _glyphs_always(family: str) -> tuple[int, ...]:
    return glyphs.numbers_of(family, _ALWAYS)
