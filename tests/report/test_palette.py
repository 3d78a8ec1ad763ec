"""A colour that means something is written down once: figures take it from the palette."""

from __future__ import annotations

from pathlib import Path

from vle_analog.report import palette

ROOT = Path(__file__).resolve().parents[2] / "vle_analog"


def test_colours_with_a_meaning_are_named_nowhere_else() -> None:
    named = {value.lower() for name, value in vars(palette).items() if name.isupper()}
    meant = named - {palette.BOUND, palette.BAND, palette.PLAIN}  # greys are of many things
    for path in sorted(ROOT.rglob("*.py")):
        if path.name != "palette.py":
            text = path.read_text(encoding="utf-8").lower()
            assert [color for color in meant if color in text] == [], path


def test_colours_differ() -> None:
    named = [value for name, value in vars(palette).items() if name.isupper()]
    assert len(set(named)) == len(named)
