"""An op-amp on the bench: what the electrical characteristics of a data sheet state."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from vle_analog.analyses import Ac, Dc, Tran
from vle_analog.circuit.cell.noise import STATED_AT, Made, current_noise, voltage_noise
from vle_analog.errors import CircuitError
from vle_analog.studies.bench.decks import Bed, crossing, generator, noise_figures, rejection
from vle_analog.studies.bench.result import Curves, Findings, Measured, NoiseAccount
from vle_analog.waveforms import Array

#: ohms at the output unless a figure is stated at another load: of a swing, and of gains, whose frequencies a part that
#: drives little must not lose by its own output resistance
_LOAD, _LIGHT = 10e3, 1e6
#: closes the loop at DC alone: henries and farads
_CLOSED, _BLOCK = 1e9, 1e9
#: volts between the inputs of an output driven to its ends, and ohms in series, for clamps at the inputs
_DRIVE, _SERIES = 1.0, 10e3
#: ohms of a short circuit
_SHORT = 1.0
#: an inverter's resistors, ohms, and of an op-amp that is faster than this, hertz
_FEEDBACK, _FAST_FEEDBACK, _FAST = 10e3, 1e3, 20e6
#: hertz that stand for the speed of an op-amp that is not seen to have one
_ANY_SPEED = 1e6
#: of the supply: how far an inverter's output steps to either side, and what overload drives it to
_STEP, _OVERLOAD = 1 / 3, 4 / 3
#: of a step to either side: the slope is taken between minus and plus this, 20 and 80 % of the way
_MIDDLE = 0.6
#: of an overload: between these fractions the slope of the way back is taken
_BACK = 0.8, 0.4
#: where twice the step makes more than this times the slope, nothing limits it
_LINEAR = 1.8
#: ohms in front of an input whose noise current is taken
_SENSE = 1e6
#: of a run's window: how long steps take
_EDGE = 1e-3
#: how often a run in time is made eight times longer, for an output that did not arrive
_TRIES = 5


def measure(bed: Bed) -> Findings:
    """All of an op-amp's quantities.

    A measurement that fails gives no figures and stands among the bed's failures, but for that at rest, without which
    there is no part.

    Raises:
        CircuitError: the output goes the wrong way.
        SimulationError: the simulator finds no operating point.
    """
    return _OpAmp(bed).measured()


class _OpAmp:
    def __init__(self, bed: Bed) -> None:
        self.bed = bed
        self.found: dict[str, Measured] = {}
        self.curves: Curves | None = None
        #: hertz and seconds that runs in time go by
        self.unity = _ANY_SPEED
        self.window = 0.0

    def measured(self) -> Findings:
        self.found |= self._rest()
        self._attempt(("swing_high", "swing_low"), self._swing)
        self._attempt(("source_current", "sink_current"), self._short)
        gains = ("open_loop_gain", "gain_bandwidth", "unity_gain_frequency", "phase_margin", "cmrr")
        self._attempt(gains, self._open_loop)
        self._attempt(("psrr",), self._supply)
        self._attempt(("slew_up", "slew_down"), self._slew)
        self._attempt(("overload_recovery",), self._overload)
        self._attempt(("voltage_noise", "noise_corner"), self._voltage_noise)
        self._attempt(("current_noise",), self._current_noise)
        return Findings(self.found, self.curves)

    def _attempt(self, names: Sequence[str], measurement: Callable[[], dict[str, Measured]]) -> None:
        self.found |= self.bed.attempted(names, measurement)

    def _load(self, name: str, otherwise: float = _LOAD) -> float:
        figures = self.bed.cell.sheet.figures
        return (figures[name].load if name in figures else None) or otherwise

    def _rest(self) -> dict[str, Measured]:
        """Offset and currents of a follower at 0 V."""
        lines = [
            "Vs s 0 0",
            "Rs s 0 1",
            self.bed.part("a", {"inp": "pa", "inn": "na", "out": "oa"}),
            "Vpa pa 0 0",
            "Vna na oa 0",
            "Ra oa 0 1meg",
        ]
        data = self.bed.run("rest", lines, Dc("Vs", 0.0, 1.0, 1.0)).data
        into = [-float(data[f"i({name})"][0]) for name in ("vpa", "vna")]
        return {
            "offset": Measured(float(data["oa"][0])),
            "bias_current": Measured(sum(into) / 2),
            "offset_current": Measured(into[0] - into[1]),
            "supply_current": Measured(-float(data["i(vcc)"][0])),
        }

    def _swing(self) -> dict[str, Measured]:
        lines = [
            *self._driven("high"),
            f"Rhigh ohigh 0 {self._load('swing_high')!r}",
            *self._driven("low"),
            f"Rlow olow 0 {self._load('swing_low')!r}",
        ]
        data = self.bed.run("swing", lines, Dc("Vs", -_DRIVE, _DRIVE, 2 * _DRIVE)).data
        if not data["ohigh"][1] > data["ohigh"][0]:
            raise CircuitError(
                "the output falls when v(inp) rises",
                where=f"cell '{self.bed.cell.name}'",
                hint="its inputs are swapped: the ports are inp inn out vcc vee, in this order",
            )
        return {
            "swing_high": self._limit(float(data["ohigh"][1]), self.bed.rails.high),
            "swing_low": self._limit(float(data["olow"][0]), self.bed.rails.low),
        }

    def _driven(self, name: str) -> list[str]:
        """A part whose inputs are `_DRIVE` apart, by a source ``Vs``."""
        nodes = {"inp": f"p{name}", "inn": "0", "out": f"o{name}"}
        source = ["Vs s 0 0"] if name in ("high", "short") else []
        return [*source, f"Rs{name} s p{name} {_SERIES!r}", self.bed.part(name, nodes)]

    def _limit(self, volts: float, rail: float) -> Measured:
        """A voltage at the end of the swing; beyond the supply nothing limits it."""
        if abs(volts) <= abs(rail) + 1.0:
            return Measured(volts)
        note = f"nothing limits the output: {volts:.4g} V with {_DRIVE:g} V between the inputs, on a rail of {rail:g} V"
        return Measured(math.copysign(math.inf, volts), note)

    def _short(self) -> dict[str, Measured]:
        lines = [*self._driven("short"), f"Rshort oshort g {_SHORT!r}", "Vg g 0 0"]
        data = self.bed.run("short", lines, Dc("Vs", -_DRIVE, _DRIVE, 2 * _DRIVE)).data
        into = [float(value) for value in data["i(vg)"]]
        ends = [self.found[name].value for name in ("swing_low", "swing_high")]
        source, sink = (self._current(into[at], ends[at]) for at in (1, 0))
        return {"source_current": source, "sink_current": Measured(-sink.value, sink.note)}

    def _current(self, amperes: float, swing: float) -> Measured:
        """A current into a short; what the short alone limits is unlimited."""
        if abs(amperes) * _SHORT < abs(swing) / 2 and math.isfinite(swing):
            return Measured(amperes)
        note = f"nothing in the part limits the current: {abs(amperes):.3g} A into {_SHORT:g} ohm"
        return Measured(math.copysign(math.inf, amperes), note)

    def _open_loop(self) -> dict[str, Measured]:
        """Gain for a difference and for both inputs together, over frequency."""
        lines = ["Va a 0 dc 0 ac 1", *self._opened("d", "a", "0"), *self._opened("c", "a", "a")]
        plot = self.bed.run("open-loop", lines, Ac(1e-3, 1e9, 20))
        hertz, gain = np.real(plot.data["frequency"]), plot.data["od"]
        self.curves = Curves(hertz, gain)
        decades, decibels = np.log10(hertz), 20 * np.log10(np.abs(gain))
        unity = 10 ** crossing(decades, decibels, 0.0)
        phase = np.degrees(np.unwrap(np.angle(gain)))
        if math.isfinite(unity):
            self.unity = unity
        falls = "" if math.isfinite(unity) else f"the gain does not fall to 1 below {hertz[-1]:.0e} Hz"
        return {
            "open_loop_gain": Measured(float(decibels[0])),
            "gain_bandwidth": Measured(10 * 10 ** crossing(decades, decibels, 20.0), falls),
            "unity_gain_frequency": Measured(unity, falls),
            "phase_margin": Measured(180 + float(np.interp(math.log10(unity), decades, phase)), falls),
            "cmrr": rejection(float(decibels[0]), abs(plot.data["oc"][0]), "signals that both inputs share"),
        }

    def _supply(self) -> dict[str, Measured]:
        plot = self.bed.run("supply", self._opened("s", "0", "0"), Ac(1e-3, 1e-2, 1), apart=1.0)
        gain = self.found["open_loop_gain"].value
        return {"psrr": rejection(gain, abs(plot.data["os"][0]), "supplies that move apart")}

    def _opened(self, name: str, inp: str, inn: str) -> list[str]:
        """A part whose loop is closed at DC alone, its inverting input at a node for small signals."""
        return [
            self.bed.part(name, {"inp": inp, "inn": f"n{name}", "out": f"o{name}"}),
            f"L{name} o{name} n{name} {_CLOSED!r}",
            f"C{name} n{name} {inn} {_BLOCK!r}",
            f"R{name} o{name} 0 {self._load('open_loop_gain', _LIGHT)!r}",
        ]

    def _slew(self) -> dict[str, Measured]:
        """Slopes of two inverters, one driven by half the other's steps.

        An inverter's inputs are apart while it slews, and what flows through clamps between them goes to ground: at a
        follower it would charge the output. A slope that doubles with the step is the bandwidth's.
        """
        window = 50 / self.unity
        for _ in range(_TRIES):
            self.window = window
            slopes = self._slopes(window)
            if all(math.isfinite(slope) for slope in slopes["full"]):
                break
            window *= 8
        return {
            name: self._rate(full, half)
            for name, full, half in zip(("slew_up", "slew_down"), slopes["full"], slopes["half"], strict=True)
        }

    def _rate(self, full: float, half: float) -> Measured:
        volts = 2 * _STEP * self.bed.rails.reach
        if not math.isfinite(full):
            return Measured(math.nan, f"an inverter does not follow a step of {volts:g} V within {self.window:.2g} s")
        ratio, said = (
            full / half,
            f"{full / 1e6:.3g} V/us after a step of {volts:g} V, {half / 1e6:.3g} after half of it",
        )
        if ratio > _LINEAR:
            return Measured(math.inf, f"nothing but the bandwidth limits the slope: {said}")
        return Measured(full / 1e6, said if ratio > 1.1 else "")

    def _slopes(self, window: float) -> dict[str, tuple[float, float]]:
        """V/s of outputs that rise and that fall, as numbers above zero; NaN for one that does not arrive."""
        top = {"full": _STEP * self.bed.rails.reach, "half": _STEP * self.bed.rails.reach / 2}
        edge = window * _EDGE
        lines = []
        for name, volts in top.items():
            times = f"{window!r} {edge!r} {edge!r} {2 * window!r} {9 * window!r}"
            lines += [f"V{name} i{name} 0 pulse({volts!r} {-volts!r} {times})", *self._inverter(name)]
        data = self.bed.run("slew", lines, Tran(5 * window, window / 500)).data
        return {
            name: (
                _between(data["time"], data[f"o{name}"], window, _MIDDLE * volts),
                _between(data["time"], -data[f"o{name}"], 3 * window, _MIDDLE * volts),
            )
            for name, volts in top.items()
        }

    def _inverter(self, name: str) -> list[str]:
        ohms = _FAST_FEEDBACK if self.unity > _FAST else _FEEDBACK
        return [
            f"Ri{name} i{name} n{name} {ohms!r}",
            f"Rf{name} n{name} o{name} {ohms!r}",
            self.bed.part(name, {"inp": "0", "inn": f"n{name}", "out": f"o{name}"}),
        ]

    def _overload(self) -> dict[str, Measured]:
        """How long an inverter stays at the ends of its swing after what drove it there is gone.

        The way back, as straight as it is in its middle, begins that much later.
        """
        window, volts = self.window or 50 / self.unity, _OVERLOAD * self.bed.rails.reach
        edge = window * _EDGE
        levels = ((1, 0.0, volts), (2, volts, 0.0), (3, 0.0, -volts), (4, -volts, 0.0))
        points = " ".join(f"{k * window!r} {old!r} {k * window + edge!r} {new!r}" for k, old, new in levels)
        lines = [f"Vb ib 0 pwl(0 0 {points})", *self._inverter("b")]
        data = self.bed.run("overload", lines, Tran(5 * window, window / 500)).data
        late = []
        for begin in (2 * window, 4 * window):
            clamped = abs(float(np.interp(begin, data["time"], data["ob"])))
            if clamped > 0.99 * volts:
                return {"overload_recovery": Measured(math.nan, "nothing limits the output: there is no overload")}
            late.append(_left(data["time"], np.abs(data["ob"]), begin, clamped))
        note = "" if all(map(math.isfinite, late)) else f"it does not come back within {window:.2g} s"
        return {"overload_recovery": Measured(math.nan if note else max(0.0, *late), note)}

    def _voltage_noise(self) -> dict[str, Measured]:
        """Noise at a follower's output, referred to its input by the gain from there."""
        hertz, devices = self._density("noise-devices", None, 0.0)
        made = voltage_noise(self.bed.cell, self.bed.cells)
        own = float(np.interp(math.log10(STATED_AT), np.log10(hertz), devices))
        account = NoiseAccount(made.at(STATED_AT), own, made.native)
        self.bed.noise = account
        if made.native or not account.is_quiet:
            return noise_figures(hertz, devices)
        return noise_figures(*self._density("noise-figures", made, 0.0), note=account.played)

    def _current_noise(self) -> dict[str, Measured]:
        """What a resistor at the input, itself without noise, adds to the noise at 1 kHz, over its ohms."""
        made = current_noise(self.bed.cell, self.bed.cells)
        if made.density and not made.native:
            return {"current_noise": Measured(made.at(STATED_AT), "as its file says")}
        quiet, loud = (self._at_input(self._density(f"noise-{ohms:g}-ohm", None, ohms)) for ohms in (0.0, _SENSE))
        return {"current_noise": Measured(math.sqrt(max(loud**2 - quiet**2, 0.0)) / _SENSE)}

    def _at_input(self, curve: tuple[Array, Array]) -> float:
        return float(np.interp(math.log10(STATED_AT), np.log10(curve[0]), curve[1]))

    def _density(self, name: str, made: Made | None, ohms: float) -> tuple[Array, Array]:
        """Density at a follower's input, with a generator there and behind a resistor if asked for."""
        lines = ["Vin in 0 dc 0 ac 1"]
        node = "in"
        if made is not None:
            lines.append(generator("n", "voltage_noise", "in noisy", made))
            node = "noisy"
        if ohms:
            lines.append(f"Rs {node} behind {ohms!r} noisy=0")
            node = "behind"
        lines.append(self.bed.part("a", {"inp": node, "inn": "out", "out": "out"}))
        return self.bed.density(name, lines, "out", 0.1, 1e5, refer=True)


def _left(instants: Array, size: Array, begin: float, clamped: float) -> float:
    """Seconds from a moment until an output leaves the end of its swing; NaN if it does not."""
    after = instants >= begin
    high, low = (crossing(instants[after], size[after], fraction * clamped) for fraction in _BACK)
    return high - begin - (low - high) * (1 - _BACK[0]) / (_BACK[0] - _BACK[1])


def _between(instants: Array, output: Array, begin: float, volts: float) -> float:
    """Volts per second from minus to plus so many volts; NaN if it does not arrive."""
    after = instants >= begin
    first, last = (crossing(instants[after], output[after], level) for level in (-volts, volts))
    return 2 * volts / (last - first)
