"""Trade-offs: which ways get how many boards, which is the least that yields enough, what boards cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.fleet.executors import Refusing
from vle_analog.errors import UsageError
from vle_analog.fleet.blueprint import Blueprint
from vle_analog.fleet.sample import Sample
from vle_analog.lab.lab import Lab
from vle_analog.options import build
from vle_analog.studies.bom.study import BomPlan, bom
from vle_analog.studies.tradeoff.report import report
from vle_analog.studies.tradeoff.result import Amounts, Candidate, Tradeoff
from vle_analog.studies.tradeoff.study import TradeoffPlan, tradeoff

#: op-amps, the cheapest first, and which of their boards are good
GOOD = {"tl072": lambda board: False, "opa2134": lambda board: board % 16 > 0, "opa2188": lambda board: True}


class Opamps:
    """Answers by the op-amp that boards are built with."""

    def __init__(self) -> None:
        self.ran: Counter[str] = Counter()

    def batch(self, usual: int) -> int:
        """How many boards one job is of."""
        return usual

    def run(
        self, work: Any, shared: Blueprint, jobs: Sequence[Any], tell: Callable[[Any, float], None]
    ) -> Generator[tuple[Any, Any], None, None]:
        """Samples of batches, job by job."""
        opamp = dict(shared.asked.build.parts)["opamp"]
        for job in jobs:
            self.ran[opamp] += len(job)
            samples = [Sample(board, 0.0 if GOOD[opamp](board) else 1.0, None) for board in job]
            yield job, (samples, np.zeros((len(job), len(shared.parts)), np.float32))


def plan(**said: Any) -> TradeoffPlan:
    """One of a low-pass filter whose boards are good by their op-amp."""
    asked = {"task": "rc_low_pass", "tries": ["opamp=opa2188/tl072/opa2134"], "boards": 64, **said}
    found = build(TradeoffPlan, asked)
    assert isinstance(found, TradeoffPlan)
    return found


def test_the_cheapest_that_yields_enough_is_found_by_few_boards_of_the_others(tmp_path: Path) -> None:
    boards = Opamps()
    found = tradeoff(plan(), Lab(tmp_path, boards))
    assert [each.choices[0][1] for each in found.candidates] == [*GOOD]
    assert found.best is not None and found.best.choices == (("opamp", "opa2188"),)
    # eight tell that none is good; of 15 of 16 it takes more to tell that they are less than 95 %
    assert boards.ran == {"tl072": 8, "opa2134": 64, "opa2188": 64}
    assert [each.choices[0][1] for each in found.front] == [*GOOD]
    assert tradeoff(plan(), Lab(tmp_path, Refusing())).record() == found.record()
    text = report(found)
    assert "by opamp opa2188: 64 of 64" in text.sentences[0] and not text.missed
    assert [row[-1] for row in text.tables[0].rows] == ["yields too little"] * 2 + ["the least that yields enough"]


def test_what_takes_more_than_one_that_yields_enough_gets_no_more_boards() -> None:
    boards = Opamps()
    found = tradeoff(plan(wanted=0.9), Lab(executor=boards))
    assert found.best is not None and found.best.choices == (("opamp", "opa2134"),)
    assert boards.ran == {"tl072": 8, "opa2134": 64, "opa2188": 32}
    assert report(found).tables[0].rows[-1][-1] == "takes more"


def test_where_none_yields_enough_the_study_says_so() -> None:
    found = tradeoff(plan(tries=["opamp=tl072"]), Lab(executor=Opamps()))
    assert found.best is None and report(found).missed
    assert "no way yields 95 %; the most, 0 %, is of opamp tl072" in report(found).sentences[0]


@pytest.mark.parametrize("system", ["rc_low_pass", "van_der_pol"])
def test_price_and_power_are_those_of_the_bill(system: str) -> None:
    found = tradeoff(plan(task=system, tries=["opamp=opa2134"], boards=1, criterion="nrmse<=1"), Lab(executor=Opamps()))
    amounts = found.candidates[0].amounts
    listed = bom(build(BomPlan, {"name": system, "parts": ["opamp=opa2134"]}), Lab())
    assert amounts is not None and amounts.cost == listed.euro > 0
    assert amounts == Amounts(listed.euro, listed.power, sum(line.quantity for line in listed.lines), amounts.unsold)


def test_ways_that_come_to_the_same_board_are_one_and_what_cannot_be_built_is_told() -> None:
    tries = ["supply=+-15/+-2.2", "multiplier=ad633/ad734", "opamp=opa2134/opa2188"]
    found = tradeoff(plan(tries=tries, boards=8), Lab(executor=Opamps()))
    built = [dict(each.choices) for each in found.candidates if each.amounts is not None]
    assert len(built) == 3 and all(each["multiplier"] == "ad633" for each in built)  # there is no multiplier in it
    refused = [each for each in found.candidates if each.amounts is None]
    assert refused and all("'opa2134' works on +-2.5 to +-18 V" in each.refusal for each in refused)
    assert "cannot be built: " in report(found).tables[0].rows[-1][-1]


@pytest.mark.parametrize(
    ("said", "fault", "hint"),
    [
        ({"tries": ["opam=tl072"]}, "`tries` opam: neither a role nor an option of boards", "did you mean 'opamp'?"),
        ({"tries": ["opamp=tl0722"]}, "no part 'tl0722' for the role 'opamp'", "tl072"),
        ({"tries": ["opamp=tl072//"]}, "a value is missing", "opamp=VALUE/VALUE"),
        ({"tries": ["bandwidth=a"]}, "`bandwidth` 'a' is not a number", "bandwidth=1"),
        ({"minimised": "price"}, "one of cost, power, parts, not 'price'", ""),
        ({"wanted": 95.0}, "over 0 and at most 1, not 95", "0.95"),
        ({"lessons": 2}, "a system learns nothing", "leave `lessons` out"),
        ({"checks": 65}, "more than the 64 boards", ""),
        ({"tries": [f"bandwidth={'/'.join(map(str, range(2, 300)))}"]}, "298 combinations, more than 256", "fewer"),
        ({"tries": ["supply=+-15/+-0.5"]}, "works on +-2.5 to +-18 V", "take another `supply`"),
        ({"tries": ["mismatch=0.0001,0.05"]}, "no resistors of 0.01% are on sale", "0.1%"),
    ],
)
def test_what_is_refused(said: dict[str, Any], fault: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        tradeoff(plan(**said), Lab(executor=Refusing()))
    assert fault in str(caught.value) and hint in str(caught.value)


def test_the_front_and_intervals_by_hand() -> None:
    def way(cost: float, good: int, *, of: int = 16) -> Candidate:
        amounts = Amounts(cost, 10 - cost, 5)
        return Candidate((("opamp", f"x{cost:g}"),), amounts, (tuple(place < good for place in range(of)),))

    ways = [way(3, 12), way(1, 4), way(2, 12), way(4, 16), way(5, 15)]
    study = Tradeoff("t", "m", plan().check(), 0.95, "cost", 16, ways)
    assert [each.name for each in study.front] == ["opamp x1", "opamp x2", "opamp x4"]
    assert study.best is ways[3]
    assert [each.name for each in replace(study, minimised="power").front] == ["opamp x5", "opamp x4"]
    lessons = replace(ways[0], verdicts=((True,) * 16, (False,) * 16))
    assert lessons.yielded == 0.5 and lessons.interval[1] - lessons.interval[0] > 0.8  # two lots, all alike
