"""The complex signal and temporal XOR: data, measures and ideal learning."""

from __future__ import annotations

import numpy as np
import pytest

from vle_analog.compare import frozen_loss
from vle_analog.diagram.diagram import differences
from vle_analog.equations.checks import check
from vle_analog.equations.resolve import resolve
from vle_analog.equations.system import instance_names
from vle_analog.errors import UsageError
from vle_analog.learning.rules import RULES
from vle_analog.reference.integrator import Integrator
from vle_analog.reference.tableau import EULER
from vle_analog.synthesis.lower import lower
from vle_analog.tasks import TASKS, complex_signal, temporal_xor

BUILDERS = [complex_signal, temporal_xor]


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_task_is_a_checked_system_that_lowers_to_itself(build, rule: str) -> None:  # type: ignore[no-untyped-def]
    task = build(rule, span=200.0)
    check(task.system)
    diagram = lower(task.system)
    assert differences(diagram.system, diagram.read_back) == []
    symbols = diagram.system.symbols
    probed = {name for probe in task.system.probes for name in instance_names(symbols[probe])}
    assert probed == {"r3", "target", *task.learning.parameters}


@pytest.mark.parametrize("build", BUILDERS)
def test_seeds_make_different_networks_and_the_same_seed_the_same(build) -> None:  # type: ignore[no-untyped-def]
    def start(seed: int) -> np.ndarray:
        states = build("gle", span=200.0, seed=seed).system.states
        return np.ravel(next(state.initial for state in states if str(state.symbol) == "w1[n1]"))

    assert (start(0) == start(0)).all() and not np.allclose(start(0), start(1))


def test_the_complex_signal_has_unit_variance() -> None:
    stimulus = next(each.stimulus for each in complex_signal().system.inputs if not each.gate)
    assert np.var(stimulus(np.linspace(0, 2000, 400_001))) == pytest.approx(1.0, abs=0.02)


def test_the_xor_target_is_the_product_of_the_previous_two_bits() -> None:
    task = temporal_xor("bp", span=400.0)
    x, target = (each.stimulus for each in task.system.inputs if not each.gate)
    read = 2.0 * np.arange(200) + 1.0  # the middle of each bit
    bits, wanted = np.sign(x(read)), np.sign(target(read))
    assert (wanted[2:] == bits[1:-1] * bits[:-2]).all()
    time = np.linspace(0, 400, 40_001)
    assert task.answers is not None
    assert task.answers.right(time, target(time)) == 1.0
    assert task.answers.right(time, -target(time)) == 0.0


def test_vle_learns_the_complex_signal() -> None:
    """Frozen loss over the target's variance after 5,000 units; seed 1, measured 0.0056."""
    task = complex_signal("vle", seed=1)
    waveforms = Integrator(resolve(task.system), EULER).run(task.step).waveforms
    windows = task.learning.initial_window, task.learning.final_window
    before, after = (frozen_loss(waveforms, "r3", "target", *window) for window in windows)
    assert after / np.var(waveforms["target"]) < 0.02
    assert after < 0.1 * before


@pytest.mark.parametrize(("name", "least"), [("complex_signal", 100), ("temporal_xor", 100)])
def test_too_short_a_span_is_refused(name: str, least: int) -> None:
    with pytest.raises(UsageError, match=f"at least {least}"):
        TASKS[name]("vle", None, least - 1.0, 0)


def test_vle_names_a_variant_and_all_rules_have_the_same_synapses() -> None:
    for name in ("complex_signal", "temporal_xor", "xor_small"):
        favourite = TASKS[name]("vle").plasticity
        assert favourite.rule == "vle1" and favourite.eligibility
        assert all(TASKS[name](rule).plasticity.eligibility for rule in ("bp", "gle", "vle1", "vle3"))
        assert TASKS[name]("vle3").plasticity.rule == "vle3"
        assert not TASKS[name]("gle", eligibility=False).plasticity.eligibility
    assert not any(TASKS["chain"](rule).plasticity.eligibility for rule in ("bp", "gle", "vle"))
