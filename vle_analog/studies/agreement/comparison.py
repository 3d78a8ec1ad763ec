"""The compiled engine held to ngspice: boards of a design in both, their exams, what they learn on the way."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from vle_analog.circuit.circuit import Circuit
from vle_analog.compare.criterion import Criterion
from vle_analog.compare.metrics import interpolate
from vle_analog.errors import UsageError
from vle_analog.fleet.lesson_blueprint import LessonBlueprint
from vle_analog.fleet.nonidealities import AMPLIFIER, NOISE, Scales, built, scales, sizes
from vle_analog.fleet.sample import Sample
from vle_analog.lab.lab import Lab
from vle_analog.lesson.board import Board
from vle_analog.production.production import Production
from vle_analog.simulate.simulator import Simulator
from vle_analog.studies.agreement.accounts import keep, read
from vle_analog.studies.agreement.result import Account, BoardAgreement, Verdict, compared
from vle_analog.studies.agreement.simulators import MARKS, in_engine, in_ngspice, probes
from vle_analog.waveforms import Waveforms

#: folder of ngspice's accounts, inside of the lab's
ACCOUNTS = "accounts"
#: part of every account's key: to be raised when ngspice is asked the same and its account is another. 2: it begins at
#: the first mark, no longer at the start
_EDITION = 2


@dataclass(frozen=True)
class Comparison:
    """Boards to run in both simulators.

    Attributes:
        name: of the design, for progress.
        board: what all of them are made from.
        boards: their numbers.
        criterion: of good ones.
        exam: how much of the task's exam they take, model units; all of it when None.
        finer: ngspice's step bound is the engine's step over this.
        amounts: how much of each kind of non-ideality they have; as much as they come with when None.
    """

    name: str
    board: Board
    boards: Sequence[int]
    criterion: Criterion
    exam: float | None = None
    finer: float = 1.0
    amounts: Scales | None = None

    @cached_property
    def whole(self) -> LessonBlueprint:
        """The design, whose boards have as much of each kind as they come with."""
        return examined(LessonBlueprint.of(self.board), self.exam)

    @property
    def blueprint(self) -> LessonBlueprint:
        """What the boards are made from."""
        if self.amounts is None:
            return self.whole
        return replace(self.whole, making=OnlySome(self.board.production, self.amounts))

    def by_kind(self) -> list[Comparison]:
        """The same boards with each kind of non-ideality that they have alone, and with all of them.

        What amplifiers are in ngspice they stay throughout, with gain, bandwidth, slew rate and swing: one without
        has no part values there. Noise is left out, of which the two simulators have different realisations.
        """
        own = [name for name in sizes(self.whole) if name != NOISE.name]
        usual = [kind.name for kind in AMPLIFIER if kind.name in own]
        labels = {f"{name} alone": [*usual, name] for name in own if name not in usual}
        labels = {"amplifiers alone": usual} | labels | {"all kinds": own}
        return [self._with(label, scales(dict.fromkeys(names, 1.0))) for label, names in labels.items()]

    def _with(self, label: str, amounts: Scales) -> Comparison:
        """The same boards, whose design is made once, with so much of each kind."""
        found = replace(self, name=f"{self.name}, {label}", amounts=amounts)
        vars(found)["whole"] = self.whole
        return found


@dataclass(frozen=True)
class OnlySome:
    """Makes boards that have so much of each kind of non-ideality."""

    production: Production
    amounts: Scales

    @property
    def key(self) -> str:
        """What tells these boards from others."""
        return str(self.amounts)

    def made(self, circuit: Circuit, number: int) -> Circuit:
        """The board of that number."""
        return built(self.production, circuit, number, self.amounts)


def random_boards(seed: int, number: int, most: int = 1_000_000) -> list[int]:
    """Numbers of boards drawn at random, ascending."""
    return sorted(int(board) for board in np.random.default_rng(seed).choice(most, number, replace=False))


def compare_boards(asked: Comparison, lab: Lab) -> list[BoardAgreement]:
    """Run the boards in the engine, and in ngspice those that an earlier study did not.

    Args:
        asked: which boards of what.
        lab: ngspice's accounts are kept in its folder, board by board, by what ngspice was asked.

    Raises:
        UsageError: an exam that ends before it counts.
        VleAnalogError: a circuit that cannot be built, or that the engine or ngspice cannot run.
        OutputError: the folder cannot be written.
    """
    blueprint = asked.blueprint
    ngspice, tell = _Ngspice(blueprint, lab.simulator, lab.place(ACCOUNTS)), lab.stage(asked.name)
    theirs = []
    for place, board in enumerate(asked.boards):

        def went(fraction: float, place: int = place) -> None:
            tell((place + fraction) / len(asked.boards))

        theirs.append(ngspice.account(board, asked.finer, went))
    mine = in_engine(blueprint, asked.boards)
    return [
        _compared(asked, blueprint, board, engine, other)
        for board, engine, other in zip(asked.boards, mine, theirs, strict=True)
    ]


def own_error(asked: Comparison, lab: Lab) -> float:
    """How far ngspice is from itself at half the step bound: the worst NRMSE of the first board's signals and learned
    values."""
    blueprint, board = asked.blueprint, asked.boards[0]
    ngspice = _Ngspice(blueprint, lab.simulator, lab.place(ACCOUNTS))
    usual, fine = (ngspice.account(board, finer) for finer in (asked.finer, 2 * asked.finer))
    grid = np.arange(0.0, blueprint.task.exam.span, blueprint.step)
    signals = {
        name: interpolate(usual.exam.time, usual.exam[name], grid)
        for name in probes(blueprint)
        if name in usual.exam.signals
    }
    apart = _compared(asked, blueprint, board, replace(usual, exam=Waveforms(grid, signals)), fine)
    return max(apart.trace, *apart.learned.values(), 0.0)


def examined(blueprint: LessonBlueprint, span: float | None) -> LessonBlueprint:
    """A blueprint whose boards take the beginning of the exam only.

    Args:
        blueprint: of whole exams.
        span: of the exam, model units; all of it when None.

    Raises:
        UsageError: nothing of it would count.
    """
    exam = blueprint.task.exam
    if span is not None and span <= exam.settle:
        raise UsageError(f"an exam of {span:g} model units ends before it counts, after {exam.settle:g}")
    if span is None or span >= exam.span:
        return blueprint
    answers = exam.answers
    if answers is not None:
        answers = answers.until(span)
    return replace(blueprint, task=replace(blueprint.task, exam=replace(exam, span=span, answers=answers)))


@dataclass(frozen=True)
class _Ngspice:
    """Accounts of boards by ngspice, simulated unless they are there already.

    Attributes:
        blueprint: of the boards.
        simulator: ngspice.
        folder: of the accounts; nowhere when None.
    """

    blueprint: LessonBlueprint
    simulator: Simulator
    folder: Path | None

    def account(self, board: int, finer: float, tell: Callable[[float], None] = lambda fraction: None) -> Account:
        """One board's, with a step bound that is so many times finer than the engine's step."""
        path = None if self.folder is None else self.folder / f"{self._key(board, finer)}.npz"
        account = None if path is None else read(path)
        if account is None:
            account = in_ngspice(self.blueprint, board, self.simulator, finer, tell)
            if path is not None:
                keep(path, account)
        return account

    def _key(self, board: int, finer: float) -> str:
        """Digest of what ngspice is asked."""
        made, deck = self.blueprint, self.blueprint.deck(board)
        step, exam = made.step / finer, made.task.exam.span
        asked = repr((_EDITION, made.asked.exact.key(), step, made.span, exam, MARKS, probes(made), deck.files))
        return hashlib.sha256((asked + deck.text).encode()).hexdigest()[:24]


def _compared(
    asked: Comparison, blueprint: LessonBlueprint, board: int, engine: Account, ngspice: Account
) -> BoardAgreement:
    """One board, judged by the criterion."""

    def verdict(account: Account) -> Verdict:
        loss, accuracy = blueprint.judge(account.exam)
        good = asked.criterion.met(Sample(board, loss, accuracy), blueprint.variance)
        return Verdict(None if loss is None else loss / blueprint.variance, accuracy, good)

    accounts, verdicts = (engine, ngspice), (verdict(engine), verdict(ngspice))
    return compared(board, accounts, verdicts, blueprint.task.exam.settle, blueprint.parameters)
