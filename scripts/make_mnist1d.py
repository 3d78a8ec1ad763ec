"""MNIST-1D as a task of the tool: ``python scripts/make_mnist1d.py FOLDER [CLASS ...]`` (extra ``mnist1d``).

Ten handwritten digits as sequences of one number at a time (Greydanus and Kobak, arXiv 2011.14439), made by its
authors' package as gle-code has it: patterns that are stretched, sheared, shifted and made noisy, 4,000 to learn from
and 1,000 for the exam, 72 model units each. What networks are validated by is 2,000 sequences that the package makes
with another seed, and a second exam, which no choice was made by, of 5,000 with a third one. Writes ``train.npz``,
``validation.npz``, ``exam.npz`` and ``fresh.npz``, and beside them the task, ``mnist1d.toml``, and twice the same with
other exams, ``fresh.toml`` and ``validation.toml``: a network of the size of gle-code's with 15,000 parameters (arXiv
2403.16933), six hidden layers of 53 neurons. In its lower layers two thirds of the neurons lag and one third does not,
as in all of gle-code's; in the upper ones none does.

Given classes, the task is to tell these alone apart, by a network that a board can hold: of ``--size`` 1x5, one hidden
layer of five neurons. Sizes that follow get task files of their own, ``2x3.toml``.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

try:
    from mnist1d.data import get_dataset_args, make_dataset
except ImportError as error:
    raise SystemExit("the data are made by their authors' package: pip install 'vle-analog[mnist1d]'") from error

#: model units of a sequence
LENGTH = 72.0
CLASSES = 10


@dataclass(frozen=True)
class Shape:
    """A network, and how finely it hears.

    Attributes:
        groups: of a lagging layer, how many neurons have which time constants, of the membrane and of the look-ahead.
        lagging, prompt: hidden layers of such neurons, and above them of neurons that look ahead by all of their lag.
        first: what the neurons of the first hidden layer do with their potential.
        samples: of a sequence.
        step: of the reference, model units.
        learning: further lines of its table.
        schedule: all other tables.
    """

    groups: Sequence[tuple[int, float, float]]
    lagging: int
    prompt: int
    first: str
    samples: int
    step: float
    learning: str
    schedule: str


LARGE = Shape(
    groups=((18, 1.6, 0.8), (18, 2.4, 0.8), (17, 1.2, 1.2)),
    lagging=3,
    prompt=3,
    first="linear",  # as gle-code's
    samples=90,
    step=0.8,
    learning='eta = 1.5e-4\ncost = "cross_entropy"',
    schedule="span = 72_000.0",
)
#: of a board: what it is tuned on is 300 sequences, what it is judged by 100. At ten times that rate weights follow
#: what they heard last
SMALL = Shape(
    groups=(),
    lagging=1,
    prompt=0,
    first="tanh",
    samples=180,
    step=0.2,
    learning="eta = 3e-5",
    schedule="span = 21_600.0\nfrozen = {least = 72.0}\nsettle = {share = 0.0}",
)
#: time constants of a board's neurons, which take turns
KINDS = ((1.6, 0.8), (2.4, 0.8), (1.2, 1.2))
#: seeds of the package: the published data's, and those of what networks are validated by and of the second exam
PUBLISHED, VALIDATION, FRESH = 42, 1, 2
_TASK = """\
# MNIST-1D: which digit is it? Made by scripts/make_mnist1d.py.
[task]
name = "mnist1d"
summary = "Handwritten digits as sequences of one number at a time: which one is it?"

[network]
layers = [
{layers}]

[learning]
rule = "gle"
eligibility = true
{learning}

[data]
train = "train.npz"
validation = "validation.npz"
exam = "{exam}.npz"
order = "turns"
dt = {dt}

[schedule]
step = {step}
{schedule}

[exam]
settle = 0.0
span = {judged}
"""


def layer(neurons: int, tau_m: object, tau_r: object, activation: str) -> str:
    """A line of the network."""
    start = "weights = {normal = 1.2}, bias = {normal = 0.2}"
    return f'  {{neurons = {neurons}, tau_m = {tau_m}, tau_r = {tau_r}, activation = "{activation}", {start}}},\n'


def task(outputs: int, shape: Shape, exam: str, judged: int) -> str:
    """The task's file, with an exam of so many sequences."""
    tau_m, tau_r = ([group[place] for group in shape.groups for _ in range(group[0])] for place in (1, 2))
    layers = [layer(len(tau_m), tau_m, tau_r, "tanh" if number else shape.first) for number in range(shape.lagging)]
    layers += [layer(len(tau_m), 1.2, 1.2, "tanh")] * shape.prompt
    return _TASK.format(
        layers="".join([*layers, layer(outputs, 1.2, 1.2, "linear")]),
        dt=LENGTH / shape.samples,
        step=shape.step,
        learning=shape.learning,
        schedule=shape.schedule,
        exam=exam,
        judged=LENGTH * judged,
    )


def spread(neurons: int) -> list[tuple[int, float, float]]:
    """So many neurons, of all kinds as evenly as can be."""
    counts = [len(range(place, neurons, len(KINDS))) for place in range(len(KINDS))]
    return [(count, *kind) for count, kind in zip(counts, KINDS, strict=True) if count]


def small(size: str) -> Shape:
    """A board's network of so many hidden layers and neurons in each, as 1x5."""
    layers, neurons = map(int, size.split("x"))
    return replace(SMALL, groups=spread(neurons), lagging=layers)


def made(seed: int, samples: int, count: int = 5_000) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """So many sequences, and their labels: of the package's two parts."""
    given = get_dataset_args(as_dict=False)
    given.final_seq_length, given.seed, given.num_samples = samples, seed, count
    found = make_dataset(given)
    return {end: (np.asarray(found[f"x{end}"]), np.asarray(found[f"y{end}"])) for end in ("", "_test")}


def main(given: argparse.Namespace) -> None:
    """Write all files."""
    folder, classes = Path(given.folder), sorted(given.classes) or list(range(CLASSES))
    whole = len(classes) == CLASSES
    shape, judged, fresh = (LARGE, 1_000, 5_000) if whole else (small(given.size[0]), 100, 1_000)
    published = made(PUBLISHED, shape.samples)
    sets = {"train": published[""], "exam": published["_test"]}
    for name, seed, count in (("validation", VALIDATION, 2_000), ("fresh", FRESH, 5_000)):
        parts = made(seed, shape.samples, count).values()
        sets[name] = tuple(np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    folder.mkdir(parents=True, exist_ok=True)
    for name, (sequences, labels) in sets.items():
        kept = np.isin(labels, classes)
        numbers = np.searchsorted(classes, labels[kept])
        np.savez(folder / f"{name}.npz", sequences=sequences[kept].astype(np.float32), labels=numbers)
    exams = (("mnist1d", "exam", judged), ("fresh", "fresh", fresh), ("validation", "validation", 500))
    for name, exam, count in exams:
        (folder / f"{name}.toml").write_text(task(len(classes), shape, exam, count), encoding="utf-8")
    for size in [] if whole else given.size:
        (folder / f"{size}.toml").write_text(task(len(classes), small(size), "exam", judged), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("classes", nargs="*", type=int)
    parser.add_argument("--size", action="append", help="hidden layers and neurons in each; may be repeated")
    given = parser.parse_args()
    given.size = given.size or ["1x5"]
    main(given)
