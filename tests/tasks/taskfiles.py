"""Task files for tests: a small one of every kind, to be written with changes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

#: three inputs, two outputs, columns of CSV files
TABLE = """
[task]
name = "mine"
summary = "Two of three"
[network]
inputs = 3
layers = [
  {neurons = 4, tau_m = {geometric = [0.3, 1.0]}},
  {neurons = 2, tau_m = 0.3, activation = "linear"},
]
[learning]
rule = "gle"
eta = 0.1
eligibility = true
[data]
train = "train.csv"
exam = "exam.csv"
[schedule]
span = 60.0
"""
#: one layer that hears itself, beside a teacher that does
ECHO = """
[task]
name = "echo"
[network]
layers = [
  {neurons = 3, tau_m = 0.5},
  {neurons = 1, tau_m = 0.3, activation = "linear"},
]
recurrent = [{from = 1, to = 1, tau = 0.8}, {from = 2, to = 1, weights = {normal = 0.3}}]
[teacher]
layers = [
  {neurons = 3, tau_m = 0.5},
  {neurons = 1, tau_m = 0.3, activation = "linear"},
]
recurrent = [{from = 1, to = 1, weights = {normal = 1.0}}]
[learning]
eta = 0.1
[data]
kind = "sines"
frequencies = {geometric = [0.2, 2.0], count = 4}
variance = 1.0
[schedule]
span = 200.0
[exam]
settle = 10.0
span = 60.0
"""
#: labelled sequences
LABELS = """
[task]
name = "label"
[network]
layers = [
  {neurons = 5, tau_m = 0.5},
  {neurons = 3, tau_m = 0.3, activation = "linear"},
]
[learning]
eta = 0.1
eligibility = true
[data]
train = "train.npz"
exam = "exam.npz"
dt = 0.5
[schedule]
span = 400.0
"""


def rows(seed: int, count: int = 200, columns: int = 5, dt: float = 0.25) -> np.ndarray:
    """Times and smooth signals, the targets sums of the inputs."""
    time = dt * np.arange(count)
    phases = np.random.default_rng(seed).uniform(0, 6, (3, 2))
    inputs = np.stack([np.sin(0.7 * time + a) + 0.5 * np.sin(1.9 * time + b) for a, b in phases], axis=1)
    targets = np.stack([np.tanh(inputs[:, 0] - inputs[:, 1]), 0.5 * inputs[:, 2] + 0.1], axis=1)
    return np.column_stack([time, inputs, targets])[:, : columns + 1]


def write_csv(path: Path, table: np.ndarray, header: str = "time,a,b,c,y,z") -> None:
    """Write a table as a CSV file."""
    np.savetxt(path, table, delimiter=",", header=header, comments="", fmt="%.5g")


def with_data(folder: Path, text: str = TABLE, **changes: str) -> Path:
    """A task file beside CSV files; changes replace pieces of its text."""
    write_csv(folder / "train.csv", rows(1))
    write_csv(folder / "exam.csv", rows(2, 120))
    return written(folder, text, changes)


def written(folder: Path, text: str, changes: Mapping[str, str] | None = None) -> Path:
    """A task file; ``changes`` has new pieces of its text by old ones."""
    for old, new in (changes or {}).items():
        assert old in text, old
        text = text.replace(old, new)
    path = folder / "mine.toml"
    path.write_text(text)
    return path


def write_labels(path: Path, seed: int, count: int = 24, samples: int = 10) -> None:
    """Write noisy sequences of three kinds: low, rising, high."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, count)
    shapes = np.stack([np.full(samples, -1.0), np.linspace(-1, 1, samples), np.full(samples, 1.0)])
    np.savez(path, sequences=shapes[labels] + 0.1 * rng.normal(size=(count, samples)), labels=labels)
