"""What cells and decks leave out because other simulators read it otherwise, or pass over it."""

from __future__ import annotations

from pathlib import Path

import pytest

from vle_analog.circuit.cell.reader import Part, read_lines
from vle_analog.library import circuits_folder

ROOT = Path(__file__).resolve().parents[2]
FILES = [*sorted(circuits_folder().glob("*/*.cir")), *sorted((ROOT / "netlists").glob("*.cir"))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_behavioural_source_has_a_multiplier(path: Path) -> None:
    """ngspice multiplies the value by ``m=``; LTspice has none, Xyce's is for currents, neospice drops the source."""
    for line in read_lines(path.read_text()):
        if isinstance(line, Part) and line.kind == "behavioural source":
            assert not {"m", "tc1", "tc2", "temp"} & dict(line.given).keys(), line.statement
