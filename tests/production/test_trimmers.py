"""Trimmers as parts null what `trimmed` takes off: pin by pin, in ngspice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Battery, Instance, Resistor
from vle_analog.design.build import Build
from vle_analog.design.design import Design, design
from vle_analog.design.subject import Subject
from vle_analog.production.assembly import assembled
from vle_analog.production.devices import errors
from vle_analog.production.production import Production
from vle_analog.production.rounding import Preferred
from vle_analog.production.trimmers import TRIMMER, with_trimmers
from vle_analog.production.trimming import Trim, trimmed
from vle_analog.simulate.ngspice import Ngspice

BUILD = Build(fidelity="macromodel", series=Preferred())
STEP = 1e-4


@pytest.fixture(scope="module")
def boards() -> dict[str, Design]:
    made = Production(trim=Trim.of(STEP))
    system = Subject("van_der_pol", span=8.0).load()
    ways = {"none": None, "numbers": trimmed, "parts": with_trimmers}
    return {
        name: design(
            system,
            BUILD,
            [lambda c, way=way: (made if way else Production()).made(c, 5, way or trimmed)],  # type: ignore[misc]
        )
        for name, way in ways.items()
    }


def test_parts_leave_what_numbers_say(boards: dict[str, Design], tmp_path: Path) -> None:
    runs = {
        name: Ngspice().run(ready.deck.text, span=ready.bench.span, folder=tmp_path) for name, ready in boards.items()
    }
    time = runs["numbers"].time
    y = {name: np.interp(time, run.time, run.values["y"]) for name, run in runs.items()}
    apart = np.max(np.abs(y["parts"] - y["numbers"]))
    assert apart < 0.02 * np.max(np.abs(y["none"] - y["numbers"]))


def test_each_pin_has_the_nearest_whole_number_of_steps(boards: dict[str, Design]) -> None:
    circuit = boards["parts"].circuit
    elements = {each.name: each for each in circuit.elements()}
    nulled = [each for each in circuit.elements() if isinstance(each, Instance) and each.cell == "multiplier_nulled"]
    assert len(nulled) == 2
    for each in nulled:
        offsets, signs = dict(each.parameters), {"x": 1, "y": 1, "z": -1}
        x1, x2, y1, y2, z, _ = each.nodes
        assert z == f"{each.name}__zt"
        signs["x"], signs["y"] = (1 if x2.endswith("__xt") else -1), (1 if y2.endswith("__yt") else -1)
        assert [x1, x2].count(f"{each.name}__xt") == [y1, y2].count(f"{each.name}__yt") == 1
        for axis, sign in signs.items():
            pin = f"{each.name}__{axis}t"
            low, series = (elements[f"{pin}__{end}"] for end in "ls")
            assert isinstance(low, Resistor) and isinstance(series, Resistor)
            k = dict(elements[f"{pin}__t"].parameters)["K"]  # type: ignore[union-attr]
            wiper = 15 * (2 * k - 1) / (1 + 10e3 * k * (1 - k) / (low.ohms + series.ohms))
            at_pin = wiper * low.ohms / (low.ohms + series.ohms)
            offset = offsets[f"{axis.upper()}OS"]
            assert sign * at_pin == pytest.approx(STEP * round(offset / STEP), abs=1e-8)


def test_a_board_has_them() -> None:
    ready = design(
        Subject("van_der_pol", span=8.0).load(), BUILD, [lambda circuit: with_trimmers(circuit, Trim.of(STEP))]
    )
    parts = assembled(ready.circuit)
    trimmers = [each for each in parts if each.kind == TRIMMER]
    assert len(trimmers) == 6 and all(each.body.startswith("RV") for each in trimmers)
    pins = {dict(each.pins)["z"] for each in parts if each.kind == "multiplier"}
    assert pins == {"x__x__zt", "y__sum__y__zt"}


def test_only_named_pins_have_trimmers(tmp_path: Path) -> None:
    """An op-amp's at the input that would lie on ground; set against the battery that its offset is."""
    trim = Trim.parse("z=1e-3,opamp=1e-5")
    system = Subject("van_der_pol", span=8.0).load()

    def made(nulled: Callable[[Circuit, Trim], Circuit]) -> Design:
        return design(system, BUILD, [lambda c: Production(trim=trim).made(c, 5, nulled)])

    parts = made(with_trimmers)
    trimmers = [each for each in parts.circuit.elements() if isinstance(each, Instance) and each.cell == TRIMMER]
    stages = [
        each for each in parts.circuit.elements() if isinstance(each, Battery) and each.error and each.error[1] == "VOS"
    ]
    assert sorted(each.name for each in trimmers) == sorted(
        [f"{each.error.instance}__pt__t" for each in stages if each.error] + ["x__x__zt__t", "y__sum__y__zt__t"]
    )
    elements = {each.name: each for each in parts.circuit.elements()}
    drawn = design(system, BUILD, [lambda c: Production().made(c, 5)])
    offsets = {name: value for name, (kind, value) in errors(drawn.circuit).items() if kind == "opamp.VOS"}
    for each in stages:
        assert each.error is not None
        name = each.error.instance
        pin = f"{name}__pt"
        assert each.nodes == (f"{name}__p", pin) and pin not in elements
        low, series = (elements[f"{pin}__{end}"] for end in "ls")
        assert isinstance(low, Resistor) and isinstance(series, Resistor) and low.ohms == 100
        k = dict(elements[f"{pin}__t"].parameters)["K"]  # type: ignore[union-attr]
        wiper = 15 * (2 * k - 1) / (1 + 10e3 * k * (1 - k) / (low.ohms + series.ohms))
        at_pin = wiper * low.ohms / (low.ohms + series.ohms)
        assert at_pin == pytest.approx(-1e-5 * round(offsets[f"X{name}.VOS"] / 1e-5), abs=1e-9)
    runs = [
        Ngspice().run(ready.deck.text, span=ready.bench.span, folder=tmp_path)
        for ready in (made(trimmed), parts, drawn)
    ]
    time = runs[0].time
    numbers, both, none = (np.interp(time, run.time, run.values["y"]) for run in runs)
    assert np.max(np.abs(both - numbers)) < 0.05 * np.max(np.abs(none - numbers))


def test_laws_have_nothing_to_null() -> None:
    ideal = design(Subject("van_der_pol", span=8.0).load(), Build())
    assert with_trimmers(ideal.circuit, Trim.of(STEP)) == ideal.circuit
