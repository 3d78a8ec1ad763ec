"""What a network is taught to make small: a cost of its outputs and their targets, at every moment.

All that a network does with it is its gradient, which enters the top error neurons (`action`); each of these costs has
one of the form ``answer - target``. Cross-entropies are those of classes: the outputs are the logarithms of odds, and
targets are probabilities, 0 and 1 for what is known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp

from vle_analog.equations.assembly import Equations
from vle_analog.equations.system import Signal, index, indices_of, name_of, signal, size, total
from vle_analog.errors import UsageError, nearest
from vle_analog.laws.softplus import softplus
from vle_analog.learning.calculus import Chain, negative


@dataclass(frozen=True)
class Cost:
    """A cost.

    Attributes:
        description: what it is, in words.
        of: its expression by the templates of the targets and of the outputs, and the index of both.
        several: whether it takes several outputs to tell anything.
    """

    description: str
    of: Callable[[Signal, Signal, sp.Idx], sp.Expr]
    several: bool = False

    def error(self, target: Signal, output: Signal, n: sp.Idx) -> sp.Expr:
        """What it asks of one output: its gradient there, with the other sign."""
        return negative(Chain().gradient(self.of(target, output, n), output))


def _whole(r: Signal, n: sp.Idx) -> sp.Expr:
    """The sum of exp of all outputs, by an index of its own."""
    other = index(f"{n}all", size(n))
    return total(sp.exp(r.xreplace({n: other})), other)


SQUARED, CROSS_ENTROPY = "squared", "cross_entropy"
#: costs by name
COSTS = {
    SQUARED: Cost(
        "distance of the output from its target",
        lambda target, r, n: total((target - r) ** 2, n) / 2,
    ),
    CROSS_ENTROPY: Cost(
        "cross-entropy of a softmax of the outputs",
        lambda target, r, n: sp.log(_whole(r, n)) - total(target * r, n),
        several=True,
    ),
    "binary_cross_entropy": Cost(
        "cross-entropy of a logistic function of each output",
        lambda target, r, n: total(softplus(r) - target * r, n),
    ),
}


def shared_parts(equations: Equations, error: sp.Expr, output: Signal) -> sp.Expr:
    """An error of the outputs with signals for what all of them need: ``odds``, exp of each, and ``whole``, their sum.

    Args:
        equations: what the signals are added to.
        error: of one output.
        output: the template of the outputs, named by a letter and the layer's number.
    """
    number, n = name_of(output)[1:], indices_of(output)
    if not error.has(sp.exp(output)):
        return error
    odds = equations.define(signal(f"odds{number}", *n), sp.exp(output))
    whole = equations.define(signal(f"whole{number}"), total(odds, *n))
    return error.xreplace({**dict.fromkeys(error.atoms(sp.Sum), whole), sp.exp(output): odds})


def cost_named(name: str, outputs: sp.Idx | None = None) -> Cost:
    """The cost of that name.

    Args:
        name: of the cost.
        outputs: the index of the outputs that shall have it, where they are known.

    Raises:
        UsageError: there is none, or it is no cost of so few outputs.
    """
    if name not in COSTS:
        raise UsageError(f"unknown cost '{name}'", hint=nearest(name, COSTS))
    if outputs is not None and COSTS[name].several and size(outputs) == 1:
        raise UsageError(
            "one output has no cross-entropy of a softmax, which is always 1",
            hint="let cost be binary_cross_entropy, or give every class an output",
        )
    return COSTS[name]
