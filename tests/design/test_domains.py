"""Functions outside of their domains are refused with the place, the moment and a remedy."""

from __future__ import annotations

import re

import pytest

from tests.blocks.bench import SINE, system
from vle_analog.design.design import design
from vle_analog.equations.system import EquationSystem
from vle_analog.errors import SynthesisError

#: equations, what the error says, the moment or None
LEFT = [
    (system({"x": ("-1", 3.1), "y": ("1", 0.0)}, {"q": "log(x - y)"}), "'x - y' crosses zero", "log(x - y)", 1.55),
    (system({"x": ("-1 - log(x)**2", 2.0)}), "'x' crosses zero", "log(x)", None),
    (system({"x": ("-1", 2.0), "y": ("sqrt(x)", 0.0)}), "'x' crosses zero", "sqrt(x)", 2.0),
    (system({"x": ("-1", 2.0), "y": ("1/x", 0.0)}), "'x' crosses zero", "division by 'x'", 2.0),
    (system({"x": ("1", -2.0), "y": ("y/(x - y)", 0.5)}), "crosses zero", "division by", None),
    (system({"x": ("1", 0.0), "y": ("tan(x)", 0.0)}), "leaves -1.571 to 1.571", "tan(x)", 1.5708),
    (system(definitions={"q": "log(x)"}, inputs={"x": SINE}, outputs=("q",)), "'x' crosses zero", "log(x)", None),
]


@pytest.mark.parametrize(("given", "what", "function", "moment"), LEFT)
def test_what_leaves_its_domain_is_refused(
    given: EquationSystem, what: str, function: str, moment: float | None
) -> None:
    with pytest.raises(SynthesisError) as caught:
        design(given)
    text = str(caught.value)
    assert what in text and f"{function}" in text and "is not defined there" in text and caught.value.hint
    if moment is not None:
        found = re.search(r"at t = (\S+) model units", text)
        assert found is not None and float(found[1]) == pytest.approx(moment, rel=1e-2)
        # the remedy works: a shorter span ends before
        design(given.updated(span=0.9 * moment))


def test_what_touches_the_end_of_a_closed_domain_is_not_refused() -> None:
    design(system({"x": ("-sqrt(x)", 1.0)}, span=3.0))
    design(system({"x": ("x**0.5 - x", 0.0)}))
