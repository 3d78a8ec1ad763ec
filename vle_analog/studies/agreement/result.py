"""How far the compiled engine is from ngspice on the same boards: traces, what is learned on the way, verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vle_analog.compare.metrics import interpolate
from vle_analog.fleet.case import finite
from vle_analog.waveforms import Array, Waveforms


@dataclass(frozen=True)
class Account:
    """What one simulator computed of one board.

    Attributes:
        exam: signals while nothing learns.
        marks: times on the way, model units, shape (marks,); none where nothing learns.
        course: what was learned at the marks, shape (marks, parameters).
    """

    exam: Waveforms
    marks: Array
    course: Array


@dataclass(frozen=True)
class Verdict:
    """What an exam says of a board.

    Attributes:
        loss: over the target's variance; None where it is not finite.
        accuracy: fraction of right answers; None where there are none.
        good: whether it meets the criterion.
    """

    loss: float | None
    accuracy: float | None
    good: bool


@dataclass(frozen=True)
class BoardAgreement:
    """One board in both simulators; every NRMSE is the RMS difference over the range of ngspice's values.

    Attributes:
        board: its number.
        traces: NRMSE by signal of the exam, settled.
        learned: NRMSE on the way by learned value.
        drift: at each mark, the RMS over all learned values of their differences over their ranges.
        losses, accuracies, verdicts: the engine's and ngspice's.
    """

    board: int
    traces: Mapping[str, float]
    learned: Mapping[str, float]
    drift: Sequence[float]
    losses: tuple[float | None, float | None]
    accuracies: tuple[float | None, float | None]
    verdicts: tuple[bool, bool]

    @property
    def trace(self) -> float:
        """The worst signal's."""
        return max(self.traces.values())

    @property
    def course(self) -> float | None:
        """The mean over all learned values; None where nothing learns."""
        return float(np.mean(list(self.learned.values()))) if self.learned else None

    @property
    def worst(self) -> str:
        """The learned value that differs most."""
        return max(self.learned, key=lambda name: self.learned[name])

    @property
    def agrees(self) -> bool:
        """Whether the verdicts are the same."""
        return self.verdicts[0] == self.verdicts[1]

    def to_json(self) -> dict[str, Any]:
        """Plain data, all numbers finite or None."""
        return {
            **vars(self),
            "traces": {name: finite(value) for name, value in self.traces.items()},
            "learned": {name: finite(value) for name, value in self.learned.items()},
            "drift": list(map(finite, self.drift)),
            "trace": finite(self.trace),
            "course": None if self.course is None else finite(self.course),
            "agrees": self.agrees,
        }


@dataclass(frozen=True)
class CaseAgreement:
    """Boards of one design.

    Attributes:
        boards: one by one.
        criterion: of good boards.
        own_error: ngspice's own, the worst NRMSE of one board at its step bound against half of it; None if not asked.
    """

    boards: Sequence[BoardAgreement]
    criterion: str
    own_error: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain data, all numbers finite or None."""
        own_error = None if self.own_error is None else finite(self.own_error)
        return {**vars(self), "boards": [board.to_json() for board in self.boards], "own_error": own_error}


@dataclass(frozen=True)
class Agreement:
    """All designs that were compared.

    Attributes:
        cases: by name.
    """

    cases: Mapping[str, CaseAgreement]

    def record(self) -> dict[str, Any]:
        """Plain data, all numbers finite or None."""
        return {name: case.to_json() for name, case in self.cases.items()}


def compared(
    board: int,
    accounts: tuple[Account, Account],
    verdicts: tuple[Verdict, Verdict],
    settle: float,
    parameters: Sequence[str],
) -> BoardAgreement:
    """The engine's account of a board against ngspice's.

    Args:
        board: its number.
        accounts: the engine's and ngspice's, at the same marks; the exams' times may differ.
        verdicts: the engine's and ngspice's.
        settle: of the exam, model units; what is before does not count.
        parameters: names of the course's columns.
    """
    engine, ngspice = accounts
    apart = np.zeros((0, len(parameters)))
    if len(ngspice.marks):
        scale = np.array([_range(column) for column in ngspice.course.T])
        apart = (engine.course - ngspice.course) / scale
    learned = np.sqrt(np.mean(apart**2, axis=0)) if len(apart) else np.zeros(0)
    own, other = verdicts
    return BoardAgreement(
        board=board,
        traces=_traces(engine.exam, ngspice.exam, settle),
        learned={name: float(value) for name, value in zip(parameters, learned, strict=False)},
        drift=[float(value) for value in np.sqrt(np.mean(apart**2, axis=1))] if len(apart) else [],
        losses=(own.loss, other.loss),
        accuracies=(own.accuracy, other.accuracy),
        verdicts=(own.good, other.good),
    )


def _traces(engine: Waveforms, ngspice: Waveforms, settle: float) -> dict[str, float]:
    """NRMSE of each signal, at the engine's times after settling."""
    moments = engine.time[engine.time >= settle]
    moments = moments[moments <= ngspice.time[-1]]
    late = np.searchsorted(engine.time, moments)
    traces = {}
    for name, values in engine.signals.items():
        other = interpolate(ngspice.time, ngspice[name], moments)
        traces[name] = float(np.sqrt(np.mean((values[late] - other) ** 2))) / _range(other)
    return traces


def _range(values: Array) -> float:
    """What differences are divided by: the range, or of a constant its magnitude."""
    span = float(np.ptp(values))
    most = float(np.max(np.abs(values)))
    return span if span > 1e-9 * most else most or 1.0
