"""What stands over and beside the panels of a run's figures: title and parts, seconds above, volts at the right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from vle_analog.design.built import Built
from vle_analog.report.sheet import (
    Plain,
    parts_line,
    typeset,
)
from vle_analog.units import engineering

TIME = "time (model units)"
#: what the two runs are called
EQUATIONS_LABEL, CIRCUIT_LABEL = "equations (reference)", "circuit"
#: inches that a second axis takes above a panel, and at its right
ABOVE, BESIDE = 0.3, 0.72
#: small letters of second axes, which are not to be taken for the first
_PALE = "#666666"
_SECOND: dict[str, Any] = {"labelsize": 8, "labelcolor": _PALE, "color": "#999999", "length": 3, "pad": 1.5}


@dataclass(frozen=True)
class Heading:
    """What stands over a figure, and what is known of the circuit that it shows.

    Attributes:
        title: of the figure.
        built: the circuit; None where only its waveforms are known.
    """

    title: str = ""
    built: Built | None = None

    @property
    def line(self) -> dict[str, Any]:
        """How the circuit is drawn: by the parts that it has."""
        return parts_line(self.built is not None and self.built.is_real)

    @property
    def circuit(self) -> str:
        """What the circuit is called in a legend."""
        real = self.built is not None and self.built.is_real
        return CIRCUIT_LABEL if self.built is None else f"circuit, {'real' if real else 'ideal'} parts"

    @property
    def time(self) -> str:
        """What an axis of time is called that has no second one."""
        return (
            TIME
            if self.built is None
            else f"time (model units of {typeset(engineering(self.built.circuit.unit, 's'))})"
        )

    def volts(self, name: str) -> float | None:
        """Volts per model unit of a signal; None where it is none of the circuit's."""
        return None if self.built is None else self.built.circuit.volts_per_unit.get(name)

    def __str__(self) -> str:
        """The title, and the parts."""
        return self.title if self.built is None else f"{self.title}: {self.built.parts}".removeprefix(": ")


def in_volts(label: str, volts: float | None) -> str:
    """An axis' name, and what its unit is in the circuit."""
    return label if volts is None else f"{label}  (1 is {typeset(engineering(volts, 'V'))})"


def seconds_above(axes: Axes, heading: Heading) -> None:
    """The circuit's own time along a panel's upper edge."""
    if heading.built is None:
        return
    unit = heading.built.circuit.unit
    longest = unit * max(abs(limit) for limit in axes.get_xlim())
    power, name = next(((p, n) for p, n in ((0, "s"), (3, "ms"), (6, "μs")) if longest * 10**p >= 2), (9, "ns"))
    scale = unit * 10**power
    above = axes.secondary_xaxis("top", functions=_times(scale))
    above.xaxis.set_major_locator(MaxNLocator(5))
    above.tick_params(**_SECOND)
    above.spines["top"].set_visible(False)
    _aside(axes, name, (0, 1), (-14, 4))


def _times(factor: float) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """From an axis' units to a second one's and back."""
    return lambda value: np.asarray(value) * factor, lambda value: np.asarray(value) / factor


def volts_beside(axes: Axes, heading: Heading, name: str) -> None:
    """The circuit's own volts at a panel's right; negative factors turn the axis round, as the node is inverted."""
    if (volts := heading.volts(name)) is None:
        return
    beside = axes.secondary_yaxis("right", functions=_times(volts))
    beside.yaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
    beside.yaxis.set_major_formatter(Plain())
    beside.tick_params(**_SECOND)
    beside.spines["right"].set_visible(False)
    if volts > 0:  # a letter alone is upright: on its side it is another sign
        _aside(axes, "V", (1, 0.5), (34, 0))
    else:
        _aside(axes, "V, inverted", (1, 0.5), (34, 0), rotation=90)


def _aside(axes: Axes, text: str, place: tuple[float, float], offset: tuple[float, float], rotation: float = 0) -> None:
    """Small words beside a panel: so many points from a place in it."""
    looks: dict[str, Any] = {"fontsize": 8, "color": _PALE, "rotation": rotation, "ha": "center"}
    axes.annotate(
        text,
        place,
        offset,
        xycoords="axes fraction",
        textcoords="offset points",
        va="center" if rotation else "bottom",
        **looks,
    )
