"""Folders for results tell plans apart, and say in what these are not as usual."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from vle_analog.cli import listing
from vle_analog.lab.study import Study
from vle_analog.options import build, in_words, option
from vle_analog.userfile import told_apart


@dataclass(frozen=True)
class Plan:
    name: str = option("What.", argument=True)
    text: str = option("Text.", "")
    size: float = option("Size.", 1.0)
    quick: bool = option("Quick.", False)
    pairs: tuple[tuple[str, float], ...] = option("Pairs.", (), parse=tuple, many=True, flag="pair")
    rows: int | None = option("Rows.", None)


def place(*, extends: tuple[str, ...] = (), **said: object) -> str:
    study = Study(Plan, lambda plan, lab: None, folder=lambda plan: plan.name, extends=extends)
    found = study.place(Plan(**{"name": "plan", **said}))  # type: ignore[arg-type]
    assert found is not None and found.parent == Path("results")
    return found.name


def test_a_name_says_what_is_not_as_usual() -> None:
    assert place() == "plan"
    said = {"size": 0.1234567890123, "quick": True, "pairs": (("a", 1.0), ("b", 2e-7)), "rows": 0}
    assert place(**said) == "plan--size-0.1234567890123--quick--pair-a=1,b=2e-07--rows-0"
    assert place(**said, extends=("pairs", "size")) == "plan--quick--rows-0"
    assert in_words(Plan("plan", size=2.0, rows=3), ["rows"]) == ["--size 2"]


def test_what_is_on_or_off_is_named_as_it_was_said() -> None:
    learn = listing.study_of("learn")
    both = build(learn.plan, {"task": "chain", "eligibility": "both", "changes": ["averaging=2", "bounded=true"]})
    assert learn.place(both) == Path("results/learn-chain--eligibility-off,on--set-averaging=2,bounded=true")
    yields = listing.study_of("montecarlo")
    one = build(yields.plan, {"task": "chain", "eligibility": "on", "mismatch": "0.01,0.05", "fidelity": "ideal"})
    assert yields.place(one) == Path("results/montecarlo-chain--eligibility-on--fidelity-ideal--mismatch-0.01,0.05")


AWKWARD = [
    "", ".", "..", "../x", "a/b", "a b", "a-b", "a\nb", "x" * 300, "x" * 301, "ä", "\udcff", "loss<=1", "loss>=1", "~",
    "-",
]  # fmt: skip


def test_names_are_plain_and_never_the_same() -> None:
    plans = [{"text": text} for text in AWKWARD] + [{"name": text or "no name"} for text in AWKWARD]
    plans += [{"size": 1 + 1e-15}, {"size": 1 + 2e-15}, {"text": "1", "rows": 2}, {"text": "1--rows-2"}]
    names = [place(**plan) for plan in plans]  # type: ignore[arg-type]
    assert len({*names}) == len({str(plan) for plan in plans})
    for name in names:
        assert name.isascii() and "/" not in name and name not in (".", "..", "") and len(name) < 140


@pytest.mark.parametrize(
    ("command", "said", "same"),
    [
        ("run", [{}, {"rule": "gle"}, {"rule": "vle1"}, {"fidelity": "macromodel"}, {"board": 1}, {"span": 99.0},
                 {"parts": ["opamp=tl072"]}, {"noise": 0}, {"seed": 1}, {"seed": 0, "offsets": 0.0}], []),
        ("learn", [{}, {"analog": True}, {"span": 99.0}, {"feedback": "noise"}], [{"seeds": 3}, {"rules": "gle"}]),
        ("montecarlo", [{"mismatch": "0.1,0.1"}, {"mismatch": "0.1,0.2"}],
         [{"mismatch": "0.1,0.1", "boards": 9, "criterion": "loss<=0.3", "until": 0.1}]),
        ("budget", [{}, {"fidelity": "ideal"}, {"mismatch": "0.1,0.2"}], [{"boards": 9}]),
    ],
)  # fmt: skip
def test_studies_have_folders_of_their_own(command: str, said: list[dict], same: list[dict]) -> None:  # type: ignore[type-arg]
    study = listing.study_of(command)
    name = "name" if command == "run" else "task"
    places = [study.place(build(study.plan, {name: "chain", **each})) for each in said]
    assert all(one != other for one, other in combinations(places, 2))
    assert all(study.place(build(study.plan, {name: "chain", **each})) == places[0] for each in same)


def test_things_of_one_title_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    known = ["lorenz"]
    assert told_apart("lorenz", "lorenz", known) == "lorenz"
    assert told_apart("mine.toml", "mine", known) == told_apart("./mine.toml", "mine", known) == "mine"
    others = ["a/mine.toml", "b/mine.toml", "../mine.toml", "other.toml"]
    assert len({told_apart(other, "mine", known) for other in others} - {"mine"}) == len(others)
    assert told_apart("lorenz.toml", "lorenz", known) == "lorenz@lorenz.toml"
    (tmp_path / "mine.py").touch()
    assert told_apart("mine.toml", "mine", known) != told_apart("mine.py", "mine", known)


def test_no_two_studies_write_files_of_one_name() -> None:
    """One folder may have them all."""
    plan = MagicMock(analog=False, netlist=None, cell="tanh")
    writers: dict[str, str] = {}
    for command in listing.commands():
        for file in listing.study_of(command).writes(plan):
            assert writers.setdefault(file, command) == command, file
    assert {"noise.json", "noise-sources.json", "metrics.json"} <= writers.keys()
