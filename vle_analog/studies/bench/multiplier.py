"""A multiplier on the bench: its error over the square of its inputs, offsets, feedthrough, bandwidth, noise."""

from __future__ import annotations

import math

import numpy as np

from vle_analog.analyses import Ac, Dc
from vle_analog.circuit.cell.noise import STATED_AT, voltage_noise
from vle_analog.errors import CircuitError
from vle_analog.studies.bench.decks import Bed, bandwidth, generator, noise_figures, rejection
from vle_analog.studies.bench.result import Curves, Findings, Measured, NoiseAccount
from vle_analog.waveforms import Array

#: volts of either input and of the output at full scale, and how many steps of the grid
FULL, STEPS = 10.0, 20


def measure(bed: Bed) -> Findings:
    """All of a multiplier's quantities, and its error in % of full scale over the square.

    Raises:
        CircuitError: the product has the wrong sign.
        SimulationError: ngspice failed.
    """
    volts, w = _square(bed)
    law = np.multiply.outer(volts, volts) / FULL  # y first
    error = 100 * (w - law) / FULL
    half = STEPS // 2
    slopes = {"x": _slope(volts, w[half]), "y": _slope(volts, w[:, half])}
    scale = float(np.sum(w * law) / np.sum(law * law))
    if scale < 0.5:
        raise CircuitError(
            f"the product is {scale:.2g} of what it must be",
            where=f"cell '{bed.cell.name}'",
            hint=f"its pins are swapped: the ports are {' '.join(bed.cell.ports)}, w = (x1 - x2)(y1 - y2)/scale",
        )
    unit = scale / FULL
    x_offset, y_offset = slopes["y"] / unit, slopes["x"] / unit
    zero = float(w[half, half]) - x_offset * y_offset * unit
    # what is left of one input with the other's offset trimmed away
    left = {"x": w[half] - volts * slopes["x"] - zero, "y": w[:, half] - volts * slopes["y"] - zero}
    found = {
        "total_error": float(np.max(np.abs(error))),
        "scale_error": 100 * (scale - 1),
        "x_offset": x_offset,
        "y_offset": y_offset,
        "output_offset": zero,
        **{f"{name}_feedthrough": float(100 * np.max(np.abs(rest)) / FULL) for name, rest in left.items()},
        "supply_current": bed.supply_current(_nodes("0", "0", "out")),
    }
    quantities = {
        **{name: Measured(value) for name, value in found.items()},
        **bed.attempted(("cmrr",), lambda: _common_mode(bed)),
        **bed.attempted(("bandwidth",), lambda: {"bandwidth": _bandwidth(bed)}),
        **bed.attempted(("voltage_noise", "noise_corner"), lambda: _noise(bed)),
    }
    return Findings(quantities, Curves(volts, error))


def _noise(bed: Bed) -> dict[str, Measured]:
    """Noise at the output while one input is at 0 V."""
    lines = ["Vin x 0 dc 0 ac 1", _wired(bed, "a", "x", "0", "w")]
    hertz, devices = bed.density("noise-devices", lines, "w", 0.1, 1e4, refer=False)
    made = voltage_noise(bed.cell, bed.cells)
    own = float(np.interp(np.log10(STATED_AT), np.log10(hertz), devices))
    bed.noise = NoiseAccount(made.at(STATED_AT), own, made.native)
    if made.native or not bed.noise.is_quiet:
        return noise_figures(hertz, devices)
    lines.append(generator("n", "voltage_noise", "w noisy", made))
    curve = bed.density("noise-figures", lines, "noisy", 0.1, 1e4, refer=False)
    return noise_figures(*curve, note=bed.noise.played)


def _nodes(x: str, y: str, w: str) -> dict[str, str]:
    """Nodes of either form by those of its factors; the other pin of each input is on ground."""
    return {"x": x, "x1": x, "x2": "0", "y": y, "y1": y, "y2": "0", "w": w}


def _wired(bed: Bed, name: str, x: str, y: str, w: str) -> str:
    return bed.part(name, _nodes(x, y, w))


def _slope(volts: Array, values: Array) -> float:
    """Volts per volt of a straight line through the values, symmetric about zero."""
    return float(np.sum(volts * values) / np.sum(volts * volts))


def _square(bed: Bed) -> tuple[Array, Array]:
    """Volts of either input, shape (n,), and the output over both, shape (n, n), y first."""
    step = 2 * FULL / STEPS
    lines = [
        "Vx x 0 0",
        "Vy y 0 0",
        _wired(bed, "a", "x", "y", "w"),
        "Rl w 0 10k",
    ]
    data = bed.run("static", lines, Dc("Vx", -FULL, FULL, step, outer=Dc("Vy", -FULL, FULL, step))).data
    volts = np.linspace(-FULL, FULL, STEPS + 1)
    return volts, np.reshape(data["w"], (STEPS + 1, STEPS + 1))


def _common_mode(bed: Bed) -> dict[str, Measured]:
    """What both pins of x have in common, the other input at full scale; of a form with one pin nothing."""
    if not {"x1", "x2"} <= {*bed.cell.ports}:
        return {}
    part = bed.part("a", {**_nodes("c", "f", "w"), "x2": "c"})
    lines = ["Vc c 0 0", f"Vf f 0 {FULL!r}", part, "Rl w 0 10k"]
    data = bed.run("common-mode", lines, Dc("Vc", -FULL, FULL, 2 * FULL / STEPS)).data
    leak = abs(_slope(np.linspace(-FULL, FULL, STEPS + 1), data["w"]))
    return {"cmrr": rejection(0.0, leak, "signals that both pins share")}


def _bandwidth(bed: Bed) -> Measured:
    """The lower of both inputs' bandwidths, the other one at full scale."""
    lines = [f"Vf f 0 {FULL!r}", "Va a 0 dc 0 ac 1"]
    lines += [_wired(bed, "x", "a", "f", "wx"), _wired(bed, "y", "f", "a", "wy"), "Rx wx 0 10k", "Ry wy 0 10k"]
    data = bed.run("small-signal", lines, Ac(100.0, 1e9, 40)).data
    both = [bandwidth(np.real(data["frequency"]), data[node]) for node in ("wx", "wy")]
    return min(both, key=lambda one: math.inf if math.isnan(one.value) else one.value)
