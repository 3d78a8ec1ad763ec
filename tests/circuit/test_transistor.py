"""Cells of transistors against their ideal laws, and what physics adds: temperature, bandwidth, a start from rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from vle_analog.circuit.cell.cell import needed
from vle_analog.circuit.parts import chosen, library
from vle_analog.simulate import Ngspice
from vle_analog.waveforms import Array

#: what every deck of a network has
OPTIONS = "method=trap reltol=1e-4 vntol=1e-5 abstol=1e-9 itl4=100"
ROOM = 300.15  # kelvin, at which the dividers fit
LAWS: dict[str, Callable[[Array], Array]] = {
    "tanh": np.tanh,
    "logistic": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.logaddexp(0.0, x),
}
ROLES = (*LAWS, "multiplier", "opamp")
Simulate = Callable[..., dict[str, Array]]


@pytest.fixture
def simulate(ngspice: str, tmp_path: Path) -> Simulate:
    """Runs lines of a circuit of transistors between its rails; gives voltages by node."""

    def run(
        lines: Sequence[str], analysis: str, axis: str, celsius: float = 27.0, opamp: str = "opamp_bjt"
    ) -> dict[str, Array]:
        cells = library(chosen("transistor", {"opamp": opamp}))
        deck = [
            "* transistors",
            *(cell.subckt.rstrip("\n") for cell in needed(ROLES, cells)),
            ".global vcc vee",
            "Vcc vcc 0 15",
            "Vee vee 0 -15",
            *lines,
            f".options {OPTIONS} temp={celsius}",
            ".control",
            "set filetype=binary",
            analysis,
            "write waveforms.raw",
            "quit",
            ".endc",
            ".end",
        ]
        return Ngspice(ngspice).run_sweep("\n".join(deck) + "\n", axis, folder=tmp_path, timeout=60).data

    return run


def _curves(simulate: Simulate, role: str, scales: Sequence[tuple[float, float]], **settings: object) -> list[Array]:
    """The outputs in units for x from -6 to 6 in steps of 0.06, shape (201,), one per kin and kout."""
    lines = ["Vx x 0 0"]
    for k, (kin, kout) in enumerate(scales):
        lines += [f"E{k} i{k} 0 x 0 {abs(kin)}"]
        pins = f"i{k} 0" if kin > 0 else f"0 i{k}"
        lines += [f"X{k} {pins} o{k} {role} kin={abs(kin)} kout={kout}"]
    found = simulate(lines, "dc Vx -6 6 0.06", "v-sweep", **settings)
    return [found[f"o{k}"] / kout for k, (_, kout) in enumerate(scales)]


X = np.linspace(-6, 6, 201)


@pytest.mark.parametrize("opamp", ["opamp_bjt", "opa2134", "ideal"])
@pytest.mark.parametrize(
    ("role", "scales", "allowed"),
    [
        ("tanh", [(1, 1), (-1, 1), (0.5, 2), (1.6, 10), (-1.6, 5)], 0.002),
        ("logistic", [(1, 1), (-1, 1), (0.5, 2), (1.6, 10), (-1.6, 5)], 0.0035),
        ("softplus", [(1, 1), (-1, 1), (0.5, 1.6), (1.6, 1.6), (-1.6, 0.5)], 0.004),
    ],
)
def test_the_law(simulate: Simulate, role: str, scales: list[tuple[float, float]], allowed: float, opamp: str) -> None:
    """Either polarity, over 12 units of x, in a fraction of the output's range."""
    for (kin, kout), curve in zip(scales, _curves(simulate, role, scales, opamp=opamp), strict=True):
        law = LAWS[role](np.sign(kin) * X)
        assert np.max(np.abs(curve - law)) < allowed * np.max(law), (kin, kout)


@pytest.mark.parametrize("celsius", [0.0, 70.0])
def test_tanh_and_logistic_soften_with_temperature(simulate: Simulate, celsius: float) -> None:
    """Slope at zero over saturation goes as 1/T: v_d/(2 VT) with a divider that keeps v_d; saturation moves little."""
    for role in ("tanh", "logistic"):
        slopes, ranges = [], []
        for at in (27.0, celsius):
            (curve,) = _curves(simulate, role, [(1, 1)], celsius=at)
            ends = LAWS[role](np.array([-6.0, 6.0]) * ROOM / (at + 273.15))
            ranges.append((curve[-1] - curve[0]) / (ends[1] - ends[0]))  # of full saturation
            slopes.append((curve[101] - curve[99]) / (X[101] - X[99]) / ranges[-1])
        hotter = (celsius + 273.15) / ROOM
        assert slopes[1] / slopes[0] == pytest.approx(1 / hotter, rel=0.01), role
        assert ranges[1] / ranges[0] == pytest.approx(1 + 0.00037 * (celsius - 27), abs=0.006), role


@pytest.mark.parametrize("celsius", [0.0, 70.0])
def test_softplus_bends_with_temperature_and_stays_straight(simulate: Simulate, celsius: float) -> None:
    """v(out)/kout = t ln(1 + exp(x/t)), t = T/T0: ln(2) t at zero; far away nothing moves.

    With an ideal op-amp: the drift of a real one's offset, some uV/K, appears 39 times as large.
    """
    room, curve = (_curves(simulate, "softplus", [(1, 1)], celsius=at, opamp="ideal")[0] for at in (27.0, celsius))
    t = (celsius + 273.15) / ROOM
    assert curve[100] - room[100] == pytest.approx(np.log(2) * (t - 1), rel=0.04)
    far = 0.06 * LAWS["logistic"](np.array(5.97 / t))
    assert curve[-1] - curve[-2] == pytest.approx(float(far), rel=2e-3)
    assert np.max(np.abs(curve - t * LAWS["softplus"](X / t))) < 0.004 * 6


def _square(simulate: Simulate, pins: str, parameters: str = "", **settings: object) -> tuple[Array, Array, Array]:
    """x, y and w over the square of +-10 V."""
    lines = ["Vx x 0 0", "Vy y 0 0", f"X1 {pins} w {'gilbert' if parameters else 'multiplier'} {parameters}"]
    if parameters:
        lines[-1] = f"X1 {pins} w vcc vee gilbert {parameters}"
    found = simulate(lines, "dc Vx -10 10 0.5 Vy -10 10 2.5", "v-sweep", **settings)
    return found["x"], found["y"], found["w"]


@pytest.mark.parametrize(("pins", "sign"), [("x 0 y 0", 1), ("0 x y 0", -1), ("x 0 0 y", -1)])
def test_the_multiplier(simulate: Simulate, pins: str, sign: int) -> None:
    x, y, w = _square(simulate, pins)
    assert np.max(np.abs(w - sign * x * y / 10)) < 0.03  # 0.3 % of full scale
    inner = (np.abs(x) <= 8) & (np.abs(y) <= 8)
    assert np.max(np.abs(w - sign * x * y / 10)[inner]) < 0.012


def test_a_difference_is_multiplied(simulate: Simulate) -> None:
    """Both pins of x move: 4 V in common make no more than 0.3 % of full scale."""
    lines = ["Vx x 0 0", "Vy y 0 8", "Ep p 0 x 0 0.5", "Vq q 0 4", "En n q x 0 -0.5", "Eb b q x 0 0.5"]
    found = simulate([*lines, "X1 b n y 0 w multiplier"], "dc Vx -10 10 0.5", "v-sweep")
    assert np.max(np.abs(found["w"] - 0.8 * found["x"])) < 0.03


def test_the_multipliers_offsets_are_where_they_belong(simulate: Simulate) -> None:
    x, y, w = _square(simulate, "x 0 y 0", "XOS=0.1 YOS=-0.2 ZOS=0.05 GE=0.01", opamp="ideal")
    terms = np.stack([x * y / 10, x, y, np.ones_like(x)], axis=1)
    gain, of_x, of_y, zero = np.linalg.lstsq(terms, w, rcond=None)[0]
    assert gain == pytest.approx(1.01, abs=2e-3)
    assert of_y == pytest.approx(1.01 * 0.1 / 10, abs=3e-4)
    assert of_x == pytest.approx(-1.01 * 0.2 / 10, abs=3e-4)
    assert zero == pytest.approx(0.05 - 1.01 * 0.1 * 0.2 / 10, abs=3e-3)


@pytest.mark.parametrize(("role", "per_vt"), [("tanh_ltp", 2), ("logistic_ltp", 1), ("softplus_translinear", 1)])
def test_a_mismatch_of_the_pair_moves_x(simulate: Simulate, role: str, per_vt: int) -> None:
    """VOS over VT, of a tanh over 2 VT, at the input: 2 mV are 0.077 units, and where x is that much lower nothing."""
    lines = [f"Vx x 0 0\nX1 x 0 a vcc vee {role}", f"X2 x 0 b vcc vee {role} VOS=2m"]
    found = simulate(lines, "dc Vx -2 2 0.02", "v-sweep", opamp="ideal")
    shift = 2e-3 / (per_vt * 8.617333e-5 * ROOM)
    moved = np.interp(found["x"] + shift, found["x"], found["a"])[:180]
    assert np.max(np.abs(found["b"][:180] - moved)) < 2e-3
    assert np.max(np.abs(found["b"][:180] - found["a"][:180])) > 0.015


def test_small_signals_of_many_kilohertz_pass(simulate: Simulate) -> None:
    """Milliseconds are the time scale of a network: a hundredth of the phase at 1 kHz, the gain within 1 % at 5 kHz."""
    lines = ["Va a 0 dc 0 ac 1", "Vf f 0 8"]
    lines += [f"X{role} a 0 {role}_o {role} kin=2 kout=2" for role in LAWS]
    lines += ["Xm a 0 f 0 m_o multiplier"]
    found = simulate(lines, "ac lin 5 1k 5k", "frequency")
    for name in (*LAWS, "m"):
        out = found[f"{name}_o"]
        assert abs(np.angle(out[0])) < 0.03, name
        assert np.abs(out[-1]) == pytest.approx(np.abs(out[0]), rel=0.01), name


@pytest.mark.parametrize("opamp", ["opamp_bjt", "ideal"])
@pytest.mark.parametrize("step", ["1u", "100u"])
@pytest.mark.parametrize("role", [*LAWS, "multiplier"])
def test_a_chain_of_ten_starts_from_rest(simulate: Simulate, role: str, step: str, opamp: str) -> None:
    """A transient from initial conditions, cosines at the inputs; each output follows the law of its own inputs."""
    lines: list[str] = []
    nodes = [f"o{k}" for k in range(10)]
    for k, node in enumerate(nodes):
        before = nodes[k - 1] if k else "i0"
        lines += [f"Vi{k} i{k} 0 sin(0 7 {150 + 20 * k} 0 0 90)"]
        pins, scales = (f"i{k} 0 {before} 0", "") if role == "multiplier" else (f"i{k} {before}", "kin=2 kout=1.5")
        lines += [f"X{k} {pins} {node} {role} {scales}"]
    span = "1m" if step == "1u" else "20m"
    found = simulate(lines, f"tran {step} {span} 0 {step} uic", "time", opamp=opamp)
    assert found["time"][-1] == pytest.approx(1e-3 if step == "1u" else 20e-3, rel=1e-6)
    settled = found["time"] > 2e-4
    for k, node in enumerate(nodes):
        drive, other = found[f"i{k}"], found[nodes[k - 1] if k else "i0"]
        law = drive * other / 10 if role == "multiplier" else 1.5 * LAWS[role]((drive - other) / 2)
        full = {"multiplier": 10.0, "softplus": 7.5}.get(role, 1.5)
        assert np.max(np.abs(found[node] - law)[settled]) < 0.015 * full, node


def test_the_opamp_starts_where_it_is_told(simulate: Simulate) -> None:
    """An inverter of 3 V whose OUT is -3 V: never further off than 0.3 V, and settled within 10 us."""
    lines = ["Vi i 0 3", "R1 i s 100k", "R2 s o 100k", "X1 0 s o opamp OUT=-3"]
    found = simulate(lines, "tran 1u 100u 0 1u uic", "time")
    assert np.max(np.abs(found["o"] + 3)) < 0.3
    assert np.max(np.abs(found["o"] + 3)[found["time"] > 10e-6]) < 0.01


def test_the_opamp_in_its_stages(simulate: Simulate) -> None:
    """An integrator of 1 ms driven by a sine, and a sum whose error is the bias current in 100 kohm, 4 mV, at most."""
    lines = ["Vi i 0 sin(0 5 200)", "Ri i a 100k", "Ci u a 10n ic=2", "X1 0 a u opamp OUT=2"]
    lines += ["R1 i b 100k", "R2 u b 200k", "R3 b w 100k", "X2 0 b w opamp OUT=-1"]
    found = simulate(lines, "tran 10u 20m 0 10u uic", "time")
    omega = 2 * np.pi * 200
    exact = 2 - 5 * (1 - np.cos(omega * found["time"])) / (omega * 1e-3)
    drift = 38e-9 * found["time"] / 10e-9
    assert np.max(np.abs(found["u"] - exact)) < 0.01 + np.max(drift)
    summed = found["w"] + found["i"] + 0.5 * found["u"]
    assert np.max(np.abs(summed[found["time"] > 1e-4])) < 0.015


def test_the_opamps_offset_is_a_ratio_of_areas(simulate: Simulate) -> None:
    """A follower's output; the offset drifts as the temperature itself."""
    lines = ["X1 0 a a vcc vee opamp_bjt", "X2 0 b b vcc vee opamp_bjt VOS=2m", "Vs s 0 0"]
    for celsius in (27.0, 70.0):
        found = simulate(lines, "dc Vs 0 1 1", "v-sweep", celsius=celsius)
        expected = 2e-3 * (celsius + 273.15) / ROOM
        assert found["b"][0] - found["a"][0] == pytest.approx(expected, rel=0.02)
