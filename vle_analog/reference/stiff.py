"""Stiff systems: the ideal solution by an implicit method, where explicit ones would need too many steps.

LSODA (Petzold, SIAM J. Sci. Stat. Comput. 4, 1983; Hindmarsh's ODEPACK), as scipy has it, goes over to backward
differentiation formulas where a system is stiff, and chooses its order and steps by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vle_analog.equations.system import instance_names
from vle_analog.reference.integrator import Integrator, Solution
from vle_analog.stimulus import inside
from vle_analog.waveforms import Waveforms

Array = NDArray[np.float64]

#: errors per step relative to a state, tried in order: rates that are small differences do not allow the first
_RELATIVE = (1e-9, 1e-8)
#: the same to a state's largest value, over these
_ABSOLUTE = 0.1
#: what is recorded at least in between, as a fraction of the span
_RECORDS = 2000
#: evaluations of the rates after which it is given up
_MOST = 200_000


class TooManySteps(Exception):
    """The implicit method does not get through either."""


def implicit_solution(integrator: Integrator, settle: float = 0.0, record: Iterable[str] | None = None) -> Solution:
    """The solution over the system's span.

    Args:
        integrator: of the system.
        settle: model units from the start that peaks do not count.
        record: template names to record; the system's probes when None.

    Raises:
        TooManySteps: the method failed, or needs more than `_MOST` evaluations.
    """
    time, states = _found(integrator)
    definitions = np.array([integrator.derived(y, float(t)) for t, y in zip(time, states, strict=True)])
    inputs = integrator.values(time)
    late = time >= min(settle, time[-2])
    reach = {"y": states, "d": definitions, "x": inputs}
    peaks_, lowest, highest = {}, {}, {}
    for name, (array, _) in integrator.layout.place.items():
        if array in reach:
            values = reach[array][:, integrator.layout.span(name)]
            peaks_[name] = float(np.max(np.abs(values if array == "x" else values[late]), initial=0.0))
            lowest[name], highest[name] = float(np.min(values)), float(np.max(values))
    signals = {
        instance: reach[array][:, integrator.layout.place[name][1] + n]
        for name in (integrator.system.probes if record is None else record)
        for array in [integrator.layout.place[name][0]]
        for n, instance in enumerate(instance_names(integrator.layout.symbols[name]))
    }
    waveforms = Waveforms(time, {name: np.ascontiguousarray(values) for name, values in signals.items()})
    step = integrator.system.span / _RECORDS
    return Solution(waveforms, peaks_, lowest, highest, step, integrator.shaped(states[-1]), stiff=True)


def _found(integrator: Integrator) -> tuple[Array, Array]:
    """Times and states as `_run` has them, with errors judged by how large each state becomes.

    Raises:
        TooManySteps: at every tolerance.
    """
    peaks = np.abs(integrator.initial())
    sizes = np.maximum(peaks, 1e-6 * max(1.0, float(np.max(peaks, initial=0.0))))
    _, states = _run(integrator, sizes, _RELATIVE[-1])
    sizes = np.maximum(np.max(np.abs(states), axis=0), 1e-300)
    for relative in _RELATIVE[:-1]:
        with suppress(TooManySteps):
            return _run(integrator, sizes, relative)
    return _run(integrator, sizes, _RELATIVE[-1])


def _run(integrator: Integrator, sizes: Array, relative: float) -> tuple[Array, Array]:
    """Times, shape (n,), and states, shape (n, states): the method's own steps and evenly spaced ones between corners.

    Args:
        integrator: of the system.
        sizes: of the states, by which their errors are judged, shape (states,).
        relative: error per step.

    Raises:
        TooManySteps: as `implicit_solution`.
    """
    from scipy.integrate import solve_ivp  # loads for half a second; only this needs it

    evaluations = 0

    def rates(t: float, y: Array) -> Array:
        nonlocal evaluations
        evaluations += 1
        if evaluations > _MOST:
            raise TooManySteps
        return integrator.rates(np.ascontiguousarray(y), t)

    span, y = integrator.system.span, integrator.initial()
    corners = [stimulus.breakpoints(span) for each in integrator.system.inputs for stimulus in each.stimuli]
    bounds = [bound for each in integrator.system.inputs for s in each.stimuli if (bound := s.max_step(span))]
    longest = min([span / 50, *bounds])
    if span / longest > _MOST / 2:
        raise TooManySteps
    knots = np.unique(np.concatenate([[0.0, span], *(inside(each, span) for each in corners)]))
    times, states = [np.zeros(1)], [y[None, :]]
    for start, stop in pairwise(knots):
        with np.errstate(all="ignore"):
            found = solve_ivp(
                rates, (start, stop), y, "LSODA", dense_output=True,
                rtol=relative, atol=_ABSOLUTE * relative * sizes, max_step=longest,
            )  # fmt: skip
        if not found.success or not np.all(np.isfinite(found.y)):
            raise TooManySteps
        even = np.linspace(start, stop, max(2, int(_RECORDS * (stop - start) / span) + 1))
        own = found.t[:: max(1, len(found.t) // 50_000)]
        at = np.unique(np.concatenate([even, own]))[1:]
        times.append(at)
        states.append(found.sol(at).T)
        y = found.y[:, -1]
    return np.concatenate(times), np.concatenate(states)
