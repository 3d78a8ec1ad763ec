"""The error paths of all rules over frequency: what their formulas say, and what the equations that run do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vle_analog.studies.frequency.error_paths import learned, response

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]


@dataclass(frozen=True)
class FrequencyResponses:
    """Gain and phase of all rules' error paths e/p.

    Attributes:
        tau_m, tau_r: of the neuron, model units.
        spectrum, amplitudes: of the p that the coefficients were learned on, shape (k,); rad per model unit.
        coefficients: ka, kb, kc by rule.
        frequencies, symbolic: where and what the formulas say, e/p by rule, each of shape (n,).
        points, measured: where and what the equations do, e/p by rule, each of shape (m,).
    """

    tau_m: float
    tau_r: float
    spectrum: Array
    amplitudes: Array
    coefficients: Mapping[str, tuple[float, float, float]]
    frequencies: Array
    symbolic: Mapping[str, Complex]
    points: Array
    measured: Mapping[str, Complex]

    @property
    def learned(self) -> Mapping[str, tuple[float, float, float]]:
        """The coefficients of rules that learn any."""
        return {rule: k for rule, k in self.coefficients.items() if learned(rule)}

    def at_spectrum(self, rule: str) -> Complex:
        """A rule's e/p at p's frequencies by its formula, shape (k,)."""
        return response(rule, self.spectrum, self.tau_m, self.tau_r, self.coefficients[rule])

    def errors(self) -> dict[str, float]:
        """Errors by rule: ``|e - e_adjoint| / |e_adjoint|``, both root mean squares over p's spectrum."""
        size, exact = self.amplitudes, response("adjoint", self.spectrum, self.tau_m, self.tau_r)
        scale = float(np.linalg.norm(size * exact))
        return {rule: float(np.linalg.norm(size * (self.at_spectrum(rule) - exact))) / scale for rule in self.symbolic}

    def deviation(self) -> float:
        """The largest relative distance of a measured point from its formula."""
        deviation = 0.0
        for rule, values in self.measured.items():
            formula = response(rule, self.points, self.tau_m, self.tau_r, self.coefficients[rule])
            deviation = max(deviation, float(np.max(np.abs(values / formula - 1))))
        return deviation

    def record(self) -> dict[str, Any]:
        """Plain data.

        ``error``: as `errors`; ``gain``, ``phase``: of e/p by rule at the spectrum's frequencies, from the formulas,
        phases in degrees; ``measured``: the same from the equations that run, at frequencies of its own;
        ``measured_deviation``: as `deviation`.
        """
        at_spectrum = {rule: self.at_spectrum(rule) for rule in self.symbolic}
        return {
            "tau_m": self.tau_m,
            "tau_r": self.tau_r,
            "spectrum": self.spectrum.tolist(),
            "amplitudes": self.amplitudes.tolist(),
            "coefficients": {rule: list(k) for rule, k in self.learned.items()},
            "error": self.errors(),
            "gain": {rule: np.abs(values).tolist() for rule, values in at_spectrum.items()},
            "phase": {rule: np.angle(values, deg=True).tolist() for rule, values in at_spectrum.items()},
            "measured": {
                "frequencies": self.points.tolist(),
                "gain": {rule: np.abs(values).tolist() for rule, values in self.measured.items()},
                "phase": {rule: np.angle(values, deg=True).tolist() for rule, values in self.measured.items()},
            },
            "measured_deviation": self.deviation(),
        }
