"""The chain: two neurons in a row learn a teacher's two weights and two time constants.

GLE's published chain experiment (arXiv 2403.16933, fig. 4): softplus throughout, no biases, teacher
``w = (1, 2)``, ``tau_m = (1, 2)``; the student starts at ``w = (0.490, 0.896)``,
``tau_m = (0.307, 0.634)``. The input is a square wave of +-1, period 4, smoothed by a Gaussian of
sigma 0.05. The teacher runs beside the student, in the same circuit. A gate holds all plasticity off
in the first and in the last stretch of a run, where the loss is measured.
"""

from __future__ import annotations

import math

import sympy as sp

from vle_analog.compare import LearningSetup
from vle_analog.equations.assembly import Equations
from vle_analog.equations.network import Layer, Plasticity, forward, learning
from vle_analog.equations.system import EquationSystem, Input
from vle_analog.errors import UsageError
from vle_analog.stimulus import Gate, SquareWave
from vle_analog.tasks.task import Task

PERIOD = 4.0
TEACHER = {"w1": 1.0, "w2": 2.0, "g1": 1.0, "g2": 0.5}
_STUDENT = {"w": (0.490, 0.896), "tau_m": (0.307, 0.634)}


def chain(rule: str = "vle", eta: float | None = None, span: float | None = None, seed: int = 0) -> Task:
    """The chain task.

    Args:
        rule: ``bp``, ``gle`` or ``vle``.
        eta: rate of weights and conductances; 1 when None.
        span: model units; 4,000 when None.
        seed: kept for the record; the chain's input is not random.

    Raises:
        UsageError: unknown rule, a rate that is not positive, or a span under 20 input periods.
    """
    eta = 1.0 if eta is None else eta
    span = 4000.0 if span is None else span
    if not 0 < eta < math.inf:
        raise UsageError(f"the learning rate eta must be positive, not {eta:g}")
    if not 20 * PERIOD <= span < math.inf:
        raise UsageError(f"the chain needs a span of at least {20 * PERIOD:g} model units, not {span:g}")
    frozen = max(5, min(25, round(0.05 * span / PERIOD))) * PERIOD
    on, off = 2 * PERIOD, span - frozen

    x, gate = sp.Symbol("x"), sp.Symbol("gate")
    equations = Equations()
    teacher = forward(equations, _layers((1.0, 2.0), (1.0, 2.0), learn=False), x, prefix="t", plastic=False)
    target = equations.define(sp.Symbol("target"), teacher[-1].r)
    layers = _layers(_STUDENT["w"], _STUDENT["tau_m"], learn=True)
    student = forward(equations, layers, x)
    learning(equations, layers, student, x, target, Plasticity(rule, eta, eta), gate)

    learned = [name for name in ("w1", "w2", "g1", "g2", "ka1", "kb1", "ka2", "kb2") if _is_state(equations, name)]
    system = EquationSystem(
        "chain",
        tuple(equations.states),
        tuple(equations.definitions),
        (Input(x, SquareWave(1.0, PERIOD, 0.05)), Input(gate, Gate(on, off), gate=True)),
        tuple(equations.parameters),
        outputs=("r2", "target", *learned),
        unit=1e-3,
        span=span,
    )
    setup = LearningSetup(
        output="r2",
        target="target",
        parameters={name: TEACHER.get(name) for name in learned},
        initial_window=(0.0, on),
        final_window=(off + PERIOD, span),
        loss_window=PERIOD,
    )
    summary = "two neurons in a row learn a teacher's weights and time constants"
    return Task("chain", summary, rule, seed, system, setup, step=0.02)


def _layers(weights: tuple[float, ...], taus: tuple[float, ...], learn: bool) -> list[Layer]:
    return [Layer(1, w, tau, "softplus", learn_tau=learn) for w, tau in zip(weights, taus, strict=True)]


def _is_state(equations: Equations, name: str) -> bool:
    return any(each.symbol == sp.Symbol(name) for each in equations.states)
