"""The block diagram as SVG: the top page cut to what is drawn, or, of a network, its neurons joined by lines.

In a network every neuron of a layer is joined with every one of the next, forwards by rates and backwards by errors and
weights: one line for each pair and direction is what one can read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape

from vle_analog.schematic import svg
from vle_analog.schematic.blocks import MOST_WIRES
from vle_analog.schematic.drawing import ADVANCE, STEP, Page, Schematic, Text

#: grid steps of a neuron's box, between boxes, and between columns
_HEIGHT, _GAP, _CHANNEL, _MARGIN = 6, 6, 46, 6
_FORWARD, _BACKWARD = "#157a3c", "#b3541e"


@dataclass(frozen=True)
class _Box:
    """A page of the top one as it stands in the diagram.

    Attributes:
        title: for people.
        column, at, width: where it is.
    """

    title: str
    column: int
    at: tuple[float, float]
    width: float

    @property
    def middle(self) -> float:
        """Height of its lines' ends."""
        return self.at[1] + _HEIGHT / 2


def diagram(schematic: Schematic) -> str:
    """The block diagram of a schematic."""
    top = schematic.top
    nets = {pin.net for sheet in top.sheets for pin in sheet.pins}
    if len(nets) > MOST_WIRES:
        return _network(top)
    return svg.svg(replace(top, sheets=tuple(sheet for sheet in top.sheets if not sheet.feeds)), frame=False)


def _network(top: Page) -> str:
    boxes = _placed(top)
    drivers = {pin.net: sheet.page for sheet in top.sheets for pin in sheet.pins if pin.drives}
    drivers |= {
        placed.component.element.nodes[0]: placed.component.name
        for placed in top.placed
        if placed.component is not None
    }
    joined: dict[tuple[str, str], list[str]] = {}
    for sheet in top.sheets:
        for pin in sheet.pins:
            if not pin.drives and pin.net in drivers:
                joined.setdefault((drivers[pin.net], sheet.page), []).append(pin.net)
    right = max(box.at[0] + box.width for box in boxes.values()) + _MARGIN
    low = max(box.at[1] for box in boxes.values()) + _HEIGHT + _MARGIN + 4
    lines = [line for (one, other), nets in joined.items() for line in _line(boxes[one], boxes[other], nets)]
    legend = "solid: signals from left to right; dashed: back to an earlier layer (errors, weights)"
    lines.append(svg.text(Text(legend, (_MARGIN, low - 3)), "#333333"))
    for box in boxes.values():
        lines += _drawn(box)
    return "\n".join([*svg.opened((0.0, 0.0, right, low), top.title), *lines, "</svg>", ""])


def _placed(top: Page) -> dict[str, _Box]:
    """Boxes in the columns of the page, by the page's name; sources first."""
    sources = [(placed.component.name, placed.value) for placed in top.placed if placed.component is not None]
    columns: dict[int, list[tuple[str, str]]] = {}
    for sheet in top.sheets:
        if not sheet.feeds:
            columns.setdefault(sheet.rank, []).append((sheet.page, sheet.title))
    stacks = [stack for stack in (sources, *(columns[x] for x in sorted(columns))) if stack]
    tall = max(map(len, stacks)) * (_HEIGHT + _GAP)
    found: dict[str, _Box] = {}
    x = float(_MARGIN)
    for number, stack in enumerate(stacks):
        width = max(len(title) for _, title in stack) * 1.2 * ADVANCE + 3
        y = _MARGIN + (tall - len(stack) * (_HEIGHT + _GAP)) / 2
        for name, title in stack:
            found[name] = _Box(title, number, (x, y), width)
            y += _HEIGHT + _GAP
        x += width + _CHANNEL
    return found


def _line(one: _Box, other: _Box, nets: Sequence[str]) -> Iterator[str]:
    """A line from a box to another one, which says what it carries."""
    forward = other.column >= one.column
    if other.column == one.column:
        start, end = (one.at[0], one.middle), (other.at[0], other.middle)
    elif forward:
        start, end = (one.at[0] + one.width, one.middle - 1), (other.at[0], other.middle - 1)
    else:
        start, end = (one.at[0], one.middle + 1), (other.at[0] + other.width, other.middle + 1)
    bend = (end[0] - start[0]) / 2 or -_CHANNEL / 3
    points = [start, (start[0] + bend, start[1]), (end[0] - bend if end[0] != start[0] else end[0] + bend, end[1]), end]
    first, *rest = (f"{x * STEP:.2f} {y * STEP:.2f}" for x, y in points)
    color, dashes = (_FORWARD, "") if forward else (_BACKWARD, ' stroke-dasharray="1.6 1"')
    path = f'<path d="M{first} C{" ".join(rest)}" fill="none" stroke="{color}" stroke-width="0.3"{dashes}>'
    yield f"{path}<title>{escape(', '.join(nets))}</title></path>"


def _drawn(box: _Box) -> Iterator[str]:
    (x, y), width = box.at, box.width
    corners = [(x, y), (x + width, y), (x + width, y + _HEIGHT), (x, y + _HEIGHT), (x, y)]
    yield svg.box(corners)
    yield svg.text(Text(box.title, (x + width / 2, y + _HEIGHT / 2), "middle", 1.2), "#1f3f7a", "bold")
