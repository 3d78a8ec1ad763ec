"""What a learning task is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import sympy as sp

from vle_analog.compare import LearningSetup
from vle_analog.equations.assembly import Equations
from vle_analog.equations.system import (
    EquationSystem,
    Input,
    Signal,
    index,
    indices_of,
    instance_names,
    name_of,
    signal,
)
from vle_analog.errors import UsageError, nearest
from vle_analog.learning.feedback import feedback_of
from vle_analog.learning.layers import Layer, inputs_of
from vle_analog.learning.learned import Learned, PlasticEquations, in_order, taught
from vle_analog.learning.network import forward, learning
from vle_analog.learning.plasticity import Plasticity
from vle_analog.learning.rules import rule_named, title_of
from vle_analog.learning.variant import Variant
from vle_analog.owner import Owner
from vle_analog.stimulus import Gate, Stimulus
from vle_analog.tasks.answers import Answers, Labels


@dataclass(frozen=True)
class Data:
    """What a network hears and, where no teacher runs beside it, what it shall answer.

    Attributes:
        x: of the only input, or one stimulus per input.
        target: of the only output, or one stimulus per output; None where a teacher gives it.
    """

    x: Stimulus | tuple[Stimulus, ...]
    target: Stimulus | tuple[Stimulus, ...] | None

    @property
    def inputs(self) -> tuple[Stimulus, ...]:
        """One stimulus per input."""
        return self.x if isinstance(self.x, tuple) else (self.x,)

    @property
    def targets(self) -> tuple[Stimulus, ...] | None:
        """One stimulus per output; None where a teacher gives them."""
        return (self.target,) if isinstance(self.target, Stimulus) else self.target

    @property
    def played(self) -> dict[str, Stimulus]:
        """What every source of a circuit plays, by name."""
        played = dict(zip(instance_names(input_signal(len(self.inputs))), self.inputs, strict=True))
        if self.targets is not None:
            played |= zip(instance_names(target_signal(len(self.targets), 0)), self.targets, strict=True)
        return played


@dataclass(frozen=True)
class Stream(Data):
    """A task's data while its network learns, and the gate that switches plasticity."""

    gate: Gate


@dataclass(frozen=True)
class Exam(Data):
    """Fresh data, on which frozen weights are judged.

    Attributes:
        settle: how long all states settle before the judgement starts, model units.
        span: of the whole exam, model units.
        answers: where answers are right or wrong.
    """

    settle: float
    span: float
    answers: Answers | Labels | None = None


def input_signal(inputs: int) -> Signal:
    """What networks with so many inputs hear."""
    return signal("x", index("n0", inputs))


def target_signal(outputs: int, layers: int) -> Signal:
    """What the top one of so many layers shall answer, with so many outputs."""
    return signal("target", index(f"n{layers}", outputs))


@dataclass(frozen=True)
class Task:
    """A network that learns, as one system of equations, and where its results are.

    Attributes:
        name: of the task.
        rule: the learning rule.
        eta: the rate of weights.
        seed: of its data stream and start weights.
        layers, teacher: the learning network and, if there is one, its teacher.
        plasticity: rule and rates.
        stream: the data of the run; its gate ends the run with frozen weights.
        exam: fresh data for frozen weights.
        ready: whether its start weights are those to be put to work, so that nothing has to be learned before.
        validation: other such data, by which a study chooses a rate; the exam's where a task has none.
        system: the equations; their outputs are output, target and everything that learns.
        learned: what learns, in the order of these outputs.
        learning: output, target, parameters, frozen windows.
        step: the reference's first step, model units.
        answers: of the final frozen window, where answers are right or wrong.
        etas: rates among which a study looks for each rule's best.
        threshold: a loss over the target's variance that counts as learned.
        window: between two weight changes of offline learning, model units.
        study: how long a study lets networks learn, model units.
        solver_error: what the circuit's solver may get wrong, as a fraction of range; learning makes
            up for more of it than for a free-running system's.
    """

    name: str
    rule: str
    eta: float
    seed: int
    layers: tuple[Layer, ...]
    teacher: tuple[Layer, ...] | None
    plasticity: Plasticity
    stream: Stream
    exam: Exam
    system: EquationSystem
    learned: tuple[Learned, ...]
    learning: LearningSetup
    step: float
    etas: tuple[float, ...]
    threshold: float
    window: float
    study: float
    answers: Answers | Labels | None = None
    solver_error: float = 2e-3
    validation: Exam | None = None
    ready: bool = False

    @property
    def variant(self) -> Variant:
        """The rule with its synapses."""
        return Variant(title_of(self.plasticity.rule), self.plasticity.eligibility)

    def __repr__(self) -> str:
        """Its name and what learns."""
        learns = f"{len(self.learned)} values learn"
        return f"<Task {self.name!r} by {self.rule}, rate {self.eta:g}, seed {self.seed}: {learns}>"

    def _repr_latex_(self) -> str:
        """Its equations, as a notebook shows them."""
        return self.system._repr_latex_()

    def _repr_svg_(self) -> str | None:
        """Its circuit's block diagram, likewise."""
        return self.system._repr_svg_()


def plastic_system(
    name: str,
    layers: Sequence[Layer],
    plasticity: Plasticity,
    stream: Stream,
    span: float,
    teacher: Sequence[Layer] | None = None,
    unit: float = 1e-3,
) -> tuple[EquationSystem, tuple[Learned, ...]]:
    """A learning network with its input and its target, from a stream or from a teacher network.

    Args:
        name: of the system.
        layers: the learning network, from the input up.
        plasticity: rule and rates.
        stream: inputs, targets and plasticity gate.
        span: model units.
        teacher: layers that run beside the network and give the target.
        unit: seconds per model unit.

    Returns:
        The system, whose outputs are network output, target and everything that learns; and the records of what
        learns, in that order.
    """
    x, gate, target = input_signal(inputs_of(layers)), sp.Symbol("gate"), target_signal(layers[-1].size, len(layers))
    equations = PlasticEquations(gate=gate)
    inputs = [Input(x, stream.x), Input(gate, plasticity.gate(stream.gate), gate=True, clock=plasticity.clock)]
    inputs += target_inputs(equations, x, target, teacher, stream.target)
    network = forward(equations, layers, x, feedback=feedback_of(equations, plasticity))
    learning(equations, network, target, plasticity)
    learned = tuple(taught(each, teacher or ()) for each in in_order(equations.learned))
    system = EquationSystem(
        name,
        tuple(equations.states),
        tuple(equations.definitions),
        (*inputs, *equations.inputs),
        tuple(equations.parameters),
        outputs=(name_of(network.output), name_of(target), *(each.name for each in learned)),
        unit=unit,
        span=span,
        populations=equations.populations,
    )
    return system, learned


def by_instance(learned: Iterable[Learned]) -> dict[str, float | None]:
    """Every single quantity that learns, with the teacher's value, if there is one, as a `LearningSetup` has them."""
    found: dict[str, float | None] = {}
    for each in learned:
        values = [None] * len(each.instances) if each.taught is None else np.ravel(each.taught).tolist()
        found |= zip(each.instances, values, strict=True)
    return found


def target_inputs(
    equations: Equations,
    x: Signal,
    target: Signal,
    teacher: Sequence[Layer] | None,
    given: Stimulus | tuple[Stimulus, ...] | None,
) -> list[Input]:
    """The targets: defined by a teacher network that hears the same inputs, or else inputs of their own, if given."""
    if teacher is not None:
        beside = equations.owned_by(Owner.TEACHER)
        output = forward(beside, teacher, x, prefix="t", plastic=False).output
        beside.define(signal(name_of(target), *indices_of(output)), output)
        return []
    return [] if given is None else [Input(target, given)]


def plasticity_of(default: Plasticity, rule: str | None, eta: float, changes: Mapping[str, Any]) -> Plasticity:
    """A task's plasticity with rule, rates and changes by field name.

    All rules have the synapses of the default, with or without eligibility, unless changes say otherwise: rules are
    told apart by their errors alone. A family's name, as ``vle``, asks for the default, if that is of the family.

    Raises:
        UsageError: unknown rule, feedback or field.
    """
    known = [each.name for each in fields(Plasticity)]
    for name in changes:
        if name not in known:
            raise UsageError(f"unknown setting of plasticity '{name}'", hint=nearest(name, known))
    asked = default.rule if rule is None or rule == rule_named(default.rule).family else rule
    return replace(default, **{"rule": asked, "eta": eta, "eta_tau": eta, **changes})


def positive_rate(eta: float | None, default: float) -> float:
    """The learning rate, or the default.

    Raises:
        UsageError: not a positive number.
    """
    eta = default if eta is None else eta
    if not 0 < eta < float("inf"):
        raise UsageError(f"the learning rate eta must be positive, not {eta:g}")
    return eta


def long_enough(name: str, span: float | None, default: float, least: float) -> float:
    """The span, or the default.

    Raises:
        UsageError: not finite, or under the least.
    """
    span = default if span is None else span
    if not least <= span < float("inf"):
        raise UsageError(f"{name} needs a span of at least {least:g} model units, not {span:g}")
    return span
