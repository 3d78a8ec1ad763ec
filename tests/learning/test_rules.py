"""Learning rules: found by listing, or given by a file's path; what is wrong with a file is said."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import sympy as sp

from tests.tool import refused
from vle_analog.equations.operators import adjoint_prospective, adjoint_retrospective, prospective, retrospective
from vle_analog.errors import UsageError, VleAnalogError
from vle_analog.lab.lab import Lab
from vle_analog.learning import rules
from vle_analog.learning.action import derive, error_path
from vle_analog.learning.error_neuron import ErrorNeuron, error_neuron
from vle_analog.learning.learned import PlasticEquations
from vle_analog.learning.plasticity import Plasticity
from vle_analog.learning.rules import RULES, rule_named
from vle_analog.studies.frequency.figure import figure
from vle_analog.studies.frequency.study import FrequencyPlan, frequency
from vle_analog.studies.learn.rules import color_of
from vle_analog.tasks import chain

HALF = """
'''half: gle's error, halved.'''
from vle_analog.learning.rule import Rule, causal

RULE = Rule("half", "gle at half the gain", lambda exact, k: causal(exact) / 2)
"""
P, TAU_M, TAU_R = sp.symbols("p1 tau_m tau_r")


@pytest.fixture
def half(tmp_path: Path) -> str:
    return own(tmp_path, HALF)


def own(folder: Path, text: str) -> str:
    path = folder / "half.py"
    path.write_text(text)
    return str(path)


def test_a_rule_is_a_file_of_its_name() -> None:
    (folder,) = map(Path, rules.__path__)
    assert {path.stem for path in folder.glob("*.py")} == {*RULES, "__init__"}
    assert all(rule.name == name and rule.description for name, rule in RULES.items())
    assert {name: rule.alias_of for name, rule in RULES.items() if rule.alias_of} == {"vle": "vle2"}


def test_a_new_file_of_the_folder_is_a_rule(half: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "__path__", [*rules.__path__, str(Path(half).parent)])
    try:
        listed = rules._listed()
    finally:
        sys.modules.pop("vle_analog.learning.rules.half", None)
    assert {*listed} == {*RULES, "half"}
    monkeypatch.setitem(rules.RULES, "half", listed["half"])  # type: ignore[index]
    assert chain("half", span=80.0).plasticity.rule == "half"
    responses = frequency(FrequencyPlan(points=2, rules=("adjoint", "gle", "half")), Lab())
    assert responses.measured["half"] == pytest.approx(responses.measured["gle"] / 2)
    assert figure(responses).axes
    assert len({color_of(rule, [*RULES]) for rule in RULES}) == len(RULES) - 1  # vle is vle2


def test_a_network_learns_by_a_rule_from_outside(ask, half: str) -> None:  # type: ignore[no-untyped-def]
    answer = ask(
        "learn", "chain", "--rules", f"gle,{half}", "--etas", "1", "--seeds", "1", "--span", "300", "--out", "o"
    )
    assert answer.code == 0, answer.err
    gle, found = (json.loads(Path("o/learn.json").read_text())["rules"][rule]["1"] for rule in ("gle", "half"))
    assert found["diverged"] == [None] and found["loss"] != gle["loss"]
    assert ask("netlist", "chain", "--rule", half, "--span", "80", "-o", "n.cir").code == 0
    assert "(gle at half the gain)" in ask("derive", "--rule", half).out


def test_a_rule_from_outside_may_learn_coefficients(tmp_path: Path) -> None:
    """Of a signal that no rule of the package has: ``e = ka I-_{tau_m} p``."""
    text = """
from vle_analog.equations.operators import retrospective
from vle_analog.learning.rule import Rule
from vle_analog.learning.rules.bp import RULE as BP

RULE = Rule("low", "a slow error", lambda exact, k: k.gain * retrospective(BP.error(exact, k), exact.args[1]))
"""
    rule, equations = own(tmp_path, text), PlasticEquations()
    exact = adjoint_retrospective(adjoint_prospective(P, TAU_R), TAU_M)
    error_neuron(ErrorNeuron(equations, 1, exact, 1.0, Plasticity(rule)))
    defined = {str(each.symbol): each.expression for each in equations.definitions}
    ka, pf, pff, pfff = sp.symbols("ka1 pf1 pff1 pfff1")
    assert defined["e1"] == ka * pf and sp.expand(defined["ra1"] - 2 * pfff + pff) == 0
    states = {str(each.symbol): each.derivative for each in equations.states}
    assert states["pf1"] == (P - pf) / TAU_M and [each.name for each in equations.learned] == ["ka1"]
    assert error_path(rule, P, TAU_M, TAU_R) == sp.Symbol("ka") * retrospective(P, TAU_M)


RULE = "from vle_analog.learning.rule import Rule, causal\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rule = 1", ("half.py", "the file defines no 'RULE'", "define `RULE = Rule(")),
        ("RULE = 'gle'", ("'RULE' is of type 'str'",)),
        ("import numpy\n1/0", ("half.py, line 2", "ZeroDivisionError")),
        ("def f(:", ("half.py, line 1", "SyntaxError")),
        (RULE + "RULE = Rule('half', '', lambda exact, k: exact.nothing)", ("line 2", "AttributeError", "nothing")),
        (RULE + "RULE = Rule('half', '', lambda exact, k: exact)", ("adjoint_retrospective",)),
        (
            RULE + "from vle_analog.equations.operators import retrospective\n"
            "RULE = Rule('half', '', lambda exact, k: retrospective(causal(exact), 3))",
            ("no error neuron realises retrospective(", "tau_m or tau_r"),
        ),
    ],
)
def test_what_is_wrong_with_a_file(ask, tmp_path: Path, text: str, words: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    refused(ask("netlist", "chain", "--rule", own(tmp_path, text), "--span", "80"), *words)


def test_unknown_rules(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    refused(ask("run", "chain", "--rule", "glee"), "unknown rule 'glee'", "did you mean 'gle'? (or name a .py file)")
    refused(ask("learn", "chain", "--rules", "gle,none.py"), "none.py: there is no such file")
    assert not (tmp_path / "results").exists()
    (tmp_path / "my.py").write_text(HALF.replace('"half"', '"gle"'))
    refused(ask("learn", "chain", "--rules", "gle,my.py"), "two rules are called 'gle'")
    with pytest.raises(UsageError, match=r"known: adjoint, bp"):
        rule_named("x", "adjoint")
    with pytest.raises(VleAnalogError, match="unknown rule"):
        derive([1], rule="x")


def test_rules_are_what_they_say() -> None:
    v = retrospective(P, TAU_R)
    assert error_path("bp", P, TAU_M, TAU_R) == P
    assert error_path("gle", P, TAU_M, TAU_R) == prospective(v, TAU_M)
