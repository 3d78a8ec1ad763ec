"""What was learned: losses with plasticity on and off, and the learned parameters.

The *loss* is the mean over time of ``(target - output)^2``, summed over outputs: a squared error without the factor
1/2. While
plasticity is on, weights that follow the error within one period can make this loss small though nothing was learned; a
result therefore states the loss over a window with plasticity off (:func:`frozen_loss`), and the curve beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vle_analog.compare.metrics import (
    ComparisonError,
    absolute_error,
    align,
    nrmse,
    relative_error,
    samples,
    window_means,
)
from vle_analog.waveforms import Array, Waveforms


@dataclass(frozen=True)
class LearningSetup:
    """Record of where a learning run keeps its results.

    Attributes:
        output: signal that learns, or one per output.
        target: signal that it should follow, or one per output.
        parameters: learned parameters' signals, each with the teacher's value, or None where there is none.
        initial_window: (start, stop) in model units, plasticity off before learning.
        final_window: (start, stop) in model units, plasticity off after learning.
        loss_window: length of one point of the loss curve, model units; best a whole number of the input's periods.
    """

    output: str | tuple[str, ...]
    target: str | tuple[str, ...]
    parameters: Mapping[str, float | None]
    initial_window: tuple[float, float]
    final_window: tuple[float, float]
    loss_window: float

    @property
    def outputs(self) -> tuple[str, ...]:
        """Signals that learn."""
        return (self.output,) if isinstance(self.output, str) else self.output

    @property
    def targets(self) -> tuple[str, ...]:
        """Signals that they should follow, in the same order."""
        return (self.target,) if isinstance(self.target, str) else self.target

    @property
    def pairs(self) -> tuple[str, ...]:
        """All outputs, then all targets."""
        return (*self.outputs, *self.targets)


@dataclass(frozen=True)
class LearningCurve:
    """Loss over time.

    Attributes:
        time: middles of the windows, model units, shape (n,).
        loss: mean of ``(target - output)^2`` over each window, shape (n,).
    """

    time: Array
    loss: Array


#: the name of a signal, or those of several
Names = str | Sequence[str]


def squared_error(waveforms: Waveforms, output: Names, target: Names) -> tuple[Array, Array]:
    """Times and ``(target - output)^2``, summed over outputs, each of shape (m,).

    Raises:
        UsageError: a signal is missing.
        ComparisonError: a value is not finite.
    """
    outputs, targets = ([names] if isinstance(names, str) else names for names in (output, target))
    squares = [
        (samples(waveforms, wanted)[1] - samples(waveforms, given)[1]) ** 2
        for given, wanted in zip(outputs, targets, strict=True)
    ]
    return samples(waveforms, outputs[0])[0], np.sum(squares, axis=0)


def learning_curve(waveforms: Waveforms, output: Names, target: Names, window: float) -> LearningCurve:
    """The loss over consecutive windows from the first sample on; an incomplete last window is left out.

    Args:
        waveforms: of one run, shape (m,) per signal, at any spacing.
        output: signal that learns, or several.
        target: signal that it should follow, or as many.
        window: length of each window, model units.

    Raises:
        UsageError: a signal is missing.
        ComparisonError: a value is not finite, or the run is shorter than one window.
    """
    time, squared = squared_error(waveforms, output, target)
    span = float(time[-1] - time[0])
    count = int((span / window) * (1 + 1e-9) + 1e-9) if window > 0 else 0
    if count < 1:
        raise ComparisonError(f"a loss window of {window:g} does not fit into a run of {span:g}")
    edges = time[0] + window * np.arange(count + 1)
    return LearningCurve(0.5 * (edges[1:] + edges[:-1]), window_means(time, squared, edges))


def frozen_loss(waveforms: Waveforms, output: Names, target: Names, start: float, stop: float) -> float:
    """Mean of ``(target - output)^2`` from ``start`` to ``stop`` (model units), a stretch with plasticity off.

    Raises:
        UsageError: a signal is missing.
        ComparisonError: a value is not finite, or the window is empty or leaves the run.
    """
    time, squares = squared_error(waveforms, output, target)
    return float(window_means(time, squares, np.array([start, stop], dtype=np.float64))[0])


def variance(waveforms: Waveforms, target: Names, start: float) -> float:
    """The target's variance from ``start`` (model units) on, summed over outputs: what a constant output leaves."""
    names = [target] if isinstance(target, str) else target
    judged = waveforms.time >= start
    return float(sum(np.var(waveforms[name][judged]) for name in names))


def time_to_threshold(curve: LearningCurve, threshold: float) -> float | None:
    """The middle of the first window from which on the loss stays at or below ``threshold``; None if it never does.

    "Stays": a loss that dips by chance and comes back has not been learned.
    """
    above = np.flatnonzero(~(curve.loss <= threshold))
    first = int(above[-1]) + 1 if above.size else 0
    return float(curve.time[first]) if first < curve.time.size else None


@dataclass(frozen=True)
class ParameterError:
    """One learned parameter, ideal against analog, all in model units.

    Attributes:
        name: its signal.
        ideal: final value in the reference, the mean over the final frozen window.
        analog: final value in the circuit, likewise.
        target: the teacher's value, or None where there is none.
        trajectory_nrmse: NRMSE of the analog trajectory against the ideal one over the whole run.
    """

    name: str
    ideal: float
    analog: float
    target: float | None
    trajectory_nrmse: float

    @property
    def absolute(self) -> float:
        """``|analog - ideal|``."""
        return absolute_error(self.analog, self.ideal)

    @property
    def relative(self) -> float | None:
        """``|analog - ideal| / |ideal|``; None where the ideal is zero."""
        return relative_error(self.analog, self.ideal)

    @property
    def absolute_to_target(self) -> float | None:
        """``|analog - target|``; None without a target."""
        return None if self.target is None else absolute_error(self.analog, self.target)

    @property
    def relative_to_target(self) -> float | None:
        """``|analog - target| / |target|``; None without a target or where it is zero."""
        return None if self.target is None else relative_error(self.analog, self.target)


def parameter_errors(ideal: Waveforms, analog: Waveforms, setup: LearningSetup) -> dict[str, ParameterError]:
    """The learned parameters of two runs, in the setup's order.

    Raises:
        UsageError: a parameter's signal is missing.
        ComparisonError: a value is not finite, or the final window leaves a run.
    """
    edges = np.array(setup.final_window, dtype=np.float64)
    errors = {}
    for pair in align(ideal, analog, setup.parameters):
        ends = [float(window_means(*samples(run, pair.name), edges)[0]) for run in (ideal, analog)]
        errors[pair.name] = ParameterError(
            pair.name, ends[0], ends[1], setup.parameters[pair.name], nrmse(pair.ideal, pair.analog, pair.time)
        )
    return errors


@dataclass(frozen=True)
class LearningResult:
    """What two runs learned; losses are means of ``(target - output)^2`` in squared model units.

    Attributes:
        setup: where the results were taken.
        loss_initial: analog, plasticity off before learning.
        loss_initial_ideal: ideal, plasticity off before learning.
        loss_final_ideal: ideal, plasticity off after learning.
        loss_final_analog: analog, plasticity off after learning.
        curve_ideal: loss over the ideal run.
        curve_analog: loss over the analog run.
        parameters: by name.
    """

    setup: LearningSetup
    loss_initial: float
    loss_initial_ideal: float
    loss_final_ideal: float
    loss_final_analog: float
    curve_ideal: LearningCurve
    curve_analog: LearningCurve
    parameters: Mapping[str, ParameterError]


def learning_result(ideal: Waveforms, analog: Waveforms, setup: LearningSetup) -> LearningResult:
    """Evaluate two learning runs.

    Raises:
        UsageError: a signal is missing.
        ComparisonError: a value is not finite, or a window leaves a run.
    """
    signals = (setup.outputs, setup.targets)
    return LearningResult(
        setup=setup,
        loss_initial=frozen_loss(analog, *signals, *setup.initial_window),
        loss_initial_ideal=frozen_loss(ideal, *signals, *setup.initial_window),
        loss_final_ideal=frozen_loss(ideal, *signals, *setup.final_window),
        loss_final_analog=frozen_loss(analog, *signals, *setup.final_window),
        curve_ideal=learning_curve(ideal, *signals, setup.loss_window),
        curve_analog=learning_curve(analog, *signals, setup.loss_window),
        parameters=parameter_errors(ideal, analog, setup),
    )
