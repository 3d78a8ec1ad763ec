"""Where a system rests under constant inputs, by its equations, and whether it is stable there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import root

from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Battery, Drive, Element
from vle_analog.design.design import Design
from vle_analog.equations.system import EquationSystem, instance_names, name_of
from vle_analog.errors import UsageError
from vle_analog.reference.accuracy import rerun
from vle_analog.reference.integrator import Integrator, Solution
from vle_analog.stimulus import Array, Constant

#: a rate of return below this, per model unit, over the fastest: no feedback at DC
_FREE = 1e-6
_RUN = "vle-analog run SUBJECT --noise 0"
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


def operating_point(system: EquationSystem, begins: Iterable[Array] = (), at: float = 0.0) -> OperatingPoint:
    """Point at which a system rests while its inputs keep the values that they have at a moment.

    Args:
        system: explicit equations, as a diagram reads back.
        begins: states to search from, flat, shape (states,); then the system's own start and zero.
        at: model units.

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
            found, slowest = _rest(integrator, np.array(begin, float), names)
        except UsageError as refusal:
            refusals.append(refusal)
            continue
        states = dict(zip(names, found.tolist(), strict=True))
        return OperatingPoint(states, _definitions(integrator, found), inputs, slowest)
    raise refusals[0]


def resting_point(ready: Design, at: float = 0.0) -> OperatingPoint:
    """Point at which a design rests by its equations: near where its reference ends, or where it settles to.

    Raises:
        UsageError: as `operating_point`.
    """
    solution, ideal = ready.reference.solution, ready.diagram.read_back
    end = [np.ravel(solution.final[name_of(state.symbol)]) for state in ideal.states]
    begins = [np.concatenate(end or [np.zeros(0)]), settled(ideal, solution, at)]
    return operating_point(ideal, begins, at)


def settled(system: EquationSystem, solution: Solution, at: float = 0.0) -> Array:
    """Point to which states come in the span while inputs keep the values of a moment; flat, shape (states,).

    Args:
        system: explicit equations.
        solution: of these, whose method and steps serve.
        at: model units.
    """
    still = pinned(system, inputs_at(system, at))
    final = rerun(still, solution, samples=2).final
    parts = [np.ravel(final[name_of(state.symbol)]) for state in still.states]
    return np.concatenate(parts) if parts else np.zeros(0)


def _rest(integrator: Integrator, begin: Array, names: list[str]) -> tuple[Array, float]:
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
                hint=f"what a circuit that is never at rest does shows in a run: {_RUN}",
            )
    if drifting:
        raise UsageError(
            f"an integrator without feedback at DC: nothing holds {_listed(drifting)}",
            where=where,
            hint=f"its noise grows without bound; see it in a run: {_RUN}",
        )
    values, vectors = np.linalg.eig(jacobian)
    worst = int(np.argmax(values.real))
    if values.real[worst] > -_FREE * float(np.abs(values).max()):
        leaving = _strongest(vectors[:, worst], names)
        raise UsageError(
            f"the operating point is not stable: {_listed(leaving)} would not return to it",
            where=where,
            hint=f"a small-signal analysis means nothing there; see noise in a run: {_RUN}",
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
    """The circuit with every input at its value of the operating point."""

    def still(element: Element) -> Element:
        if isinstance(element, Drive):
            return Battery(element.name, element.nodes, point.inputs[element.name] * element.volts_per_unit)
        return element

    return circuit.mapped(still)
