"""Yield of boards as tables and sentences; and one board's files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from vle_analog.compare.criterion import ACCURACY, LOSS, without_value
from vle_analog.compare.influence import by_chance
from vle_analog.design.built import equations_of
from vle_analog.fleet.part_words import part_words
from vle_analog.report.report import Report, Table
from vle_analog.studies.montecarlo.lessons import LessonYields, lessons_report
from vle_analog.studies.montecarlo.result import QUANTILES, OneBoard, Yield
from vle_analog.studies.montecarlo.words import amount, named
from vle_analog.tasks.weights import LEARNED
from vle_analog.units import several

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: draws of lots and boards, and parts, that are named
_LEVELS, _PARTS = 5, 5
_NAMES = {0.0: "best", 0.5: "median", 1.0: "worst"}
_WORDS = {ACCURACY: "right answers"}


def report(result: Yield | LessonYields | OneBoard) -> Report:
    """What is told of boards, of boards by lessons, or of one board that is written out."""
    if isinstance(result, OneBoard):
        return _files(result)
    if isinstance(result, LessonYields):
        return lessons_report(result)
    state = "" if result.complete else ", interrupted"
    return Report(
        "montecarlo",
        f"Boards of {result.task}, {result.mode}: {len(result.samples)} of them{state}",
        result.record(),
        [_quantiles(result)],
        _sentences(result),
        lambda: _figures(result),
        details=[table for table in (_worst(result), _parts(result), _checks(result)) if table.rows],
        files={LEARNED: _learned(result)} if result.parameters else {},
        equations=equations_of(result.built),
    )


def _learned(study: Yield) -> str:
    """What every board learned, a row each, for another network to start with."""
    rows = [",".join(["board", *study.parameters])]
    for sample in study.samples:
        values = ("" if value is None else repr(value) for value in sample.learned)
        rows.append(",".join([str(sample.board), *values]))
    return "\n".join([*rows, ""])


def _files(board: OneBoard) -> Report:
    """A netlist, its side files, and a table of parts; nothing else is written."""
    name = f"board-{board.number}"
    return Report(
        name,
        f"Board {board.number}",
        sentences=[f"board {board.number}: its netlist {name}.cir, its parts {name}.csv"],
        files={**board.deck.files, f"{name}.csv": board.parts, f"{name}.cir": board.deck.text},
    )


def _figures(study: Yield) -> Mapping[str, Figure]:
    from vle_analog.studies.montecarlo.figure import figure  # matplotlib takes long to load

    return {"montecarlo": figure(study)}


def _quantiles(study: Yield) -> Table:
    """Loss and right answers, from the best to the worst board."""
    header = ["boards", *(_NAMES.get(q, f"{100 * q:g} %") for q in QUANTILES)]
    rows = []
    for name, values in study.distributions().items():
        texts = [amount(name, value) for value in values.values()]
        rows.append([_WORDS.get(name, study.measured), *(reversed(texts) if name == ACCURACY else texts)])
    return Table(f"{study.task}, {study.mode}: boards, best to worst", header, rows)


def _worst(study: Yield) -> Table:
    """The worst boards, by their numbers."""
    answers = [] if study.accuracies is None else ["right"]
    rows = []
    for row in map(study.row, study.worst):
        right = [amount(ACCURACY, row["accuracy"]) for _ in answers]
        rows.append([str(row["board"]), amount(LOSS, row["loss"]), *right, "yes" if row["good"] else "no"])
    return Table("Worst boards", ["board", study.measured, *answers, "good"], rows)


def _parts(study: Yield) -> Table:
    """The parts that go most along with the loss."""
    header = ["part", "in the netlist", "deviation", "|deviation|"]
    words = part_words(study.built)
    rows = [
        [words.get(part.name, part.name), part.name, f"{part.signed:+.3f}", f"{part.absolute:+.3f}"]
        for part in study.parts
    ]
    return Table(f"Parts by the rank correlation of their deviation with {study.subject}", header, rows)


def _checks(study: Yield) -> Table:
    """Boards that ran in ngspice, too."""
    rows = []
    for check in study.checks:
        right = "" if check.accuracy is None else amount(ACCURACY, check.accuracy)
        apart = "" if check.loss_error is None else f"{100 * check.loss_error:+.2g} %"
        error = "" if check.weights_nrmse is None else f"{100 * check.weights_nrmse:.2g} %"
        agree = "yes" if check.agrees else "no"
        rows.append([str(check.board), amount(LOSS, study.over(check.loss)), right, agree, apart, error])
    header = ["board", study.measured, "right", "verdicts agree", "off by", "learned off by"]
    return Table("In ngspice", header, rows)


def _sentences(study: Yield) -> list[str]:
    """Sentences that say what the yield comes to."""
    if study.yielded is None:
        return ["no board is finished"]
    low, high = study.interval
    good = sum(study.verdicts)
    said = [
        f"yield {100 * study.yielded:.3g} % ({good} of {len(study.samples)} boards; 95 % interval {100 * low:.3g} to "
        f"{100 * high:.3g} %), {study.criterion}"
        + ("" if study.complete else "; interrupted, not all boards are there")
    ]
    if study.not_finite:
        said.append(f"{several(study.not_finite, 'board')} {without_value(study.measured)}; each counts as bad")
    said.append(f"worst boards, by number: {', '.join(str(sample.board) for sample in study.worst)}")
    said += [_strongest(study)] if study.parts else []
    said += [_common(study)] if study.levels else []
    said += [_unseen(study)] if study.unseen else []
    return [*said, _checked(study)]


def _unseen(study: Yield) -> str:
    """Which figures behind the yield nobody saw in a sheet."""
    parts = "; ".join(f"{part}: {', '.join(figures)}" for part, figures in study.unseen.items())
    return f"what scatters by figures that are remembered or assumed, not seen in a sheet: {parts}"


def _strongest(study: Yield) -> str:
    """Parts that tell good boards from bad ones, if any do."""
    words = part_words(study.built)
    strongest = ", ".join(f"{named(part, words)} {part.value:+.2f}" for part in study.parts[:_PARTS])
    chance = by_chance(len(study.samples), 2 * study.counted)
    stand_out = "" if abs(study.parts[0].value) > chance else "; none stands out"
    return (
        f"parts whose deviation, or |deviation|, goes along with {study.subject} (rank correlation): {strongest}; of "
        f"{study.counted} parts without influence the strongest would reach about {chance:.2f}{stand_out}"
    )


def _common(study: Yield) -> str:
    """What lots, boards and temperature do."""
    strongest = sorted(study.levels.items(), key=lambda level: (-abs(level[1]), level[0]))[:_LEVELS]
    chance = by_chance(len(study.samples), len(study.levels))
    levels = ", ".join(f"{name} {value:+.2f}" for name, value in strongest)
    more = f" (of {len(study.levels)} draws)" if len(study.levels) > _LEVELS else ""
    return f"what lots, boards and temperature have in common{more}, likewise: {levels}; by chance about {chance:.2f}"


def _checked(study: Yield) -> str:
    """How engine and ngspice agree."""
    if not study.checks:
        return "no board was checked in ngspice (--check M does, at length)"
    agree = sum(check.agrees for check in study.checks)
    errors = [check.weights_nrmse for check in study.checks if check.weights_nrmse is not None]
    apart = [abs(check.loss_error) for check in study.checks if check.loss_error is not None]
    differs = "losses differ" if study.criterion.of_task else f"{study.measured} differs"
    off = f"; {differs} by at most {100 * max(apart):.2g} %" if apart else ""
    off += f", learned values by at most {100 * max(errors):.2g} % of their range" if errors else ""
    numbers = ", ".join(str(check.board) for check in study.checks)
    return f"in ngspice, too (boards {numbers}, a random subset): {agree} of {len(study.checks)} verdicts agree{off}"
