"""The noise of a signal in a circuit at rest: ngspice's small-signal analysis, source by source, and a transient run.

The circuit is linearised around where it rests while its inputs keep their values of one moment. Of a learning task
it is the network at work (`vle_analog.tasks.deployment`): the weights that the ideal network learned are resistors.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.signal import welch

from vle_analog.circuit.cell.cell import Cell
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Battery, Drive, Element, Instance, Resistor
from vle_analog.circuit.technology import IDEAL
from vle_analog.design.design import DEFAULT, Progress, Settings, design
from vle_analog.equations.system import EquationSystem, name_of
from vle_analog.errors import SimulationError, UsageError, nearest
from vle_analog.lab.folder import workplace
from vle_analog.lab.store import write_study
from vle_analog.lesson.student import IdealStudent
from vle_analog.netlist.ngspice import render
from vle_analog.netlist.testbench import Testbench
from vle_analog.noise import BAND
from vle_analog.owner import Owner
from vle_analog.production.noise import RESISTOR, NoiseSource, generating, noisy
from vle_analog.simulate.ngspice import Ngspice
from vle_analog.simulate.rawfile import Plot
from vle_analog.studies.noise_sources.operating_point import OperatingPoint, operating_point, settled
from vle_analog.studies.noise_sources.report import figure, markdown
from vle_analog.studies.noise_sources.result import NoiseBudget, Sampled, ranked
from vle_analog.tasks import Task
from vle_analog.tasks.deployment import deployed_system
from vle_analog.units import spice_number
from vle_analog.waveforms import Array

#: what a study writes
FIGURE, TABLE, RECORD = "noise.png", "noise.md", "noise.json"
#: of noise that a part's own resistors, diodes and transistors make
INSIDE = "inside of parts"
#: points per decade of the analysis
_POINTS = 20
#: of the transient run: periods of the band's lowest frequency, those of one spectrum, and the most points
_PERIODS, _SEGMENT, _MOST = 32, 4, 400_000
#: time constants that it settles before
_SETTLE = 8.0
#: an output beyond is none that a circuit on its supply can have, volts
_RAIL = IDEAL.rail
#: a signal at rest further from where the equations have it is at another operating point, volts
_APART = 0.5
#: the source that an analysis asks for; it drives nothing
_ASKED = "noise__asked"


def at_work(subject: EquationSystem | Task) -> EquationSystem:
    """What is analysed: a system as it is; of a task the network with the weights that it ideally learns."""
    if not isinstance(subject, Task):
        return subject
    student = IdealStudent(subject)
    student.advance(subject.step * round(subject.system.span / subject.step))
    return deployed_system(subject, student.parameters())


def noise_budget(
    subject: EquationSystem | Task,
    settings: Settings = DEFAULT,
    output: str | None = None,
    band: tuple[float | None, float | None] = (None, None),
    at: float = 0.0,
    seed: int | None = None,
    *,
    folder: Path | None = None,
    timeout: float | None = None,
    progress: Progress | None = None,
) -> NoiseBudget:
    """Analyse the noise of one signal.

    Args:
        subject: a system, or a task, whose network is analysed with the weights that it ideally learns.
        settings: how to build the circuit.
        output: instance name of a signal; the first of the outputs when None.
        band: lowest and highest hertz; one over the span, and a quarter of one over the simulator's step bound,
            where None.
        at: moment whose input values are kept, model units.
        seed: of a transient run's noise; none is run when None.
        folder: where a failed run of ngspice leaves deck and log.
        timeout: seconds of wall-clock time for each run of ngspice.
        progress: told what goes on.

    Raises:
        UsageError: no such signal, no band, no stable operating point, or no noise.
        VleAnalogError: bad equations, no part values, a failed simulation.
    """
    tell = progress or (lambda stage, fraction: None)
    tell("learning" if isinstance(subject, Task) else "design", 0.0)
    system = at_work(subject)
    # all of it makes noise, a teacher beside the network, too
    whole = replace(settings, passes=(lambda circuit: circuit.owned_by(Owner.BOARD), *settings.passes))
    ready = design(system, whole, progress)
    circuit, step = ready.circuit, ready.bench.step
    name = output or ready.bench.probes[0]
    if name not in circuit.volts_per_unit:
        raise UsageError(f"no signal '{name}'", where=system.name, hint=nearest(name, circuit.volts_per_unit))
    low, high = band[0] or 1 / (system.span * system.unit), band[1] or BAND / step
    if not 0 < low < high < np.inf:
        raise UsageError(f"from {low:g} to {high:g} Hz is no band", hint="give --low and --high, in hertz")
    solution = ready.reference.solution
    ideal = ready.diagram.read_back
    end = [np.ravel(solution.final[name_of(each.symbol)]) for each in ideal.states]
    begins = [np.concatenate(end or [np.zeros(0)]), settled(ideal, solution.step, at)]
    point = operating_point(ideal, begins, at)
    quiet = at_rest(circuit, point)
    bench = Testbench(_PERIODS / low, step, "", (name,))
    place = _Place(quiet, point, bench, folder, timeout)
    tell("noise", 0.0)
    place.check()
    plot, sources = place.analysed(low, high)
    found = list(_attributed(quiet, plot, sources))
    hertz, density = np.real(plot.data["frequency"]), np.real(plot.data["onoise_spectrum"])
    if not np.all(density > 0):
        raise UsageError(
            f"nothing makes noise at '{name}'", where=system.name, hint="name a signal that a stage drives"
        )
    sampled = None
    if seed is not None:
        tell("transient", 0.0)
        sampled = place.sampled(seed, low, progress)
    wanted = solution.waveforms.signals.get(name)
    return NoiseBudget(
        name=system.name,
        fidelity=circuit.fidelity,
        output=name,
        volts_per_unit=circuit.volts_per_unit[name],
        signal=0.0 if wanted is None else float(np.std(wanted)),
        frequencies=hertz,
        density=density,
        contributions=ranked(found, hertz),
        sampled=sampled,
    )


def save(budget: NoiseBudget, folder: Path) -> dict[str, Any]:
    """Write ``noise.png``, ``noise.md`` and, last, ``noise.json``; an earlier study's are replaced.

    Returns:
        What is in ``noise.json``.

    Raises:
        OutputError: the folder cannot be written.
    """
    record = budget.to_json()
    write_study(folder, (FIGURE, TABLE, RECORD), figure(budget), markdown(budget), record)
    return record


def at_rest(circuit: Circuit, point: OperatingPoint) -> Circuit:
    """The circuit with every input at its value of the operating point."""

    def still(element: Element) -> Element:
        if isinstance(element, Drive):
            return Battery(element.name, element.nodes, point.inputs[element.name] * element.volts_per_unit)
        return element

    return circuit.mapped(still)


@dataclass(frozen=True, eq=False)
class _Place:
    """A circuit at rest and how it is simulated."""

    circuit: Circuit
    point: OperatingPoint
    bench: Testbench
    folder: Path | None
    timeout: float | None

    def _expected(self) -> dict[str, float]:
        """Volts at rest, by the equations, of all signals but those that stages which look ahead keep inside."""
        volts = self.circuit.volts_per_unit
        known = {**self.point.states, **self.point.definitions}
        return {name: value * volts[name] for name, value in known.items() if name in volts}

    def check(self) -> None:
        """Refuse an operating point beyond the rails, or another one than the equations'.

        Raises:
            SimulationError: by the signal's name.
        """
        plot = self._run(self.circuit, [f"dc V{_ASKED} 0 1 1"], "v-sweep")
        volts = {name: float(np.real(plot.data[name.lower()][0])) for name in self.circuit.volts_per_unit}
        worst = max(volts, key=lambda name: abs(volts[name]))
        if not abs(volts[worst]) <= _RAIL:
            raise SimulationError(
                f"at rest '{worst}' would be at {volts[worst]:.3g} V",
                where=self.circuit.name,
                hint="the circuit has no operating point between its rails",
            )
        expected = self._expected()
        far = max(expected, key=lambda name: abs(volts[name] - expected[name]), default=None)
        if far is not None and abs(volts[far] - expected[far]) > _APART:
            raise SimulationError(
                f"ngspice finds '{far}' at rest at {volts[far]:.3g} V, the equations at {expected[far]:.3g} V",
                where=self.circuit.name,
                hint="the parts' errors move the operating point, or ngspice took an unstable one: try another --at",
            )

    def analysed(self, low: float, high: float) -> tuple[Plot, Mapping[str, NoiseSource]]:
        """ngspice's analysis, every source by itself, and what its cells of noise stand for."""
        circuit, sources = generating(self.circuit)
        output = self.bench.probes[0]
        # a grid by decades rarely ends where it should: one point more, cut off again
        beyond = low * 10 ** ((math.ceil(_POINTS * math.log10(high / low)) + 0.5) / _POINTS)
        command = f"noise v({output}) V{_ASKED} dec {_POINTS} {low!r} {beyond!r} 1"
        return _cut(self._run(circuit, [command, "setplot noise1"], "frequency"), high), sources

    def sampled(self, seed: int, low: float, progress: Progress | None) -> Sampled:
        """The spectrum of a transient run from rest."""
        step, name = self.bench.step, self.bench.probes[0]
        settle = _SETTLE * self.point.slowest * self.circuit.unit
        low = max(low, _PERIODS / (_MOST * step))
        span = settle + _PERIODS / low
        circuit = noisy(self.circuit, seed)
        bench = replace(self.bench, span=span)
        plot = self._run(circuit, [f"tran {spice_number(step)} {span!r} 0 {step!r}"], "time", bench)
        grid = np.arange(settle, span, step)
        volts = CubicSpline(*_increasing(plot.data["time"], np.real(plot.data[name.lower()])))(grid)
        segment = min(len(grid), round(_SEGMENT / (low * step)))
        hertz, power = welch(volts, 1 / step, nperseg=segment, detrend="constant")
        # the window spreads DC over two bins; beyond the noise's band nothing is said
        chosen = (np.arange(len(hertz)) > 2) & (hertz < BAND / 2 / step)
        if not chosen.any():
            raise UsageError("the band is too narrow for a transient run", hint="give a lower --low")
        return Sampled(seed, hertz[chosen], np.sqrt(power[chosen]), span - settle)

    def _run(self, circuit: Circuit, analysis: list[str], axis: str, bench: Testbench | None = None) -> Plot:
        """Run one analysis instead of the deck's own."""
        deck = render(circuit, bench or self.bench)
        text, _, _ = deck.text.partition(".control\n")
        lines = [
            *(f".nodeset v({name})={value!r}" for name, value in self._expected().items()),
            f"V{_ASKED} {_ASKED} 0 dc 0 ac 1",
            f"R{_ASKED} {_ASKED} 0 1",
            ".control",
            "set filetype=binary",
            *([f"save v({self.bench.probes[0]})"] if axis == "time" else []),
            *analysis,
            "write waveforms.raw",
            "quit",
            ".endc",
            ".end",
        ]
        with workplace(self.folder) as work:
            return Ngspice().run_sweep(
                text + "\n".join(lines) + "\n", axis, folder=work, files=deck.files, timeout=self.timeout
            )


def _cut(plot: Plot, high: float) -> Plot:
    """An analysis of noise up to a frequency, where densities are power laws between the points."""
    hertz = np.real(plot.data["frequency"])
    grid = np.append(hertz[hertz < high * (1 - 1e-9)], high)
    least = 1e-200  # of a density; stands for zero
    data = {
        name: np.exp(np.interp(np.log(grid), np.log(hertz), np.log(np.maximum(np.real(values), least))))
        for name, values in plot.data.items()
    }
    found = {name: np.where(values > 2 * least, values, 0.0) for name, values in data.items()}
    return replace(plot, data={**found, "frequency": grid})


def _increasing(time: Array, values: Array) -> tuple[Array, Array]:
    keep = np.concatenate([[True], np.diff(time) > 0])
    return time[keep], values[keep]


def _attributed(
    circuit: Circuit, plot: Plot, sources: Mapping[str, NoiseSource]
) -> Iterator[tuple[str, str, str, Array]]:
    """Name, kind, block and density of each source: ngspice's devices put together by what they stand for."""
    # by SPICE's name, which it tells in lower case: the part's own, its block, its cell if it is an instance
    known: dict[str, tuple[str, str, Cell | None]] = {}
    for section in circuit.sections:
        for element in section.elements:
            if isinstance(element, Resistor | Instance):
                cell = circuit.cells[element.cell] if isinstance(element, Instance) else None
                name = f"{'R' if cell is None else 'X'}{element.name}"
                known[name.lower()] = name, section.heading, cell
    added = {f"x{name}".lower(): source for name, source in sources.items()}
    powers: dict[tuple[str, str, str], Array] = {}
    for vector, values in plot.data.items():
        device = vector.removeprefix("onoise_")
        # a device's sum stands beside its mechanisms, NAME_thermal and others
        if device == vector or device == "spectrum" or vector.rpartition("_")[0] in plot.data:
            continue
        path = device.split(".")[1:] if "." in device else [device]
        if path[0] == f"r{_ASKED}":
            continue
        if (source := added.get(path[0])) is not None:
            key = source.name, str(source.kind), source.block
        else:
            key = _device(path, *known[path[0]])
        powers[key] = powers.get(key, np.zeros(len(values))) + np.real(values) ** 2
    for (name, kind, block), power in powers.items():
        yield name, kind, block, np.sqrt(power)


def _device(path: Sequence[str], name: str, block: str, cell: Cell | None) -> tuple[str, str, str]:
    """Name, kind and block of what a device stands for, given its path in lower case and what is known of its part."""
    if cell is None:
        return name, str(RESISTOR), block
    own = {each.name.lower(): each.parameter for each in cell.passives}
    if cell.role is None and len(path) == 2 and path[1] in own:
        return f"{name}.{own[path[1]]}", str(RESISTOR), block
    return name, INSIDE, block
