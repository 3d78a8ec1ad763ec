"""Studies asked for in Python: as their commands, with plain values; what they give is short, and shows itself."""

from __future__ import annotations

import inspect

import pytest

import vle_analog as va
from vle_analog.errors import UsageError
from vle_analog.options import in_python
from vle_analog.studies.montecarlo.study import MonteCarloPlan


def test_options_are_the_commands() -> None:
    said = in_python(
        MonteCarloPlan,
        ("van_der_pol",),
        {"mismatch": (0.01, 0.05), "part": {"opamp": "tl072"}, "boards": 8, "criterion": "nrmse<=0.1"},
    )
    assert said["mismatch"] == "0.01,0.05" and said["parts"] == ["opamp=tl072"] and said["boards"] == 8
    with pytest.raises(UsageError, match="unknown option 'bords'"):
        in_python(MonteCarloPlan, ("van_der_pol",), {"bords": 8})
    with pytest.raises(UsageError, match="2 arguments for 1"):
        in_python(MonteCarloPlan, ("a", "b"), {})


def test_an_answer_is_short_and_shows_itself() -> None:
    answer = va.margins("rc_low_pass", part={"opamp": "tl072"})
    assert len(repr(answer)) < 500 and "rc_low_pass" in repr(answer)
    assert "<table>" in answer._repr_html_() and answer.record["parts"]["opamp"] == "tl072"
    assert str(answer).startswith("# Margins")


def test_a_run_takes_the_commands_options() -> None:
    with pytest.raises(UsageError, match="no Build beside"):
        va.run("lorenz", va.Build(fidelity="macromodel"), board=3)


def test_public_names_are_documented() -> None:
    assert 25 <= len(va.__all__) <= 40
    for name in va.__all__:
        thing = getattr(va, name)
        assert name.isupper() or inspect.getdoc(thing), name
