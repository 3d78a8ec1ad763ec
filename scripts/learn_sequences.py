"""Learn a task of labelled sequences batch by batch: ``python scripts/learn_sequences.py TASK.toml FOLDER``.

Weights are held while a batch of sequences is heard, all of them at once and from rest (`reference.held`), and then
move by what the rule asked for over all of it, at rates that adapt (`reference.adam`) and fall along half a cosine.
In further epochs (``--following``) each sequence is heard after the end of another one, as they are at work.
``adjoint`` for the rule is the exact gradient. After every epoch the network is validated on the task's data for that,
the state is kept, and a run that was stopped goes on. The exam is sat once, at the end, as the tool judges any network:
one sequence after another; so are those of further task files (``--also``), which differ by their exam alone.
Writes ``VARIANT_SEED.json`` with the learning curve and ``VARIANT_SEED.npz`` with the weights, for `--weights`.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from vle_analog.learning.plasticity import Plasticity
from vle_analog.lesson.learner import examine
from vle_analog.lesson.lesson import METHOD, OFFLINE
from vle_analog.reference.adam import Adam
from vle_analog.reference.held import HeldNetwork
from vle_analog.reference.learners import FrozenNetwork
from vle_analog.tasks.data.kind import Part
from vle_analog.tasks.data.sequences import SequenceData
from vle_analog.tasks.task import Task
from vle_analog.tasks.taskfile import TaskFile

#: model units of another sequence before each one, where sequences follow one another: longer than networks remember
_BEFORE = 16.0
#: sequences that are validated by at once
_MANY = 200


def material(document: TaskFile, part: Part, step: float) -> tuple[np.ndarray, np.ndarray]:
    """Sequences as they are heard at every step, shape (n, steps, inputs), and their labels."""
    data = document.data
    if not isinstance(data, SequenceData):
        raise SystemExit(f"{document.path} has no labelled sequences")
    sequences, labels = data.sequences(part, document.setting)
    samples = sequences.shape[1]
    # a sample stands in the middle of its time, as the task itself has it
    place = np.clip(step / data.dt * np.arange(round(samples * data.dt / step)) - 0.5, 0, samples - 1)
    below = np.minimum(place.astype(int), samples - 2)
    part_above = (place - below)[None, :, None]
    heard = (1 - part_above) * sequences[:, below] + part_above * sequences[:, below + 1]
    return heard.astype(np.float32), labels


@dataclass
class Pupil:
    """A network that learns.

    Attributes:
        network: it, held.
        plasticity: how it learns.
        length: of a sequence, model units.
        parameters: what it has learned, by template name.
        adam: moves weights and biases.
        squares: averages that the rates of backward coefficients are divided by, by layer.
    """

    network: HeldNetwork
    plasticity: Plasticity
    length: float
    parameters: dict[str, np.ndarray]
    adam: Adam = field(default_factory=Adam)
    squares: dict[int, np.ndarray] = field(default_factory=dict)

    def hear(self, sequences: np.ndarray, labels: np.ndarray, rate: float, before: int) -> tuple[float, int]:
        """Hear a batch and learn from all but what is before; its cost, and how many were told right."""
        asked = self.network.asked(self.parameters, sequences, labels, before)
        self.adam.move(self.parameters, {name: by for name, by in asked.by.items() if name[0] in "wb"}, rate)
        for number, square in asked.squares.items():
            known = self.squares.get(number, square)
            self.squares[number] = known = known + min(1.0, self.length / self.window) * (square - known)
            pace = self.plasticity.eta_backward * self.length
            scale = known + self.plasticity.power + (square if self.plasticity.bounded else 0)
            for name in (name for name in asked.by if name[0] == "k" and name[2:] == str(number)):
                self.parameters[name] += pace * asked.by[name] / scale
        return asked.cost, asked.right

    @property
    def window(self) -> float:
        """Time constant of the averages, model units."""
        return self.plasticity.averaging or 10 * self.length

    def right(self, sequences: np.ndarray, labels: np.ndarray, before: int) -> float:
        """The fraction that it tells right, without learning."""
        right = 0
        for first in range(0, len(labels), _MANY):
            cut = slice(first, first + _MANY)
            means = self.network.outputs(self.parameters, sequences[cut])[:, before:].mean(axis=1)
            right += int(np.sum(means.argmax(axis=1) == labels[cut]))
        return right / len(labels)


def built(given: argparse.Namespace) -> tuple[TaskFile, Task]:
    """The task with what was asked for."""
    document = TaskFile(Path(given.task))
    changes = {"eta_backward": given.eta_backward, "averaging": None, "bounded": True}
    if given.eligibility is not None:
        changes["eligibility"] = given.eligibility == "on"
    rule = None if given.rule == OFFLINE else given.rule
    sizes = [int(size) for size in given.sizes.split(",")] if given.sizes else None
    return document, document(rule, seed=given.seed, sizes=sizes, **changes)


def variant(given: argparse.Namespace, task: Task) -> str:
    """What the rule is called with its synapses."""
    if given.rule == OFFLINE:
        return str(OFFLINE)
    return f"{task.plasticity.rule}{'_eligibility' if task.plasticity.eligibility else ''}"


def learn(given: argparse.Namespace) -> dict[str, Any]:
    """Learn, from where an earlier run was stopped; the curve."""
    document, task = built(given)
    folder, exact = Path(given.folder), given.rule == OFFLINE
    folder.mkdir(parents=True, exist_ok=True)
    plasticity = replace(task.plasticity, eligibility=task.plasticity.eligibility and not exact)
    (sequences, labels), fresh = (material(document, part, task.step) for part in (Part.TRAIN, Part.VALIDATION))
    network = HeldNetwork(task.layers, plasticity, task.step, exact=exact, threads=given.threads)
    pupil = Pupil(network, plasticity, sequences.shape[1] * task.step, network.start())
    name, rows = f"{variant(given, task)}_{given.seed}", []
    kept = folder / f"{name}_state.npz"
    if kept.exists():
        rows = resumed(pupil, kept)
    batches, all_of = len(labels) // given.batch, np.arange(len(fresh[1]))
    before = min(round(_BEFORE / task.step), sequences.shape[1])
    for epoch in range(len(rows), given.epochs + given.following):
        quiet = before if epoch >= given.epochs else 0
        started, cost, right = time.process_time(), 0.0, 0
        order = np.random.default_rng([given.seed, epoch]).permutation(len(labels))
        for place in range(batches):
            taken = order[place * given.batch : (place + 1) * given.batch]
            batch = after_others(sequences, taken, quiet, order)
            batch_cost, batch_right = pupil.hear(batch, labels[taken], pace(given, epoch + place / batches), quiet)
            cost, right = cost + batch_cost / batches, right + batch_right
        row = {"epoch": epoch + 1, "cost": cost, "learning": right / batches / given.batch}
        row["validation"] = pupil.right(after_others(fresh[0], all_of, quiet, all_of), fresh[1], quiet)
        row["seconds"] = time.process_time() - started
        rows.append(row)
        keep(pupil, rows, kept)
        print(name, {key: round(value, 4) for key, value in row.items()}, flush=True)
    weights = {key: value for key, value in pupil.parameters.items() if key[0] in "wb"}
    np.savez(folder / f"{name}.npz", **weights)
    return {
        **{key: value for key, value in vars(given).items() if key not in ("task", "folder", "also")},
        "variant": variant(given, task),
        "parameters": int(sum(np.size(each) for each in weights.values())),
        "processor_seconds": sum(row["seconds"] for row in rows),
        "validation_accuracy": rows[-1]["validation"],
        "exam_accuracy": examined(task, weights),
        "also": {Path(path).stem: examined(TaskFile(Path(path))(), weights) for path in given.also},
        "curve": rows,
    }


def examined(task: Task, weights: Mapping[str, np.ndarray]) -> float | None:
    """The fraction of a task's exam that these weights tell right."""
    frozen = FrozenNetwork(task.layers, task.teacher, task.step, METHOD)
    own = {each.parameter: weights[each.name].reshape(each.shape) for each in task.learned if each.name in weights}
    return examine(frozen, own, task)[2]


def pace(given: argparse.Namespace, epoch: float) -> float:
    """The rate: half a cosine, and for sequences that follow one another half a cosine of a quarter."""
    if epoch < given.epochs:
        return float(given.rate * 0.5 * (1 + math.cos(math.pi * epoch / given.epochs)))
    return float(given.rate * 0.125 * (1 + math.cos(math.pi * (epoch - given.epochs) / given.following)))


def after_others(sequences: np.ndarray, taken: np.ndarray, before: int, order: np.ndarray) -> np.ndarray:
    """Some of the sequences, each after the end of the one that comes before it in an order."""
    if not before:
        return sequences[taken]
    previous = np.roll(order, 1)[np.argsort(order)[taken]]
    return np.concatenate([sequences[previous, -before:], sequences[taken]], axis=1)


def keep(pupil: Pupil, rows: list[dict[str, float]], path: Path) -> None:
    """Write what a stopped run needs to go on."""
    arrays = {
        f"{word}.{name}": value for word in ("means", "squares") for name, value in getattr(pupil.adam, word).items()
    }
    arrays |= {f"parameters.{name}": value for name, value in pupil.parameters.items()}
    arrays |= {f"layers.{number}": value for number, value in pupil.squares.items()}
    written = path.with_name(f"{path.stem}_writing.npz")
    np.savez(written, rows=json.dumps(rows), moves=pupil.adam.moves, **arrays)
    written.replace(path)


def resumed(pupil: Pupil, path: Path) -> list[dict[str, float]]:
    """Take up what was kept; the curve so far."""
    places = {"means": pupil.adam.means, "squares": pupil.adam.squares, "parameters": pupil.parameters}
    with np.load(path) as file:
        for name in file.files:
            word, _, key = name.partition(".")
            if word == "layers":
                pupil.squares[int(key)] = file[name]
            elif key:
                places[word][key] = file[name]
        pupil.adam.moves = int(file["moves"])
        rows: list[dict[str, float]] = json.loads(str(file["rows"]))
    return rows


def main(given: argparse.Namespace) -> dict[str, Any]:
    """Learn, print and write."""
    found = learn(given)
    path = Path(given.folder) / f"{found['variant']}_{given.seed}.json"
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(f"{found['variant']}, seed {given.seed}: exam {found['exam_accuracy']:.4f} right")
    return found


def asked(words: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line asks for, or these words in its place."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task")
    parser.add_argument("folder")
    parser.add_argument("--also", action="append", default=[], help="a task whose exam is sat, too; may be repeated")
    parser.add_argument("--rule", default="gle")
    parser.add_argument("--eligibility", choices=["on", "off"], help="the task's when not given")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--following", type=int, default=0, help="more epochs, in which every sequence follows another")
    parser.add_argument("--batch", type=int, default=16, help="sequences between two moves of the weights")
    parser.add_argument("--rate", type=float, default=4e-3, help="of Adam, at the start")
    parser.add_argument("--eta-backward", type=float, default=0.002, help="rate of learned backward coefficients")
    parser.add_argument("--sizes", help="neurons of the layers")
    parser.add_argument("--threads", type=int, default=1, help="cores that share a batch")
    return parser.parse_args(words)


if __name__ == "__main__":
    main(asked())
