"""Straight right edges for Chinese text: WeasyPrint justifies at spaces only, and Chinese has none.

Works on the boxes of a laid-out document, between layout and drawing; line breaks and pages are not touched.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

# Wider gaps come from an address that could not be broken; spreading them would look worse than leaving them.
WIDEST_GAP_EM = 3.0


def justify(document: Any) -> int:
    """Spread the lines of paragraphs inside `.text` to the full measure, all but the last one of each paragraph.

    document  a WeasyPrint Document before write_pdf()
    returns   how many lines were spread
    """
    paragraphs: dict[Any, list[tuple[float, Any]]] = defaultdict(list)
    for page in document.pages:
        for block, line in _lines(page._page_box, inside=False):
            paragraphs[block.element].append((block.content_box_x() + block.width, line))
    # A paragraph that runs over a page has two blocks and one element: only its very last line stays as it is.
    return sum(_spread(line, edge) for lines in paragraphs.values() for edge, line in lines[:-1])


def _lines(box: Any, inside: bool) -> Iterator[tuple[Any, Any]]:
    element = box.element
    inside = inside or (element is not None and "text" in (element.get("class") or "").split())
    for child in getattr(box, "children", ()):
        if type(child).__name__ == "LineBox":
            if inside and box.element_tag == "p":
                yield box, child
        else:
            yield from _lines(child, inside)


def _spread(line: Any, edge: float) -> bool:
    texts = [box for box in line.descendants() if hasattr(box, "pango_layout")]
    if not texts:
        return False
    gap = edge - max(box.position_x + box.width for box in texts)
    count = sum(len(box.text) for box in texts)
    if not 0 < gap < WIDEST_GAP_EM * line.style["font_size"]:
        return False
    each, shift = gap / count, 0.0
    for box in texts:
        box.position_x += shift
        # The layout is built anew from this style when the box is drawn.
        spacing = box.style["letter_spacing"]
        box.style = box.style.copy()
        box.style["letter_spacing"] = (0.0 if spacing == "normal" else spacing) + each
        box.width += each * len(box.text)
        shift += each * len(box.text)
    return True
