"""Trimming: what is left of a multiplier's offsets, and that nothing else changes."""

from __future__ import annotations

import pytest

from vle_analog.circuit.elements import Instance
from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.errors import UsageError
from vle_analog.production.offsets import scattered
from vle_analog.production.trimming import TRIMMED, trimmed
from vle_analog.tasks import TASKS

#: cells that are multipliers, or hold one
MULTIPLIERS = ("multiplier", "divider")


def test_offsets_fall_below_half_a_step_and_all_else_stays() -> None:
    ready = design(TASKS["chain"]("gle", None, 80, 0), Build(fidelity="macromodel"))
    circuit = scattered(ready.circuit, 0)
    number, names = 0, {kind.removeprefix("multiplier.") for kind in TRIMMED}
    for before, after in zip(circuit.elements(), trimmed(circuit, 1e-4).elements(), strict=True):
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
    circuit = design(TASKS["chain"]("gle", None, 80, 0)).circuit
    with pytest.raises(UsageError, match="step of trimmers"):
        trimmed(circuit, step)
