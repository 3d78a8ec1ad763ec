"""Several streams of data that teach one network; wide networks against narrow ones' code."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from networks import sines, wide_network

from vle_analog.equations.resolve import resolve
from vle_analog.equations.system import EquationSystem, name_of
from vle_analog.errors import UsageError
from vle_analog.learning.learned import Learned
from vle_analog.learning.plasticity import Plasticity
from vle_analog.reference import codegen
from vle_analog.reference.integrator import Integrator
from vle_analog.reference.learners import OnlineLearner
from vle_analog.reference.streams import in_streams
from vle_analog.reference.tableau import EULER

STEP, STEPS = 0.01, 50
RATES = Plasticity("gle", 0.05, trace=2.0)


def played(sizes: tuple[int, ...], count: int) -> list[dict[str, tuple[object, ...]]]:
    return [dict(zip(("x", "target"), sines(sizes, seed), strict=True)) for seed in range(count)]


def alone(system: EquationSystem, stream: dict[str, tuple[object, ...]]) -> EquationSystem:
    """A system under one of the streams."""
    inputs = (
        replace(each, stimulus=stream.get(name_of(each.symbol), each.stimulus))  # type: ignore[arg-type]
        for each in system.inputs
    )
    return resolve(system).updated(inputs=tuple(inputs))


def by_hand(system: EquationSystem, learned: tuple[Learned, ...], streams: list[dict[str, tuple[object, ...]]]):  # type: ignore[no-untyped-def]
    """Weights after some steps: one integrator per stream, and after each step the means of what is learned."""
    runs = [Integrator(alone(system, stream), EULER) for stream in streams]
    states = [run.initial() for run in runs]
    for number in range(STEPS):
        for run, state in zip(runs, states, strict=True):
            state += STEP * run.rates(state, number * STEP)
        for each in learned:
            at = runs[0].layout.span(each.name)
            mean = np.mean([state[at] for state in states], axis=0)
            for state in states:
                state[at] = mean
    return {each.name: states[0][runs[0].layout.span(each.name)] for each in learned}


def test_weights_follow_the_mean_of_what_streams_ask_for() -> None:
    sizes = 1, 4, 2
    system, learned = wide_network(sizes, RATES)
    streams = played(sizes, 3)
    learner = OnlineLearner(in_streams(system, streams, [each.name for each in learned]), learned, STEP)
    learner.advance(STEP * STEPS)
    wanted = by_hand(system, learned, streams)
    for name, value in learner.parameters().items():
        np.testing.assert_allclose(value.ravel(), wanted[name], rtol=0, atol=1e-13)
        start = resolve(system).states[[name_of(each.symbol) for each in resolve(system).states].index(name)].initial
        assert np.max(np.abs(value.ravel() - np.ravel(start))) > 1e-5  # it has learned


def test_no_stream_is_refused() -> None:
    system, learned = wide_network((1, 2, 1), Plasticity("gle", 0.01))
    with pytest.raises(UsageError, match="no stream"):
        in_streams(system, [], [each.name for each in learned])


SIZES = 2, 33, 34, 3


def wide(rule: str, eligibility: bool) -> tuple[Integrator, np.ndarray]:
    """A wide network, and all of its states after some steps."""
    system = resolve(wide_network(SIZES, Plasticity(rule, 0.01, eligibility=eligibility))[0])
    integrator = Integrator(system, EULER)
    state = integrator.initial()
    integrator.march(state, integrator.driving(STEP * np.arange(STEPS + 1)), np.full(STEPS, STEP))
    return integrator, state


def vectors(integrator: Integrator) -> bool:
    """Whether its code is vector code."""
    text = codegen.source(integrator.system, integrator.layout)[0]
    assert ("contraction" in text) is ("fast_of_tanh" in text)
    return "contraction" in text


def by_numpy(integrator: Integrator) -> dict[str, np.ndarray]:
    """Weights after the same steps of gle, as one writes it by hand."""
    c, initial, at = integrator.system.constants, integrator.initial(), integrator.layout.span
    inputs = integrator.driving(STEP * np.arange(STEPS))
    layers = range(1, len(SIZES))
    w = {n: initial[at(f"w{n}")].reshape(SIZES[n], -1) for n in layers}
    b = {n: initial[at(f"b{n}")] for n in layers}
    u, v = ({n: np.zeros(SIZES[n]) for n in layers} for _ in range(2))
    for row in inputs:
        r, du, p = {0: row[at("x")]}, {}, np.zeros(0)
        for n in layers:
            du[n] = (w[n] @ r[n - 1] + b[n] - u[n]) / c[f"tau_m{n}"]
            ahead = u[n] + c[f"tau_r{n}"] * du[n]
            r[n] = np.tanh(ahead) if n < layers[-1] else ahead
        for n in reversed(layers):
            p = c["beta"] * (row[at("target")] - r[n]) if n == layers[-1] else (1 - r[n] ** 2) * p
            dv = (p - v[n]) / c[f"tau_r{n}"]
            e = v[n] + c[f"tau_m{n}"] * dv
            p = w[n].T @ e
            u[n], v[n] = u[n] + STEP * du[n], v[n] + STEP * dv
            w[n], b[n] = w[n] + STEP * c["eta"] * np.outer(e, r[n - 1]), b[n] + STEP * c["eta"] * e
    return {**{f"w{n}": w[n] for n in layers}, **{f"b{n}": b[n] for n in layers}}


def test_vector_code_of_a_wide_network_does_what_its_equations_say() -> None:
    integrator, state = wide("gle", eligibility=False)
    assert vectors(integrator)
    for name, values in by_numpy(integrator).items():
        np.testing.assert_allclose(state[integrator.layout.span(name)], values.ravel(), rtol=0, atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("eligibility", [False, True])
@pytest.mark.parametrize("rule", ["bp", "gle", "vle1", "vle2", "vle3"])
def test_vector_code_of_every_rule_is_what_its_loops_are(
    rule: str, eligibility: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, found = wide(rule, eligibility)
    assert vectors(made)
    monkeypatch.setattr(codegen, "_MANY", 10**9)
    monkeypatch.setattr(codegen, "_WIDE", 10**9)
    made, wanted = wide(rule, eligibility)
    assert not vectors(made)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-12)
