"""THE ANALOG THING (THAT), anabrid's small analog computer: a sheet that says what to plug into what.

Five integrators, four summers, four inverters, two multipliers, eight potentiometers; inputs of weights 1 and 10;
integrators run at 1,000 per second, at 10 with SLOW plugged to their output (the-analog-thing.org, pages Integrator,
Summer, Inverter, XIR; First Steps, anabrid 2023). Integrators, summers and inverters turn the sign, an integrator's
IC input, too; multipliers do not. How many inputs of each weight an element has is not counted: the two XIR elements
and stacked plugs add some. A potentiometer is set while it is plugged, as what it drives loads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from vle_analog.patch.machine import Clocking, Group, Machine, Need, Patch
from vle_analog.patch.program import UNIT, Factor, Program, Weights

INTEGRATORS, SUMMERS, INVERTERS, MULTIPLIERS, POTENTIOMETERS = 5, 4, 4, 2, 8
_FAST, _SLOW = 1_000.0, 10.0
#: of an input, beside 1
_TEN = 10.0
#: how near to 1 or 10 a weight is that needs no potentiometer
_CLOSE = 1e-9
#: signs tried by all their combinations; of more elements the others are as they come
_TRIED = 10


@dataclass(frozen=True)
class Wire:
    """What comes into an input.

    Attributes:
        source: an element's name, or `UNIT`.
        sign: with which it is wanted.
        weight: positive.
        element: that it goes into.
        jack: of that element; one of its inputs by weight where empty.
    """

    source: str
    sign: int
    weight: float
    element: str
    jack: str = ""

    @property
    def gain(self) -> int:
        """Weight of the input that it takes."""
        return 10 if self.weight > 1 + _CLOSE else 1

    @property
    def setting(self) -> float | None:
        """Of its potentiometer; None where it needs none."""
        share = self.weight / self.gain
        return None if abs(share - 1) < _CLOSE else share


@dataclass(frozen=True)
class Wiring:
    """A program's wires for one choice of signs.

    Attributes:
        wires: all of them.
        signs: with which elements' outputs carry their signals.
        summers: sums that need an element of their own, the inputs of multipliers.
    """

    wires: Sequence[Wire]
    signs: Mapping[str, int]
    summers: Sequence[str]

    @property
    def inverted(self) -> list[str]:
        """Elements whose outputs are wanted with the other sign, too."""
        wrong = (each.source for each in self.wires if each.source != UNIT and each.sign != self.signs[each.source])
        return [*dict.fromkeys(wrong)]

    @property
    def settings(self) -> list[tuple[str, int, float]]:
        """Potentiometers: what each divides, its sign, and its setting; inputs of equal ones share one."""
        found = ((each.source, each.sign, each.setting) for each in self.wires)
        return [*dict.fromkeys((source, sign, share) for source, sign, share in found if share is not None)]


def wired(program: Program, clocking: Clocking) -> Wiring:
    """The wires that take the fewest inverters, then potentiometers."""
    summers = _summers(program)
    free = [*(each.name for each in program.integrals), *summers]
    tried = product((1, -1), repeat=min(len(free), _TRIED))
    choices = (dict(zip(free, (*signs, *[1] * (len(free) - len(signs))), strict=True)) for signs in tried)
    found = (_wiring(program, clocking, choice, summers) for choice in choices)
    return min(found, key=lambda each: (len(each.inverted), len(each.settings)))


def _summers(program: Program) -> dict[str, Weights]:
    """Inputs of multipliers that are more than one element as it is, by the sums' names."""
    sides = (side for each in program.products for side in (each.first, each.second))
    return {side.name: side.weights for side in sides if _single(side) is None}


def _single(side: Factor) -> str | None:
    """The element that a multiplier's input is; None for a sum, or what must be weighted."""
    if len(side.weights) != 1:
        return None
    ((name, weight),) = side.weights.items()
    return name if abs(weight - 1) < _CLOSE and name != UNIT else None


def _wiring(program: Program, clocking: Clocking, signs: Mapping[str, int], summers: Mapping[str, Weights]) -> Wiring:
    signs = dict(signs)
    sides = {each.name: [_single(side) or side.name for side in (each.first, each.second)] for each in program.products}
    waiting = [*sides]
    while waiting:  # a product of products waits for these
        name = waiting.pop(0)
        if all(side in signs for side in sides[name]):
            first, second = sides[name]
            signs[name] = signs[first] * signs[second]
        else:
            waiting.append(name)
    wires = [
        Wire(side, signs[side], 1.0, name, jack)
        for name, pair in sides.items()
        for side, jack in zip(pair, "XY", strict=True)
    ]
    for integral in program.integrals:
        row = {source: clocking.weight(integral, weight) for source, weight in integral.weights.items()}
        wires += _turning(integral.name, row, signs[integral.name])
        if integral.start:
            start = signs[integral.name] * integral.start
            wires.append(Wire(UNIT, -1 if start > 0 else 1, abs(start), integral.name, "IC"))
    for name, weights in summers.items():
        wires += _turning(name, weights, signs[name])
    return Wiring(wires, signs, [*summers])


def _turning(element: str, row: Weights, sign: int) -> Iterator[Wire]:
    """Wires into an element that turns the sign, so that its output has that sign."""
    for source, weight in row.items():
        yield Wire(source, -sign if weight > 0 else sign, abs(weight), element)


def place(program: Program, clocking: Clocking) -> Patch:
    """A program, in machine units, as a patch sheet."""
    needs = MACHINE.needs(program)
    if any(not each.available for each in needs):
        return Patch(program, clocking.unit, needs)
    wiring = wired(program, clocking)
    beyond = [f"{each.source} to {each.element}" for each in wiring.wires if each.weight > _TEN * (1 + _CLOSE)]
    needs += [
        Need("summers", len(wiring.summers), SUMMERS),
        Need("inverters", len(wiring.inverted), INVERTERS, wiring.inverted),
        Need("potentiometers", len(wiring.settings), POTENTIOMETERS),
        Need("weights over 10", len(beyond), 0, beyond),
    ]
    patch = Patch(program, clocking.unit, needs)
    return Patch(program, clocking.unit, needs, _sheet(program, clocking, wiring)) if patch.fits else patch


def _sheet(program: Program, clocking: Clocking, wiring: Wiring) -> Sequence[Group]:
    kinds = {
        "integrator": [each.name for each in program.integrals],
        "multiplier": [each.name for each in program.products],
        "summer": list(wiring.summers),
        "inverter": wiring.inverted,
    }
    slow = {each.name for each in program.integrals if clocking.speeds[each.name] == _SLOW}
    elements, outlets = [], {(UNIT, 1): "+1", (UNIT, -1): "-1"}
    for kind, names in kinds.items():
        for number, name in enumerate(names, 1):
            sign = wiring.signs[name] * (-1 if kind == "inverter" else 1)
            outlets[name, sign] = f"{kind} {number}"
            note = "plug SLOW to its output" if kind == "integrator" and name in slow else ""
            elements.append((f"{kind} {number}", f"{'-' if sign < 0 else ''}{name}", note))
    dividers = {each: f"potentiometer {number}" for number, each in enumerate(wiring.settings, 1)}
    settings = [(name, f"{share:.4f}", outlets[source, sign]) for (source, sign, share), name in dividers.items()]
    return [
        Group("Elements", ("element", "carries", ""), elements),
        *([Group("Potentiometers", ("element", "set to", "plugged to"), settings)] if settings else []),
        Group("Wires", ("from", "to", "jack"), [*_plugged(wiring, outlets, dividers)]),
    ]


def _plugged(
    wiring: Wiring, outlets: Mapping[tuple[str, int], str], dividers: Mapping[tuple[str, int, float], str]
) -> Iterator[tuple[str, str, str]]:
    for name in wiring.inverted:
        sign = wiring.signs[name]
        yield outlets[name, sign], outlets[name, -sign], "1"
    for each in wiring.wires:
        begin = outlets[each.source, each.sign]
        if each.setting is not None:
            begin = dividers[each.source, each.sign, each.setting]
        yield begin, outlets[each.element, wiring.signs[each.element]], each.jack or str(each.gain)


MACHINE = Machine(
    "analog-thing",
    "THE ANALOG THING",
    "the-analog-thing.org; First Steps, anabrid 2023",
    {"integrators": INTEGRATORS, "multipliers": MULTIPLIERS},
    (_FAST, _SLOW),
    place,
)
