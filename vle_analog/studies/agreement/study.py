"""The compiled engine held to ngspice: random boards of a design in both, their exams, what they learn on the way."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from vle_analog.compare.metrics import interpolate
from vle_analog.engine.boards import Boards, of_board
from vle_analog.engine.engine import Engine
from vle_analog.errors import UsageError
from vle_analog.fleet.blueprint import Line, line
from vle_analog.fleet.sample import Sample
from vle_analog.lab.folder import write_whole
from vle_analog.lesson.chip import Chip
from vle_analog.lesson.student import ChipStudent, opened
from vle_analog.production.memory import driven
from vle_analog.stimulus import Constant, Stimulus
from vle_analog.studies.agreement.result import Account, BoardAgreement, agreement
from vle_analog.studies.montecarlo.study import MonteCarlo
from vle_analog.waveforms import Waveforms

#: marks on the way at which what was learned is compared, besides the start
MARKS = 20
#: outputs of neurons
_NEURON = re.compile(r"r\d+(_\d+)?")
#: told a board's number and the fraction of all work that is done
Progress = Callable[[int, float], None]


@dataclass(frozen=True)
class Comparison:
    """Boards to run in both simulators.

    Attributes:
        plan: what they are boards of, and the criterion of good ones.
        boards: their numbers.
        exam: how much of the task's exam they take, model units; all of it when None.
        finer: ngspice's step bound is the engine's step over this.
    """

    plan: MonteCarlo
    boards: Sequence[int]
    exam: float | None = None
    finer: float = 1


def random_boards(seed: int, number: int, most: int = 1_000_000) -> list[int]:
    """Numbers of boards drawn at random, ascending."""
    return sorted(int(each) for each in np.random.default_rng(seed).choice(most, number, replace=False))


def compare_boards(asked: Comparison, folder: Path | None = None, tell: Progress | None = None) -> list[BoardAgreement]:
    """Run the boards in the engine, and in ngspice those that an earlier study did not.

    Args:
        asked: which boards of what.
        folder: where ngspice's accounts are kept, board by board, by what ngspice was asked; nowhere when None.
        tell: told after each of ngspice's stretches.

    Raises:
        UsageError: the plan's.
        VleAnalogError: a circuit that cannot be built, or that the engine or ngspice cannot run.
        OutputError: the folder cannot be written.
    """
    made = examined(line(asked.plan.job(), asked.plan.variation), asked.exam)
    theirs = []
    for place, board in enumerate(asked.boards):

        def went(fraction: float, place: int = place, board: int = board) -> None:
            if tell is not None:
                tell(board, (place + fraction) / len(asked.boards))

        theirs.append(_kept(made, board, asked.finer, folder, went))
    mine = in_engine(made, asked.boards)
    return [_compared(asked, made, *each) for each in zip(asked.boards, mine, theirs, strict=True)]


def own_error(asked: Comparison, folder: Path | None = None) -> float:
    """How far ngspice is from itself at half the step bound: the worst NRMSE of the first board's signals and learned
    values."""
    made, board = examined(line(asked.plan.job(), asked.plan.variation), asked.exam), asked.boards[0]
    (exam, marks, course), fine = (_kept(made, board, finer, folder) for finer in (asked.finer, 2 * asked.finer))
    grid = np.arange(0.0, made.task.exam.span, made.step)
    signals = {name: interpolate(exam.time, exam[name], grid) for name in _probes(made) if name in exam.signals}
    found = _compared(asked, made, board, (Waveforms(grid, signals), marks, course), fine)
    return max(found.trace, *found.learned.values(), 0.0)


def examined(made: Line, span: float | None) -> Line:
    """A line whose boards take the beginning of the exam only.

    Raises:
        UsageError: nothing of it would count.
    """
    exam = made.task.exam
    if span is not None and span <= exam.settle:
        raise UsageError(f"an exam of {span:g} model units ends before it counts, after {exam.settle:g}")
    if span is None or span >= exam.span:
        return made
    answers = exam.answers
    if answers is not None:
        asked = answers.times <= span
        answers = replace(answers, times=answers.times[asked], wanted=answers.wanted[asked])
    return replace(made, task=replace(made.task, exam=replace(exam, span=span, answers=answers)))


#: exam, marks and course
Heard = tuple[Waveforms, np.ndarray, np.ndarray]


def in_ngspice(made: Line, board: int, finer: float = 1, tell: Callable[[float], None] | None = None) -> Heard:
    """One board in ngspice.

    Raises:
        SimulationError: ngspice failed.
    """
    tell = tell or (lambda fraction: None)
    step = made.step / finer
    if not made.span:
        exam = Chip(made.board(board), _probes(made), step).examine({}, made.task.exam.span)
        tell(1.0)
        return exam, np.zeros(0), np.zeros((0, 0))
    student, marks = ChipStudent(made.task, made.board(board), step), _marks(made)
    course = [student.learned()]
    for place, mark in enumerate(marks[1:]):
        student.advance(mark)
        course.append(student.learned())
        tell((place + 1) / (len(marks) + 1))
    exam = student.examine().select((made.task.learning.output, made.task.learning.target))
    tell(1.0)
    return exam, np.array(marks), np.array(course)


def in_engine(made: Line, boards: Sequence[int]) -> list[Heard]:
    """Boards in the engine, side by side.

    Raises:
        CircuitError: what the engine cannot run.
    """
    circuits = [made.board(board) for board in boards]
    if not made.span:
        engine = Engine(circuits, made.step, _probes(made))
        heard = engine.examine({}, made.task.exam.span)
        return [(of_board(heard, place), np.zeros(0), np.zeros((0, 0))) for place in range(len(boards))]
    task, setup = made.task, made.task.learning
    stimuli: dict[str, Stimulus] = {"x": task.exam.x, "gate": Constant(0.0)}
    if task.exam.target is not None:
        stimuli["target"] = task.exam.target
    learning = Boards(
        [driven(each, {"gate": opened(task)}) for each in circuits],
        made.step,
        setup.output,
        setup.target,
        made.parameters,
        stimuli,
        task.exam.span,
    )
    marks = _marks(made)
    course = [learning.learned()]
    for mark in marks[1:]:
        learning.advance(mark)
        course.append(learning.learned())
    heard, table = learning.examine(), np.array(course)
    return [(of_board(heard, place), np.array(marks), table[:, place]) for place in range(len(boards))]


def _probes(made: Line) -> tuple[str, ...]:
    """Outputs of all neurons, and the target."""
    neurons = [name for name in made.circuit.volts_per_unit if _NEURON.fullmatch(name)]
    return tuple(dict.fromkeys([*neurons, made.task.learning.output, made.task.learning.target]))


def _marks(made: Line) -> list[float]:
    """Times at which what was learned is compared, from 0 on."""
    ends = made.stretches()
    places = np.unique(np.linspace(0, len(ends), MARKS + 1)[1:].astype(int))
    return [0.0, *(ends[place - 1] for place in places)]


def _compared(asked: Comparison, made: Line, board: int, mine: Heard, theirs: Heard) -> BoardAgreement:
    """One board, judged by the plan's criterion."""

    def account(exam: Waveforms, marks: np.ndarray, course: np.ndarray) -> Account:
        loss, accuracy = made.judge(exam)
        good = asked.plan.criterion_for(made).met(Sample(board, loss, accuracy), made.variance)
        return Account(exam, marks, course, None if loss is None else loss / made.variance, accuracy, good)

    return agreement(board, account(*mine), account(*theirs), made.task.exam.settle, made.parameters)


def _kept(
    made: Line, board: int, finer: float, folder: Path | None, tell: Callable[[float], None] | None = None
) -> Heard:
    """A board's account by ngspice, which is simulated unless it is there already."""
    if folder is None:
        return in_ngspice(made, board, finer, tell)
    deck = made.deck(board)
    asked = repr((made.job.key(), made.step / finer, made.span, made.task.exam.span, MARKS, _probes(made), deck.files))
    path = folder / f"{hashlib.sha256((asked + deck.text).encode()).hexdigest()[:24]}.npz"
    account = _read(path)
    if account is None:
        account = in_ngspice(made, board, finer, tell)
        write_whole(folder, {path.name: _packed(account)})
    return account


def _packed(account: Heard) -> bytes:
    exam, marks, course = account
    stream = BytesIO()
    signals = {f"signal {name}": values.astype(np.float32) for name, values in exam.signals.items()}
    np.savez_compressed(stream, time=exam.time, marks=marks, course=course, **signals)  # type: ignore[arg-type]
    return stream.getvalue()


def _read(path: Path) -> Heard | None:
    """What an earlier study left; None if there is none, or no whole one."""
    try:
        with path.open("rb") as stream, np.load(stream) as data:
            signals = {
                name.removeprefix("signal "): data[name].astype(np.float64)
                for name in data.files
                if name.startswith("signal ")
            }
            return Waveforms(data["time"], signals), data["marks"], data["course"]
    except (FileNotFoundError, ValueError, KeyError, EOFError, BadZipFile):
        return None
