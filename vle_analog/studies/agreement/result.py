"""How far the compiled engine is from ngspice on the same boards: traces, what is learned on the way, verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vle_analog.compare.metrics import interpolate
from vle_analog.waveforms import Array, Waveforms


@dataclass(frozen=True)
class Account:
    """What one simulator has to say of one board.

    Attributes:
        exam: signals while nothing learns.
        marks: times on the way, model units, shape (marks,); none where nothing learns.
        course: what was learned at the marks, shape (marks, parameters).
        loss, accuracy: on the exam, the loss over the target's variance; None where there is none.
        good: verdict.
    """

    exam: Waveforms
    marks: Array
    course: Array
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
        """Plain data."""
        found = {**vars(self), "traces": dict(self.traces), "learned": dict(self.learned), "drift": list(self.drift)}
        return {**found, "trace": self.trace, "course": self.course, "agrees": self.agrees}


@dataclass(frozen=True)
class CaseAgreement:
    """Boards of one design.

    Attributes:
        boards: each one.
        criterion: of good boards.
        own_error: ngspice's own, the worst NRMSE of one board at its step bound against half of it; None if not asked.
    """

    boards: Sequence[BoardAgreement]
    criterion: str
    own_error: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {**vars(self), "boards": [each.to_json() for each in self.boards]}


def agreement(
    board: int, engine: Account, ngspice: Account, settle: float, parameters: Sequence[str]
) -> BoardAgreement:
    """The engine's account of a board against ngspice's.

    Args:
        board: its number.
        engine, ngspice: at the same marks; the exams' times may differ.
        settle: of the exam, model units; what is before does not count.
        parameters: names of the course's columns.
    """
    moments = engine.exam.time[engine.exam.time >= settle]
    moments = moments[moments <= ngspice.exam.time[-1]]
    late = np.searchsorted(engine.exam.time, moments)
    traces = {}
    for name, values in engine.exam.signals.items():
        other = interpolate(ngspice.exam.time, ngspice.exam[name], moments)
        traces[name] = float(np.sqrt(np.mean((values[late] - other) ** 2))) / _range(other)
    apart = np.zeros((0, len(parameters)))
    if len(ngspice.marks):
        scale = np.array([_range(column) for column in ngspice.course.T])
        apart = (engine.course - ngspice.course) / scale
    learned = np.sqrt(np.mean(apart**2, axis=0)) if len(apart) else np.zeros(0)
    return BoardAgreement(
        board,
        traces,
        {name: float(value) for name, value in zip(parameters, learned, strict=False)},
        [float(each) for each in np.sqrt(np.mean(apart**2, axis=1))] if len(apart) else [],
        (engine.loss, ngspice.loss),
        (engine.accuracy, ngspice.accuracy),
        (engine.good, ngspice.good),
    )


def _range(values: Array) -> float:
    """What differences are divided by: the range, or of a constant its magnitude."""
    found = float(np.ptp(values))
    most = float(np.max(np.abs(values)))
    return found if found > 1e-9 * most else most or 1.0
