"""Boards with so much of each non-ideality, many cases side by side; what is finished is kept and found again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from vle_analog.circuit.circuit import Circuit
from vle_analog.errors import OutputError, StepTooLongError
from vle_analog.fleet.blueprint import Asked, Blueprint, run_boards
from vle_analog.fleet.nonidealities import Scales, built, scatter, shared
from vle_analog.fleet.sample import Outcome
from vle_analog.lab.checkpoint import forget
from vle_analog.lab.executor import Executor, Tally, Threads
from vle_analog.lab.folder import swept, write_whole

#: boards that run side by side, unless an executor wants other numbers
BATCH = 128
#: how many times finer steps are taken at most where a board's time constants are too short for them
_FINEST = 64

_Job = tuple[Scales, int]


@dataclass(frozen=True)
class Numbered:
    """Makes the boards of numbered cases: how much of each kind, and which board."""

    asked: Asked
    jobs: tuple[_Job, ...]

    @property
    def key(self) -> str:
        """What tells these boards from others."""
        return str(self.jobs)

    def made(self, circuit: Circuit, number: int) -> Circuit:
        """The board of a case, by its place among the jobs."""
        case, board = self.jobs[number]
        return built(self.asked.production, circuit, board, case)


def batch(blueprint: Blueprint, jobs: Sequence[_Job], finer: int = 1) -> Blueprint:
    """The blueprint whose boards are numbered cases, run with steps so many times as fine as usual."""
    return replace(blueprint, making=Numbered(blueprint.asked, tuple(jobs)), finer=finer)


class Cases:
    """Outcomes by case and board.

    Args:
        blueprint: the design, and how much of each kind is 1.
        folder: where finished boards are kept batch by batch, in one named by the design's key; nowhere when None.
        executor: runs boards; threads of all cores when None.
        size: of batches: boards that run side by side, unless the executor wants other numbers.

    Raises:
        OutputError: a file is there and cannot be read.
    """

    def __init__(
        self, blueprint: Blueprint, folder: Path | None, executor: Executor | None = None, size: int = BATCH
    ) -> None:
        self.blueprint, self._executor, self._size = blueprint, executor or Threads(), size
        self._place = None if folder is None else folder / blueprint.key
        self._known: dict[_Job, Outcome] = {}
        if self._place is not None and self._place.is_dir():
            swept(self._place)
            for path in sorted(self._place.glob("*.jsonl")):
                self._known.update(_read(path))

    @property
    def kept(self) -> int:
        """How many boards are finished, of all cases."""
        return len(self._known)

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
        with closing(self._executor.run(work, self.blueprint, batches, tally.went)) as results:
            for done, outcomes in results:
                self._add(dict(zip(done, outcomes, strict=True)))
                tally.finished(done)
        return [
            [self._known[case, board] for board in (boards if scatter(case) else [boards[0]] * len(boards))]
            for case in cases
        ]

    def there(self, case: Scales, boards: Sequence[int]) -> list[Outcome]:
        """Outcomes of a case that are known, of boards in this order."""
        return [self._known[case, board] for board in boards if (case, board) in self._known]

    def _add(self, outcomes: Mapping[_Job, Outcome]) -> None:
        self._known.update(outcomes)  # first: an interruption from here on loses nothing
        if self._place is not None:
            lines = "".join(
                json.dumps({"case": case, "board": board, **vars(outcome)}, allow_nan=False) + "\n"
                for (case, board), outcome in outcomes.items()
            )
            write_whole(self._place, {f"{hashlib.sha256(lines.encode()).hexdigest()[:16]}.jsonl": lines})
            forget(self._place)


def _outcomes(
    blueprint: Blueprint,
    jobs: Sequence[_Job],
    threads: int,
    tell: Callable[[float], None],
    finer: int = 1,
    folder: Path | None = None,
) -> list[Outcome]:
    """Run boards; one of parts so far off that its time constants are too short takes finer steps, alone."""
    try:
        samples, _ = run_boards(batch(blueprint, jobs, finer), range(len(jobs)), threads, tell, folder)
    except StepTooLongError:
        if finer >= _FINEST:
            raise
        if len(jobs) == 1:
            return _outcomes(blueprint, jobs, threads, tell, 2 * finer)
        middle = len(jobs) // 2
        first = _outcomes(blueprint, jobs[:middle], threads, lambda done: tell(done * middle / len(jobs)))
        return first + _outcomes(
            blueprint, jobs[middle:], threads, lambda done: tell((middle + done * (len(jobs) - middle)) / len(jobs))
        )
    variance = blueprint.variance
    return [
        Outcome(
            _over(sample.loss, variance),
            sample.accuracy,
            _over(sample.silent, variance),
            sample.signal_to_noise,
        )
        for sample in samples
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
