"""MNIST-1D as a task of the tool: ``python scripts/make_mnist1d.py FOLDER [CLASS ...]`` (extra ``mnist1d``).

Ten handwritten digits as sequences of one number at a time (Greydanus and Kobak, arXiv 2011.14439), made by its
authors' package as gle-code has it: patterns that are stretched, sheared, shifted and made noisy, 4,000 to learn from
and 1,000 for the exam, 72 model units each. Writes ``train.npz``, ``exam.npz`` and the task beside them,
``mnist1d.toml``: a network of gle-code's shape (arXiv 2403.16933, its MNIST-1D network of 15,000 parameters), six
hidden layers of 53 neurons, of which two thirds lag and one third does not. Given classes, the task is to tell these
alone apart.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

try:
    from mnist1d.data import get_dataset_args, make_dataset
except ImportError as error:
    raise SystemExit("the data are made by their authors' package: pip install 'vle-analog[mnist1d]'") from error

#: model units of a sequence, and how many samples it has
LENGTH, SAMPLES = 72.0, 180
CLASSES = 10
#: hidden layers, and in each one how many neurons have which time constants, of the membrane and of the look-ahead
LAYERS, GROUPS = 6, ((18, 0.6, 0.4), (18, 1.2, 0.4), (17, 1.2, 1.2))
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
eta = 1.5e-4

[data]
train = "train.npz"
exam = "exam.npz"
hold_out = 0.1
dt = {dt}

[schedule]
span = 72_000.0
step = {dt}

[exam]
settle = 0.0
"""


def layer(neurons: int, tau_m: object, tau_r: object, activation: str) -> str:
    """A line of the network."""
    start = "weights = {normal = 1.2}, bias = {normal = 0.2}"
    return f'  {{neurons = {neurons}, tau_m = {tau_m}, tau_r = {tau_r}, activation = "{activation}", {start}}},\n'


def task(outputs: int, layers: int = LAYERS, groups: Sequence[tuple[int, float, float]] = GROUPS) -> str:
    """The task's file. The first hidden layer is linear, as gle-code's is."""
    tau_m, tau_r = ([group[place] for group in groups for _ in range(group[0])] for place in (1, 2))
    hidden = [layer(len(tau_m), tau_m, tau_r, "tanh" if number else "linear") for number in range(layers)]
    top = layer(outputs, 1.2, 1.2, "linear")
    return _TASK.format(layers="".join([*hidden, top]), dt=LENGTH / SAMPLES)


def main(folder: Path, classes: Sequence[int]) -> None:
    """Write all files."""
    given = get_dataset_args(as_dict=False)
    given.final_seq_length = SAMPLES
    made = make_dataset(given)
    folder.mkdir(parents=True, exist_ok=True)
    for name, end in (("train", ""), ("exam", "_test")):
        sequences, labels = np.asarray(made[f"x{end}"]), np.asarray(made[f"y{end}"])
        kept = np.isin(labels, classes)
        found = np.searchsorted(classes, labels[kept])
        np.savez(folder / f"{name}.npz", sequences=sequences[kept].astype(np.float32), labels=found)
    (folder / "mnist1d.toml").write_text(task(len(classes)), encoding="utf-8")


if __name__ == "__main__":
    if not sys.argv[1:]:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]), sorted(map(int, sys.argv[2:])) or range(CLASSES))
