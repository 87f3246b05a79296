"""Looks into one uploaded file, in a process of its own: `python -m cases.upload_check FILE KIND VIEW PAGES PIXELS SECONDS`.

Prints one JSON object. No Django, no settings, no secrets: whatever a hostile file does here ends with this process.
"""

import json
import resource
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pi_heif
import pikepdf
from PIL import Image, ImageOps

MEMORY_BYTES: Final = 512 * 1024 * 1024
STREAM_BYTES: Final = 150 * 1024 * 1024  # one stream unpacked: a page at 40 megapixels has 120 MB
UNPACKED_BYTES: Final = 600 * 1024 * 1024  # all streams together, as far as we look
VIEW_SIDE: Final = 4000  # pixels: A4 at 300 dpi is 2480 × 3508
DEPTH: Final = 60
ACTIONS: Final = frozenset(
    {
        "/JavaScript",
        "/Launch",
        "/URI",
        "/GoToR",
        "/GoToE",
        "/ImportData",
        "/SubmitForm",
        "/Rendition",
        "/Movie",
        "/Sound",
    }
)
ANNOTATIONS: Final = frozenset({"/FileAttachment", "/RichMedia", "/Movie", "/Sound", "/Screen", "/3D"})
ACTIVE_KEYS: Final = {"/JS": "script", "/AA": "script", "/EF": "embedded_file", "/XFA": "xfa_form"}
NAME_TREES: Final = {"/JavaScript": "script", "/EmbeddedFiles": "embedded_file"}


class Refused(Exception):
    """The file is not taken; the argument is a code that `cases.uploads.REASONS` has a sentence for."""


def main(arguments: list[str]) -> int:
    path, kind, view, pages, pixels, seconds = arguments
    confine(int(seconds))
    try:
        if kind == "pdf":
            found = check_pdf(Path(path), Path(view), int(pages))
        else:
            found = check_image(Path(path), kind, Path(view), int(pixels))
    except Refused as refusal:
        found = {"refused": str(refusal)}
    except MemoryError:
        found = {"refused": "too_complex"}
    except Exception as problem:  # noqa: BLE001 - parsers raise anything; the name of the fault is for the log
        found = {"refused": "damaged", "fault": type(problem).__name__}
    sys.stdout.write(json.dumps(found))
    return 0


def confine(seconds: int) -> None:
    """Limits for the rest of this process: `seconds` are of processor time, so that a busy machine refuses nobody."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 2))  # SIGXCPU first: the caller knows it from a kill
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (STREAM_BYTES, STREAM_BYTES))


def check_pdf(path: Path, view: Path, max_pages: int) -> dict[str, Any]:
    """Pages and what is active in it; a PDF with active content leaves a sanitised copy at `view`."""
    with path.open("rb") as file:
        if file.read(5) != b"%PDF-":
            raise Refused("not_this_type")
        file.seek(max(0, path.stat().st_size - 2048))
        if b"%%EOF" not in file.read():
            raise Refused("cut_off")
    try:
        pdf = pikepdf.open(path)
    except pikepdf.PasswordError:
        raise Refused("encrypted") from None
    with pdf:
        if pdf.is_encrypted:
            raise Refused("encrypted")
        pages = len(pdf.pages)
        if pages == 0:
            raise Refused("damaged")
        if pages > max_pages:
            raise Refused("too_many_pages")
        _unpack_within_limits(pdf)
        flags = active_content(pdf)
        if flags:
            _disarm(pdf)
            pdf.save(view)
    if flags:
        with pikepdf.open(view) as copy:
            if active_content(copy):
                raise Refused("too_complex")
    return {"type": "application/pdf", "pages": pages, "flags": sorted(flags), "view": bool(flags)}


def active_content(pdf: pikepdf.Pdf) -> set[str]:
    """What a viewer might run, fetch or open: script, launch, link, embedded_file, media, xfa_form."""
    found = {flag for one in _dictionaries(pdf) for flag in _flags(one)}
    names = pdf.Root.get("/Names")
    if isinstance(names, pikepdf.Dictionary):
        found |= {flag for key, flag in NAME_TREES.items() if key in names}
    return found


def _flags(one: pikepdf.Object) -> Iterator[str]:
    for key, flag in ACTIVE_KEYS.items():
        if key in one:
            yield flag
    action = str(one.get("/S", ""))
    if action in ACTIONS and not isinstance(one.get("/S"), pikepdf.Dictionary):
        yield {
            "/JavaScript": "script",
            "/Launch": "launch",
            "/Rendition": "media",
            "/Movie": "media",
            "/Sound": "media",
        }.get(action, "link")
    if str(one.get("/Subtype", "")) in ANNOTATIONS:
        yield "embedded_file" if str(one.get("/Subtype")) == "/FileAttachment" else "media"


def _disarm(pdf: pikepdf.Pdf) -> None:
    """Take out every action and attachment that `active_content` names; text and pictures stay."""
    names = pdf.Root.get("/Names")
    if isinstance(names, pikepdf.Dictionary):
        for key in NAME_TREES:
            if key in names:
                del names[key]
    for one in list(_dictionaries(pdf)):
        for key in ACTIVE_KEYS:
            if key in one:
                del one[key]
        if str(one.get("/S", "")) in ACTIONS:
            for key in [key for key in one.keys() if key != "/Type"]:  # noqa: SIM118 - a pikepdf object is no mapping
                del one[key]
        if str(one.get("/Subtype", "")) in ANNOTATIONS:
            for key in [key for key in one.keys() if key not in ("/Type", "/Rect")]:  # noqa: SIM118
                del one[key]
            one["/Subtype"] = pikepdf.Name("/Square")


def _dictionaries(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """Every dictionary of the file once: the indirect objects, and inside each what is written directly."""
    for one in pdf.objects:
        yield from _within(one, 0)
    yield from _within(pdf.trailer, 0)


def _within(one: Any, depth: int) -> Iterator[pikepdf.Object]:
    if depth > DEPTH:
        raise Refused("too_complex")
    if isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
        yield one
        children = [one.get(key) for key in list(one.keys())]
    elif isinstance(one, pikepdf.Array):
        children = list(one)  # type: ignore[call-overload]
    else:
        return
    for child in children:
        if isinstance(child, pikepdf.Object) and not child.is_indirect:
            yield from _within(child, depth + 1)


def _unpack_within_limits(pdf: pikepdf.Pdf) -> None:
    """Refuse a stream that unfolds beyond any page: 195 KB can become 200 MB."""
    total = 0
    for one in pdf.objects:
        if not isinstance(one, pikepdf.Stream) or total > UNPACKED_BYTES:
            continue
        filters = one.get("/Filter")
        chain = [str(name) for name in filters] if isinstance(filters, pikepdf.Array) else [str(filters)]  # type: ignore[attr-defined]
        if chain.count("/FlateDecode") > 1:
            raise Refused("too_complex")
        if chain[0] == "/FlateDecode":
            total += _unfolded(one.read_raw_bytes())


def _unfolded(raw: bytes) -> int:
    inflate, size, waiting = zlib.decompressobj(), 0, raw
    while waiting and not inflate.eof:
        try:
            size += len(inflate.decompress(waiting, 1 << 20))
        except zlib.error:  # many honest writers end a stream badly; the reader of the page copes or shows it blank
            return size
        if size > STREAM_BYTES:
            raise Refused("too_complex")
        waiting = inflate.unconsumed_tail
    return size


def check_image(path: Path, kind: str, view: Path, max_pixels: int) -> dict[str, Any]:
    """Decode the whole picture within the limit and write it anew, upright and without metadata, as JPEG at `view`."""
    Image.MAX_IMAGE_PIXELS = None  # our own limit is asked before anything is decoded
    if kind == "heif":
        pi_heif.register_heif_opener()
    with Image.open(path, formats=[kind.upper()]) as image:
        width, height = image.size
        if width * height > max_pixels:
            raise Refused("too_many_pixels")
        if kind == "png" and getattr(image, "n_frames", 1) > 1:
            raise Refused("animated")
        if kind == "jpeg":
            image.draft("RGB", (VIEW_SIDE, VIEW_SIDE))
        try:
            image.load()
        except OSError:
            raise Refused("cut_off") from None
        image.thumbnail((VIEW_SIDE, VIEW_SIDE))
        upright = ImageOps.exif_transpose(image)
        _as_rgb(upright).save(view, "JPEG", quality=88)
    types = {"jpeg": "image/jpeg", "png": "image/png", "heif": "image/heic"}
    return {"type": types[kind], "pages": 1, "flags": [], "view": True, "width": width, "height": height}


def _as_rgb(image: Image.Image) -> Image.Image:
    """RGB on white, without the metadata that rides along; 16-bit grey is scaled, not cut."""
    if image.mode.startswith("I"):
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        image = Image.new("RGB", layer.size, "white")
        image.paste(layer, mask=layer.getchannel("A"))
    image = image.convert("RGB")
    image.info.clear()
    return image


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
