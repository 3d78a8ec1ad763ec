"""How much work something is, whatever the machine: bounds on it hold on slow and on busy ones."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

#: what takes less, in seconds, is little work anywhere
LITTLE = 0.1


def _yardstick() -> float:
    """Processor seconds of a million turns of a loop: some 0.05 s."""
    start = time.process_time()
    total = 0
    for k in range(1_000_000):
        total += k
    return time.process_time() - start


@contextmanager
def effort_below(bound: float) -> Iterator[None]:
    """Hold the processor time of what is done within to a multiple of that of a million turns of a loop.

    Raises:
        AssertionError: where it takes longer.
    """
    start = time.process_time()
    yield
    taken = time.process_time() - start
    assert taken < LITTLE or taken < bound * _yardstick()
