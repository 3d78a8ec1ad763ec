"""The data of the task ``grasp``: ``python scripts/make_grasp.py`` writes the files of ``circuits/tasks/grasp/`` anew.

Three forces as sensors in a fingertip would feel them (noise below 0.3 cycles per model unit), and what a hand shall
make of them: how hard to grip (a saturating, lagging sum of two forces less the third) and how fast to lift (slower,
of the other sign).
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from scipy.signal import lfilter

from vle_analog.generators import noise

#: model units of each file, and the seed of its forces
FILES = {"train": (400.0, 1), "validation": (100.0, 2), "exam": (150.0, 3)}
#: model units between two rows, and the finer steps of the lags
ROW, STEP = 0.25, 0.01


def lagged(x: np.ndarray, tau: float) -> np.ndarray:
    """A leaky integrator's output."""
    kept = np.exp(-STEP / tau)
    return np.asarray(lfilter([1 - kept], [1, -kept], x))


def main(folder: Path) -> None:
    """Write all files."""
    for name, (span, seed) in FILES.items():
        rows = np.arange(0.0, span + ROW / 2, ROW)
        forces = np.stack([noise(0.6, 0.3, 10 * seed + number)(rows) for number in range(3)])
        fine = np.arange(0.0, span + STEP / 2, STEP)
        a, b, c = (np.interp(fine, rows, force) for force in forces)
        grip, lift = lagged(np.tanh(a + 0.8 * b - 0.5 * c), 0.6), lagged(0.7 * np.tanh(c - a), 1.5)
        table = np.column_stack([rows, *forces, np.interp(rows, fine, grip), np.interp(rows, fine, lift)])
        head = "time,thumb,index,palm,grip,lift"
        folder.mkdir(parents=True, exist_ok=True)
        np.savetxt(folder / f"{name}.csv", table, fmt=["%.2f"] + ["%.4f"] * 5, delimiter=",", header=head, comments="")


if __name__ == "__main__":
    given = [each for each in sys.argv[1:] if not each.startswith("--")]
    main(Path(given[0]) if given else Path(__file__).parents[1] / "circuits" / "tasks" / "grasp")
