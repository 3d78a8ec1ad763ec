"""Boards that an earlier study did not finish, run batch by batch and kept as they come."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from functools import partial

from vle_analog.fleet.blueprint import Blueprint, run_boards
from vle_analog.fleet.store import Store
from vle_analog.lab.executor import Executor, Tally, Threads

#: boards that run side by side, unless an executor wants other numbers
BATCH = 64


def finished(
    blueprint: Blueprint, store: Store, numbers: Sequence[int], executor: Executor, tell: Callable[[float], None]
) -> Generator[None]:
    """Run those boards that a store does not have; at each step it has one more batch. Close it to run no more.

    Args:
        blueprint: what they are boards of.
        store: where they are kept.
        numbers: of all boards that are wanted.
        executor: runs them.
        tell: told the fraction that is done.

    Raises:
        CircuitError: what the engine cannot run.
        OutputError: the store's folder cannot be written.
    """
    missing = [number for number in numbers if number not in store.samples]
    size = executor.batch(BATCH)
    batches = [tuple(missing[at : at + size]) for at in range(0, len(missing), size)]
    tally = Tally(len(numbers), len(numbers) - len(missing), tell)
    # workers elsewhere have no such folder
    work = partial(run_boards, folder=store.folder) if isinstance(executor, Threads) else run_boards
    with closing(executor.run(work, blueprint, batches, tally.went)) as results:
        for batch, boards in results:
            store.add(*boards)
            tally.finished(batch)
            yield
