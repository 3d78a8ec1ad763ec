"""Cells are read once: one module looks at their text, all others ask for what it found."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "vle_analog"
READER, CELL = "circuit/cell/reader.py", "circuit/cell/cell.py"
#: where a cell's text goes as it is: decks, and digests of what results depend on
EMITTERS = {"netlist/ngspice.py", "studies/bench/decks.py", "fleet/blueprint.py", "studies/scaling/study.py"}
#: what may be done there with a cell's text
VERBATIM = ("rstrip", "encode")
#: takes other text apart: the names of blocks
OTHER_TEXT = {"production/grades.py"}
#: takes makers' files apart, which are no cells
MAKERS = "circuit/vendor/"


def findings(where: str, text: str) -> Iterator[str]:
    """What a module does with the text of cells that only the reader may do.

    Args:
        where: of the module inside of the package.
        text: its source.
    """
    tree = ast.parse(text)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    modules = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    about_cells = where.startswith("circuit/") or any(name.startswith("vle_analog.circuit.cell") for name in modules)
    if about_cells and "re" in modules and where not in OTHER_TEXT and MAKERS not in where:
        yield f"{where}: knows cells and imports re"
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute):
            continue
        place = f"{where}:{node.lineno}"
        parent = parents[node]
        used = parent.attr if isinstance(parent, ast.Attribute) else ""
        if about_cells and node.attr == "splitlines":
            yield f"{place}: knows cells and takes text apart"
        if node.attr == "subckt" and where != CELL and (where not in EMITTERS or used not in VERBATIM):
            yield f"{place}: takes a cell's text for something else than a deck or a digest"
        if node.attr == "written":
            yield f"{place}: asks how a line is written"
        if node.attr == "statement" and (used or isinstance(parent, ast.Subscript)):
            yield f"{place}: takes a line's text apart"


def test_one_module_looks_at_a_cell_s_text() -> None:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        where = path.relative_to(PACKAGE).as_posix()
        if where != READER:
            found += findings(where, path.read_text(encoding="utf-8"))
    assert found == []


def test_all_emitters_are_there() -> None:
    """A file that has moved would be refused in its new place: its line in `EMITTERS` moves with it."""
    assert {where for where in EMITTERS if ".subckt." not in (PACKAGE / where).read_text(encoding="utf-8")} == set()


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ("engine/x.py", "import re\nfrom vle_analog.circuit.cell.cell import Cell"),
        ("circuit/x.py", "import re"),
        ("studies/x.py", "def f(cell):\n    return [line for line in cell.subckt.splitlines()]"),
        ("studies/x.py", "text = cell.subckt"),
        ("netlist/ngspice.py", "text = cell.subckt.split('R1')"),
        ("engine/x.py", "words = line.statement.split()"),
        ("engine/x.py", "letter = line.statement[0]"),
        ("engine/x.py", "text = part.written"),
        ("engine/x.py", "from vle_analog.circuit.cell.cell import Cell\ntext.splitlines()"),
    ],
)
def test_what_is_found(where: str, text: str) -> None:
    assert list(findings(where, text))


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ("netlist/ngspice.py", "lines = [cell.subckt.rstrip()]"),
        ("fleet/blueprint.py", "digest.update(cell.subckt.encode())"),
        ("engine/x.py", "raise CircuitError(f\"the engine cannot reduce '{line.statement}'\")"),
        ("lesson/x.py", "import re\nfrom vle_analog.circuit.parts import chosen\ntext.splitlines()"),
    ],
)
def test_what_is_allowed(where: str, text: str) -> None:
    assert not list(findings(where, text))
