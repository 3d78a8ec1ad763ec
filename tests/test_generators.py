"""Function generators: their values, corners and what a netlist plays of them."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from vle_analog.errors import EquationError
from vle_analog.generators import Chirp, noise, pulse, ramp, square, triangle
from vle_analog.stimulus import PeriodicSource, SineSource, Stimulus, TableSource

TIME = np.linspace(0, 20, 4001)
ALL: dict[str, Stimulus] = {
    "square": square(-1.0, 3.0, 2.5, duty=0.3, edge=0.05),
    "shifted": square(0.0, 1.0, 2.0, phase=0.25),
    "triangle": triangle(-1.0, 1.0, 4.0),
    "sawtooth": triangle(0.0, 2.0, 1.0, rise=0.98),
    "pulse": pulse(0.5, 2.0, 3.0, 4.0, 0.2),
    "step": pulse(0.0, 1.0, 3.0, math.inf, 0.1),
    "ramp": ramp(1.0, -1.0, 2.0, 9.0),
    "chirp": Chirp(2.0, 0.1, 1.0, 15.0),
    "noise": noise(0.5, 1.0, 3, 0.2),
}


def test_levels_edges_and_corners() -> None:
    wave = ALL["square"]
    assert wave(np.array([0.0, 0.025, 0.05, 0.74, 0.75, 0.775, 0.8, 2.49, 2.5])) == pytest.approx(
        [-1, 1, 3, 3, 3, 1, -1, -1, -1]
    )
    assert wave.breakpoints(5.0) == pytest.approx([0.05, 0.75, 0.8, 2.5, 2.55, 3.25, 3.3])
    assert ALL["shifted"](np.array([0.0, 0.6, 1.6])) == pytest.approx([1.0, 0.0, 1.0])
    assert ALL["triangle"](np.array([0.0, 1.0, 2.0, 3.0, 4.0, -1.0])) == pytest.approx([-1, 0, 1, 0, -1, 0])
    assert ALL["pulse"](np.array([0.0, 3.1, 5.0, 7.1, 9.0])) == pytest.approx([0.5, 1.25, 2.0, 1.25, 0.5])
    assert ALL["step"](np.array([0.0, 3.05, 1e6])) == pytest.approx([0.0, 0.5, 1.0])
    assert ALL["ramp"](np.array([0.0, 5.5, 20.0])) == pytest.approx([1.0, 0.0, -1.0])


def test_a_chirps_frequency_goes_evenly_and_stays() -> None:
    chirp = ALL["chirp"]
    fine = np.linspace(0, 20, 200_001)
    phase = np.unwrap(2 * np.arctan2(chirp(fine), np.gradient(chirp(fine), fine)))  # crossings alone matter
    assert np.all(np.isfinite(phase))
    crossings = fine[:-1][np.diff(np.sign(chirp(fine))) > 0]
    turns = 15.0 * (0.1 + 1.0) / 2  # by the end of the sweep
    assert np.count_nonzero(crossings < 15.0) == math.floor(turns) + 0 or abs(len(crossings) - turns) < 7
    late = crossings[crossings > 15.5]
    assert np.diff(late) == pytest.approx(1.0, abs=1e-3)


def test_noise_has_its_deviation_and_its_band() -> None:
    long = np.arange(0, 4000, 0.1)
    values = noise(0.5, 1.0, 7, 0.2)(long)
    assert values.mean() == pytest.approx(0.2, abs=0.02) and values.std() == pytest.approx(0.5, rel=0.02)
    kurtosis = np.mean((values - values.mean()) ** 4) / values.var() ** 2
    assert kurtosis == pytest.approx(3, abs=0.15)
    power = np.abs(np.fft.rfft(values - values.mean())) ** 2
    frequency = np.fft.rfftfreq(len(values), 0.1)
    assert power[frequency > 1.01].sum() < 1e-3 * power.sum()
    assert power[frequency < 0.5].sum() == pytest.approx(0.5 * power.sum(), rel=0.1)
    assert np.array_equal(noise(0.5, 1.0, 7)(long), noise(0.5, 1.0, 7)(long))
    assert not np.allclose(noise(0.5, 1.0, 7)(long), noise(0.5, 1.0, 8)(long))


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("start", [0.0, 6.3])
def test_a_netlist_plays_the_same(name: str, start: float) -> None:
    stimulus, span = ALL[name], 10.0
    inner = TIME[span >= TIME]
    wanted = stimulus(start + inner)
    match source := stimulus.source(span, start):
        case TableSource(times, values, _):
            found = np.interp(inner, times, values)
        case PeriodicSource(times, values, period):
            found = np.interp(np.mod(inner, period), times, values)
        case SineSource(offset, amplitudes, frequencies, phases):
            found = offset + sum(
                a * np.sin(2 * np.pi * f * inner + p) for a, f, p in zip(amplitudes, frequencies, phases, strict=True)
            )
    assert source is not None
    assert np.max(np.abs(found - wanted)) <= 3e-5 * np.ptp(wanted)


def test_many_periods_are_played_as_one() -> None:
    source = square(0.0, 1.0, 0.01).source(1000.0, 0.0025)
    assert isinstance(source, PeriodicSource) and source.period == 0.01
    assert source.values[0] == source.values[-1]


@pytest.mark.parametrize(
    ("make", "where"),
    [
        (lambda: square(0, 1, 0.0), "period"),
        (lambda: square(0, 1, 1.0, duty=1.0), "duty"),
        (lambda: square(0, 1, 1.0, edge=0.6), "edge"),
        (lambda: square(0, math.nan, 1.0), "high"),
        (lambda: triangle(0, 1, 1.0, rise=1.0), "rise"),
        (lambda: triangle(0, 1, 1.0, phase=2.0), "phase"),
        (lambda: pulse(0, 1, 0.0, -1.0), "width"),
        (lambda: pulse(0, 1, 0.0, 1.0, 2.0), "edge"),
        (lambda: ramp(0, 1, 2.0, 1.0), "times"),
        (lambda: Chirp(1.0, 0.0, 1.0, 1.0), "first"),
        (lambda: noise(0.0, 1.0, 0), "deviation"),
        (lambda: noise(1.0, 1.0, -1), "seed"),
    ],
)
def test_what_no_generator_plays_is_refused(make: Callable[[], Stimulus], where: str) -> None:
    with pytest.raises(EquationError) as refused:
        make()
    assert refused.value.where == where
