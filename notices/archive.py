"""What can be checked of PDF/A-3a without a validator: a paper is generated as such, not certified."""

import io
from collections.abc import Iterator

import pikepdf

_TRANSPARENT = {"/SMask", "/CA", "/ca", "/BM"}


def faults_of(pdf: bytes) -> list[str]:
    """What keeps a file from being archived as PDF/A-3a, as far as metadata and structure show; empty when nothing."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return list(_faults(document))


def _faults(document: pikepdf.Pdf) -> Iterator[str]:
    root, meta = document.Root, document.open_metadata()
    if (meta.get("pdfaid:part"), meta.get("pdfaid:conformance")) != ("3", "A"):
        yield "its metadata do not say PDF/A-3a"
    intents = list(root.get("/OutputIntents", pikepdf.Array()))
    if not any(intent.get("/S") == "/GTS_PDFA1" and "/DestOutputProfile" in intent for intent in intents):
        yield "no output intent with a colour profile"
    if not root.get("/MarkInfo", pikepdf.Dictionary()).get("/Marked", False) or "/StructTreeRoot" not in root:
        yield "not tagged"
    if "/Lang" not in root:
        yield "no language"
    if "/ID" not in document.trailer:
        yield "no identifier"
    if document.is_encrypted:
        yield "encrypted"
    if "/OpenAction" in root or "/AA" in root or "/JavaScript" in root.get("/Names", pikepdf.Dictionary()):
        yield "acts by itself"
    for item in document.objects:
        if isinstance(item, (pikepdf.Dictionary, pikepdf.Stream)):
            yield from _faults_of_object(item)


def _faults_of_object(item: pikepdf.Dictionary | pikepdf.Stream) -> Iterator[str]:
    if item.get("/Type") == "/FontDescriptor" and not {"/FontFile", "/FontFile2", "/FontFile3"} & set(item.keys()):
        yield f"a font is not embedded: {item.get('/FontName')}"
    if item.get("/Type") == "/ExtGState":
        for key in _TRANSPARENT & set(item.keys()):
            if item[key] not in (1, "/None", "/Normal"):
                yield f"transparency: {key}"
    if item.get("/Type") == "/Filespec" and "/AFRelationship" not in item:
        yield "an attachment without its relation"
