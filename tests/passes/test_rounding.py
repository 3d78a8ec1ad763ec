"""Rounding to E-series: what is in the catalogue, and how far off it can be."""

from __future__ import annotations

import math
import time
from dataclasses import replace

import numpy as np
import pytest
from eseries import E12, E96, E192, series
from hypothesis import given
from hypothesis import strategies as st

from tests.blocks.bench import built
from vle_analog.circuit.cells import library
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import Capacitor, Instance, Resistor
from vle_analog.errors import CircuitError, UsageError
from vle_analog.netlist.ngspice import render
from vle_analog.netlist.testbench import Testbench as Bench
from vle_analog.passes.rounding import rounded, rounder
from vle_analog.passes.variation import mismatched
from vle_analog.tasks import chain

#: half of the widest step, 133 to 137 (the series' whole numbers are rounded themselves)
WORST_E96 = math.sqrt(137 / 133) - 1


def parts(circuit: Circuit) -> tuple[list[float], list[float]]:
    """All resistances and capacitances, in order."""
    ohms, farads = [], []
    for element in circuit.elements():
        if isinstance(element, Resistor):
            ohms.append(element.ohms)
        elif isinstance(element, Capacitor):
            farads.append(element.farads)
        elif isinstance(element, Instance):
            given = dict(element.parameters)
            for each in circuit.cells[element.cell].passives:
                assert each.parameter is not None
                value = given.get(each.parameter, 1e5)  # inverters' default
                (ohms if each.kind == "resistor" else farads).append(value)
    return ohms, farads


def mantissas(values: list[float]) -> set[str]:
    """Significant digits of the values, without trailing zeros."""
    return {f"{value:.14e}".split("e")[0].replace(".", "").rstrip("0") for value in values}


def catalogue(key: object) -> set[str]:
    return {str(number).rstrip("0") for number in series(key)}


def test_a_circuit_is_rounded_to_the_catalogue() -> None:
    ideal = mismatched(built(chain("vle", span=100.0).system), 0.1, 0.1, seed=0)
    found = rounded(ideal, "E96", "E12")
    found.check()
    (ohms, farads), (old_ohms, _) = parts(found), parts(ideal)
    assert len(ohms) == ideal.parts["resistors"] and len(farads) == ideal.parts["capacitors"]
    assert not mantissas(old_ohms) & catalogue(E96)
    assert mantissas(ohms) <= catalogue(E96) and mantissas(farads) <= catalogue(E12)
    off = np.abs(np.log(np.array(ohms) / old_ohms))
    assert off.mean() > 0.25 * WORST_E96 and off.max() <= math.log1p(WORST_E96) * (1 + 1e-9)
    for before, after in zip(ideal.elements(), found.elements(), strict=True):
        if isinstance(before, Instance) and isinstance(after, Instance):
            own = {each.parameter for each in ideal.cells[before.cell].passives}
            assert dict(after.parameters).keys() == dict(before.parameters).keys()
            assert all(dict(after.parameters)[key] == value for key, value in before.parameters if key not in own)


def test_capacitors_stay_unless_asked_for() -> None:
    ideal = mismatched(built(chain("bp", span=100.0).system), 0.1, 0.1, seed=0)
    assert parts(rounded(ideal))[1] == parts(ideal)[1]
    assert parts(rounded(ideal))[0] != parts(ideal)[0]
    assert parts(rounded(ideal, None, "E24"))[0] == parts(ideal)[0]
    assert rounded(ideal, None, None) == ideal


def test_rounding_again_changes_nothing() -> None:
    once = rounded(built(chain("bp", span=100.0).system), "E48", "E6")
    assert rounded(once, "E48", "E6") == once
    assert rounded(once, "E24") != once


def test_the_netlist_shows_it() -> None:
    circuit = built(chain("bp", span=100.0).system)
    bench = Bench(span=1.0, step=1.0, reason="none", probes=("r2",))
    assert render(circuit, bench).text != render(rounded(circuit), bench).text


@given(st.floats(1e-13, 1e9), st.sampled_from(["E3", "E6", "E12", "E24", "E48", "E96", "E192"]))
def test_nothing_in_the_catalogue_is_nearer(value: float, name: str) -> None:
    found = rounder(name)(value)
    keys = {"E12": E12, "E96": E96, "E192": E192}
    if name in keys:
        assert mantissas([found]) <= catalogue(keys[name])
    exponent = math.floor(math.log10(value))
    base = [each / 10 ** (len(str(each)) - 1) for each in series(int(name[1:]))]
    known = [each * 10.0**k for each in base for k in (exponent - 1, exponent, exponent + 1)]
    best = min(abs(math.log(value / each)) for each in known)
    assert abs(math.log(value / found)) == pytest.approx(best, abs=1e-9)


def test_the_worst_error() -> None:
    values = np.geomspace(1e3, 1e6, 100_001)
    nearest = rounder("E96")
    worst = max(abs(math.log(nearest(value) / value)) for value in values.tolist())
    assert worst == pytest.approx(math.log1p(WORST_E96), rel=0.02)
    assert WORST_E96 < 0.015


def test_values_at_the_ends_of_a_decade() -> None:
    nearest = rounder("E96")
    # the geometric mean of 9.76 and 10 is 9.8793
    for value, wanted in ((9.99e3, 1e4), (9.8792e3, 9.76e3), (9.8794e3, 1e4), (1e3, 1e3), (1e3 - 1e-10, 1e3)):
        assert nearest(value) == wanted
    assert [nearest(10.0**k) for k in range(-12, 9)] == [float(f"1e{k}") for k in range(-12, 9)]
    assert rounder("E12")(4.7e-9) == 4.7e-9


def test_thousands_of_parts_take_no_time() -> None:
    elements = tuple(Resistor(f"r{k}", ("x", "0"), 1e3 * 1.001**k) for k in range(10_000))
    circuit = Circuit("bench", (Section("all", elements),), library(), 1.0, {}, "ideal")
    started = time.perf_counter()
    rounded(circuit)
    assert time.perf_counter() - started < 2  # measured 0.04


def test_unknown_series() -> None:
    circuit = built(chain("bp", span=100.0).system)
    with pytest.raises(UsageError, match=r"there is no series 'E97' of part values\n.*did you mean 'E9"):
        rounded(circuit, "E97")
    with pytest.raises(UsageError, match="there is no series 'e12'"):
        rounded(circuit, capacitors="e12")


def test_a_part_without_a_value_is_named() -> None:
    circuit = built(chain("bp", span=100.0).system)
    short = replace(circuit, sections=(*circuit.sections, Section("short", (Resistor("s", ("x", "0"), 0.0),))))
    with pytest.raises(CircuitError, match="resistor 'Rs' cannot have the value 0"):
        rounded(short)
