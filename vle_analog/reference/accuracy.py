"""How finely to step: the reference until halving changes nothing, the circuit's solver until its
own error cannot matter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vle_analog.equations.system import EquationSystem
from vle_analog.errors import DivergenceError
from vle_analog.reference.codegen import HEUN
from vle_analog.reference.integrator import Integrator, Solution
from vle_analog.waveforms import Waveforms

#: the reference is halved until it changes by less than this fraction of each probe's range
REFERENCE_ERROR = 1e-6
#: a method of order 2 stands in for the circuit simulator's; its step is halved until it is this good
SOLVER_ERROR = 2e-4
_HALVINGS = 14
#: no run is refined beyond so many steps; what it errs by is then stated
_MOST_STEPS = 4_000_000
_CONSTANT = 1e-9
_DIVERGENCES = 12


@dataclass(frozen=True)
class Reference:
    """The reference run and what it taught about step sizes.

    Attributes:
        solution: converged.
        solver_step: step bound for the circuit's solver in model units.
        solver_error: what a second-order method of that step gets wrong, as a fraction of range.
    """

    solution: Solution
    solver_step: float
    solver_error: float


def difference(run: Waveforms, truth: Waveforms) -> float:
    """The largest RMS difference of any signal over its range in ``truth``, at the times that both runs recorded.

    A signal that is constant in ``truth`` is measured by its size, as in ``compare/metrics.py``: rounding and
    truncation give a conserved quantity a range of its own that has no meaning.
    """
    time = min(run.time, truth.time, key=len)
    run, truth = run.at(time), truth.at(time)
    worst = 0.0
    for name, values in truth.signals.items():
        size = float(np.max(np.abs(values), initial=0.0))
        scale = float(np.ptp(values))
        if scale <= _CONSTANT * size:
            scale = size or 1.0
        worst = max(worst, float(np.sqrt(np.mean((run[name] - values) ** 2))) / scale)
    return worst


def reference(
    system: EquationSystem,
    *,
    step: float | None = None,
    solver_error: float = SOLVER_ERROR,
    samples: int = 100_000,
    progress: Callable[[float], None] | None = None,
) -> Reference:
    """Integrate until step size no longer matters, and find the step that the circuit's solver needs.

    Args:
        system: explicit equations.
        step: the first step tried, model units; from stimuli and span when None.
        solver_error: what the circuit's solver may get wrong, as a fraction of each probe's range.
        samples: at most about this many recorded.
        progress: told the fraction of each run that is done.

    Raises:
        DivergenceError: the solution diverges at every step size.
    """
    integrator = Integrator(system)
    step = step or first_step(system)
    solution, error = None, None
    halvings = 0
    for halvings in range(_HALVINGS):
        last = system.span / step * 2 ** (halvings + 1) > _MOST_STEPS
        try:
            finer = integrator.run(step, halvings, samples=samples, progress=progress)
        except DivergenceError as divergence:
            # an explicit method diverges at too coarse a step; only a divergence that stays is the system's
            error, solution = divergence, None
            if halvings >= _DIVERGENCES or last:
                raise
            continue
        change = np.inf if solution is None else difference(solution.waveforms, finer.waveforms)
        solution = finer
        if change < REFERENCE_ERROR or last:
            break
    if solution is None:
        assert error is not None
        raise error
    return Reference(solution, *solver_step(system, solution, step, max(0, halvings - 3), solver_error, samples))


def solver_step(
    system: EquationSystem, solution: Solution, step: float, halvings: int, target: float, samples: int
) -> tuple[float, float]:
    """The largest step, by halving, at which Heun's method reproduces the solution; and its error."""
    integrator = Integrator(system, HEUN)
    error, size = np.inf, step
    for number in range(halvings, halvings + _HALVINGS):
        size = step / 2**number
        try:
            run = integrator.run(step, number, samples=samples)
            error, size = difference(run.waveforms, solution.waveforms), run.step
        except DivergenceError:
            error = np.inf
        if error < target or system.span / step * 2 ** (number + 1) > _MOST_STEPS:
            break
    return size, error


def first_step(system: EquationSystem) -> float:
    """Coarse enough to start from: the stimuli's own resolution, and 200 steps in the span."""
    bounds = [each.stimulus.max_step(system.span) for each in system.inputs]
    return min([system.span / 200, *(bound for bound in bounds if bound)])
