"""Own feedback weights: they find the forward weights, the gate stops them, and they are circuits."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import sympy as sp
from numpy.typing import NDArray
from scipy.signal import lfilter

from vle_analog.circuit.elements import Drive
from vle_analog.equations.checks import check
from vle_analog.equations.resolve import resolve
from vle_analog.equations.system import EquationSystem, Input, instance_names, name_of
from vle_analog.equations.templates import equal
from vle_analog.errors import UsageError
from vle_analog.learning.feedback import ECHO, FEEDBACKS, echo, feedback_of
from vle_analog.learning.layers import Layer
from vle_analog.learning.learned import Kind, PlasticEquations
from vle_analog.learning.network import forward, learning
from vle_analog.learning.plasticity import Plasticity
from vle_analog.learning.rules import RULES
from vle_analog.lesson.alignment import cosine
from vle_analog.reference.integrator import Integrator
from vle_analog.sequences import Held
from vle_analog.stimulus import Constant, Gate, Sines, Stimulus
from vle_analog.studies.run.study import run

Array = NDArray[np.float64]

#: feedback with weights of its own; of these what learns from noise
OWN = tuple(name for name in FEEDBACKS if name != "transpose")
NOISY = ("noise", "pal")


def network(
    plasticity: Plasticity,
    sizes: tuple[int, ...] = (1, 4, 3, 1),
    gate: Stimulus | None = None,
    span: float = 1.0,
    fixed: tuple[int, ...] = (),
) -> EquationSystem:
    """A tanh network with a linear top, seven sines in and one sine to follow; the gate is open unless given.

    Layers of the numbers in ``fixed`` have fixed weights.
    """
    rng = np.random.default_rng(3)
    layers = [
        Layer(n, rng.normal(0, 1.2 / np.sqrt(below), (n, below)), np.geomspace(0.3, 2, n), bias=np.zeros(n))
        for below, n in pairwise(sizes[:-1])
    ]
    layers.append(Layer(1, rng.normal(0, 1, (1, sizes[-2])), 0.5, "linear"))
    layers = [replace(layer, learn=number not in fixed) for number, layer in enumerate(layers, 1)]
    x, target, open_ = sp.symbols("x target gate")
    equations = PlasticEquations(gate=open_)
    neurons = forward(equations, layers, x, feedback=feedback_of(equations, plasticity))
    learning(equations, neurons, target, plasticity)
    inputs = [
        Input(x, Sines((0.5,) * 7, tuple(np.geomspace(0.05, 1, 7)), tuple(rng.uniform(0, 6, 7)))),
        Input(target, Sines((1.0,), (0.11,), (0.4,))),
        Input(open_, gate or Constant(1.0), gate=True),
        *equations.inputs,
    ]
    return EquationSystem(
        "net",
        tuple(equations.states),
        tuple(equations.definitions),
        tuple(inputs),
        tuple(equations.parameters),
        outputs=tuple(each.name for each in equations.learned if each.kind is not Kind.ERROR_COEFFICIENT),
        span=span,
    )


def traces(system: EquationSystem, step: float = 0.05) -> tuple[Array, dict[str, Array]]:
    """Time, and every output of shape (instances, times)."""
    waves = Integrator(resolve(system)).run(step, samples=2000).waveforms
    return waves.time, {
        name: np.stack([waves[instance] for instance in instance_names(system.symbols[name])])
        for name in system.outputs
    }


@pytest.mark.parametrize("rule", ["bp", "vle3"])
def test_mirrored_weights_approach_the_forward_weights_whatever_the_errors_do(rule: str) -> None:
    decay = 0.02
    time, found = traces(network(Plasticity(rule, eta=0.1, feedback="mirror", decay=decay), span=100.0))
    for number in (2, 3):
        w, back = found[f"w{number}"], found[f"back{number}"]
        assert np.ptp(w, axis=1).max() > 0.1  # something is learned meanwhile
        apart = (back - w)[:, :1] * np.exp(-decay * time)
        np.testing.assert_allclose(back - w, apart, atol=1e-6)
        assert np.abs(apart[:, 0]).min() > 1e-3


def test_weights_are_found_from_noise() -> None:
    """A standing network: from five time constants on back is w, without a bias."""
    plasticity = Plasticity("gle", eta=1e-9, feedback="noise", noise=0.1, noise_hold=0.1)
    time, found = traces(network(plasticity, span=10_000.0), step=0.05)
    settled = time > 5 / plasticity.noise_rate
    ratios = []
    for number in (2, 3):
        w, back = found[f"w{number}"][:, -1], found[f"back{number}"]
        start, late = np.corrcoef(w, back[:, 0])[0, 1], [np.corrcoef(w, each)[0, 1] for each in back[:, settled].T]
        assert start < 0.9 and min(late) > 0.95, number
        ratios.append(back[:, settled].mean(axis=1) @ w / (w @ w))
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.05)
    assert ratios == pytest.approx([1.0, 1.0], abs=0.05)


def test_weights_are_found_from_rates() -> None:
    """A standing network: from little alignment back comes to w times the mean slope above, which is 1 at the top."""
    plasticity = Plasticity("gle", eta=1e-9, feedback="pal", noise=0.1, noise_hold=0.1)
    time, found = traces(network(plasticity, span=4_000.0), step=0.05)
    settled = time > 4 / plasticity.noise_rate
    for number, least in ((2, 0.8), (3, 0.99)):
        w, back = found[f"w{number}"][:, -1], found[f"back{number}"]
        assert cosine(w, back[:, 0]) < 0.5 and cosine(w, back[:, settled].mean(axis=1)) > least, number
    assert back[:, settled].mean(axis=1) @ w / (w @ w) == pytest.approx(1.0, abs=0.05)


def test_what_of_a_noise_arrives_in_a_rate() -> None:
    """The formula against a noise that runs through the filters; of a neuron that looks all ahead it is the drive's."""
    hold, h = 0.2, 2e-3
    xi = Held(1.0, hold, 7)(h * np.arange(1_500_000))

    def behind(x: Array, tau: float) -> Array:
        share = math.exp(-h / tau)
        return lfilter([1 - share], [1, -share], x)

    for tau_m, tau_r in ((0.2, 0.1), (0.5, 0.1), (2.0, 0.05)):
        m = xi * tau_r / tau_m + (1 - tau_r / tau_m) * behind(xi, tau_m)
        assert np.mean(xi * (m - behind(m, hold))) == pytest.approx(echo(hold, tau_m, tau_r), rel=0.03)
    assert echo(hold, 0.7, 0.7) == pytest.approx(ECHO)


@pytest.mark.parametrize("feedback", FEEDBACKS)
def test_gate_off_stops_all_of_it(feedback: str) -> None:
    system = network(Plasticity("vle", feedback=feedback), gate=Constant(0.0), span=20.0)
    _, found = traces(system)
    assert all(np.ptp(each, axis=1).max() == 0 for each in found.values())
    quiet = Integrator(resolve(network(Plasticity("vle"), gate=Constant(0.0), span=20.0))).run(0.05, record=["r3"])
    noisy = Integrator(resolve(system)).run(0.05, record=["r3"])
    time = quiet.waveforms.time
    np.testing.assert_allclose(noisy.waveforms.at(time)["r3"], quiet.waveforms["r3"], atol=1e-3)


@pytest.mark.parametrize("feedback", FEEDBACKS)
@pytest.mark.parametrize("rule", RULES)
def test_every_rule_takes_every_feedback(rule: str, feedback: str) -> None:
    system = network(Plasticity(rule, feedback=feedback))
    for each in (system, network(Plasticity(rule, feedback=feedback), (1, 1, 1))):
        check(each)
    carried = {name_of(each.symbol): each.expression for each in system.definitions}
    weights = "w" if feedback == "transpose" else "back"
    for number in (1, 2):
        names = {str(each.base) for each in carried[f"p{number}"].atoms(sp.Indexed)}
        assert f"{weights}{number + 1}" in names
    assert {name_of(each.symbol) for each in system.inputs} == {"x", "target", "gate"} | (
        {"xi1", "xi2"} if feedback in NOISY else set()
    )


@pytest.mark.parametrize("feedback", OWN)
def test_errors_pass_down_through_fixed_weights_themselves(feedback: str) -> None:
    system = network(Plasticity("vle", feedback=feedback), fixed=(3,))
    check(system)
    carried = {name_of(each.symbol): each.expression for each in system.definitions}
    names = [{str(each.base) for each in carried[f"p{number}"].atoms(sp.Indexed)} for number in (1, 2)]
    assert "back2" in names[0] and "w3" in names[1]
    states = {name_of(each.symbol) for each in system.states}
    assert {"w2", "back2"} <= states and not states & {"w3", "back3", "slow3"}
    assert {name_of(each.symbol) for each in system.inputs if name_of(each.symbol)[:2] == "xi"} == (
        {"xi1"} if feedback in NOISY else set()
    )


def test_the_forward_weights_learn_from_what_they_receive() -> None:
    rates = {
        feedback: {name_of(each.symbol): each for each in network(Plasticity("gle", feedback=feedback)).states}
        for feedback in FEEDBACKS
    }
    plain, mirrored, noisy = (rates[feedback]["w2"].derivative for feedback in ("transpose", "mirror", "noise"))
    w2 = rates["mirror"]["w2"].symbol
    assert equal(plain - mirrored, sp.Symbol("gate") * sp.Symbol("decay") * w2)
    (r1,) = (each for each in plain.atoms(sp.Indexed) if name_of(each) == "r1")
    (sent1,) = (each for each in noisy.atoms(sp.Indexed) if name_of(each) == "sent1")
    assert equal(plain.xreplace({r1: sent1}), noisy)
    assert rates["mirror"]["w1"].derivative == rates["transpose"]["w1"].derivative  # nothing goes back to the input


def test_streams_and_starts_follow_from_the_seed() -> None:
    def drawn(seed: int) -> tuple[list[Stimulus], Array]:
        system = network(Plasticity("gle", feedback="noise", feedback_seed=seed))
        streams = [each for group in system.inputs if name_of(group.symbol)[:2] == "xi" for each in group.stimuli]
        (back,) = (np.asarray(each.initial) for each in system.states if name_of(each.symbol) == "back2")
        return streams, back

    streams, back = drawn(0)
    assert len(streams) == 4 + 3 and len({each.seed for each in streams if isinstance(each, Held)}) == 7
    assert drawn(0)[0] == streams and np.array_equal(drawn(0)[1], back)
    assert drawn(1)[0] != streams and not np.array_equal(drawn(1)[1], back)
    (w,) = (each.initial for each in network(Plasticity()).states if name_of(each.symbol) == "w2")
    assert 0.5 < np.std(back) / np.std(np.asarray(w)) < 2 and back.shape == np.shape(w)


@pytest.mark.parametrize("feedback", OWN)
def test_a_small_network_is_a_circuit(feedback: str, ngspice: str) -> None:
    plasticity = Plasticity("vle", eta=0.1, feedback=feedback, decay=0.05, noise_rate=0.05, noise_hold=0.5)
    system = network(plasticity, (1, 2, 1), Gate(2.0, 18.0), span=20.0)
    found = run(system)
    sources = [each.name for each in found.design.circuit.elements() if isinstance(each, Drive)]
    assert sources == ["x", "target", "gate", *(["xi1_0", "xi1_1"] if feedback in NOISY else [])]
    worst = {name: error for name, error in found.comparison.trace_nrmse.items() if name.startswith("back")}
    assert len(worst) == 2 and max(worst.values()) < 1e-3


def test_updates_of_forward_weights_are_low_passed_where_noise_is_in_all_rates() -> None:
    """By the published thousandfold of the noise's time constant, unless there is a trace already."""
    for given, tau in ((None, 1000 * 0.3), (7.0, 7.0)):
        system = network(Plasticity("gle", feedback="pal", noise_hold=0.3, trace=given))
        assert {name_of(each.symbol): each.value for each in system.parameters}["trace"] == tau
    assert not any(name_of(each.symbol) == "trace" for each in network(Plasticity("gle", feedback="noise")).parameters)


def test_errors() -> None:
    with pytest.raises(UsageError, match="unknown feedback 'miror'") as caught:
        Plasticity(feedback="miror")
    assert caught.value.hint == "did you mean 'mirror'?"
    with pytest.raises(UsageError, match="noise_hold must be positive, not 0"):
        Plasticity(feedback="noise", noise_hold=0.0)
    layers = [Layer(2, np.ones((2, 1)), 1.0), Layer(1, np.ones((1, 2)), 1.0, "linear")]
    equations, x, plasticity = PlasticEquations(), sp.Symbol("x"), Plasticity(feedback="noise")
    with pytest.raises(UsageError, match="layer 2 receives no noise") as caught:
        learning(equations, forward(equations, layers, x), sp.Symbol("y"), plasticity)
    assert "forward()" in str(caught.value.hint)
