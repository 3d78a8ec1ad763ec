"""How a board is put together and tried out, page by page: what to solder, what to measure, what failures look like."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from vle_analog.circuit.cell.cell import START
from vle_analog.circuit.cell.stage import MULTIPLIER, OPAMP
from vle_analog.circuit.elements import GROUND, Battery, Capacitor, Drive, Instance, Resistor
from vle_analog.circuit.parts import devices, library
from vle_analog.design.design import Design
from vle_analog.equations.system import instance_names
from vle_analog.production.assembly import FEED, INPUT, REFERENCE, SUPPLYING, TEST_POINT, ZENER, Component
from vle_analog.production.clock import LOGIC_VOLTS
from vle_analog.production.trimmers import TRIMMER
from vle_analog.schematic.drawing import Page, Schematic
from vle_analog.studies.schematic.self_test import SelfTest, Untested, deck_name
from vle_analog.units import engineering

#: points of a small picture, and its size in millimetres
_POINTS, _WIDTH, _HEIGHT = 300, 60, 16
#: of multipliers
_OFFSETS = ("XOS", "YOS", "ZOS")
#: what a stage shows, and what it is a sign of
_FAILURES = (
    ("an output at either end of the supply", "feedback open, inputs swapped, or a summing node without its wire"),
    ("an output near 0 V that should move", "an input's resistor or the stage before it missing"),
    ("right shape, wrong size", "a wrong value: gain is feedback over input resistor"),
    ("right size, wrong speed", "a wrong capacitor, or one of the wrong power of ten"),
    ("right shape, upside down", "inputs of a multiplier swapped, or a node and its inverted copy"),
    ("a ripple of many kilohertz", "blocking capacitors missing, or a long wire at a summing node"),
    ("a slow drift where all should rest", "an offset: null the multiplier, or take a better op-amp"),
)


def files(schematic: Schematic, ready: Design, tried: Sequence[SelfTest | Untested] = ()) -> dict[str, str]:
    """The sheet and its small pictures, by file name.

    Args:
        schematic: of the design.
        ready: the design.
        tried: tests of pages, and pages without one, which it tells of.
    """
    pictures = _pictures(schematic, ready)
    lines = [*_lines(schematic, ready, pictures), *_tests(tried)]
    return {f"{schematic.name}-build.md": "\n".join([*lines, ""]), **pictures}


def _components(pages: Sequence[Page]) -> Iterator[Component]:
    for page in pages:
        yield from (placed.component for placed in page.placed if placed.component is not None)


def _lines(schematic: Schematic, ready: Design, pictures: dict[str, str]) -> Iterator[str]:
    yield f"# {schematic.name}: build sheet"
    yield ""
    supply = ready.circuit.supply
    yield (
        f"{len(schematic.pages)} pages; supply {supply}; one model unit of time is "
        f"{engineering(ready.circuit.unit, 's')}, a run {engineering(ready.bench.span, 's')}. Build it page by page in "
        "this order, and measure before going on."
    )
    yield ""
    yield from _supply(list(_components(schematic.pages)))
    number, done = 1, set[str]()
    for page in schematic.pages:
        if page.sheets or not any(each.name and not each.is_connection for each in _components([page])):
            continue
        number += 1
        yield from _page(page, number, ready, done)
    yield from _calibration(list(_components(schematic.pages)), number + 1)
    yield from _run(schematic, ready, pictures, number + 2)
    yield "## What failures look like"
    yield ""
    yield "Page by page, by breaking each part in a simulation: `--format faults`. In general:"
    yield ""
    yield "| you see | look for |"
    yield "|---|---|"
    yield from (f"| {seen} | {cause} |" for seen, cause in _FAILURES)


def _supply(components: Sequence[Component]) -> Iterator[str]:
    yield "## 1. Supply and references, before any integrated circuit"
    yield ""
    yield "| part | measure | volts |"
    yield "|---|---|---|"
    for each in components:
        if each.kind in (SUPPLYING, REFERENCE) and isinstance(each.element, Battery):
            close = 0.001 if each.kind == REFERENCE else 0.02
            volts = each.element.volts
            yield f"| {each.designator} | {each.element.nodes[0]} to ground | {volts:.4g} +- {abs(volts) * close:.2g} |"
        elif each.kind == ZENER:
            node = next(node for node in each.element.nodes if node != "0")
            sign = "-" if each.element.nodes[1] == "0" else ""
            yield f"| {each.designator} | {node} to ground | {sign}{_value(each)} +- 5 % |"
    feeds = [each.designator for each in components if each.kind == FEED]
    yield ""
    if feeds:
        yield f"Solder {', '.join(feeds)} with them."
        yield ""


def _calibration(components: Sequence[Component], number: int) -> Iterator[str]:
    """What to adjust, or to note where nothing can be adjusted."""
    multipliers = [each for each in components if each.kind == MULTIPLIER and each.device is not None]
    amplifiers = [(each, its) for each in components if each.kind == OPAMP and (its := _trimmers(each, components))]
    references = [each for each in components if each.kind == REFERENCE and isinstance(each.element, Battery)]
    if not multipliers and not amplifiers and not references:
        return
    yield f"## {number}. Calibration, after ten minutes of warming up"
    yield ""
    for each in references:
        yield f"- {each.designator}: note what {each.element.nodes[0]} has; every constant is off by as many per cent."
    for each, its in amplifiers:
        yield _balanced(each, next(iter(its.values())), components)
    for each in multipliers:
        its = _trimmers(each, components)
        if its:
            yield _adjusted(each, its)
        if rest := [axis for axis in "xyz" if axis not in {port[0] for port in its}]:
            yield _noted(each, rest)
    yield ""


def _trimmers(device: Component, components: Sequence[Component]) -> dict[str, str]:
    """Designators of a device's trimmers by the port that each is for: at the far end of a resistor from there."""
    wipers = {each.element.nodes[1]: each.designator for each in components if each.kind == TRIMMER}
    found = {}
    for port, node in device.pins:
        for each in components:
            if isinstance(each.element, Resistor) and node in each.element.nodes:
                other = next((end for end in each.element.nodes if end != node), node)
                if other in wipers:
                    found[port] = wipers[other]
    return found


def _balanced(each: Component, trimmer: str, components: Sequence[Component]) -> str:
    """How an amplifier's trimmer is set: by an output that is at rest, or that stays where it is."""
    _, minus, out = each.element.nodes[:3]
    back = [part.element for part in components if set(part.element.nodes) == {minus, out}]
    stays = any(isinstance(part, Capacitor) for part in back) and not any(isinstance(part, Resistor) for part in back)
    shown = f"{out} {'stays where it is' if stays else 'is 0 V'}"
    return f"- {each.designator}: with its inputs at 0 V, {trimmer} until {shown}."


def _adjusted(each: Component, its: Mapping[str, str]) -> str:
    """How a multiplier's trimmers are set, by the ports that they are for."""
    nodes = dict(each.pins)
    one, other = (
        next(node for port, node in nodes.items() if port[0] == axis and node != GROUND and port not in its)
        for axis in "xy"
    )
    trimmers = {port[0]: trimmer for port, trimmer in its.items()}
    out, said = nodes["w"], list[str]()
    if one == other:  # of a square both offsets act alike
        if "z" in trimmers:
            said.append(f"with {one} at 0 V, {trimmers['z']} until {out} is 0 V")
        if first := trimmers.get("x", trimmers.get("y", "")):
            said.append(f"{first} until it is the same with {one} at 5 V and at -5 V")
        if "x" in trimmers and "y" in trimmers:
            said.append(f"{trimmers['y']} stays in its middle")
        return f"- {each.designator}: {'; then '.join(said[:2])}{''.join(f'; {more}' for more in said[2:])}."
    if "x" in trimmers:
        said.append(f"with {one} at 0 V, {trimmers['x']} until {out} stays where it is when {other} goes from 0 to 5 V")
    if "y" in trimmers:
        said.append(f"with {other} at 0 V, {trimmers['y']} until {out} stays where it is when {one} goes from 0 to 5 V")
    if "z" in trimmers:
        said.append(f"with both at 0 V, {trimmers['z']} until {out} is 0 V")
    return f"- {each.designator}: {'; '.join(said)}."


def _noted(each: Component, axes: Sequence[str]) -> str:
    """How a multiplier's offsets that have no trimmers are found, and what they may be."""
    part = "" if each.device is None else each.device.part
    spread = devices()[part].sheet.spread if part in devices() else {}
    x, y, z = (f" (at most {engineering(spread[name].most, 'V')})" if name in spread else "" for name in _OFFSETS)
    ways = {
        "z": f"with all inputs at ground w is its output's offset{z}",
        "x": f"with y1 at 5 V it moves by half of X's offset{x}",
        "y": f"with x1 at 5 V by half of Y's{y}",
    }
    return f"- {each.designator}: {'; '.join(words for axis, words in ways.items() if axis in axes)}."


def _tests(tried: Sequence[SelfTest | Untested]) -> Iterator[str]:
    """Which pages can be tested by themselves, and why others cannot."""
    if not tried:
        return
    yield ""
    yield "## Which pages have a self-test"
    yield ""
    yield "A deck drives what comes in and says what must come out: `--format test`."
    yield ""
    yield "| page | self-test |"
    yield "|---|---|"
    for each in tried:
        said = f"`{deck_name(each)}`" if isinstance(each, SelfTest) else f"none: {each.why}"
        yield f"| {each.page.title} (`{each.page.name}`) | {said} |"


def _value(component: Component) -> str:
    return str(getattr(component.element, "value", "")).removesuffix("V")


def _page(page: Page, number: int, ready: Design, done: set[str]) -> Iterator[str]:
    """What is on a page, but for packages that an earlier one had, and what its stages must do by themselves."""
    components = list(_components([page]))
    bodies = list(dict.fromkeys(each.body for each in components if each.kind != INPUT and each.body not in done))
    done.update(bodies)
    yield f"## {number}. {page.title} (`{page.name}`)"
    yield ""
    yield "Solder " + ", ".join(bodies) + "."
    yield ""
    rows = [row for each in components if each.kind == OPAMP for row in _stage(each, components, ready)]
    others = [
        row for each in components if each.device is not None and each.kind != OPAMP for row in _device(each, ready)
    ]
    others += [row for each in components for row in _clock(each, ready)]
    if rows or others:
        yield "| at | of | by itself | in the run |"
        yield "|---|---|---|---|"
        yield from (*rows, *others)
        yield ""


def _stage(amplifier: Component, components: Sequence[Component], ready: Design) -> Iterator[str]:
    """An amplifier's output: what each input makes of a volt."""
    _, minus, out = amplifier.element.nodes[:3]
    passive = [each.element for each in components if isinstance(each.element, Resistor | Capacitor)]
    back = [each for each in passive if set(each.nodes) == {minus, out}]
    ohms = next((each.ohms for each in back if isinstance(each, Resistor)), None)
    farads = next((each.farads for each in back if isinstance(each, Capacitor)), None)
    said = []
    for each in passive:
        if isinstance(each, Resistor) and minus in each.nodes and out not in each.nodes:
            source = each.nodes[1] if each.nodes[0] == minus else each.nodes[0]
            if ohms is not None:
                said.append(f"1 V at {source}: {-ohms / each.ohms:.4g} V")
            elif farads is not None:
                said.append(f"1 V at {source}: {-1e-3 / each.ohms / farads:.4g} V/ms")
    if ohms is not None and farads is not None:
        said.append(f"time constant {engineering(ohms * farads, 's')}")
    yield f"| {out} | {amplifier.designator} | {'; '.join(said) or '-'} | {_range(out, ready)} |"


def _device(component: Component, ready: Design) -> Iterator[str]:
    cell = component.flat.cell
    if cell is None or not set(component.flat.ports) & {"out", "w"}:
        return
    out = component.element.nodes[cell.output]
    ideal = library().get(cell.role or "", cell)
    law = (ideal.sheet.law or component.kind).replace("|", "\\|")
    own = {name: value for name, value in _parameters(component) if name in ideal.parameters and name != START}
    with_numbers = ", ".join(f"{name} {value:.4g}" for name, value in own.items())
    yield f"| {out} | {component.designator} | {law}{': ' if own else ''}{with_numbers} | {_range(out, ready)} |"


def _clock(component: Component, ready: Design) -> Iterator[str]:
    """What a clock's part drives, and with which period."""
    cell = component.flat.cell
    if cell is None or component.kind == OPAMP:
        return
    driven = {component.element.nodes[place] for place in cell.outputs}
    for each in ready.circuit.elements():
        if isinstance(each, Drive) and each.clock and each.nodes[0] in driven:
            period = engineering((each.stimulus.clock_period or 0.0) * each.unit, "s")
            law = f"a square wave, period {period}"
            yield f"| {each.nodes[0]} | {component.designator} | {law} | 0 to {LOGIC_VOLTS:g} V |"


def _parameters(component: Component) -> tuple[tuple[str, float], ...]:
    return component.element.parameters if isinstance(component.element, Instance) else ()


def _range(node: str, ready: Design) -> str:
    """The voltages between which a node stays in the reference run."""
    signal = ready.circuit.signal_at(node)
    template = next((name for name, symbol in ready.diagram.signals.items() if signal in instance_names(symbol)), None)
    solution = ready.reference.solution
    if template is None or template not in solution.lowest:
        return "-"
    scale = ready.circuit.volts_per_unit[signal] * (1 if node == signal else -1)
    ends = sorted((scale * solution.lowest[template], scale * solution.highest[template]))
    return f"{ends[0]:.3g} to {ends[1]:.3g} V"


def _volts(signal: str, ready: Design) -> np.ndarray:
    """A probed signal's voltage along the reference run."""
    return np.asarray(ready.circuit.volts_per_unit[signal] * ready.reference.solution.waveforms[signal])


def _run(schematic: Schematic, ready: Design, pictures: dict[str, str], number: int) -> Iterator[str]:
    yield f"## {number}. The whole"
    yield ""
    yield "| test point | signal | V per unit | at the start | from | to | |"
    yield "|---|---|---|---|---|---|---|"
    for each in _components(schematic.pages):
        if each.kind != TEST_POINT:
            continue
        signal = each.element.nodes[0]
        if signal not in ready.reference.solution.waveforms.signals:
            continue
        volts = _volts(signal, ready)
        file = f"{schematic.name}-{each.designator}.svg"
        picture = f"![]({file})" if file in pictures else ""
        ends = f"{volts.min():.3g} | {volts.max():.3g}"
        scale = ready.circuit.volts_per_unit[signal]
        yield f"| {each.designator} | {signal} | {scale:.4g} | {volts[0]:.3g} | {ends} | {picture} |"
    yield ""


def _pictures(schematic: Schematic, ready: Design) -> dict[str, str]:
    found = {}
    for each in _components(schematic.pages):
        signal = each.element.nodes[0]
        if each.kind == TEST_POINT and signal in ready.reference.solution.waveforms.signals:
            found[f"{schematic.name}-{each.designator}.svg"] = _picture(_volts(signal, ready))
    return found


def _picture(volts: np.ndarray) -> str:
    """A waveform as a small picture, from its lowest to its highest value."""
    places = np.unique(np.linspace(0, len(volts) - 1, _POINTS).astype(int))
    values = volts[places]
    low, high = float(values.min()), float(values.max())
    scaled = (high - values) / (high - low or 1.0) * (_HEIGHT - 2) + 1
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(np.linspace(1, _WIDTH - 1, len(values)), scaled, strict=True))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}mm" height="{_HEIGHT}mm" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}"><rect width="100%" height="100%" fill="white"/>'
        f'<polyline points="{points}" fill="none" stroke="#157a3c" stroke-width="0.3"/></svg>\n'
    )
