"""Each figure in each part's header says where it was seen, or that it is remembered, assumed or measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from vle_analog.circuit.cell.cell import Cell, read_cell
from vle_analog.circuit.cell.datasheet import ORIGINS
from vle_analog.circuit.cell.opamp import CORE
from vle_analog.library import circuits_folder

PARTS = {
    path.stem: cell
    for path in sorted(circuits_folder().glob("*/*.cir"))
    if (cell := read_cell(path)).role and path.parent.name != "ideal"
}
#: parameters that are no figures of a part: what a circuit sets
SET = {"scale", "kin", "kout", "low", "high", "OUT", "RAIL", "T"}
#: figures of the core that follow from stated ones
FOLLOWS = {
    "A0": "open_loop_gain",
    "GBW": "gain_bandwidth",
    "SR": "slew_up",
    "F2": "phase_margin",
    "ISC": "source_current",
    "DROPP": "swing_high",
    "DROPN": "swing_low",
    "CMRR": "cmrr",
    "PSRR": "psrr",
    "IQ": "supply_current",
}


def figures(cell: Cell) -> set[str]:
    """Names of all figures that a part's file gives, as `DataSheet.origins` calls them."""
    sheet = cell.sheet
    found = {*sheet.figures, *sheet.spread}
    found |= {f"drift {name}" for name, spread in sheet.spread.items() if spread.drift}
    found |= {f"doubles {name}" for name, spread in sheet.spread.items() if spread.doubling}
    found |= {"supply"} if sheet.supply is not None else set()
    found |= {name for name in cell.parameters if name not in SET and cell.signed(name)}
    for part in cell.instances:
        if part.cell == CORE:
            found |= {
                name
                for name, value in part.given
                if not value.startswith("{") and FOLLOWS.get(name) not in sheet.figures
            }
    return found


@pytest.mark.parametrize("name", sorted(PARTS))
def test_every_figure_has_a_source(name: str) -> None:
    cell = PARTS[name]
    missing = {each for each in figures(cell) if each not in cell.sheet.origins}
    assert not missing, f"{name} does not say where these are from: {sorted(missing)}"


@pytest.mark.parametrize("name", sorted(PARTS))
def test_a_figure_s_source_is_one_that_the_file_names(name: str) -> None:
    sheet = PARTS[name].sheet
    labels = {where for where in sheet.origins.values() if where not in ORIGINS}
    assert all(f"[{label}]" in sheet.source for label in labels)
    assert sheet.source


def test_what_is_demanded_is_demanded(tmp_path: Path) -> None:
    """A figure without a mark is noticed, whatever note gives it."""
    text = Path(circuits_folder() / "macromodel" / "opa2277.cir").read_text()
    for old in (
        "* stated: cmrr 140 dB [1]",
        "* drift: VOS 0.1u [1]",
        "* parameter: IN [memory]",
        "* supply: 0.79m [memory]",
    ):
        assert old in text
        (tmp_path / "opa2277.cir").write_text(text.replace(old, old.partition(" [")[0]))
        cell = read_cell(tmp_path / "opa2277.cir")
        assert len(figures(cell) - cell.sheet.origins.keys()) == 1


def test_the_form_with_grounded_pins_has_the_figures_of_the_part() -> None:
    for name in ("ad633", "ad734"):
        whole, grounded = PARTS[name], PARTS[f"{name}_grounded"]
        figures = {k: v for k, v in whole.sheet.figures.items() if k != "cmrr"}
        *defaults, common = whole.defaults[1:]  # of both pins of an input, of which one lies on ground there
        assert figures == grounded.sheet.figures and tuple(defaults) == grounded.defaults[1:] and common[0] == "CX"
        assert {k: (v.sigma, v.most) for k, v in whole.spread.items() if not v.between} == {
            k: (v.sigma, v.most) for k, v in grounded.spread.items()
        }
        assert grounded.sheet.origins.items() <= whole.sheet.origins.items()
        assert whole.sheet.law.endswith("one pole, x = v(x1) - (1 - CX) v(x2)")  # of two lines


def test_errors_of_the_ad734_add_up_to_what_its_sheet_calls_typical() -> None:
    """Independent, at full scale: an input's offset is as large at the output, a gain error times 10 V."""
    spread = PARTS["ad734"].spread
    total = sum(spread[name].sigma ** 2 for name in ("XOS", "YOS", "ZOS")) + (10 * spread["GE"].sigma) ** 2
    assert total**0.5 == pytest.approx(0.001 * 10, rel=0.05)
    assert [spread[name].most for name in ("XOS", "YOS", "ZOS")] == [15e-3, 10e-3, 20e-3]
