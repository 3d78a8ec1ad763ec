"""A page as SVG, for reading and printing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape

from vle_analog.schematic.drawing import (
    STEP,
    TOWARDS,
    Label,
    Line,
    Page,
    Pin,
    Placed,
    Schematic,
    Sheet,
    Text,
    label_text,
    shifted,
)

#: of lines, millimetres
_THIN, _WIRE = 0.2, 0.25
_INK, _WIRES, _FILL, _NAMES, _BOX = "#7a1f1f", "#157a3c", "#fffbe6", "#1f3f7a", "#eef4fb"


def svg(page: Page, frame: bool = True) -> str:
    """A page as SVG, in millimetres of its paper.

    Args:
        page: any.
        frame: whether it has a paper's frame and title; cut to what is drawn where not.
    """
    left, top, right, bottom = (0.0, 0.0, *page.size) if frame else _margin(page)
    lines = opened((left, top, right, bottom), page.title)
    for sheet in page.sheets:
        lines += _sheet(sheet)
    lines += [_path([wire.start, wire.end], _WIRES, _WIRE) for wire in page.wires]
    for placed in page.placed:
        lines += _placed(placed)
    lines += (_dot(place) for place in page.junctions())
    for label in page.labels:
        lines += _label(label)
    lines += (text(words, _NAMES) for words in page.texts)
    for x, y in page.gaps:
        lines += [_path([(x - 0.5, y - 0.5), (x + 0.5, y + 0.5)], _NAMES, _THIN)]
        lines += [_path([(x - 0.5, y + 0.5), (x + 0.5, y - 0.5)], _NAMES, _THIN)]
    if frame:
        lines += _frame(page)
    return "\n".join([*lines, "</svg>", ""])


def opened(edges: tuple[float, float, float, float], title: str) -> list[str]:
    """The beginning of a drawing between left, top, right and bottom edges."""
    left, top, right, bottom = (each * STEP for each in edges)
    width, height = right - left, bottom - top
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.2f}mm" height="{height:.2f}mm" '
        f'viewBox="{left:.2f} {top:.2f} {width:.2f} {height:.2f}" font-family="sans-serif">',
        f"<title>{escape(title)}</title>",
        f'<rect x="{left:.2f}" y="{top:.2f}" width="{width:.2f}" height="{height:.2f}" fill="white"/>',
    ]


def box(corners: Iterable[tuple[float, float]]) -> str:
    """A box that stands for a page."""
    return _path(corners, _NAMES, _WIRE, _BOX)


def pages(schematic: Schematic) -> dict[str, str]:
    """All pages by file name."""
    return {f"{page.name}.svg": svg(page) for page in schematic.pages}


def _margin(page: Page) -> tuple[float, float, float, float]:
    left, top, right, bottom = page.box()
    return left - 2, top - 2, right + 2, bottom + 2


def _point(x: float, y: float) -> str:
    return f"{x * STEP:.3f} {y * STEP:.3f}"


def _path(points: Iterable[tuple[float, float]], color: str, width: float, fill: str = "none") -> str:
    path = "M" + " L".join(_point(*point) for point in points)
    return f'<path d="{path}" fill="{fill}" stroke="{color}" stroke-width="{width}" stroke-linecap="round"/>'


def text(text: Text, color: str, weight: str = "") -> str:
    """A line of text."""
    x, y = text.at
    anchor = "" if text.anchor == "start" else f' text-anchor="{text.anchor}"'
    height = text.size * STEP * 1.15
    style = f' font-weight="{weight}"' if weight else ""
    return (
        f'<text x="{x * STEP:.3f}" y="{y * STEP + 0.36 * height:.3f}" font-size="{height:.2f}" fill="{color}"'
        f"{anchor}{style}>{escape(text.text)}</text>"
    )


def _line(line: Line, placed: Placed) -> str:
    x, y = placed.at
    points = [(x + u, y + v) for u, v in line.points]
    return _path(points, _INK, _THIN, _FILL if line.closed else "none")


def _placed(placed: Placed) -> Iterator[str]:
    for line in (*placed.drawing.lines, *(pin.line for pin in placed.drawing.pins)):
        yield _line(line, placed)
    if placed.symbol.numbered:
        for pin in placed.drawing.pins:
            yield _number(pin, placed)
    for words in placed.drawing.texts:
        yield text(shifted(words, placed.at, words.text), _INK)
    if placed.value:
        yield text(shifted(placed.drawing.value, placed.at, placed.value), _INK)
    if placed.designator:
        yield text(shifted(placed.drawing.reference, placed.at, placed.shown), _INK)


def _number(pin: Pin, placed: Placed) -> str:
    """A pin's number above its line, or at the right of a standing one."""
    (x, y), (dx, dy) = placed.at, TOWARDS[pin.side]
    along = pin.length / 2
    if dy:
        where = Text(pin.number, (x + pin.at[0] + 0.3, y + pin.at[1] - dy * along), "start", 0.75)
    else:
        where = Text(pin.number, (x + pin.at[0] - dx * along, y + pin.at[1] - 0.6), "middle", 0.75)
    return text(where, _INK)


def _dot(place: tuple[int, int]) -> str:
    return f'<circle cx="{place[0] * STEP:.3f}" cy="{place[1] * STEP:.3f}" r="0.45" fill="{_WIRES}"/>'


def _label(label: Label) -> Iterator[str]:
    yield text(label_text(label), _NAMES)
    if label.outside:
        x, y = label.at
        sign = -1 if label.side == "left" else 1
        points = [(x, y), (x + 0.6 * sign, y - 0.6), (x + 1.6 * sign, y - 0.6), (x + 1.6 * sign, y + 0.6)]
        yield _path([*points, (x + 0.6 * sign, y + 0.6), (x, y)], _NAMES, _THIN)


def _sheet(sheet: Sheet) -> Iterator[str]:
    (x, y), (width, height) = sheet.at, sheet.size
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)]
    yield box(corners)
    yield text(Text(sheet.title, (x, y - 1.2), "start", 1.2), _NAMES, "bold")
    if sheet.note:
        yield text(Text(sheet.note, (x + width / 2, y + 1.6), "middle"), _INK)
    for pin in sheet.pins:
        inside = 0.8 if pin.side == "left" else -0.8
        anchor = "start" if pin.side == "left" else "end"
        yield text(Text(pin.net, (pin.at[0] + inside, pin.at[1]), anchor), _NAMES)  # type: ignore[arg-type]


def _frame(page: Page) -> Iterator[str]:
    width, height = page.size
    low = height - 8
    yield _path([(4, 4), (width - 4, 4), (width - 4, height - 4), (4, height - 4), (4, 4)], _INK, _THIN)
    yield _path([(width - 84, height - 4), (width - 84, low - 4), (width - 4, low - 4)], _INK, _THIN)
    yield text(Text(page.title, (width - 82, low - 1), "start", 1.4), _INK, "bold")
    yield text(Text(f"{page.name}   {page.paper}", (width - 82, low + 2)), _INK)
