"""Parts as one buys them: beside each value its tolerance and its package."""

from __future__ import annotations

from dataclasses import dataclass

from vle_analog.circuit.cell.cell import Kind
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Capacitor, Element, Resistor
from vle_analog.errors import UsageError
from vle_analog.owner import Owner
from vle_analog.production.flat import BoardPart
from vle_analog.production.values import Part, parts
from vle_analog.units import engineering


@dataclass(frozen=True)
class ToleranceClass:
    """A kind of part that is sold for a range of values.

    Attributes:
        kind: of part.
        name: of the technology.
        tolerances: that it is sold with, relative, the closest first; one that is better than asked for fits, too.
        package: its body.
        most: the largest value, ohms or farads.
    """

    kind: Kind
    name: str
    tolerances: tuple[float, ...]
    package: str
    most: float


#: kinds of parts that have tolerances, in the order in which people name them
_KINDS: tuple[Kind, ...] = ("resistor", "capacitor")
#: what distributors have in stock, in order of preference; a rule of thumb, no maker's range
CLASSES: tuple[ToleranceClass, ...] = (
    ToleranceClass("resistor", "thin film", (0.001, 0.005, 0.01), "0603", 1e6),
    ToleranceClass("resistor", "thick film", (0.01, 0.05), "0603", 10e6),
    ToleranceClass("resistor", "thick film, high value", (0.01, 0.05, 0.1), "1206", 100e6),
    ToleranceClass("capacitor", "C0G", (0.01, 0.02, 0.05, 0.1), "0603", 10e-9),
    ToleranceClass("capacitor", "film", (0.01, 0.02, 0.05, 0.1), "film, leads 5 mm apart", 10e-6),
)


@dataclass(frozen=True)
class Tolerances:
    """How far resistors and capacitors may be from their values when one buys them.

    Attributes:
        resistor, capacitor: relative.

    Raises:
        UsageError: nobody sells such parts.
    """

    resistor: float = 0.01
    capacitor: float = 0.05

    def __post_init__(self) -> None:
        for kind in _KINDS:
            sold = _on_sale(kind)
            if not any(abs(self.of(kind) - each) < 1e-9 for each in sold):
                raise UsageError(
                    f"no {kind}s of {percent(self.of(kind))} are on sale here",
                    hint=f"known tolerances: {', '.join(map(percent, sold))}",
                )

    def of(self, kind: Kind) -> float:
        """That of a kind of part."""
        return self.resistor if kind == "resistor" else self.capacitor

    @staticmethod
    def within(resistor: float, capacitor: float) -> Tolerances:
        """The widest that are sold within these.

        Raises:
            UsageError: none is so close.
        """
        found = []
        for kind, wanted in zip(_KINDS, (resistor, capacitor), strict=True):
            fitting = [tolerance for tolerance in _on_sale(kind) if tolerance <= wanted * (1 + 1e-9)]
            if not fitting:
                known = ", ".join(map(percent, _on_sale(kind)))
                raise UsageError(
                    f"no {kind}s of {percent(wanted)} are on sale, for `mismatch`", hint=f"known tolerances: {known}"
                )
            found.append(max(fitting))
        return Tolerances(*found)

    @staticmethod
    def parse(text: str) -> Tolerances:
        """Tolerances from text such as ``1%,5%``, resistors first.

        Raises:
            UsageError: not of this form, or none that is sold.
        """
        words = [word.strip() for word in text.split(",")]
        try:
            if len(words) != len(_KINDS) or not all(word.endswith("%") for word in words):
                raise ValueError
            values = [round(float(word[:-1]) / 100, 9) for word in words]
        except ValueError:
            raise UsageError(
                f"`tolerances` '{text}' is not one in per cent of resistors and one of capacitors",
                hint=f"e.g. `tolerances={STANDARD}`",
            ) from None
        try:
            return Tolerances(*values)
        except UsageError as error:
            raise UsageError(f"`tolerances` '{text}': {error.what}", hint=error.hint) from None

    def __str__(self) -> str:
        return f"{percent(self.resistor)},{percent(self.capacitor)}"


def _on_sale(kind: Kind) -> list[float]:
    """All tolerances with which a kind of part is sold, the closest first."""
    return sorted({tolerance for known in CLASSES if known.kind == kind for tolerance in known.tolerances})


def percent(tolerance: float) -> str:
    """``0.001`` -> ``0.1%``."""
    return f"{100 * tolerance:g}%"


#: what is bought unless told otherwise
STANDARD = Tolerances()


@dataclass(frozen=True)
class Purchase:
    """One part as it is bought.

    Attributes:
        kind: of part.
        value: ohms or farads.
        tolerance: relative.
        technology: thin film, C0G, ...
        package: its body.
    """

    kind: Kind
    value: float
    tolerance: float
    technology: str
    package: str


def purchased(circuit: Circuit, tolerances: Tolerances = STANDARD) -> dict[str, Purchase]:
    """What to buy for every resistor and capacitor of a circuit, by full name (see `Part`).

    Args:
        circuit: with the values that are bought.
        tolerances: no part is further from its value where it is sold so close.

    Raises:
        UsageError: no part of this value is on sale.
        CircuitError: a part cannot be reached or has no positive value.
    """
    found: dict[str, Purchase] = {}
    known: dict[tuple[Kind, float], Purchase] = {}
    for part in parts(circuit):
        if (part.kind, part.value) not in known:
            known[part.kind, part.value] = _purchase(part, tolerances.of(part.kind))
        found[part.name] = known[part.kind, part.value]
    return found


def bought_as(element: Element | BoardPart, tolerance: float) -> Purchase | None:
    """What to buy for a resistor or capacitor by itself; None for anything else.

    Raises:
        UsageError: no part of this value is on sale.
    """
    match element:
        case Resistor(name, ohms=value):
            kind: Kind = "resistor"
        case Capacitor(name, farads=value):
            kind, tolerance = "capacitor", STANDARD.capacitor
        case _:
            return None
    value = float(f"{value:.10g}")  # what formulas make of scales is off by the last digits
    return _purchase(Part(kind, name, value, "", Owner.BOARD), tolerance)


def _purchase(part: Part, wanted: float) -> Purchase:
    """The first class that sells the value no better than asked for; else as much better, or worse, as it must be."""
    large = [each for each in CLASSES if each.kind == part.kind and part.value <= each.most * (1 + 1e-9)]
    offers = [(_sold(each, wanted), each) for each in large]
    if not offers:
        text = engineering(part.value, {"resistor": "ohm", "capacitor": "F"}[part.kind])
        most = engineering(max(each.most for each in CLASSES if each.kind == part.kind))
        raise UsageError(
            f"no {part.kind} of {text} is on sale here", where=f"part '{part.name}'", hint=f"the largest has {most}"
        )
    tolerance, found = min(offers, key=lambda offer: (max(offer[0], wanted), wanted - offer[0]))
    return Purchase(part.kind, part.value, tolerance, found.name, found.package)


def _sold(each: ToleranceClass, wanted: float) -> float:
    """The widest tolerance within the one that is asked for; the closest that there is where none is."""
    return max((sold for sold in each.tolerances if sold <= wanted * (1 + 1e-9)), default=each.tolerances[0])
