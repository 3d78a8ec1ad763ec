"""What stages make of their parts, as the headers of their cells say it."""

from __future__ import annotations

from pathlib import Path

import pytest

from vle_analog.circuit.cell.cell import read_cell
from vle_analog.circuit.cell.stage import roles
from vle_analog.circuit.parts import library
from vle_analog.production.design_law import DesignLaw, design_law

KNOWN = {
    "summer": DesignLaw(("R",), (), (("R", -1),)),
    "leaky_integrator": DesignLaw(("C", "R"), ((("R", 1), ("C", 1)),), (("R", -1),)),
    "integrator": DesignLaw(("C",), (), (("C", 1),)),
    "inverter": DesignLaw(("R1", "R2"), ((("R2", 1), ("R1", -1)),), (("R2", -1),)),
    "divider": DesignLaw(("R1", "R2", "C"), ((("R2", 1), ("R1", -1)),), (("R2", -1),)),
    "lead": DesignLaw(
        ("C1", "R1", "R2", "C2"),
        ((("R1", 1), ("C1", 1)), (("R2", 1), ("R1", -1)), (("R2", 1), ("C2", 1))),
        (("R2", -1),),
    ),
    "differentiator": DesignLaw(("C", "RF", "RS"), ((("RF", 1), ("C", 1)), (("RS", 1), ("C", 1))), (("RF", -1),)),
}


@pytest.mark.parametrize("name", KNOWN)
def test_each_stage_s_law_follows_from_its_netlist(name: str) -> None:
    cells = library()
    assert design_law(cells[name], roles(cells[name], cells)) == KNOWN[name]


def test_every_stage_has_one() -> None:
    assert {name for name, cell in library().items() if cell.role is None} == KNOWN.keys()


@pytest.mark.parametrize(
    "lines",
    [
        "Rf s out 100k",  # a value that nobody can change
        "Rf s out {R}\nRg s out {S}",  # two in one place
        "Ri in s {R}\nRf s out {R}",  # one parameter for two
        "Rf s out {R}\nRp p 0 {S}",  # beside the network
    ],
)
def test_what_hangs_otherwise_is_left_out(lines: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.cir"
    path.write_text(
        f".subckt odd p in s out params: R=1k S=1k OUT=0\n{lines}\nXA p s out opamp OUT={{OUT}}\n.ends odd\n"
    )
    cell, cells = read_cell(path), library()
    assert design_law(cell, roles(cell, cells)) is None
