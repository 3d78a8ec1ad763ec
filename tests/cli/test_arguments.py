"""Arguments and places that are refused, before anything is written."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from tests.tool import refused


@pytest.mark.parametrize(
    "arguments, texts",
    [
        (["run", "chian"], ["unknown task or system 'chian'", "did you mean 'chain'?"]),
        (["netlist", "lorentz"], ["unknown task or system 'lorentz'", "did you mean 'lorenz'?"]),
        (["run", "nowhere.toml"], ["nowhere.toml", "there is no such file", "check the path"]),
        (["run", "chain", "--rule", "gel"], ["unknown rule 'gel'", "did you mean 'gle'?"]),
        (["run", "chain", "--eta", "-1"], ["eta must be positive, not -1"]),
        (["run", "chain", "--eta", "nan"], ["eta must be positive, not nan"]),
        (["run", "chain", "--eta", "inf"], ["eta must be positive, not inf"]),
        (["run", "chain", "--eta", "fast"], ["--eta", "valid"]),
        (["run", "chain", "--span", "12"], ["span of at least 80 model units, not 12"]),
        (["run", "lorenz", "--span", "0"], ["--span must be a positive", "not 0"]),
        (["run", "lorenz", "--span", "nan"], ["--span must be a positive", "not nan"]),
        (
            ["run", "lorenz", "--rule", "gle"],
            ["--rule is for learning tasks; 'lorenz' is a system", "leave --rule out"],
        ),
        (["run", "lorenz", "--eta", "1"], ["--eta is for learning tasks"]),
        (["run", "lorenz", "--seed", "1"], ["--seed is for learning tasks"]),
        (["run", "lorenz", "--ruel", "gle"], ["No such option", "--ruel"]),
        (["run", "lorenz", "--prospective", "leed"], ["unknown realisation", "'leed'", "did you mean 'lead'?"]),
        (["netlist", "lorenz", "--bandwidth", "0.5"], ["--bandwidth must be over 1, not 0.5"]),
        (["run", "lorenz", "--step", "0"], ["--step must be positive, not 0"]),
        (["run", "lorenz", "--step", "1e9"], ["--step 1e+09 is over a tenth of the span of", "take "]),
        (["netlist", "chain", "--span", "100", "--step", "10.1"], ["--step 10.1 is over a tenth", "take 10 or less"]),
        (["run", "chain", "--seed", "-1"], ["--seed must not be negative, not -1"]),
        (["run", "lorenz", "--timeout", "0"], ["--timeout must be positive, not 0"]),
        (["run", "lorenz", "--timeout", "-3"], ["--timeout must be positive, not -3"]),
        (["run", "lorenz", "--timeout", "nan"], ["--timeout must be positive, not nan"]),
        (["run"], ["Missing argument", "TASK|FILE.toml"]),
        (["rnu", "lorenz"], ["rnu"]),
    ],
    ids=lambda value: " ".join(value) if value and value[0] in {"run", "netlist", "rnu"} else "",
)
def test_bad_arguments_are_refused_before_anything_is_written(ask, arguments, texts, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    refused(ask(*arguments), *texts)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command, option", [("run", "--out"), ("netlist", "-o")])
def test_a_place_that_cannot_be_written(ask, command: str, option: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "file").write_text("in the way")  # permissions do not stop root, this does
    answer = ask(command, "rc_low_pass", option, tmp_path / "file" / "deeper" / "x")
    refused(answer, "cannot write", str(tmp_path / "file" / "deeper"), "choose another folder")
    assert (tmp_path / "file").read_text() == "in the way"


def test_a_second_run_into_a_folder_in_use_is_refused(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "out").mkdir()
    descriptor = os.open(tmp_path / "out", os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        refused(ask("run", "lorenz", "--out", "out"), "out: another run is writing here", "choose another folder")
    finally:
        os.close(descriptor)
