"""The layers of the house: which room may import which, read from the source without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Modules that every room may import. They may import each other, and nothing else of the package.
BASE = {
    "errors", "units", "stimulus", "sequences", "generators", "noise", "waveforms", "library", "options", "compiled",
    "native", "laws", "fields", "userfile", "owner", "analyses", "digest", "jit", "installed", "lanes",
    "version",
}  # fmt: skip

# What lies between equations and a circuit with its reference.
DESIGN = {
    "equations", "learning", "diagram", "circuit", "blocks", "synthesis", "production", "netlist", "reference",
    "compare", "tasks",
}  # fmt: skip
# What each room may import besides the base and itself.
EVERYTHING = None
ROOMS: dict[str, set[str] | None] = {
    "laws": set(),
    "equations": set(),
    "circuit": set(),
    "simulate": set(),
    "compare": set(),
    "diagram": {"equations"},
    "learning": {"equations"},
    "reference": {"equations", "learning"},
    "tasks": {"equations", "learning", "compare"},
    "blocks": {"equations", "diagram", "circuit"},
    "synthesis": {"equations", "diagram", "circuit", "blocks"},
    "production": {"circuit"},
    "netlist": {"circuit"},
    "schematic": {"circuit", "production", "netlist"},
    "patch": {"equations", "diagram", "circuit", "blocks", "synthesis"},
    "engine": {"circuit"},
    "report": {"compare", "equations"},
    "roofline": {"equations", "reference", "engine", "report"},
    "design": {*DESIGN, "schematic"},
    "lab": {"engine", "simulate", "report"},
    "lesson": {*DESIGN, "design", "simulate", "lab"},
    "fleet": {*DESIGN, "design", "simulate", "engine", "lab", "lesson"},
    "studies": {*DESIGN, "schematic", "patch", "design", "simulate", "engine", "report", "lab", "lesson", "fleet"},
    "cli": {"lab", "report", "studies"},
}

# Outside packages that stay behind one door.
ONLY_IN = {"PySpice": {"netlist"}, "distributed": {"lab"}, "lucipy": {"patch"}}


def rooms(package: Path) -> dict[str, list[Path]]:
    """The Python files of each room: a sub-package or a top-level module (``__init__`` is one)."""
    found: dict[str, list[Path]] = {}
    for path in sorted(package.rglob("*.py")):
        room = path.relative_to(package).with_suffix("").parts[0]
        found.setdefault(room, []).append(path)
    return found


def imports(path: Path, package: Path) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of each import, wherever it stands: top, function or ``if TYPE_CHECKING``."""
    parents = path.relative_to(package.parent).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), filename=str(path))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            stem = parents[: len(parents) - node.level + 1] if node.level else ()
            module = [*stem, *(node.module or "").split(".")]
            for alias in node.names:
                yield node.lineno, ".".join(part for part in (*module, alias.name) if part)


def violations(package: Path) -> list[str]:
    """One line per import that the table forbids and per package without a line in the table."""
    found = []
    for room, paths in rooms(package).items():
        is_package = (package / room).is_dir()
        if is_package and room not in ROOMS:
            found.append(f"{room}/: no rule for this package; give it a line in ROOMS of tests/test_imports.py")
            continue
        allowed = set() if room in BASE else ROOMS.get(room, EVERYTHING)
        for path in paths:
            for line, name in imports(path, package):
                place = f"{path.relative_to(package.parent)}:{line}"
                top, _, rest = name.partition(".")
                target = rest.partition(".")[0] or "__init__"
                if top == package.name and allowed is not EVERYTHING and target not in {room, *BASE, *allowed}:
                    found.append(f"{place}: {room} may not import {name}")
                if room not in ONLY_IN.get(top, {room}):
                    found.append(f"{place}: {top} may be imported in {', '.join(sorted(ONLY_IN[top]))} only")
    return found


def modules(package: Path) -> dict[str, set[str]]:
    """What each file of a package imports of it, by dotted name; ``__init__`` goes by its package's name."""
    paths = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        paths[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return {
        name: {
            target if target in paths else target.rpartition(".")[0]
            for _, target in imports(path, package)
            if target in paths or target.rpartition(".")[0] in paths
        }
        - {name}
        for name, path in paths.items()
    }


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Groups of nodes that reach each other: strongly connected components of more than one node."""
    reached = {start: _reached(graph, start) for start in graph}
    groups = {tuple(sorted({node, *(each for each in reached[node] if node in reached[each])})) for node in graph}
    return [list(group) for group in sorted(groups) if len(group) > 1]


def _reached(graph: Mapping[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    ahead = list(graph[start])
    while ahead:
        if (node := ahead.pop()) not in found:
            found.add(node)
            ahead += graph.get(node, ())
    return found & graph.keys()


def between(graph: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Which room imports which others."""
    found: dict[str, set[str]] = {}
    for name, targets in graph.items():
        here = found.setdefault(room_of(name), set())
        here |= {room_of(target) for target in targets} - {room_of(name)}
    return found


def room_of(module: str) -> str:
    """The sub-package or top-level module that a dotted name is in; the package's own front is one."""
    return (*module.split("."), "__init__")[1]


def test_no_file_imports_itself_through_others() -> None:
    assert circles(modules(ROOT / "vle_analog")) == []


def test_no_room_imports_itself_through_others() -> None:
    assert circles(between(modules(ROOT / "vle_analog"))) == []


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"a/one.py": "from vle_analog.a.two import x", "a/two.py": "x = 1"}, []),
        (
            {"a/one.py": "from vle_analog.a.two import x", "a/two.py": "from . import one"},
            [["vle_analog.a.one", "vle_analog.a.two"]],
        ),
        (
            {
                "a/one.py": "import vle_analog.b.two",
                "b/two.py": "from vle_analog.c import three",
                "c/three.py": "if TYPE_CHECKING:\n    from vle_analog.a.one import x",
            },
            [["vle_analog.a.one", "vle_analog.b.two", "vle_analog.c.three"]],
        ),
        ({"a/__init__.py": "from vle_analog.a.one import x", "a/one.py": "from vle_analog.errors import E"}, []),
    ],
)
def test_circles_are_found(tmp_path: Path, files: dict[str, str], found: list[list[str]]) -> None:
    for where, text in files.items():
        package = house(tmp_path, where, text)
    assert circles(modules(package)) == found


def test_the_package_keeps_its_layers() -> None:
    assert violations(ROOT / "vle_analog") == []


def test_the_table_names_only_rooms_that_it_lists() -> None:
    for allowed in ROOMS.values():
        assert (allowed or set()) <= set(ROOMS)


@pytest.mark.parametrize(
    ("where", "line"),
    [
        ("errors.py", "from vle_analog.equations import System"),
        ("units.py", "import vle_analog"),
        ("equations/system.py", "import vle_analog.circuit.cells"),
        ("equations/system.py", "from ..circuit import cells"),
        ("equations/deep/down.py", "from ... import circuit"),
        ("equations/system.py", "def late():\n    from vle_analog import netlist"),
        ("equations/system.py", "from vle_analog import cli"),
        ("circuit/cells.py", "from vle_analog import __version__"),
        ("simulate/ngspice.py", "import PySpice.Spice.Netlist"),
        ("studies/budget.py", "from vle_analog.cli import main"),
        ("cli.py", "from PySpice.Spice.Netlist import Circuit"),
        ("attic/__init__.py", "import os"),
    ],
)
def test_refused(tmp_path: Path, where: str, line: str) -> None:
    assert len(violations(house(tmp_path, where, line))) == 1


@pytest.mark.parametrize(
    ("where", "line"),
    [
        ("waveforms.py", "from vle_analog.errors import VleAnalogError"),
        ("equations/system.py", "from vle_analog import errors\nfrom . import operators\nfrom .operators import D"),
        ("blocks/integrator.py", "from ..diagram.block import Block\nfrom vle_analog.circuit import Circuit"),
        ("netlist/dialect.py", "from PySpice.Spice.Netlist import Circuit"),
        ("studies/budget/study.py", "from vle_analog.fleet.fleet import Fleet"),
        ("cli.py", "from vle_analog import lab, studies"),
        ("api.py", "from .synthesis import realize"),
        ("__init__.py", "from vle_analog.api import solve"),
    ],
)
def test_allowed(tmp_path: Path, where: str, line: str) -> None:
    assert violations(house(tmp_path, where, line)) == []


def house(folder: Path, where: str, text: str) -> Path:
    """A package of one file."""
    path = folder / "vle_analog" / where
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder / "vle_analog"
