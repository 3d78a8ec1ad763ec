"""Noise as a stimulus: its density is what was asked for, and a sample is the same wherever a run begins."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.signal import welch

from vle_analog.errors import EquationError
from vle_analog.noise import BAND, OCTAVES, Noise, shape

STEP = 1e-3


def spectrum(noise: Noise, span: float, segment: int, fine: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Hertz and density squared of the straight lines between the samples."""
    times = np.arange(0, span, STEP / fine)
    return welch(noise(times), fine / STEP, nperseg=segment * fine, detrend=False)  # type: ignore[no-any-return]


def test_white_noise_has_the_density_asked_for() -> None:
    hertz, power = spectrum(Noise(3e-6, 0.0, 1, "a", STEP), 400.0, 500)
    for low, high, bound in ((5, 50, 0.2), (50, 125, 0.2), (125, BAND / STEP, 0.5)):
        band = (hertz >= low) & (hertz < high)
        assert abs(10 * math.log10(np.mean(power[band]) / 9e-12)) < bound, (low, high)


def test_its_roll_off_is_the_shape_that_is_told() -> None:
    hertz, power = spectrum(Noise(1.0, 0.0, 2, "a", STEP), 200.0, 500, fine=16)
    for low, high in ((300, 350), (480, 520), (600, 700)):
        band = (hertz >= low) & (hertz < high)
        assert np.mean(power[band]) == pytest.approx(np.mean(shape(hertz[band], STEP) ** 2), rel=0.08), (low, high)
    told = 20 * np.log10(shape([0.0, 0.125 / STEP, 0.25 / STEP, 0.5 / STEP], STEP))
    assert told == pytest.approx([0.0, -0.035, -0.485, -5.35], abs=0.01)


def test_flicker_noise_is_one_over_f() -> None:
    """The mean of many sources: power falls by a factor ten per decade, and meets the white part at the corner."""
    corner, bands = 100.0, [(0.1, 0.3), (1, 3), (10, 30), (30, 100), (100, 200)]
    found = np.zeros(len(bands))
    for n in range(12):
        noise = Noise(1e-6, corner, 5, f"source {n}", STEP).source(80.0)
        hertz, power = welch(noise.values, 1 / STEP, nperseg=20_000, detrend="constant")
        for k, (low, high) in enumerate(bands):
            band = (hertz >= low) & (hertz < high)
            # samples on their knots know no roll-off: what is asked for, with the lift of the white part
            found[k] += np.mean(power[band] / (1e-12 * (1 + corner / hertz[band]))) / 12
    assert 10 * np.log10(found[:4]) == pytest.approx(0.0, abs=0.35)
    slope = np.polyfit(
        [-0.76, 0.24, 1.24], np.log10(found[:3] * [1 + corner / 0.17, 1 + corner / 1.7, 1 + corner / 17]), 1
    )
    assert slope[0] == pytest.approx(-0.97, abs=0.05)


def test_a_run_may_be_split_anywhere() -> None:
    noise = Noise(2e-6, 30.0, 7, "u", STEP)
    whole = noise.source(3.0, 1.0)
    for start, span in ((1.0, 0.5), (1.7003, 1.2), (3.9991, 0.0009)):
        part = noise.source(span, start)
        assert part.times[0] == 0 and part.times[-1] == span and not part.sharp
        assert part.values == pytest.approx(np.interp(part.times + start - 1.0, whole.times, whole.values), abs=1e-16)
        assert part.values == pytest.approx(noise(part.times + start), abs=1e-16)


def test_seed_and_name_alone_decide() -> None:
    one = Noise(1.0, 10.0, 3, "a", STEP)
    same = Noise(1.0, 10.0, 3, "a").sampled(STEP)
    assert same == one and same.source(0.1).values.tolist() == one.source(0.1).values.tolist()
    assert one.sampled(2 * STEP) is one
    others = [Noise(1.0, 10.0, 4, "a", STEP), Noise(1.0, 10.0, 3, "b", STEP)]
    for other in others:
        both = np.corrcoef(np.diff(one.source(20.0).values), np.diff(other.source(20.0).values))
        assert abs(both[0, 1]) < 0.04
    # pinned: a stored run can be told again
    assert Noise(1.0, 0.0, 3, "a", 0.5).source(1.0).values == pytest.approx(PINNED, rel=1e-12)


PINNED = [1.271987062564136, -0.13575252220541237, 0.12789995723879127]


def test_strength_scales_and_corners_add() -> None:
    quiet, loud = Noise(1.0, 0.0, 3, "a", STEP), Noise(2.0, 0.0, 3, "a", STEP)
    assert loud.source(1.0).values == pytest.approx(2 * quiet.source(1.0).values)
    assert Noise(0.0, 5.0, 3, "a", STEP).source(1.0).values.tolist() == [0.0] * 1001
    assert np.std(quiet.source(50.0).values) == pytest.approx(quiet.rms, rel=0.02)
    assert Noise(1.0, 100.0, 3, "a", STEP).rms > 1.5 * math.sqrt(OCTAVES * 100.0) / 2


@pytest.mark.parametrize(
    "arguments, key",
    [
        ((-1.0, 0.0, 0, "a", STEP), "density"),
        ((1.0, math.nan, 0, "a", STEP), "corner"),
        ((1.0, 0.0, -1, "a", STEP), "seed"),
        ((1.0, 0.0, 0, "a", 0.0), "interval"),
    ],
)
def test_what_is_refused(arguments: tuple[float, float, int, str, float], key: str) -> None:
    with pytest.raises(EquationError, match=key):
        Noise(*arguments)


def test_noise_without_an_interval_and_noise_without_end_are_refused() -> None:
    with pytest.raises(EquationError, match="u: noise needs an interval"):
        Noise(1.0, 0.0, 0, "u").source(1.0)
    with pytest.raises(EquationError, match="10,000,000 samples of noise are more than 5,000,000"):
        Noise(1.0, 0.0, 0, "u", STEP).source(1e4)
