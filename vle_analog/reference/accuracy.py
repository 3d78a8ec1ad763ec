"""How finely to step: the reference until halving changes nothing, the circuit's solver until its
own error cannot matter."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vle_analog.equations.system import EquationSystem
from vle_analog.errors import DivergenceError, EquationError
from vle_analog.laws import LAWS
from vle_analog.reference.integrator import Integrator, Solution
from vle_analog.reference.stiff import TooManySteps, implicit_solution
from vle_analog.reference.tableau import HEUN
from vle_analog.waveforms import Array, Waveforms

#: the reference is halved until it changes by less than this fraction of each probe's range
REFERENCE_ERROR = 1e-6
#: a method of order 2 stands in for the circuit simulator's; its step is halved until it is this good
SOLVER_ERROR = 2e-4
_HALVINGS = 14
#: no run is refined beyond so many steps; what it errs by is then stated
_MOST_STEPS = 4_000_000
_CONSTANT = 1e-9
#: a circuit's solver that would need more steps than this chooses them by itself, if nobody says how to step
_EVEN_STEPS = 300_000
#: of a span, how many steps it takes at least
_OWN_STEPS = 2000
#: a method of order 2 that errs by more than this, however fine its steps, tells of chaos, not of stiffness
_PREDICTABLE = 0.01
_DIVERGENCES = 12
#: as a fraction of the span, how close to an event two runs are not compared, and by how much moments may be off: a
#: signal that jumps over its whole range is then off by the square root of it
_BESIDE, _MOVED = 1e-6, 1e-6


@dataclass(frozen=True)
class Reference:
    """The reference run and what it taught about step sizes.

    Attributes:
        solution: converged.
        solver_step: step bound for the circuit's solver in model units; where nobody asked, the solution's own.
        solver_error: what a second-order method of that step gets wrong, as a fraction of range; None where nobody
            asked, or where the even steps would be too many, so that a solver must choose them by itself.
    """

    solution: Solution
    solver_step: float
    solver_error: float | None


def difference(run: Waveforms, truth: Waveforms, moments: Collection[Array] = ()) -> float:
    """The largest RMS difference of any signal over its range in ``truth``, at the times that both runs recorded.

    Beside an event a sample tells whether it was before or after, not how exactly the run is known: such are left out.

    A signal that is constant in ``truth`` is measured by its size, as in ``compare/metrics.py``: rounding and
    truncation give a conserved quantity a range of its own that has no meaning.

    Args:
        run: of other steps.
        truth: of finer ones.
        moments: times of events in the truth.
    """
    time = min(run.time, truth.time, key=len)
    if any(len(each) for each in moments):
        time = _common(run.time, truth.time, np.sort(np.concatenate([*moments])))
    run, truth = run.at(time), truth.at(time)
    worst = 0.0
    for name, values in truth.signals.items():
        size = float(np.max(np.abs(values), initial=0.0))
        scale = float(np.ptp(values))
        if scale <= _CONSTANT * size:
            scale = size or 1.0
        with np.errstate(all="ignore"):  # a pole is refused with its place
            worst = max(worst, float(np.sqrt(np.mean((run[name] - values) ** 2))) / scale)
    return worst


def _common(first: Array, second: Array, moments: Array) -> Array:
    """Times of both, those at events left out."""
    rounding = 1e-12 * second[-1]
    own = first[_distance(first, second) < rounding]
    return own[_distance(own, moments) > _BESIDE * second[-1]]


def _distance(times: Array, others: Array) -> Array:
    """From each time to the nearest of others, increasing ones."""
    place = np.clip(np.searchsorted(others, times), 1, max(1, len(others) - 1))
    after = others[np.minimum(place, len(others) - 1)]
    return np.minimum(np.abs(times - others[place - 1]), np.abs(times - after))


def reference(
    system: EquationSystem,
    *,
    step: float | None = None,
    solver_error: float | None = SOLVER_ERROR,
    samples: int = 100_000,
    settle: float = 0.0,
    progress: Callable[[float], None] | None = None,
) -> Reference:
    """Integrate until step size no longer matters, and find the step that the circuit's solver needs.

    Args:
        system: explicit equations.
        step: the first step tried, model units; from stimuli and span when None.
        solver_error: what the circuit's solver may get wrong, as a fraction of each probe's range; None where its
            step is known, which is then not looked for.
        samples: at most about this many recorded.
        settle: model units from the start that the solution's peaks do not count.
        progress: told the fraction of each run that is done.

    Raises:
        DivergenceError: the solution diverges at every step size.
        EquationError: the system is too stiff, or an input too fast, for its span.
    """
    integrator = Integrator(system)
    told, step = step is not None, step or first_step(system)
    solution: Solution | None = None
    error: DivergenceError | None = None
    halvings = 0
    # a first run that the last one follows decides nothing
    coarsest = int(_is_last(system, step, 1) and not _is_last(system, step, 0))
    for halvings in range(coarsest, _HALVINGS):
        last = _is_last(system, step, halvings)
        try:
            finer = integrator.run(step, halvings, samples=samples, settle=settle, progress=progress)
        except DivergenceError as divergence:
            # an explicit method diverges at too coarse a step; only a divergence that stays is the system's
            error, solution = divergence, None
            if halvings >= _DIVERGENCES or last:
                return _implicit(integrator, divergence, step / 2**halvings, settle)
            continue
        change = np.inf if solution is None else difference(solution.waveforms, finer.waveforms, finer.events.values())
        solution = finer
        if change < REFERENCE_ERROR or last:
            break
    if solution is None:
        assert error is not None
        raise error
    if solver_error is None:
        return Reference(solution, solution.step, None)
    size, left = solver_step(system, solution, step, max(0, halvings - 3), solver_error, samples)
    too_many = not told and system.span / size > _EVEN_STEPS and left < _PREDICTABLE
    if too_many and not _jumps(system):
        return Reference(solution, _own_steps(system), None)
    return Reference(solution, size, left)


def _is_last(system: EquationSystem, step: float, halvings: int) -> bool:
    """Whether a run of steps halved so often is the finest there is."""
    return system.span / step * 2 ** (halvings + 1) > _MOST_STEPS


def rerun(
    system: EquationSystem, found: Solution, record: Sequence[str] | None = None, samples: int = 100_000
) -> Solution:
    """The solution of a system once more, or of one like it, by the method that found it.

    Args:
        system: the same equations, or under other inputs.
        found: its solution.
        record: template names to record; the system's probes when None.
        samples: at most about this many.
    """
    integrator = Integrator(system)
    if found.stiff:
        return implicit_solution(integrator, record=record)
    return integrator.run(found.step, record=record, samples=samples)


def _jumps(system: EquationSystem) -> bool:
    """Whether a law of the equations jumps: error control then steps across the moment without a notice."""
    jumping = [law.function for law in LAWS.values() if law.jumps]
    expressions = [each.derivative for each in system.states] + [each.expression for each in system.definitions]
    return any(each.has(*jumping) for each in expressions)


def _own_steps(system: EquationSystem) -> float:
    """The step bound of a solver that chooses its steps by itself."""
    return min(first_step(system), system.span / _OWN_STEPS)


def solver_step(
    system: EquationSystem, solution: Solution, step: float, halvings: int, target: float, samples: int
) -> tuple[float, float]:
    """The largest step, by halving, at which Heun's method reproduces the solution; and its error."""
    integrator = Integrator(system, HEUN)
    error, size = np.inf, step
    for number in range(halvings, halvings + _HALVINGS):
        size, moved = step / 2**number, 0.0
        try:
            run = integrator.run(step, number, samples=samples)
            error, size = difference(run.waveforms, solution.waveforms, solution.events.values()), run.step
            moved = _moved(run.events, solution.events) / system.span
        except DivergenceError:
            error = np.inf
        steps = system.span / step * 2 ** (number + 1)
        if _is_last(system, step, number) or (error < target and (moved < _MOVED or steps > _EVEN_STEPS)):
            break
    return size, error


def _moved(events: Mapping[str, Array], truth: Mapping[str, Array]) -> float:
    """By how much the moments of all events are off together, model units; infinite where there are more or fewer."""
    pairs = [(events[name], moments) for name, moments in truth.items()]
    if any(len(moments) != len(exact) for moments, exact in pairs):
        return np.inf
    return float(sum(np.sum(np.abs(moments - exact)) for moments, exact in pairs))


def first_step(system: EquationSystem) -> float:
    """Coarse enough to start from: the stimuli's own resolution, and 200 steps in the span; finer where events are."""
    finest = system.span / (_OWN_STEPS if system.events else 200)
    for each in system.inputs:
        bounds = [bound for stimulus in each.stimuli if (bound := stimulus.max_step(system.span))]
        bound = min(bounds, default=finest)
        if system.span / bound > _MOST_STEPS:
            raise EquationError(
                f"input '{each.symbol}' changes so fast that a span of {system.span:g} needs {system.span / bound:.2g} "
                f"steps; at most {_MOST_STEPS:.2g} are taken",
                where=system.origin or system.name,
                hint="shorten the span or slow the input down",
            )
        finest = min(finest, bound)
    return finest


def _implicit(integrator: Integrator, divergence: DivergenceError, step: float, settle: float) -> Reference:
    """The reference by an implicit method, where the explicit one's divergence may be its own.

    Raises:
        DivergenceError: it is the system's.
        EquationError: the implicit method does not get through either.
    """
    blamed = _is_the_methods(integrator, divergence, step)
    if blamed is False:
        raise divergence
    try:
        return _stiff(integrator, step, settle)
    except EquationError:
        if blamed is None:
            raise divergence from None
        raise


def _is_the_methods(integrator: Integrator, divergence: DivergenceError, step: float) -> bool | None:
    """Whether a divergence is the method's, not the system's: with finer steps it comes earlier, or not by then.

    None where the very first step diverges at any size: that tells of a start value far from where a stiff system soon
    is, or of a pole.
    """
    if divergence.time > 1e5 * step:
        return False
    try:
        integrator.run(step / 16, span=1.1 * divergence.time)
    except DivergenceError as finer:
        return None if finer.time <= step / 16 * 1.01 else finer.time < 0.75 * divergence.time
    return True


def _stiff(integrator: Integrator, step: float, settle: float) -> Reference:
    """The reference by an implicit method; the circuit's solver steps by its own error control.

    Raises:
        EquationError: it does not get through either, or does not know delays and events.
    """
    if integrator.history.shortest is not None or integrator.system.events:
        raise EquationError(
            f"too stiff for a span of {integrator.system.span:g}: the explicit method still diverges at steps of "
            f"{step:.2g} model units, and the implicit one knows neither delays nor events",
            where=integrator.system.origin or integrator.system.name,
            hint="shorten the span, or slow the fastest time constant down",
        )
    try:
        solution = implicit_solution(integrator, settle)
    except TooManySteps:
        raise _too_stiff(integrator.system, step) from None
    return Reference(solution, _own_steps(integrator.system), None)


def _too_stiff(system: EquationSystem, step: float) -> EquationError:
    return EquationError(
        f"too stiff for a span of {system.span:g}: the reference's explicit method still diverges at steps "
        f"of {step:.2g} model units, and the implicit one does not get through",
        where=system.origin or system.name,
        hint="shorten the span, slow the fastest time constant down, or lower --bandwidth",
    )
