"""LUCIDAC, anabrid's digitally configured analog computer: a configuration in JSON.

Elements hang on a switched matrix: U picks one of 16 outputs for each of 32 lanes, C multiplies a lane by a
coefficient, I adds lanes at the 16 inputs. Integrators turn the sign of what they integrate and of their start value,
multipliers do not. Numbers, places and signs are those of lucipy 1.7.2 (`lucipy.circuits.DefaultLUCIDAC`,
`lucipy.simulator`; anabrid, MIT or GPL-2.0-or-later) for hardware of revision 1. The 4 identity elements are not used,
nor the inputs at the front: what comes in there passes no coefficient, and lucipy's emulator does not know them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vle_analog.patch.emulator import emulated
from vle_analog.patch.machine import Clocking, Group, Machine, Need, Patch
from vle_analog.patch.program import UNIT, Program, Weights
from vle_analog.waveforms import Waveforms

INTEGRATORS, MULTIPLIERS, LANES, CHANNELS = 8, 4, 32, 8
#: the largest coefficient; beyond 1 the lane's sum is made ten times larger
_MOST, _UPSCALING = 10.0, 10.0
#: output that has the constant, on the lanes from 16 on
_CONSTANT = 14
_FAST, _SLOW = 10_000.0, 100.0


@dataclass(frozen=True)
class Route:
    """One lane in use.

    Attributes:
        lane: its number.
        source: number of the output that it begins at.
        coefficient: by which it multiplies.
        sink: number of the input that it ends at.
        words: from where to where, for people.
    """

    lane: int
    source: int
    coefficient: float
    sink: int
    words: str


def outputs(program: Program) -> dict[str, int]:
    """Numbers of elements' outputs by their names."""
    found = {each.name: number for number, each in enumerate(program.integrals)}
    return found | {each.name: INTEGRATORS + number for number, each in enumerate(program.products)}


def routes(program: Program, clocking: Clocking) -> list[Route]:
    """The lanes of a program, those of constants last; more than there are where it does not fit."""
    wanted = [
        (name, weight, sink, words) for sink, words, row in _inputs(program, clocking) for name, weight in row.items()
    ]
    plain = [each for each in wanted if each[0] != UNIT]
    constant = [each for each in wanted if each[0] == UNIT]
    lanes = [*range(len(plain)), *range(LANES - len(constant), LANES)]  # 16 inputs: never below the constant's lanes
    numbers = {**outputs(program), UNIT: _CONSTANT}
    return [
        Route(lane, numbers[name], weight, sink, f"{name} to {words}")
        for lane, (name, weight, sink, words) in zip(lanes, [*plain, *constant], strict=True)
    ]


def _inputs(program: Program, clocking: Clocking) -> Iterator[tuple[int, str, Weights]]:
    """Number, name and weights of each input."""
    for number, each in enumerate(program.integrals):
        # an integrator's output is minus the integral of what comes in
        yield (
            number,
            f"integrator of {each.name}",
            {name: -clocking.weight(each, w) for name, w in each.weights.items()},
        )
    for number, product in enumerate(program.products):
        for side, factor in enumerate((product.first, product.second)):
            letter = "ab"[side]
            yield INTEGRATORS + 2 * number + side, f"multiplier of {product.name}, input {letter}", factor.weights


def _configuration(program: Program, clocking: Clocking, placed: Sequence[Route]) -> Mapping[str, object]:
    """As LUCIDAC takes it."""
    u: list[int | None] = [None] * LANES
    c = [0.0] * LANES
    upscaling = [False] * LANES
    i: list[list[int]] = [[] for _ in range(2 * INTEGRATORS)]
    for each in placed:
        u[each.lane] = each.source
        upscaling[each.lane] = abs(each.coefficient) > 1
        c[each.lane] = each.coefficient / _UPSCALING if upscaling[each.lane] else each.coefficient
        i[each.sink].append(each.lane)
    elements = [{"k": int(clocking.speeds[each.name]), "ic": 0.0 - each.start} for each in program.integrals]
    elements += [{"k": int(_FAST), "ic": 0.0}] * (INTEGRATORS - len(elements))
    shown = measured(program)
    return {
        "/0": {
            "/U": {"outputs": u, "constant": any(each.source == _CONSTANT for each in placed)},
            "/C": {"elements": c},
            "/I": {"outputs": i, "upscaling": upscaling},
            "/M0": {"elements": elements},
            "/M1": {},
        },
        "adc_channels": [outputs(program)[name] for name in shown] + [None] * (CHANNELS - len(shown)),
    }


def measured(program: Program) -> list[str]:
    """The elements that the outputs are made of, as many as there are channels."""
    found = dict.fromkeys(name for row in program.outputs.values() for name in row if name != UNIT)
    return [*found][:CHANNELS]


def place(program: Program, clocking: Clocking) -> Patch:
    """A program, in machine units, as a configuration."""
    needs = MACHINE.needs(program)
    if not all(each.is_met for each in needs):
        count = sum(len(row) for _, _, row in _inputs(program, clocking))
        return Patch(program, clocking.unit, [*needs, Need("lanes (coefficients)", count, LANES)])
    placed = routes(program, clocking)
    beyond = [each.words for each in placed if abs(each.coefficient) > _MOST]
    needs += [
        Need("lanes (coefficients)", len(placed), LANES),
        Need(f"coefficients over {_MOST:g}", len(beyond), 0, beyond),
    ]
    patch = Patch(program, clocking.unit, needs)
    if not patch.fits:
        return patch
    return Patch(
        program, clocking.unit, needs, _sheet(program, clocking, placed), _configuration(program, clocking, placed)
    )


def _sheet(program: Program, clocking: Clocking, placed: Sequence[Route]) -> Sequence[Group]:
    integrators = [
        (f"integrator {number}", each.name, f"{0.0 - each.start:.6g}", f"{clocking.speeds[each.name]:g}")
        for number, each in enumerate(program.integrals)
    ]
    multipliers = [
        (f"multiplier {number}", each.name, each.first.name, each.second.name)
        for number, each in enumerate(program.products)
    ]
    lanes = [(str(each.lane), each.words, f"{each.coefficient:.6g}") for each in placed]
    return [
        Group("Integrators", ("element", "carries", "ic", "k0 per second"), integrators),
        *([Group("Multipliers", ("element", "carries", "a", "b"), multipliers)] if multipliers else []),
        Group("Lanes", ("lane", "from, to", "coefficient"), lanes),
    ]


def emulate(patch: Patch, time: np.ndarray) -> Waveforms:
    """What the elements do in lucipy.

    Raises:
        UsageError: it is not installed.
        SimulationError: it refuses the configuration.
    """
    return emulated(patch.configuration or {}, outputs(patch.program), time)


MACHINE = Machine(
    "lucidac",
    "LUCIDAC",
    "lucipy 1.7.2",
    {"integrators": INTEGRATORS, "multipliers": MULTIPLIERS},
    (_FAST, _SLOW),
    place,
    emulate,
    "lucipy",
)
