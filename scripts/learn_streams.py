"""Learn a task of labelled sequences from many streams at once: ``python scripts/learn_streams.py TASK.toml FOLDER``.

All streams share the weights, which follow the mean of what the rule asks for, at rates that adapt (`adaptive`) and
fall linearly over the last third of all epochs. After every epoch the state is kept, and a run that was stopped goes
on; the weights are judged as the tool judges any: held, on the task's own data to validate by. The exam is sat once,
at the end.
Writes ``RULE_SEED.json`` with the learning curve and ``RULE_SEED.npz`` with the weights, for `--weights`.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vle_analog.errors import DivergenceError
from vle_analog.lesson.learner import examine
from vle_analog.reference.adaptive import Adaptation, adaptive
from vle_analog.reference.codegen import EULER
from vle_analog.reference.integrator import Integrator
from vle_analog.reference.learners import FrozenNetwork
from vle_analog.reference.streams import in_streams
from vle_analog.stimulus import Constant
from vle_analog.tasks.data.kind import Part
from vle_analog.tasks.data.sequences import SequenceData
from vle_analog.tasks.task import Task
from vle_analog.tasks.taskfile import TaskFile

#: epochs at the end, as a part, over which rates fall to a twentieth
_FALLING, _LEAST = 1 / 3, 0.05


@dataclass
class School:
    """A network, its streams, and how far it is.

    Attributes:
        task: what is learned.
        streams: how many.
        integrator: of the network under all of them.
        state: all states.
    """

    task: Task
    streams: int
    integrator: Integrator
    state: np.ndarray

    @staticmethod
    def of(task: Task, streams: int, adaptation: Adaptation) -> School:
        """A network that knows nothing yet."""
        learned = [each.name for each in task.learned]
        none = {"x": (Constant(0.0),) * len(task.stream.inputs), "target": (Constant(0.0),) * task.layers[-1].size}
        system = adaptive(in_streams(task.system, [none] * streams, learned), learned, adaptation)
        integrator = Integrator(system, EULER)
        return School(task, streams, integrator, integrator.initial())

    def heard(self, sequences: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """What the integrator reads while every stream hears a sequence, of shape (streams, samples, inputs)."""
        layout, samples = self.integrator.layout, sequences.shape[1]
        inputs = np.ones((samples + 1, layout.lengths["x"]))  # gates are open
        inputs[:-1, layout.span("x")] = sequences.transpose(1, 2, 0).reshape(samples, -1)
        inputs[-1] = inputs[-2]
        inputs[:, layout.span("target")] = np.eye(self.task.layers[-1].size)[:, wanted].ravel()
        return inputs

    def epoch(self, sequences: np.ndarray, labels: np.ndarray, rng: np.random.Generator, eta: float) -> None:
        """Hear all sequences once, in random order; those that do not fill all streams are left out.

        Raises:
            DivergenceError: a state is not finite or beyond the integrator's limit.
        """
        self.integrator.parameters[self.integrator.layout.span("eta")] = eta
        order = rng.permutation(len(labels))
        steps = np.full(sequences.shape[1], self.task.step)
        for first in range(0, len(order) - self.streams + 1, self.streams):
            taken = order[first : first + self.streams]
            self.integrator.march(self.state, self.heard(sequences[taken], labels[taken]), steps)

    def parameters(self) -> dict[str, np.ndarray]:
        """Weights and biases."""
        at = self.integrator.layout.span
        return {each.name: self.state[at(each.name)].reshape(each.shape) for each in self.task.learned}


def material(document: TaskFile, step: float) -> tuple[np.ndarray, np.ndarray]:
    """All sequences to learn from as they are heard at every step, shape (n, steps, inputs), and their labels."""
    data = document.data
    if not isinstance(data, SequenceData):
        raise SystemExit(f"{document.path} has no labelled sequences")
    sequences, labels = data.sequences(Part.TRAIN, document.setting)
    samples = sequences.shape[1]
    # a sample stands in the middle of its time, as the task itself has it
    place = np.clip(step / data.dt * np.arange(round(samples * data.dt / step)) - 0.5, 0, samples - 1)
    below = np.minimum(place.astype(int), samples - 2)
    part = (place - below)[None, :, None]
    return (1 - part) * sequences[:, below] + part * sequences[:, below + 1], labels


def learn(given: argparse.Namespace) -> dict[str, Any]:
    """Learn, from where an earlier run was stopped; the curve."""
    document, folder = TaskFile(Path(given.task)), Path(given.folder)
    folder.mkdir(parents=True, exist_ok=True)
    sizes = [int(size) for size in given.sizes.split(",")] if given.sizes else None
    task = document(given.rule, given.eta, seed=given.seed, sizes=sizes, eta_backward=given.eta_backward)
    sequences, labels = material(document, task.step)
    length = sequences.shape[1] * task.step
    school = School.of(task, given.streams, Adaptation(given.mean * length, given.square * length))
    frozen = FrozenNetwork(task.layers, task.teacher, task.step, EULER)
    name, rows, seconds = f"{given.rule}_{given.seed}", [], 0.0
    kept = folder / f"{name}_state.npz"
    if kept.exists():
        with np.load(kept) as file:
            school.state, rows, seconds = file["state"], json.loads(str(file["rows"])), float(file["seconds"])
    while len(rows) < given.epochs and not (rows and rows[-1]["loss"] is None):
        started, epoch = time.process_time(), len(rows)
        rng = np.random.default_rng([given.seed, epoch])
        pace = min(1.0, max(_LEAST, (1 - epoch / given.epochs) / _FALLING))
        try:
            school.epoch(sequences, labels, rng, task.eta * pace)
            loss, variance, right = examine(frozen, school.parameters(), task, task.validation)
            rows.append({"epoch": epoch + 1, "loss": loss / variance, "validation": right})
        except DivergenceError as error:
            rows.append({"epoch": epoch + 1, "loss": None, "validation": None, "diverged": str(error)})
        seconds += time.process_time() - started
        np.savez(folder / "writing.npz", state=school.state, rows=json.dumps(rows), seconds=seconds)
        (folder / "writing.npz").replace(kept)
        print(name, rows[-1], f"{seconds:.0f} s", flush=True)
    loss, variance, right = examine(frozen, school.parameters(), task)
    np.savez(folder / f"{name}.npz", **school.parameters())
    return {
        **{key: value for key, value in vars(given).items() if key not in ("task", "folder")},
        "eta": task.eta,
        "parameters": int(sum(np.size(each) for each in school.parameters().values())),
        "processor_seconds": seconds,
        "exam_loss": loss / variance,
        "exam_accuracy": right,
        "curve": rows,
    }


def main(given: argparse.Namespace) -> None:
    """Learn, print and write."""
    found: Mapping[str, Any] = learn(given)
    text = json.dumps(found, indent=1)
    (Path(given.folder) / f"{given.rule}_{given.seed}.json").write_text(text + "\n", encoding="utf-8")
    print(f"exam: {found['exam_accuracy']:.4f} right, loss {found['exam_loss']:.4f} of the target's variance")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task")
    parser.add_argument("folder")
    parser.add_argument("--rule", default="gle")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--streams", type=int, default=64)
    parser.add_argument("--eta", type=float, help="rate of weights, per model unit")
    parser.add_argument("--eta-backward", type=float, default=0.002)
    parser.add_argument("--sizes", help="neurons of the layers")
    parser.add_argument("--mean", type=float, default=0.5, help="over how many sequences rates are averaged")
    parser.add_argument("--square", type=float, default=10.0, help="and their squares")
    main(parser.parse_args())
