"""Yield against cost: ways of building a board, priced, and tried on as many boards as it takes to tell them apart."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import cast

from vle_analog.circuit.cell.cell import needed
from vle_analog.circuit.elements import Instance
from vle_analog.circuit.parts import devices
from vle_analog.circuit.technology import ROLES, whole
from vle_analog.compare.criterion import Criterion
from vle_analog.design.build import OF_BLOCKS, in_order
from vle_analog.design.system_board import SystemBoard
from vle_analog.errors import UsageError, VleAnalogError, nearest
from vle_analog.fields import at_least, fraction, pairs
from vle_analog.fleet.blueprint import Blueprint
from vle_analog.fleet.fleet import CRITERIA, Fleet, criterion_option, quantity_of
from vle_analog.fleet.missing import finished
from vle_analog.fleet.sample import Check
from vle_analog.fleet.store import Store
from vle_analog.lab.lab import Lab
from vle_analog.lesson.board import Board
from vle_analog.options import changed, option, options_of, part, words_for
from vle_analog.production.prices import EXAMPLE, PriceList, price_list, read_prices
from vle_analog.production.purchase import Tolerances
from vle_analog.production.rounding import on_sale
from vle_analog.studies.bom.bill import bill
from vle_analog.studies.montecarlo.study import MonteCarloPlan, montecarlo
from vle_analog.studies.tradeoff.result import AMOUNTS, Amounts, Candidate, Tradeoff

#: folder of finished boards, inside of the lab's
BOARDS = "boards"
#: boards of each way that run first, and how many times as many each time after that
FIRST, MORE = 8, 4
#: ways at most
MOST = 256
#: roles whose parts are tried where a user lists nothing
_USUAL = ("opamp", "multiplier")
#: between the values of one choice
_OR = "/"

Tries = tuple[tuple[str, tuple[str, ...]], ...]
Way = tuple[tuple[str, str], ...]


def _tries(texts: list[str]) -> Tries:
    """Choices from texts such as ``opamp=tl072/opa2134``."""
    found = pairs(texts, name="tries", form="WHAT=VALUE/VALUE", example="opamp=tl072/opa2134")
    return tuple((key, tuple(dict.fromkeys(word.strip() for word in text.split(_OR)))) for key, text in found.items())


@dataclass(frozen=True)
class TradeoffPlan:
    """What a study asks.

    Attributes:
        fleet: the boards, of each way at most, as they are where nothing else is tried.
        tries: what is tried, and its values: a part's role, or an option of boards; the op-amps and multipliers that
            the table of prices has when empty.
        minimised: one of `AMOUNTS`.
        wanted: the yield that must be reached.
        criterion: of good boards; ``accuracy>=0.95`` when None, ``loss<=0.2`` where a task has no right answers.
        lessons: seeds of data and start weights, from the lesson's own on.
        checks: boards of the best way that run in ngspice, too.
        prices: table of prices; the one in force when None.

    Raises:
        UsageError: numbers that cannot be used, or choices that are none.
    """

    fleet: Fleet = part(
        defaults={"boards": 64, "fidelity": "macromodel", "mismatch": (0.01, 0.05)}, without=("marks", "trim")
    )
    tries: Tries = option(
        "What is tried, with its values: a part's role, or an option of boards. May be repeated (default: all op-amps "
        "and multipliers that have a price).",
        (),
        flag="try",
        metavar=f"WHAT=VALUE{_OR}VALUE",
        parse=_tries,
        many=True,
    )
    minimised: str = option(f"What is to be least: {', '.join(AMOUNTS)}.", "cost", flag="for")
    wanted: float = option("The fraction of boards that must be good.", 0.95, flag="yield")
    criterion: Criterion | None = criterion_option(CRITERIA)
    lessons: int = option("With how many lessons (seeds of data and start weights) each way is tried.", 1)
    checks: int = option("Boards of the best way that run in ngspice, too.", 0, flag="check", metavar="M")
    prices: Path | None = option(
        f"Table of makers' numbers and prices (default: {EXAMPLE}, which is from memory).",
        None,
        metavar="FILE.csv",
        parse=Path,
    )

    def __post_init__(self) -> None:
        at_least(1, lessons=self.lessons)
        at_least(0, checks=self.checks)
        if self.minimised not in AMOUNTS:
            raise UsageError(f"`minimised` is one of {', '.join(AMOUNTS)}, not '{self.minimised}'")
        fraction(wanted=self.wanted)
        if self.checks > self.fleet.boards:
            raise UsageError(f"`checks` {self.checks} is more than the {self.fleet.boards} boards that there are")
        if self.lessons > 1 and isinstance(self.fleet.board, SystemBoard):
            raise UsageError("`lessons` is for learning tasks; a system learns nothing", hint="leave `lessons` out")
        for key, values in self.tries:
            if "" in values:
                raise UsageError(f"`tries` {key}: a value is missing", hint=f"write {key}=VALUE{_OR}VALUE")

    def check(self) -> Criterion:
        """The criterion.

        Raises:
            UsageError: a criterion that does not fit, a value that no board can have, too many ways, a table that
                cannot be read, or a lesson that cannot be built.
        """
        _ = self.table
        criterion = self.fleet.criterion(self.criterion, CRITERIA)
        ways = self.ways()
        refusals = {way: refusal for way in ways if isinstance(refusal := self.board(way), VleAnalogError)}
        for choice in ((key, value) for key, values in self.choices for value in values):
            having = [way for way in ways if choice in way]
            if all(way in refusals for way in having):
                raise refusals[having[0]]
        return criterion

    def board(self, way: Way) -> Board | SystemBoard | VleAnalogError:
        """The board of a way, or why there is none."""
        made = self.fleet.board
        try:
            for key, value in sorted(way, key=lambda choice: choice[0] not in ROLES):  # a supply is for its parts
                made = _chosen(made, key, value)
        except VleAnalogError as error:
            return error
        return made

    @cached_property
    def table(self) -> PriceList:
        """Numbers and prices.

        Raises:
            UsageError: the table cannot be read.
        """
        return price_list() if self.prices is None else read_prices(self.prices)

    @property
    def choices(self) -> Tries:
        """What is tried: as it was said, or all parts of the usual roles that are sold."""
        if self.tries:
            return self.tries
        sold = {(wanted.kind, wanted.part) for wanted, _, _ in self.table.rows}
        found = []
        for role in _USUAL:
            names = tuple(name for name, cell in devices().items() if cell.role == role and (role, name) in sold)
            found.append((role, names))
        return tuple(found)

    def ways(self) -> list[Way]:
        """All combinations of choices.

        Raises:
            UsageError: too many.
        """
        keys = [key for key, _ in self.choices]
        found = [tuple(zip(keys, values, strict=True)) for values in itertools.product(*(v for _, v in self.choices))]
        if len(found) > MOST:
            raise UsageError(
                f"`tries` make {len(found)} combinations, more than {MOST}", hint="list fewer values, or in two studies"
            )
        return found


def _chosen(board: Board | SystemBoard, key: str, value: str) -> Board | SystemBoard:
    """A board with one choice made.

    Raises:
        UsageError: no such role, part or option, or a board that cannot be.
    """
    if key.partition(OF_BLOCKS)[0] in ROLES:
        parts = {**dict(board.build.parts), key: value}
        return replace(board, build=replace(board.build, parts=in_order(parts)))
    options = words_for(options_of(type(board)))
    if key.replace("-", "_") not in options:
        hint = nearest(key, [*options, *ROLES])
        raise UsageError(f"`tries` {key}: neither a role nor an option of boards", hint=hint)
    return cast(Board | SystemBoard, changed(board, key, value))


def tradeoff(plan: TradeoffPlan, lab: Lab) -> Tradeoff:
    """Design and price all ways, then run boards of those that may be the least that yields enough.

    Args:
        plan: what to ask.
        lab: finished boards are kept in its folder, and found again.

    Raises:
        UsageError: the plan's, or ways of which none can be built.
        OutputError: the folder cannot be written, or another study is writing to it.
        ClusterError: the cluster was lost; what was finished is kept.
        VleAnalogError: a circuit that the engine cannot run.
    """
    criterion = plan.check()
    with lab.claimed():
        trials = list(_designed(plan, criterion, lab))
        if (error := trials[0].error) is not None and all(trial.error for trial in trials):
            raise error
        search = _Search(plan, criterion, trials, lab)
        search.run()
        found = search.result()
        if plan.checks and (best := found.best) is not None:
            board = next(trial.board for trial in trials if trial.choices == best.choices)
            found = replace(found, checks=_checked(plan, replace(plan.fleet, board=board), lab))
        return found


class _Trial:
    """One way on its way.

    Args:
        choices: that make it.
        board: as they make it.
    """

    def __init__(self, choices: Way, board: Board | SystemBoard) -> None:
        self.choices, self.board = choices, board
        self.stores: dict[int, Store] = {}
        self.amounts: Amounts | None = None
        self.error: VleAnalogError | None = None
        self.verdicts: tuple[tuple[bool, ...], ...] = ()
        self.blueprints: list[Blueprint] = []

    @property
    def candidate(self) -> Candidate:
        """What is known of it."""
        refusal = "" if self.error is None else str(self.error).replace("\n ", ";")
        return Candidate(self.choices, self.amounts, self.verdicts, refusal)

    def lesson(self, number: int, fleet: Fleet, criterion: Criterion) -> Blueprint:
        """The blueprint of one of its lessons, designed when it is first asked for."""
        while len(self.blueprints) <= number:
            board = self.board
            if isinstance(board, Board):
                board = board.reseeded(len(self.blueprints))
            self.blueprints.append(replace(fleet, board=board).blueprint(quantity_of(criterion)))
        return self.blueprints[number]


def _designed(plan: TradeoffPlan, criterion: Criterion, lab: Lab) -> Iterator[_Trial]:
    """All ways, priced; those that come to the same circuit on the same boards only once."""
    tell, ways = lab.stage("designs"), plan.ways()
    known = set[Way]()
    for number, choices in enumerate(ways):
        tell(number / len(ways))
        made = plan.board(choices)
        trial = _Trial(choices, plan.fleet.board if isinstance(made, VleAnalogError) else made)
        try:
            if isinstance(made, VleAnalogError):
                raise made
            blueprint = trial.lesson(0, plan.fleet, criterion)
            trial.amounts = _amounts(trial.board, blueprint, plan.table)
        except VleAnalogError as error:
            trial.error = error
        else:
            same = tuple(choice for choice in choices if choice[0] not in ROLES or _is_used(choice[0], blueprint))
            if same in known:
                continue
            known.add(same)
        yield trial


def _is_used(role: str, blueprint: Blueprint) -> bool:
    """Whether a circuit has a part of a role, alone or inside of a stage."""
    circuit = blueprint.circuit
    used = {element.cell for element in circuit.elements() if isinstance(element, Instance)}
    return whole(role) in {whole(cell.name) for cell in needed(used, circuit.cells)}


def _amounts(board: Board | SystemBoard, blueprint: Blueprint, prices: PriceList) -> Amounts:
    """What one of these boards takes: values that are on sale, as in its bill, and as close as they scatter."""
    variation = board.production.variation
    tolerances = Tolerances.within(variation.resistors.sigma, variation.capacitors.sigma)
    listed = bill(
        on_sale(blueprint.circuit, board.build.series),
        tolerances,
        board.build.roles,
        probes=blueprint.bench.probes,
        outputs=blueprint.outputs,
        prices=prices,
    )
    unsold = tuple(dict.fromkeys(line.lacking or line.kind for line in listed.unsold))
    count = sum(line.quantity for line in listed.lines)
    return Amounts(cost=listed.euro, power=listed.power, parts=count, unsold=unsold)


def _checked(plan: TradeoffPlan, fleet: Fleet, lab: Lab) -> Sequence[Check]:
    """Boards of the best way, in ngspice too; what the engine has of them is there."""
    asked = MonteCarloPlan(
        fleet.board, boards=fleet.boards, first=fleet.first, criterion=plan.criterion, checks=plan.checks
    )
    return montecarlo(asked, replace(lab, note=lambda text: None)).checks


class _Search:
    """Successive halving: few boards of all ways, then more of those that may still be the best.

    Args:
        plan: what is asked.
        criterion: of good boards.
        trials: the ways.
        lab: keeps and runs boards.
    """

    def __init__(self, plan: TradeoffPlan, criterion: Criterion, trials: Sequence[_Trial], lab: Lab) -> None:
        self._plan, self._criterion, self._trials, self._lab = plan, criterion, trials, lab
        self._built = [trial for trial in trials if trial.amounts is not None]
        self._built.sort(key=lambda trial: cast(Amounts, trial.amounts).of(plan.minimised))

    def run(self) -> None:
        """Rounds of more and more boards, until the least that yields enough is found or nothing is left."""
        study = self.result()
        for number, count in enumerate(rounds := self._rounds()):
            for place, trial in enumerate(self._built):
                if not study.misses(trial.candidate):
                    tell = self._stage(number + place / len(self._built), len(rounds), len(self._built))
                    trial.verdicts = tuple(self._verdicts(trial, lesson, count, tell) for lesson in self._lessons)
                if study.suffices(trial.candidate):
                    break  # what comes after takes more

    def result(self) -> Tradeoff:
        """What is known."""
        plan, first = self._plan, next(trial for trial in self._trials if trial.blueprints)
        return Tradeoff(
            task=plan.fleet.task,
            mode=plan.fleet.board.mode,
            criterion=self._criterion,
            wanted=plan.wanted,
            minimised=plan.minimised,
            most=plan.fleet.boards * plan.lessons,
            candidates=[
                *(trial.candidate for trial in self._built),
                *(trial.candidate for trial in self._trials if trial.amounts is None),
            ],
            settings={
                **first.blueprints[0].settings(),
                "first_board": plan.fleet.first,
                "lessons": plan.lessons,
                "tries": {key: list(values) for key, values in plan.choices},
                "prices": str(plan.prices or EXAMPLE),
            },
        )

    @property
    def _lessons(self) -> range:
        return range(self._plan.lessons)

    def _rounds(self) -> list[int]:
        """Boards of each lesson, round by round."""
        most = self._plan.fleet.boards
        counts = [FIRST]
        while counts[-1] < most:
            counts.append(counts[-1] * MORE)
        return [*counts[:-1], most]

    def _stage(self, done: float, rounds: int, ways: int) -> Callable[[float], None]:
        """What tells how far the boards of one way in one round are."""
        return lambda fraction: self._lab.progress("boards", (done + fraction / ways) / rounds)

    def _verdicts(self, trial: _Trial, lesson: int, count: int, tell: Callable[[float], None]) -> tuple[bool, ...]:
        """Whether the first boards of a lesson are good; those that are missing run."""
        blueprint = trial.lesson(lesson, self._plan.fleet, self._criterion)
        place = self._lab.place(BOARDS)
        if (store := trial.stores.get(lesson)) is None:
            store = Store(None if place is None else place / blueprint.key, len(blueprint.parts))
            trial.stores[lesson] = store
        first = self._plan.fleet.first
        numbers = range(first, first + count)

        def told(fraction: float) -> None:
            tell((lesson + fraction) / self._plan.lessons)

        with closing(finished(blueprint, store, numbers, self._lab.executor, told)) as batches:
            for _ in batches:
                pass
        return tuple(self._criterion.met(store.samples[board], blueprint.variance) for board in numbers)
