"""Pages of parts: the stages of one block or of a part of a neuron, and the supply of packages that begin there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from vle_analog.circuit.elements import GROUND
from vle_analog.circuit.parts import SUPPLY
from vle_analog.production.assembly import Component, nodes_of
from vle_analog.schematic.drawing import ADVANCE, PAPERS, TITLE_BLOCK, TOWARDS, Label, Page, Place, Placed, Text
from vle_analog.schematic.footprints import footprint_of
from vle_analog.schematic.stages import Sheet, drawn, value_of
from vle_analog.schematic.symbols import GND, flag, rail, standing_capacitor, symbol_of
from vle_analog.units import spice_number

#: grid steps around a page that stay free, and between drawings
_MARGIN, _GAP = 13, 4
#: between drawings below each other
_LINE = 1
#: of a row of packages' supplies: width of one, and height of the row
_SUPPLY, _ROW = 26, 20
#: papers that a page may take, the smallest first
_PAPERS = ("A5", "A4", "A3", "A2", "A1")
#: those that people print on
PRINTED = ("A5", "A4")


@dataclass(frozen=True)
class Stage:
    """What is drawn together.

    Attributes:
        title: its block's law.
        components: of it.
    """

    title: str
    components: tuple[Component, ...]


@dataclass(frozen=True)
class Package:
    """A package whose supply is drawn.

    Attributes:
        first: one of its components.
        supply: nodes that its supply pins lie on.
        blocking: capacitors from there to ground.
        spare: numbers of its units that nothing uses.
    """

    first: Component
    supply: tuple[str, str]
    blocking: tuple[Component, ...] = ()
    spare: tuple[int, ...] = ()


def leaf(
    name: str,
    title: str,
    stages: Sequence[Stage],
    packages: Sequence[Package],
    ends: Mapping[str, int],
    rails: Mapping[str, str],
) -> Page:
    """A page of stages.

    Args:
        name: of its file.
        title: for people.
        stages: that are drawn on it.
        packages: whose supply is.
        ends: how many parts' ends each node of the circuit has.
        rails: what nodes that every page has are called.
    """
    blocks = [block for stage in stages for block in _titled(stage, ends, rails)]
    feet = [_supply(package, rails) for package in packages]
    feet += [_spare(package, unit, rails) for package in packages for unit in package.spare]
    for paper in _PAPERS:
        packed = _packed(blocks, feet, PAPERS[paper])
        if packed is not None or paper == _PAPERS[-1]:
            break
    page = Page(name, title, paper=paper)
    return page.with_all_of(packed or _flowed([*blocks, *feet], PAPERS[paper][0] - _MARGIN, _MARGIN)[0])


def drawings(
    components: Sequence[Component], ends: Mapping[str, int], rails: Mapping[str, str]
) -> Iterator[tuple[Component, ...]]:
    """A stage's components, those that are drawn together by themselves; as `leaf` has them."""
    for page in drawn(components, ends, rails):
        yield tuple(each.component for each in page.placed if each.component is not None)


def _titled(stage: Stage, ends: Mapping[str, int], rails: Mapping[str, str]) -> list[Page]:
    """The drawings of a stage, its law above the first one."""
    pages = drawn(stage.components, ends, rails)
    if pages and stage.title:
        left, top, *_ = pages[0].box()
        title = Text(stage.title, (round(left), round(top) - 2), "start", 1.2)
        pages[0] = replace(pages[0], texts=(*pages[0].texts, title))
    return pages


def _packed(blocks: Sequence[Page], feet: Sequence[Page], size: Place) -> list[Page] | None:
    """Drawings at their places on a paper, supplies below; None where they do not fit."""
    width, height = size
    body, low = _flowed(blocks, width - _MARGIN, _MARGIN)
    foot, end = _flowed(feet, width - _MARGIN, low + _GAP)
    limit = height - TITLE_BLOCK[1] if (feet or blocks) else height
    wide = max((page.box()[2] for page in (*body, *foot)), default=0)
    return [*body, *foot] if end <= limit and wide <= width - _MARGIN + 1 else None


def _flowed(pages: Iterable[Page], right: int, top: int) -> tuple[list[Page], int]:
    """Drawings side by side in rows, low ones below each other as far as a row reaches; and where the last row ends."""
    found: list[Page] = []
    y = low = top  # of the row
    x, width, under = _MARGIN, -_GAP, top  # of its last column
    for page in pages:
        left, upper, far, lower = page.box()
        wide, tall = round(far - left), round(lower - upper) + 2
        if x + wide <= right and under + _LINE + tall <= low:
            at = x, under + _LINE
            width = max(width, wide)
        else:
            x, width = x + width + _GAP, wide
            if found and x + wide > right and x > _MARGIN:
                x, y = _MARGIN, low + _GAP
            at = x, y
        under = at[1] + tall
        low = max(low, under)
        found.append(page.moved(round(at[0] - left), round(at[1] - upper + 1)))
    return found, low


def _supply(package: Package, rails: Mapping[str, str]) -> Page:
    """A package's supply pins and the capacitors that block it."""
    sheet = Sheet(rails)
    component = package.first
    symbol = symbol_of(component)
    unit = len(symbol.units) - 1
    sheet.placed.append(
        Placed(symbol, unit, (0, 0), component.body, value_of(component), None, footprint_of(component))
    )
    for pin, (x, y) in sheet.placed[0].pins():
        node = dict(zip(SUPPLY, package.supply, strict=True)).get(pin.name, GROUND)
        net = rails[node]
        dx, dy = TOWARDS[pin.side]
        sheet.wire((x, y), (x + dx, y + dy))
        sheet.placed.append(Placed(rail(net, pin.side), 0, (x + dx, y + dy), "", net))
    for place, capacitor in enumerate(package.blocking):
        x = (13 if len(symbol.units[unit].pins) > len(SUPPLY) else 7) + 9 * place
        upper, lower = capacitor.element.nodes[:2]
        farads = getattr(capacitor.element, "farads", 0.0)
        sheet.placed.append(
            Placed(
                standing_capacitor(),
                0,
                (x, 0),
                capacitor.body,
                spice_number(farads),
                capacitor,
                footprint_of(capacitor),
            )
        )
        sheet.name(upper, (x, -3), "up")
        sheet.name(lower, (x, 3), "down")
    return sheet.page()


def _spare(package: Package, unit: int, rails: Mapping[str, str]) -> Page:
    """A unit that nothing uses: its inputs on ground; an amplifier follows ground, so that it does not swing."""
    sheet = Sheet(rails)
    component = package.first
    symbol = symbol_of(component)
    placed = Placed(symbol, unit, (0, 0), component.body, value_of(component), None, footprint_of(component))
    sheet.placed.append(placed)
    follows = component.kind == "opamp"
    gaps: list[Place] = []
    for number, (pin, (x, y)) in enumerate(placed.pins()):
        dx, dy = TOWARDS[pin.side]
        if follows and number == 1:
            sheet.wire((x, y), (x - 2, y), (x - 2, y - 4), (8, y - 4), (8, 0), (6, 0))
        elif pin.kind == "output":
            gaps += [] if follows else [(x, y)]
        else:
            sheet.wire((x, y), (x + dx, y + dy))
            sheet.placed.append(Placed(rail(GND, pin.side), 0, (x + dx, y + dy), "", GND))
    return replace(sheet.page(), gaps=tuple(gaps))


def sources(
    name: str, title: str, components: Sequence[Component], made: Sequence[Component], rails: Mapping[str, str]
) -> Page:
    """A page of what holds the board's rails: supply and references, and what makes further ones of these."""
    drawings = []
    for component in components:
        sheet = Sheet(rails)
        sheet.placed.append(
            Placed(
                symbol_of(component),
                0,
                (0, 0),
                component.body,
                worth(component),
                component,
                footprint_of(component),
            )
        )
        node, other = component.element.nodes[:2]
        sheet.wire((3, 0), (4, 0))
        sheet.name(node, (4, 0), "right")
        sheet.name(other, (0, 3), "down")
        drawings.append(sheet.page())
    held = {node for component in components for node in component.element.nodes} - {GROUND}
    for node in sorted({GROUND, *nodes_of(made)} - held):
        sheet = Sheet(rails)
        sheet.placed.append(Placed(flag(), 0, (0, 0), "", "PWR_FLAG"))
        sheet.wire((0, 0), (0, 2))
        sheet.name(node, (0, 2), "down")
        drawings.append(sheet.page())
    page = Page(name, title, paper="A5")
    return page.with_all_of(_flowed([*drawings, *drawn(made, {}, rails)], PAPERS["A5"][0] - _MARGIN, _MARGIN)[0])


def worth(component: Component) -> str:
    """What is written beside a source: its voltage, or its name."""
    volts = getattr(component.element, "volts", None)
    return component.element.name if volts is None else f"{spice_number(volts, 6)}V"


def outside(page: Page, nets: set[str]) -> Page:
    """The page with the labels marked whose nets go on elsewhere."""
    labels = tuple(replace(label, outside=label.net in nets) for label in page.labels)
    return replace(page, labels=labels)


def widest(labels: Iterable[Label]) -> float:
    """Width of the longest name."""
    return max((len(label.net) * ADVANCE for label in labels), default=0.0)


def names(pages: Iterable[Page]) -> Iterator[str]:
    """All names on pages, with repetitions."""
    for page in pages:
        yield from (label.net for label in page.labels)
