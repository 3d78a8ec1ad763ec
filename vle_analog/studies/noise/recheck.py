"""Some boards of a noise study once more in ngspice, whose sampled noise is of the same strength, not the same numbers.

The engine draws its noise step by step from counters, ngspice plays samples from files: two realisations. So what
should agree is what noise does on the average, losses, verdicts and the signal-to-noise ratio, not one waveform with
another.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from vle_analog.circuit.circuit import Circuit
from vle_analog.compare.criterion import Criterion
from vle_analog.fleet.blueprint import Blueprint
from vle_analog.fleet.cases import Cases, batch
from vle_analog.fleet.nonidealities import NOISE, Scales, built
from vle_analog.fleet.recheck import NgspiceRun, compared, rechecked, simulate
from vle_analog.fleet.sample import Sample
from vle_analog.lab.lab import Lab
from vle_analog.production.draws import draw
from vle_analog.studies.noise.result import NoiseCheck

#: of a level's noise, what is left of it in a run that counts as silent
_HARDLY = 1e-6


def checked(
    cases: Cases,
    runs: Sequence[tuple[Scales, int]],
    number: int,
    criterion: Criterion,
    folder: Path | None,
    lab: Lab,
) -> list[NoiseCheck]:
    """A random subset of a study's boards and levels, in ngspice too; those of an earlier study are read.

    Args:
        cases: what the engine came to.
        runs: cases and boards of all levels.
        number: how many of these.
        criterion: of good boards.
        folder: where finished ones are kept and found again; nowhere when None.
        lab: runs them.

    Raises:
        SimulationError: ngspice failed; what was finished is kept.
        OutputError: the folder cannot be written.
    """
    chosen = sorted(sorted(runs, key=_order)[:number], key=_place)
    work = partial(
        simulate,
        batch(cases.blueprint, chosen),
        silent=partial(_silent, cases.blueprint, chosen),
        simulator=lab.simulator,
    )
    files = {}
    for place, (scale, board) in enumerate(map(_place, chosen)):
        # "-noise-" were held against runs of other steps
        files[place] = f"ngspice-{board:06d}-level-{scale:g}.json"
    theirs = rechecked(work, files, folder, lab)
    return [_against(cases, run, theirs[place], criterion) for place, run in enumerate(chosen)]


def _silent(blueprint: Blueprint, runs: Sequence[tuple[Scales, int]], place: int) -> Circuit:
    """One board with hardly any noise of its parts: ngspice takes other steps without, which would count as noise."""
    case, board = runs[place]
    without = tuple((name, scale * _HARDLY if name == NOISE.name else scale) for name, scale in case)
    return built(blueprint.asked.production, blueprint.circuit, board, without)


def _against(cases: Cases, run: tuple[Scales, int], theirs: NgspiceRun, criterion: Criterion) -> NoiseCheck:
    """One board and level: the engine's outcome against ngspice's."""
    case, board = run
    (outcome,) = cases.there(case, [board])
    variance = cases.blueprint.variance
    loss = None if outcome.loss is None else outcome.loss * variance
    check = compared(Sample(board, loss, outcome.accuracy), theirs, criterion, variance)
    return NoiseCheck(_place(run)[0], check, (outcome.signal_to_noise, theirs.signal_to_noise))


def _place(run: tuple[Scales, int]) -> tuple[float, int]:
    """Level and board."""
    case, board = run
    return dict(case)[NOISE.name], board


def _order(run: tuple[Scales, int]) -> tuple[float, float, int]:
    """A random order, which depends on level and board alone."""
    scale, board = _place(run)
    return draw(board, f"check/{scale!r}"), scale, board
