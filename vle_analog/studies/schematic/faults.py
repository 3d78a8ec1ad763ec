"""What failures look like: every part of a page broken in turn, the page's self-test run, and what is then measured.

A resistor or capacitor is open or shorted; a device is missing. A page whose test shows no difference does not tell of
that fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from vle_analog.circuit.elements import GROUND, Capacitor, Element, Instance, Resistor
from vle_analog.errors import SimulationError
from vle_analog.netlist.ngspice import render
from vle_analog.production.flat import letter
from vle_analog.schematic.drawing import Schematic
from vle_analog.simulate.ngspice import Ngspice
from vle_analog.studies.schematic.self_test import MOMENTS, SelfTest
from vle_analog.waveforms import Array

#: ohms of what is open, of what is shorted, and from the output of what is missing to ground
_OPEN, _SHORT, _NOTHING = 1e12, 1.0, 1e9
#: of a signal's range, or volts, within which a page is as it should be
_SAME, _VOLTS = 0.05, 0.05
#: of the supply, from where an output is at its end
_END = 0.75


@dataclass(frozen=True)
class Fault:
    """A part that is broken.

    Attributes:
        part: its designator.
        how: open, shorted or missing.
        node: at which the page's test shows it most; empty where it shows nothing.
        seen: what is seen there, in words.
        measured: volts there at the moments of the test; empty where the simulator found no solution.
        expected: volts of a sound page.
    """

    part: str
    how: str
    node: str
    seen: str
    measured: tuple[float, ...]
    expected: tuple[float, ...]


def files(schematic: Schematic, tests: Sequence[SelfTest]) -> dict[str, str]:
    """A page of failures, by file name.

    Args:
        schematic: of the tests.
        tests: of its pages.
    """
    lines = [
        f"# {schematic.name}: what failures look like",
        "",
        "Every part broken in turn, each page by itself under its self-test (`--format test`), in ngspice: where the "
        f"test shows it most, and the volts there at {_moments()} of it, beside those of a sound page.",
    ]
    for test in tests:
        lines += ["", f"## {test.page.title} (`{test.page.name}`)", ""]
        lines += ["| you see | at | instead of | look for |", "|---|---|---|---|"]
        lines += [_row(each) for each in sorted(faults(test), key=lambda each: not each.node)]
    return {f"{schematic.name}-faults.md": "\n".join([*lines, ""])}


def _moments() -> str:
    return ", ".join(f"{100 * moment:g} %" for moment in MOMENTS)


def _row(fault: Fault) -> str:
    """A line of the table: symptom first."""
    if not fault.node:
        return f"| {fault.seen} | | | {fault.part} {fault.how} |"
    measured, sound = (", ".join(f"{volts:.3g}" for volts in row) for row in (fault.measured, fault.expected))
    return f"| {fault.seen}: {measured} V | {fault.node} | {sound} V | {fault.part} {fault.how} |"


def faults(test: SelfTest, progress: Callable[[float], None] = lambda fraction: None) -> Iterator[Fault]:
    """All faults of a page's parts, as the simulator shows them.

    Args:
        test: of the page.
        progress: told how much is done.
    """
    sound = _run(test, None, ())
    parts = test.circuit.sections[1].elements
    broken = [(each, how, new) for each in parts for how, new in _broken(each)]
    for place, (element, how, new) in enumerate(broken):
        progress(place / len(broken))
        yield _told(test, f"{letter(element).replace('X', '')}{element.name}", how, sound, _run(test, element, new))


def _broken(element: Element) -> Iterator[tuple[str, tuple[Element, ...]]]:
    """Ways to break a part, and what is then in its place."""
    match element:
        case Resistor():
            yield "open", (replace(element, ohms=_OPEN),)
            yield "shorted", (replace(element, ohms=_SHORT),)
        case Capacitor():
            yield "open", ()
            yield "shorted", (Resistor(f"{element.name}_short", element.nodes, _SHORT),)
        case Instance():
            nodes = sorted({*element.nodes} - {GROUND})
            yield (
                "missing",
                tuple(
                    Resistor(f"{element.name}_{place}", (node, GROUND), _NOTHING) for place, node in enumerate(nodes)
                ),
            )


def _run(test: SelfTest, element: Element | None, new: tuple[Element, ...]) -> dict[str, Array] | None:
    """Volts at the test's moments by node, with other parts in the place of one; None where nothing is found."""
    sources, page = test.circuit.sections
    elements = tuple(part for each in page.elements for part in (new if each is element else (each,)))
    circuit = replace(test.circuit, sections=(sources, replace(page, elements=elements)))
    with TemporaryDirectory() as folder:
        try:
            deck = render(circuit, test.bench)
            run = Ngspice().run(deck.text, span=test.bench.span, folder=Path(folder), files=deck.files)
        except SimulationError:
            return None
    at = np.array(MOMENTS) * test.bench.span
    return {node: np.interp(at, run.time, run.values[node]) for node in test.bench.probes}


def _told(test: SelfTest, part: str, how: str, sound: dict[str, Array] | None, found: dict[str, Array] | None) -> Fault:
    """What a fault shows most."""
    if found is None or sound is None:
        return Fault(part, how, "", "nothing that a simulator finds", (), ())
    ranges = {node: max(float(np.ptp(test.expected[node])), 1e-3) for node in test.bench.probes}
    off = {node: float(np.max(np.abs(found[node] - sound[node]))) for node in test.bench.probes}
    worst = max(off, key=lambda node: off[node] / ranges[node])
    numbers = tuple(map(float, found[worst])), tuple(map(float, sound[worst]))
    if off[worst] < max(_SAME * ranges[worst], _VOLTS):
        return Fault(part, how, "", "no difference", *numbers)
    return Fault(part, how, worst, _seen(found[worst], sound[worst], test.circuit.supply.rail), *numbers)


def _seen(found: Array, sound: Array, rail: float) -> str:
    """How a node's voltages differ from those of a sound page, in words."""
    if np.all(np.abs(found) > _END * rail) and len(set(np.sign(found))) == 1:
        return f"stays at the {'upper' if found[0] > 0 else 'lower'} end"
    if np.max(np.abs(found)) < max(0.02 * float(np.max(np.abs(sound))), 0.01):
        return "stays near 0 V"
    gain = float(found @ sound / (sound @ sound))
    if np.max(np.abs(found - gain * sound)) < 0.05 * np.max(np.abs(found)):
        return f"{abs(gain):.3g} times as large{', upside down' if gain < 0 else ''}"
    if np.ptp(found) < 0.05 * np.ptp(sound):
        return f"stays at {float(np.mean(found)):.3g} V"
    if np.max(found) > _END * rail and np.min(found) < -_END * rail:
        return "runs into both ends"
    return "another course"
