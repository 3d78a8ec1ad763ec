"""One board of anything: read once, its teacher spared, told apart by its number."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from vle_analog.circuit.elements import Resistor
from vle_analog.design.build import Build
from vle_analog.design.design import Design
from vle_analog.design.prototype import Prototype, from_file
from vle_analog.design.subject import Subject
from vle_analog.equations.systemfile import load_system
from vle_analog.errors import EquationError, SimulationError, UsageError
from vle_analog.library import system_files
from vle_analog.options import build
from vle_analog.owner import Owner


@cache
def board(number: int) -> Design:
    said = {"name": "chain", "rule": "gle", "span": 80.0, "mismatch": "0.05,0.1", "board": number}
    made: Prototype = build(Prototype, said)
    return made.design()


def ohms(found: Design) -> dict[str, float]:
    return {f"R{each.name}": each.ohms for each in found.circuit.elements() if isinstance(each, Resistor)}


def taught(found: Design) -> set[str]:
    """Full names of the teacher's resistors."""
    return {f"R{each.name}" for owner, each in found.circuit.owned_elements() if owner is Owner.TEACHER} & ohms(
        found
    ).keys()


def test_a_teacher_is_no_part_of_a_board() -> None:
    nominal = {f"R{each.name}": each.ohms for each in board(0).nominal.elements() if isinstance(each, Resistor)}
    kept = {name for name, value in ohms(board(0)).items() if value == nominal[name]}
    assert kept == taught(board(0)) and 0 < len(kept) < len(nominal)


def test_its_number_decides_its_parts() -> None:
    first, second = ohms(board(0)), ohms(board(1))
    assert all(first[name] != second[name] for name in first if name not in taught(board(0)))
    assert board(0).reference.solution.step == board(1).reference.solution.step


def test_a_system_is_read_once(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(system_files()["rc_low_pass"].read_text())
    prototype = Prototype(Subject(str(file)))
    prototype.check()
    file.unlink()
    assert prototype.name == "rc_low_pass" and prototype.loaded is prototype.loaded


def test_a_step_that_is_too_long_for_the_span_is_refused() -> None:
    prototype = Prototype(Subject("rc_low_pass", span=10.0), Build(step=1.1))
    with pytest.raises(UsageError, match=r"`step` 1.1 is over a tenth of the span of 10 model units\n  take 1 or less"):
        prototype.check()
    Prototype(Subject("rc_low_pass", span=10.0), Build(step=1.0)).check()


@pytest.mark.parametrize(
    "said, text",
    [
        ({"board": -1}, "`board` must not be negative, not -1"),
        ({"noise": -1}, "`noise` must not be negative, not -1"),
        ({"trim": "0.0"}, "`trim` must be a positive voltage, not 0"),
        ({"mismatch": "0.01,0.01", "shares": "0.3,0.2", "sampling": "latin"}, "a latin hypercube is of many boards"),
    ],
)
def test_what_no_board_is(said: dict[str, object], text: str) -> None:
    with pytest.raises(UsageError, match=text):
        build(Prototype, {"name": "rc_low_pass", **said})


def test_errors_about_equations_name_their_file(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(system_files()["rc_low_pass"].read_text())
    system = load_system(file)
    with pytest.raises(EquationError) as located, from_file(system):
        raise EquationError("not explicit", where="states.v")
    assert str(located.value).startswith("own.toml: states.v: not explicit")
    with pytest.raises(SimulationError) as plain, from_file(system):
        raise SimulationError("no solution", where="netlist.cir")
    assert str(plain.value) == "netlist.cir: no solution"
