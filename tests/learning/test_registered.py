"""Rules that a Python session makes known."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sympy as sp

import vle_analog as va
from vle_analog.equations.operators import adjoint_prospective, adjoint_retrospective
from vle_analog.errors import UsageError
from vle_analog.lab.executor import Threads
from vle_analog.learning import registered
from vle_analog.learning.action import derive, error_path
from vle_analog.learning.colors import rule_color
from vle_analog.learning.rule import Coefficients, causal
from vle_analog.learning.rules import known_rules, rule_named, source_of
from vle_analog.lesson.lesson import Lesson

P, TAU_M, TAU_R = sp.symbols("q t_m t_r")


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """No rule stays known."""
    yield
    registered._REGISTERED.clear()


def made(share: int = 2) -> va.Rule:
    @va.rule("part", "gle at a part of its gain", color="#123456")
    def part(exact: sp.Expr, k: Coefficients) -> sp.Expr:
        return causal(exact) / share

    return part


def test_a_decorated_function_is_a_rule_wherever_a_name_is() -> None:
    part = made()
    assert rule_named("part") == part and "part" in known_rules() and rule_color("part") == "#123456"
    assert sp.expand(2 * error_path("part", P, TAU_M, TAU_R) - error_path("gle", P, TAU_M, TAU_R)) == 0
    assert Lesson("chain", rule="part").variant.color == "#123456"
    assert "gle at a part of its gain" in str(derive([1, 1], rule="part").steps)


def test_coefficients_of_such_a_rule_learn() -> None:
    @va.rule("leaky", "a gain that learns, of p alone")
    def leaky(exact: sp.Expr, k: Coefficients) -> sp.Expr:
        return k.gain * exact.args[0].args[0]

    assert {each.name for each in Lesson("chain", rule="leaky").build().learned} >= {"ka1", "ka2"}


def test_another_process_gets_it_with_the_lesson() -> None:
    made()
    sent, key = pickle.dumps(Lesson("chain", rule="part", span=99.0)), Lesson("chain", rule="part", span=99.0).key()
    registered._REGISTERED.clear()
    with pytest.raises(UsageError, match="unknown rule 'part'"):
        rule_named("part")
    assert pickle.loads(sent).key() == key and rule_named("part").color == "#123456"


def test_the_same_name_for_another_rule_is_another_lesson() -> None:
    made()
    key, source = Lesson("chain", rule="part").key(), source_of("part")
    derived = str(derive([1], rule="part").steps)
    made(3)
    assert Lesson("chain", rule="part").key() != key and source_of("part") != source
    assert str(derive([1], rule="part").steps) != derived


def test_rules_are_compared_from_python() -> None:
    half = va.Rule("half", "gle at half its gain", lambda exact, k: va.causal(exact) / 2)
    found = va.learn("chain", ["gle", half], etas=[0.3], seeds=1, eligibility=False, span=100.0)
    assert [str(rule) for rule in found.rules] == ["gle", "half"]
    losses = [found.at(rule, 0.3)[0].loss for rule in found.rules]
    assert losses[0][0] == losses[1][0] and losses[0][-1] != losses[1][-1]


@pytest.mark.slow  # two processes start
def test_rules_are_compared_in_processes() -> None:
    made()
    lab = va.Lab(executor=Threads(2))
    found = va.learn("chain", ["part"], etas=[0.3], seeds=2, span=100.0, lab=lab)
    alone = va.learn("chain", ["part"], etas=[0.3], seeds=2, span=100.0)
    assert [run.loss for run in found.runs] == [run.loss for run in alone.runs]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (va.Rule("gle", "", lambda exact, k: causal(exact)), "there is a rule 'gle' already"),
        (va.Rule("adjoint", "", lambda exact, k: causal(exact)), "there is a rule 'adjoint' already"),
        (va.Rule("half.py", "", lambda exact, k: causal(exact)), "'half.py' is no name of a rule"),
        (va.Rule("none", "", lambda exact, k: None), "its error is no expression of p, but None"),  # type: ignore[arg-type,return-value]
        (va.Rule("one", "", lambda exact, k: sp.S.One), "its error is no expression of p, but 1"),
        (va.Rule("mu", "", lambda exact, k: sp.Symbol("mu") * causal(exact)), "a symbol of its own, mu"),
    ],
)
def test_what_is_no_rule_is_refused(rule: va.Rule, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        va.learn("chain", [rule])
    assert caught.value.hint


def test_a_colour_is_one() -> None:
    with pytest.raises(UsageError, match="'blue' is no color"):
        replace(rule_named("gle"), color="blue")


def test_an_expression_stands_in_for_the_function() -> None:
    """For indexed signals and for time constants that are ``1/g``, too."""
    rule, (n, g) = made(), sp.symbols("n g")
    exact = adjoint_retrospective(adjoint_prospective(P * n, TAU_R), 1 / g)
    k = Coefficients(*sp.symbols("x y z"))
    assert rule.error(exact, k) == causal(exact) / 2
