"""What the tests of blocks, diagrams, synthesis, circuits and netlists share: a bench to measure on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import sympy as sp
from hypothesis import strategies as st
from numpy.typing import NDArray

from vle_analog.blocks.design import StageDesign
from vle_analog.circuit.cell.cell import Cell, read_cell
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import Battery, Drive, Element
from vle_analog.circuit.parts import library
from vle_analog.circuit.technology import IDEAL, Technology
from vle_analog.equations.system import Definition, EquationSystem, Input, State, evaluate
from vle_analog.equations.templates import free_indices
from vle_analog.laws.hyperbolic import tanh
from vle_analog.learning.layers import Layer
from vle_analog.learning.learned import PlasticEquations
from vle_analog.learning.network import forward, learning
from vle_analog.learning.plasticity import Plasticity
from vle_analog.netlist.ngspice import render
from vle_analog.netlist.testbench import Testbench
from vle_analog.simulate import Ngspice
from vle_analog.stimulus import Constant, Gate, Sines, Stimulus
from vle_analog.synthesis.lower import lower
from vle_analog.synthesis.realize import realize
from vle_analog.waveforms import Waveforms

Array = NDArray[np.float64]
SINE = Sines((1.0,), (0.1,), (0.0,))


def system(
    states: Mapping[str, tuple[str, float]] | None = None,
    definitions: Mapping[str, str] | None = None,
    inputs: Mapping[str, Stimulus] | None = None,
    *,
    unit: float = 1e-3,
    span: float = 10.0,
    outputs: tuple[str, ...] = (),
) -> EquationSystem:
    """A system from text: ``system({"u": ("-u + x", 0.0)}, inputs={"x": SINE})``."""
    from vle_analog.equations.operators import prospective, retrospective
    from vle_analog.laws import LAWS

    known = {
        **{law.name: law.function for law in LAWS.values()},
        "prospective": prospective,
        "retrospective": retrospective,
    }
    known |= {name: sp.Symbol(name) for name in [*(states or {}), *(definitions or {}), *(inputs or {})]}
    return EquationSystem(
        "bench",
        tuple(State(known[name], sp.sympify(text, known), start) for name, (text, start) in (states or {}).items()),
        tuple(Definition(known[name], sp.sympify(text, known)) for name, text in (definitions or {}).items()),
        tuple(Input(known[name], stimulus) for name, stimulus in (inputs or {}).items()),
        outputs=outputs,
        unit=unit,
        span=span,
    )


def built(
    given: EquationSystem,
    peaks: Mapping[str, float] | None = None,
    *,
    realisation: str = "algebraic",
    bandwidth: float = 100.0,
    technology: Technology = IDEAL,
    scales: Mapping[str, float] | None = None,
) -> Circuit:
    """The system's circuit, scaled for the given peaks (1 where none is given) without a reference run."""
    diagram = lower(given, realisation, bandwidth)
    known = {name: (peaks or {}).get(name, 1.0) for name in diagram.signals}
    return realize(diagram, known, technology, scales)


def transient(
    circuit: Circuit, folder: Path, span: float, step: float, probes: Iterable[str], reltol: str = "1e-5"
) -> Waveforms:
    """A run of the circuit; times and signals in model units."""
    bench = Testbench(span=span * circuit.unit, step=step * circuit.unit, reason="given", probes=tuple(probes))
    deck = render(circuit, replace(bench, options={**bench.options, "reltol": reltol}))
    found = Ngspice().run(deck.text, span=span * circuit.unit, folder=folder, files=deck.files, timeout=60)
    values = {name: found.values[name.lower()] / circuit.volts_per_unit[name] for name in probes}
    return Waveforms(found.time / circuit.unit, values)


def response(
    circuit: Circuit, folder: Path, source: str, target: str, low: float, high: float
) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """The small-signal response from an input to a signal, both in model units.

    Args:
        circuit: its drives are replaced by 0 V, the source's by 1 V of small signal.
        folder: where ngspice works.
        source: the input.
        target: the signal.
        low, high: cycles per model unit.

    Returns:
        Complex frequencies s in radians per model unit, and target over source at each.
    """
    quiet = tuple(
        Section(
            each.heading, tuple(Battery(e.name, e.nodes, 0.0) if isinstance(e, Drive) else e for e in each.elements)
        )
        for each in circuit.sections
    )
    text = render(replace(circuit, sections=quiet), Testbench(span=1.0, step=1.0, reason="none", probes=(target,))).text
    for old, new in {
        f"\nV{source} {source} 0 0\n": f"\nV{source} {source} 0 DC 0 AC 1\n",
        "\ntran 1 1 0 1 uic\n": f"\nac dec 5 {low / circuit.unit!r} {high / circuit.unit!r}\n",
    }.items():
        assert text.count(old) == 1, f"the deck has no line {old!r}"
        text = text.replace(old, new)
    plot = Ngspice().run_ac(text, folder=folder, timeout=20)
    volts = circuit.volts_per_unit
    s = 2j * np.pi * plot.data["frequency"] * circuit.unit
    return s, plot.data[target] / volts[target] * volts[source]


def stage(
    block: object,
    inputs: Mapping[str, Stimulus],
    scales: Mapping[str, float],
    polarities: Mapping[str, int],
    start: Mapping[str, NDArray[np.float64]] | None = None,
    span: float = 1.0,
) -> Circuit:
    """One block's stage by itself, its inputs driven directly with the polarities asked for."""
    signals = {name: sp.Symbol(name) for name in scales}
    bare = EquationSystem("stage", (), (), tuple(Input(signals[name], each) for name, each in inputs.items()))
    design = StageDesign(bare, IDEAL, scales, polarities, start or {}, signals)
    volts = {name: polarities[name] * scales[name] for name in scales}
    drives: list[Element] = [Battery("ref__p", ("ref__p", "0"), 10.0), Battery("ref__n", ("ref__n", "0"), -10.0)]
    drives += [Drive(name, (name, "0"), each, volts[name], bare.unit) for name, each in inputs.items()]
    sections = Section("inputs", tuple(drives)), Section("the stage", tuple(block.stage(design)))  # type: ignore[attr-defined]
    circuit = Circuit("stage", sections, library(), bare.unit, volts, "ideal")
    circuit.check()
    return circuit


def with_cell(circuit: Circuit, folder: Path, text: str) -> Circuit:
    """The circuit with one cell replaced by the one in the text."""
    name = next(line.split()[1] for line in text.splitlines() if line.startswith(".subckt"))
    path = folder / f"{name}.cir"
    path.write_text(text)
    cells: dict[str, Cell] = {**circuit.cells, name: read_cell(path)}
    return replace(circuit, cells=cells)


def numbers_of(given: EquationSystem) -> Callable[[sp.Expr], Array]:
    """Evaluates constant expressions over their own indices."""
    return lambda expression: evaluate(expression, free_indices(expression), given.constants)


def learning_network(
    rule: str,
    *,
    learn_tau: bool,
    sizes: tuple[int, ...] = (3, 2, 1),
    activation: str = "tanh",
    gate: Stimulus | None = None,
    span: float = 20.0,
) -> EquationSystem:
    """A small layered network that learns to follow a slow sine."""
    rng = np.random.default_rng(1)
    layers = []
    for size, below in zip(sizes, (1, *sizes), strict=False):
        weights = rng.uniform(0.4, 0.9, (size, below))
        layers.append(
            Layer(size, weights, rng.uniform(0.5, 2.0, size), activation, bias=np.zeros(size), learn_tau=learn_tau)
        )
    x, target, switch = sp.symbols("r0 target gate")
    equations = PlasticEquations(gate=switch)
    network = forward(equations, layers, x)
    learning(equations, network, target, Plasticity(rule, 0.1, 0.1))
    return EquationSystem(
        f"{rule}_network",
        tuple(equations.states),
        tuple(equations.definitions),
        (
            Input(x, SINE),
            Input(target, Sines((0.5,), (0.1,), (0.5,))),
            Input(switch, gate or Gate(1.0, 1e9), gate=True),
        ),
        tuple(equations.parameters),
        span=span,
    )


@st.composite
def systems(draw: st.DrawFn, most_terms: int = 4) -> EquationSystem:
    """Random explicit systems: polynomials and tanh in two or three states and an input, and one definition."""
    states = sp.symbols("a b c")[: draw(st.integers(2, 3))]
    drive, sum_ = sp.symbols("drive total")
    signals = (*states, drive)
    coefficients = st.sampled_from([sp.Rational(k, 4) for k in (-12, -4, -1, 1, 2, 4, 8)])

    def term(choose_from: tuple[sp.Symbol, ...]) -> sp.Expr:
        factors = draw(st.lists(st.sampled_from(choose_from), min_size=0, max_size=3))
        if draw(st.integers(0, 3)) == 0:
            inner = [draw(coefficients) * each for each in draw(st.sets(st.sampled_from(choose_from), min_size=1))]
            return draw(coefficients) * tanh(sp.Add(*inner))
        return draw(coefficients) * sp.Mul(*factors)

    def right_hand_side(choose_from: tuple[sp.Symbol, ...]) -> sp.Expr:
        return sp.Add(*[term(choose_from) for _ in range(draw(st.integers(1, most_terms)))])

    definition = Definition(sum_, right_hand_side(signals))
    equations = [
        State(each, right_hand_side((*signals, sum_)) - draw(st.integers(0, 1)) * each, 0.5) for each in states
    ]
    return EquationSystem("random", tuple(equations), (definition,), (Input(drive, Constant(1.0)),))
