"""Expressions of PSpice and LTspice: numbers by Python, text by ngspice."""

from __future__ import annotations

import contextlib
import math
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vle_analog.circuit.vendor.expression import Name, Number, bound, constant, number, parse, written
from vle_analog.errors import CircuitError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1M", 1e-3),
        ("1MEG", 1e6),
        ("2.5Megohm", 2.5e6),
        ("10mil", 254e-6),
        ("4.7UF", 4.7e-6),
        ("15µ", 15e-6),
        ("-3e-3", -3e-3),
        ("1E3k", 1e6),
        ("0.3u", 3e-7),
        ("5Hz", 5.0),
        ("1F", 1e-15),
    ],
)
def test_m_is_milli_and_meg_is_mega(text: str, value: float) -> None:
    assert number(text) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{2*3+4}", 10),
        ("2**3**2", 512),
        ("-2**2", -4),
        ("(-2)**3", -8),
        ("PWR(-2, 3)", 8),
        ("PWRS(-2, 3)", -8),
        ("LIMIT(5, -1, 1)", 1),
        ("limit(-5, -1, 1)", -1),
        ("IF(1 > 2, 3, 4)", 4),
        ("1 < 2 ? 3 : 4", 3),
        ("TABLE(0.5, 0, 0, 1, 10)", 5),
        ("TABLE(7, 0, 0, 1, 10)", 10),
        ("STP(-1) + SGN(-3) + ABS(-2)", 1),
        ("(1 > 0) ^ (2 > 0)", 0),
        ("LOG(100)/LOG10(100)", math.log(100) / 2),
        ("MIN(3, 1, 2) + MAX(3, 1, 2)", 4),
        ("ARCTAN(1)*4", math.pi),
        ("TEMP", 27),
    ],
)
def test_what_makers_write_is_what_it_says(text: str, value: float) -> None:
    assert constant(bound(parse(text), {}, {})) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("V(a)^2", "exclusive or"),
        ("2 +", "operand is missing"),
        ("(1 + 2", "')' is missing"),
        ("1 2", "one too many"),
        ("4k7", "read differently"),
        ("LIMIT(1, 2)", "has 2 arguments"),
        ("`id`", "not understood"),
        ("V(a,b,c)", "not understood"),
        ("1/0", "is no number"),
    ],
)
def test_what_has_no_one_meaning_is_refused(text: str, words: str) -> None:
    with pytest.raises(CircuitError, match=words.replace("(", r"\(").replace(")", r"\)")):
        parse(text)


def test_nobody_s_names_are_refused() -> None:
    with pytest.raises(CircuitError, match="nobody says what 'gain' is"):
        bound(parse("gain*2"), {}, {})
    with pytest.raises(CircuitError, match="the function 'ddt' is not translated"):
        bound(parse("DDT(V(a))"), {}, {})
    assert bound(parse("gain*2"), {"gain": Number(3.0)}, {}) == Number(6.0)
    assert bound(parse("TEMPER"), {}, {}) == Name("temp")


#: of x: each is one function in PSpice and, as it is written for ngspice, the same there
CURVES = (
    "LIMIT(x, -0.5, 0.25)", "IF(x > 0.3, x, IF(x < -0.7, -1, 2*x))", "x**3 - x**2", "PWR(x, 1.5)", "PWRS(x, 1.5)",
    "TABLE(x, -0.5, 1, 0, 2, 0.5, -1)", "MAX(x, 0, 0.2*x)", "~(x > 0) & (x > -0.5) | (x > 0.6)", "-x*(2 - x)/(3 + x)",
    "SGN(x)*SQRT(ABS(x)) + STP(x)", "x*TEMP/27 + INT(3.7*x)", "EXP(-x) + TANH(2*x) + ATAN(x) + HYPOT(x, 1)",
)  # fmt: skip


def test_ngspice_reckons_the_same(tmp_path: Path, ngspice: str) -> None:
    """What is written for ngspice has PSpice's values, one run for all functions."""
    points = [-1.0, -0.6, -0.2, 0.1, 0.4, 0.9]
    sources = []
    for place, curve in enumerate(CURVES):
        text = written(parse(curve.replace("x", "V(x)").replace("EV(x)P", "EXP").replace("MAV(x)", "MAX")))
        choice = text if not curve.startswith("~") else f"({text} ? 1 : 0)"
        sources.append(f"B{place} y{place} 0 V={choice}")
    lines = [".title curves", "Vx x 0 0", *sources, ".control"]
    for point in points:
        lines += [f"alter Vx dc = {point}", "op", "print " + " ".join(f"v(y{k})" for k in range(len(CURVES)))]
    (tmp_path / "deck.cir").write_text("\n".join([*lines, "quit", ".endc", ".end", ""]))
    done = subprocess.run([ngspice, "-n", "-b", "deck.cir"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    found = [float(line.partition("=")[2]) for line in done.stdout.splitlines() if line.startswith("v(y")]
    assert len(found) == len(points) * len(CURVES), done.stdout + done.stderr
    for row, point in enumerate(points):
        for place, curve in enumerate(CURVES):
            wanted = constant(bound(parse(curve), {"x": Number(point)}, {}))
            assert found[row * len(CURVES) + place] == pytest.approx(wanted, rel=1e-4, abs=1e-6), (curve, point)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(CircuitError):
        parse(text)
