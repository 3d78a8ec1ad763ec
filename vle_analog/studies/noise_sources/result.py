"""Noise at a signal: its density over frequency, who makes it, and how a transient run compares.

Densities are one-sided. A root mean square over a band is the square root of the integral of density squared; between
the frequencies of an analysis the density is a power law.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vle_analog.design.built import Built
from vle_analog.waveforms import Array

#: bands of a comparison: so many times wider in frequency than the lowest
_OCTAVE = 2.0


@dataclass(frozen=True, eq=False)
class Contribution:
    """What one source gives to the output's noise.

    Attributes:
        name: of the part.
        kind: what of it.
        block: heading of the section that it stands in.
        density: at the output, V/sqrt(Hz), shape (n,).
        rms: of it over the band, volts.
        share: of the output's noise power over the band.
    """

    name: str
    kind: str
    block: str
    density: Array
    rms: float
    share: float


@dataclass(frozen=True, eq=False)
class Sampled:
    """The spectrum of a transient run under sampled noise.

    Attributes:
        seed: of the noise.
        frequencies, density: hertz and V/sqrt(Hz), shape (m,).
        seconds: of the circuit's time that it is from.
    """

    seed: int
    frequencies: Array
    density: Array
    seconds: float


@dataclass(frozen=True, eq=False)
class NoiseBudget:
    """The noise of one signal around an operating point.

    Attributes:
        name: of the system.
        fidelity: of the circuit's parts.
        output: the signal.
        volts_per_unit: of it; negative where its node carries it inverted.
        signal: root mean square of it in the ideal run, about its mean; model units.
        frequencies: of the analysis, hertz, shape (n,); their ends are the band's.
        density: of all noise, V/sqrt(Hz), shape (n,).
        contributions: the largest first.
        sampled: a transient run's, if there was one.
        built: what boards are of, for those who read of it.
    """

    name: str
    fidelity: str
    output: str
    volts_per_unit: float
    signal: float
    frequencies: Array
    density: Array
    contributions: tuple[Contribution, ...]
    sampled: Sampled | None = None
    built: Built | None = None

    @property
    def rms(self) -> float:
        """Over the band, volts."""
        return rms_of(self.frequencies, self.density)

    @property
    def rms_units(self) -> float:
        """Over the band, model units."""
        return self.rms / abs(self.volts_per_unit)

    def kinds(self) -> dict[str, float]:
        """The share of each kind of source, the largest first."""
        found: dict[str, float] = {}
        for each in self.contributions:
            found[each.kind] = found.get(each.kind, 0.0) + each.share
        return dict(sorted(found.items(), key=lambda item: -item[1]))

    def bands(self) -> list[Band]:
        """The transient run against the analysis, octave by octave; empty without one."""
        if self.sampled is None:
            return []
        own = self.sampled.frequencies, self.sampled.density
        return list(compared(own, (self.frequencies, self.density)))

    def rms_over_bands(self) -> tuple[float, float]:
        """Over all bands together, volts: of the transient run, and by the analysis."""
        bands = self.bands()
        own, other = sum(band.sampled**2 for band in bands), sum(band.analysed**2 for band in bands)
        return float(np.sqrt(own)), float(np.sqrt(other))

    def record(self) -> dict[str, Any]:
        """All of it, ready for JSON."""
        record: dict[str, Any] = {
            "name": self.name,
            "fidelity": self.fidelity,
            "output": self.output,
            "band": [float(self.frequencies[0]), float(self.frequencies[-1])],
            "rms_volts": self.rms,
            "rms_units": self.rms_units,
            "signal_rms_units": self.signal,
            "noise_over_signal": self.rms_units / self.signal if self.signal else None,
            "volts_per_unit": self.volts_per_unit,
            "kinds": self.kinds(),
            "sources": [
                {
                    "name": contribution.name,
                    "kind": contribution.kind,
                    "block": contribution.block,
                    "share": contribution.share,
                    "rms_volts": contribution.rms,
                    "rms_units": contribution.rms / abs(self.volts_per_unit),
                }
                for contribution in self.contributions
            ],
            "frequencies": self.frequencies.tolist(),
            "density": self.density.tolist(),
        }
        if self.sampled is not None:
            own, other = self.rms_over_bands()
            record["transient"] = {
                "seed": self.sampled.seed,
                "seconds": self.sampled.seconds,
                "bands": [vars(band) | {"decibels": band.decibels} for band in self.bands()],
                "rms_volts": own,
                "rms_volts_analysis": other,
            }
        return record


@dataclass(frozen=True)
class Band:
    """Root mean squares from ``low`` to ``high`` hertz, volts: of a transient run and by an analysis."""

    low: float
    high: float
    sampled: float
    analysed: float

    @property
    def decibels(self) -> float:
        """The former over the latter."""
        return float(20 * np.log10(self.sampled / self.analysed))


def rms_of(hertz: Array, density: Array) -> float:
    """The root mean square over all of the frequencies.

    Args:
        hertz: rising, shape (n,).
        density: a power law between them, shape (n,).
    """
    if len(hertz) < 2:
        return 0.0
    power = np.asarray(density, float) ** 2
    ratio = np.log(hertz[1:] / hertz[:-1])
    first, last = power[:-1] * hertz[:-1], power[1:] * hertz[1:]
    # the integral of a power law f^a over log f, from its values at both ends
    with np.errstate(divide="ignore", invalid="ignore"):
        law = (last - first) / np.log(last / first)
    law = np.where((first > 0) & (last > 0) & ~np.isclose(last, first, rtol=1e-9), law, (first + last) / 2)
    return float(np.sqrt(np.sum(law * ratio)))


def between(hertz: Array, density: Array, low: float, high: float) -> float:
    """The root mean square over a part of the band."""
    inside = hertz[(hertz > low) & (hertz < high)]
    grid = np.concatenate([[low], inside, [high]])
    least = float(np.min(density[density > 0], initial=np.inf))
    logs = np.interp(np.log(grid), np.log(hertz), np.log(np.maximum(density, least)))
    return rms_of(grid, np.exp(logs))


def compared(sampled: tuple[Array, Array], analysed: tuple[Array, Array]) -> Iterable[Band]:
    """Octaves that two spectra, of frequencies and densities, both cover: the former's frequencies are even."""
    hertz, density = sampled
    width = float(hertz[1] - hertz[0])
    low, last = max(hertz[0] - width / 2, analysed[0][0]), min(hertz[-1] + width / 2, analysed[0][-1])
    while low < 0.75 * last:
        high = _OCTAVE * low if _OCTAVE**1.5 * low < last else last
        # whole bins, so that both are over the same band
        chosen = (hertz - width / 2 >= low * (1 - 1e-9)) & (hertz + width / 2 <= high * (1 + 1e-9))
        if chosen.any():
            ends = float(hertz[chosen][0] - width / 2), float(hertz[chosen][-1] + width / 2)
            own = float(np.sqrt(np.sum(density[chosen] ** 2) * width))
            yield Band(*ends, own, between(*analysed, *ends))
            high = ends[1]  # no bin is left out
        low = high


def ranked(found: Sequence[tuple[str, str, str, Array]], hertz: Array) -> tuple[Contribution, ...]:
    """Contributions from names, kinds, blocks and densities, the largest first."""
    powers = [rms_of(hertz, density) for *_, density in found]
    total = sum(power**2 for power in powers) or 1.0
    order = sorted(range(len(found)), key=lambda n: (-powers[n], found[n][0]))
    return tuple(Contribution(*found[n], powers[n], powers[n] ** 2 / total) for n in order if powers[n] > 0)
