"""Commands are made from studies: found by listing, options from plans, messages in words of options."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tool import ROOT, refused
from vle_analog.cli import listing
from vle_analog.lab.study import Study
from vle_analog.options import options_of

STUDY = '''
"""Count: how many letters a word has.

Writes count.json.
"""

from dataclasses import dataclass

from vle_analog.lab.study import Study
from vle_analog.fields import at_least
from vle_analog.options import option
from vle_analog.report.report import Report, Table


@dataclass(frozen=True)
class CountPlan:
    word: str = option("Which word.", argument=True, metavar="WORD")
    times: int = option("Said so often.", 1)

    def __post_init__(self):
        at_least(1, times=self.times)


def count(plan, lab):
    lab.progress("counting", 1.0)
    return len(plan.word) * plan.times


def report(number):
    return Report(
        "count", "Letters", {"letters": number}, [Table("", ["letters"], [[str(number)]])], ["so many"],
        missed=number > 9, undone=number > 99)


STUDY = Study(
    CountPlan, count, report, folder=lambda plan: f"count-{plan.word}", default="count-WORD", bound="it is long"
)
'''


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """One more study, in a folder outside of the package."""
    from vle_analog import studies

    folder = tmp_path / "elsewhere" / "count"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "command.py").write_text(STUDY.lstrip())
    monkeypatch.setattr(studies, "__path__", [*studies.__path__, str(folder.parent)])
    yield folder
    for name in [name for name in sys.modules if name.startswith("vle_analog.studies.count")]:
        del sys.modules[name]


def test_a_new_study_is_one_folder(ask, study, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert "how many letters a word has" in ask("--help").out
    helped = ask("count", "--help").out
    assert "Which word." in helped and "[default: 1]" in helped and "results/count-WORD" in helped
    answer = ask("count", "queue", "--times", "3")
    assert (
        answer.code == 0
        and "15" in answer.out
        and "so many" in answer.out
        and "results/count-queue--times-3/" in answer.out
    )
    assert (tmp_path / "results" / "count-queue--times-3" / "count.json").read_text() == '{\n "letters": 15\n}\n'
    refused(ask("count", "queue", "--times", "0"), "--times must be at least 1, not 0")
    refused(ask("count"), "Missing argument", "WORD")


def test_numbers_alone_and_a_bound_that_is_missed(ask, study, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    answer = ask("count", "queue", "--json", "--out", "x")
    assert answer.code == 0 and json.loads(answer.out) == {"letters": 5}
    assert json.loads((tmp_path / "x" / "count.json").read_text()) == {"letters": 5}
    assert ask("count", "queue", "--strict").code == 0
    missed = ask("count", "queue", "--times", "2", "--strict")
    assert missed.code == 3 and "so many" in missed.out
    assert ask("count", "queue", "--times", "2").code == 0


def test_what_could_not_be_made_needs_no_strictness(ask, study, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    answer = ask("count", "queue", "--times", "20", "--out", "x")
    assert answer.code == 3 and "so many" in answer.out and (tmp_path / "x" / "count.json").is_file()


@pytest.mark.parametrize("name", listing.commands())
def test_every_command_has_help_and_options_of_its_plan(ask, name: str) -> None:  # type: ignore[no-untyped-def]
    study = listing.study_of(name)
    assert isinstance(study, Study)
    assert len(listing.help_of(name).split("\n\n")[0]) < 200
    answer = ask(*name.split(), "--help")
    assert answer.code == 0 and answer.err == ""
    for option in options_of(study.plan):
        assert option.spelling in answer.out and option.help[0].isupper() and option.help.endswith((".", ")"))


def test_the_list_of_commands_loads_none_of_them() -> None:
    code = (
        "import sys; from vle_analog.cli import main\n"
        "sys.argv = ['vle-analog', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'scipy', 'sympy', 'numba', 'matplotlib', 'PySpice', 'pydantic'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_shells_complete_what_is_known() -> None:
    """Names of systems and tasks, rules, fidelities, parts: as a shell asks for them, in one process."""
    code = """
import os
from vle_analog.cli.app import app
for words in ("run lor", "montecarlo xo", "run lorenz --fidelity mac", "run chain --rule vle", "bench ad6"):
    words = ["vle-analog", *words.split(" ")]
    os.environ |= {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
    os.environ["_VLE_ANALOG_COMPLETE"] = "complete_bash"
    try:
        app(prog_name="vle-analog")
    except SystemExit:
        print("-")
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    told = [part.split() for part in done.stdout.split("-\n")]
    assert told[:3] == [["lorenz"], ["xor_medium", "xor_small"], ["macromodel"]]
    assert told[3] == ["vle", "vle1", "vle2", "vle3"] and told[4] == ["ad633", "ad633_grounded"]
