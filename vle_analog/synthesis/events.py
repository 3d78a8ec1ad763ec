"""The parts of events: a trigger each, and for every state that it sets resistors, a switch and what holds signals.

The resistors from the held signals and from the state itself meet on a bus at 0 V. While the switch connects this to
the state's summing node, they are the inputs and the feedback of an inverting amplifier whose output the integrator's
capacitor follows with a time constant R C: the initial-condition mode of analog computers (Korn & Korn, "Electronic
Analog and Hybrid Computers", ch. 2).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vle_analog.blocks.design import StageDesign
from vle_analog.blocks.summing import InputTerm, input_terms
from vle_analog.circuit.cell.stage import SAMPLE_HOLD, SWITCH, TRIGGER
from vle_analog.circuit.circuit import Section
from vle_analog.circuit.elements import GROUND, Element, Instance, Resistor
from vle_analog.diagram.block import ONE
from vle_analog.diagram.diagram import BlockDiagram
from vle_analog.diagram.trigger import Reset, Trigger
from vle_analog.equations.system import name_of
from vle_analog.errors import SynthesisError

#: volts of a gate that is open
HIGH = 10.0
#: how many time constants of a reset a trigger's pulse has: 0.65 of it sets the state, to 1e-7 with ideal parts, and
#: with real ones, whose switches and slew rates slow it down, to 1e-4
_CONSTANTS, _REAL = 25, 22
#: with ideal parts, a pulse over the mean time between events: what it makes of an output is its square root
_PULSE = 1e-7


@dataclass(frozen=True)
class Timing:
    """How long resets take.

    Attributes:
        span: of the run, model units.
        events: how many there are in it.
    """

    span: float
    events: int

    @property
    def pulse(self) -> float:
        """Of ideal parts, model units."""
        return _PULSE * self.span / max(1, self.events)


def event_sections(
    diagram: BlockDiagram, design: StageDesign, timing: Timing, sections: Sequence[Section]
) -> Iterator[Section]:
    """The parts of all events.

    Args:
        diagram: with its triggers.
        design: of all stages.
        timing: of the reference run.
        sections: of all blocks, whose integrators are set.
    """
    stages = {
        element.name: element for section in sections for element in section.elements if isinstance(element, Instance)
    }
    for trigger in diagram.triggers:
        yield from _sections(trigger, design, timing, stages)


def _sections(
    trigger: Trigger, design: StageDesign, timing: Timing, stages: Mapping[str, Instance]
) -> Iterator[Section]:
    """The parts of one event: its trigger, then for each state what sets it."""
    farads = {name_of(reset.state): _farads(reset, stages) for reset in trigger.resets}
    if design.technology.is_ideal:
        pulse = timing.pulse * design.unit
        ohms = {name: pulse / (_CONSTANTS * own) for name, own in farads.items()}
    else:
        ohms = {name: _least_ohms(reset, design) for name, reset in zip(farads, trigger.resets, strict=True)}
        pulse = float(f"{_REAL * max(ohms[name] * farads[name] for name in farads):.2g}")
    hold, set_ = f"{trigger.name}__hold", f"{trigger.name}__set"
    margin = str(design.nodes(trigger.margin, ())[()])
    upward = design.polarity(trigger.margin) * trigger.sign > 0
    inputs = (margin, GROUND) if upward else (GROUND, margin)
    event = trigger.event()
    values = (("T", pulse), ("high", HIGH))
    comparator = Instance(trigger.name, (*inputs, hold, set_), TRIGGER, values, signal=trigger.name)
    condition = f"when {event.condition or f'{event.margin} > 0'}"
    yield Section(f"event: {event.law()}", (comparator,), kind="comparator and monostable", law=condition)
    for reset, (_, value) in zip(trigger.resets, event.settings, strict=True):
        elements = tuple(_reset(trigger, reset, design, ohms[name_of(reset.state)], pulse))
        holds = any(isinstance(each, Instance) and each.cell == SAMPLE_HOLD for each in elements)
        kind, law = "sample-and-hold, reset switch" if holds else "reset switch", f"{reset.state} = {value}"
        yield Section(f"event {trigger.name}: {kind}: {law}", elements, kind=kind, law=law)


def _farads(reset: Reset, stages: Mapping[str, Instance]) -> float:
    """The capacitor of a state."""
    name = name_of(reset.state)
    stage = stages.get(name)
    farads = None if stage is None else dict(stage.parameters).get("C")
    if farads is None:
        raise SynthesisError("no integrator drives it: an event cannot set it", where=f"signal '{name}'")
    return farads


def _least_ohms(reset: Reset, design: StageDesign) -> float:
    """The smallest resistor from the state to the bus for which all others are in range."""
    gains = [float(np.max(each.gain)) for each in _inputs(reset, design)]
    low, _ = design.technology.resistors
    return low * max([1.0, *gains])


def _inputs(reset: Reset, design: StageDesign) -> list[InputTerm]:
    return input_terms(design, reset.state, reset.terms)


def _reset(trigger: Trigger, reset: Reset, design: StageDesign, ohms: float, pulse: float) -> Iterator[Element]:
    """What sets one state."""
    state = name_of(reset.state)
    stem = f"{trigger.name}__{state}"
    bus, number = f"{stem}__bus", 0
    yield Resistor(f"{stem}__r", (state, bus), ohms, state, stem)
    for each in _inputs(reset, design):
        gain, node = float(each.gain), str(each.nodes)
        if gain == 0:
            continue
        number += 1
        assert each.term is not None
        if each.term.signal != ONE:
            held = f"{stem}__held{number}"
            values = (("T", pulse), ("high", HIGH))
            yield Instance(held, (node, f"{trigger.name}__hold", held), SAMPLE_HOLD, values, state, stem)
            node = held
        yield Resistor(f"{stem}__r{number}", (node, bus), ohms / gain, state, stem)
    yield Instance(bus, (bus, f"{state}__s", f"{trigger.name}__set"), SWITCH, (("high", HIGH),), state, stem)
