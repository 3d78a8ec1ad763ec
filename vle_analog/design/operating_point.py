"""Where a system rests under constant inputs, by its equations, and whether it is stable there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import root

from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import GROUND, Battery, Drive, Element, Instance
from vle_analog.design.design import Design
from vle_analog.equations.system import EquationSystem, evaluate, instance_names, name_of
from vle_analog.errors import UsageError
from vle_analog.owner import Owner
from vle_analog.reference.accuracy import rerun
from vle_analog.reference.integrator import Integrator, Solution
from vle_analog.stimulus import Array, Constant

#: a rate of return below this, per model unit, over the fastest: no feedback at DC
_FREE = 1e-6
#: how a run shows noise
NOISY_RUN = "`vle-analog run SUBJECT --noise 0`"
#: of a numerical derivative, over a state's size
_SHIFT = 1e-6


@dataclass(frozen=True, eq=False)
class OperatingPoint:
    """A stable rest point.

    Attributes:
        states: by instance name, model units.
        definitions, inputs: likewise.
        slowest: the longest time constant of the return to it, model units.
    """

    states: dict[str, float]
    definitions: dict[str, float]
    inputs: dict[str, float]
    slowest: float

    def volts(self, circuit: Circuit) -> dict[str, float]:
        """Volts by node of all signals that a circuit has, but for those that stages which look ahead keep inside."""
        known, scales = {**self.states, **self.definitions}, circuit.volts_per_unit
        return {name: value * scales[name] for name, value in known.items() if name in scales}


def pinned(system: EquationSystem, values: Mapping[str, float]) -> EquationSystem:
    """The system whose inputs keep values, by instance name."""
    inputs = (
        replace(each, stimulus=tuple(Constant(values[name]) for name in instance_names(each.symbol)))
        for each in system.inputs
    )
    return system.updated(inputs=tuple(inputs))


def inputs_at(system: EquationSystem, at: float) -> dict[str, float]:
    """Values of all inputs at a moment, by instance name."""
    return {name: float(stimulus(np.array([at]))[0]) for name, stimulus in system.stimuli.items()}


def operating_point(
    system: EquationSystem, begins: Iterable[Array] = (), at: float = 0.0, instead: str = NOISY_RUN
) -> OperatingPoint:
    """Point at which a system rests while its inputs keep the values that they have at a moment.

    Args:
        system: explicit equations, as a diagram reads back.
        begins: states to search from, flat, shape (states,); then the system's own start and zero.
        at: model units.
        instead: what shows the same where there is no such point, a command in backticks.

    Raises:
        UsageError: it rests nowhere, returns to nowhere (an integrator without feedback), or leaves where it
            rests (it oscillates), by the states' names.
    """
    inputs = inputs_at(system, at)
    still = pinned(system, inputs)
    integrator = Integrator(still)
    names = [name for state in still.states for name in instance_names(state.symbol)]
    if not names:
        return OperatingPoint({}, _definitions(integrator, integrator.initial()), inputs, 0.0)
    refusals: list[UsageError] = []
    for begin in (*begins, integrator.initial(), np.zeros(len(names))):
        try:
            found, slowest = _rest(integrator, np.array(begin, float), names, instead)
        except UsageError as refusal:
            refusals.append(refusal)
            continue
        states = dict(zip(names, found.tolist(), strict=True))
        return OperatingPoint(states, _definitions(integrator, found), inputs, slowest)
    raise refusals[0]


def resting_point(ready: Design, at: float = 0.0, instead: str = NOISY_RUN) -> OperatingPoint:
    """Point at which a design rests by its equations: near where its reference ends, or where it settles to.

    Raises:
        UsageError: as `operating_point`, or events keep the design from it.
    """
    solution, ideal = ready.reference.solution, ready.diagram.read_back
    run = _settling(ideal, solution, at)
    if ideal.events:  # what they keep from resting has no point, whatever the equations between them have
        _refuse_happening(ideal, run, instead)
    point = operating_point(ideal, [_flat(ideal, solution), _flat(ideal, run)], at, instead)
    _refuse_on_the_way(ideal, run, point, at, instead)
    return point


def settled(system: EquationSystem, solution: Solution, at: float = 0.0) -> Array:
    """Point to which states come in the span while inputs keep the values of a moment; flat, shape (states,).

    Args:
        system: explicit equations.
        solution: of these, whose method and steps serve.
        at: model units.
    """
    return _flat(system, _settling(system, solution, at))


def _settling(system: EquationSystem, solution: Solution, at: float) -> Solution:
    """The run that comes there."""
    return rerun(pinned(system, inputs_at(system, at)), solution, samples=2)


def _flat(system: EquationSystem, solution: Solution) -> Array:
    """States at a run's end, flat, shape (states,)."""
    parts = [np.ravel(solution.final[name_of(state.symbol)]) for state in system.states]
    return np.concatenate(parts) if parts else np.zeros(0)


def _refuse_happening(system: EquationSystem, run: Solution, instead: str) -> None:
    """Refuse events that go on happening while inputs are held.

    Raises:
        UsageError: one happens in the second half of the run.
    """
    for name, times in run.events.items():
        if len(times) and times[-1] > 0.5 * system.span:
            raise UsageError(
                f"no operating point: the event '{name}' goes on happening with the inputs held, the last time at "
                f"t = {times[-1]:.4g}",
                where=system.name,
                hint=f"a small-signal analysis means nothing there: see a run, {instead}; if it comes to rest later, "
                "take a longer `span`",
            )


def _refuse_on_the_way(system: EquationSystem, run: Solution, point: OperatingPoint, at: float, instead: str) -> None:
    """Refuse a point that an event would keep a run from.

    Raises:
        UsageError: a condition holds there, and did not yet where the run with the inputs held ended.
    """
    ended = dict(zip(point.states, _flat(system, run).tolist(), strict=True))
    for event, here, there in zip(
        system.events, _margins(system, ended, at), _margins(system, point.states, at), strict=True
    ):
        if here < 0 < there:
            raise UsageError(
                f"no operating point: the event '{event.name}' happens on the way to where the equations rest",
                where=system.name,
                hint=f"a small-signal analysis means nothing there: see a run, {instead}",
            )


def _margins(system: EquationSystem, states: Mapping[str, float], at: float) -> list[float]:
    """By how much the conditions of events hold, by states' instance names."""
    integrator = Integrator(pinned(system, inputs_at(system, at)))
    values = integrator.all_values(np.array(list(states.values())), 0.0)
    return [float(evaluate(event.margin, (), values)) for event in system.events]


def _rest(integrator: Integrator, begin: Array, names: list[str], instead: str) -> tuple[Array, float]:
    """A stable rest point found from a state, and its slowest time constant.

    Raises:
        UsageError: there is none.
    """
    where = integrator.system.name
    jacobian = slopes(begin, integrator.rates)
    drifting = _free(jacobian, names)
    if not drifting:
        answer = root(lambda y: integrator.rates(y, 0.0), begin, method="hybr", tol=1e-11)
        found = np.asarray(answer.x, float)
        scale = np.abs(slopes(found, integrator.rates)) @ (1 + np.abs(found))
        if np.all(np.abs(integrator.rates(found, 0.0)) <= 1e-8 * scale):
            jacobian = slopes(found, integrator.rates)
            drifting = _free(jacobian, names)
        else:
            raise UsageError(
                "no operating point with the inputs held",
                where=where,
                hint=f"what a circuit that is never at rest does shows in a run: {instead}",
            )
    if drifting:
        raise UsageError(
            f"an integrator without feedback at DC: nothing holds {_listed(drifting)}",
            where=where,
            hint=f"what is small grows there without bound; see it in a run: {instead}",
        )
    values, vectors = np.linalg.eig(jacobian)
    worst = int(np.argmax(values.real))
    if values.real[worst] > -_FREE * float(np.abs(values).max()):
        leaving = _strongest(vectors[:, worst], names)
        raise UsageError(
            f"the operating point is not stable: {_listed(leaving)} would not return to it",
            where=where,
            hint=f"a small-signal analysis means nothing there: see a run, {instead}",
        )
    return found, float(-1 / values.real[worst])


def _definitions(integrator: Integrator, y: Array) -> dict[str, float]:
    """All definitions' instances for one state."""
    values, place = integrator.derived(y, 0.0), integrator.layout
    return {
        instance: float(value)
        for definition in integrator.system.definitions
        for instance, value in zip(
            instance_names(definition.symbol), values[place.span(name_of(definition.symbol))], strict=True
        )
    }


def slopes(y: Array, function: Callable[[Array, float], Array]) -> Array:
    """Jacobian by central differences, shape (values, states).

    Args:
        y: at this state, shape (states,).
        function: `Integrator.rates` or `Integrator.derived`.
    """
    columns = []
    for n in range(len(y)):
        shift = np.zeros(len(y))
        shift[n] = _SHIFT * max(1.0, abs(float(y[n])))
        difference = function(y + shift, 0.0) - function(y - shift, 0.0)
        columns.append(difference / (2 * shift[n]))
    return np.stack(columns, axis=1)


def _free(slopes: Array, names: list[str]) -> list[str]:
    """States that nothing returns to where they were."""
    if not np.isfinite(slopes).all():
        return []
    values, vectors = np.linalg.eig(slopes.T)  # those that drift by themselves, not those that follow them
    slow = int(np.argmin(np.abs(values)))
    return _strongest(vectors[:, slow], names) if abs(values[slow]) < _FREE * max(1.0, np.abs(values).max()) else []


def _strongest(vector: Array, names: list[str]) -> list[str]:
    """The states that take most part in a motion."""
    size = np.abs(vector)
    return [names[n] for n in np.argsort(-size, kind="stable") if size[n] > 0.5 * size.max()][:3]


def _listed(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def resting(circuit: Circuit, point: OperatingPoint) -> Circuit:
    """The circuit with every input at its value of the operating point, and no event: triggers, whose memories have no
    rest of their own to be found, hold their outputs at zero."""

    def still(owner: Owner, element: Element) -> Iterator[Element]:
        if isinstance(element, Drive):
            yield Battery(element.name, element.nodes, point.inputs[element.name] * element.volts_per_unit)
        elif isinstance(element, Instance) and element.name in circuit.triggers:
            outputs = circuit.cells[element.cell].outputs
            yield from (Battery(element.nodes[place], (element.nodes[place], GROUND), 0.0) for place in outputs)
        else:
            yield element

    return circuit.rewritten(still)
