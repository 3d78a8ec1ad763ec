"""The diagram, read back symbolically, is the system; and the comparison that says so can say no."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp
from hypothesis import given, settings

from tests.blocks.bench import SINE, learning_network, system, systems
from tests.effort import effort_below
from vle_analog.blocks.integrators import LeakyIntegrator
from vle_analog.blocks.multiplier import Multiplier
from vle_analog.blocks.weighted_sum import WeightedSum
from vle_analog.diagram.diagram import BlockDiagram, differences
from vle_analog.equations.resolve import REALISATIONS, regularize, resolve
from vle_analog.equations.system import Definition, EquationSystem, State, name_of
from vle_analog.equations.systemfile import load_system
from vle_analog.errors import EquationError, LoweringError
from vle_analog.library import system_files
from vle_analog.synthesis.lower import lower
from vle_analog.tasks import chain

BANDWIDTH = 50.0
NETWORKS = [(rule, learn_tau) for rule in ("bp", "gle", "vle") for learn_tau in (False, True)]


def intended(given_system: EquationSystem, realisation: str) -> EquationSystem:
    """The equations that the diagram should have: look-ahead of finite bandwidth written out."""
    return regularize(resolve(given_system, realisation), BANDWIDTH, differentiator=realisation == "differentiator")


@pytest.mark.parametrize("realisation", REALISATIONS)
@pytest.mark.parametrize("name", system_files())
def test_shipped_systems(name: str, realisation: str) -> None:
    shipped = load_system(system_files()[name])
    diagram = lower(shipped, realisation, BANDWIDTH)
    assert differences(intended(shipped, realisation), diagram.read_back) == []
    assert diagram.read_back.probes == shipped.probes  # hidden states are not what was asked for


@pytest.mark.parametrize("realisation", REALISATIONS)
@pytest.mark.parametrize(("rule", "learn_tau"), NETWORKS)
def test_learning_networks(rule: str, learn_tau: bool, realisation: str) -> None:
    network = learning_network(rule, learn_tau=learn_tau)
    assert differences(intended(network, realisation), lower(network, realisation, BANDWIDTH).read_back) == []


@pytest.mark.parametrize("rule", ["bp", "gle", "vle"])
def test_chain(rule: str) -> None:
    task = chain(rule).system
    assert differences(resolve(task), lower(task).read_back) == []


@given(systems())
@settings(max_examples=40)
def test_random_systems(random: EquationSystem) -> None:
    assert differences(random, lower(random).read_back) == []


LETTERS = system(
    {"s": ("-2*s*i", 0.9), "i": ("2*s*i - i/2", 0.1), "n": ("-n*s - i*n", 0.5), "p": ("-p*ref + z*d", 0.5)}
    | {"ref": ("-ref*z", 0.3), "z": ("-z*s*n", 0.2), "d": ("-d*y", 0.1), "one": ("-one*reference", 0.3)}
    | {"reference": ("-reference*bus1", 0.2), "bus1": ("-bus1*s*d*z", 0.1), "y": ("-y + q*d*z*n*s", 0.1)},
    {"q": "prospective(y, 0.3)"},
)


@pytest.mark.parametrize("realisation", ["lead", "differentiator"])
def test_products_do_not_take_names_that_stages_use(realisation: str) -> None:
    """``i__s`` is the summing node of i, ``i__n`` its inverted copy, ``ref__p`` the reference ..."""
    diagram = lower(LETTERS, realisation, BANDWIDTH)
    assert differences(intended(LETTERS, realisation), diagram.read_back) == []
    signals = {name.lower() for name in diagram.signals}
    structural = {f"{name}__{part}" for name in signals for part in ("s", "n", "z", "bus1")}
    structural |= {"ref__p", "ref__n", "one__reference"}
    assert not signals & structural


# --- the comparison itself ------------------------------------------------------------------------------------------


def with_block(diagram: BlockDiagram, name: str, **changes: object) -> EquationSystem:
    """The diagram read back after one block has been tampered with."""
    blocks = [replace(each, **changes) if name_of(each.output) == name else each for each in diagram.blocks]  # type: ignore[type-var]
    return BlockDiagram(diagram.system, tuple(blocks)).read_back


@pytest.mark.parametrize("factor", [-1, sp.Rational(11, 10), 1 + sp.Rational(1, 10**6), 0])
def test_a_wrong_sign_or_coefficient_is_seen(factor: sp.Expr) -> None:
    right = system({"u": ("-u + 3*x + y", 0.0)}, {"y": "u*x - 2*x"}, {"x": SINE})
    diagram = lower(right)
    for name, kind in {"u": LeakyIntegrator, "y": WeightedSum}.items():
        block = diagram.drivers[name]
        assert isinstance(block, kind)
        for position, term in enumerate(block.terms):
            wrong = replace(term, coefficient=term.coefficient * factor)
            terms = (*block.terms[:position], wrong, *block.terms[position + 1 :])
            assert differences(right, with_block(diagram, name, terms=terms)) == [name]


def test_an_error_inside_an_internal_signal_is_seen_where_it_is_used() -> None:
    right = system({"u": ("-u + tanh(u*x)", 0.0), "v": ("-v + x", 0.0)}, inputs={"x": SINE})
    diagram = lower(right)
    product = next(block for block in diagram.blocks if isinstance(block, Multiplier))
    tampered = with_block(diagram, name_of(product.output), coefficient=sp.Integer(-1))
    assert differences(right, tampered) == ["u"]


def test_a_wrong_time_constant_and_a_missing_block_are_seen() -> None:
    right = system({"u": ("-u + x", 0.0)}, {"y": "2*u"}, {"x": SINE})
    diagram = lower(right)
    assert differences(right, with_block(diagram, "u", tau=sp.Integer(2))) == ["u"]
    assert differences(right, right.updated(definitions=())) == ["y"]
    assert differences(right, right.updated(states=())) == ["u"]


def test_swapped_indices_are_seen() -> None:
    network = learning_network("gle", learn_tau=False, sizes=(2, 2))
    back = lower(network).read_back
    w = network.symbols["w2"]
    swapped = w.base[tuple(reversed(w.indices))]  # type: ignore[union-attr]
    changed = []
    for each in (*back.states, *back.definitions):
        field = "derivative" if isinstance(each, State) else "expression"
        before = getattr(each, field)
        after = before.xreplace({w: swapped})
        changed.append(replace(each, **{field: after}))
        if before != after and name_of(each.symbol) in network.symbols:
            tampered = back.updated(
                states=tuple(changed[-1] if old is each else old for old in back.states),
                definitions=tuple(changed[-1] if old is each else old for old in back.definitions),
            )
            assert name_of(each.symbol) in differences(resolve(network), tampered)
    all_changed = back.updated(
        states=tuple(each for each in changed if isinstance(each, State)),
        definitions=tuple(each for each in changed if isinstance(each, Definition)),
    )
    assert {"s2", "p1"} <= set(differences(resolve(network), all_changed))


# --- what a diagram refuses -----------------------------------------------------------------------------------------


def test_two_drivers_are_refused() -> None:
    diagram = lower(system({"u": ("-u + x", 0.0)}, inputs={"x": SINE}))
    with pytest.raises(LoweringError, match=r"'u' has two drivers"):
        BlockDiagram(diagram.system, (*diagram.blocks, *diagram.blocks))


def test_a_loop_of_blocks_without_a_state_is_named() -> None:
    with pytest.raises(EquationError, match=r"loop without a state: .*a -> b -> a|loop without a state: .*b -> a -> b"):
        _ = lower(system({"u": ("-u", 0.0)}, {"a": "2*b + u", "b": "a*u"})).read_back


def test_what_no_block_takes_is_named() -> None:
    with pytest.raises(LoweringError, match=r"no block realises.*'u__part'(.*\n)*.*'erf\(x\)' is no sum"):
        lower(system({"u": ("-u + erf(x)", 0.0)}, inputs={"x": SINE}))


def test_three_hundred_states_lower_in_seconds() -> None:
    """Lorenz 96: a product of a sum per state. It takes about 1.3 s on a quiet machine, and grows linearly."""
    n = 300
    near = [((i + 1) % n, (i - 2) % n, (i - 1) % n) for i in range(n)]
    given = system({f"x{i}": (f"(x{a} - x{b})*x{c} - x{i}", 0.0) for i, (a, b, c) in enumerate(near)})
    with effort_below(100):
        diagram = lower(given)
    assert len(diagram.blocks) == 3 * n
