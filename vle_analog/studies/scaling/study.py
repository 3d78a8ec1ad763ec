"""Networks of several widths as circuits: what they take, and how long ngspice takes for them; resumable.

The learner is temporal XOR's 1-N-N-1 network with all of its weights plastic on the circuit; beside it stands the
same network for inference alone, its weights fixed in resistors. Every finished run is a file of its own, named by
a digest of all that it depends on.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from vle_analog.circuit.parts import library
from vle_analog.design.design import Settings, design
from vle_analog.equations.system import EquationSystem
from vle_analog.errors import SimulationError, SynthesisError, UsageError
from vle_analog.lab.folder import claimed, workplace, write_whole
from vle_analog.lab.store import read_kept, write_study
from vle_analog.learning.rules import rule_named
from vle_analog.lesson.chip import LEARNING_OPTIONS, step_bound
from vle_analog.netlist.ngspice import render
from vle_analog.netlist.testbench import Testbench
from vle_analog.simulate.ngspice import Ngspice
from vle_analog.simulate.usage import metered
from vle_analog.studies.scaling.report import figure, markdown
from vle_analog.studies.scaling.result import INFERENCE, LEARNER, ScalingStudy, SizeRun, Wall
from vle_analog.tasks import Task
from vle_analog.tasks.deployment import deployed_system
from vle_analog.tasks.temporal_xor import FULL, xor_task

#: told the run, and the fraction of all runs that is done
Progress = Callable[[str, float], None]

WIDTHS = (2, 4, 8, 16, 32)
#: model units of a run: plasticity sets in after half of it
SPAN = 20.0
#: of a layer's largest weight: smaller ones get no resistor
LEAST = 1e-4
#: what a study writes; finished runs lie in a folder of their own inside its folder
FIGURE, TABLE, RECORD, RUNS = "scaling.png", "scaling.md", "scaling.json", "runs"
#: part of every run's key: to be raised when the same run leads to other results
EDITION = 1


@dataclass(frozen=True)
class Size:
    """What determines one run.

    Attributes:
        network: `LEARNER` or `INFERENCE`.
        width: neurons in each hidden layer.
        rule: of the learner.
        span: model units.
    """

    network: str
    width: int
    rule: str = "vle"
    span: float = SPAN

    def build(self) -> tuple[Task, Task | EquationSystem]:
        """The task, and what of it is built: all, or the network alone on its exam's data."""
        task = xor_task(replace(FULL, sizes=(self.width, self.width)), self.rule, None, None, 0, {})
        if self.network == INFERENCE:
            held = {f"w{number}": _held(layer.weights) for number, layer in enumerate(task.layers, 1)}
            return task, deployed_system(task, held, replace(task.exam, span=self.span))
        return task, replace(task, system=task.system.updated(span=self.span))

    def key(self, version: str) -> str:
        """A digest of all that the result depends on, the simulator's version and the cells included."""
        task, subject = self.build()
        system = subject.system if isinstance(subject, Task) else subject
        digest = hashlib.sha256(json.dumps({**vars(self), "version": version, "edition": EDITION}).encode())
        digest.update(repr((system, step_bound(task), sorted(LEARNING_OPTIONS.items()))).encode())
        for layer in task.layers:
            digest.update(np.asarray(layer.weights, float).tobytes())
        for cell in library().values():
            digest.update(cell.text.encode())
        return digest.hexdigest()[:24]


def _held(weights: ArrayLike) -> np.ndarray:
    """The weights without those that need a resistor beyond all ranges: under `LEAST` of their layer's largest."""
    values = np.asarray(weights, float)
    return np.where(np.abs(values) < LEAST * np.abs(values).max(), 0.0, values)


def scaling_study(
    widths: Sequence[int] = WIDTHS,
    rule: str = "vle",
    span: float = SPAN,
    folder: Path | None = None,
    timeout: float | None = None,
    progress: Progress | None = None,
) -> ScalingStudy:
    """Build and simulate what is missing, width by width, each network up to the width that it cannot pass.

    Args:
        widths: neurons in each hidden layer.
        rule: of the learners.
        span: model units of each run.
        folder: where finished runs are kept and found again; nowhere when None.
        timeout: seconds of wall-clock time for each run of ngspice; a network's larger widths are left out after one
            that takes longer, or that fails for want of memory, of part values or for any other reason.
        progress: told what goes on.

    Raises:
        UsageError: no widths or one that is none, an unknown rule, or a span that is not positive.
        SimulationError: ngspice is missing.
        OutputError: the folder cannot be written, or another study is writing to it.
    """
    check(widths, rule, span, timeout)
    version = Ngspice().version()
    sizes = [Size(network, width, rule, span) for width in sorted(set(widths)) for network in (INFERENCE, LEARNER)]
    runs: list[SizeRun] = []
    walls: dict[str, Wall] = {}
    with nullcontext() if folder is None else claimed(folder):
        for number, size in enumerate(sizes):
            if size.network in walls:
                continue

            def tell(fraction: float, size: Size = size, number: int = number) -> None:
                if progress is not None:
                    progress(f"{size.network} {size.width}", (number + fraction) / len(sizes))

            tell(0.0)
            key = size.key(version)
            found = None if folder is None else read_kept(folder / RUNS / f"{key}.json", SizeRun.from_json)
            if found is None:
                try:
                    found = simulated(size, folder, timeout, tell)
                except (SimulationError, SynthesisError) as error:
                    walls[size.network] = Wall(size.network, size.width, error.what)
                    continue
                if folder is not None:
                    text = json.dumps(found.to_json(), allow_nan=False) + "\n"
                    write_whole(folder / RUNS, {f"{key}.json": text})
            runs.append(found)
    order = {LEARNER: 0, INFERENCE: 1}
    runs.sort(key=lambda run: (order[run.network], run.width))
    return ScalingStudy(rule, runs, list(walls.values()))


def check(widths: Sequence[float], rule: str, span: float, timeout: float | None) -> None:
    """Refuse what no study can be made of.

    Raises:
        UsageError: with the setting and what to do.
    """
    if not len(widths):
        raise UsageError("a study needs at least one width", hint="e.g. 2,4,8")
    for width in widths:
        if width < 1 or int(width) != width:
            raise UsageError(f"a width must be a whole number of neurons, not {width:g}", hint="e.g. 2,4,8")
    rule_named(rule)
    if not 0 < span < np.inf:
        raise UsageError(f"the span must be positive, not {span:g}", hint=f"e.g. {SPAN:g} model units")
    if timeout is not None and not timeout > 0:
        raise UsageError(f"the timeout must be positive, not {timeout:g}", hint="give seconds")


def simulated(
    size: Size, folder: Path | None = None, timeout: float | None = None, tell: Callable[[float], None] | None = None
) -> SizeRun:
    """Build one circuit and simulate it.

    Raises:
        SynthesisError: no part values.
        SimulationError: ngspice failed or took too long.
        OutputError: the folder cannot be written.
    """
    task, subject = size.build()
    step = step_bound(task)
    started = time.perf_counter()
    circuit = design(subject, Settings(step=step)).circuit
    bench = Testbench(size.span * circuit.unit, step * circuit.unit, "as given", ("r3",), options=LEARNING_OPTIONS)
    deck = render(circuit, bench)
    built = time.perf_counter() - started
    with workplace(folder) as work:
        _, usage = metered(deck.text, span=bench.span, folder=work, files=deck.files, timeout=timeout, progress=tell)
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


def save(study: ScalingStudy, folder: Path) -> dict[str, Any]:
    """Write ``scaling.png``, ``scaling.md`` and, last, ``scaling.json``; an earlier study's are replaced.

    Returns:
        What is in ``scaling.json``.

    Raises:
        OutputError: the folder cannot be written.
    """
    record = study.to_json()
    write_study(folder, (FIGURE, TABLE, RECORD), figure(study), markdown(study), record)
    return record
