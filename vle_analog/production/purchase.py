"""Parts as one buys them: beside each value its series, its tolerance and its package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vle_analog.circuit.cell.cell import Kind
from vle_analog.circuit.circuit import Circuit
from vle_analog.errors import UsageError
from vle_analog.production.rounding import Series
from vle_analog.production.values import parts
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


#: what distributors have in stock, in order of preference; a rule of thumb, no maker's range
CLASSES: tuple[ToleranceClass, ...] = (
    ToleranceClass("resistor", "thin film", (0.001, 0.005, 0.01), "0603", 1e6),
    ToleranceClass("resistor", "thick film", (0.01, 0.05), "0603", 10e6),
    ToleranceClass("resistor", "thick film, high value", (0.01, 0.05, 0.1), "1206", 100e6),
    ToleranceClass("capacitor", "C0G", (0.01, 0.02, 0.05, 0.1), "0603", 10e-9),
    ToleranceClass("capacitor", "film", (0.01, 0.02, 0.05, 0.1), "film, leads 5 mm apart", 10e-6),
)


@dataclass(frozen=True)
class Order:
    """What one asks for when one buys a kind of part.

    Attributes:
        kind: of part.
        series: of values, E3 to E192.
        tolerance: relative: no part is further from its value.
    """

    kind: Kind
    series: str
    tolerance: float

    def __post_init__(self) -> None:
        Series.named(self.series)
        sold = sorted({tolerance for known in CLASSES if known.kind == self.kind for tolerance in known.tolerances})
        if not any(abs(self.tolerance - each) < 1e-9 for each in sold):
            raise UsageError(
                f"no {self.kind}s of {percent(self.tolerance)} are on sale here",
                hint=f"known tolerances: {', '.join(map(percent, sold))}",
            )

    @staticmethod
    def parse(kind: Kind, text: str) -> Order:
        """An order from text such as ``E96:1%``.

        Raises:
            UsageError: no such series or tolerance, or not of this form.
        """
        said = f"`{kind}s` '{text}'"
        series, colon, tolerance = (each.strip() for each in text.partition(":"))
        try:
            if not (series and colon and tolerance.endswith("%")):
                raise ValueError
            return Order(kind, series, round(float(tolerance[:-1]) / 100, 9))
        except ValueError:
            raise UsageError(
                f"{said} is not a series and a tolerance in per cent with a colon between them",
                hint=f"e.g. `{kind}s={STANDARD[kind]}`",
            ) from None
        except UsageError as error:
            raise UsageError(f"{said}: {error.what}", hint=error.hint) from None

    def __str__(self) -> str:
        return f"{self.series}:{percent(self.tolerance)}"


def percent(tolerance: float) -> str:
    """``0.001`` -> ``0.1%``."""
    return f"{100 * tolerance:g}%"


STANDARD: Mapping[Kind, Order] = {
    "resistor": Order("resistor", "E96", 0.01),
    "capacitor": Order("capacitor", "E12", 0.05),
}


@dataclass(frozen=True)
class Purchase:
    """One part as it is bought.

    Attributes:
        kind: of part.
        value: ohms or farads.
        series: that the value is of.
        tolerance: relative.
        technology: thin film, C0G, ...
        package: its body.
    """

    kind: Kind
    value: float
    series: str
    tolerance: float
    technology: str
    package: str


def purchased(circuit: Circuit, orders: Mapping[Kind, Order] = STANDARD) -> dict[str, Purchase]:
    """What to buy for every resistor and capacitor of a circuit, by full name (see `Part`).

    Args:
        circuit: its values are of the orders' series.
        orders: by kind.

    Raises:
        UsageError: no part of this value is on sale.
        CircuitError: a part cannot be reached or has no positive value.
    """
    found: dict[str, Purchase] = {}
    known: dict[tuple[Kind, float], Purchase] = {}
    for part in parts(circuit):
        if (part.kind, part.value) not in known:
            known[part.kind, part.value] = _purchase(orders[part.kind], part.value, part.name)
        found[part.name] = known[part.kind, part.value]
    return found


def _purchase(order: Order, value: float, name: str) -> Purchase:
    """The first class that has the value with the tolerance; else the closest tolerance that the value is sold with."""
    large = [each for each in CLASSES if each.kind == order.kind and value <= each.most * (1 + 1e-9)]
    offers = [(max(order.tolerance, each.tolerances[0]), each) for each in large]
    if not offers:
        text = engineering(value, {"resistor": "ohm", "capacitor": "F"}[order.kind])
        most = engineering(max(each.most for each in CLASSES if each.kind == order.kind))
        raise UsageError(
            f"no {order.kind} of {text} is on sale here", where=f"part '{name}'", hint=f"the largest has {most}"
        )
    tolerance, found = min(offers, key=lambda offer: offer[0])
    return Purchase(order.kind, value, order.series, tolerance, found.name, found.package)
