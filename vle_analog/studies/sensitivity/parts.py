"""How much each part of a system's circuit moves a quantity: boards on which one is a little off, in the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from vle_analog.circuit.circuit import Circuit
from vle_analog.compare.quantity import Quantity
from vle_analog.design.system_board import SystemBoard
from vle_analog.errors import UsageError
from vle_analog.fleet.missing import finished
from vle_analog.fleet.store import Store
from vle_analog.fleet.system_blueprint import SystemBlueprint
from vle_analog.lab.lab import Lab
from vle_analog.options import option, part
from vle_analog.owner import Owner
from vle_analog.production.devices import DeviceError, device_errors, with_errors
from vle_analog.production.production import Production
from vle_analog.production.values import parts, with_values
from vle_analog.studies.sensitivity.result import Moved, PartsSensitivity

#: folder of finished boards, inside of the lab's
BOARDS = "boards"
#: by which fraction of its value a resistor or capacitor is off, up and down; an error by how many deviations
STEP, SIGMAS = 0.005, 1.0
#: options of boards' production that make no difference here: each part is moved by itself
_WITHOUT = (
    "shares", "matched", "distribution", "device_shares", "device_distribution", "celsius", "kelvin", "coefficients",
    "per_lot", "sampling", "noise", "noise_scale", "grades", "trim",
)  # fmt: skip


@dataclass(frozen=True)
class PartsPlan:
    """What is asked of a system's parts.

    Attributes:
        board: the system, how its circuit is built, and how far parts miss their values.
        of: what is measured.

    Raises:
        UsageError: no quantity.
    """

    board: SystemBoard = part(defaults={"mismatch": (0.01, 0.05)}, without=_WITHOUT)
    of: Quantity | None = option(
        "What parts of a system move, as montecarlo's criterion has it: 'period(x)', 'gain(x, u, 0.2)'.",
        None,
        metavar="QUANTITY",
        parse=Quantity.parsed,
    )

    def check(self) -> Quantity:
        """The quantity.

        Raises:
            VleAnalogError: there is none, or one that is the same to either side; a system that cannot be read.
        """
        probe = self.board.system.probes[0]
        if self.of is None:
            raise UsageError(
                f"nothing is said to be measured on boards of '{self.board.title}'", hint=f"e.g. `of=std({probe})`"
            )
        if self.of.is_error:
            raise UsageError(
                f"'{self.of}' grows to whichever side a part is off, so that it has no slope",
                hint=f"ask for what it is the error of, e.g. `of=std({probe})`",
            )
        return self.of


@dataclass(frozen=True)
class _OneOff:
    """Makes boards on which all parts are as designed but for one: board 0 none, 2k + 1 part k up, 2k + 2 down.

    Attributes:
        names: of all parts that are moved.
    """

    names: tuple[str, ...]

    @property
    def key(self) -> str:
        """What tells these boards from others."""
        return f"one-off/{STEP!r}/{SIGMAS!r}"

    def made(self, circuit: Circuit, number: int) -> Circuit:
        """The circuit as one board has it; every error that a device can have has a value, so that all are alike."""
        off, sign = "", 0.0
        if number:
            off, sign = self.names[(number - 1) // 2], 1.0 if number % 2 else -1.0

        def erring(error: DeviceError) -> float | None:
            if error.owner is not Owner.BOARD:
                return None
            return sign * SIGMAS * error.spread.sigma if error.name == off else 0.0

        varied = with_values(circuit, lambda each: each.value * (1 + sign * STEP * (each.name == off)))
        return with_errors(varied, erring)


def parts_sensitivity(plan: PartsPlan, lab: Lab) -> PartsSensitivity:
    """Run the boards that are missing, and take differences.

    Args:
        plan: what to ask.
        lab: finished boards are kept in its folder, and found again.

    Raises:
        UsageError: the plan's, or a quantity that the circuit has not.
        OutputError: the folder cannot be written, or another study is writing to it.
        ClusterError: the cluster was lost; what was finished is kept.
        VleAnalogError: a circuit that cannot be built or that the engine cannot run.
    """
    quantity = plan.check()
    with lab.claimed():
        lab.progress("design", 0.0)
        blueprint = SystemBlueprint.of(plan.board, quantity).checked().stepped()
        ways = _Ways(blueprint.circuit, plan.board.production)
        blueprint = replace(blueprint, making=_OneOff(tuple(ways.parts)))
        numbers = range(2 * len(ways.parts) + 1)
        place = lab.place(BOARDS)
        store = Store(None if place is None else place / blueprint.key, len(blueprint.parts))
        lab.resumed(sum(number in store.samples for number in numbers), f"of {len(numbers)} boards")
        for _ in finished(blueprint, store, numbers, lab.executor, lab.stage("boards")):
            pass
    found = [store.samples[number].loss for number in numbers]
    if found[0] is None:
        raise UsageError(
            f"'{quantity}' cannot be measured on the circuit as designed, though on its ideal",
            hint="see what it does with `vle-analog run`, or take a longer `span`",
        )
    ideal = quantity.measured(blueprint.evidence)
    moved = [
        ways.moved(name, found[0], found[2 * place + 1], found[2 * place + 2]) for place, name in enumerate(ways.parts)
    ]
    return PartsSensitivity(
        plan.board.title,
        quantity.text,
        found[0],
        ideal,
        tuple(sorted(moved, key=lambda each: -abs(each.effect or 0.0))),
        {"span": blueprint.span, "step": blueprint.step, **plan.board.departures()},
        blueprint.built,
    )


@dataclass(frozen=True)
class _Ways:
    """What can be moved on a circuit, and how far boards have it off.

    Attributes:
        circuit: as designed.
        production: how its boards are made.
    """

    circuit: Circuit
    production: Production

    @cached_property
    def parts(self) -> Mapping[str, Callable[[float, float, float], Moved]]:
        """By a part's full name: what the quantity on three boards makes of it."""
        sigmas = {
            "resistor": self.production.variation.resistors.sigma,
            "capacitor": self.production.variation.capacitors.sigma,
        }
        found: dict[str, Callable[[float, float, float], Moved]] = {}
        for each in parts(self.circuit):
            if each.owner is Owner.BOARD:
                found[each.name] = _passive(each.name, each.kind, each.value, each.block, sigmas[each.kind])
        for error in device_errors(self.circuit):
            if error.owner is Owner.BOARD and error.spread.sigma:
                found[error.name] = _erring(error, self.production.offsets)
        return found

    def moved(self, name: str, at: float, up: float | None, down: float | None) -> Moved:
        """A part by what the quantity is on the board as designed, and with the part up and down."""
        nan = float("nan")
        return self.parts[name](at, nan if up is None else up, nan if down is None else down)


def _passive(name: str, kind: str, value: float, block: str, sigma: float) -> Callable[[float, float, float], Moved]:
    def moved(at: float, up: float, down: float) -> Moved:
        slope = (up - down) / (2 * STEP)  # per relative change
        return Moved(name, kind, block, value, sigma, slope, slope / at if at else None, _bend(at, up, down))

    return moved


def _erring(error: DeviceError, offsets: float) -> Callable[[float, float, float], Moved]:
    sigma = error.spread.sigma

    def moved(at: float, up: float, down: float) -> Moved:
        slope = (up - down) / (2 * SIGMAS * sigma)
        block = error.name.removeprefix("X").rpartition(".")[0]
        return Moved(error.name, error.kind, block, None, offsets * sigma, slope, None, _bend(at, up, down))

    return moved


def _bend(at: float, up: float, down: float) -> float:
    """How far the middle is from the line between both ends, over the way between these; 0 for nothing at all."""
    way = abs(up - down)
    return abs(up + down - 2 * at) / way if way else 0.0
