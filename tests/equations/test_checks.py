from itertools import pairwise

import numpy as np
import pytest
import sympy as sp

from vle_analog.equations.checks import RESERVED, check, check_name
from vle_analog.equations.operators import adjoint_prospective, prospective, retrospective
from vle_analog.equations.system import Definition, EquationSystem, Input, Parameter, State, index, signal, total
from vle_analog.errors import EquationError
from vle_analog.laws.deadzone import deadzone
from vle_analog.laws.reciprocal import reciprocal
from vle_analog.laws.softplus import softplus
from vle_analog.stimulus import Constant

x, y, p, q, u, a, b, c, tau = sp.symbols("x y p q u a b c tau")
t = sp.Symbol("t")
i, j, k = index("i", 3), index("j", 2), index("k", 4)
w, r, e = signal("w", i, j), signal("r", j), signal("e", i)


def system(derivative=-x, *, definitions=(), **changes):
    """A small system of states x and y, input u and parameters a = 2, b = 0, tau = 1.5."""
    pieces = {
        "states": (State(x, derivative, 1.0), State(y, x - y)),
        "inputs": (Input(u, Constant(1.0)),),
        "parameters": (Parameter(a, 2.0), Parameter(b, 0.0), Parameter(tau, 1.5)),
        "definitions": tuple(Definition(symbol, expression) for symbol, expression in definitions),
    }
    return EquationSystem("test", **{**pieces, **changes})


def template(weight_rate, **changes):
    """A layer of templates: states w[3, 2] and r[2], definition e[3]."""
    pieces = {
        "states": (State(w, weight_rate, np.zeros((3, 2))), State(r, -r)),
        "definitions": (Definition(e, total(w * r, j)),),
        "parameters": (Parameter(signal("g", i), [1.0, 2.0, 3.0]), Parameter(a, 1.0)),
    }
    return EquationSystem("layer", **{**pieces, **changes})


g = signal("g", i)


@pytest.mark.parametrize("name", ["x", "X1", "r_2", "v", "i", "e", "E", "I", "S", "N", "w_0_1", "gamma", "a" * 32])
def test_good_names(name):
    check_name(name, "states")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("1x", "letters, digits"), ("x y", "letters, digits"), ("", "letters, digits"), ("é", "letters, digits"),
        ("x\n.control", "letters, digits"), ("x.y", "letters, digits"), ("x-y", "letters, digits"),
        ("x\n", "letters, digits"),
        ("_x", "internal"), ("x_", "internal"), ("x__y", "internal"), ("__import__", "internal"),
        ("a" * 33, "more than 32"), ("lambda", "Python"), ("Lambda", "Python"), ("if", "Python"), ("True", "Python"),
        ("time", "SPICE"), ("GND", "SPICE"), ("temper", "SPICE"), ("all", "SPICE"), ("pi", "number"),
        ("tanh", "function"), ("Softplus", "function"), ("prospective", "function"),
    ],
)  # fmt: skip
def test_bad_names_say_why(name, why):
    with pytest.raises(EquationError, match=why) as caught:
        check_name(name, "states.here")
    assert caught.value.where == "states.here" and caught.value.hint and "\n" not in caught.value.what


def test_reserved_names_are_lower_case_and_have_a_reason():
    assert all(name == name.lower() and reason for name, reason in RESERVED.items())


@pytest.mark.parametrize(
    "good",
    [
        system(),
        system(a * x**9 / tau - reciprocal(1 + x**2) + softplus(y) * u),
        system(deadzone(x, -a, a)),
        system(-x + p, definitions=[(p, prospective(y, tau))]),
        system(-x + retrospective(x, tau)),
        system(-x + p, definitions=[(p, q + y), (q, 2 * retrospective(p, tau))]),  # the lag breaks the loop
        system(sp.sqrt(a) * x),
        system(y / (1 + x**2) ** 2 + sp.sqrt(x) - x**a + x ** sp.Rational(3, 2)),
        system(sp.Max(x, y, 1) + sp.Piecewise((x, x > 0), (y, (y < 1) & (x > -1)), (0, True)) - sp.Heaviside(x)),
        system(sp.sin(x) * sp.cos(y) + sp.exp(-x) - sp.log(1 + x**2) + sp.Abs(x) * sp.sign(y) + sp.atan(x) + 2**y),
        system(sp.pi * x),
        template(e * r),
        template(g * e * r - sp.tanh(w)),
        template(retrospective(e * r, g)),
    ],
    ids=lambda each: str(each.states[0].derivative),
)
def test_good_systems(good):
    check(good)


def test_a_forward_and_backward_pass_without_feedback_is_explicit():
    # gle's chain: rates look ahead of membranes, errors of their own membranes
    v, rate, error, drive = sp.symbols("v rate error drive")
    check(
        EquationSystem(
            "gle",
            states=(State(x, (-x + a * u) / tau), State(v, (error - v) / tau)),
            definitions=(
                Definition(rate, softplus(prospective(x, tau))),
                Definition(error, u - rate),
                Definition(drive, prospective(v, tau)),
            ),
            inputs=(Input(u, Constant(1.0)),),
            parameters=(Parameter(a, 1.0), Parameter(tau, 1.0)),
        )
    )


D = "states.x.derivative"


@pytest.mark.parametrize(
    ("bad", "where", "what", "hint"),
    [
        # names
        (system(definitions=[(sp.Symbol("X"), x)]), "definitions.X", "'X' and 'x' (states.x) differ only", "rename"),
        (system(definitions=[(u, x)]), "definitions.u", "the name 'u' is taken by inputs.u", "rename"),
        (system(definitions=[(sp.Symbol("time"), x)]), "definitions.time", "SPICE reserves", "time_1"),
        (template(e * r, inputs=(Input(sp.Symbol("W_0_1"), Constant(1)),)), "states.w", "and 'W_0_1'", "rename"),
        (template(e * r, inputs=(Input(sp.Symbol("w_2_1"), Constant(1)),)), "states.w", "'w_2_1' is taken", "rename"),
        # frame
        (system(span=0.0), "time.span", "not a positive", "above 0"),
        (system(unit=np.inf), "time.unit", "not a positive", "above 0"),
        (system(outputs=("x", "z")), "outputs.signals", "unknown signal 'z'", "known: "),
        (system(outputs=("x", "x")), "outputs.signals", "twice", "once"),
        (system(states=()), "states", "nothing to solve", "state"),
        (system().updated(name="a b;c"), "name", "not a name", "letters"),
        # values
        (system(parameters=(Parameter(a, np.nan),)), "parameters.a", "nan is not finite", "finite"),
        (system(states=(State(x, -x, np.inf),)), "states.x.initial", "inf is not finite", "finite"),
        (template(e * r, states=(State(w, -w, np.zeros((2, 3))), State(r, -r))), "states.w.initial", "(2, 3)", "one"),
        (template(e * r, parameters=(Parameter(g, [1, np.inf, 2]),)), "parameters.g", "inf at index (1,)", "finite"),
        (system(inputs=(Input(u, 1.0),)), "inputs.u", "no stimulus", "vle_analog.stimulus"),
        (
            system(inputs=(Input(signal("u", i), (Constant(1.0), Constant(2.0))),)),
            "inputs.u",
            "2 stimuli for 3 instances of 'u[i]'",
            "one per instance",
        ),
        (system(inputs=(Input(u, (Constant(1.0),) * 2),)), "inputs.u", "2 stimuli for 1 instance of 'u'", "one"),
        (system(inputs=(Input(signal("u", i), Constant(1.0), gate=True),)), "inputs.u", "gate is a scalar", "one gate"),
        # terms
        (system(x + sp.Symbol("yy")), D, "unknown name 'yy'", "did you mean 'y'?"),
        (system(sp.erf(x)), D, "unsupported function 'erf'", "supported: Piecewise"),
        (system(sp.Piecewise((x, x > 0))), D, "leaves open what else it is", "end it with (0, True)"),
        (system(sp.I * x), D, "not a finite real", "real numbers"),
        (system(x + sp.nan), D, "", ""),
        (system(sp.Derivative(sp.Function("f")(t), t)), D, "not explicit", "prospective(x, tau)"),
        (system(adjoint_prospective(x, tau)), D, "adjoint_prospective", "2*x - prospective(x, tau)"),
        (system(x**21), D, "degree 21", "-20 to 20"),
        (system(x / b), D, "the constant '1/b' is", "finite"),
        (system(x / (a - 2)), D, "is inf", "finite"),
        (system(reciprocal(b) * x), D, "reciprocal(b)", "finite"),
        (system(deadzone(x, a, -a)), D, "low 2 above high -2", "exchange"),
        (system(deadzone(x, y, a)), D, "'y' in deadzone(x, low, high) varies", "parameters"),
        # time constants
        (system(retrospective(x, -tau)), D, "time constant -tau of retrospective is -1.5", "above 0"),
        (system(prospective(y, b)), D, "time constant b of prospective is 0", "above 0"),
        (system(prospective(y, x)), D, "varies in time", "parameters"),
        (system(prospective(a, tau)), D, "prospective of a constant", "write a alone"),
        (template(retrospective(e * r, g - 2)), "states.w.derivative", "-1 at index (0,)", "above 0"),
        # templates
        (template(e * signal("r", i)), "states.w.derivative", "'r[i]' has shape (3,)", "indices"),
        (template(e * sp.Symbol("r")), "states.w.derivative", "has shape ()", "indices"),
        (template(sp.IndexedBase("e")[0] * r), "states.w.derivative", "single instance", "index()"),
        (template(e * r + signal("w", i, k)), "states.w.derivative", "has shape (3, 4)", "indices"),
        (template(e, states=(State(r, e - r), State(w, -w))), "states.r.derivative", "index i is not one", "sum"),
        (template(e * r * i), "states.w.derivative", "bare index i", "square brackets"),
        (template(sp.Sum(w * e, (i, 0, 1)) * e), "states.w.derivative", "whole range", "total()"),
        # causality
        (system(p, definitions=[(p, p + x)]), "definitions.p", "loop without a state: p -> p", "retrospective"),
        (system(p, definitions=[(p, q), (q, p * x)]), "definitions.p", "p -> q -> p", "retrospective"),
        (
            system(p, definitions=[(p, sp.tanh(q)), (q, c + x), (c, p * u)]),
            "definitions.p",
            "loop without a state: p -> q -> c -> p",
            "retrospective",
        ),
        (system(prospective(x, tau) - x), D, "'x' is not explicit: it depends on itself (d(x)/dt -> d(x)/dt)", "solve"),
        (system(-x + p, definitions=[(p, sp.tanh(prospective(x, tau)))]), D, "(d(x)/dt -> p -> d(x)/dt)", "solve"),
        (
            # full latent equilibrium: the output's error drives the output's membrane
            system(-x + q, definitions=[(p, sp.tanh(prospective(x, tau))), (q, u - p)]),
            D,
            "(d(x)/dt -> q -> p -> d(x)/dt)",
            "retrospective",
        ),
        (
            system(prospective(y, tau), states=(State(x, prospective(y, tau)), State(y, -prospective(x, tau)))),
            D,
            "(d(x)/dt -> d(y)/dt -> d(x)/dt)",
            "solve",
        ),
        (system(p, definitions=[(p, prospective(retrospective(p, tau), tau))]), "definitions.p", "p -> p", "state"),
    ],
)  # fmt: skip
def test_bad_systems_say_what_where_and_what_to_do(bad, where, what, hint):
    with pytest.raises(EquationError) as caught:
        check(bad)
    assert caught.value.where == where, str(caught.value)
    assert what in caught.value.what, str(caught.value)
    assert hint in caught.value.hint, str(caught.value)


def test_parameters_are_no_nodes_and_may_be_called_as_spice_may_not():
    capital, time = sp.Symbol("A"), sp.Symbol("time")
    more = (Parameter(a, 2.0), Parameter(capital, 3.0), Parameter(sp.Symbol("X"), 1.0), Parameter(time, 1.0))
    check(system(a * x - capital * y + time, parameters=(*system().parameters[1:], *more)))
    with pytest.raises(EquationError, match=r"the name 'a' is taken by parameters\.a"):
        check(system(parameters=(*system().parameters, Parameter(a, 1.0))))
    with pytest.raises(EquationError, match=r"the name 'x' is taken by states\.x"):
        check(system(parameters=(*system().parameters, Parameter(x, 1.0))))


def test_the_origin_stands_before_the_place():
    with pytest.raises(EquationError) as caught:
        check(system(sp.erf(x), origin="some.toml"))
    assert str(caught.value).startswith("some.toml: states.x.derivative: unsupported function 'erf'\n  supported: ")


def test_a_thousand_chained_definitions_are_checked_without_recursion():
    names = [sp.Symbol(f"p{n}") for n in range(2000)]
    chain = [(names[0], x + y), *((after, before + u) for before, after in pairwise(names))]
    check(system(definitions=chain))
    loop = [(names[0], names[-1]), *chain[1:]]
    with pytest.raises(EquationError, match="loop without a state"):
        check(system(definitions=loop))


def test_a_layer_costs_the_same_whatever_its_size():
    large, wide, other = index("m", 100), index("n", 100), index("o", 100)
    weight, rate = signal("w", large, wide), signal("r", wide)
    drive = total(signal("w", large, other) * signal("r", other), other)
    big = EquationSystem("big", states=(State(weight, rate * drive), State(rate, -rate)))
    check(big)
