"""The package's public names: imported when first used, and always what they say."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import vle_analog

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("sympy", "scipy", "numba", "matplotlib", "PySpice", "distributed", "numpy")


def loaded(code: str) -> set[str]:
    """The heavy libraries that a fresh process has loaded after these lines."""
    code += f"\nimport sys\nprint(*(name for name in {HEAVY!r} if name in sys.modules))"
    command = [sys.executable, "-c", code]
    return set(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split())


def test_importing_the_package_loads_no_library() -> None:
    assert loaded("import vle_analog; dir(vle_analog)") == set()


def test_every_public_name_is_there_and_listed() -> None:
    names: dict[str, object] = {}
    exec("from vle_analog import *", names)
    assert set(vle_analog.__all__) <= set(names) & set(dir(vle_analog))
    for name in vle_analog.__all__:
        assert getattr(vle_analog, name) is names[name]
    assert callable(vle_analog.run) and "chain" in vle_analog.TASKS


def test_another_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="'vle_analog' has no attribute 'nonsense'"):
        _ = vle_analog.nonsense


def test_a_room_does_not_hide_the_function_of_its_name() -> None:
    room = import_module("vle_analog.design")
    vle_analog.design = room  # as the import system does after the first import of a room
    assert callable(vle_analog.design) and vle_analog.design.__module__ == "vle_analog.design.design"


def test_what_is_shown_of_public_objects_is_short() -> None:
    lorenz = vle_analog.load_system(ROOT / "circuits" / "systems" / "lorenz.toml")
    task = vle_analog.chain(rule="gle", span=100.0)
    design = vle_analog.design(lorenz)
    shown = [lorenz, task, task.system, design, design.circuit, design.deck, design.bench, design.reference]
    shown += [design.reference.solution, design.reference.solution.waveforms, vle_analog.Build(), vle_analog.Lab()]
    assert [type(thing).__name__ for thing in shown if not 10 < len(repr(thing)) < 500] == []
    assert repr(lorenz) == "<EquationSystem 'lorenz': 3 states, 0 definitions, 0 inputs, span 10 units of 0.001 s>"


def test_notebooks_show_equations_circuits_and_parts() -> None:
    lorenz = vle_analog.load_system(ROOT / "circuits" / "systems" / "lorenz.toml")
    assert "rho" in lorenz._repr_latex_()
    drawn = lorenz._repr_svg_()
    assert drawn is not None and drawn.lstrip().startswith("<svg") and drawn == vle_analog.design(lorenz)._repr_svg_()
    assert "<td>opamps</td><td>4</td>" in vle_analog.design(lorenz).circuit._repr_html_()
    task = vle_analog.TASKS["xor_small"]()
    assert task._repr_latex_() == task.system._repr_latex_() and task._repr_svg_() is None


def test_systems_that_differ_have_other_texts() -> None:
    lorenz = vle_analog.load_system(ROOT / "circuits" / "systems" / "lorenz.toml")
    assert lorenz.text == vle_analog.load_system(ROOT / "circuits" / "systems" / "lorenz.toml").text
    assert lorenz.updated(span=11.0).text != lorenz.text and "rho" in lorenz.text
