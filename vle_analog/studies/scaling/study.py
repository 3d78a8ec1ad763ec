"""Networks of several widths as circuits: what they take, and how long ngspice takes for them; resumable.

The learner is a task's network, temporal XOR's 1-N-N-1 unless told otherwise, with all of its weights plastic on the
circuit; beside it stands the same network for inference alone, its weights fixed in resistors. Every finished run is a
file of its own, named by a digest of all that it depends on.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from vle_analog.circuit.parts import library
from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.equations.system import EquationSystem
from vle_analog.errors import SimulationError, SynthesisError, UsageError
from vle_analog.fields import numbers
from vle_analog.lab.folder import workplace, write_whole
from vle_analog.lab.lab import Lab
from vle_analog.lab.store import read_kept
from vle_analog.learning.layers import Layer
from vle_analog.learning.rules import RULES, rule_named
from vle_analog.lesson.chip import LEARNING_OPTIONS, step_bound
from vle_analog.netlist.ngspice import render
from vle_analog.netlist.testbench import Testbench
from vle_analog.options import option
from vle_analog.simulate.usage import metered
from vle_analog.studies.scaling.result import INFERENCE, LEARNER, Scaling, SizeLimit, SizeRun
from vle_analog.tasks import Task, source_of, task_named
from vle_analog.tasks.deployment import deployed_system

TASK = "temporal_xor"
WIDTHS = (2, 4, 8, 16, 32)
#: model units of a run: plasticity sets in after half of it
SPAN = 20.0
#: of a layer's largest weight: smaller ones get no resistor
LEAST = 1e-4
#: folder of finished runs, inside of the lab's
RUNS = "runs"
#: part of every run's key: to be raised when the same run leads to other results
EDITION = 1


def _widths(text: str) -> tuple[float, ...]:
    return tuple(int(width) if width.is_integer() else width for width in numbers(text, name="widths", example="2,4,8"))


@dataclass(frozen=True)
class ScalingPlan:
    """What is simulated.

    Attributes:
        widths: neurons in each of the hidden layers.
        rule: of the learners.
        span: of each run, model units.
        task: whose network.

    Raises:
        UsageError: no width or one that is none, an unknown rule or task, or a span that is not positive.
    """

    widths: tuple[int, ...] = option(
        "Neurons in each of the hidden layers, one circuit each.", WIDTHS, metavar="N,N,...", parse=_widths
    )
    rule: str = option(f"The learners' rule: {', '.join(RULES)}.", "vle")
    span: float = option("How long to simulate each, model units.", SPAN)
    task: str = option("The task whose network it is, by name or as a .toml file.", TASK)

    def __post_init__(self) -> None:
        if not len(self.widths):
            raise UsageError("a study needs at least one width", hint="e.g. 2,4,8")
        for width in self.widths:
            if width < 1 or int(width) != width:
                raise UsageError(f"a width must be a whole number of neurons, not {width:g}", hint="e.g. 2,4,8")
        rule_named(self.rule)
        task_named(self.task)
        if not 0 < self.span < np.inf:
            raise UsageError(f"`span` must be positive, not {self.span:g}", hint=f"e.g. {SPAN:g} model units")

    def sizes(self) -> list[Size]:
        """All runs, in order of width; the cheaper network first."""
        widths = sorted(set(self.widths))
        return [
            Size(network, width, self.rule, self.span, self.task)
            for width in widths
            for network in (INFERENCE, LEARNER)
        ]


@dataclass(frozen=True)
class Size:
    """One run: all that determines it.

    Attributes:
        network: `LEARNER` or `INFERENCE`.
        width: neurons in each hidden layer.
        rule: of the learner.
        span: model units.
        task: whose network.
    """

    network: str
    width: int
    rule: str = "vle"
    span: float = SPAN
    task: str = TASK

    def build(self) -> tuple[Task, Task | EquationSystem]:
        """The task, and what of it is built: all, or the network alone on its exam's data."""
        built = task_named(self.task)
        hidden = len(built().layers) - 1
        task = built(self.rule, sizes=(self.width,) * hidden)
        if self.network == INFERENCE:
            held = {f"w{number}": _held(layer.weights) for number, layer in enumerate(task.layers, 1)}
            return task, deployed_system(task, held, replace(task.exam, span=self.span))
        return task, replace(task, system=task.system.updated(span=self.span))

    def key(self, version: str) -> str:
        """Digest that identifies the result: all that it depends on, the simulator's version and the cells included."""
        task, subject = self.build()
        system = subject.system if isinstance(subject, Task) else subject
        digest = hashlib.sha256(json.dumps({**vars(self), "version": version, "edition": EDITION}).encode())
        digest.update((source_of(self.task) or "").encode())
        digest.update(f"({system.text}, {step_bound(task)!r}, {sorted(LEARNING_OPTIONS.items())!r})".encode())
        for layer in task.layers:
            digest.update(np.asarray(layer.weights, float).tobytes())
        for cell in library().values():
            digest.update(cell.subckt.encode())
        return digest.hexdigest()[:24]


def _held(weights: ArrayLike) -> np.ndarray:
    """Weights without those that need a resistor beyond all ranges: under `LEAST` of their layer's largest."""
    values = np.asarray(weights, float)
    return np.where(np.abs(values) < LEAST * np.abs(values).max(), 0.0, values)


def scaling(plan: ScalingPlan, lab: Lab) -> Scaling:
    """Build and simulate what is missing, width by width, each network up to the width that it cannot pass.

    A network's larger widths are left out after one that takes longer than the lab's time limit, or that fails for
    want of memory, of part values or for any other reason.

    Args:
        plan: which circuits.
        lab: finished runs are kept in its folder, and found again.

    Raises:
        SimulationError: the simulator is missing, or no width could be simulated.
        OutputError: the folder cannot be written, or another study is writing to it.
    """
    version, sizes = lab.simulator.version(), plan.sizes()
    if (place := lab.place(RUNS)) is not None:
        lab.resumed(len([*place.glob("*.json")]), "circuits")
    runs: list[SizeRun] = []
    limits: dict[str, SizeLimit] = {}
    with lab.claimed():
        for number, size in enumerate(sizes):
            if size.network in limits:
                continue

            def tell(fraction: float, size: Size = size, number: int = number) -> None:
                lab.progress(f"{size.network} {size.width}", (number + fraction) / len(sizes))

            tell(0.0)
            try:
                runs.append(_run(size, version, lab, tell))
            except (SimulationError, SynthesisError) as error:
                limits[size.network] = SizeLimit(size.network, size.width, error.what)
    if not runs:
        raise SimulationError(
            f"not even the smallest width could be simulated: {limits[sizes[0].network].reason}",
            hint="give a smaller one among `widths`, or more time with `timeout`",
        )
    order = {LEARNER: 0, INFERENCE: 1}
    runs.sort(key=lambda run: (order[run.network], run.width))
    return Scaling(plan.rule, runs, list(limits.values()), _shape(task_named(plan.task)().layers))


def _shape(layers: Sequence[Layer]) -> str:
    """Neurons from the inputs up, hidden ones by the letter that they vary by: ``3-N-2``."""
    inputs = np.shape(layers[0].weights)[-1:] or (1,)
    return "-".join(map(str, (*inputs, *["N"] * (len(layers) - 1), layers[-1].size)))


def _run(size: Size, version: str, lab: Lab, tell: Callable[[float], None]) -> SizeRun:
    """A run that was kept, or a new one, which is kept then.

    Raises:
        SynthesisError, SimulationError, OutputError: as `simulated`.
    """
    place, key = lab.place(RUNS), size.key(version)
    if place is not None and (kept := read_kept(place / f"{key}.json", SizeRun.from_json)) is not None:
        return kept
    run = simulated(size, lab, tell)
    if place is not None:
        write_whole(place, {f"{key}.json": json.dumps(run.to_json(), allow_nan=False) + "\n"})
    return run


def simulated(size: Size, lab: Lab, tell: Callable[[float], None] | None = None) -> SizeRun:
    """Build one circuit and simulate it.

    Args:
        size: of its network.
        lab: its simulator works in its folder, and has so much time.
        tell: told the fraction of the simulation that is done.

    Raises:
        SynthesisError: no part values.
        SimulationError: the simulator failed or took too long.
        OutputError: the folder cannot be written.
    """
    task, subject = size.build()
    step = step_bound(task)
    started = time.perf_counter()
    circuit = design(subject, Build(step=step)).circuit
    watched = task.learning.outputs[:1]
    bench = Testbench(size.span * circuit.unit, step * circuit.unit, "as given", watched, options=LEARNING_OPTIONS)
    deck = render(circuit, bench)
    built = time.perf_counter() - started
    with workplace(lab.folder) as work:
        _, usage = metered(
            lab.simulator,
            deck.text,
            span=bench.span,
            folder=work,
            files=deck.files,
            timeout=lab.timeout,
            progress=tell,
        )
    return SizeRun(
        network=size.network,
        width=size.width,
        weights=sum(int(np.size(layer.weights)) for layer in task.layers),
        parts=circuit.parts,
        unit=circuit.unit,
        span=size.span,
        step=step,
        equations=usage.equations,
        nonzeros=usage.nonzeros,
        fill_in=usage.fill_in,
        points=usage.points,
        iterations=usage.iterations,
        seconds=usage.seconds,
        load=usage.load,
        factor=usage.factor,
        solve=usage.solve,
        megabytes=usage.megabytes,
        design=built,
    )
