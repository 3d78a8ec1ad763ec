"""File, system, file, system: the second system is the first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.equations.systemtext import text_of
from vle_analog.equations.system import EquationSystem
from vle_analog.equations.systemfile import load_system
from vle_analog.errors import EquationError
from vle_analog.library import system_files
from vle_analog.stimulus import Piecewise, Stimulus

#: signals of `files`, and its constants
_SIGNALS, _CONSTANTS = ("x", "y", "drive"), ("a", "b")
_NUMBERS = st.one_of(st.integers(-20, 20), st.floats(-1e6, 1e6, allow_nan=False)).map(repr)
_POSITIVE = st.floats(1e-3, 1e3)


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(inner, inner)
    return st.one_of(
        pairs.map(lambda pair: f"({pair[0]} + {pair[1]})"),
        pairs.map(lambda pair: f"{pair[0]} - {pair[1]}"),
        pairs.map(lambda pair: f"({pair[0]})*({pair[1]})"),
        st.tuples(inner, st.integers(1, 4)).map(lambda pair: f"({pair[0]})**{pair[1]}"),
        st.tuples(inner, st.sampled_from(("a", "(a*b)", "3", "0.7"))).map(lambda pair: f"({pair[0]})/{pair[1]}"),
        st.tuples(st.sampled_from(("tanh", "softplus", "logistic")), inner).map(lambda pair: f"{pair[0]}({pair[1]})"),
        inner.map(lambda text: f"-({text})"),
        inner.map(lambda text: f"deadzone({text}, -b, 2*b)"),
    )


_EXPRESSIONS = st.recursive(st.one_of(st.sampled_from((*_SIGNALS, *_CONSTANTS, "pi")), _NUMBERS), _larger, max_leaves=8)


@st.composite
def _stimuli(draw: st.DrawFn) -> str:
    kind = draw(st.sampled_from(("sine", "held", "pwl")))
    if kind == "sine":
        return f'kind = "sine"\namplitude = {draw(_POSITIVE)}\nfrequency = {draw(_POSITIVE)}\nphase = {draw(_NUMBERS)}'
    if kind == "held":
        return (
            f'kind = "held"\namplitude = {draw(_POSITIVE)}\nhold = {draw(_POSITIVE)}\nseed = {draw(st.integers(0, 99))}'
        )
    times = sorted(draw(st.lists(st.integers(0, 50), min_size=1, max_size=5, unique=True)))
    values = draw(st.lists(_POSITIVE, min_size=len(times), max_size=len(times)))
    return f'kind = "pwl"\ntimes = {times}\nvalues = {values}'


@st.composite
def files(draw: st.DrawFn) -> str:
    """Texts of system files, some of which are refused."""
    return "\n".join(
        [
            f'name = "s"\n[time]\nunit = {draw(_POSITIVE)}\nspan = {draw(_POSITIVE)}',
            f"[parameters]\na = {draw(_POSITIVE)}\nb = {draw(_POSITIVE)}",
            f"[inputs.drive]\n{draw(_stimuli())}",
            f'[states.x]\nderivative = "{draw(_EXPRESSIONS)}"\ninitial = {draw(_NUMBERS)}',
            f'[definitions]\ny = "{draw(_EXPRESSIONS)}"',
            draw(
                st.sampled_from(("", '[outputs]\nsignals = ["y"]', '[fidelity]\ndefault = "macromodel"\nx = "ideal"'))
            ),
        ]
    )


def loaded(text: str, folder: Path) -> EquationSystem:
    path = folder / "system.toml"
    path.write_text(text)
    return load_system(path)


def _like(stimulus: Stimulus) -> object:
    """What two equal stimuli have in common."""
    if isinstance(stimulus, Piecewise):
        return stimulus.times.tolist(), stimulus.values.tolist()
    return stimulus


def assert_alike(first: EquationSystem, second: EquationSystem) -> None:
    for name in ("name", "unit", "span", "outputs", "fidelity", "definitions", "signal_names"):
        assert getattr(first, name) == getattr(second, name), name
    assert [(each.symbol, each.derivative) for each in first.states] == [
        (each.symbol, each.derivative) for each in second.states
    ]
    assert [each.initial for each in first.states] == [each.initial for each in second.states]
    assert dict(first.constants) == dict(second.constants)
    assert [list(map(_like, each.stimuli)) for each in first.inputs] == [
        list(map(_like, each.stimuli)) for each in second.inputs
    ]


@pytest.mark.parametrize("name", system_files())
def test_systems_that_ship(name: str, tmp_path: Path) -> None:
    system = load_system(system_files()[name])
    again = loaded(text_of(system), tmp_path)
    assert_alike(system, again)
    for one, other in zip(system.inputs, again.inputs, strict=True):
        times = np.linspace(0, system.span, 99)
        np.testing.assert_array_equal(one.stimuli[0](times), other.stimuli[0](times))


@settings(max_examples=40)
@given(text=files())
def test_systems_of_any_kind(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp()
    try:
        system = loaded(text, folder)
    except EquationError:  # a constant that is not finite, say, or a signal that depends on itself
        assume(False)
        raise
    assert_alike(system, loaded(text_of(system), folder))
