"""One circuit: a bill's values are those that the netlist simulates, whatever is asked."""

from __future__ import annotations

import re
from functools import cache

import pytest

from vle_analog.circuit.cell import reader
from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.design.prototype import Prototype
from vle_analog.design.subject import Subject
from vle_analog.library import system_files
from vle_analog.netlist.ngspice import render
from vle_analog.production.clock import clock_parts
from vle_analog.production.flat import flat
from vle_analog.production.rounding import Preferred
from vle_analog.studies.bom.bill import bill
from vle_analog.tasks import TASKS

SHORT = {"chain": 100.0, "lagnet": 100.0}
BUILDS = {
    "exact": Build(fidelity="macromodel"),
    "bought": Build(fidelity="macromodel", series=Preferred()),
    "coarse": Build(fidelity="macromodel", series=Preferred("E24", "E6"), realisation="lead"),
    "ideal": Build(series=Preferred("E192", "E24")),
}


@cache
def designed(name: str, build: Build):  # type: ignore[no-untyped-def]
    return design(Prototype(Subject(name, span=SHORT.get(name)), build).loaded, build)


def simulated(deck: str) -> dict[str, float]:
    """Value of every resistor and capacitor that a deck of a flat circuit simulates, by name."""
    outside = re.sub(r"(?ms)^\.subckt .*?^\.ends.*?$", "", deck)
    lines = re.findall(r"(?m)^([RC]\S+) \S+ \S+ (\S+)(?: ic=\S+)?$", outside)
    return {name: reader.spice_value(value) for name, value in lines}


def listed(name: str, build: Build) -> dict[str, float]:
    ready = designed(name, build)
    found = bill(ready.circuit, exact=ready.exact, probes=ready.bench.probes, outputs=ready.bench.probes)
    assert found.unsold == [] or build.fidelity is None  # a law is nothing that one can order
    clocks = {part.name for part in clock_parts(ready.circuit)}  # a netlist has their sources
    return {
        each.name: line.value
        for line in (*found.lines, *found.teacher)
        for each in line.placed
        if line.kind in ("resistor", "capacitor") and each.name not in clocks
    }


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("name", sorted(system_files()))
def test_a_system(name: str, build: str) -> None:
    ready = designed(name, BUILDS[build])
    values = listed(name, BUILDS[build])
    deck = simulated(render(flat(ready.circuit), ready.bench).text)
    assert {key[1:] for key in values} == {key[1:] for key in deck} and values
    by_name = {key[1:]: value for key, value in deck.items()}
    assert all(by_name[key[1:]] == pytest.approx(value, rel=1e-9) for key, value in values.items())
    own = simulated(ready.deck.text)  # parts between nodes, of the deck that runs
    assert own and all(values[key] == pytest.approx(value, rel=1e-9) for key, value in own.items())


@pytest.mark.parametrize(
    "name", [name if name in SHORT else pytest.param(name, marks=pytest.mark.slow) for name in sorted(TASKS)]
)
def test_a_task(name: str) -> None:
    test_a_system(name, "bought")


def test_what_the_deck_instantiates_is_on_the_bill() -> None:
    """A stage's own values, in the deck that runs as it stands."""
    values, deck = listed("lorenz", BUILDS["bought"]), designed("lorenz", BUILDS["bought"]).deck.text
    for name, cell, given in re.findall(r"(?m)^(X\S+) .* (leaky_integrator|summer) (.*)$", deck):
        for key, text in re.findall(r"\b(R|C)=(\S+)", given):
            assert values[f"{name}.{key}f"] == pytest.approx(reader.spice_value(text), rel=1e-9), (name, cell)
