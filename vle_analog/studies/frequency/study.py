"""Error paths of all rules over frequency: their formulas, and their equations driven sine by sine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vle_analog.errors import UsageError
from vle_analog.fields import numbers
from vle_analog.lab.lab import Lab
from vle_analog.options import option
from vle_analog.studies.frequency.error_paths import RULES, coefficients, measured, response
from vle_analog.studies.frequency.result import FrequencyResponses

#: seven sines, the spectrum that coefficients are learned on unless told otherwise, radians per model unit
SEVEN_SINES: tuple[float, ...] = tuple(np.geomspace(0.1, 2, 7).tolist())
#: how far apart the fastest and the slowest of time constants and sines may be: steps follow the one, spans the other
WIDEST = 1000.0
#: at how many frequencies formulas are drawn
_DRAWN = 400


@dataclass(frozen=True)
class FrequencyPlan:
    """What is compared.

    Attributes:
        tau_m, tau_r: of the neuron, model units.
        spectrum: frequencies of p that the coefficients are learned on, radians per model unit.
        amplitudes: of p there, one, or one per frequency.
        points: how many frequencies to measure at.
        rules: which error paths.

    Raises:
        UsageError: a time constant or frequency is not positive, there is no frequency, or they lie too far apart.
    """

    tau_m: float = option("The neuron's membrane time constant, model units.", 1.0)
    tau_r: float = option("Its prospective time constant, model units.", 0.1)
    spectrum: tuple[float, ...] = option(
        "Frequencies of the signal that coefficients are learned on, radians per model unit.",
        SEVEN_SINES,
        metavar="W,W,...",
        parse=lambda text: numbers(text, name="spectrum"),
    )
    amplitudes: float | tuple[float, ...] = 1.0
    points: int = 13
    rules: Sequence[str] = RULES

    def __post_init__(self) -> None:
        for name, values in (("tau_m", [self.tau_m]), ("tau_r", [self.tau_r]), ("spectrum", self.spectrum)):
            for value in values:
                if not 0 < value < np.inf:
                    raise UsageError(
                        f"`{name}` must be positive and finite, not {value:g}", hint="give a number above 0"
                    )
        if not len(self.spectrum):
            raise UsageError("`spectrum` has no positive frequency", hint="give at least one")
        times = [self.tau_m, self.tau_r, *(1 / line for line in self.spectrum)]
        if max(times) > WIDEST * min(times):
            raise UsageError(
                f"`tau_m`, `tau_r` and 1/frequency reach from {min(times):.3g} to {max(times):.3g} model units",
                hint=f"keep `tau_m`, `tau_r` and one over each of `spectrum` within a factor of {WIDEST:g}",
            )


def frequency(plan: FrequencyPlan, lab: Lab) -> FrequencyResponses:
    """Compute and measure all rules' error paths.

    Args:
        plan: what to compare.
        lab: told how far it is.

    Raises:
        UsageError: an unknown rule.
    """
    tau_m, tau_r = plan.tau_m, plan.tau_r
    lines = np.array(plan.spectrum, float)
    sizes = np.broadcast_to(np.asarray(plan.amplitudes, float), lines.shape)
    low, high = min(0.1 / max(tau_m, tau_r), lines.min() / 2), max(10 / min(tau_m, tau_r), 2 * lines.max())
    frequencies, points = np.geomspace(low, high, _DRAWN), np.geomspace(low, high, plan.points)
    learned = {rule: coefficients(rule, lines, tau_m, tau_r, sizes) for rule in plan.rules}
    lab.progress("measuring", 0.0)
    return FrequencyResponses(
        tau_m=tau_m,
        tau_r=tau_r,
        spectrum=lines,
        amplitudes=sizes,
        coefficients=learned,
        frequencies=frequencies,
        symbolic={rule: response(rule, frequencies, tau_m, tau_r, learned[rule]) for rule in plan.rules},
        points=points,
        measured=measured(points, tau_m, tau_r, learned, plan.rules),
    )
