"""Cells are files: what a designer can get wrong in one is told with the file's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from vle_analog.circuit.cell.cell import Cell, needed, parse_cell, read_cell
from vle_analog.circuit.parts import chosen, library
from vle_analog.errors import CircuitError, UsageError
from vle_analog.library import circuits_folder

GOOD = """\
* amp: an amplifier
.subckt amp in out params: R=1k A0=10
R1 in 0 {R}
C1 in 0 1p
XA 0 in out opamp A0={A0}
.ends amp
"""


def using(name: str, *used: str) -> Cell:
    """A cell that is made of others, each of three ports."""
    lines = "".join(f"X{number} a b c {each}\n" for number, each in enumerate(used, 1))
    return parse_cell(f".subckt {name} a b c\n{lines}.ends {name}\n", name, "here")


def cell_file(folder: Path, text: str, name: str = "amp") -> Path:
    path = folder / f"{name}.cir"
    path.write_text(text)
    return path


def test_a_cell_is_read_as_written(tmp_path: Path) -> None:
    cell = read_cell(cell_file(tmp_path, GOOD))
    assert (cell.name, cell.ports, cell.parameters) == ("amp", ("in", "out"), ("R", "A0"))
    assert cell.uses == ("opamp",)
    assert [(part.name, part.kind, part.nodes) for part in cell.parts] == [
        ("R1", "resistor", ("in", "0")),
        ("C1", "capacitor", ("in", "0")),
        ("XA", "instance", ("0", "in", "out")),
    ]
    assert cell.subckt == GOOD
    assert [(each.name, each.kind, each.parameter, each.value) for each in cell.passives] == [
        ("R1", "resistor", "R", "{R}"),
        ("C1", "capacitor", None, "1p"),
    ]
    assert (cell.sheet.summary, cell.role, cell.part, cell.of_transistors) == ("an amplifier", None, None, False)
    assert cell.default("R") == 1e3


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("100k", 1e5),
        ("33kohm", 33e3),
        ("1Meg", 1e6),
        ("1M", 1e-3),
        ("4.7n", 4.7e-9),
        ("0.3u", 3e-7),
        ("10pF", 1e-11),
        (".5", 0.5),
        ("2e3", 2e3),
        ("1e-1k", 100.0),
    ],
)
def test_a_default_is_read_as_spice_reads_it(written: str, value: float, tmp_path: Path) -> None:
    assert read_cell(cell_file(tmp_path, GOOD.replace("1k", written))).default("R") == value


@pytest.mark.parametrize("written", ["{2*A0}", "k", "-1k", ""])
def test_a_default_that_is_no_value_is_refused_where_it_is_needed(written: str, tmp_path: Path) -> None:
    cell = read_cell(cell_file(tmp_path, GOOD.replace("1k", written)))
    with pytest.raises(CircuitError, match=r"^cell 'amp': the default '.*' of parameter 'R' is not a part's value"):
        cell.default("R")


@pytest.mark.parametrize(
    "text",
    [
        GOOD.replace(".ends amp\n", ""),
        GOOD + GOOD,
        GOOD.replace("amp in out", "amplifier in out"),
        "",
        "* only a comment\n",
        "R1 a b 1k\n",
    ],
    ids=["no .ends", "two cells", "another name", "empty", "comment", "no .subckt"],
)
def test_broken_files_are_refused(text: str, tmp_path: Path) -> None:
    path = cell_file(tmp_path, text)
    with pytest.raises(CircuitError) as caught:
        read_cell(path)
    assert str(path) in str(caught.value)
    assert "one complete .subckt named 'amp'" in str(caught.value)
    assert "write '.subckt NAME" in str(caught.value)


def test_an_unknown_fidelity_names_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"no fidelity 'ideel'\n.*did you mean 'ideal'"):
        chosen("ideel")


def test_used_cells_come_first_and_once() -> None:
    order = [cell.name for cell in needed(["summer", "divider", "inverter", "summer"], library())]
    assert len(order) == len(set(order)) == 5
    for cell in map(library().__getitem__, order):
        assert all(order.index(used) < order.index(cell.name) for used in cell.uses)


def test_unknown_and_circular_cells_are_named_with_their_path() -> None:
    cells = library()
    broken = {**cells, "lead": using("lead", "opamp", "amplifier")}
    with pytest.raises(CircuitError, match=r"^lead: no cell 'amplifier'"):
        needed(["lead"], broken)
    circular = {**cells, "lead": using("lead", "summer"), "summer": using("summer", "lead")}
    with pytest.raises(CircuitError, match=r"^lead -> summer: cell 'lead' contains itself"):
        needed(["lead"], circular)


@pytest.mark.parametrize(
    "path",
    sorted([*circuits_folder().glob("ideal/*.cir"), *circuits_folder().glob("stages/*.cir")]),
    ids=lambda p: p.stem,
)
def test_every_shipped_cell_says_what_it_is(path: Path) -> None:
    """Its header has a line with its name, its law and its ports, in the order of the ports."""
    cell = read_cell(path)
    header = [line for line in path.read_text().splitlines() if line.startswith("*")]
    assert header[0].startswith(f"* {cell.name}: ")
    assert header[1].startswith("* law: ")
    ports = next(line for line in header if line.startswith("* ports: ")).replace(",", " ").split()
    assert [word for word in ports if word in cell.ports][: len(cell.ports)] == list(cell.ports)
    needed([cell.name], library())


def test_values_are_numbers_or_parameters(tmp_path: Path) -> None:
    cell = read_cell(cell_file(tmp_path, GOOD.replace("A0=10", "A0=-10")))
    assert (cell.number("4.7n"), cell.number("{r}"), cell.number("{A0}"), cell.signed("A0")) == (4.7e-9, 1e3, -10, -10)
    with pytest.raises(CircuitError, match=r"^cell 'amp': '\{2\*R\}' is not a part's value"):
        cell.number("{2*R}")
    with pytest.raises(CircuitError, match="the default '' of parameter 'X' is not a part's value"):
        cell.signed("X")


def test_a_changed_cell_is_changed_where_it_was_meant_to(tmp_path: Path) -> None:
    cell = read_cell(cell_file(tmp_path, GOOD))
    assert cell.with_defaults([("A0", "20"), ("OUT", "0")]).subckt == GOOD.replace("A0=10", "A0=20 OUT=0")
    capacitor = cell.passives[1].part
    assert cell.with_part(capacitor, capacitor.with_words("2p")).subckt == GOOD.replace("1p", "2p")
    other = cell.renamed({"amp": "amp__b", "opamp": "opamp__b"})
    expected = (
        GOOD.replace("out opamp A0", "out opamp__b A0").replace("t amp ", "t amp__b ").replace("s amp", "s amp__b")
    )
    assert other.subckt == expected and (other.name, other.origin, other.uses) == ("amp__b", "amp", ("opamp__b",))
    assert other != cell and hash(other) != hash(cell)
    assert read_cell(cell_file(tmp_path, GOOD)) == cell


def test_the_pole_of_an_output_is_its_resistor_and_capacitor_to_ground() -> None:
    ad633 = read_cell(circuits_folder() / "macromodel" / "ad633.cir")
    assert ad633.pole is not None and [each.name for each in ad633.pole] == ["R1", "C1"]
    assert library()["summer"].pole is None and library()["hold_switch"].pole is None
