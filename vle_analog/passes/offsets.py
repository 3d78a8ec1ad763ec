"""Parts as they scatter: offsets, bias currents and gain errors of op-amps, multipliers and matched pairs.

What scatters, and how far, is in the header of each part's cell. An op-amp's input offset voltage becomes a battery at
the non-inverting input of its stage, the scatter of its bias current a current source at the summing node; everything
else becomes a parameter of the instance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from vle_analog.circuit.cells import Spread
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import GROUND, Battery, CurrentSource, Element, Instance
from vle_analog.errors import UsageError
from vle_analog.passes.variation import draw

#: ports of a stage: its op-amp's two inputs
_NON_INVERTING, _SUMMING = "p", "s"
#: what stages are made with, and its parameters that scatter
_OPAMP = "opamp"
_VOLTAGE, _CURRENT = "VOS", "IB"


def scattered(
    circuit: Circuit,
    seed: int,
    scale: float = 1.0,
    spared: Callable[[str], bool] | None = None,
    kinds: Mapping[str, float] | None = None,
) -> Circuit:
    """The circuit whose parts scatter as their data sheets say.

    Draws are normal, with the data sheet's typical value as standard deviation, cut off at its maximum. Each depends
    on the seed and the part's full name alone (``Xu.VOS`` for the op-amp of instance u).

    Args:
        circuit: any; ideal parts do not scatter.
        seed: of the draws.
        scale: of all of them; 1 as data sheets say, 0 for none.
        spared: by a part's full name, whether it stays as it is.
        kinds: further factors by role and parameter, ``opamp.VOS``; what is not named does not scatter. All ones when
            None. With a factor of 0 an op-amp's source is there, with the value 0: boards of any factors have one
            structure.

    Raises:
        UsageError: a negative scale or factor.
        CircuitError: a cell whose ``spread`` notes cannot be read.
    """
    if not 0 <= scale < float("inf"):
        raise UsageError(f"the scale of offsets must be at least 0, not {scale:g}")
    for kind, factor in (kinds or {}).items():
        if not 0 <= factor < float("inf"):
            raise UsageError(f"the factor of '{kind}' must be at least 0, not {factor:g}")
    if scale == 0:
        return circuit

    def drawn(role: str, name: str, spread: Spread) -> float | None:
        """A part's draw; None where it has none."""
        kind = f"{role}.{name.rpartition('.')[2]}"
        if (spared is not None and spared(name)) or (kinds is not None and kind not in kinds):
            return None
        factor = scale if kinds is None else scale * kinds[kind]
        value = factor * max(-spread.most, min(spread.most, spread.sigma * draw(seed, name)))
        return value if value or kinds is not None else None

    def scatter(element: Element) -> tuple[Element, ...]:
        if not isinstance(element, Instance):
            return (element,)
        cell = circuit.cells[element.cell]
        if cell.role:
            own = {name: drawn(cell.role, f"X{element.name}.{name}", each) for name, each in cell.spread.items()}
            given = {**dict(element.parameters), **{name: value for name, value in own.items() if value}}
            return (replace(element, parameters=tuple(given.items())),)
        found: list[Element] = []
        for inner in cell.uses:
            spread = circuit.cells[inner].spread if circuit.cells[inner].role == _OPAMP else {}
            for parameter, each in spread.items():
                if (value := drawn(_OPAMP, f"X{element.name}.{parameter}", each)) is None:
                    continue
                if parameter == _VOLTAGE:
                    element, battery = _offset(element, cell.ports.index(_NON_INVERTING), value)
                    found.append(battery)
                elif parameter == _CURRENT:
                    node = element.nodes[cell.ports.index(_SUMMING)]
                    found.append(CurrentSource(f"{element.name}__bias", (node, GROUND), value))
        return (*found, element)

    sections = (
        Section(section.heading, tuple(part for element in section.elements for part in scatter(element)))
        for section in circuit.sections
    )
    return replace(circuit, sections=tuple(sections))


def _offset(stage: Instance, port: int, volts: float) -> tuple[Instance, Battery]:
    """A stage whose non-inverting input hangs on a battery to where it hung before."""
    node, before = f"{stage.name}__p", stage.nodes[port]
    nodes = (*stage.nodes[:port], node, *stage.nodes[port + 1 :])
    return replace(stage, nodes=nodes), Battery(f"{stage.name}__offset", (node, before), volts)
