"""What is bought: classes of parts by value and tolerance."""

from __future__ import annotations

import pytest

from vle_analog.circuit.cell.cell import Kind
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import Capacitor, Resistor
from vle_analog.circuit.parts import library
from vle_analog.production.prices import Wanted, price_list
from vle_analog.production.purchase import CLASSES, Purchase, Tolerances, purchased


def bought(kind: Kind, value: float, tolerances: Tolerances) -> Purchase:
    """What is bought for one part."""
    part = Resistor("r", ("a", "0"), value) if kind == "resistor" else Capacitor("c", ("a", "0"), value, 0.0)
    (found,) = purchased(Circuit("c", (Section("s", (part,)),), library(), 1.0, {}, "ideal"), tolerances).values()
    return found


@pytest.mark.parametrize("resistor", [0.001, 0.005, 0.01, 0.05])
@pytest.mark.parametrize("value", [1e3, 900e3, 5e6, 50e6])
def test_a_resistor_is_of_a_class_that_sells_this_tolerance_and_has_a_price(value: float, resistor: float) -> None:
    found = bought("resistor", value, Tolerances(resistor, 0.05))
    sold = [each for each in CLASSES if each.name == found.technology and found.tolerance in each.tolerances]
    assert sold and value <= sold[0].most
    # as wide as allowed where such a class reaches so far, or the closest that does
    assert found.tolerance <= resistor or value > 1e6
    assert price_list().offer(Wanted("resistor", found.technology, found.package, found.tolerance, value))


def test_nothing_better_is_bought_than_is_asked_for() -> None:
    assert bought("resistor", 1e4, Tolerances(0.05, 0.1)).technology == "thick film"
    assert bought("resistor", 1e4, Tolerances(0.01, 0.1)).technology == "thin film"
    assert bought("capacitor", 1e-9, Tolerances(0.05, 0.1)).tolerance == 0.1
