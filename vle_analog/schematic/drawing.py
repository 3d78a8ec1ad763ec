"""What a schematic is made of: symbols with pins at places, wires, labels, on pages.

Places are whole steps of a grid of 1.27 mm (50 mil), x to the right and y downwards, as all schematic editors have
them; no symbol is turned. What is connected follows from places alone (`nets`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from vle_analog.production.assembly import Component

#: millimetres of a grid step
STEP = 1.27
#: width and height, grid steps, that KiCad's title block takes at the right and the bottom of a paper, margin included
TITLE_BLOCK = (95, 35)
#: mean advance of a character of text, and its height, grid steps
ADVANCE, HEIGHT = 0.92, 1.0

Place = tuple[int, int]
Side = Literal["left", "right", "up", "down"]


#: a step to each side
TOWARDS: dict[Side, Place] = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


@dataclass(frozen=True)
class Pin:
    """Where a symbol can be connected.

    Attributes:
        name: of the port.
        number: of the package's pin.
        at: its free end, seen from the symbol's middle.
        side: to which its free end points.
        length: of the line from there to the body.
        kind: as KiCad's rules have it: ``passive``, ``input``, ``output``, ``power_in``, ``power_out``.
    """

    name: str
    number: str
    at: Place
    side: Side
    length: float = 1.0
    kind: str = "passive"

    @property
    def line(self) -> Line:
        """From its free end to the body."""
        x, y = self.at
        dx, dy = TOWARDS[self.side]
        return Line(((x, y), (x - dx * self.length, y - dy * self.length)))


@dataclass(frozen=True)
class Line:
    """A drawn line through points; filled with the background where it is closed."""

    points: tuple[tuple[float, float], ...]

    @property
    def closed(self) -> bool:
        """Whether it ends where it begins."""
        return len(self.points) > 2 and self.points[0] == self.points[-1]


@dataclass(frozen=True)
class Text:
    """A line of text.

    Attributes:
        text: what it says.
        at: of its middle line, where its anchor is.
        anchor: which end of it is there.
        size: its height, grid steps.
    """

    text: str
    at: tuple[float, float]
    anchor: Literal["start", "middle", "end"] = "start"
    size: float = HEIGHT

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        width = len(self.text) * ADVANCE * self.size
        left = self.at[0] - {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        return left, self.at[1] - self.size / 2, left + width, self.at[1] + self.size / 2


@dataclass(frozen=True)
class Unit:
    """One of a symbol's drawings: an amplifier of several in a package, or its supply.

    Attributes:
        pins, lines, texts: of it.
        reference, value: where designator and value stand.
    """

    pins: tuple[Pin, ...]
    lines: tuple[Line, ...]
    reference: Text
    value: Text
    texts: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Symbol:
    """How a kind of part is drawn.

    Attributes:
        name: of the symbol.
        prefix: of designators.
        units: its drawings; of a package the last one may be its supply.
        rail: the net that every one of these symbols lies on; empty for parts.
        numbered: whether pins' numbers are shown.
    """

    name: str
    prefix: str
    units: tuple[Unit, ...]
    rail: str = ""
    numbered: bool = False


@dataclass(frozen=True)
class Placed:
    """A symbol on a page.

    Attributes:
        symbol: which.
        unit: number of its drawing.
        at: its middle.
        designator: of the body: ``U3``; of a rail nothing.
        value: what is written beside it.
        component: what it stands for; None for rails, for a package's supply and for what only boards have.
        footprint: KiCad's name of the land pattern; empty where none is known.
    """

    symbol: Symbol
    unit: int
    at: Place
    designator: str
    value: str
    component: Component | None = None
    footprint: str = ""

    @property
    def drawing(self) -> Unit:
        """Its lines, pins and texts."""
        return self.symbol.units[self.unit]

    def pins(self) -> Iterator[tuple[Pin, Place]]:
        """Its pins and where on the page they are."""
        for pin in self.drawing.pins:
            yield pin, (self.at[0] + pin.at[0], self.at[1] + pin.at[1])

    @property
    def shown(self) -> str:
        """The designator as it is drawn, with a letter for a unit of several."""
        several = sum(1 for unit in self.symbol.units if not _is_supply(unit)) > 1
        return self.designator + (chr(ord("A") + self.unit) if several and not _is_supply(self.drawing) else "")


def _is_supply(unit: Unit) -> bool:
    return bool(unit.pins) and all(pin.kind == "power_in" for pin in unit.pins)


@dataclass(frozen=True)
class Wire:
    """A straight wire between two places."""

    start: Place
    end: Place


@dataclass(frozen=True)
class Label:
    """A net's name at a place.

    Attributes:
        net: its name.
        at: what it touches.
        side: to which its text goes from there.
        outside: whether the net goes on outside of the page, through a pin of its sheet.
    """

    net: str
    at: Place
    side: Side
    outside: bool = False


@dataclass(frozen=True)
class SheetPin:
    """A pin of a sheet's box: the net's name inside, and its place on the outer page."""

    net: str
    at: Place
    side: Side
    drives: bool


@dataclass(frozen=True)
class Sheet:
    """The box that stands for a page on another page.

    Attributes:
        page: its name.
        title, note: what the box says.
        at, size: of the box.
        pins: of it.
        rank: how many others it is behind, from input to output.
        feeds: whether its page is that of the supply, which has no part in what is computed.
    """

    page: str
    title: str
    note: str
    at: Place
    size: Place
    pins: tuple[SheetPin, ...]
    rank: int = 0
    feeds: bool = False


@dataclass(frozen=True)
class Page:
    """One sheet of a schematic.

    Attributes:
        name: of its file.
        title: for people.
        size: width and height, grid steps.
        paper: its name, ``A4``.
        texts: notes.
        gaps: pins that are left open on purpose.
    """

    name: str
    title: str
    placed: tuple[Placed, ...] = ()
    wires: tuple[Wire, ...] = ()
    labels: tuple[Label, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    texts: tuple[Text, ...] = ()
    gaps: tuple[Place, ...] = ()
    paper: str = "A4"

    @property
    def size(self) -> Place:
        """Width and height, grid steps."""
        return PAPERS[self.paper]

    def moved(self, dx: int, dy: int) -> Page:
        """The same at another place."""

        def at(place: Place) -> Place:
            return place[0] + dx, place[1] + dy

        return replace(
            self,
            placed=tuple(replace(each, at=at(each.at)) for each in self.placed),
            wires=tuple(Wire(at(each.start), at(each.end)) for each in self.wires),
            labels=tuple(replace(each, at=at(each.at)) for each in self.labels),
            sheets=tuple(
                replace(each, at=at(each.at), pins=tuple(replace(pin, at=at(pin.at)) for pin in each.pins))
                for each in self.sheets
            ),
            texts=tuple(replace(each, at=(each.at[0] + dx, each.at[1] + dy)) for each in self.texts),
            gaps=tuple(map(at, self.gaps)),
        )

    def with_all_of(self, others: Iterable[Page]) -> Page:
        """This page with what others have drawn on it, too."""
        pages = [self, *others]
        return replace(
            self,
            placed=tuple(each for page in pages for each in page.placed),
            wires=tuple(each for page in pages for each in page.wires),
            labels=tuple(each for page in pages for each in page.labels),
            sheets=tuple(each for page in pages for each in page.sheets),
            texts=tuple(each for page in pages for each in page.texts),
            gaps=tuple(each for page in pages for each in page.gaps),
        )

    def junctions(self) -> list[Place]:
        """Where more than two wires or pins meet: there editors draw a dot."""
        ends: Counter[Place] = Counter()
        for wire in self.wires:
            ends.update((wire.start, wire.end))
        for placed in self.placed:
            ends.update(place for _, place in placed.pins())
        for sheet in self.sheets:
            ends.update(pin.at for pin in sheet.pins)
        found = [place for place, number in ends.items() if number > 2]
        touched = {
            place for place in ends for wire in self.wires if place not in (wire.start, wire.end) and on(place, wire)
        }
        return sorted({*found, *touched})

    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of all that is drawn, texts included."""
        boxes = list(self.boxes())
        return (
            min(box[0] for box in boxes),
            min(box[1] for box in boxes),
            max(box[2] for box in boxes),
            max(box[3] for box in boxes),
        )

    def boxes(self) -> Iterator[tuple[float, float, float, float]]:
        """The same of everything by itself."""
        for wire in self.wires:
            (x, y), (u, v) = wire.start, wire.end
            yield min(x, u), min(y, v), max(x, u), max(y, v)
        for placed in self.placed:
            yield from _symbol_boxes(placed)
        for label in self.labels:
            yield label_text(label).box
        for sheet in self.sheets:
            yield sheet.at[0], sheet.at[1] - 3, sheet.at[0] + sheet.size[0], sheet.at[1] + sheet.size[1]
        yield from (text.box for text in self.texts)


@dataclass(frozen=True)
class Schematic:
    """All pages of a circuit, the top one first.

    Attributes:
        name: of the circuit.
        pages: in order.
        remarks: what its reader should know.
    """

    name: str
    pages: tuple[Page, ...]
    remarks: tuple[str, ...] = field(default=())

    @property
    def top(self) -> Page:
        """The page that all others hang on."""
        return self.pages[0]

    def page(self, name: str) -> Page:
        """The page of a name."""
        return next(page for page in self.pages if page.name == name)


#: of papers, landscape: width and height in grid steps
PAPERS: dict[str, Place] = {
    name: (int(width / STEP), int(height / STEP))
    for name, width, height in (
        ("A5", 210, 148),
        ("A4", 297, 210),
        ("A3", 420, 297),
        ("A2", 594, 420),
        ("A1", 841, 594),
        ("A0", 1189, 841),
    )
}


def on(place: Place, wire: Wire) -> bool:
    """Whether a wire leads through a place."""
    (x, y), (left, top), (right, bottom) = place, wire.start, wire.end
    straight = (right - left) * (y - top) == (bottom - top) * (x - left)
    return straight and min(left, right) <= x <= max(left, right) and min(top, bottom) <= y <= max(top, bottom)


def label_text(label: Label) -> Text:
    """A label as the text that one sees."""
    text, (x, y) = label.net, label.at
    gap = 2.0 if label.outside else 0.4
    match label.side:
        case "left":
            return Text(text, (x - gap, y), "end")
        case "right":
            return Text(text, (x + gap, y))
        case "up":
            return Text(text, (x, y - gap - 0.6), "middle")
    return Text(text, (x, y + gap + 0.6), "middle")


def shifted(text: Text, at: Place, words: str) -> Text:
    """A symbol's text at the place where the symbol is, with its words."""
    return replace(text, text=words, at=(text.at[0] + at[0], text.at[1] + at[1]))


def _symbol_boxes(placed: Placed) -> Iterator[tuple[float, float, float, float]]:
    x, y = placed.at
    points = [point for line in placed.drawing.lines for point in line.points]
    points += [pin.at for pin in placed.drawing.pins]
    yield (
        x + min(point[0] for point in points),
        y + min(point[1] for point in points),
        x + max(point[0] for point in points),
        y + max(point[1] for point in points),
    )
    if placed.value:
        yield shifted(placed.drawing.value, placed.at, placed.value).box
    if placed.designator:
        yield shifted(placed.drawing.reference, placed.at, placed.shown).box
