"""How much noise boards stand: tables and sentences."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from vle_analog.compare.signal_to_noise import decibels, effective_bits
from vle_analog.design.built import equations_of
from vle_analog.report.report import Report, Table
from vle_analog.studies.noise.result import Level, NoiseCheck, NoiseLevels
from vle_analog.studies.noise.words import scale_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def report(study: NoiseLevels) -> Report:
    """What is told of the noise that boards stand."""
    return Report(
        "noise",
        f"Noise that boards of {study.task}, {study.mode}, stand",
        study.record(),
        [_table(study)],
        _sentences(study),
        lambda: _figures(study),
        details=[_checks(study)] if study.checks else [],
        equations=equations_of(study.built),
    )


def _figures(study: NoiseLevels) -> Mapping[str, Figure]:
    from vle_analog.studies.noise.figure import figure  # matplotlib takes long to load

    return {"noise": figure(study)}


def _table(study: NoiseLevels) -> Table:
    """The ideal board, the boards without noise, level by level."""
    answers = bool(study.quiet.accuracies)
    learns = study.mode != "deploy"
    header = ["noise", "signal to noise", "bits", "loss, median", "range"]
    header += ["loss, noise off in the exam"] * learns + ["right", "range"] * answers + ["good boards", "95 % interval"]
    ideal = ["ideal board", "", "", _number(study.ideal.loss), ""] + [""] * learns
    ideal += [_percent(study.ideal.accuracy), ""] if answers else []
    rows = [[*ideal, "", ""], *(_row(level, learns, answers) for level in (study.quiet, *study.levels))]
    return Table(f"{study.task}, {study.mode}: boards against noise, over what the parts make", header, rows)


def _row(level: Level, learns: bool, answers: bool) -> list[str]:
    """One level, with the columns that the mode and the task have."""
    ratio, right = level.signal_to_noise, level.accuracies
    name = f"{scale_text(level.scale)} times" if level.scale else "none"
    row = [name, _decibels(ratio), _bits(ratio), _number(level.case.median), _range(level.case.losses, _number)]
    row += [_number(level.silent) if level.scale else ""] * learns
    row += [_percent(level.case.accuracy), _range(right, _percent)] if answers else []
    interval = " to ".join(f"{100 * end:.0f}" for end in level.interval)
    return [*row, f"{level.good} of {len(level.outcomes)}", f"{interval} %"]


def _checks(study: NoiseLevels) -> Table:
    """Boards that ran in ngspice, too."""
    header = ["noise", "board", "loss: engine", "ngspice", "signal to noise: engine", "ngspice", "agree"]
    rows = []
    for check in study.checks:
        engine, ngspice = _losses(study, check)
        ratios = [_decibels(ratio) for ratio in check.signal_to_noise]
        name, agree = f"{scale_text(check.scale)} times", "yes" if check.check.agrees else "no"
        rows.append([name, str(check.check.board), _number(engine), _number(ngspice), *ratios, agree])
    return Table("In ngspice", header, rows)


def _sentences(study: NoiseLevels) -> list[str]:
    """Sentences that say what it comes to, the answer first."""
    holds, fails, boards = study.holds, study.fails, len(study.quiet.outcomes)
    what = f"{study.task}, {study.mode}"
    if holds is None and fails is not None:
        answer = f"fails at {_said(fails)} already, the least that was tried"
    elif holds is None:
        answer = "no level is finished"
    elif fails is None:
        answer = f"stands {_said(holds)}, the most that was tried"
    else:
        answer = f"stands {_said(holds)}, fails at {_said(fails)}"
    said = [f"{what}: {answer}"] + ([] if study.complete else ["interrupted: not all levels are there"])
    said.append(
        f"good boards have {study.criterion}; it fails where fewer than half of those that are good without noise are "
        f"good ({study.quiet.good} of {boards})"
    )
    said.append(
        f"{study.measured}: ideal board {_number(study.ideal.loss)}, boards without noise "
        f"{_number(study.quiet.case.median)} (median)"
    )
    if study.criterion.of_task and study.mode != "deploy" and fails is not None and fails.silent is not None:
        said.append(
            f"where it fails, boards have a loss of {_number(fails.case.median)}, and {_number(fails.silent)} once "
            f"noise is switched off in the exam: {_blame(study, fails)}"
        )
    output = "output, weights held" if study.criterion.of_task else "first output"
    said.append(
        f"signal to noise at the {output}, up to a quarter of the simulation's steps per second; bits: "
        "(dB - 1.76)/6.02; twice the noise costs 6 dB, one bit"
    )
    return [*said, *_checked(study)]


def _said(level: Level) -> str:
    """A level as one reads it, with what it does to the output."""
    ratio = level.signal_to_noise
    times = "the parts' own noise" if level.scale == 1 else f"{scale_text(level.scale)} times the parts' noise"
    return times if ratio is None else f"{times} ({_decibels(ratio)}, {_bits(ratio)} bits at the output)"


def _blame(study: NoiseLevels, level: Level) -> str:
    """Whether noise spoils what is learned or the reading of it."""
    quiet, loud, silent = study.quiet.case.median, level.case.median, level.silent or 0.0
    if not (math.isfinite(loud) and loud > quiet):
        return "noise is not what costs"
    share = (silent - quiet) / (loud - quiet)
    if share > 2 / 3:
        return "mostly learning suffers"
    return "mostly the output does, not what is learned" if share < 1 / 3 else "learning and the output both suffer"


def _checked(study: NoiseLevels) -> list[str]:
    if not study.checks:
        return ["no board was checked in ngspice (--check M does, at length)"]
    agree = sum(check.check.agrees for check in study.checks)
    pairs = [_losses(study, check) for check in study.checks]
    ratios = [engine / ngspice for engine, ngspice in pairs if engine is not None and ngspice]
    apart = [
        abs(10 * math.log10(engine / ngspice))
        for engine, ngspice in (check.signal_to_noise for check in study.checks)
        if engine and ngspice
    ]
    said = f"in ngspice, too ({len(study.checks)} boards and levels, a random subset): {agree} verdicts agree"
    said += f"; losses, engine over ngspice, {min(ratios):.3g} to {max(ratios):.3g}" if ratios else ""
    said += f"; signal to noise differs by at most {max(apart):.2g} dB" if apart else ""
    return [said, "its noise is of the same densities, not the same numbers: statistics are what can agree"]


def _losses(study: NoiseLevels, check: NoiseCheck) -> tuple[float | None, float | None]:
    """A checked board's loss over variance, the engine's and ngspice's."""
    theirs = None if check.check.loss is None else check.check.loss / study.variance
    if theirs is None or check.check.loss_error is None:
        return None, theirs
    return theirs * (1 + check.check.loss_error), theirs


def _range(values: Any, word: Callable[[float], str]) -> str:
    numbers = np.asarray(values, float)
    low, high = (word(float(end)) for end in (numbers.min(), numbers.max()))
    return low if low == high else f"{low} to {high}"


def _decibels(ratio: float | None) -> str:
    level = decibels(ratio)
    return "" if level is None else f"{level:.1f} dB"


def _bits(ratio: float | None) -> str:
    bits = effective_bits(ratio)
    return "" if bits is None else f"{bits:.1f}"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.4g} %"


def _number(value: float | None) -> str:
    return "not finite" if value is None or not math.isfinite(value) else f"{value:.3g}"
