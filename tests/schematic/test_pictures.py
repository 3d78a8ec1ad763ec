"""Pictures in docs/ are what the tool draws today."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.blocks.bench import system
from tests.schematic.test_read_back import drawing
from vle_analog.design.design import design
from vle_analog.schematic import svg
from vle_analog.schematic.diagram import diagram

FIGURES = Path(__file__).resolve().parents[2] / "docs" / "figures"


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("lorenz", "diagram"),
        ("lorenz", "y__sum"),
        ("chain", "diagram"),
        ("chain", "neuron-1-8"),
        pytest.param("xor_small", "diagram", marks=pytest.mark.slow),
    ],
)
def test_a_picture_is_what_its_command_draws(name: str, page: str) -> None:
    drawn = drawing(name)
    text = diagram(drawn) if page == "diagram" else svg.svg(drawn.page(f"{name}-{page}"))
    kept = (FIGURES / f"{name}-{page}.svg").read_text(encoding="utf-8")
    assert text == kept, f"vle-analog schematic {name} --format svg"


@pytest.mark.parametrize("states", [{"x": ("-x", 1.0)}, {"x": ("-x", 1.0), "y": ("x - y", 0.0), "z": ("-2*z", 1.0)}])
def test_a_block_that_is_joined_to_no_other_is_drawn(states: dict[str, tuple[str, float]]) -> None:
    drawn = design(system(states, {}, {}, span=1.0))._repr_svg_()
    assert all(f">{name}: leaky integrator<" in drawn for name in states)
