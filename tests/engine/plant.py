"""What the tests of the engine share: small circuits of real parts, and how far the engine is from ngspice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from tests.blocks.bench import transient
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import GROUND, Battery, CurrentSource, Drive, Element, Instance, Resistor
from vle_analog.circuit.parts import SUPPLY, library
from vle_analog.circuit.technology import Technology
from vle_analog.engine.engine import Engine
from vle_analog.stimulus import Sines, Stimulus

UNIT = 1e-3
#: two drives without a common period, volts
X = Sines((3.0, 2.0), (0.31, 0.83), (0.3, 1.1))
Y = Sines((2.0, 1.5), (0.17, 1.07), (0.9, 0.2))


def plant(
    elements: Iterable[Element],
    technology: Technology,
    signals: Iterable[str],
    drives: Mapping[str, Stimulus] | None = None,
    name: str = "plant",
) -> Circuit:
    """A circuit of a few stages, one volt per unit, one millisecond per model unit; drives x and y unless told."""
    given = {"x": X, "y": Y} if drives is None else drives
    sources: list[Element] = [Drive(node, (node, GROUND), each, 1.0, UNIT) for node, each in given.items()]
    sources += [Battery("ref__n", ("ref__n", GROUND), -10.0)]
    if not technology.is_ideal:
        sources += [Battery(rail, (rail, GROUND), sign * 15.0) for rail, sign in zip(SUPPLY, (1, -1), strict=True)]
    sections = Section("sources", tuple(sources)), Section("stages", tuple(elements))
    return Circuit(name, sections, library(technology), UNIT, dict.fromkeys(signals, 1.0), technology.name)


def offset(stage: str, volts: float = 0.05, amperes: float = 1e-6) -> tuple[str, list[Element]]:
    """The node of a stage's non-inverting input with an offset on it, and this and a bias current as elements."""
    node = f"{stage}__p"
    return node, [
        Battery(f"{stage}__offset", (node, GROUND), volts),
        CurrentSource(f"{stage}__bias", (f"{stage}__s", GROUND), amperes),
    ]


def resistors(stage: str, **ohms: float) -> list[Element]:
    """Input resistors of a stage, by the node that each comes from."""
    return [Resistor(f"{stage}__{node}", (node, f"{stage}__s"), each) for node, each in ohms.items()]


def stage(name: str, cell: str, nodes: tuple[str, ...], **parameters: float) -> Instance:
    """An instance of a stage's cell."""
    return Instance(name, nodes, cell, tuple(parameters.items()))


def apart(
    circuit: Circuit,
    folder: Path,
    span: float,
    step: float,
    signals: Iterable[str],
    finer: int = 1,
    settle: float = 0.05,
) -> dict[str, float]:
    """Root mean square difference between the engine and ngspice over the range, by signal.

    Args:
        circuit: any.
        folder: where ngspice works.
        span, step: model units; ngspice's step bound is ``step / finer``.
        signals: to compare.
        settle: from when on: at time zero real parts start from where their capacitors say.
    """
    names = tuple(signals)
    engine = Engine(circuit, step, names)
    mine = engine.advance(span, every=step)
    theirs = transient(circuit, folder, span, step / finer, names).at(mine.time)
    late = mine.time >= settle
    return {
        name: float(
            np.sqrt(np.mean((mine.signals[name][0][late] - theirs[name][late]) ** 2)) / np.ptp(theirs[name][late])
        )
        for name in names
    }
