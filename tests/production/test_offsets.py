"""Scatter of parts: what each draw is, where it enters, and what a simulator then finds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.blocks.bench import built, transient
from vle_analog.circuit.cell.cell import parse_cell
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import Battery, CurrentSource, Error, Instance, Resistor
from vle_analog.circuit.parts import chosen, library
from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.errors import CircuitError, UsageError
from vle_analog.owner import Owner
from vle_analog.production.draws import draw
from vle_analog.production.offsets import scattered
from vle_analog.tasks import TASKS

BOARD = chosen("macromodel", {"opamp": "tl072"})


def summers(number: int) -> Circuit:
    """Summers of gain 1 whose input is ground."""
    elements = [
        part
        for n in range(number)
        for part in (
            Resistor(f"u{n}", ("0", f"u{n}__s"), 1e4),
            Instance(f"u{n}", ("0", f"u{n}__s", f"u{n}"), "summer", (("R", 1e4),)),
        )
    ]
    volts = {f"u{n}": 1.0 for n in range(number)}
    rails = tuple(Battery(node, (node, "0"), v) for node, v in (("vcc", 15.0), ("vee", -15.0)))
    sections = (Section("rails", rails), Section("all", tuple(elements)))
    return Circuit("summers", sections, library(BOARD), 1e-3, volts, "macromodel")


def test_an_offset_is_a_battery_at_the_non_inverting_input() -> None:
    found = {(type(part), part.name): part for part in scattered(summers(2), 3).elements()}
    battery = found[Battery, "u1__offset"]
    assert isinstance(battery, Battery)
    assert battery.nodes == ("u1__p", "0") and battery.error == Error("u1", "VOS")
    assert battery.volts == pytest.approx(3e-3 * draw(3, "Xu1.VOS"), rel=1e-12)
    stage = found[Instance, "u1"]
    assert isinstance(stage, Instance)
    assert stage.nodes == ("u1__p", "u1__s", "u1")
    bias = found[CurrentSource, "u1__bias"]
    assert isinstance(bias, CurrentSource)
    assert (bias.nodes, bias.amperes) == (("u1__s", "0"), pytest.approx(65e-12 * draw(3, "Xu1.IB"), rel=1e-12))


def test_draws_scatter_as_the_data_sheet_says() -> None:
    offsets = [part.volts for part in scattered(summers(2000), 0).elements() if "__offset" in part.name]  # type: ignore[union-attr]
    assert np.mean(offsets) == pytest.approx(0, abs=3 * 3e-3 / np.sqrt(2000))
    assert np.std(offsets) == pytest.approx(3e-3, rel=0.06)
    assert max(map(abs, offsets)) <= 10e-3
    wide = [part.volts for part in scattered(summers(500), 0, 20.0).elements() if "__offset" in part.name]  # type: ignore[union-attr]
    assert max(map(abs, wide)) == 20 * 10e-3 or max(map(abs, wide)) > 3 * max(map(abs, offsets))


def test_ideal_parts_do_not_scatter_and_spared_ones_neither() -> None:
    ideal = built(TASKS["chain"]("gle", None, 80, 0).system)
    assert scattered(ideal, 0) == ideal
    assert scattered(summers(3), 0, 0.0) == summers(3)
    rails, stages = summers(1).sections
    taught = replace(stages, elements=summers(2).sections[1].elements[-2:], owner=Owner.TEACHER)
    circuit = scattered(replace(summers(1), sections=(rails, stages, taught)), 0)
    assert [part.name for part in circuit.elements() if "__offset" in part.name] == ["u0__offset"]
    assert circuit.sections[2] == taught


def test_the_simulator_finds_twice_the_offset_behind_an_inverter_of_gain_one(tmp_path: Path) -> None:
    circuit = scattered(summers(3), 5)
    volts = {part.name[:2]: part.volts for part in circuit.elements() if "__offset" in part.name}  # type: ignore[union-attr]
    found = transient(circuit, tmp_path, 1.0, 0.01, ["u0", "u1", "u2"])
    for name, value in volts.items():
        assert found[name][-1] == pytest.approx(2 * value, rel=1e-3)


def test_multipliers_scatter_as_parameters() -> None:
    ready = design(TASKS["chain"]("gle", None, 80, 0), Build(fidelity="macromodel"))
    one, other = (scattered(ready.circuit, seed) for seed in (0, 1))
    given = [
        [
            dict(part.parameters)
            for part in circuit.elements()
            if isinstance(part, Instance) and part.cell == "multiplier"
        ]
        for circuit in (one, other)
    ]
    assert {"XOS", "YOS", "ZOS", "GE"} <= given[0][0].keys()
    assert given[0] != given[1]
    assert given[0] == [
        dict(part.parameters)
        for part in scattered(ready.circuit, 0).elements()
        if isinstance(part, Instance) and part.cell == "multiplier"
    ]


def test_bad_scales_and_stages_are_refused() -> None:
    with pytest.raises(UsageError, match="at least 0"):
        scattered(summers(1), 0, -1.0)
    cells = library(BOARD)
    text = cells["summer"].subckt.replace("XA p s out opamp", "XB p out out opamp\nXA p s out opamp")
    broken = {**cells, "summer": parse_cell(text, "summer", "here")}
    with pytest.raises(CircuitError, match="cell 'summer': it has 2 op-amps"):
        scattered(replace(summers(1), cells=broken), 0)
