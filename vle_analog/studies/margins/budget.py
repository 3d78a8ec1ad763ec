"""What every node of a circuit of real parts needs, and by how much it errs, from its parts' data sheets.

Offsets are one standard deviation, independent contributions added by their squares. An op-amp stage of noise gain N(s)
around an open-loop gain A(s) = 1 / (1/A0 + s / (2 pi GBW)) errs by N/A (Tietze and Schenk, "Electronic Circuits",
ch. 5): at the frequency of a sine that has the signal's RMS and RMS slope this gives the bandwidth's error, at 0 the
gain's. Resistor noise is 4 k T R at 27 C, white noise counts up to pi/2 of a pole's frequency.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import GROUND, Instance
from vle_analog.circuit.technology import whole
from vle_analog.laws import LAWS
from vle_analog.studies.margins.deviations import Course, Deviations
from vle_analog.studies.margins.parts import HEADER, Amplifier, Curve, Figures, Product, ratios
from vle_analog.studies.margins.result import (
    BANDWIDTH,
    CURVE,
    DRIFT,
    GAIN,
    HEADROOM,
    LEARNING,
    LOOP,
    NOISE,
    OFFSET,
    SLEW,
)
from vle_analog.studies.margins.signals import Activities, Activity
from vle_analog.studies.margins.stages import Input, Stage, stages
from vle_analog.units import engineering

#: 4 k T at 27 C, joules
_THERMAL = 4 * 1.380649e-23 * 300.15
_TWO_PI = 2 * math.pi
#: of a sine, and by what part an argument is changed to see what it does
_ANGLES, _BESIDE = np.linspace(0, _TWO_PI, 100, endpoint=False), 1e-4
#: how many stages an offset is followed back through
_DEPTH = 6


@dataclass(frozen=True)
class Finding:
    """One figure of one node: `Margin` without limit and worst instance.

    Attributes:
        room: what the figure is held against where that depends on the part (headroom and slew); else 1.
        unknown: as `Margin` has it.
    """

    kind: str
    figure: float
    role: str
    detail: str = ""
    room: float = 1.0
    unknown: tuple[str, ...] = ()


class Budget:
    """The figures of every node.

    Args:
        circuit: as designed.
        parts: what is known of each role's part, by the role's cell; from `played`.
        active: what nodes do.
        peaks: volts by node, of the largest instance: what errors are referred to.
        full_scale: the largest signal voltage that every cell handles.
        span: seconds of the whole run.
        course: what errors add up to over the run.
    """

    def __init__(
        self,
        circuit: Circuit,
        parts: Mapping[str, Figures],
        active: Activities,
        peaks: Mapping[str, float],
        full_scale: float,
        span: float,
        course: Course,
    ) -> None:
        self.circuit, self.parts, self.active, self.peaks = circuit, parts, active, peaks
        self.full_scale, self.span, self.course = full_scale, span, course
        self.stages = stages(circuit)
        self.cells: dict[str, Instance] = {}
        for element in circuit.elements():
            if isinstance(element, Instance) and (cell := circuit.cells[element.cell]).role not in (
                None,
                "hold_switch",
            ):
                self.cells[element.nodes[cell.output]] = element
        self._offsets = cache(self._offsets_of)

    def with_part(self, role: str, figures: Figures) -> Budget:
        """The same with another part for a role, wherever a real one plays it."""
        parts = {name: figures if self.role(name) == role else each for name, each in self.parts.items()}
        before = next((each for name, each in self.parts.items() if self.role(name) == role), figures)
        course = self.course.with_factors({f"{role}.{name}": n for name, n in ratios(before, figures).items()})
        return Budget(self.circuit, parts, self.active, self.peaks, self.full_scale, self.span, course)

    def role(self, cell: str) -> str:
        """The role of a role's cell, the grounded multiplier's that of the multiplier."""
        return whole(self.circuit.cells[cell].role or "")

    def played_by(self, node: str) -> dict[str, str]:
        """The real parts of a node's stage, by role."""
        if (stage := self.stages.get(node)) is not None:
            cells = [stage.amplifier] + ([stage.denominator[2]] if stage.denominator else [])
        else:
            cells = [self.cells[node].cell] if node in self.cells else []
        return {self.role(cell): self.parts[cell].name for cell in cells if cell in self.parts}

    def sources(self, node: str) -> list[str]:
        """The nodes that a stage's or cell's inputs come from, as far as stages or cells drive them."""
        if (stage := self.stages.get(node)) is not None:
            found = [each.node for each in stage.inputs]
        else:
            cell = self.cells.get(node)
            found = [] if cell is None else [each for each in cell.nodes if each != node]
        return [each for each in found if each in self.stages or each in self.cells]

    @property
    def unknown(self) -> tuple[str, ...]:
        """Cells of stages whose parts hang otherwise than a `Stage` says, sorted."""
        return tuple(sorted({stage.cell for stage in self.stages.values() if not stage.known}))

    def findings(self, node: str) -> list[Finding]:
        """All figures of a node.

        Headroom alone where the part is a law. Where the stage's parts hang otherwise than a `Stage` says, all but
        headroom, slew and what adds up over the run is unknown.
        """
        found = [self._headroom(node)]
        if (stage := self.stages.get(node)) is not None:
            amplifier = self.parts.get(stage.amplifier)
            if isinstance(amplifier, Amplifier):
                found += self._of_stage(stage, amplifier) if stage.known else self._of_unknown(stage, amplifier)
        elif node in self.cells:
            part = self.parts.get(self.cells[node].cell)
            if isinstance(part, Product):
                found += self._of_product(node, part)
            elif isinstance(part, Curve):
                found += self._of_curve(node, part)
        return found + self._accumulated(node)

    def offsets(self, node: str, depth: int = _DEPTH) -> dict[str, float]:
        """The standing offset of a node in volts, by the node whose stage or cell causes it.

        What reaches a node on two ways adds up with its signs, so that a difference of two copies has none of it. It is
        followed back through linear stages, and through products by the other factor's mean, to curves and to
        integrators, whose own drift is no offset. Loops are taken as open.
        """
        return self._offsets(node, depth)

    # --- per kind of cell ---

    def _headroom(self, node: str) -> Finding:
        most, of, role = self.full_scale, "full scale", ""
        unknown: tuple[str, ...] = ()
        if (stage := self.stages.get(node)) is not None:
            part, role = self.parts.get(stage.amplifier), "opamp"
            if isinstance(part, Amplifier):
                unknown = _unstated(part, "swing")
                if part.swing < most:
                    most, of = part.swing, f"{part.name}'s swing"
        peak = self.peaks[node]
        return Finding(HEADROOM, peak, role, f"{peak:.3g} V of {most:.3g} V, {of}", most, unknown)

    def _of_stage(self, stage: Stage, part: Amplifier) -> list[Finding]:
        own, peak, role = self.active[stage.name], self.peaks[stage.name], "opamp"
        more, lag = self._divided(stage)
        noise_gain = abs(stage.noise_gain(own.omega)) * more if own.omega else 1.0
        relative = own.omega / (_TWO_PI * part.bandwidth) * noise_gain + own.omega * lag
        signals = f"for signals of {_hertz(own.omega / _TWO_PI)}"
        closed = f"closed loop {_hertz(part.bandwidth / noise_gain)} {signals}, noise gain {noise_gain:.3g}"
        if stage.integrates:
            closed = f"gain bandwidth {_hertz(part.bandwidth)} {signals}"
        found = [
            self._slew(stage, part),
            Finding(
                BANDWIDTH,
                relative * _over(own.swing, peak),
                role,
                closed,
                unknown=_unstated(part, "bandwidth"),
            ),
        ]
        noise, silent = self._noise(stage, part, more), _unstated(part, "noise", "corner", "current_noise")
        found.append(Finding(NOISE, _over(noise, peak), role, f"{1e6 * noise:.3g} uV", unknown=silent))
        if stage.integrates:
            return [*found, *self._false_learning(stage, part, own)]
        if self.course.known is not None and stage.name in self.course.known.nodes:
            return found  # its drift and its loop hold what its offset and false gain do
        standing = abs(stage.noise_gain(0.0)) * more
        gain = standing / part.gain * _over(own.rms, peak)
        lacking = _unstated(part, "gain")
        found.append(Finding(GAIN, gain, role, f"noise gain {standing:.3g} of {part.gain:.3g}", unknown=lacking))
        moved = self.course.known is not None and stage.name in self.course.known.moved
        causes = self.offsets(stage.name, 0 if moved else _DEPTH)  # what comes from states is in what these drift by
        volts = math.hypot(*causes.values())
        cause = max(causes, key=lambda node: abs(causes[node]))
        detail = f"{1e3 * volts:.3g} mV, noise gain {standing:.3g}"
        if cause != stage.name:
            detail, role = f"{1e3 * volts:.3g} mV, mostly of {self.circuit.signal_at(cause)}", self._blamed(cause)
        detail += ": it saturates" if volts + own.peak > part.swing else ""
        found.append(Finding(OFFSET, _over(volts, peak), role, detail, unknown=_unstated(part, "offset", "bias")))
        return found

    def _of_unknown(self, stage: Stage, part: Amplifier) -> list[Finding]:
        why = (f"how the parts of stage '{stage.cell}' hang, which is as in none of circuits/stages",)
        unknown = [Finding(kind, 0.0, "opamp", unknown=why) for kind in (BANDWIDTH, NOISE, GAIN, OFFSET)]
        return [self._slew(stage, part), *unknown]

    def _slew(self, stage: Stage, part: Amplifier) -> Finding:
        steepest = self.active[stage.name].steepest
        said = "an unknown rate" if "slew" in part.unstated else _per_us(part.slew)
        lacking = _unstated(part, "slew")
        return Finding(SLEW, steepest, "opamp", f"{_per_us(steepest)} of {said}", part.slew, lacking)

    def _accumulated(self, node: str) -> list[Finding]:
        """What offsets, and what lags and wrong gains, add up to over the run; of nodes that the course tells of."""
        known = self.course.known
        if known is None:
            integrates = node in self.stages and self.stages[node].integrates
            why = (f"what errors add up to over the run: {self.course.why}",)
            return [Finding(kind, 0.0, "opamp", unknown=why) for kind in (DRIFT, LOOP)] if integrates else []
        if node not in known.nodes:
            return []
        found = []
        lacking = {DRIFT: ("offset", "bias", "x", "y", "z", "feedthrough"), LOOP: ("gain", "bandwidth", "pole")}
        for kind, volts in ((DRIFT, known.drift), (LOOP, known.loop)):
            size, cause = volts(node, self.course.factors), known.blamed(node, kind == DRIFT)
            detail = "none"
            if cause is not None:
                detail = f"mostly {cause.kind}" + (f" of {cause.owner}" if cause.owner else "")
            if kind == DRIFT and (when := self._rail(known, node)) is not None:
                detail += f": reaches the rail after {when:.3g} units"
            if kind == LOOP and known.pole is not None:
                detail += f"; {known.pole}"
            unknown = {what for part in self.parts.values() for what in _unstated(part, *lacking[kind])}
            if not known.whole and known.grows(node, kind == DRIFT):
                unknown.add(
                    f"what still grows after {known.span - known.begin:.2g} units, which is all that is followed"
                )
            figure = _over(size, self.active[node].range)
            found.append(
                Finding(kind, figure, whole(cause.role) if cause else "", detail, unknown=tuple(sorted(unknown)))
            )
        return found

    def _rail(self, known: Deviations, node: str) -> float | None:
        """When an op-amp's output, off by one standard deviation, comes to the end of its swing; None for never."""
        part = self.parts.get(self.stages[node].amplifier) if node in self.stages else None
        if not isinstance(part, Amplifier) or math.isinf(part.swing):
            return None
        return known.reaches(node, part.swing - self.active[node].rms)

    def _false_learning(self, stage: Stage, part: Amplifier, own: Activity) -> list[Finding]:
        """A gated integrator's false rate: its own offset and bias, what its inputs are off by, and its leak."""
        gates = {each.gate for each in stage.inputs if each.gate is not None}
        if not gates:
            return []
        arriving: dict[str, float] = {}
        for each in stage.inputs:
            for cause, volts in self.offsets(each.node).items():
                arriving[cause] = arriving.get(cause, 0.0) + volts / each.ohms
        currents = {  # what of whom
            ("offset", part.name): part.offset * stage.conductance,
            ("bias", part.name): part.bias,
            ("leak by the gain", part.name): own.rms / part.gain * stage.conductance,
            **{("offset", self.circuit.signal_at(cause)): abs(current) for cause, current in arriving.items()},
        }
        false = math.hypot(*currents.values())
        gate = self.active[min(gates)]
        duty = (gate.rms / gate.peak) ** 2 if gate.peak else 1.0
        true = own.slope * stage.farads / math.sqrt(duty) if duty else 0.0
        what, whose = max(currents, key=lambda each: currents[each])
        role = "opamp"
        if what == "offset" and whose != part.name:
            role = self._blamed(max(arriving, key=lambda cause: abs(arriving[cause])))
        units = abs(self.circuit.volts_per_unit[self.circuit.signal_at(stage.name)]) / self.circuit.unit
        rate = false / (stage.farads * units)
        detail = f"{rate:.3g} per unit of time, mostly {what} of {whose}"
        return [Finding(LEARNING, _over(false, true), role, detail, unknown=_unstated(part, "offset", "bias"))]

    def _of_product(self, node: str, part: Product) -> list[Finding]:
        first, second, scale = self._factors(self.cells[node])
        x, y = self.active.between(*first), self.active.between(*second)
        own, peak = self.active[node], self.peaks[node]
        square, common = part.square(x.rms, y.rms, scale), part.common * self._shared(first)
        error = math.hypot(part.z, part.x * y.rms / scale, part.y * x.rms / scale, square, common * y.rms / scale)
        gain = part.gain_error * own.rms
        noise = part.noise * math.sqrt(_band(part.corner, math.pi / 2 * part.bandwidth, self.span))
        lag = own.omega / (_TWO_PI * part.bandwidth)
        role = "multiplier"
        return [
            Finding(BANDWIDTH, lag * _over(own.swing, peak), role, f"{_hertz(part.bandwidth)}, signals of "
                    f"{_hertz(own.omega / _TWO_PI)}", unknown=_unstated(part, "pole")),
            Finding(GAIN, _over(gain, peak), role, f"{100 * part.gain_error:.2g} % of scale",
                    unknown=_unstated(part, "gain_error")),
            Finding(OFFSET, _over(error, peak), role, f"{1e3 * error:.3g} mV of {peak:.3g} V",
                    unknown=_unstated(part, "x", "y", "z", "feedthrough")),
            Finding(NOISE, _over(noise, peak), role, f"{1e6 * noise:.3g} uV",
                    unknown=_unstated(part, "noise", "corner")),
        ]  # fmt: skip

    def _of_curve(self, node: str, part: Curve) -> list[Finding]:
        own, peak = self.active[node], self.peaks[node]
        volts = self._curve_offset(node, part)
        role = self.role(self.cells[node].cell)
        bent = part.steepness * self._stretched(node) if part.steepness else 0.0
        gain = math.hypot(part.gain_error * own.rms, bent)
        gains = f"{100 * part.gain_error:.2g} % of scale"
        if part.steepness:
            gains += f", {100 * part.steepness:.2g} % of the argument's"
        apart = 0.0
        if part.deviation:  # of a law that goes farther than volts do it is the deviation over these
            volts_of_law = dict(self.cells[node].parameters)["kout"] * LAWS[role].range
            apart = part.deviation * min(volts_of_law, 2 * self.full_scale)
        lag = own.omega / (_TWO_PI * part.bandwidth) * _over(own.swing, peak)
        signals = f"{_hertz(part.bandwidth)}, signals of {_hertz(own.omega / _TWO_PI)}"
        return [
            Finding(BANDWIDTH, lag, role, signals, unknown=_unstated(part, "pole")),
            Finding(OFFSET, _over(volts, peak), role, f"{1e3 * volts:.3g} mV", unknown=_unstated(part, "offset")),
            Finding(CURVE, _over(apart, peak), role, f"{1e3 * apart:.3g} mV of {peak:.3g} V",
                    unknown=_unstated(part, "deviation")),
            *([Finding(GAIN, _over(gain, peak), role, gains)] if gain else []),
        ]  # fmt: skip

    # --- offsets ---

    def _offsets_of(self, node: str, depth: int) -> dict[str, float]:
        if (stage := self.stages.get(node)) is not None:
            if stage.integrates or not stage.known:
                return {}
            amplifier = self.parts.get(stage.amplifier)
            found = {node: self._own_offset(stage, amplifier) if isinstance(amplifier, Amplifier) else 0.0}
            if depth and not stage.denominator:
                for each in stage.inputs:
                    for cause, volts in self._offsets(each.node, depth - 1).items():
                        found[cause] = found.get(cause, 0.0) - self._open(each) * stage.ohms / each.ohms * volts
            return found
        if (cell := self.cells.get(node)) is None:
            return {}
        part = self.parts.get(cell.cell)
        if isinstance(part, Product):
            x, y, scale = self._factors(cell)
            first, second = self.active.between(*x), self.active.between(*y)
            square = part.square(first.rms, second.rms, scale)
            own = math.hypot(part.z, part.x * second.mean / scale, part.y * first.mean / scale, square)
            found = {node: own}
            if depth:  # offset times the other factor's mean; what varies with it is no standing offset
                for pins, mean in ((x, second.mean), (y, first.mean)):
                    for pin, sign in zip(pins, (1, -1), strict=True):
                        for cause, volts in self._offsets(pin, depth - 1).items():
                            found[cause] = found.get(cause, 0.0) + sign * volts * mean / scale
            return found
        return {node: self._curve_offset(node, part)} if isinstance(part, Curve) else {}

    def _open(self, each: Input) -> float:
        """The part of the time for which an input is connected: its gate's mean over its height, and that is 0 or 1."""
        if each.gate is None or not (rms := self.active[each.gate].rms):
            return 1.0
        return (self.active[each.gate].mean / rms) ** 2

    def _blamed(self, cause: str) -> str:
        """The role of the part that causes an offset."""
        return self.role(self.cells[cause].cell) if cause in self.cells else "opamp"

    def _own_offset(self, stage: Stage, part: Amplifier) -> float:
        """Volts at the output by input offset and bias current; a divider's multiplier adds its own, and bends it."""
        more, _ = self._divided(stage)
        own = [part.offset * abs(stage.noise_gain(0.0)) * more, part.bias * stage.ohms * more]
        if stage.denominator and isinstance(other := self.parts.get(stage.denominator[2]), Product):
            bent = other.bend_y * self.peaks.get(stage.name, 0.0) ** 2 / self.full_scale
            own.append(math.hypot(other.z, bent) * more)
        return math.hypot(*own)

    def _curve_offset(self, node: str, part: Curve) -> float:
        """Volts at the output; of what is no pair, by how much steeper than its input the output is, RMS."""
        cell, own = self.cells[node], self.active[node]
        pair = dict(cell.parameters)["kout"] * part.slope * part.offset
        if not part.volts:
            return pair
        steep = max(self.active[each].slope for each in cell.nodes[:2])
        return math.hypot(pair, part.volts * own.slope / steep if steep else 0.0)

    def _stretched(self, node: str) -> float:
        """Volts RMS by which a nonlinear cell's output would be off for each unit by which its argument is relatively
        too large, ``x f'(x)``: of a sine that has the argument's mean and RMS."""
        cell = self.cells[node]
        law, given = LAWS[self.role(cell.cell)], dict(cell.parameters)
        first, second = (self.active[each] for each in cell.nodes[:2])
        swing = math.sqrt(2) * math.hypot(first.swing, second.swing)
        x = (first.mean - second.mean + swing * np.sin(_ANGLES)) / given["kin"]
        constants = [given[name] for name in law.constants]
        ends = [law.numeric((1 + sign * _BESIDE) * x, *constants) for sign in (1, -1)]
        return float(given["kout"] * np.sqrt(np.mean(((ends[0] - ends[1]) / (2 * _BESIDE)) ** 2)))

    # --- noise ---

    def _noise(self, stage: Stage, part: Amplifier, more: float) -> float:
        """RMS volts at the output; an integrator's own grows over the run."""
        all_inputs = sum(1 / each.ohms for each in stage.inputs)
        top = math.pi / 2 * part.bandwidth
        if math.isinf(top):
            return 0.0
        voltage = part.noise**2
        if stage.integrates:
            current = voltage * stage.conductance**2 + part.current_noise**2 + _THERMAL * all_inputs
            wandering = current * self.span / (2 * stage.farads**2)
            return math.sqrt(wandering + voltage * _band(part.corner, top, self.span))
        standing = abs(stage.noise_gain(0.0))
        high = abs(stage.noise_gain(_TWO_PI * part.bandwidth))
        closed = top / (high * more)
        pole = min(closed, 1 / (4 * stage.ohms * stage.farads)) if stage.farads else closed
        density = voltage * standing**2 + (part.current_noise * stage.ohms) ** 2
        density += _THERMAL * (stage.ohms + stage.ohms**2 * all_inputs)
        flicker = voltage * standing**2 * (_band(part.corner, pole, self.span) - pole)
        return more * math.sqrt(density * pole + max(flicker, 0.0) + voltage * high**2 * max(closed - pole, 0.0))

    # --- what a stage hangs on ---

    def _divided(self, stage: Stage) -> tuple[float, float]:
        """Factor by which a divider's loop gain is under that of its resistors alone, and its multiplier's lag, s."""
        if stage.denominator is None:
            return 1.0, 0.0
        first, second, cell = stage.denominator
        least = max(self.active[first].least, self.active[second].least)
        part = self.parts.get(cell)
        lag = 1 / (_TWO_PI * part.bandwidth) if isinstance(part, Product) else 0.0
        return self.full_scale / least if least else math.inf, lag

    def _factors(self, cell: Instance) -> tuple[tuple[str, str], tuple[str, str], float]:
        """Nodes at both pins of a multiplier's inputs, and its scale."""
        scale = dict(cell.parameters)["scale"]
        whole_form = len(cell.nodes) == 5
        x1, x2, y1, y2 = cell.nodes[:4] if whole_form else (cell.nodes[0], GROUND, cell.nodes[1], GROUND)
        return (x1, x2) if scale > 0 else (x2, x1), (y1, y2), abs(scale)

    def _shared(self, pins: tuple[str, str]) -> float:
        """Volts RMS that both pins of an input have in common, at most; none with one of them on ground."""
        return 0.0 if GROUND in pins else max(self.active[pin].rms for pin in pins)


def _unstated(part: Figures, *names: str) -> tuple[str, ...]:
    """In words, what of these figures nobody says of a part."""
    return tuple(f"'{HEADER[name]}' of {part.name}" for name in names if name in part.unstated)


def _over(value: float, whole: float) -> float:
    """The ratio; infinite for something over nothing."""
    if value == 0:
        return 0.0
    return value / whole if whole else math.inf


def _band(corner: float, top: float, span: float) -> float:
    """The bandwidth of white noise that is as strong as this with its flicker, from once in the run up to the top."""
    return top + corner * max(math.log(top * span), 0.0)


def _hertz(value: float) -> str:
    return "unlimited" if math.isinf(value) else engineering(value, "Hz", 2)


def _per_us(slope: float) -> str:
    return f"{1e-6 * slope:.2g} V/us"
