"""Deviations across events, by saltation, held against boards whose parts err by as much."""

from __future__ import annotations

import numpy as np
import pytest

import vle_analog as va
from vle_analog.circuit.circuit import Circuit
from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.engine.anatomy import dissected
from vle_analog.engine.engine import Engine
from vle_analog.equations.system import EquationSystem
from vle_analog.production.devices import with_errors
from vle_analog.studies.margins.cause import Cause
from vle_analog.studies.margins.path import along, single_errors
from vle_analog.studies.margins.signals import activities

#: a ball that bounces, and a state that falls to a threshold, which another one moves: one is set, one is not
BALL = va.system("ball", h="v", v="-9.81", initial={"h": 1.0, "v": 0.0}, unit=0.02, span=2.0,
                 events={"bounce": ("h < 0", {"v": "-0.8*v"})})  # fmt: skip
FIRES = va.system("fires", x="1 - 0.4*x + 0.3*z", z="x - z - 0.5", initial={"x": 0.0, "z": 0.0}, unit=0.02, span=6.0,
                  events={"fire": ("x > 1.2 + 0.5*z", {"x": "0.3*z", "z": "z + 0.2"})})  # fmt: skip


def far(time: np.ndarray, moments: np.ndarray, width: float) -> np.ndarray:
    return np.asarray(np.min(np.abs(time[:, None] - moments[None, :]), axis=1) > width)


@pytest.mark.parametrize(("given", "event", "least"), [(BALL, "bounce", 3), (FIRES, "fire", 3)])
def test_parts_do_what_is_foretold(given: EquationSystem, event: str, least: int) -> None:
    ready = design(given, Build(fidelity="macromodel"))
    values = dissected(ready.nominal)[1].values
    errors = list(single_errors(ready.nominal, values, {}, 0.2, None))  # far from where they add up otherwise
    _, walk = along(ready, activities(ready, ready.technology.reference), dissected(ready.nominal)[0], values, errors)
    stretches = list(walk.stretches(ready.bench.probes))
    time = np.concatenate([each.time for each in stretches])
    foretold = np.concatenate([each.deviations for each in stretches])

    moments = ready.reference.solution.events[event]
    assert len(moments) >= least
    boards = [ready.nominal, *(with_error(ready.nominal, cause) for cause, _ in errors)]
    heard = Engine(boards, given.span / 20_000, ready.bench.probes).advance(given.span, given.span / 20_000)
    ideal = ready.reference.solution.judged()
    grid = np.linspace(0.01, 0.99, 500) * given.span
    grid = grid[far(grid, moments, 0.03 * given.span)]
    fixed = len(walk.causes)
    for number, name in enumerate(ready.bench.probes):
        volts = ready.nominal.volts_per_unit[name]
        own = (
            np.stack([np.interp(grid, heard.time, heard.signals[name][board]) for board in range(len(boards))]) * volts
        )
        said = np.stack([np.interp(grid, time, foretold[:, number, place]) for place in range(foretold.shape[2])])
        nominal = own[0] - np.interp(grid, ideal.time, ideal[name]) * volts
        whole = said[:fixed].sum(axis=0)
        assert rms(nominal - whole) <= 0.1 * rms(nominal)
        for place, (cause, _) in enumerate(errors, 1):
            made, wanted = own[place] - own[0], said[fixed + place - 1]
            assert rms(made - wanted) <= 0.1 * rms(made) + 1e-6, f"{name}: {cause}"


def with_error(circuit: Circuit, cause: Cause) -> Circuit:
    name = f"X{cause.owner}.{cause.parameter}"
    return with_errors(circuit, lambda error: 0.2 * error.spread.sigma if error.name == name else None)


def rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values**2)))
