"""Tasks from TOML files: the format of ``circuits/tasks/*.toml``.

A file says what a Python file of a task would compute: the network, how it learns, from which data, when. One random
generator per seed draws, in this order, the teacher, the network, the data to learn from; the exam's and the data to
validate by have generators of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from vle_analog.compare import LearningSetup
from vle_analog.equations.system import index, instance_names, signal
from vle_analog.equations.tables import Number, Table, inside, validated
from vle_analog.equations.tomlfile import read_toml
from vle_analog.errors import SystemFileError, UsageError
from vle_analog.learning.layers import Layer
from vle_analog.stimulus import Gate
from vle_analog.tasks.data import data_of
from vle_analog.tasks.data.kind import DataTable, Part, Setting
from vle_analog.tasks.learningtable import CompleteTable, LearningTable
from vle_analog.tasks.networktable import NetworkTable, Sizes, Tau, TeacherTable, check_network, drawn
from vle_analog.tasks.schedule import Judging, Schedule
from vle_analog.tasks.task import (
    Exam,
    Stream,
    Task,
    by_instance,
    long_enough,
    plastic_system,
    plasticity_of,
    positive_rate,
    target_signal,
)
from vle_analog.userfile import digest_of

SUFFIX = ".toml"
#: where such files are to be seen
EXAMPLES = "circuits/tasks/"
#: tables that tell a task's file from a system's
_OWN = ("task", "network")
#: which random generator, besides the seed, draws data
_FRESH = {Part.EXAM: 1, Part.VALIDATION: 2}
#: of an exam that has no end of its own: over a run
_EXAM = 0.25
#: of an exam: the part in which all states settle
_SETTLE = 0.1


class _Named(Table):
    name: str
    summary: str = ""
    unit: Number = 1e-3


if TYPE_CHECKING:
    Learning = LearningTable
else:
    Learning = CompleteTable


class _Document(Table):
    task: _Named
    network: NetworkTable
    teacher: TeacherTable | None = None
    learning: Learning
    data: dict[str, Any]
    schedule: Schedule = Field(default_factory=Schedule)
    exam: Judging = Field(default_factory=Judging)


@dataclass(frozen=True)
class TaskFile:
    """A task as its file describes it; called, it builds the task.

    Attributes:
        path: of the file; those inside are relative to its folder.
        other: values of its data that are not the file's, by key.

    Raises:
        SystemFileError: from whatever is asked first, a file that cannot be read, is not TOML or not of this format.
    """

    path: Path
    other: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def document(self) -> _Document:
        """Its tables."""
        tables = read_toml(self.path, "task file", EXAMPLES)
        with inside(self.path.name):
            return validated(_Document, tables, ())

    @cached_property
    def data(self) -> DataTable:
        """What the network hears and shall answer."""
        with inside(self.path.name):
            return data_of({**self.document.data, **self.other})

    @property
    def name(self) -> str:
        """What the task is called."""
        return self.document.task.name

    @property
    def summary(self) -> str:
        """What it is, in one line."""
        return self.document.task.summary

    @property
    def setting(self) -> Setting:
        """What its data may depend on."""
        network = self.document.network
        return Setting(
            self.path.parent, network.inputs, network.layers[-1].neurons, taught=self.document.teacher is not None
        )

    @property
    def files(self) -> tuple[Path, ...]:
        """All files that it is made of, its own first."""
        rule = self.document.learning.rule_file(self.path.parent)
        return (self.path, *self.data.files(self.path.parent), *(() if rule is None else (rule,)))

    def __call__(
        self,
        rule: str | None = None,
        eta: float | None = None,
        span: float | None = None,
        seed: int = 0,
        *,
        sizes: Sequence[int] | None = None,
        tau_m: Sequence[Tau] | None = None,
        tau_r: Sequence[Tau] | None = None,
        **changes: Any,
    ) -> Task:
        """The task.

        Args:
            rule: the learning rule; the file's when None.
            eta: rate of weights and biases; the file's when None.
            span: model units; the file's when None.
            seed: of all that is drawn.
            sizes: neurons of the hidden layers, or of all.
            tau_m, tau_r: time constants of all hidden layers, or one per layer; two numbers spread them.
            changes: of the task's `Plasticity`, by field name.

        Raises:
            UsageError: unknown rule or change, a rate that is not positive, a span that is too short, or sizes that do
                not fit.
            SystemFileError: numbers of the file that do not fit other sizes.
        """
        learning, schedule, unit = self.document.learning, self.document.schedule, self.document.task.unit
        eta, span = positive_rate(eta, learning.eta), long_enough(f"'{self.name}'", span, self.span, schedule.least)
        rng = np.random.default_rng(seed)
        with inside(self.path.name):
            teacher, layers = self._networks(Sizes(tuple(sizes or ()), tuple(tau_m or ()), tuple(tau_r or ())), rng)
            heard = self.data.material(Part.TRAIN, self.setting, rng, span)
        on, off, judged = self._windows(span)
        stream = Stream(heard.x, heard.target, Gate(on, off))
        plasticity = plasticity_of(learning.plasticity(self.path.parent, span), rule, eta, changes)
        system, learned = plastic_system(self.name, layers, plasticity, stream, span, teacher, unit)
        return Task(
            name=self.name,
            rule=rule or learning.rule_in(self.path.parent),
            eta=eta,
            seed=seed,
            layers=layers,
            teacher=teacher,
            plasticity=plasticity,
            stream=stream,
            exam=self._fresh(Part.EXAM, seed, span),
            validation=self._fresh(Part.VALIDATION, seed, span),
            system=system,
            learned=learned,
            learning=self._setup(layers, by_instance(learned), (on, judged, span)),
            step=_step(layers) if schedule.step is None or tau_m or tau_r else schedule.step,
            etas=learning.grid,
            threshold=learning.threshold,
            window=schedule.window or span / 500,
            study=schedule.study or self.span,
            answers=None if heard.answers is None else heard.answers.since(judged).until(span),
        )

    @property
    def span(self) -> float:
        """How long a run is, model units."""
        return self.document.schedule.span or self.data.length(Part.TRAIN, self.setting) or 0.0

    def _networks(self, sizes: Sizes, rng: np.random.Generator) -> tuple[tuple[Layer, ...] | None, tuple[Layer, ...]]:
        """The teacher, if there is one, and the network."""
        network, teacher = self.document.network, self.document.teacher
        taught = None if teacher is None else drawn(teacher.layers, teacher.recurrent, network.inputs, rng, "teacher")
        return taught, drawn(sizes.of(network.layers), network.recurrent, network.inputs, rng, "network")

    def _setup(
        self, layers: Sequence[Layer], learned: Mapping[str, float | None], times: tuple[float, float, float]
    ) -> LearningSetup:
        """Where the results are.

        Args:
            layers: of the network.
            learned: single quantities, with what the teacher has there.
            times: when plasticity is switched on, when a run with weights held counts, when it ends.
        """
        teacher, (on, judged, span) = self.document.teacher, times
        outputs = instance_names(signal(f"r{len(layers)}", index("n", layers[-1].size)))
        targets = instance_names(target_signal(layers[-1].size, len(layers)))
        alone = len(outputs) == 1
        return LearningSetup(
            output=outputs[0] if alone else tuple(outputs),
            target=targets[0] if alone else tuple(targets),
            # of a teacher that is not the only one to do so there are no values to compare
            parameters=learned if teacher is not None and teacher.unique else dict.fromkeys(learned),
            initial_window=(0.0, on),
            final_window=(judged, span),
            loss_window=self.document.schedule.curve or span / 200,
        )

    def _windows(self, span: float) -> tuple[float, float, float]:
        """When plasticity is switched on and off, and from when on a run with weights held counts.

        Raises:
            UsageError: no time is left to learn.
        """
        schedule, beat = self.document.schedule, self.data.beat
        frozen = schedule.frozen.of(span, beat)
        on, settle = (part.of(frozen, beat) for part in (schedule.before, schedule.settle))
        off = (span if beat is None else beat * int(span / beat)) - frozen
        if not 0 < on < off or off + settle >= span:
            least = 5 * (on + frozen + (beat or 0.0))
            raise UsageError(
                f"'{self.name}' has no time to learn in {span:g} model units",
                hint=f"weights are held for {on:g} before and {span - off:g} after: give a span of {least:g} or more",
            )
        return on, off, off + settle

    def _fresh(self, part: Part, seed: int, span: float) -> Exam:
        """The exam, or what is validated by."""
        judging, end = self.document.exam, self.data.length(part, self.setting)
        length = (judging.span if end is None or part is Part.EXAM else None) or end or _EXAM * span
        settle = min(_SETTLE * length if judging.settle is None else judging.settle, 0.5 * length)
        with inside(self.path.name):
            rng = np.random.default_rng([seed, _FRESH[part]])
            heard = self.data.material(part, self.setting, rng, length)
        answers = None if heard.answers is None else heard.answers.since(settle).until(length)
        return Exam(heard.x, heard.target, settle, length, answers)

    def check(self) -> None:
        """Refuse what no task can be built of.

        Raises:
            SystemFileError: says what, and where.
            VleAnalogError: of a rule, a stimulus or a setting of plasticity.
        """
        network, teacher = self.document.network, self.document.teacher
        check_network(network, network.inputs, "network")
        if teacher is not None:
            check_network(teacher, network.inputs, "teacher")
            if teacher.layers[-1].neurons != network.layers[-1].neurons:
                raise SystemFileError(
                    f"it has {teacher.layers[-1].neurons} outputs, the network {network.layers[-1].neurons}",
                    where="teacher.layers",
                    hint="give both top layers as many neurons",
                )
        if not any(layer.learn or layer.learn_tau for layer in network.layers):
            raise SystemFileError(
                "no layer learns", where="network.layers", hint="leave out learn = false in at least one"
            )
        if not 0 < self.document.task.unit < 1:
            raise SystemFileError(
                f"{self.document.task.unit:g} is no time", where="task.unit", hint="seconds per model unit, e.g. 1e-3"
            )
        with inside("learning"):
            self.document.learning.check(self.path.parent)
        self.document.schedule.check()
        self.data.check(self.setting)
        if not self.span:
            raise SystemFileError(
                "it does not say how long a run is", where="schedule", hint="add span = 1000.0 (model units)"
            )

    def digest(self) -> str:
        """What tells the contents of all its files from others.

        Raises:
            UsageError: one is missing or cannot be read.
        """
        return digest_of(self.files, self.path.parent)


def _step(layers: Sequence[Layer]) -> float:
    """The reference's first step: a twentieth of the fastest membrane, a fifth of the shortest look-ahead."""
    shortest = [float(np.min(layer.tau_m)) / 20 for layer in layers]
    shortest += [float(np.min(layer.tau_r)) / 5 for layer in layers if np.min(layer.tau_r) > 0]
    shortest += [min(relay.tau, relay.error_lag) / 20 for layer in layers for relay in layer.recurrent]
    return float(f"{min(shortest):.1g}")


def is_task_file(name: str) -> bool:
    """Whether a name is that of a TOML file that describes a task rather than a system."""
    if not name.endswith(SUFFIX) or not Path(name).is_file():
        return False
    try:
        return any(table in read_toml(Path(name), "task file", EXAMPLES) for table in _OWN)
    except SystemFileError:
        return False


def load_task(path: Path) -> TaskFile:
    """The checked task that a TOML file describes; paths inside are relative to the file.

    Raises:
        SystemFileError: a file that cannot be read, is not TOML or not of this format.
        VleAnalogError: data, numbers or a rule that cannot be used. All say the file, the place in it
            (``network.layers.0.tau_m``), what is wrong and what to do.
    """
    task = TaskFile(path)
    with inside(path.name):
        task.check()
    task()  # what only a whole task shows
    return task
