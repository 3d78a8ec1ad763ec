"""Systems that are awkward to build, from a file to the comparison: each once went wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import sympy as sp

from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.equations.checks import check
from vle_analog.equations.system import EquationSystem, Input, State, index, signal, total
from vle_analog.equations.systemfile import load_system
from vle_analog.errors import EquationError, SynthesisError, VleAnalogError
from vle_analog.reference.integrator import Integrator
from vle_analog.stimulus import Sines
from vle_analog.studies.run.study import run

DRIVE = '[inputs.u]\nkind = "sine"\namplitude = 0.5\nfrequency = 0.2\n'


def written(folder: Path, body: str, span: float = 10.0) -> EquationSystem:
    path = folder / "awkward.toml"
    path.write_text(f'name = "awkward"\n[time]\nunit = 1e-3\nspan = {span}\n{body}')
    return load_system(path)


def states(**equations: tuple[str, float]) -> str:
    return "".join(
        f'[states.{name}]\nderivative = "{derivative}"\ninitial = {initial}\n'
        for name, (derivative, initial) in equations.items()
    )


HOPF = states(x=("(1-r2)*x - y*(1+0.5*x)", 1.0), y=("(1-r2)*y + x*(1+0.5*x)", 0.0))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(HOPF + '[definitions]\nr2 = "x**2 + y**2"\n', id="difference that is only rounding noise"),
        pytest.param(states(x=("-pi*x", 1.0)), id="pi"),
        pytest.param(
            DRIVE + '[definitions]\np = "prospective(u, 0.3)"\nq = "prospective(p, 0.3)"\n'
            '[outputs]\nsignals = ["p", "q"]\n',
            id="look-ahead of a look-ahead of an input",
        ),
        pytest.param(
            DRIVE + '[definitions]\nq = "reciprocal(1.02 + 2*u)"\n[outputs]\nsignals = ["q"]\n',
            id="divider near zero at 1 ms per unit",
        ),
        pytest.param(
            DRIVE + states(x=("70*deadzone(u, -0.1, 0.1) - 90*deadzone(u, -0.2, 0.05) - 10*x", 0.0)),
            id="loaded dead zone",
        ),
        pytest.param(
            DRIVE.replace("frequency = 0.2", "frequency = 0.0\nphase = 1.0") + states(x=("u - x", 0.0)),
            id="sine of frequency zero",
        ),
        pytest.param(states(n=("0.1*n*(1 - n/9e9)", 2.5e9)), id="a population of billions"),
        pytest.param(DRIVE + states(x=("u - x + 1e-9*x*u", 0.0)), id="negligible term of a leaky integrator"),
        pytest.param(states(x=("y - 1e-12*x**3", 1.0), y=("-x", 0.0)), id="negligible term of an integrator"),
        pytest.param(
            "[parameters]\na = 0.5\nA = 0.25\nX = 1.5\ntemp = 2.0\nn = 2\n"
            + states(x=("-a*x - A*y", 1.0), y=("X*x/temp - y**n", 0.0)),
            id="parameters whose names SPICE would not tell apart",
        ),
        pytest.param(
            "[parameters]\na = 0.5\nn = 2.0\n"
            + states(x=("-sqrt(2)*x - exp(-a)*y + cos(pi/3)/log(3)", 1.0), y=("x**n - a**n*y - x**(n + 1)/2**n", 0.0)),
            id="constants to be folded",
        ),
        pytest.param(states(s=("-i*s", 0.9), i=("i*s - 0.3*i", 0.1)), id="names that internal signals are made of"),
    ],
)
def test_it_is_built_and_exact(tmp_path: Path, body: str) -> None:
    for realisation in ("algebraic", "lead", "differentiator"):
        result = run(written(tmp_path, body), Build(realisation))
        assert result.comparison.trace_nrmse_max < 1e-3


@pytest.mark.parametrize(
    ("body", "span", "error", "message"),
    [
        (
            DRIVE + states(x=("u - x", 0.0)) + '[definitions]\nr = "reciprocal(x - 2)"\n',
            10.0,
            SynthesisError,
            r"'x - 2' is never above 0: reciprocal\(x - 2\) is not defined",
        ),
        (DRIVE + states(x=("-2000*x + 2000*u", 0.0)), 1e5, EquationError, "too stiff for a span of 100000"),
        (DRIVE.replace("0.2", "1e12") + states(x=("u - x", 0.0)), 10.0, EquationError, "input 'u' changes so fast"),
    ],
)
def test_what_cannot_be_built_is_refused_with_its_reason(
    tmp_path: Path, body: str, span: float, error: type[VleAnalogError], message: str
) -> None:
    with pytest.raises(error, match=message) as info:
        design(written(tmp_path, body, span))
    assert info.value.hint


def test_a_band_limit_is_reported_where_it_can_be_told_apart(tmp_path: Path) -> None:
    of_state = (
        DRIVE + states(x=("u - x", 0.0)) + '[definitions]\np = "prospective(x, 0.5)"\n[outputs]\nsignals = ["p"]\n'
    )
    exact, limited = (design(written(tmp_path, of_state), Build(each)) for each in ("algebraic", "lead"))
    assert exact.limited == () and not exact.look_ahead
    assert limited.limited == ("p",) and 1e-4 < limited.look_ahead["p"] < 0.1
    of_input = DRIVE + '[definitions]\np = "prospective(u, 0.5)"\n[outputs]\nsignals = ["p"]\n'
    forced = design(written(tmp_path, of_input))
    assert forced.limited == ("p",) and not forced.look_ahead


@pytest.mark.parametrize("name", ["k", "y", "x", "p", "d"])
def test_indices_may_have_any_name(name: str) -> None:
    n, other = index("n", 3), index(name, 3)
    z = signal("z", n)
    mean = total(signal("z", other), other) / 3
    system = EquationSystem("indexed", (State(z, mean - 2 * z, np.arange(3.0)),), span=1.0)
    check(system)
    final = Integrator(system).run(0.01).final["z"]
    assert final == pytest.approx(np.exp(-1.0) + np.exp(-2.0) * (np.arange(3.0) - 1), rel=1e-6)


def test_a_gate_is_nothing_but_a_gate() -> None:
    x, g = sp.Symbol("x"), sp.Symbol("g")
    system = EquationSystem("gated", (State(x, g - x),), inputs=(Input(g, Sines((1.0,), (0.1,), (0.0,)), gate=True),))
    with pytest.raises(EquationError, match="0 and 1 only"):
        check(system)


def test_a_sum_over_the_templates_own_index_is_refused() -> None:
    n = index("n", 3)
    z = signal("z", n)
    with pytest.raises(EquationError, match="sums over n, which"):
        check(EquationSystem("shadowed", (State(z, total(z, n) - z),)))


def test_a_circuit_that_needs_too_many_even_steps_chooses_its_own(ngspice: str) -> None:
    """A follower 100,000 times faster than what it follows: half a million steps of a method of order 2."""
    x, y, u = sp.symbols("x y u")
    states = State(u, (x - u) * 1e5, 1.0), State(x, y, 1.0), State(y, -x, 0.0)
    result = run(EquationSystem("fast", states, outputs=("x", "u"), span=10.0, unit=1.0))
    assert result.design.reference.solver_error is None and "vntol=1e-10" in result.design.deck.text
    assert result.comparison.trace_nrmse_max < 1e-3
