"""Self-tests: a deck for each page, which drives what comes in with known signals and says what must come out.

What comes out is reckoned from the page's equations, not from its parts: they are integrated as a system of their own
with what comes from other pages as inputs. An input is a sine around the value that it has at the start of the whole,
so that every page works where it works then.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import sympy as sp

from vle_analog.circuit.cell.cell import needed
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import GROUND, Battery, Drive, Element, Instance, Resistor
from vle_analog.circuit.parts import SUPPLY
from vle_analog.design.design import Design
from vle_analog.equations.instances import instances
from vle_analog.equations.resolve import start_values
from vle_analog.equations.system import Definition, EquationSystem, Input, State, instance_names, names_in, shape_of
from vle_analog.equations.templates import in_order
from vle_analog.errors import VleAnalogError
from vle_analog.netlist.ngspice import render
from vle_analog.netlist.testbench import Testbench
from vle_analog.production.assembly import Component
from vle_analog.production.flat import BoardPart, letter
from vle_analog.reference.accuracy import reference
from vle_analog.schematic.drawing import Page, Schematic
from vle_analog.stimulus import Constant, Pace, Phase, Sines, Stimulus
from vle_analog.units import engineering
from vle_analog.waveforms import Array, Waveforms

#: of an input's range, how far a test moves it to either side of its start
_SWING = 0.4
#: times that a test is made half as long, or its inputs smaller by a factor, until no stage is driven beyond full scale
_TRIALS, _SMALLER = 14, 0.7
#: ohms from a pin that leads nowhere to ground: no simulator takes a node of one end
_OPEN = 1e12
#: moments of a test, as fractions of its length, at which a deck measures
MOMENTS = (0.3, 0.65, 0.95)
#: error of a second-order method that a test's steps may make
_ERROR = 2e-4


@dataclass(frozen=True)
class SelfTest:
    """A page by itself.

    Attributes:
        page: that it is of.
        circuit: the page's parts, the supply, and sources for what comes in.
        bench: how it is run.
        expected: what comes out, in volts, by node, over seconds.
    """

    page: Page
    circuit: Circuit
    bench: Testbench
    expected: Waveforms

    def at(self, node: str) -> Array:
        """Volts that are expected at a node at the test's moments."""
        return np.interp(np.array(MOMENTS) * self.bench.span, self.expected.time, self.expected[node])

    @property
    def deck(self) -> str:
        """A deck for ngspice that prints what it measures beside what is expected."""
        text = render(self.circuit, self.bench).text
        lines = []
        for node in self.bench.probes:
            for number, (moment, volts) in enumerate(zip(MOMENTS, self.at(node), strict=True), 1):
                at = moment * self.bench.span
                lines += [
                    f"echo expected: {node} at {at:.6g} s: {volts:.5g} V",
                    f"meas tran m{number}_{node} find v({node}) at={at:.6g}",
                ]
        return text.replace("\nwrite waveforms.raw\n", "\n" + "\n".join(lines) + "\n", 1)


@dataclass(frozen=True)
class Untested:
    """A page of parts that has no test by itself, and why."""

    page: Page
    why: str


def files(schematic: Schematic, tried: Sequence[SelfTest | Untested]) -> dict[str, str]:
    """Decks, and a page that says what each drives and what it must measure, by file name.

    Args:
        schematic: of the tests.
        tried: as `trials` has them.
    """
    decks: dict[str, str] = {}
    lines = [
        f"# {schematic.name}: self-tests",
        "",
        "Each page by itself: drive its inputs, measure its outputs; capacitors of states begin at their start values. "
        "`ngspice -b DECK` does the same and prints what it measures beside what is expected. Expected values are of "
        "the equations: values that are bought, and sound parts, miss them by 2.5 % of an output's range or by 40 mV.",
    ]
    for test in self_tests(tried):
        name = deck_name(test)
        deck = render(test.circuit, test.bench)
        decks |= {name: test.deck, **deck.files}
        lines += ["", f"## {test.page.title} (`{name}`)", "", "| drive | with |", "|---|---|"]
        lines += [f"| {each.name} | {_played(each)} |" for each in test.circuit.elements() if isinstance(each, Drive)]
        lines += ["", f"| measure | {' | '.join(f'at {_time(each * test.bench.span)}' for each in MOMENTS)} |"]
        lines += ["|---|" + "---|" * len(MOMENTS)]
        for node in test.bench.probes:
            lines.append(f"| {node} | {' | '.join(f'{volts:.4g} V' for volts in test.at(node))} |")
    if without := untested(tried):
        lines += ["", "## Pages without a self-test", "", "| page | why |", "|---|---|"]
        lines += [f"| {each.page.title} (`{each.page.name}`) | {each.why} |" for each in without]
    return {f"{schematic.name}-tests.md": "\n".join([*lines, ""]), **decks}


def deck_name(test: SelfTest) -> str:
    """Name of a test's file."""
    return f"{test.page.name}-test.cir"


def self_tests(tried: Iterable[SelfTest | Untested]) -> list[SelfTest]:
    """The tests among them."""
    return [each for each in tried if isinstance(each, SelfTest)]


def untested(tried: Iterable[SelfTest | Untested]) -> list[Untested]:
    """The pages without one."""
    return [each for each in tried if isinstance(each, Untested)]


def _played(drive: Drive) -> str:
    """A source as a generator is set."""
    volts = drive.volts_per_unit
    match drive.stimulus:
        case Sines((middle, swing), (_, frequency), (_, phase)):
            hertz = engineering(frequency / drive.unit, "Hz")
            degrees = math.degrees(phase) + (180 if volts < 0 else 0)
            sine = f"a sine of {abs(volts) * swing:.4g} V, {hertz}, from {degrees % 360:.3g} degrees"
            return f"{volts * middle:.4g} V and {sine}"
        case Constant(value):
            return f"{volts * value:.4g} V"
        case Phase(on=on, off=off):
            return f"{volts:.4g} V from {_time(on * drive.unit)} to {_time(off * drive.unit)}, else 0 V"
    return "as the deck has it"


def _time(seconds: float) -> str:
    return engineering(seconds, "s")


def trials(schematic: Schematic, ready: Design) -> Iterator[SelfTest | Untested]:
    """A test of each page of parts, or why it has none; pages that share a stage are tested together.

    Args:
        schematic: of the design.
        ready: whose equations say what must come out.
    """
    equations, averaged, unused = _equations(ready), _averaged(ready.circuit), _unused(schematic)
    for page, parts in _pages(schematic):
        signals = {each.flat.signal for each in parts if not each.is_connection}
        own = {signal: equations[signal] for signal in sorted(signals) if signal in equations}
        if not signals:
            yield Untested(page, "no stage is on it: measure its voltages with a meter")
        elif ready.system.events or ready.system.delays:
            yield Untested(page, f"of {'events' if ready.system.events else 'delays'} no page stands alone")
        elif silent := sorted(signals - own.keys()):
            yield Untested(page, f"no equation says what {', '.join(silent)} does: see it in the run of the whole")
        elif laws := sorted({averaged[signal] for signal in signals if signal in averaged}):
            why = "does what its law says in the mean alone, and shares parts with other pages"
            yield Untested(page, f"{', '.join(laws)} {why}: see the run of the whole, and measure means")
        else:
            found = _test(page, parts, own, ready, unused)
            yield found if isinstance(found, SelfTest) else Untested(page, found)


def _unused(schematic: Schematic) -> frozenset[str]:
    """Nodes at which a pin leads nowhere on any page."""
    ends = Counter(node for page in schematic.pages for part in _parts(page) for node in part.element.nodes)
    return frozenset(node for node, count in ends.items() if count == 1)


def _averaged(circuit: Circuit) -> dict[str, str]:
    """Signals whose stages have a part that is simulated by the mean of what it is built of, and the part's name."""
    cells, found = circuit.cells, dict[str, str]()
    for element in circuit.elements():
        if isinstance(element, Instance):
            built = [each.name for each in needed([element.cell], cells) if each.sheet.built and each.part is None]
            found |= dict.fromkeys([element.signal or element.name], built[0]) if built else {}
    return found


def _pages(schematic: Schematic) -> Iterator[tuple[Page, list[Component]]]:
    """Pages of parts with the netlist's parts on them; of a stage on several, the page that has boxes of it."""
    taken = set[str]()
    of = {page.name: _parts(page) for page in schematic.pages if not page.sheets}
    signals = {name: {each.flat.signal for each in parts if not each.is_connection} for name, parts in of.items()}
    for name, parts in of.items():
        if name in taken:
            continue
        together, before = {name}, set[str]()
        while together != before:
            before = set(together)
            shared = set().union(*(signals[each] for each in together))
            together |= {other for other in of if signals[other] & shared}
        taken |= together
        if len(together) == 1:
            yield schematic.page(name), parts
        else:
            above = next(page for page in schematic.pages if {sheet.page for sheet in page.sheets} & together)
            yield above, [part for other in of if other in together for part in of[other]]


def _parts(page: Page) -> list[Component]:
    drawn = (each.component for each in page.placed if each.component is not None)
    return [*{each.name: each for each in drawn if each.name}.values()]  # a pair has two symbols


def _equations(ready: Design) -> dict[str, list[State | Definition]]:
    """Of each stage its equations, by the name of the signal instance that it drives."""
    found: dict[str, list[State | Definition]] = {}
    for block in ready.diagram.blocks:
        names = instance_names(block.output)
        for template in block.equations():
            for name, each in zip(names, instances([template], ready.diagram.system), strict=True):
                found.setdefault(name, []).append(each)
    return found


def _test(
    page: Page,
    parts: Sequence[Component],
    own: Mapping[str, list[State | Definition]],
    ready: Design,
    unused: frozenset[str],
) -> SelfTest | str:
    """A page's test; where there is none, why. Nodes of pins that lead nowhere are known."""
    ranges = _ranges(ready)
    equations = [each for stage in own.values() for each in stage]
    driven = {str(each.symbol) for each in equations}
    used = set().union(*(names_in(_right(each)) for each in equations)) - driven
    if unknown := sorted(used - ranges.keys()):
        return f"nobody follows {', '.join(unknown)}, which it hears"
    gates = {
        name: stimulus
        for each in ready.diagram.system.inputs
        if each.gate
        for name, stimulus in zip(instance_names(each.symbol), each.stimuli, strict=True)
    }
    span, swing = ready.system.span, _SWING
    for _ in range(_TRIALS):
        stimuli = {
            name: _gate(gates[name], span)
            if name in gates
            else _stimulus(ranges[name], swing, (place + 1) / span, place)
            for place, name in enumerate(sorted(used))
        }
        found = _run(_system(page, equations, stimuli, ready, span), ready)
        if found is not None:
            waves, step = found
            length = span, min(step, span / 400) * ready.system.unit
            return _built(page, parts, stimuli, waves.select(sorted(own)), length, ready, unused)
        swing *= _SMALLER
        if any(isinstance(each, State) for each in equations):
            span /= 2
    return "no test is short and small enough that no stage leaves full scale"


def _run(system: EquationSystem, ready: Design) -> tuple[Waveforms, float] | None:
    """What comes out of a page in units of the equations, and the step of a solver; None where a stage has no room."""
    try:
        found = reference(system, solver_error=_ERROR)
    except VleAnalogError:
        return None
    peaks = found.solution.peaks
    volts = ready.circuit.volts_per_unit
    if any(abs(volts[name]) * peaks[name] > ready.technology.full_scale for name in system.outputs if name in volts):
        return None
    return found.solution.waveforms, found.solver_step


def _right(each: State | Definition) -> sp.Expr:
    return each.derivative if isinstance(each, State) else each.expression


def _ranges(ready: Design) -> dict[str, tuple[float, float]]:
    """Of all signals' instances, the value at the start of the reference run, and how far they go in it."""
    found, system = ready.reference.solution, ready.diagram.read_back
    start = start_values(system)
    ranges: dict[str, tuple[float, float]] = {}
    for key, symbol in ready.diagram.signals.items():
        if key in found.lowest and key in start:
            values = np.broadcast_to(start[key], shape_of(symbol)).flat
            extent = float(found.highest[key] - found.lowest[key])
            ranges |= {name: (float(value), extent) for name, value in zip(instance_names(symbol), values, strict=True)}
    return ranges


def _gate(stimulus: Stimulus, span: float) -> Stimulus:
    """What a gate hears: a chopper's phases one period of their clock, so that either is on at some moment."""
    if isinstance(stimulus, Phase):
        return stimulus.paced(Pace(span / stimulus.clock_period))
    return Constant(1.0)


def _stimulus(reach: tuple[float, float], swing: float, frequency: float, place: int) -> Stimulus:
    """A sine around a start value; what hardly moves stays."""
    middle, most = reach[0], swing * reach[1]
    if most <= 1e-9 * abs(middle):
        return Constant(middle)
    return Sines((middle, most), (0.0, frequency), (math.pi / 2, 0.5 * place))


def _system(
    page: Page, equations: Sequence[State | Definition], stimuli: Mapping[str, Stimulus], ready: Design, span: float
) -> EquationSystem:
    """The page's equations by themselves."""
    return EquationSystem(
        name="".join(letter if letter.isalnum() else "_" for letter in page.name),
        states=tuple(each for each in equations if isinstance(each, State)),
        definitions=in_order(each for each in equations if isinstance(each, Definition)),
        inputs=tuple(Input(sp.Symbol(name), stimulus) for name, stimulus in stimuli.items()),
        outputs=tuple(str(each.symbol) for each in equations),
        unit=ready.system.unit,
        span=span,
    )


def _built(
    page: Page,
    parts: Sequence[Component],
    stimuli: Mapping[str, Stimulus],
    waves: Waveforms,
    length: tuple[float, float],
    ready: Design,
    unused: frozenset[str],
) -> SelfTest | str:
    """The page's circuit with its sources; why not, where a node comes from elsewhere than a signal."""
    whole, unit = ready.circuit, ready.system.unit
    elements = [_called(each) for each in parts if not each.is_connection and not isinstance(each.element, BoardPart)]
    held = {node for each in elements for node in each.nodes} - {GROUND}
    batteries = [each for each in whole.elements() if isinstance(each, Battery) and each.nodes[0] in {*held, *SUPPLY}]
    sources: list[Element] = [*batteries]
    for node in sorted(held - {each.nodes[0] for each in batteries}):
        signal = whole.signal_at(node)
        if signal in stimuli and node in {signal, *whole.inverted}:
            scale = whole.volts_per_unit[signal] * (1 if node == signal else -1)
            sources.append(Drive(node, (node, GROUND), stimuli[signal], scale, unit))
    alone = (held & unused) - {each.nodes[0] for each in sources}
    sources += [Resistor(f"open{at}", (node, GROUND), _OPEN) for at, node in enumerate(sorted(alone), 1)]
    sections = (
        Section("supply, references, and what comes in", tuple(sources)),
        Section(page.title, tuple(elements)),
    )
    signals = {each for each in (*waves.signals, *stimuli) if each in whole.volts_per_unit}
    circuit = replace(
        whole,
        name=f"{page.name}: self-test",
        sections=sections,
        remarks=(),
        volts_per_unit={name: volts for name, volts in whole.volts_per_unit.items() if name in signals},
    )
    try:
        circuit.check()
    except VleAnalogError as error:
        return f"it hears what is no signal: {error.what}"
    span, step = length
    bench = replace(
        ready.bench,
        span=span * unit,
        step=step,
        reason="a self-test",
        probes=tuple(waves.signals),
        triggers=(),
        start=0.0,
    )
    volts = {name: whole.volts_per_unit[name] * values for name, values in waves.signals.items()}
    return SelfTest(page, circuit, bench, Waveforms(waves.time * unit, volts))


def _called(component: Component) -> Element:
    """A part by its designator."""
    element = component.element
    assert not isinstance(element, BoardPart)
    return replace(element, name=component.designator.removeprefix(letter(element)))
