"""Noise in numbers: integrals of power laws, bands, ranks."""

from __future__ import annotations

import json
import math
from itertools import pairwise

import numpy as np
import pytest

from vle_analog.studies.noise_sources.result import NoiseBudget, Sampled, between, compared, ranked, rms_of

HERTZ = np.geomspace(1.0, 1e4, 41)


@pytest.mark.parametrize(
    "density, power",
    [
        (np.full(41, 2.0), 4 * 9999.0),
        (HERTZ**-0.5, math.log(1e4)),  # 1/f
        (HERTZ**-1.0, 1 - 1e-4),
        (HERTZ**0.25, (1e6 - 1) / 1.5),
    ],
)
def test_power_laws_are_integrated_exactly(density: np.ndarray, power: float) -> None:
    assert rms_of(HERTZ, density) == pytest.approx(math.sqrt(power), rel=1e-9)


def test_a_part_of_the_band() -> None:
    density = HERTZ**-0.5
    assert between(HERTZ, density, 3.0, 700.0) == pytest.approx(math.sqrt(math.log(700 / 3)), rel=1e-9)
    assert rms_of(HERTZ[:1], density[:1]) == 0.0


def test_octaves_of_an_even_spectrum() -> None:
    """Powers of bins against integrals over the very same bins."""
    even = np.arange(10.0, 500.0, 0.5)
    found = list(compared((even, 2 * even**-0.5), (HERTZ, HERTZ**-0.5)))
    assert len(found) == 6 and found[0].low == 9.75 and found[-1].high == 499.75
    assert all(one.high == other.low for one, other in pairwise(found))
    assert [each.decibels for each in found] == pytest.approx([20 * math.log10(2)] * 6, abs=0.01)


def budget(sampled: Sampled | None = None) -> NoiseBudget:
    parts = [("Ra", "resistors", "a", np.full(41, 3.0)), ("Xa", "op-amp voltage", "a", np.full(41, 4.0))]
    parts.append(("Rb", "resistors", "b", np.zeros(41)))
    return NoiseBudget("s", "ideal", "y", -2.0, 100.0, HERTZ, np.full(41, 5.0), ranked(parts, HERTZ), sampled)


def test_ranks_and_shares() -> None:
    found = budget()
    assert [(each.name, round(each.share, 9)) for each in found.contributions] == [("Xa", 0.64), ("Ra", 0.36)]
    assert found.kinds() == pytest.approx({"op-amp voltage": 0.64, "resistors": 0.36})
    assert found.rms == pytest.approx(5 * math.sqrt(9999.0)) and found.rms_units == pytest.approx(found.rms / 2)
    assert found.bands() == []


def test_the_record_is_json() -> None:
    even = np.arange(10.0, 500.0, 0.5)
    record = json.loads(json.dumps(budget(Sampled(3, even, np.full(len(even), 5.0), 2.0)).record(), allow_nan=False))
    assert record["band"] == [1.0, 1e4] and record["sources"][0]["name"] == "Xa"
    assert record["noise_over_signal"] == pytest.approx(record["rms_units"] / 100.0)
    assert record["transient"]["rms_volts"] == pytest.approx(record["transient"]["rms_volts_analysis"], rel=1e-6)
    assert [each["decibels"] for each in record["transient"]["bands"]] == pytest.approx([0.0] * 6, abs=1e-6)
