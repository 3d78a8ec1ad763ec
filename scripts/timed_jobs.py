"""Jobs that tell what they took: a worker finds them here, wherever it runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from vle_analog.fleet.blueprint import Blueprint, run_boards
from vle_analog.reference.integrator import Integrator


def boards(
    blueprint: Blueprint, numbers: tuple[int, ...], threads: int, tell: Callable[[float], None]
) -> dict[str, Any]:
    """A batch of boards: seconds by the clock and of the processor, and the samples."""
    before, spent = time.time(), time.process_time()
    samples, _ = run_boards(blueprint, numbers, threads, tell)
    return {"from": before, "until": time.time(), "processor": time.process_time() - spent, "samples": samples}


def nothing(blueprint: Blueprint, numbers: tuple[int, ...], threads: int, tell: Callable[[float], None]) -> int:
    """A batch that is there and does nothing."""
    return len(numbers)


def march(integrator: Integrator, inputs: np.ndarray, times: int) -> None:
    """The reference, over and over."""
    steps = np.full(len(inputs) - 1, 0.01)
    for _ in range(times):
        integrator.march(integrator.initial(), inputs, steps)
