"""A page of boxes joined by wires: it reads like the block diagram.

Boxes stand in columns, signals from left to right. Between columns there is a channel for wires, above all boxes one
more. Each net has a vertical track of its own in every channel that it is in, and a track above where it is in several,
so that no wires of two nets lie on each other. Pins at the left of boxes have even heights, those at the right odd ones
(counted in half of their distance), so that no wire ends on another's corner.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from vle_analog.production.assembly import Component
from vle_analog.schematic.drawing import ADVANCE, PAPERS, TITLE_BLOCK, Label, Page, Place, Placed, Sheet, SheetPin, Wire
from vle_analog.schematic.footprints import footprint_of
from vle_analog.schematic.leaves import worth
from vle_analog.schematic.symbols import GND, rail, symbol_of

#: grid steps around a page, between tracks, and between boxes of a column whose pins have wires, or names
_MARGIN, _TRACK, _GAP, _CLOSE_GAP = 14, 2, 8, 6
#: of boxes: the distance of pins with wires and with names, and what is above the first one
_PITCH, _CLOSE, _HEAD = 4, 2, 6
#: heights of columns that are tried where pins carry names
_LOWEST, _TALLEST = 90, 134
#: a box that is no higher may stand before those that its signals come from, where pages are full
_SMALL = 16
#: most nets that are drawn as wires; of more the pins carry names
MOST_WIRES = 24
#: most columns of boxes
_MOST_COLUMNS = 7
#: most characters of a box's note, and of a title that lists what is on a page
_NOTE, BRIEF = 44, 30


@dataclass(frozen=True)
class Box:
    """What stands on a page of boxes.

    Attributes:
        name: of the page that it stands for; of a source or an outer net its own.
        title: for people.
        note: a second line.
        inputs, outputs: nets at its left and right.
        source: a component that is drawn in its place.
        outer: whether it stands for a net that goes on outside of this page.
        feeds: whether it is the supply.
    """

    name: str
    title: str
    note: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    source: Component | None = None
    outer: bool = False
    feeds: bool = False

    @property
    def width(self) -> int:
        """Grid steps."""
        if self.source is not None or self.outer:
            return 8
        left, right = (max((len(net) for net in nets), default=0) for nets in (self.inputs, self.outputs))
        words = max((left + right) * ADVANCE + 5, len(self.note) * ADVANCE + 2, len(self.title) * 1.2 * ADVANCE + 1, 14)
        return 2 * round(words / 2 + 0.5)

    def height(self, pitch: int) -> int:
        """Grid steps, by the distance of its pins."""
        if self.source is not None:
            return 8
        if self.outer:
            return pitch
        return _HEAD + pitch * max(len(self.inputs), len(self.outputs), 1)


def noted(text: str, most: int = _NOTE) -> str:
    """A note that is not too long for a box."""
    return text if len(text) <= most else text[: most - 3] + "..."


def page_of(name: str, title: str, boxes: Sequence[Box]) -> Page:
    """A page of boxes, placed and joined, on the smallest paper that any number of columns allows.

    Args:
        name: of its file.
        title: for people.
        boxes: in the order of signals.
    """
    stacks = [_columns(boxes, None), *(_columns(boxes, count) for count in range(_MOST_COLUMNS, 0, -1))]
    if not _Nets(stacks[0]).wired:
        row = [box for stack in stacks[0] for box in stack]
        small_first = sorted(row, key=lambda box: box.height(_CLOSE) > _SMALL)
        for order in (row, small_first):
            stacks += [_filled(order, height) for height in range(_LOWEST, _TALLEST + 1, _CLOSE)]
    page = min((_laid_out(name, title, each) for each in stacks), key=lambda page: list(PAPERS).index(page.paper))
    ranks = {box.name: rank for rank, stack in enumerate(_columns(boxes, None)) for box in stack}
    return replace(page, sheets=tuple(replace(sheet, rank=ranks[sheet.page]) for sheet in page.sheets))


def _laid_out(name: str, title: str, stacks: Sequence[Sequence[Box]]) -> Page:
    """A page of boxes in columns."""
    nets = _Nets(stacks)
    wired = nets.wired
    lanes = nets.lanes if wired else {}
    top = _MARGIN + _TRACK * (len(lanes) + 2)
    page = Page(name, title)
    x = _MARGIN
    tracks: dict[tuple[str, int], int] = {}
    for channel in range(len(stacks) + 1):
        inside = nets.channels[channel] if wired else []
        names = 0 if wired else nets.longest(channel)
        for place, net in enumerate(inside):
            tracks[net, channel] = x + _TRACK * (place + 1)
        x += _TRACK * (len(inside) + 2) + names
        if channel < len(stacks):
            drawn, width = _column(stacks[channel], x, top, _PITCH if wired else _CLOSE)
            page = page.with_all_of(drawn)
            x += width
    pins = list(_pins(page))
    if wired:
        wires = [wire for net in nets.all for wire in _joined(net, pins, tracks, lanes, nets)]
        page = replace(page, wires=(*page.wires, *wires))
    else:
        stubs = [Wire(label.at, (label.at[0] + _shift(label.side == "left"), label.at[1])) for label in page.labels]
        page = replace(page, labels=(*page.labels, *_named(page, pins)), wires=(*page.wires, *stubs))
    page = _moved_down_to(page)
    return replace(page, paper=_paper(page))


def _paper(page: Page) -> str:
    """The smallest paper that holds a page."""
    *_, right, bottom = page.box()
    for name in ("A4", "A3", "A2", "A1"):
        width, height = PAPERS[name]
        beside = all(each[2] <= width - TITLE_BLOCK[0] or each[3] <= height - TITLE_BLOCK[1] for each in page.boxes())
        if right + _MARGIN <= width and bottom + _MARGIN <= height and beside:
            return name
    return "A0"


def _moved_down_to(page: Page) -> Page:
    """The page with nothing above or left of its margin."""
    left, top, *_ = page.box()
    dx, dy = max(0, round(_MARGIN - left + 0.5)), max(0, round(_MARGIN - top + 0.5))
    return page.moved(dx, dy + dy % 4)


def _columns(boxes: Sequence[Box], count: int | None) -> list[list[Box]]:
    """Boxes in columns; what comes from outside stands first, what goes there last.

    Args:
        boxes: in the order of signals.
        count: of columns, as many boxes in each as in every other; None for each box in the column behind those that
            it hears.
    """
    coming = [box for box in boxes if box.source is not None or (box.outer and box.outputs)]
    going = [box for box in boxes if box.outer and box.inputs]
    inner = [box for box in boxes if box not in coming and box not in going]
    ranked = _ranked(inner)
    if count is not None:
        row = [box for stack in ranked for box in stack]
        per = -(-len(row) // count)
        ranked = [row[at : at + per] for at in range(0, len(row), per)]
    return [stack for stack in (coming, *ranked, going) if stack]


def _filled(boxes: Sequence[Box], height: int) -> list[list[Box]]:
    """Boxes in columns of at most a height, one after another."""
    stacks: list[list[Box]] = []
    for box in boxes:
        if not stacks or _height([*stacks[-1], box]) > height:
            stacks.append([])
        stacks[-1].append(box)
    return stacks


def _height(stack: Sequence[Box]) -> int:
    """Grid steps of a column whose pins carry names."""
    pages, _ = _column(stack, 0, 0, _CLOSE)
    return round(max(page.box()[3] for page in pages))


def _ranked(boxes: Sequence[Box]) -> list[list[Box]]:
    """Boxes by the number of those that they are behind; loops are cut where the order of boxes does."""
    drivers = {net: box.name for box in boxes for net in box.outputs}
    order = {box.name: place for place, box in enumerate(boxes)}
    rank: dict[str, int] = {}
    for box in boxes:
        heard = [drivers[net] for net in box.inputs if net in drivers]
        before = [rank[name] + 1 for name in heard if name in rank and order[name] < order[box.name]]
        rank[box.name] = max(before, default=0)
    return [[box for box in boxes if rank[box.name] == number] for number in range(max(rank.values(), default=-1) + 1)]


class _Nets:
    """Which channels nets are in."""

    def __init__(self, stacks: Sequence[Sequence[Box]]) -> None:
        self.stacks = stacks
        found: dict[str, set[int]] = {}
        ends: dict[str, int] = {}
        for number, stack in enumerate(stacks):
            for box in stack:
                for net in box.inputs:
                    found.setdefault(net, set()).add(number)
                    ends[net] = ends.get(net, 0) + 1
                for net in box.outputs:
                    found.setdefault(net, set()).add(number + 1)
                    ends[net] = ends.get(net, 0) + 1
        self.of = {net: sorted(channels) for net, channels in found.items() if ends[net] > 1}
        self.all = list(self.of)
        crossing = [net for net in self.all if len(self.of[net]) > 1]
        self.lanes = {net: place for place, net in enumerate(crossing)}
        self.channels = [[net for net in self.all if channel in self.of[net]] for channel in range(len(stacks) + 1)]

    @property
    def wired(self) -> bool:
        """Whether they are so few that they are drawn."""
        return len(self.all) <= MOST_WIRES

    def longest(self, channel: int) -> int:
        """Grid steps that names of nets take in a channel."""
        left = [net for box in (self.stacks[channel - 1] if channel else ()) for net in box.outputs]
        right = [net for box in (self.stacks[channel] if channel < len(self.stacks) else ()) for net in box.inputs]
        longest = [max((len(net) for net in nets), default=0) for nets in (left, right)]
        return round(sum(longest) * ADVANCE) + 6


def _column(stack: Sequence[Box], x: int, top: int, pitch: int) -> tuple[list[Page], int]:
    """The drawings of a column's boxes, and its width."""
    width = max((box.width for box in stack), default=0)
    found = []
    y = top + (-top) % _PITCH
    gap = _GAP if pitch == _PITCH else _CLOSE_GAP
    for box, following in zip(stack, [*stack[1:], None], strict=True):
        found.append(_drawn(box, (x, y), width, pitch))
        together = pitch == _CLOSE and box.outer and following is not None and following.outer
        y += box.height(pitch) + (0 if together else gap)
        y += (-y) % pitch
    return found, width


def _drawn(box: Box, place: Place, width: int, pitch: int) -> Page:
    """A box at a place: with wires, its inputs have heights that four divides, its outputs are two steps lower."""
    x, y = place
    if box.source is not None:
        component = box.source
        at = (x + width - 3, y + 2)
        source = Placed(
            symbol_of(component), 0, at, component.body, worth(component), component, footprint_of(component)
        )
        ground = Placed(rail(GND, "down"), 0, (at[0], at[1] + 3), "", GND)
        return Page("", "", (source, ground))
    if box.outer:
        net = (*box.inputs, *box.outputs)[0]
        if box.outputs:
            return Page("", "", labels=(Label(net, (x + width, y + 2), "left", True),))
        return Page("", "", labels=(Label(net, (x, y), "right", True),))
    pins = [SheetPin(net, (x, y + _HEAD - 2 + pitch * k), "left", False) for k, net in enumerate(box.inputs)]
    pins += [
        SheetPin(net, (x + width, y + _HEAD + (0 if pitch == _PITCH else -2) + pitch * k), "right", True)
        for k, net in enumerate(box.outputs)
    ]
    size = width, box.height(pitch)
    return Page("", "", sheets=(Sheet(box.name, box.title, box.note, (x, y), size, tuple(pins), feeds=box.feeds),))


def _pins(page: Page) -> Iterable[tuple[str, Place, bool]]:
    """Nets, places and whether they are at the right of a box, of all pins on a page."""
    for sheet in page.sheets:
        for pin in sheet.pins:
            yield pin.net, pin.at, pin.side == "right"
    for placed in page.placed:
        if placed.component is not None:
            yield placed.component.element.nodes[0], (placed.at[0] + 3, placed.at[1]), True
    for label in page.labels:
        yield label.net, label.at, label.side == "left"


def _joined(
    net: str,
    pins: Sequence[tuple[str, Place, bool]],
    tracks: Mapping[tuple[str, int], int],
    lanes: Mapping[str, int],
    nets: _Nets,
) -> list[Wire]:
    """The wires of a net."""
    own = [(at, right) for name, at, right in pins if name == net]
    height = None if net not in lanes else _MARGIN + _TRACK * (lanes[net] + 1)
    wires: list[Wire] = []
    xs = []
    for channel in nets.of[net]:
        x = tracks[net, channel]
        lower = max((tracks[key] for key in tracks if key[1] < channel), default=-1)
        upper = min((tracks[key] for key in tracks if key[1] > channel), default=10**6)
        here = [at for at, right in own if lower < at[0] < upper and _faces(at, right, x)]
        ys = sorted({at[1] for at in here} | (set() if height is None else {height}))
        wires += [Wire(at, (x, at[1])) for at in here]
        wires += [Wire((x, one), (x, other)) for one, other in pairwise(ys)]
        xs.append(x)
    if height is not None:
        xs.sort()
        wires += [Wire((one, height), (other, height)) for one, other in pairwise(xs)]
    return wires


def _faces(at: Place, right: bool, x: int) -> bool:
    """Whether a pin points to a track."""
    return at[0] < x if right else at[0] > x


def _named(page: Page, pins: Sequence[tuple[str, Place, bool]]) -> list[Label]:
    """A name at every pin of a box or a source, and behind every label of a net that goes on outside."""
    return [Label(net, at, "right" if right else "left") for net, at, right in _named_places(page, pins)]


def _named_places(page: Page, pins: Sequence[tuple[str, Place, bool]]) -> list[tuple[str, Place, bool]]:
    outer = {label.at for label in page.labels}
    return [(net, (at[0] + _shift(right), at[1]) if at in outer else at, right) for net, at, right in pins]


def _shift(right: bool) -> int:
    """Grid steps from an outer net's label to its name on the page."""
    return _TRACK if right else -_TRACK
