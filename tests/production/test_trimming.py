"""Trimming: what is left of a multiplier's offsets, and that nothing else changes."""

from __future__ import annotations

import pytest

from vle_analog.circuit.elements import Instance
from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.errors import UsageError
from vle_analog.production.devices import errors
from vle_analog.production.offsets import scattered
from vle_analog.production.trimming import PINS, Trim, trimmed
from vle_analog.tasks import TASKS

#: cells that are multipliers, or hold one
MULTIPLIERS = ("multiplier", "divider")


def test_offsets_fall_below_half_a_step_and_all_else_stays() -> None:
    ready = design(TASKS["chain"]("gle", None, 80, 0), Build(fidelity="macromodel"))
    circuit = scattered(ready.circuit, 0)
    number, names = 0, set(PINS["multiplier"].values())
    for before, after in zip(circuit.elements(), trimmed(circuit, Trim.of(1e-4)).elements(), strict=True):
        if not (
            isinstance(before, Instance) and isinstance(after, Instance) and before.cell in ("multiplier", "divider")
        ):
            assert before == after
            continue
        old, new = dict(before.parameters), dict(after.parameters)
        assert {name: value for name, value in new.items() if name not in names} == {
            name: value for name, value in old.items() if name not in names
        }
        for name in names:
            assert abs(new[name]) <= 0.5e-4 * (1 + 1e-9)
            steps = (old[name] - new[name]) / 1e-4
            assert steps == pytest.approx(round(steps), abs=1e-6)
            number += abs(old[name]) > 1e-4
    assert number > 20  # there was something to trim


@pytest.mark.parametrize("step", [0.0, -1e-3, float("nan"), float("inf")])
def test_a_step_is_positive(step: float) -> None:
    with pytest.raises(UsageError, match="must be a positive voltage"):
        Trim.of(step)


X, Y, Z, P = "multiplier.XOS", "multiplier.YOS", "multiplier.ZOS", "opamp.VOS"


@pytest.mark.parametrize(
    ("text", "steps", "written"),
    [
        ("1e-4", {X: 1e-4, Y: 1e-4, Z: 1e-4}, "0.0001"),
        ("multiplier=1", {X: 1, Y: 1, Z: 1}, "1"),
        ("z=1e-3", {Z: 1e-3}, "multiplier.z=0.001"),
        ("opamp=1e-5, multiplier.z=1e-3", {Z: 1e-3, P: 1e-5}, "multiplier.z=0.001,opamp.inp=1e-05"),
        ("1e-3,x=1e-4", {X: 1e-4, Y: 1e-3, Z: 1e-3}, "multiplier.x=0.0001,multiplier.y=0.001,multiplier.z=0.001"),
        ("x=2,multiplier=1", {X: 1, Y: 1, Z: 1}, "1"),
    ],
)
def test_trimmers_are_said_by_role_and_pin(text: str, steps: dict[str, float], written: str) -> None:
    trim = Trim.parse(text)
    assert dict(trim.steps) == steps and str(trim) == written
    assert Trim.parse(str(trim)) == trim


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ("w=1e-3", "there is no pin 'w'", "z"),
        ("multipler.z=1e-3", "there is no pin 'multipler.z'", "multiplier.z"),
        ("=1e-3", "there is no pin ''", ""),
        ("z=", "'' is no voltage", "trim=1e-4"),
        ("z=1m", "'1m' is no voltage", ""),
        ("", "'' is no voltage", ""),
        ("1e-3,", "'' is no voltage", ""),
        ("z=nan", "must be a positive voltage", ""),
    ],
)
def test_what_is_no_trimmer(text: str, what: str, hint: str) -> None:
    with pytest.raises(UsageError) as refused:
        Trim.parse(text)
    assert what in refused.value.what and hint in (refused.value.hint or "")


def test_only_what_is_named_is_nulled() -> None:
    """Of a learning chain: multipliers' outputs and op-amps; all other errors are as they were drawn."""
    circuit = scattered(design(TASKS["chain"]("gle", None, 80, 0), Build(fidelity="macromodel")).circuit, 0)
    steps = {Z: 1e-3, P: 1e-5}
    before, after = errors(circuit), errors(trimmed(circuit, Trim(tuple(steps.items()))))
    told = set()
    for name, (kind, value) in after.items():
        if kind not in steps:
            assert value == before[name][1]
            continue
        told.add(kind)
        assert abs(value) <= 0.5 * steps[kind] * (1 + 1e-9)
        assert (before[name][1] - value) / steps[kind] == pytest.approx(round((before[name][1] - value) / steps[kind]))
    assert told == steps.keys()
