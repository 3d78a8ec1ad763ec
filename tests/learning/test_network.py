"""Networks against the GLE and VLE equations, written out in plain numpy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vle_analog.equations.assembly import Equations
from vle_analog.equations.checks import check
from vle_analog.equations.resolve import resolve, start_values
from vle_analog.equations.system import EquationSystem, Input, evaluate, indices_of, name_of, shape_of
from vle_analog.errors import UsageError
from vle_analog.learning.layers import Layer
from vle_analog.learning.learned import PlasticEquations
from vle_analog.learning.network import forward, learning
from vle_analog.learning.plasticity import Plasticity
from vle_analog.reference.integrator import Integrator
from vle_analog.stimulus import Constant

Array = NDArray[np.float64]

SIZES = (1, 3, 2, 1)


@dataclass
class Numbers:
    """One network's constants, as arrays of full shape: w[l] is (size, size below)."""

    tau_m: list[Array]
    tau_r: list[Array]
    w: list[Array]
    b: list[Array | None]
    activations: list[str]
    learn_tau: list[bool]
    plasticity: Plasticity
    x: float
    target: float
    gate: float


def draw(seed: int, rule: str, learn_tau: bool, top: str, gate: float = 1.0) -> Numbers:
    rng = np.random.default_rng(seed)
    layers = len(SIZES) - 1
    return Numbers(
        [rng.uniform(0.3, 3, n) for n in SIZES[1:]],
        [rng.uniform(0.05, 0.5, n) for n in SIZES[1:]],
        [rng.normal(size=(n, below)) for below, n in pairwise(SIZES)],
        [rng.normal(size=n) if rng.random() < 0.6 else None for n in SIZES[1:]],
        [str(rng.choice(["tanh", "softplus", "linear"])) for _ in range(layers - 1)] + [top],
        [learn_tau and bool(rng.random() < 0.7 or layer == 0) for layer in range(layers)],
        Plasticity(rule, 0.13, 0.07, 0.05, 0.02, beta=0.8, tau_limits=(0.5, 2.0), wall=20.0),
        float(rng.normal()),
        float(rng.normal()),
        gate,
    )


def system(numbers: Numbers, fixed: Sequence[int] = ()) -> EquationSystem:
    """The network; layers of these numbers have fixed weights and biases."""
    layers = [
        Layer(n, w, tau_m, activation, tau_r, b, learn)
        for n, w, tau_m, activation, tau_r, b, learn in zip(
            SIZES[1:],
            numbers.w,
            numbers.tau_m,
            numbers.activations,
            numbers.tau_r,
            numbers.b,
            numbers.learn_tau,
            strict=True,
        )
    ]
    # the top layer is one neuron: give its time constants as plain numbers
    layers[-1] = Layer(
        1,
        layers[-1].weights,
        float(numbers.tau_m[-1][0]),
        layers[-1].activation,
        float(numbers.tau_r[-1][0]),
        layers[-1].bias,
        layers[-1].learn_tau,
    )
    layers = [replace(layer, learn=number not in fixed) for number, layer in enumerate(layers, 1)]
    x, target, gate = sp.symbols("x target gate")
    equations = PlasticEquations(gate=gate)
    learning(equations, forward(equations, layers, x), target, numbers.plasticity)
    inputs = [(x, numbers.x, False), (target, numbers.target, False), (gate, numbers.gate, True)]
    return EquationSystem(
        "net",
        tuple(equations.states),
        tuple(equations.definitions),
        tuple(Input(symbol, Constant(value), is_gate) for symbol, value, is_gate in inputs),
        tuple(equations.parameters),
    )


PHI = {
    "tanh": (np.tanh, lambda m: 1 / np.cosh(m) ** 2),
    "softplus": (lambda m: np.log(1 + np.exp(m)), lambda m: 1 / (1 + np.exp(-m))),
    "linear": (lambda m: m, lambda m: np.ones_like(m)),
}


def theory(numbers: Numbers, y: dict[str, Array]) -> dict[str, Array]:
    """dy/dt from the published equations, not from the package's code; y holds arrays of full shape by name."""
    rule, eta = numbers.plasticity.rule, numbers.plasticity.eta
    count = len(SIZES) - 1
    rates: dict[str, Array] = {}
    r, m, udot, tau = [np.array([numbers.x])], [], [], []
    for layer in range(count):
        l = layer + 1
        u, w = y[f"u{l}"], y[f"w{l}"]
        tau.append(1 / y[f"g{l}"] if numbers.learn_tau[layer] else numbers.tau_m[layer])
        drive = w @ r[-1]
        if numbers.b[layer] is not None:
            drive = drive + y[f"b{l}"]
        udot.append((drive - u) / tau[layer])
        m.append(u + numbers.tau_r[layer] * udot[layer])  # D+ with tau_r
        r.append(PHI[numbers.activations[layer]][0](m[layer]))
        rates[f"u{l}"] = udot[layer]
    e = [np.zeros(0)] * count
    for layer in reversed(range(count)):
        l = layer + 1
        slope = PHI[numbers.activations[layer]][1](m[layer])
        if layer == count - 1:
            p = slope * numbers.plasticity.beta * (numbers.target - r[-1])
        else:
            p = slope * (y[f"w{l + 1}"].T @ e[layer + 1])
        if rule == "bp":
            e[layer] = p
            continue
        v, tau_m = y[f"v{l}"], tau[layer]
        vdot = (p - v) / numbers.tau_r[layer]
        rates[f"v{l}"] = vdot
        if rule == "gle":
            e[layer] = v + tau_m * vdot
            continue
        ka, kb = y[f"ka{l}"], y[f"kb{l}"]
        e[layer] = ka * v + kb * vdot
        # R = (2 I- - 1) I- on v and on tau_m dv/dt; target D-_{tau_r} I- I- p, all I- of tau_m
        f, h, once, twice = y[f"f{l}"], y[f"h{l}"], y[f"pf{l}"], y[f"pff{l}"]
        rates[f"f{l}"] = (v - f) / tau_m
        rates[f"h{l}"] = (f - h) / tau_m
        rates[f"pf{l}"] = (p - once) / tau_m
        rates[f"pff{l}"] = (once - twice) / tau_m
        filtered = twice - numbers.tau_r[layer] * rates[f"pff{l}"]
        r_v = 2 * h - f
        # tau_m d/dt of R v, with tau_m df/dt = v - f and tau_m dh/dt = f - h
        r_vdot = 2 * (f - h) - (v - f)
        miss = filtered - ka * r_v - (kb / tau_m) * r_vdot
        rate = numbers.gate * numbers.plasticity.eta_backward / numbers.plasticity.power
        rates[f"ka{l}"] = rate * miss * r_v
        rates[f"kb{l}"] = rate * numbers.tau_m[layer] * miss * r_vdot  # d(kb/tau_m)/dt, tau_m at its start
    low, high = (1 / limit for limit in numbers.plasticity.tau_limits[::-1])
    for layer in range(count):
        l = layer + 1
        rates[f"w{l}"] = numbers.gate * eta * np.outer(e[layer], r[layer])
        if numbers.b[layer] is not None:
            rates[f"b{l}"] = numbers.gate * eta * e[layer]
        if numbers.learn_tau[layer]:
            g = y[f"g{l}"]
            beyond = np.where(g > high, g - high, np.where(g < low, g - low, 0.0))
            rates[f"g{l}"] = (
                numbers.gate * numbers.plasticity.eta_tau * e[layer] * udot[layer] - numbers.plasticity.wall * beyond
            )
    return rates


def full(name: str, flat: Array) -> Array:
    layer = int(name[-1])
    n, below = SIZES[layer], SIZES[layer - 1]
    return flat.reshape(n, below) if name.startswith("w") else flat.reshape(n)


def rates(explicit: EquationSystem, y: Mapping[str, Array]) -> dict[str, Array]:
    """The states' derivatives at time zero, by numpy: what a network's equations say needs no compiled code.

    Args:
        explicit: a resolved system.
        y: its states; all may carry one leading axis more.
    """
    values: dict[str, Array] = {**explicit.constants, **y}
    for each in explicit.inputs:
        now = [stimulus(np.zeros(1))[0] for stimulus in each.stimuli]
        values[name_of(each.symbol)] = np.reshape(now, shape_of(each.symbol))
    for definition in explicit.definitions:
        values[name_of(definition.symbol)] = evaluate(definition.expression, indices_of(definition.symbol), values)
    return {
        name_of(state.symbol): evaluate(state.derivative, indices_of(state.symbol), values) for state in explicit.states
    }


def drawn(explicit: EquationSystem, draw: Callable[[tuple[int, ...]], Array], *leading: int) -> dict[str, Array]:
    return {name_of(state.symbol): draw((*leading, *shape_of(state.symbol))) for state in explicit.states}


def compare(numbers: Numbers, seed: int, states: int = 3) -> None:
    explicit = resolve(system(numbers))
    rng = np.random.default_rng(seed + 1)
    y = drawn(explicit, lambda shape: rng.normal(size=shape), states)
    for name, values in y.items():
        if name[0] == "g":  # conductances are positive; some lie beyond their walls (0.5 and 2)
            values[:] = rng.uniform(0.2, 3.0, values.shape)
    found = rates(explicit, y)
    for k in range(states):
        wanted = theory(numbers, {name: full(name, values[k]) for name, values in y.items()})
        assert set(wanted) == set(y)
        for name in y:
            np.testing.assert_allclose(full(name, found[name][k]), wanted[name], rtol=1e-9, atol=1e-10, err_msg=name)


@pytest.mark.parametrize("rule, learn_tau, top", list(product(["bp", "gle", "vle"], [False, True], ["linear", "tanh"])))
def test_derivatives_are_those_of_the_theory(rule: str, learn_tau: bool, top: str) -> None:
    compare(draw(1, rule, learn_tau, top), seed=1)


@settings(max_examples=5)
@given(
    st.integers(0, 10_000),
    st.sampled_from(["bp", "gle", "vle"]),
    st.booleans(),
    st.sampled_from(["linear", "tanh", "softplus"]),
)
def test_derivatives_of_any_network_are_those_of_the_theory(seed: int, rule: str, learn_tau: bool, top: str) -> None:
    compare(draw(seed, rule, learn_tau, top), seed, states=2)


def test_gate_off_stops_all_plasticity_and_nothing_else() -> None:
    numbers = draw(5, "vle", True, "tanh", gate=0.0)
    compare(numbers, 5)
    explicit = resolve(system(numbers))
    integrator = Integrator(explicit)
    y = np.random.default_rng(0).uniform(0.6, 1.9, integrator.layout.lengths["y"])  # g inside its walls
    rates = integrator.rates(y, 0.0)
    for state in explicit.states:
        name = name_of(state.symbol)
        part = rates[integrator.layout.span(name)]
        assert np.all(part == 0) == (name[:-1] in {"w", "b", "g", "ka", "kb"}), name


@pytest.mark.parametrize(
    ("fixed", "learn_tau"), [((1,), False), ((1,), True), ((2, 3), False), ((2, 3), True), ((1, 2, 3), True)]
)
@pytest.mark.parametrize("rule", ["gle", "vle"])
def test_fixed_layers_are_parameters_and_all_else_is_as_if_they_learned(
    rule: str, fixed: tuple[int, ...], learn_tau: bool
) -> None:
    numbers = draw(4, rule, learn_tau, "tanh")
    whole, part = (resolve(system(numbers, which)) for which in ((), fixed))
    check(system(numbers, fixed))
    rng = np.random.default_rng(0)
    y = drawn(whole, lambda shape: rng.uniform(0.6, 1.9, shape))
    held = [name for name in y if name[0] in "wb" and int(name[1:]) in fixed]
    assert held
    for name in held:
        y[name] = part.constants[name]
    expected = rates(whole, y)
    found = rates(part, {name: values for name, values in y.items() if name not in held})
    assert found.keys() == expected.keys() - {*held}
    for name, values in found.items():
        np.testing.assert_allclose(values, expected[name], rtol=1e-12, err_msg=name)
    start = start_values(whole)
    for name in held:
        np.testing.assert_array_equal(part.constants[name], start[name])


def test_a_network_that_learns_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="no layer of the network learns"):
        system(draw(4, "gle", False, "tanh"), fixed=(1, 2, 3))


def test_initial_values_are_the_layers() -> None:
    numbers = draw(2, "vle", True, "linear")
    at = {name: values.ravel() for name, values in start_values(resolve(system(numbers))).items()}
    for layer in range(3):
        l = layer + 1
        np.testing.assert_array_equal(full(f"w{l}", at[f"w{l}"]), numbers.w[layer])
        np.testing.assert_array_equal(at[f"u{l}"], 0)
        np.testing.assert_array_equal(at[f"ka{l}"], 1)  # gle's coefficients: a = 1, b = tau_m
        np.testing.assert_array_equal(at[f"kb{l}"], numbers.tau_m[layer])
        if numbers.b[layer] is not None:
            np.testing.assert_array_equal(at[f"b{l}"], numbers.b[layer])
        if numbers.learn_tau[layer]:
            np.testing.assert_allclose(at[f"g{l}"], 1 / numbers.tau_m[layer])


def test_vle_starts_as_gle() -> None:
    """With a = 1, b = tau_m, both rules have the same errors, hence the same weight updates."""
    found = {}
    for rule in ("gle", "vle"):
        explicit = resolve(system(draw(3, rule, False, "linear")))
        start = start_values(explicit)
        y = {name_of(state.symbol): start[name_of(state.symbol)].copy() for state in explicit.states}
        for name in ("u1", "u2", "u3", "v1", "v2", "v3"):
            y[name][...] = np.random.default_rng(ord(name[0]) + int(name[1])).normal(size=1)
        found[rule] = rates(explicit, y)
    for name in ("w1", "w2", "w3", "v1", "v2"):
        np.testing.assert_allclose(found["vle"][name], found["gle"][name], rtol=1e-12, err_msg=name)


def test_a_layer_of_one_drops_its_index() -> None:
    symbols = system(draw(1, "vle", False, "linear")).symbols
    shapes = {name: len(getattr(symbols[name], "indices", ())) for name in ("u1", "w1", "w2", "w3", "u3", "e3", "ka3")}
    assert shapes == {"u1": 1, "w1": 1, "w2": 2, "w3": 1, "u3": 0, "e3": 0, "ka3": 0}


def test_number_of_equations_does_not_depend_on_the_width() -> None:
    def equations(width: int) -> int:
        found = PlasticEquations()
        layers = [Layer(width, np.ones(width), 1.0), Layer(1, np.ones(width), 1.0, "linear")]
        learning(found, forward(found, layers, sp.Symbol("x")), sp.Symbol("y"), Plasticity())
        return len(found.states) + len(found.definitions)

    assert equations(2) == equations(50)


@pytest.mark.parametrize("rule", ["bp", "gle", "vle"])
def test_networks_pass_the_checks(rule: str) -> None:
    check(system(draw(1, rule, True, "linear")))


def test_unknown_rule() -> None:
    with pytest.raises(UsageError, match="unknown rule 'gel'") as caught:
        Plasticity("gel")
    assert caught.value.hint == "did you mean 'gle'? (or name a .py file)"


def test_unknown_activation() -> None:
    with pytest.raises(UsageError, match="unknown activation 'tan'") as caught:
        forward(Equations(), [Layer(1, 1.0, 1.0, "tan")], sp.Symbol("x"))
    assert "tanh" in str(caught.value.hint)
