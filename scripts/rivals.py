"""Chopping and its rivals on the same boards and lesson: ``python scripts/rivals.py TASK [OPTION=VALUE ...]``.

Against offsets of learning products: auto-zero (errors stop for half of each period of a clock, in which what products
are off is taken, and subtracted in the other half), errors behind a high-pass, a leak of the weights, a dead zone
behind the trace. Each is an equation more, by which a task's are rewritten, and is built of the same blocks and parts.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import sympy as sp

from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.equations.system import (
    Definition,
    EquationSystem,
    Parameter,
    Signal,
    State,
    indices_of,
    instance_names,
    name_of,
    signal,
    size,
)
from vle_analog.fleet.blueprint import run_boards
from vle_analog.fleet.cases import batch
from vle_analog.fleet.lesson_blueprint import LessonBlueprint
from vle_analog.fleet.nonidealities import scales
from vle_analog.laws.deadzone import deadzone
from vle_analog.lesson.board import Board
from vle_analog.lesson.lesson import Lesson
from vle_analog.production.grades import Grade
from vle_analog.production.production import Production
from vle_analog.production.variation import Tolerance, Variation
from vle_analog.stimulus import Phase

Rewrite = Callable[[EquationSystem, float], EquationSystem]
CHOP, UPRIGHT, INVERTED, TRACE = sp.symbols("chop upright inverted trace")
#: of a period, when auto-zero begins to take what products are off
SETTLED = 0.7
#: V in a multiplier's ``w = x y / V``
VOLTS = 10.0


def traces(system: EquationSystem) -> list[State]:
    """What averages the learning products."""
    return [state for state in system.states if name_of(state.symbol).startswith("z")]


def changed(system: EquationSystem, states: list[State], **others: object) -> EquationSystem:
    """A system with some of its states replaced, and those that are new added."""
    new = {name_of(state.symbol): state for state in states}
    kept = [new.pop(name_of(state.symbol), state) for state in system.states]
    return system.updated(states=(*kept, *new.values()), **others)


def zeroed(system: EquationSystem, period: float) -> EquationSystem:
    """Errors stop for half of each period; what products are then is held, and taken from what they are otherwise."""
    found = []
    tau = sp.Symbol("zero_tau")
    for state in traces(system):
        name = name_of(state.symbol)
        product = sp.expand(state.derivative * TRACE).coeff(UPRIGHT)
        held = signal(f"h{name}", *indices_of(state.symbol))
        found.append(replace(state, derivative=(UPRIGHT * product - UPRIGHT * held - state.symbol) / TRACE))
        shape = np.zeros(np.shape(state.initial)) if np.ndim(state.initial) else 0.0
        found.append(State(held, (INVERTED * product - INVERTED * held) / tau, shape))
    window = Phase(period, SETTLED * period, 0.995 * period)
    inputs = [replace(each, stimulus=window) if each.symbol == INVERTED else each for each in system.inputs]
    half = {CHOP: (1 + CHOP) / 2}
    definitions = [replace(each, expression=each.expression.xreplace(half)) for each in system.definitions]
    parameters = (*system.parameters, Parameter(tau, period))
    return changed(system, found, inputs=tuple(inputs), definitions=tuple(definitions), parameters=parameters)


def sourced(system: EquationSystem, made: Callable[[Signal], tuple[sp.Expr, list[State]]]) -> EquationSystem:
    """Learning products of something that is made of an error instead of the error."""
    letter = "p" if any(name_of(each.symbol).startswith("elw") for each in system.definitions) else "e"
    errors = [each.symbol for each in system.definitions if name_of(each.symbol) in _numbered(letter)]
    states, definitions, swap = list[State](), list[Definition](), dict[sp.Expr, sp.Expr]()
    for error in errors:
        expression, more = made(error)
        symbol = signal(f"moving{name_of(error)}", *indices_of(error))
        definitions.append(Definition(symbol, expression))
        states += more
        swap[error] = symbol
    learns = [state for state in system.states if name_of(state.symbol)[0] in "zwbg"]
    states += [replace(state, derivative=state.derivative.xreplace(swap)) for state in learns]
    return changed(system, states, definitions=(*system.definitions, *definitions))


def _numbered(letter: str) -> set[str]:
    return {f"{letter}{number}" for number in range(1, 10)}


def coupled(system: EquationSystem, tau: float) -> EquationSystem:
    """Errors behind a high-pass: a constant one moves nothing."""
    time = sp.Symbol("couple_tau")

    def made(error: Signal) -> tuple[sp.Expr, list[State]]:
        slow = signal(f"slow{name_of(error)}", *indices_of(error))
        shape = [size(index) for index in indices_of(error)]
        return error - slow, [State(slow, (error - slow) / time, np.zeros(shape) if shape else 0.0)]

    return sourced(system.updated(parameters=(*system.parameters, Parameter(time, tau))), made)


def zoned(system: EquationSystem, width: float) -> EquationSystem:
    """Errors in a dead zone: small ones move nothing."""
    low, high = sp.symbols("zone_low zone_high")
    more = (Parameter(low, -width), Parameter(high, width))
    return sourced(
        system.updated(parameters=(*system.parameters, *more)), lambda error: (deadzone(error, low, high), [])
    )


def leaking(system: EquationSystem, rate: float) -> EquationSystem:
    """Weights that decay while the gate is open; leak conductances have walls."""
    leak, gate = sp.symbols("leak gate")
    states = [
        replace(state, derivative=state.derivative - gate * leak * state.symbol)
        for state in system.states
        if name_of(state.symbol)[0] in "wb"
    ]
    return changed(system, states, parameters=(*system.parameters, Parameter(leak, rate)))


#: by name: what errors are chopped by, how equations are rewritten, and by which number unless told otherwise
RIVALS: dict[str, tuple[str, Rewrite | None, float]] = {
    "none": ("none", None, 0.0),
    "slow": ("slow", None, 0.0),
    "product": ("product", None, 0.0),
    "zero": ("slow", zeroed, 60.0),
    "high-pass": ("none", coupled, 20.0),
    "dead-zone": ("none", zoned, 0.01),
    "leak": ("none", leaking, 1e-4),
}


def rival(board: Board, rewrite: Rewrite | None, number: float) -> LessonBlueprint:
    """The design of a board, its equations rewritten."""
    blueprint = LessonBlueprint.of(board)
    if rewrite is None:
        return blueprint
    task = replace(blueprint.task, system=rewrite(blueprint.task.system, number))
    building = board.building(task)
    if rewrite is zeroed:  # what products are off is scaled as these are, not by what it is where parts are ideal
        building = replace(building, scales=tuple(_held_scales(task.system, blueprint.circuit.volts_per_unit)))
    ready = design(task, building)
    return replace(blueprint, circuit=ready.circuit, bench=ready.bench, task=task, built=ready.built)


def _held_scales(system: EquationSystem, volts: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """Volts per unit of the products, by the names of what holds their offsets."""
    for state in traces(system):
        product = sp.expand(state.derivative * TRACE).coeff(UPRIGHT) + signal(
            f"h{name_of(state.symbol)}", *indices_of(state.symbol)
        )
        factors = [abs(volts[instance_names(each)[0]]) for each in sp.Mul.make_args(product)]
        yield f"h{name_of(state.symbol)}", math.prod(factors) / VOLTS ** (len(factors) - 1)


def boards(lesson: Lesson, chop: str) -> Board:
    """Boards of parts as they come: 1 % resistors, 5 % capacitors, the comparing stage's resistors 0.1 %."""
    grade = Grade(f"p{len(lesson.build().layers)}", 0.001)
    variation = Variation(Tolerance(0.01), Tolerance(0.05), grades=(grade,))
    return Board(lesson, build=Build(fidelity="macromodel", chop=chop), production=Production(variation))


def main(words: Sequence[str]) -> None:
    """Print, for each rival, how far its ideal comes, and its boards."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task")
    parser.add_argument("--rivals", nargs="+", default=list(RIVALS), metavar="NAME[=NUMBER]")
    parser.add_argument("--boards", type=int, default=32)
    parser.add_argument("--eta", type=float)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--span", type=float)
    parser.add_argument("--trace", type=float, help="time constant of what averages products, model units")
    asked = parser.parse_args(words)
    changes = () if asked.trace is None else (("trace", asked.trace),)
    lesson = Lesson(asked.task, rule="gle", eta=asked.eta, seed=asked.seed, span=asked.span, changes=changes)
    for word in asked.rivals:
        name, _, number = word.partition("=")
        chop, rewrite, usual = RIVALS[name]
        blueprint = rival(boards(lesson, chop), rewrite, float(number or usual))
        (ideal,), _ = run_boards(batch(blueprint, [(scales({}), 0)]), range(1))
        samples, _ = run_boards(blueprint, range(asked.boards))
        losses = np.array([math.inf if each.loss is None else each.loss for each in samples]) / blueprint.variance
        rights = [each.accuracy for each in samples if each.accuracy is not None]
        told = f"{word}: ideal {(ideal.loss or math.inf) / blueprint.variance:.2g}; loss median {np.median(losses):.2g}"
        told += f", worst {losses.max():.2g}, {np.sum(losses <= 0.02)} of {asked.boards} at most 0.02"
        if rights:
            told += f"; right {100 * np.median(rights):.1f} %, worst {100 * min(rights):.1f}, "
            told += f"{np.sum(np.array(rights) >= 0.95)} over 95 %"
        counted = blueprint.circuit.parts
        print(f"{told}; {', '.join(f'{count} {part}' for part, count in counted.items())}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
