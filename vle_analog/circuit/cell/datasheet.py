"""What a data sheet says of a part, in SI units: figures with their units, and how parameters scatter.

`notes` reads it in a cell's file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from vle_analog.laws import LAWS

#: volts of either supply that figures hold at unless a note says otherwise
USUAL_RAIL = 15.0
#: units of figures: the SI unit, and the power of ten between the two
UNITS: dict[str, tuple[str, int]] = {
    "Hz": ("Hz", 0),
    "V": ("V", 0),
    "A": ("A", 0),
    "s": ("s", 0),
    "V/s": ("V/s", 0),
    "V/us": ("V/s", 6),
    "V/rtHz": ("V/rtHz", 0),
    "A/rtHz": ("A/rtHz", 0),
    "%": ("", -2),
    "dB": ("dB", 0),
    "deg": ("deg", 0),
}
#: where a figure is from that was not seen in a source: somebody remembers the sheet; it is a guess, whose reason a
#: comment gives; the bench measured it, of a part that is a design of one's own
ORIGINS = ("memory", "assumed", "measured")
#: notes that say what temperature, and what the supply, makes of a parameter
THERMAL, FED = ("drift", "doubles"), ("rejection", "follows")
_MULTIPLIER = {
    "total_error": "%",
    "scale_error": "%",
    "x_offset": "V",
    "y_offset": "V",
    "output_offset": "V",
    "x_feedthrough": "%",
    "y_feedthrough": "%",
    "cmrr": "dB",
    "bandwidth": "Hz",
    "voltage_noise": "V/rtHz",
    "noise_corner": "Hz",
    "supply_current": "A",
}
#: of a form whose inputs have one pin each
_GROUNDED = {name: unit for name, unit in _MULTIPLIER.items() if name != "cmrr"}
_CURVE = {"deviation": "%", "offset": "V", "bandwidth": "Hz", "supply_current": "A"}
#: by role: the figures that may be stated, in the order of tables, and the unit that people give them in
FIGURES: dict[str, dict[str, str]] = {
    "opamp": {
        "open_loop_gain": "dB",
        "gain_bandwidth": "Hz",
        "unity_gain_frequency": "Hz",
        "phase_margin": "deg",
        "slew_up": "V/us",
        "slew_down": "V/us",
        "overload_recovery": "s",
        "swing_high": "V",
        "swing_low": "V",
        "source_current": "A",
        "sink_current": "A",
        "offset": "V",
        "bias_current": "A",
        "offset_current": "A",
        "cmrr": "dB",
        "psrr": "dB",
        "voltage_noise": "V/rtHz",
        "noise_corner": "Hz",
        "current_noise": "A/rtHz",
        "supply_current": "A",
    },
    "multiplier": _MULTIPLIER,
    "multiplier_grounded": _GROUNDED,
    **{law.name: _CURVE for law in LAWS.values() if law.measured},
}


@dataclass(frozen=True)
class Figure:
    """A figure of a data sheet.

    Attributes:
        name: as in `FIGURES`.
        value: in the SI unit.
        unit: SI; empty for a ratio, ``dB`` and ``deg`` as they are.
        condition: what stands behind the unit.
        load: ohms that it is stated at; None where none are named.
    """

    name: str
    value: float
    unit: str
    condition: str = ""
    load: float | None = None

    def per(self, unit: str) -> float:
        """Its value in a unit of `UNITS` for the same quantity."""
        assert UNITS[unit][0] == self.unit
        return decimal_shift(repr(self.value), -UNITS[unit][1])


@dataclass(frozen=True)
class Spread:
    """How a parameter scatters around zero.

    Attributes:
        sigma: standard deviation, by the data sheet's typical value.
        most: that the data sheet allows.
        drift: standard deviation of what a kelvin adds; 0 where none is known.
        doubling: kelvin that double it; 0 for any.
        rejection: standard deviation of what a volt adds by which both supplies move apart; 0 where none is known.
        follows: what a volt more of the positive and of the negative supply adds, which all parts have alike.
        between: ports where it counts, if none of them lies on ground; everywhere where empty.
    """

    sigma: float
    most: float
    drift: float = 0.0
    doubling: float = 0.0
    rejection: float = 0.0
    follows: tuple[float, float] = (0.0, 0.0)
    between: tuple[str, ...] = ()


@dataclass(frozen=True)
class Package:
    """What a part comes in: how many functional units, in which body."""

    units: int
    body: str


@dataclass(frozen=True)
class DataSheet:
    """What a cell's notes say.

    Attributes:
        summary: what it is.
        law: its transfer function, as text.
        source: of its figures, as text; with several, by label.
        package: None for what has none.
        supply: amperes at rest per functional unit; None where nobody says.
        pins: numbers of the package's pins by port: one for each unit, or one for all; empty where nobody says.
        grounded: numbers of pins that lie on ground.
        summing: number of the pin whose voltage is added to its output; empty where there is none.
        section: volts of either supply that its packages have of their own; None where they have the board's.
        designator: letters that designators begin with; empty for the usual ones.
        lag: seconds by which it is late, as a formula of its parameters; empty where it is the same for all.
        valued: parameter with the value by which it is sold; empty for what has none.
        assembly: how close the resistors are, relative, of a part that is made of parts which one buys one by one; None
            of what comes in a package or is nothing that one buys.
        built: name of the cell with the parts that a law is built of; empty where its own file has them.
        shared: ports that one such cell drives for all that have its other ports at the same nodes; empty where each
            use has one.
        figures: by name; as measured where the notes have them so, else as stated.
        stated: those that a data sheet states.
        measured: names of those that were measured of the cell itself.
        spread: by parameter.
        pole: hertz, of the pole that the law names; None where it names none.
        rails: the least and the most volts of either supply that it works on; None where nobody says.
        rail: volts of either supply that its figures hold at.
        range: the largest argument of a function's part, in its unit; None where any will do.
        noise: what makes it in an analysis of noise, one of `NOISE`; empty where nobody says.
        origins: where each figure is from, a source's label or one of `ORIGINS`: by a stated figure's name, by a
            parameter, by ``drift``, ``doubles``, ``rejection`` or ``follows`` and a parameter, and by ``supply``.
            Figures of which the file does not say it are missing.
        ideal: defaults as written, by parameter, where all of a stage's devices are laws.
    """

    summary: str = ""
    law: str = ""
    source: str = ""
    package: Package | None = None
    supply: float | None = None
    pins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    grounded: tuple[str, ...] = ()
    summing: str = ""
    section: float | None = None
    designator: str = ""
    lag: str = ""
    valued: str = ""
    assembly: float | None = None
    built: str = ""
    shared: tuple[str, ...] = ()
    figures: Mapping[str, Figure] = field(default_factory=dict)
    stated: Mapping[str, Figure] = field(default_factory=dict)
    measured: frozenset[str] = frozenset()
    spread: Mapping[str, Spread] = field(default_factory=dict)
    pole: float | None = None
    rails: tuple[float, float] | None = None
    rail: float = USUAL_RAIL
    range: float | None = None
    noise: str = ""
    origins: Mapping[str, str] = field(default_factory=dict)
    ideal: Mapping[str, str] = field(default_factory=dict)

    def of(self, origin: str) -> tuple[str, ...]:
        """The figures that are from one source or one of `ORIGINS`, in the order of the notes."""
        return tuple(name for name, where in self.origins.items() if where == origin)

    def unseen(self, parameters: Sequence[str]) -> tuple[str, ...]:
        """What scatters or drifts by figures that nobody saw in a sheet, with where they are from instead: ``VOS
        (memory)``; of these parameters."""
        scattering = [*parameters, *(f"{key} {name}" for key in (*THERMAL, *FED) for name in parameters)]
        found = ((name, self.origins.get(name, "")) for name in scattering)
        return tuple(f"{name} ({origin})" for name, origin in found if origin in ("memory", "assumed"))

    def value(self, name: str, otherwise: float) -> float:
        """A figure's value, SI; another one where it is not known."""
        return self.figures[name].value if name in self.figures else otherwise

    def slower(self, factor: float) -> DataSheet:
        """The sheet of the same part with so many times its lag."""
        figures = dict(self.figures)
        if (bandwidth := figures.get("bandwidth")) is not None:
            figures["bandwidth"] = replace(bandwidth, value=bandwidth.value / factor)
        return replace(self, figures=figures, lag=f"({self.lag})*{factor!r}" if self.lag else "")

    def at_rail(self, rail: float) -> DataSheet:
        """The sheet of the same part on another supply: its swing ends as far from there."""
        if rail == self.rail:
            return self
        moved = {"swing_high": rail - self.rail, "swing_low": self.rail - rail}

        def shifted(figures: Mapping[str, Figure]) -> dict[str, Figure]:
            return {
                name: replace(figure, value=figure.value + moved[name]) if name in moved else figure
                for name, figure in figures.items()
            }

        return replace(self, figures=shifted(self.figures), stated=shifted(self.stated), rail=rail)


def decimal_shift(number: str, power: int) -> float:
    """A decimal number times a power of ten, exact to the last bit."""
    digits, _, exponent = number.lower().partition("e")
    return float(f"{digits}e{int(exponent or 0) + power}")
