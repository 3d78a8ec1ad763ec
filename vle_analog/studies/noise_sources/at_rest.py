"""A circuit at rest, simulated: where it is, ngspice's analysis of its noise, and a transient run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from vle_analog.analyses import Analysis, Dc, Noise, Tran
from vle_analog.circuit.circuit import Circuit
from vle_analog.design.operating_point import (
    OperatingPoint,
)
from vle_analog.errors import SimulationError, UsageError
from vle_analog.lab.folder import workplace
from vle_analog.lab.lab import Lab
from vle_analog.netlist.ngspice import render_analysis
from vle_analog.netlist.testbench import Testbench
from vle_analog.noise import BAND
from vle_analog.production.noise import NoiseSource, generating, noisy
from vle_analog.simulate.rawfile import Plot
from vle_analog.studies.noise_sources.result import Sampled
from vle_analog.waveforms import Array

#: the source that an analysis asks for; it drives nothing
ASKED = "noise__asked"
#: of the transient run: periods of the band's lowest frequency
PERIODS = 32
#: points per decade of the analysis
_POINTS = 20
#: of the transient run: periods of one spectrum, and the most points
_SEGMENT, _MOST = 4, 400_000
#: time constants that it settles before
_SETTLE = 8.0
#: a signal at rest further from where the equations have it is at another operating point, volts
_APART = 0.5


@dataclass(frozen=True, eq=False)
class AtRest:
    """A circuit at rest and how it is simulated.

    Attributes:
        circuit: its inputs held.
        point: where it rests by the equations.
        bench: step bound and the output, its only probe.
        lab: in whose folder ngspice works.
    """

    circuit: Circuit
    point: OperatingPoint
    bench: Testbench
    lab: Lab

    def check(self) -> None:
        """Refuse an operating point beyond the rails, or another one than the equations'.

        Raises:
            SimulationError: by the signal's name.
        """
        plot = self._run(self.circuit, Dc(f"V{ASKED}", 0.0, 1.0, 1.0))
        volts = {name: float(np.real(plot.data[name.lower()][0])) for name in self.circuit.volts_per_unit}
        worst = max(volts, key=lambda name: abs(volts[name]))
        if not abs(volts[worst]) <= self.circuit.supply.rail:
            raise SimulationError(
                f"at rest '{worst}' would be at {volts[worst]:.3g} V",
                where=self.circuit.name,
                hint="the circuit has no operating point between its rails",
            )
        expected = self.point.volts(self.circuit)
        far = max(expected, key=lambda name: abs(volts[name] - expected[name]), default=None)
        if far is not None and abs(volts[far] - expected[far]) > _APART:
            raise SimulationError(
                f"ngspice finds '{far}' at rest at {volts[far]:.3g} V, the equations at {expected[far]:.3g} V",
                where=self.circuit.name,
                hint="the parts' errors move the operating point, or ngspice took an unstable one: try another `at`",
            )

    def analysed(self, low: float, high: float) -> tuple[Plot, Mapping[str, NoiseSource]]:
        """ngspice's analysis, every source by itself, and what its cells of noise stand for.

        Args:
            low, high: the band, hertz.

        Raises:
            SimulationError: ngspice failed.
        """
        circuit, sources = generating(self.circuit)
        output = self.bench.probes[0]
        # a grid by decades rarely ends where it should: one point more, cut off again
        beyond = low * 10 ** ((math.ceil(_POINTS * math.log10(high / low)) + 0.5) / _POINTS)
        asked = Noise(output, f"V{ASKED}", low, beyond, _POINTS, parts=True)
        return _cut(self._run(circuit, asked), high), sources

    def sampled(self, seed: int, low: float) -> Sampled:
        """The spectrum of a transient run from rest, under noise of a seed, down to a frequency in hertz.

        Raises:
            UsageError: the band has no room for one.
            SimulationError: ngspice failed.
        """
        from scipy.interpolate import CubicSpline  # these take long to load
        from scipy.signal import welch

        step, name = self.bench.step, self.bench.probes[0]
        settle = _SETTLE * self.point.slowest * self.circuit.unit
        low = max(low, PERIODS / (_MOST * step))
        span = settle + PERIODS / low
        circuit = noisy(self.circuit, seed)
        bench = replace(self.bench, span=span)
        plot = self._run(circuit, Tran(span, step), bench)
        grid = np.arange(settle, span, step)
        volts = CubicSpline(*_increasing(plot.data["time"], np.real(plot.data[name.lower()])))(grid)
        segment = min(len(grid), round(_SEGMENT / (low * step)))
        hertz, power = welch(volts, 1 / step, nperseg=segment, detrend="constant")
        # the window spreads DC over two bins; beyond the noise's band nothing is said
        chosen = (np.arange(len(hertz)) > 2) & (hertz < BAND / 2 / step)
        if not chosen.any():
            raise UsageError("the band is too narrow for a transient run", hint="give a lower `low`")
        return Sampled(seed, hertz[chosen], np.sqrt(power[chosen]), span - settle)

    def _run(self, circuit: Circuit, analysis: Analysis, bench: Testbench | None = None) -> Plot:
        source = [f"V{ASKED} {ASKED} 0 dc 0 ac 1", f"R{ASKED} {ASKED} 0 1"]
        deck = render_analysis(
            circuit, bench or self.bench, analysis, near=self.point.volts(self.circuit), added=source
        )
        with workplace(self.lab.folder) as work:
            return self.lab.simulator.analyse(
                deck.text, analysis, folder=work, files=deck.files, timeout=self.lab.timeout
            )


def _cut(plot: Plot, high: float) -> Plot:
    """An analysis of noise up to a frequency, where densities are power laws between the points."""
    hertz = np.real(plot.data["frequency"])
    grid = np.append(hertz[hertz < high * (1 - 1e-9)], high)
    least = 1e-200  # of a density; stands for zero
    data = {
        name: np.exp(np.interp(np.log(grid), np.log(hertz), np.log(np.maximum(np.real(values), least))))
        for name, values in plot.data.items()
    }
    found = {name: np.where(values > 2 * least, values, 0.0) for name, values in data.items()}
    return replace(plot, data={**found, "frequency": grid})


def _increasing(time: Array, values: Array) -> tuple[Array, Array]:
    keep = np.concatenate([[True], np.diff(time) > 0])
    return time[keep], values[keep]
