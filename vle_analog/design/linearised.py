"""Small signals of a system around where it rests: transfer functions and poles of its equations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vle_analog.design.operating_point import OperatingPoint, pinned, slopes
from vle_analog.equations.system import EquationSystem, instance_names, name_of
from vle_analog.reference.integrator import Integrator

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

#: of a numerical derivative, over a signal's size
_SHIFT = 1e-6


@dataclass(frozen=True, eq=False)
class Linearised:
    """Small signals around a rest point: ``dx/dt = a x + b u``, ``y = c x + d u``; time in model units.

    Attributes:
        a, b, c, d: shapes (states, states), (states,), (outputs, states), (outputs,).
    """

    a: Array
    b: Array
    c: Array
    d: Array

    @property
    def poles(self) -> Complex:
        """Eigenvalues, per model unit."""
        return np.linalg.eigvals(self.a).astype(complex) if self.a.size else np.zeros(0, complex)

    def response(self, frequencies: Array) -> Complex:
        """Transfer functions from the input to the outputs, shape (outputs, n).

        Args:
            frequencies: cycles per model unit, shape (n,).
        """
        unit = np.eye(len(self.a))
        found = [
            self.c @ np.linalg.solve(2j * np.pi * f * unit - self.a, self.b) + self.d for f in frequencies.tolist()
        ]
        return np.array(found, complex).reshape(len(frequencies), len(self.d)).T


def linearised(system: EquationSystem, point: OperatingPoint, source: str, outputs: Sequence[str]) -> Linearised:
    """Small signals of a system.

    Args:
        system: explicit equations, as a diagram reads back.
        point: where it rests.
        source: instance name of the input that moves.
        outputs: instance names of signals.
    """
    shift = _SHIFT * max(1.0, abs(point.inputs[source]))
    moved = ({**point.inputs, source: point.inputs[source] + each} for each in (0.0, shift, -shift))
    integrator, up, down = (Integrator(pinned(system, inputs)) for inputs in moved)
    still, width = integrator.system, 2 * shift
    names = [name for state in still.states for name in instance_names(state.symbol)]
    y = np.array([point.states[name] for name in names])
    a = slopes(y, integrator.rates) if names else np.zeros((0, 0))
    b = (up.rates(y, 0.0) - down.rates(y, 0.0)) / width
    rows, direct = [], []
    moves = slopes(y, integrator.derived) if names else np.zeros((integrator.layout.lengths["d"], 0))
    leaps = (up.derived(y, 0.0) - down.derived(y, 0.0)) / width
    places = {
        name: place
        for each in integrator.system.definitions
        for place, name in enumerate(instance_names(each.symbol), integrator.layout.span(name_of(each.symbol)).start)
    }
    for name in outputs:
        if name in names:
            rows.append(np.eye(len(names))[names.index(name)])
            direct.append(0.0)
        else:
            rows.append(moves[places[name]])
            direct.append(float(leaps[places[name]]))
    return Linearised(a, b, np.array(rows).reshape(len(outputs), len(names)), np.array(direct))
