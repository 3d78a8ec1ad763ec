"""Boards with so much of each non-ideality, many cases side by side; what is finished is kept and found again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Self

from vle_analog.circuit.circuit import Circuit
from vle_analog.compare.criterion import (
    ACCURACY,
    Criterion,
)
from vle_analog.errors import CircuitError, OutputError, UsageError
from vle_analog.fleet.blueprint import Line, line, run_boards
from vle_analog.fleet.nonidealities import Scales, built, scatter, shared
from vle_analog.fleet.sample import (
    Outcome,
)
from vle_analog.lab.checkpoint import forget
from vle_analog.lab.executor import Executor, Tally, Threads
from vle_analog.lab.folder import swept, write_whole
from vle_analog.lesson.on_chip import Board, ChipLesson
from vle_analog.production.grades import Grade
from vle_analog.production.variation import Tolerance, Variation
from vle_analog.studies.learn.analog import AnalogPlan
from vle_analog.studies.learn.study import Plan

#: boards that run side by side, unless an executor wants other numbers
BATCH = 128
#: what the engine says of a step beyond a board's time constants, and how many times finer it is taken then at most
_TOO_SHORT, _FINEST = "too short for steps", 64

_Job = tuple[Scales, int]


@dataclass(frozen=True)
class Batch(Line):
    """A production line whose boards are numbered cases, run with steps so many times as fine as usual."""

    cases: tuple[_Job, ...] = ()
    finer: int = 1

    @classmethod
    def of(cls, made: Line, jobs: Sequence[_Job], finer: int = 1) -> Self:
        """Of a design: cases, each on a board."""
        given = {each.name: getattr(made, each.name) for each in fields(Line)}
        return cls(**given, cases=tuple(jobs), finer=finer)

    @property
    def step(self) -> float:
        """Of the engine, model units."""
        return super().step / self.finer

    @cached_property
    def key(self) -> str:
        """Of this very batch."""
        return f"{super().key}/{self.cases}"

    def board(self, number: int) -> Circuit:
        case, board = self.cases[number]
        return built(self, board, case)


@dataclass(frozen=True)
class Asked:
    """What boards do, and what they are made of.

    Attributes:
        task: its name.
        rule, eta, span, seed: of the lesson, which is the same for all boards; the task's own when None.
        board: what it is learned on; its mismatch is given apart.
        resistors, capacitors: relative standard deviations.
        boards: how many.
        first: number of the first board, which decides its draws.
        grades: blocks whose parts have other deviations; these are scaled as all others.
        changes: of the task's plasticity, by field name.
    """

    task: str
    rule: str = "vle"
    eta: float | None = None
    span: float | None = None
    seed: int = 0
    board: Board = field(default_factory=Board)
    resistors: float = 0.0
    capacitors: float = 0.0
    boards: int = 16
    first: int = 0
    grades: tuple[Grade, ...] = ()
    changes: tuple[tuple[str, Any], ...] = ()

    @property
    def variation(self) -> Variation:
        """Of its boards.

        Raises:
            UsageError: deviations that are none.
        """
        return Variation(Tolerance(self.resistors), Tolerance(self.capacitors), grades=self.grades)

    @property
    def numbers(self) -> range:
        """Of the boards."""
        return range(self.first, self.first + self.boards)

    def job(self) -> ChipLesson:
        """What is learned, on what.

        Raises:
            UsageError: whatever cannot be asked.
        """
        if self.boards < 1:
            raise UsageError(f"--boards must be at least 1, not {self.boards}")
        for option, value in (("first", self.first), ("seed", self.seed)):
            if value < 0:
                raise UsageError(f"--{option} must not be negative, not {value}", hint="take 0 or more")
        rates = None if self.eta is None else [self.eta]
        _ = self.variation  # refuses spreads that are none
        plan = Plan(self.task, [self.rule], rates, [self.seed], self.span, 1, dict(self.changes))
        (job,) = AnalogPlan(plan, self.board).jobs()
        return job

    def criterion(self, given: Criterion | None, usual: tuple[Criterion, Criterion]) -> Criterion:
        """Of good boards: as given, or the usual one of tasks with right answers or of those without.

        Raises:
            UsageError: one about right answers where there are none.
        """
        answers = self.job().learned_here().build().exam.answers
        if given is None:
            return usual[0 if answers is not None else 1]
        if given.metric == ACCURACY and answers is None:
            raise UsageError(
                f"answers of task '{self.task}' are not right or wrong", hint=f"ask for --criterion '{usual[1]}'"
            )
        return given

    def line(self) -> Line:
        """The design.

        Raises:
            VleAnalogError: no part values, or equations that no circuit is known for.
        """
        return line(self.job(), self.variation)

    def settings(self, made: Line) -> dict[str, Any]:
        """What all boards have in common, for the record."""
        return {
            "rule": made.task.rule,
            "eta": made.task.eta,
            **dict(self.changes),
            "seed": self.seed,
            "span": made.span or made.job.lesson.span,
            "step": made.step,
            "first_board": self.first,
            **{name: value for name, value in self.board.said().items() if name != "mode"},
            "resistors": self.resistors,
            "capacitors": self.capacitors,
            **({"grades": [asdict(each) for each in self.grades]} if self.grades else {}),
            "parts": dict(made.circuit.parts),
            "variance": made.variance,
            "key": made.key,
        }


class Cases:
    """Outcomes by case and board.

    Args:
        made: the design, and how much of each kind is 1.
        folder: where finished boards are kept batch by batch, in one named by the design's key; nowhere when None.
        executor: runs boards; threads of all cores when None.
        size: of batches: boards that run side by side, unless the executor wants other numbers.

    Raises:
        OutputError: a file is there and cannot be read.
    """

    def __init__(self, made: Line, folder: Path | None, executor: Executor | None = None, size: int = BATCH) -> None:
        self.made, self._executor, self._size = made, executor or Threads(), size
        self._place = None if folder is None else folder / made.key
        self._known: dict[_Job, Outcome] = {}
        if self._place is not None and self._place.is_dir():
            swept(self._place)
            for path in sorted(self._place.glob("*.jsonl")):
                self._known.update(_read(path))

    def run(
        self, cases: Sequence[Scales], boards: Sequence[int], tell: Callable[[float], None] | None = None
    ) -> list[list[Outcome]]:
        """Outcomes, board by board, of each case; those that are not known yet are computed.

        Boards among which nothing differs run once.

        Args:
            cases: how much of each kind.
            boards: numbers.
            tell: told the fraction that is done.

        Raises:
            CircuitError: what the engine cannot run.
            OutputError: the folder cannot be written.
        """
        wanted = {(case, board) for case in cases for board in _needed(case, boards)}
        groups: dict[tuple[float, ...], list[_Job]] = {}
        for job in sorted(wanted - self._known.keys()):
            groups.setdefault(shared(job[0]), []).append(job)
        size = self._executor.batch(self._size)
        batches = [tuple(jobs[at : at + size]) for jobs in groups.values() for at in range(0, len(jobs), size)]
        tally = Tally(sum(map(len, batches)), 0, tell or (lambda fraction: None))
        work = partial(_outcomes, folder=self._place) if isinstance(self._executor, Threads) else _outcomes
        with closing(self._executor.run(work, self.made, batches, tally.went)) as results:
            for batch, found in results:
                self._add(dict(zip(batch, found, strict=True)))
                tally.finished(batch)
        return [
            [self._known[case, board] for board in (boards if scatter(case) else [boards[0]] * len(boards))]
            for case in cases
        ]

    def there(self, case: Scales, boards: Sequence[int]) -> list[Outcome]:
        """Outcomes of a case that are known, of boards in this order."""
        return [self._known[case, board] for board in boards if (case, board) in self._known]

    def _add(self, found: Mapping[_Job, Outcome]) -> None:
        self._known.update(found)  # first: an interruption from here on loses nothing
        if self._place is not None:
            lines = "".join(
                json.dumps({"case": case, "board": board, **vars(outcome)}, allow_nan=False) + "\n"
                for (case, board), outcome in found.items()
            )
            write_whole(self._place, {f"{hashlib.sha256(lines.encode()).hexdigest()[:16]}.jsonl": lines})
            forget(self._place)


def _outcomes(
    made: Line,
    jobs: Sequence[_Job],
    threads: int,
    tell: Callable[[float], None],
    finer: int = 1,
    folder: Path | None = None,
) -> list[Outcome]:
    """Run boards; one of parts so far off that its time constants are too short takes finer steps, alone."""
    try:
        samples, _ = run_boards(Batch.of(made, jobs, finer), range(len(jobs)), threads, tell, folder)
    except CircuitError as error:
        if _TOO_SHORT not in error.what or finer >= _FINEST:
            raise
        if len(jobs) == 1:
            return _outcomes(made, jobs, threads, tell, 2 * finer)
        middle = len(jobs) // 2
        first = _outcomes(made, jobs[:middle], threads, lambda done: tell(done * middle / len(jobs)))
        return first + _outcomes(
            made, jobs[middle:], threads, lambda done: tell((middle + done * (len(jobs) - middle)) / len(jobs))
        )
    return [
        Outcome(_over(each.loss, made.variance), each.accuracy, _over(each.silent, made.variance), each.signal_to_noise)
        for each in samples
    ]


def _over(loss: float | None, variance: float) -> float | None:
    return None if loss is None else loss / variance


def _needed(case: Scales, boards: Sequence[int]) -> Sequence[int]:
    return boards if scatter(case) else boards[:1]


def _read(path: Path) -> Iterator[tuple[_Job, Outcome]]:
    """A batch; what is not whole is left out: it is then run again.

    Raises:
        OutputError: the file is there and cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise OutputError(f"cannot read: {error.strerror}", where=str(path)) from error
    for text in lines:
        try:
            record = json.loads(text)
            case = tuple((str(name), float(value)) for name, value in record["case"])
            outcome = Outcome(*(record[name] for name in ("loss", "accuracy", "silent", "signal_to_noise")))
            yield (case, int(record["board"])), outcome
        except (ValueError, TypeError, KeyError):
            continue
