"""Explicit Runge-Kutta methods."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vle_analog.reference.driver import Stages


@dataclass(frozen=True)
class Tableau:
    """An explicit Runge-Kutta method whose stages lie at the step's start, middle and end.

    Attributes:
        name: of the method.
        order: its order of convergence.
        nodes: stage times in half steps (0, 1 or 2).
        previous: coefficient of the previous stage in each stage's state (others are zero).
        weights: of the stages in the step.
    """

    name: str
    order: int
    nodes: tuple[int, ...]
    previous: tuple[float, ...]
    weights: tuple[float, ...]

    @property
    def stages(self) -> Stages:
        """As the compiled loops read it."""
        return Stages(np.array(self.nodes), np.array(self.previous), np.array(self.weights))


#: the classical method of order 4 (Kutta 1901), Heun's of order 2 and Euler's, the fastest for long learning runs
RK4 = Tableau("rk4", 4, (0, 1, 1, 2), (0.0, 0.5, 0.5, 1.0), (1 / 6, 1 / 3, 1 / 3, 1 / 6))
EULER = Tableau("euler", 1, (0,), (0.0,), (1.0,))
HEUN = Tableau("heun", 2, (0, 2), (0.0, 1.0), (0.5, 0.5))
