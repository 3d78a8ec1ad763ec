"""Whether every function of a diagram stays where it is defined, along the reference run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from vle_analog.diagram.block import Domain
from vle_analog.diagram.diagram import BlockDiagram
from vle_analog.equations.system import EquationSystem, instance_names, name_of
from vle_analog.errors import DivergenceError, EquationError, SynthesisError
from vle_analog.reference.accuracy import Reference, first_step, reference, rerun
from vle_analog.reference.integrator import Integrator
from vle_analog.waveforms import Waveforms

#: of a run that fails, the steps taken to see why
_STEPS = 20_000
#: of a signal's size, what a solver makes of a zero
_ROUNDING = 1e-5
#: how far beyond the last record of a failed run a signal is followed, as a fraction of the run
_AHEAD = 0.01
#: most characters of an expression in an error
_SHOWN = 60


def defined_reference(diagram: BlockDiagram, **settings: Any) -> Reference:
    """The reference run of a diagram's equations.

    Args:
        diagram: what is integrated.
        settings: of `reference`.

    Raises:
        SynthesisError: a function leaves its domain: which, where, and when.
        DivergenceError, EquationError: as `reference`, where no function is to blame.
    """
    system = diagram.read_back
    try:
        found = reference(system, **settings)
    except (DivergenceError, EquationError) as error:
        if (blamed := _left_before(diagram, system, error)) is not None:
            raise blamed from None
        raise
    lowest, highest = found.solution.lowest, found.solution.highest
    for output, domain in _domains(diagram):
        name = name_of(domain.signal)
        if not _within(domain, lowest[name], highest[name]):
            run = rerun(system, found.solution, [name], _STEPS).waveforms
            raise _left(diagram, output, domain, run)
    return found


def _domains(diagram: BlockDiagram) -> Iterator[tuple[str, Domain]]:
    """Every domain, with the signal that needs it."""
    for block in diagram.blocks:
        for domain in block.domains():
            yield name_of(block.output), domain


def _within(domain: Domain, low: float, high: float) -> bool:
    if domain.closed:
        slack = _ROUNDING * max(abs(low), abs(high))
        return low >= domain.low - slack and high <= domain.high + slack
    return low > domain.low and high < domain.high


def _left_before(diagram: BlockDiagram, system: EquationSystem, error: Exception) -> SynthesisError | None:
    """The domain that is left before a run fails; None where none is."""
    domains = list(_domains(diagram))
    if not domains:
        return None
    end = error.time if isinstance(error, DivergenceError) and error.time > 0 else system.span
    names = list(dict.fromkeys(name_of(domain.signal) for _, domain in domains))
    run = None
    for share in (1.0, 0.999, 0.9, 0.5):
        try:
            span = share * end
            run = Integrator(system).run(min(first_step(system), span / _STEPS), span=span, record=names).waveforms
            break
        except DivergenceError:
            continue
    if run is None:
        return None
    left = [(moment, output, domain) for output, domain in domains if (moment := _first(domain, run)) is not None]
    if not left:
        return None
    _, output, domain = min(left, key=lambda each: each[0])
    return _left(diagram, output, domain, run)


def _instances(domain: Domain, run: Waveforms) -> list[np.ndarray]:
    return [run[name] for name in instance_names(domain.signal)]


def _reach(domain: Domain, run: Waveforms) -> tuple[float, float]:
    values = _instances(domain, run)
    return min(float(np.min(each)) for each in values), max(float(np.max(each)) for each in values)


def _first(domain: Domain, run: Waveforms) -> float | None:
    """When a signal first leaves its domain, or will soon if it goes on as at the end; None where it does not."""
    moments = [
        moment
        for values in _instances(domain, run)
        for bound, sign in ((domain.low, 1.0), (domain.high, -1.0))
        if np.isfinite(bound) and (moment := _crossing(run.time, sign * (values - bound))) is not None
    ]
    return min(moments, default=None)


def _crossing(time: np.ndarray, above: np.ndarray) -> float | None:
    """When values that should be positive are first not, by straight lines between and a little beyond the records."""
    outside = np.flatnonzero(~(above > 0))
    if len(outside) and outside[0] == 0:
        return float(time[0])
    k = int(outside[0]) if len(outside) else len(time) - 1
    fall = float(above[k - 1] - above[k])
    if not fall > 0:
        return None
    moment = float(time[k - 1] + (time[k] - time[k - 1]) * above[k - 1] / fall)
    return moment if len(outside) or moment <= time[-1] * (1 + _AHEAD) else None


def _left(diagram: BlockDiagram, output: str, domain: Domain, run: Waveforms) -> SynthesisError:
    low, high = _reach(domain, run)
    text, moment = _written(diagram, domain.signal), _first(domain, run)
    at = f"at t = {run.time[-1] if moment is None else moment:.4g} model units"
    if high <= domain.low or low >= domain.high:
        bound, side = (domain.low, "above") if high <= domain.low else (domain.high, "below")
        does = f"is never {side} {bound:.4g}"
    elif 0.0 in (domain.low, domain.high):
        does = f"crosses zero {at}"
    else:
        does = f"leaves {domain.low:.4g} to {domain.high:.4g} {at}"
    return SynthesisError(
        f"'{text}' {does}: {_what(domain, text)} is not defined there",
        where=f"equation of '{diagram.equation_of(output)}'",
        hint=domain.hint,
    )


def _what(domain: Domain, text: str) -> str:
    """What is not defined, with the signal as people write it."""
    return domain.what.replace(str(domain.signal), text)


def _written(diagram: BlockDiagram, signal: Any) -> str:
    """A signal as people write it: an internal one by what it stands for."""
    internal = {
        each.symbol: each.expression
        for each in diagram.read_back.definitions
        if name_of(each.symbol) in diagram.system.internal
    }
    text = signal
    for _ in range(4):
        text = text.xreplace(internal)
    shown = str(text)
    return shown if len(shown) <= _SHOWN else str(signal)
