"""Boards that learn, hold their weights for a while, and are judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from vle_analog.circuit.circuit import Circuit
from vle_analog.compare.criterion import Criterion
from vle_analog.engine.boards import of_board
from vle_analog.engine.engine import Engine
from vle_analog.errors import UsageError, nearest
from vle_analog.fields import at_least, numbers, positive
from vle_analog.fleet.blueprint import run_boards
from vle_analog.fleet.case import Case
from vle_analog.fleet.fleet import CRITERIA, Fleet, criterion_option, quantity_of
from vle_analog.fleet.lesson_blueprint import LessonBlueprint
from vle_analog.fleet.sample import Outcome, Sample
from vle_analog.fleet.store import Store
from vle_analog.lab.lab import Lab
from vle_analog.lesson.board import Board
from vle_analog.lesson.student import questions
from vle_analog.options import option, part
from vle_analog.production.hold import DIELECTRICS, Hold, Refresh, charged_with, in_volts
from vle_analog.production.memory import driven
from vle_analog.production.values import parts
from vle_analog.stimulus import Constant
from vle_analog.studies.hold.result import Held, Moment
from vle_analog.waveforms import Array

#: folder of finished boards, inside of the lab's
BOARDS = "boards"
#: times after which boards are judged, unless told otherwise, seconds
TIMES = (1.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
#: model units over which the engine is asked how fast weights move
_PROBED = 200.0
#: volts of the largest signal over those of the supply
_OF_RAIL = 2 / 3


def _seconds(text: str) -> tuple[float, ...]:
    """Times from text."""
    return numbers(text, name="times", example="10,60,3600")


@dataclass(frozen=True)
class HoldPlan:
    """What a study asks.

    Attributes:
        fleet: the boards.
        criterion: of good boards.
        times: after which they are judged, seconds.
        dielectric: of the weights' capacitors, one of `DIELECTRICS`.
        insulation: of these, over the least that makers state.
        refresh: seconds after which each weight is read out and written back; never when None.
        bits: of the converters that do so.
        most: what a board may lose, as a fraction of right answers, or of the target's variance.

    Raises:
        UsageError: what has no weights on capacitors, or numbers that cannot be used.
    """

    fleet: Fleet = part(defaults={"fidelity": "macromodel", "mismatch": (0.01, 0.05)}, without=("marks",))
    criterion: Criterion | None = criterion_option(CRITERIA)
    times: tuple[float, ...] = option(
        "Seconds after which boards are judged, e.g. 10,60,3600.", TIMES, metavar="S,S,...", parse=_seconds
    )
    dielectric: str = option(f"Of the weights' capacitors: {', '.join(DIELECTRICS)}.", "polypropylene")
    insulation: float = option(
        "Of these capacitors, over the least that makers state, e.g. 5 for what polypropylene has in the mean.", 1.0
    )
    refresh: float | None = option(
        "Seconds after which each weight is read out and written back (default: never).", None, metavar="SECONDS"
    )
    bits: int = option("Of the converters that read and write.", 12)
    most: float = option("What a board may lose: of its right answers, or of the target's variance.", 0.01)

    def __post_init__(self) -> None:
        board = self.fleet.board
        if not isinstance(board, Board):
            raise UsageError(f"'{self.fleet.task}' is a system, which learns nothing", hint="take a task")
        if board.mode == "deploy":
            raise UsageError("deployed weights are resistors, which hold them for good", hint="leave `mode` out")
        if self.dielectric not in DIELECTRICS:
            raise UsageError(f"no dielectric '{self.dielectric}'", hint=nearest(self.dielectric, DIELECTRICS))
        if not self.times or any(not 0 < each < inf for each in self.times):
            raise UsageError("`times` are positive seconds, at least one", hint="e.g. `times=10,60,3600`")
        positive(refresh=self.refresh, most=self.most, insulation=self.insulation)
        at_least(1, bits=self.bits)

    def check(self) -> Criterion:
        """The criterion.

        Raises:
            UsageError: a criterion that does not fit the task, or a lesson that cannot be built.
        """
        return self.fleet.criterion(self.criterion, CRITERIA)


def hold(plan: HoldPlan, lab: Lab) -> Held:
    """Boards learn what they have not, then are judged after each time.

    Args:
        plan: what to ask.
        lab: boards that have learned are kept in its folder, and found again.

    Raises:
        UsageError: the plan's.
        OutputError: the folder cannot be written, or another study is writing to it.
        VleAnalogError: a circuit that cannot be built or that the engine cannot run.
    """
    criterion = plan.check()
    with lab.claimed():
        lab.progress("design", 0.0)
        blueprint = plan.fleet.blueprint(quantity_of(criterion))
        assert isinstance(blueprint, LessonBlueprint)
        exams = _Exams(plan, criterion, blueprint, _learned(plan, blueprint, lab), lab)
        moments = [exams.after(0.0)]
        for place, seconds in enumerate(sorted(set(plan.times))):
            lab.progress("exams", place / len(plan.times))
            moments.append(exams.after(seconds))
        words = "" if plan.refresh is None else f"every {plan.refresh:g} s by {plan.bits} bits"
        return Held(
            task=plan.fleet.task,
            criterion=criterion,
            moments=moments,
            rates=exams.hold.rates,
            weights=blueprint.parameters,
            most=plan.most,
            dielectric=plan.dielectric + (f", insulation {plan.insulation:g} times" if plan.insulation != 1 else ""),
            celsius=exams.celsius,
            refresh=words,
            settings=plan.fleet.settings(blueprint),
        )


def _learned(plan: HoldPlan, blueprint: LessonBlueprint, lab: Lab) -> Array:
    """What boards learned, model units, shape (boards, weights); those that are kept do not learn again.

    Raises:
        UsageError: a board that did not stay finite.
    """
    place, wanted = lab.place(BOARDS), plan.fleet.numbers
    folder = None if place is None else place / blueprint.key
    store = Store(folder, len(blueprint.parts))
    lab.resumed(sum(number in store.samples for number in wanted), "boards")
    if missing := [number for number in wanted if number not in store.samples]:
        store.add(*run_boards(blueprint, missing, lab.processes, lab.stage("boards"), folder))
    samples: Sequence[Sample] = [store.samples[number] for number in wanted]
    values = np.array([sample.learned for sample in samples], float)
    if not np.all(np.isfinite(values)):
        raise UsageError(
            "a board's weights did not stay finite", hint="lower the rate (`eta`), or look at `montecarlo`"
        )
    return values


class _Exams:
    """Boards whose weights are given, and how these move.

    Args:
        plan: what is asked.
        criterion: of good boards.
        blueprint: of the boards.
        learned: model units, shape (boards, weights).
        lab: whose threads run them.
    """

    def __init__(
        self, plan: HoldPlan, criterion: Criterion, blueprint: LessonBlueprint, learned: Array, lab: Lab
    ) -> None:
        self.plan, self.criterion, self.blueprint, self.lab = plan, criterion, blueprint, lab
        self.names, self._numbers = blueprint.parameters, plan.fleet.numbers
        circuit = blueprint.board(self._numbers[0])
        self.volts = in_volts(circuit, self.names, learned)
        before = np.array([circuit.start[name] for name in self.names])
        refresh = None if plan.refresh is None else Refresh(plan.refresh, plan.bits, circuit.supply.rail * _OF_RAIL)
        dielectric = DIELECTRICS[plan.dielectric]
        self.celsius = circuit.celsius
        self.hold = Hold(
            rates=self._rates(),
            before=np.broadcast_to(before, self.volts.shape),
            insulation=plan.insulation * dielectric.insulates(self._farads(), self.celsius),
            absorption=dielectric.absorption,
            refresh=refresh,
        )

    def after(self, seconds: float) -> Moment:
        """The boards, judged after their weights were held for so long."""
        volts = self.hold.after(self.volts, seconds)
        exam = self._engine(volts).examine(questions(self.blueprint.task.exam), self.blueprint.task.exam.span)
        outcomes = []
        for place in range(len(self._numbers)):
            loss, right = self.blueprint.judge(of_board(exam, place))
            outcomes.append(Outcome(None if loss is None else loss / self.blueprint.variance, right))
        moved = np.sqrt(np.mean((volts - self.volts) ** 2, axis=1) / np.mean(self.volts**2, axis=1))
        good = sum(self.criterion.met(each, 1.0) for each in outcomes)
        return Moment(seconds, Case(outcomes), moved, good)

    def _farads(self) -> Array:
        """The weights' capacitors, shape (boards, weights)."""
        rows = []
        for number in self._numbers:
            own = {each.name: each.value for each in parts(self.blueprint.board(number))}
            rows.append([own[f"X{name}.C"] for name in self.names])
        return np.array(rows)

    def _rates(self) -> Array:
        """How fast currents charge the weights' capacitors while nothing is learned, volts per second."""
        engine = self._engine(self.volts)
        unit = self.blueprint.circuit.unit
        marks = []
        for until in (_PROBED, 2 * _PROBED):
            engine.advance(until)
            marks.append(in_volts(self.blueprint.circuit, self.names, engine.values(self.names)))
        found: Array = (marks[1] - marks[0]) / (_PROBED * unit)
        return found

    def _engine(self, volts: Array) -> Engine:
        """The boards with such weights and a closed gate, from rest."""
        circuits = (
            charged_with(self._idle(number), dict(zip(self.names, row.tolist(), strict=True)))
            for number, row in zip(self._numbers, volts, strict=True)
        )
        pairs = self.blueprint.task.learning.pairs
        return Engine(circuits, self.blueprint.step, pairs, pairs, threads=self.lab.processes)

    def _idle(self, number: int) -> Circuit:
        return driven(self.blueprint.board(number), {"gate": Constant(0.0)})
