"""Some boards of a noise study once more in ngspice, whose sampled noise is of the same strength, not the same numbers.

The engine draws its noise step by step from counters, ngspice plays samples from files: two realisations. So what
should agree is what noise does on the average, losses, verdicts and the signal-to-noise ratio, not one waveform with
another.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from vle_analog.circuit.circuit import Circuit
from vle_analog.compare.criterion import Criterion
from vle_analog.fleet.cases import Batch, Cases
from vle_analog.fleet.nonidealities import NOISE, Scales, built
from vle_analog.fleet.recheck import compared, in_ngspice, simulate
from vle_analog.fleet.sample import Sample
from vle_analog.lab.executor import Executor
from vle_analog.lab.folder import write_whole
from vle_analog.lab.store import read_kept
from vle_analog.production.draws import draw
from vle_analog.studies.noise.result import NoiseCheck


def checked(
    cases: Cases,
    runs: Sequence[tuple[Scales, int]],
    number: int,
    criterion: Criterion,
    folder: Path | None = None,
    crew: Executor | int | None = None,
    progress: Callable[[float, float], None] | None = None,
) -> list[NoiseCheck]:
    """A random subset of a study's boards and levels, in ngspice too; those of an earlier study are read.

    Args:
        cases: what the engine found.
        runs: of all levels.
        number: how many of them.
        criterion: of good boards.
        folder: where finished ones are kept and found again; nowhere when None.
        crew: a cluster, or how many processes of ngspice; one per core when None.
        progress: told what is done of how much.

    Raises:
        SimulationError: ngspice failed; what was finished is kept.
        OutputError: the folder cannot be written.
    """
    wanted = sorted(sorted(runs, key=_order)[:number], key=_place)
    batch = Batch.of(cases.made, wanted)
    found: dict[int, Any] = {}

    def file(place: int) -> str:
        scale, board = _place(wanted[place])
        return f"ngspice-{board:06d}-noise-{scale:g}.json"

    def keep(place: int, result: Any) -> None:
        found[place] = result
        if folder is not None:
            write_whole(folder, {file(place): json.dumps(result, allow_nan=False) + "\n"})

    def whole(record: Any) -> Any:
        if not {"loss", "accuracy", "learned", "seconds", "signal_to_noise"} <= record.keys():
            raise ValueError
        return record

    for place in range(len(wanted)):
        if folder is not None and (record := read_kept(folder / file(place), whole)) is not None:
            found[place] = record
    missing = [place for place in range(len(wanted)) if place not in found]
    if missing:
        work = partial(simulate, batch, silent=partial(_silent, batch))
        in_ngspice(work, missing, crew, keep, progress)
    return [_against(cases, run, found[place], criterion) for place, run in enumerate(wanted)]


def _silent(batch: Batch, place: int) -> Circuit:
    """One board without the noise of its parts."""
    case, board = batch.cases[place]
    return built(batch, board, tuple(each for each in case if each[0] != NOISE.name))


def _against(cases: Cases, run: tuple[Scales, int], found: Any, criterion: Criterion) -> NoiseCheck:
    case, board = run
    (outcome,) = cases.there(case, [board])
    variance = cases.made.variance
    loss = None if outcome.loss is None else outcome.loss * variance
    check = compared(Sample(board, loss, outcome.accuracy), found, criterion, variance)
    return NoiseCheck(_place(run)[0], check, (outcome.signal_to_noise, found["signal_to_noise"]))


def _place(run: tuple[Scales, int]) -> tuple[float, int]:
    """Level and board."""
    case, board = run
    return dict(case)[NOISE.name], board


def _order(run: tuple[Scales, int]) -> tuple[float, float, int]:
    """A random one, that depends on level and board alone."""
    scale, board = _place(run)
    return draw(board, f"check/{scale!r}"), scale, board
