"""A system over a range of one of its parameters: designed, run and measured anew at each value."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from vle_analog.compare.quantity import Quantity
from vle_analog.design.built import Built
from vle_analog.design.subject import with_parameters
from vle_analog.design.system_board import SystemBoard
from vle_analog.errors import (
    CircuitError,
    DivergenceError,
    EquationError,
    LoweringError,
    SynthesisError,
    UsageError,
)
from vle_analog.fields import at_least
from vle_analog.fleet.fleet import WORST, refuse_alike
from vle_analog.fleet.missing import finished
from vle_analog.fleet.store import Store
from vle_analog.fleet.system_blueprint import SystemBlueprint
from vle_analog.lab.lab import Lab
from vle_analog.options import option
from vle_analog.studies.sweep.result import Point, Sweep

#: folder of finished boards, inside of the lab's
BOARDS = "boards"
#: why there may be no circuit at a value
_NO_CIRCUIT = (EquationError, LoweringError, SynthesisError, CircuitError, DivergenceError)
#: values at most
MOST = 1000


@dataclass(frozen=True)
class Over:
    """Evenly spaced values of a parameter.

    Attributes:
        name: of the parameter.
        low, high: ends.
        count: how many values.
    """

    name: str
    low: float
    high: float
    count: int

    @staticmethod
    def parsed(text: str) -> Over:
        """Values from their text, ``rho=10:40:7``.

        Raises:
            UsageError: it is none.
        """
        name, _, ends = text.partition("=")
        try:
            low, high, count = ends.split(":")
            over = Over(name.strip(), float(low), float(high), int(count))
        except ValueError:
            raise UsageError(f"`over` '{text}' is not NAME=LOW:HIGH:COUNT", hint="e.g. `over=rho=10:40:7`") from None
        if not (over.name and np.isfinite([over.low, over.high]).all() and 2 <= over.count <= MOST):
            raise UsageError(
                f"`over` '{text}': a name, two finite numbers, and 2 to {MOST} values", hint="e.g. `over=rho=10:40:7`"
            )
        return over

    @property
    def values(self) -> list[float]:
        """All values, in order."""
        return [float(f"{value:.12g}") for value in np.linspace(self.low, self.high, self.count)]


@dataclass(frozen=True)
class SweepPlan:
    """What a study asks.

    Attributes:
        board: the system, how its circuits are built and made.
        over: which parameter takes which values.
        of: what is measured.
        boards: how many run at each value; their parts' draws are the same at all values.
        first: number of the first board.

    Raises:
        UsageError: no board, or several that do not differ.
    """

    board: SystemBoard
    over: Over = option("Parameter and values, e.g. rho=10:40:7.", metavar="NAME=LOW:HIGH:COUNT", parse=Over.parsed)
    of: Quantity = option(
        "What is measured, as montecarlo's criterion has it: 'period(x)', 'nrmse(x)'.",
        WORST,
        metavar="QUANTITY",
        parse=Quantity.parsed,
    )
    boards: int = option("How many boards at each value.", 1)
    first: int = option("Number of the first board, which decides its parts' draws.", 0)

    def __post_init__(self) -> None:
        at_least(1, boards=self.boards)
        at_least(0, first=self.first)
        if self.boards > 1:
            refuse_alike(self.board)

    def check(self) -> None:
        """Refuse a system that cannot be read, or that has no such parameter.

        Raises:
            VleAnalogError: as said.
        """
        with_parameters(self.board.system, {self.over.name: self.over.low}, "over")


def sweep(plan: SweepPlan, lab: Lab) -> Sweep:
    """Run what is missing at each value, one after the other.

    A value at which there is no circuit, or nothing to measure, is told with its reason; others go on.

    Args:
        plan: what to ask.
        lab: finished boards are kept in its folder, and found again.

    Raises:
        UsageError: the plan's, or a signal that there is none of.
        OutputError: the folder cannot be written, or another study is writing to it.
        ClusterError: the cluster was lost; what was finished is kept.
    """
    plan.check()
    with lab.claimed():
        points, built = [], None
        for place, value in enumerate(plan.over.values):
            lab.progress("values", place / plan.over.count)
            point, own = _point(plan, value, lab)
            points.append(point)
            built = built or own
        lab.progress("values", 1.0)
    return Sweep(
        name=plan.board.title,
        parameter=plan.over.name,
        quantity=plan.of.text,
        boards=plan.boards,
        points=points,
        settings={"first_board": plan.first, **plan.board.departures()},
        built=built,
    )


def _point(plan: SweepPlan, value: float, lab: Lab) -> tuple[Point, Built | None]:
    """The system at one value, and what its boards are of, if there is a circuit."""
    board = replace(plan.board, parameters=(*plan.board.parameters, (plan.over.name, value)))
    try:
        blueprint = SystemBlueprint.of(board, plan.of).stepped()
    except _NO_CIRCUIT as error:
        return Point(value, None, (), error.what), None
    ideal = plan.of.of(blueprint.evidence)
    numbers = range(plan.first, plan.first + plan.boards)
    store = _run(blueprint, numbers, lab)
    return Point(value, ideal, tuple(store.samples[number].loss for number in numbers)), blueprint.built


def _run(blueprint: SystemBlueprint, numbers: range, lab: Lab) -> Store:
    """Boards at one value, those of an earlier study as they are."""
    place = lab.place(BOARDS)
    store = Store(None if place is None else place / blueprint.key, len(blueprint.parts))
    for _ in finished(blueprint, store, numbers, lab.executor, lambda fraction: None):
        pass
    return store
