"""What the engine is held to: every task deployed on boards of real parts, and boards that learn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from vle_analog.compare.criterion import LOSS, Criterion
from vle_analog.design.build import Build
from vle_analog.errors import UsageError, nearest
from vle_analog.lesson.board import Board
from vle_analog.lesson.lesson import Lesson
from vle_analog.production.power import Power
from vle_analog.production.production import Production
from vle_analog.production.trimming import Trim
from vle_analog.production.variation import Tolerance, Variation
from vle_analog.studies.agreement.comparison import Comparison, random_boards
from vle_analog.tasks import is_task

#: of the draw of boards' numbers
SEED = 6
#: resistors 1 %, capacitors 5 %; what parts scatter is in their data sheets
_PARTS = Variation(Tolerance(0.01), Tolerance(0.05))
#: what kinds of non-ideality are of the board: 10 mohm of ground and of rails, regulators such as 7815; and of what
#: it hears: generators' offsets
FED, OFF = Power(ground=0.01, rails=0.01, tolerance=0.04), 0.005
_RAW, _TRIMMED = Production(_PARTS), Production(_PARTS, trim=Trim.of(1e-4))
_USUAL = Build(fidelity="macromodel")
_BEST = Build(fidelity="macromodel", parts=(("opamp", "opa2188"), ("multiplier", "ad734")))


@dataclass(frozen=True)
class Case:
    """One design and what of it is compared.

    Attributes:
        board: what its boards are made from.
        bound: of a good board's loss over variance: near the median board's.
        exam: how much of the exam, model units; all when None.
        finer: ngspice's steps per step of the engine.
    """

    board: Board
    bound: float = 0.2
    exam: float | None = None
    finer: float = 1.0

    def shortened(self, span: float, exam: float, tuning: float) -> Case:
        """The same with a shorter lesson and exam, model units, and fine-tuning if there is any."""
        lesson = replace(self.board.lesson, span=span)
        board = replace(self.board, lesson=lesson, tuning=tuning if self.board.tuning else None)
        return replace(self, board=board, exam=exam)

    def fed(self) -> Case:
        """The same on boards whose ground, rails, supplies and sources are not exact."""
        production = replace(self.board.production, power=FED, sources=OFF)
        return replace(self, board=replace(self.board, production=production))

    def comparison(self, name: str, boards: int) -> Comparison:
        """So many random boards."""
        criterion = Criterion(LOSS, "<=", self.bound)
        return Comparison(name, self.board, random_boards(SEED, boards), criterion, self.exam, self.finer)


def _deployed(task: str, span: float) -> Board:
    return Board(Lesson(task, seed=1, span=span), "deploy", _USUAL, _RAW)


_CHAIN, _XOR = Lesson("chain", rule="gle", eta=1.0, seed=1, span=2000.0), Lesson("xor_small", seed=1, span=60_000.0)
CASES: Mapping[str, Case] = {
    "deployed chain": Case(_deployed("chain", 2000.0), finer=2.0),
    "deployed complex_signal": Case(_deployed("complex_signal", 2000.0), exam=120.0, finer=2.0),
    "deployed lagnet": Case(_deployed("lagnet", 2000.0), finer=2.0),
    "deployed temporal_xor": Case(_deployed("temporal_xor", 20_000.0), exam=120.0, finer=2.0),
    "deployed xor_small": Case(_deployed("xor_small", 60_000.0), exam=300.0, finer=2.0),
    "learning chain, best parts": Case(Board(_CHAIN, build=_BEST, production=_TRIMMED), 0.05),
    "learning chain, raw parts": Case(Board(_CHAIN, build=_USUAL, production=_RAW), 0.1),
    "learning chain, subtracting parts": Case(
        Board(_CHAIN, build=replace(_USUAL, subtract=True), production=_RAW), 0.1
    ),
    "learning xor_small, raw parts": Case(
        Board(Lesson("xor_small", rule="gle", seed=1, span=600.0), build=_USUAL, production=_RAW), 0.095, exam=90.0
    ),
    "tuning xor_small, best parts": Case(Board(_XOR, "fine-tune", _BEST, _TRIMMED, tuning=500.0), 0.095, exam=180.0),
}


def case_named(name: str) -> Case:
    """The case of that name, or a task deployed on boards of real parts, by its name or its file.

    Raises:
        UsageError: there is neither.
    """
    if name in CASES:
        return CASES[name]
    if not is_task(name):
        raise UsageError(f"no case '{name}'", hint=f"{nearest(name, CASES)} (or name a task, or its file)")
    return Case(Board(Lesson(name, seed=1), "deploy", _USUAL, _RAW), finer=2.0)
