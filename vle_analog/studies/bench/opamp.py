"""An op-amp on the bench: what the electrical characteristics of a data sheet state."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vle_analog.circuit.cell.datasheet import Figure
from vle_analog.errors import CircuitError
from vle_analog.studies.bench.decks import Bed, crossing, noise_figures
from vle_analog.studies.bench.result import Curves
from vle_analog.waveforms import Array

#: ohms at the output unless a figure is stated at another load
LOAD = 10e3
#: closes the loop at DC alone: henries and farads
_CLOSED, _BLOCK = 1e9, 1e9


def measure(bed: Bed, figures: Mapping[str, Figure]) -> tuple[dict[str, float], Curves]:
    """All of an op-amp's quantities, and its open-loop gain.

    Raises:
        CircuitError: the output goes the wrong way.
        SimulationError: ngspice failed.
    """
    found = _static(bed, figures)
    hertz, gain, small = _open_loop(bed, figures)
    found |= small
    found |= _large_signal(bed, small["unity_gain_frequency"])
    lines = ["Vin clean 0 dc 0 ac 1", bed.part("a", {"inp": "noisy", "inn": "out", "out": "out"}, VOS=0.0)]
    noise, density = bed.noise(lines, "n")
    found |= noise_figures(noise, density)
    return found, Curves(hertz, gain)


def _load(figures: Mapping[str, Figure], name: str) -> float:
    return (figures[name].load if name in figures else None) or LOAD


def _static(bed: Bed, figures: Mapping[str, Figure]) -> dict[str, float]:
    """Offset and currents of a follower; swing and short-circuit current at an input of -1 and 1 V."""
    lines = [
        "Vs s 0 0",
        bed.part("a", {"inp": "pa", "inn": "na", "out": "oa"}),
        "Vpa pa 0 0",
        "Vna na oa 0",
        bed.part("high", {"inp": "s", "inn": "0", "out": "oh"}),
        f"Rh oh 0 {_load(figures, 'swing_high')!r}",
        bed.part("low", {"inp": "s", "inn": "0", "out": "ol"}),
        f"Rl ol 0 {_load(figures, 'swing_low')!r}",
        bed.part("short", {"inp": "s", "inn": "0", "out": "os"}),
        "Vos os 0 0",
    ]
    data = bed.run(lines, ["dc Vs -1 1 2"], "v-sweep", "static").data
    if not data["oh"][1] > data["oh"][0]:
        raise CircuitError(
            "the output falls when v(inp) rises",
            where=f"cell '{bed.cell.name}'",
            hint="its inputs are swapped: the ports are inp inn out vcc vee, in this order",
        )
    into = [-float(data[f"i({name})"][0]) for name in ("vpa", "vna")]
    return {
        "offset": float(data["oa"][0]),
        "bias_current": sum(into) / 2,
        "offset_current": into[0] - into[1],
        "swing_high": float(data["oh"][1]),
        "swing_low": float(data["ol"][0]),
        "source_current": float(data["i(vos)"][1]),
        "sink_current": -float(data["i(vos)"][0]),
        "supply_current": bed.supply_current({"inp": "0", "inn": "out", "out": "out"}),
    }


def _open_loop(bed: Bed, figures: Mapping[str, Figure]) -> tuple[Array, Array, dict[str, float]]:
    """Gain for a difference, for both inputs together and for the supply, over frequency."""
    plot = bed.run(
        ["Va a 0 dc 0 ac 1", *_opened(bed, figures, "d", "a", "0"), *_opened(bed, figures, "c", "a", "a")],
        ["ac dec 20 1m 1g"],
        "frequency",
        "open-loop",
    )
    supply = bed.run(_opened(bed, figures, "s", "0", "0"), ["ac dec 1 1m 10m"], "frequency", "supply-ac", apart=1.0)
    hertz, gain = np.real(plot.data["frequency"]), plot.data["od"]
    decades, decibels = np.log10(hertz), 20 * np.log10(np.abs(gain))
    unity = crossing(decades, decibels, 0.0)
    phase = np.degrees(np.unwrap(np.angle(gain)))
    small = {
        "open_loop_gain": float(decibels[0]),
        "gain_bandwidth": 10 * 10 ** crossing(decades, decibels, 20.0),
        "unity_gain_frequency": 10**unity,
        "phase_margin": 180 + float(np.interp(unity, decades, phase)),
    }
    for name, leaks in (("cmrr", abs(plot.data["oc"][0])), ("psrr", abs(supply.data["os"][0]))):
        small[name] = float(decibels[0] - 20 * np.log10(leaks)) if leaks > 0 else float("inf")
    return hertz, gain, small


def _opened(bed: Bed, figures: Mapping[str, Figure], name: str, inp: str, inn: str) -> list[str]:
    """A part whose loop is closed at DC alone, its inverting input at a node for small signals."""
    return [
        bed.part(name, {"inp": inp, "inn": f"n{name}", "out": f"o{name}"}),
        f"L{name} o{name} n{name} {_CLOSED!r}",
        f"C{name} n{name} {inn} {_BLOCK!r}",
        f"R{name} o{name} 0 {_load(figures, 'open_loop_gain')!r}",
    ]


def _large_signal(bed: Bed, unity: float) -> dict[str, float]:
    """Slew of a follower between -5 and 5 V; how long an inverter driven to 20 V takes to come back."""
    each = 50 / unity
    for _ in range(4):
        instants, follower, inverter = _steps(bed, each)
        up, down = (_between(instants, follower, edge * each, sign) for edge, sign in ((1, 1.0), (3, -1.0)))
        if np.isfinite(up) and np.isfinite(down):
            break
        each *= 8
    recovery = []
    for edge, slew in ((2, up), (4, down)):
        begun = instants >= edge * each
        clamped = float(np.interp(edge * each, instants, inverter))
        back = crossing(instants[begun], np.abs(inverter[begun]), 0.1 * abs(clamped))
        recovery.append(back - edge * each - 0.9 * abs(clamped) / slew)
    return {"slew_up": up / 1e6, "slew_down": down / 1e6, "overload_recovery": max(0.0, *recovery)}


def _steps(bed: Bed, each: float) -> tuple[Array, Array, Array]:
    edge = each / 1e4
    step = f"pulse(-5 5 {each!r} {edge!r} {edge!r} {2 * each!r} {9 * each!r})"
    levels = ((0, 0.0), (1, 20.0), (2, 0.0), (3, -20.0), (4, 0.0))
    points = " ".join(
        f"{k * each!r} {before!r} {k * each + edge!r} {level!r}"
        for (k, level), before in zip(levels[1:], [level for _, level in levels], strict=False)
    )
    lines = [
        f"Va a 0 {step}",
        bed.part("f", {"inp": "a", "inn": "of", "out": "of"}),
        f"Rf of 0 {LOAD!r}",
        f"Vb b 0 pwl(0 0 {points})",
        "R1 b n 10k",
        "R2 n oi 10k",
        bed.part("i", {"inp": "0", "inn": "n", "out": "oi"}),
    ]
    plot = bed.run(lines, [f"tran {each / 500!r} {5 * each!r} 0 {each / 500!r}"], "time", "steps")
    return plot.data["time"], plot.data["of"], plot.data["oi"]


def _between(instants: Array, output: Array, begin: float, sign: float) -> float:
    """Volts per second from 20 to 80 % of an edge of 10 V; NaN if it does not arrive."""
    after = instants >= begin
    times = [crossing(instants[after], sign * output[after], level) for level in (-3.0, 3.0)]
    return 6.0 / (times[1] - times[0])
