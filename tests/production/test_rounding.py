"""Rounding to E-series: what is in the catalogue, and how far off it can be."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from eseries import E12, E96, E192, series
from hypothesis import given
from hypothesis import strategies as st

from tests.blocks.bench import SINE, built, system, with_cell
from tests.effort import effort_below
from vle_analog.circuit.cell.cell import Kind
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import Element, Instance, Resistor
from vle_analog.circuit.parts import library
from vle_analog.circuit.technology import IDEAL
from vle_analog.errors import CircuitError, UsageError
from vle_analog.netlist.ngspice import render
from vle_analog.netlist.testbench import Testbench as Bench
from vle_analog.owner import Owner
from vle_analog.production.ratios import stages
from vle_analog.production.rounding import rounded, rounder
from vle_analog.production.values import parts as parts_of
from vle_analog.production.values import with_values
from vle_analog.production.variation import mismatched
from vle_analog.tasks import TASKS, chain
from vle_analog.tasks.deployment import deployed_system

#: stages, whose cells' variants have names of their own
STAGES = [name for name, cell in library().items() if cell.role is None]
#: half of the widest step, 133 to 137 (the series' whole numbers are rounded themselves)
WORST_E96 = math.sqrt(137 / 133) - 1


def values(circuit: Circuit) -> dict[str, tuple[Kind, float]]:
    """Kind and value of every part by full name."""
    return {part.name: (part.kind, part.value) for part in parts_of(circuit)}


def plain(circuit: Circuit) -> dict[str, float]:
    return {name: value for name, (_, value) in values(circuit).items()}


def parts(circuit: Circuit) -> tuple[list[float], list[float]]:
    """All resistances and capacitances, in order."""
    kinds: tuple[Kind, Kind] = ("resistor", "capacitor")
    ohms, farads = ([value for kind, value in values(circuit).values() if kind == each] for each in kinds)
    return ohms, farads


@cache
def chained(rule: str) -> Circuit:
    """The chain while it learns, its teacher on the board."""
    return built(chain(rule, span=100.0).system).owned_by(Owner.BOARD)


def by_nearest(circuit: Circuit, resistors: str = "E96", capacitors: str = "E12") -> Circuit:
    """Every value moved to its series' nearest, by itself."""
    rounders = {"resistor": rounder(resistors), "capacitor": rounder(capacitors)}
    return with_values(circuit, lambda part: rounders[part.kind](part.value))


def errors(circuit: Circuit, other: Circuit) -> dict[str, float]:
    """Each stage's largest error of a gain or time constant, by its name."""
    old, new = plain(circuit), plain(other)
    return {stage.name: stage.error(old, new) for stage in stages(circuit)}


def of_elements(*elements: Element) -> Circuit:
    return Circuit("bench", (Section("all", elements),), library(), 1.0, {}, "ideal")


def mantissas(values: list[float]) -> set[str]:
    """Significant digits of the values, without trailing zeros."""
    return {f"{value:.14e}".split("e")[0].replace(".", "").rstrip("0") for value in values}


def catalogue(key: object) -> set[str]:
    return {str(number).rstrip("0") for number in series(key)}


def test_a_circuit_is_rounded_to_the_catalogue() -> None:
    ideal = mismatched(chained("vle"), 0.1, 0.1, seed=0)
    found = rounded(ideal, "E96", "E12")
    found.check()
    (ohms, farads), (old_ohms, _) = parts(found), parts(ideal)
    assert len(ohms) == ideal.parts["resistors"] and len(farads) == ideal.parts["capacitors"]
    assert not mantissas(old_ohms) & catalogue(E96)
    assert mantissas(ohms) <= catalogue(E96) and mantissas(farads) <= catalogue(E12)
    # a stage's free part moves by half a decade, which the others follow
    assert np.abs(np.log10(np.array(ohms) / old_ohms)).max() < 0.55
    for before, after in zip(ideal.elements(), found.elements(), strict=True):
        if isinstance(before, Instance) and isinstance(after, Instance):
            own = {each.parameter for each in ideal.cells[before.cell].passives}
            assert dict(after.parameters).keys() == dict(before.parameters).keys()
            assert all(dict(after.parameters)[key] == value for key, value in before.parameters if key not in own)


def test_a_kind_without_a_series_keeps_its_values() -> None:
    ideal = mismatched(chained("bp"), 0.1, 0.1, seed=0)
    assert parts(rounded(ideal, capacitors=None))[1] == parts(ideal)[1]
    assert parts(rounded(ideal, capacitors=None))[0] != parts(ideal)[0]
    assert parts(rounded(ideal, None, "E24"))[0] == parts(ideal)[0]
    assert rounded(ideal, None, None) == ideal


def test_rounding_again_changes_nothing() -> None:
    once = rounded(chained("bp"), "E48", "E6")
    assert rounded(once, "E48", "E6") == once
    assert rounded(once, "E24") != once


def test_the_netlist_shows_it() -> None:
    circuit = chained("bp")
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
    elements: list[Element] = [Resistor(f"r{k}", ("x", "0"), 1e3 * 1.001**k) for k in range(5_000)]
    for k in range(1_000):  # weights
        elements.append(Resistor(f"w{k}__1", ("x", f"w{k}__s"), 1e5 * 1.003**k))
        elements.append(Instance(f"w{k}", ("0", f"w{k}__s", f"w{k}"), "integrator", (("C", 1e-8),)))
    with effort_below(40):
        rounded(of_elements(*elements))


def test_unknown_series() -> None:
    circuit = chained("bp")
    with pytest.raises(UsageError, match=r"there is no series 'E97' of part values\n.*did you mean 'E9"):
        rounded(circuit, "E97")
    with pytest.raises(UsageError, match="there is no series 'e12'"):
        rounded(circuit, capacitors="e12")
    with pytest.raises(UsageError, match="there is no series 'E25'"):
        rounded(circuit, "E96+E25")


def test_values_of_several_series() -> None:
    nearest = rounder("E96+E24")
    assert [nearest(value) for value in (1.2e4, 1.21e4, 2.4e5, 0.91, 9.09)] == [1.2e4, 1.21e4, 2.4e5, 0.91, 9.09]
    assert rounder("E24+E96")(5.6e-9) == 5.6e-9 and rounder("E96")(5.6e-9) == 5.62e-9
    for task in ("chain", "xor_small"):
        circuit = learning(task)
        one, two = (errors(circuit, rounded(circuit, name)) for name in ("E96", "E96+E24"))
        assert sum(two.values()) < 0.65 * sum(one.values())  # measured 0.39 and 0.55


def test_a_part_without_a_value_is_named() -> None:
    circuit = chained("bp")
    short = replace(circuit, sections=(*circuit.sections, Section("short", (Resistor("s", ("x", "0"), 0.0),))))
    with pytest.raises(CircuitError, match="resistor 'Rs' cannot have the value 0"):
        rounded(short)


#: of tasks whose layers do not look ahead, as vle asks for
RULES = {"first_board": "bp"}


@cache
def learning(task: str, realisation: str = "algebraic") -> Circuit:
    """The task's network while it learns, a teacher on the board."""
    system = TASKS[task](RULES.get(task, "vle"), None, None, 0).system
    return built(system, realisation=realisation).owned_by(Owner.BOARD)


@pytest.mark.parametrize("task", list(TASKS))
def test_no_stage_is_worse_than_with_nearest_values(task: str) -> None:
    """Learning circuits, and deployed ones, whose resistors hold weights."""
    for circuit in (learning(task), built(deployed_system(TASKS[task](RULES.get(task, "vle"), None, None, 0), {}))):
        near, best = errors(circuit, by_nearest(circuit)), errors(circuit, rounded(circuit))
        assert near.keys() == best.keys() and len(near) == circuit.parts["opamps"]
        assert all(best[name] <= error + 1e-12 for name, error in near.items())
        assert sum(best.values()) < 0.55 * sum(near.values())  # measured 0.24 to 0.53


@pytest.mark.parametrize("realisation", ["lead", "differentiator"])
def test_stages_that_look_ahead_keep_their_time_constants(realisation: str) -> None:
    circuit = built(system(definitions={"y": "prospective(x, 0.37)"}, inputs={"x": SINE}), realisation=realisation)
    near, best = errors(circuit, by_nearest(circuit)), errors(circuit, rounded(circuit))
    assert any(best[name] < near[name] for name in near) and all(best[name] <= near[name] + 1e-12 for name in near)
    assert max(best.values()) < 0.01
    cells = {element.cell for element in circuit.elements() if isinstance(element, Instance)}
    assert realisation in cells and cells <= set(STAGES)


gains = st.lists(st.floats(0.05, 20.0), min_size=1, max_size=6)


@given(gains, st.floats(3e4, 3e5), st.sampled_from(["E12", "E24", "E96"]))
def test_a_summers_base_is_the_best_of_its_decade(found: list[float], base: float, name: str) -> None:
    """Against trying every base with every input's nearest value."""
    inputs = [Resistor(f"y__{k}", ("x", "y__s"), base / gain) for k, gain in enumerate(found)]
    circuit = of_elements(*inputs, Instance("y", ("0", "y__s", "y"), "summer", (("R", base),)))
    wide = replace(IDEAL, resistors=(1.0, 1e9))
    (error,) = errors(circuit, rounded(circuit, name, technology=wide)).values()
    nearest = rounder(name)

    def worst(chosen: float) -> float:
        return max(abs(math.log(nearest(chosen / gain) / (chosen / gain))) for gain in found)

    tried = {nearest(base * 10 ** (k / 500)) for k in range(-260, 261)}
    bases = [each for each in tried if abs(math.log10(each / base)) <= 0.5]
    near = max(abs(math.log(nearest(base) / nearest(base / gain) / gain)) for gain in found)
    assert error == pytest.approx(min([near, *map(worst, bases)]), abs=1e-9)


@given(gains, st.floats(3e4, 3e5), st.floats(3e-9, 3e-8), st.sampled_from(["leaky_integrator", "integrator"]))
def test_an_integrators_parts_are_never_worse_than_nearest_ones(
    found: list[float], base: float, farads: float, cell: str
) -> None:
    inputs = [Resistor(f"y__{k}", ("x", "y__s" if k % 2 else "y__bus1"), base / g) for k, g in enumerate(found)]
    own = (("R", base), ("C", farads)) if cell == "leaky_integrator" else (("C", farads),)
    switch = Instance("y__bus1", ("y__bus1", "y__s", "gate"), "hold_switch")
    circuit = of_elements(*inputs, switch, Instance("y", ("0", "y__s", "y"), cell, own))
    (stage,) = stages(circuit)
    assert {*stage.parts} == set(plain(circuit))  # what joins by way of the switch, too
    for name in ("E96", "E24"):
        best, near = rounded(circuit, name), by_nearest(circuit, name)
        assert errors(circuit, best)["y"] <= errors(circuit, near)["y"] + 1e-12
    # what the error is of: a gain's or a rate's
    new = plain(rounded(circuit))
    time = new["Xy.C"] / farads
    products = [new[f"Ry__{k}"] * gain / base * time for k, gain in enumerate(found)]
    if cell == "leaky_integrator":
        leak = new["Xy.R"] / base * time
        products = [leak, *(product / leak for product in products)]
    worst = max(abs(math.log(each)) for each in products)
    assert errors(circuit, rounded(circuit))["y"] == pytest.approx(worst, abs=1e-12)


def test_no_part_leaves_the_ranges() -> None:
    """Inputs a thousandth of the base apart: most bases would take one out of its range."""
    elements = [Resistor(f"y__{k}", ("x", "y__s"), ohms) for k, ohms in enumerate((1.03e3, 47.3e3, 96.6e6))]
    circuit = of_elements(*elements, Instance("y", ("0", "y__s", "y"), "summer", (("R", 1.234e5),)))
    ohms = parts(rounded(circuit))[0]
    assert IDEAL.resistors[0] <= min(ohms) and max(ohms) <= IDEAL.resistors[1]
    assert errors(circuit, rounded(circuit))["y"] <= errors(circuit, by_nearest(circuit))["y"]
    wide = replace(IDEAL, resistors=(1.0, 1e9))
    assert errors(circuit, rounded(circuit, technology=wide))["y"] < errors(circuit, rounded(circuit))["y"]


def test_a_teacher_s_parts_keep_their_values() -> None:
    circuit = learning("chain")
    taught = replace(
        circuit,
        sections=tuple(
            replace(section, owner=Owner.TEACHER) if any(each.name == "u1" for each in section.elements) else section
            for section in circuit.sections
        ),
    )
    old, new = plain(circuit), plain(rounded(taught))
    its = {name for name in old if name.startswith(("Xu1.", "Ru1__"))}
    assert its and all(new[name] == old[name] for name in its)
    assert mantissas([value for name, value in new.items() if name[0] == "R" and name not in its]) <= catalogue(E96)
    whole = circuit.owned_by(Owner.TEACHER)
    assert rounded(whole) == whole


def test_parts_of_other_cells_are_moved_to_their_nearest(tmp_path: Path) -> None:
    text = ".subckt summer p s out params: R=100k RX=1k OUT=0\nRf s out {R}\nRx s out {RX}\nXA p s out opamp\n.ends\n"
    circuit = with_cell(built(system(definitions={"y": "x/3 + x**2"}, inputs={"x": SINE})), tmp_path, text)
    assert not stages(circuit)
    assert rounded(circuit) == by_nearest(circuit) != circuit


def test_a_cells_variant_of_another_technology_has_its_law() -> None:
    circuit = learning("chain")
    cells = {**circuit.cells, **{f"{name}__macromodel": circuit.cells[name] for name in STAGES}}

    def other(element: Element) -> Element:
        if isinstance(element, Instance) and element.cell in STAGES:
            return replace(element, cell=f"{element.cell}__macromodel")
        return element

    assert stages(replace(circuit, cells=cells).mapped(other)) == stages(circuit)
