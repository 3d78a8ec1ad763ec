"""Op-amps that are described by a data sheet's figures: what they give, and others in their place."""

from __future__ import annotations

import pytest

from vle_analog.circuit.cell.cell import parse_cell
from vle_analog.circuit.cell.opamp import core_figures, with_core_figures
from vle_analog.circuit.parts import chosen, library
from vle_analog.errors import CircuitError

CELLS = library(chosen("macromodel"))
MINE = """\
.subckt mine inp inn out vcc vee params: GB=2meg OUT=0
X1 inp inn out vcc vee opamp_core OUT={OUT} A0=1e5 GBW={gb} SR={2*GB} DROPN=-0.5
.ends mine
"""


def test_figures_are_numbers_parameters_or_the_core_s_own() -> None:
    cell = parse_cell(MINE, "mine", "here")
    found = core_figures(cell, ("A0", "GBW", "DROPN", "RAIL"), CELLS)
    assert found == {"A0": 1e5, "GBW": 2e6, "DROPN": -0.5, "RAIL": 15.0}
    with pytest.raises(CircuitError, match=r"cell 'mine': '\{2\*GB\}' is not a part's value"):
        core_figures(cell, ("SR",), CELLS)
    assert core_figures(CELLS["opamp_core"], ("A0",), CELLS) is None


def test_other_figures_change_nothing_else() -> None:
    cell = parse_cell(MINE, "mine", "here")
    changed = with_core_figures(cell, {"A0": 1e7})
    assert changed.subckt == MINE.replace("A0=1e5", "A0=10000000.0")
    assert with_core_figures(cell, {}) is cell
    assert with_core_figures(CELLS["summer"], {"A0": 1.0}) is CELLS["summer"]
