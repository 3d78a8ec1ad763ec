"""Noise of a realised circuit in the engine: densities, places, and that it follows from its seed alone."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import welch

from tests.engine.plant import UNIT, plant, resistors, stage
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Element, Instance, NoiseDrive
from vle_analog.circuit.parts import chosen
from vle_analog.engine.engine import Engine
from vle_analog.engine.noise import normal
from vle_analog.production.noise import noisy
from vle_analog.production.offsets import scattered
from vle_analog.stimulus import Constant

MACRO = chosen("macromodel")
STEP = 0.02
ZERO = {"x": Constant(0.0), "y": Constant(0.0)}


def summer() -> Circuit:
    elements = [*resistors("u", x=25e3), stage("u", "summer", ("0", "u__s", "u"), R=100e3)]
    return plant(elements, MACRO, ["u"], ZERO)


def product() -> Circuit:
    elements: list[Element] = [
        Instance("w", ("x", "0", "y", "0", "w"), "multiplier", (("scale", 10.0),)),
        *resistors("z", w=100e3),
        stage("z", "leaky_integrator", ("0", "z__s", "z"), R=100e3, C=10e-9, IC=0.0),
    ]
    return plant(elements, MACRO, ["w", "z"], ZERO)


def density(circuit: Circuit, name: str, units: float = 2000.0) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies in hertz and the one-sided density squared of a signal, V^2/Hz."""
    volts = Engine(circuit, STEP, [name]).advance(units, every=STEP).signals[name][0]
    return welch(volts, 1 / (STEP * UNIT), nperseg=20_000)


def only(circuit: Circuit, name: str, corner: float | None = None) -> Circuit:
    """One source of noise alone, with another corner."""

    def chosen_one(each: Element) -> Element:
        if not isinstance(each, NoiseDrive):
            return each
        own = each.noise if each.name == name else replace(each.noise, density=0.0)
        return replace(each, noise=own if corner is None else replace(own, corner=corner))

    return circuit.mapped(chosen_one)


def test_numbers_are_normal_and_independent() -> None:
    one, other = (np.array([normal(np.uint64(k), np.uint64(n)) for n in range(20_000)]) for k in (1, 2**63))

    assert abs(one.mean()) < 0.03
    assert one.std() == pytest.approx(1, abs=0.02)
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.03
    assert abs(np.corrcoef(one[1:], one[:-1])[0, 1]) < 0.03
    for width in (1, 2, 3):
        inside = math.erf(width / math.sqrt(2))
        assert np.mean(np.abs(one) < width) == pytest.approx(inside, abs=4 * math.sqrt(inside * (1 - inside) / 20_000))


@pytest.mark.parametrize(
    ("source", "gain"),
    [("u__pe", 5.0), ("u__s__i", 100e3)],
)
def test_white_noise_has_its_density_times_the_stage_s_gain(source: str, gain: float) -> None:
    circuit = only(noisy(summer(), 3), source, corner=0.0)
    made = next(each for each in circuit.elements() if each.name == source)
    assert isinstance(made, NoiseDrive)

    hertz, found = density(circuit, "u")

    band = (hertz > 20) & (hertz < 2000)
    assert np.mean(found[band]) == pytest.approx((gain * made.noise.density) ** 2, rel=0.05)


def test_noise_below_the_corner_rises_as_one_over_f() -> None:
    circuit = only(noisy(summer(), 3), "u__pe", corner=5000.0)
    made = next(each for each in circuit.elements() if each.name == "u__pe")
    assert isinstance(made, NoiseDrive)

    hertz, found = density(circuit, "u", 32_000.0)

    for low, high in ((5, 20), (20, 80), (80, 320), (320, 1280)):
        band = (hertz > low) & (hertz < high)
        expected = (5.0 * made.noise.density) ** 2 * (1 + 5000.0 / hertz[band])
        assert np.mean(found[band] / expected) == pytest.approx(1, abs=0.12)


def test_a_multiplier_s_noise_comes_out_of_it_and_goes_on() -> None:
    circuit = only(noisy(product(), 3), "w__we", corner=0.0)
    made = next(each for each in circuit.elements() if each.name == "w__we")
    assert isinstance(made, NoiseDrive)

    hertz, found = density(circuit, "z", 4000.0)

    band = (hertz > 20) & (hertz < 1000)
    expected = made.noise.density**2 / (1 + (2 * np.pi * hertz[band] * 1e-3) ** 2)
    assert np.mean(found[band] / expected) == pytest.approx(1, abs=0.06)


def test_offsets_and_noise_share_a_pin() -> None:
    quiet = scattered(summer(), 5)
    rustling = noisy(quiet, 5)

    still, moving = (Engine(each, STEP, ["u"]).advance(40.0, every=STEP).signals["u"][0] for each in (quiet, rustling))

    assert abs(still[-1]) > 1e-5
    assert np.mean(moving) == pytest.approx(still[-1], abs=1e-5)
    assert 1e-7 < np.std(moving) < 1e-4


def test_a_noisy_board_alone_equals_itself_among_many_and_stretch_by_stretch() -> None:
    boards = [noisy(product(), seed) for seed in range(40)]
    together = Engine(boards, STEP, ["z"]).advance(10.0, every=STEP).signals["z"]
    alone = Engine(boards[35], STEP, ["z"])
    alone.advance(4.0)
    alone.examine({}, 3.0)

    later = alone.advance(10.0, every=STEP).signals["z"][0]

    assert np.abs(later[:-1] - together[35][200:-1]).max() < 1e-15
    assert np.abs(together[35] - together[34]).max() > 1e-7


def test_a_silent_exam_is_that_of_the_quiet_circuit_and_leaves_the_noise_where_it_was() -> None:
    engine, quiet = (Engine(noisy(product(), 3, scale), STEP, ["z"]) for scale in (1e3, 0.0))
    assert engine.makes_noise and not quiet.makes_noise
    silent, loud = (engine.examine({}, 8.0, silent=each).signals["z"][0] for each in (True, False))
    still = quiet.examine({}, 8.0).signals["z"][0]
    assert np.allclose(silent, still, atol=1e-9) and np.std(loud - still) > 1e-3
    again = engine.examine({}, 8.0).signals["z"][0]
    assert np.array_equal(again, loud)


def test_no_noise_is_the_quiet_circuit() -> None:
    quiet, silent = product(), noisy(product(), 3).mapped(_muted)

    one, other = (Engine(each, STEP, ["z"]).advance(4.0, every=STEP).signals["z"] for each in (quiet, silent))

    assert np.allclose(one, other, atol=1e-12)


def _muted(element: Element) -> Element:
    return replace(element, noise=replace(element.noise, density=0.0)) if isinstance(element, NoiseDrive) else element
