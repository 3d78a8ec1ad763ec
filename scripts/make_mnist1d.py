"""MNIST-1D as a task of the tool: ``python scripts/make_mnist1d.py FOLDER [CLASS ...]`` (extra ``mnist1d``).

Ten handwritten digits as sequences of one number at a time (Greydanus and Kobak, arXiv 2011.14439), made by its
authors' package as gle-code has it: patterns that are stretched, sheared, shifted and made noisy, 4,000 to learn from
and 1,000 for the exam, 72 model units each. Writes ``train.npz``, ``exam.npz`` and the task beside them,
``mnist1d.toml``: a network of the size of gle-code's with 15,000 parameters (arXiv 2403.16933), six hidden layers of 53
neurons. In its lower layers two thirds of the neurons lag and one third does not, as in all of gle-code's; in the upper
ones none does.

Given classes, the task is to tell these alone apart, by a network that a board can hold.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
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
        samples: of a sequence.
        step: of the reference, model units.
        learning: further lines of its table.
        schedule: all other tables.
    """

    groups: Sequence[tuple[int, float, float]]
    lagging: int
    prompt: int
    samples: int
    step: float
    learning: str
    schedule: str


LARGE = Shape(
    groups=((18, 1.6, 0.8), (18, 2.4, 0.8), (17, 1.2, 1.2)),
    lagging=3,
    prompt=3,
    samples=90,
    step=0.8,
    learning='eta = 1.5e-4\ncost = "cross_entropy"',
    schedule="span = 72_000.0",
)
#: of a board: what it is tuned on is 30 sequences, what it is judged by 40
SMALL = Shape(
    groups=((4, 1.6, 0.8), (4, 2.4, 0.8), (4, 1.2, 1.2)),
    lagging=3,
    prompt=0,
    samples=180,
    step=0.2,
    learning="eta = 1e-4",
    schedule="span = 2_232.0\nfrozen = {least = 72.0}\nsettle = {share = 0.0}",
)
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
exam = "exam.npz"
hold_out = 0.1
dt = {dt}

[schedule]
step = {step}
{schedule}

[exam]
settle = 0.0
span = {exam}
"""


def layer(neurons: int, tau_m: object, tau_r: object, activation: str) -> str:
    """A line of the network."""
    start = "weights = {normal = 1.2}, bias = {normal = 0.2}"
    return f'  {{neurons = {neurons}, tau_m = {tau_m}, tau_r = {tau_r}, activation = "{activation}", {start}}},\n'


def task(outputs: int, shape: Shape, exam: int) -> str:
    """The task's file, with an exam of so many sequences. The first hidden layer is linear, as gle-code's is."""
    tau_m, tau_r = ([group[place] for group in shape.groups for _ in range(group[0])] for place in (1, 2))
    layers = [layer(len(tau_m), tau_m, tau_r, "tanh" if number else "linear") for number in range(shape.lagging)]
    layers += [layer(len(tau_m), 1.2, 1.2, "tanh")] * shape.prompt
    return _TASK.format(
        layers="".join([*layers, layer(outputs, 1.2, 1.2, "linear")]),
        dt=LENGTH / shape.samples,
        step=shape.step,
        learning=shape.learning,
        schedule=shape.schedule,
        exam=LENGTH * exam,
    )


def main(folder: Path, classes: Sequence[int]) -> None:
    """Write all files."""
    shape, most = (LARGE, 1_000) if len(classes) == CLASSES else (SMALL, 40)
    given = get_dataset_args(as_dict=False)
    given.final_seq_length = shape.samples
    made = make_dataset(given)
    folder.mkdir(parents=True, exist_ok=True)
    for name, end in (("train", ""), ("exam", "_test")):
        sequences, labels = np.asarray(made[f"x{end}"]), np.asarray(made[f"y{end}"])
        kept = np.isin(labels, classes)
        found = np.searchsorted(classes, labels[kept])
        np.savez(folder / f"{name}.npz", sequences=sequences[kept].astype(np.float32), labels=found)
    (folder / "mnist1d.toml").write_text(task(len(classes), shape, most), encoding="utf-8")


if __name__ == "__main__":
    if not sys.argv[1:]:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]), sorted(map(int, sys.argv[2:])) or range(CLASSES))
