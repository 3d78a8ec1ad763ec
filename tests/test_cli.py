"""The command line as users meet it: exit codes, what goes where, and what every mistake is answered with."""

from __future__ import annotations

import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from vle_analog import cli
from vle_analog.library import system_files

GOOD = """\
name = "mine"
[time]
unit = 1e-3
span = 5.0
[parameters]
tau = 1.0
[inputs.drive]
kind = "sine"
amplitude = 0.5
frequency = 0.2
[states.u]
derivative = "(drive - u)/tau"
initial = 0.0
[states.w]
derivative = "u - w"
initial = 0.5
[definitions]
power = "u**2"
[outputs]
signals = ["u", "w", "power"]
"""


@dataclass
class Answer:
    code: int
    out: str
    err: str

    def __contains__(self, text: str) -> bool:
        return text in re.sub(r"\s+", " ", self.err)


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Runs the tool in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def asked(*arguments: str | Path) -> Answer:
        monkeypatch.setattr(sys, "argv", ["vle-analog", *map(str, arguments)])
        capsys.readouterr()
        code = 0
        try:
            cli.main()
        except SystemExit as leave:
            code = leave.code if isinstance(leave.code, int) else int(leave.code is not None)
        return Answer(code, *capsys.readouterr())

    return asked


def refused(answer: Answer, *texts: str) -> None:
    """Refused as it should be: non-zero, on stderr alone, no traceback, with all the texts."""
    assert answer.code not in (0, None) and answer.out == ""
    assert "Traceback" not in answer.err and "VleAnalogError" not in answer.err
    for text in texts:
        assert text in answer, answer.err


def shell(*arguments: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the tool as a process of its own."""
    command = [sys.executable, "-m", "vle_analog", *map(str, arguments)]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent), **environment}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=120)


# --- what works -------------------------------------------------------------------------------------------------------


def test_tasks_lists_everything(ask) -> None:  # type: ignore[no-untyped-def]
    answer = ask("tasks")
    assert answer.code == 0 and answer.err == ""
    for name in ("chain", "bp, gle, vle", *system_files()):
        assert name in answer.out


def test_run_writes_results_and_says_what_it_found(ask, tmp_path: Path, ngspice: str) -> None:  # type: ignore[no-untyped-def]
    answer = ask("run", "rc_low_pass", "--span", "10", "--out", tmp_path / "out")
    assert answer.code == 0
    assert "rc_low_pass" in answer.out and "NRMSE" in answer.out and str(tmp_path / "out") in answer.out
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert metrics["trace_nrmse_max"] < 1e-3 and metrics["span"] == 10
    assert {each.name for each in (tmp_path / "out").iterdir()} == {
        "netlist.cir", "waveforms.npz", "figures", "metrics.json",
    }  # fmt: skip
    assert metrics["within_bound"] is True and "warning" not in answer.err


def test_run_without_out_goes_into_results(ask, tmp_path: Path, ngspice: str) -> None:  # type: ignore[no-untyped-def]
    assert ask("run", "fast_ring").code == 0
    assert (tmp_path / "results" / "fast_ring" / "metrics.json").exists()


def test_run_a_task_with_all_its_options(ask, tmp_path: Path, ngspice: str) -> None:  # type: ignore[no-untyped-def]
    answer = ask(
        "run",
        "chain",
        "--rule",
        "gle",
        "--eta",
        "0.5",
        "--span",
        "100",
        "--seed",
        "7",
        "--out",
        tmp_path,
        "--timeout",
        60,
    )
    assert answer.code == 0 and "plasticity off" in answer.out and "teacher" in answer.out
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert (metrics["rule"], metrics["seed"], metrics["span"]) == ("gle", 7, 100)


def test_netlist_goes_to_stdout_alone_or_into_a_file_with_the_same_bytes(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    answer = ask("netlist", "lorenz")
    assert answer.code == 0 and answer.err == ""
    assert answer.out.startswith(".title lorenz") and answer.out.endswith(".end\n")
    written = ask("netlist", "lorenz", "-o", tmp_path / "new" / "deck.cir")
    assert written.code == 0 and written.out == ""
    assert (tmp_path / "new" / "deck.cir").read_text() == answer.out
    assert ask("netlist", "lorenz", "--output", tmp_path / "other.cir").code == 0


def test_netlists_of_two_processes_are_the_same_bytes(tmp_path: Path) -> None:
    """The hash seed leaves no trace."""
    decks = []
    for seed in ("1", "2"):
        done = shell("netlist", "chain", "--span", "100", cwd=tmp_path, PYTHONHASHSEED=seed)
        assert done.returncode == 0, done.stderr
        decks.append(done.stdout)
    assert decks[0] == decks[1] and decks[0].startswith(".title chain")


@pytest.mark.parametrize("realisation", ["algebraic", "lead", "differentiator"])
def test_realisations_of_looking_ahead(ask, realisation: str) -> None:  # type: ignore[no-untyped-def]
    answer = ask("netlist", "two_neurons", "--prospective", realisation, "--bandwidth", "50")
    assert answer.code == 0
    assert ("lead" in answer.out) == (realisation == "lead")


CHEMICAL = """\
# Brusselator: Prigogine and Lefever, J. Chem. Phys. 48 (1968) 1695
name = "brusselator"
[time]
unit = 1e-4
span = 25.0
[parameters]
a = 1.0
b = 2.5
[states.x]
derivative = "a - (b + 1)*x + x**2*y"
initial = 1.2
[states.y]
derivative = "b*x - x**2*y"
initial = 2.0
"""
HINDMARSH_ROSE = """\
name = "hindmarsh_rose"
[time]
unit = 1e-3
span = 100.0
[parameters]
r = 0.01
s = 4.0
[inputs.current]
kind = "pwl"
times = [0.0, 10.0, 12.0]
values = [0.0, 0.0, 3.0]
[states.x]
derivative = "y + 3*x**2 - x**3 - z + current"
initial = -1.6
[states.y]
derivative = "1 - 5*x**2 - y"
initial = -11.8
[states.z]
derivative = "r*(s*(x + 1.6) - z)"
initial = 0.0
[outputs]
signals = ["x", "y", "z"]
"""
NEURAL = """\
name = "microseconds"
[time]
unit = 2e-6
span = 30.0
[parameters]
tau = 2.0
[inputs.noise]
kind = "held"
amplitude = 0.8
hold = 1.5
seed = 3
smoothing = 0.2
[states.big]
derivative = "(1000*tanh(3*noise) - big)/tau"
initial = 0.0
[states.small]
derivative = "softplus(big/500) - 3*small"
initial = 0.2
[definitions]
ahead = "prospective(small, 0.3)"
late = "retrospective(ahead*noise, 0.5)"
[outputs]
signals = ["big", "small", "ahead", "late"]
"""


@pytest.mark.parametrize("text", [CHEMICAL, HINDMARSH_ROSE, NEURAL], ids=["chemical", "neuron", "microseconds"])
def test_a_system_that_is_not_shipped_works_alike(ask, text: str, tmp_path: Path, ngspice: str) -> None:  # type: ignore[no-untyped-def]
    """NRMSE at most 0.1 %, without a change of code."""
    (tmp_path / "own.toml").write_text(text)
    answer = ask("run", "own.toml", "--out", "out")
    assert answer.code == 0, answer.err
    assert json.loads(Path("out/metrics.json").read_text())["trace_nrmse_max"] <= 1e-3


@pytest.mark.parametrize(
    "command, options",
    [
        (
            "run",
            ["--rule", "--eta", "--span", "--seed", "--out", "--prospective", "--bandwidth", "--step", "--timeout"],
        ),
        (
            "netlist",
            ["--rule", "--eta", "--span", "--seed", "--output", "-o", "--prospective", "--bandwidth", "--step"],
        ),
        ("tasks", []),
    ],
)
def test_help_mentions_all_options(ask, command: str, options: list[str]) -> None:  # type: ignore[no-untyped-def]
    answer = ask(command, "--help")
    assert answer.code == 0 and answer.err == ""
    for option in options:
        assert option in answer.out
    if command == "run":
        for word in ("bp, gle, vle", "metrics.json", "model units", "algebraic, lead, differentiator", "default: vle"):
            assert word in re.sub(r"[\s│]+", " ", answer.out)


def test_help_of_the_whole(ask) -> None:  # type: ignore[no-untyped-def]
    answer = ask("--help")
    assert answer.code == 0
    for word in ("tasks", "run", "netlist", "ngspice", "vle-analog run lorenz"):
        assert word in answer.out


@pytest.mark.parametrize("name", ["a[/b]c", "[bold]", ":smile:", "a\\\\"])
def test_folders_of_any_name(ask, name: str, ngspice: str) -> None:  # type: ignore[no-untyped-def]
    answer = ask("run", "rc_low_pass", "--span", "4", "--out", f"out/{name}")
    assert answer.code == 0 and f"results in out/{name}/" in answer.out


def test_a_run_that_is_far_off_is_announced_as_such(ask, ngspice: str) -> None:  # type: ignore[no-untyped-def]
    answer = ask("run", "fast_ring", "--step", "0.5", "--out", "out")
    metrics = json.loads(Path("out/metrics.json").read_text())
    assert answer.code == 0 and metrics["within_bound"] is False and metrics["trace_nrmse_max"] > metrics["bound"]
    worst = max(metrics["trace_nrmse"], key=metrics["trace_nrmse"].get)
    assert f"warning: signal '{worst}' is off by an NRMSE of" in answer and "a good run stays under 0.001" in answer


def test_a_netlist_is_written_whole_or_not_at_all(ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "deck.cir").write_text("mine")
    (tmp_path / "link.cir").symlink_to("deck.cir")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        answer = ask("netlist", "rc_low_pass", "-o", "deck.cir")
    refused(answer, "deck.cir", "No space left on device", "the disk mounted at", "is full")
    assert (tmp_path / "deck.cir").read_text() == "mine"
    assert ask("netlist", "rc_low_pass", "-o", "link.cir").code == 0
    assert (tmp_path / "link.cir").is_symlink() and (tmp_path / "deck.cir").read_text().endswith(".end\n")
    assert {each.name for each in tmp_path.iterdir()} == {"deck.cir", "link.cir"}


def test_a_netlist_into_a_pipe(tmp_path: Path) -> None:
    done = shell("netlist", "rc_low_pass", "-o", "/dev/stdout", cwd=tmp_path)
    assert done.returncode == 0 and done.stdout.startswith(".title rc_low_pass")
    assert Path("/dev/stdout").is_symlink()
    done = shell("netlist", "rc_low_pass", "-o", "/dev/full", cwd=tmp_path)
    assert done.returncode == 1 and "Traceback" not in done.stderr and "/dev/full: cannot write here" in done.stderr
    assert Path("/dev/full").is_char_device()


# --- what is refused --------------------------------------------------------------------------------------------------


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


def replaced(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


def deep(levels: int) -> str:
    return "tanh(" * levels + "u" + ")" * levels


BAD_FILES = {
    "unknown name": (replaced('"u - w"', '"u - v"'), ["states.w.derivative", "unknown name 'v'"]),
    "equal but for case": (replaced("states.w", "states.U"), ["'U'", "'u'", "case"]),
    "python keyword": (replaced("states.w", "states.lambda"), ["lambda", "reserve", "choose another"]),
    "spice ground": (replaced("states.w", "states.gnd"), ["gnd", "ground"]),
    "missing initial": (replaced("initial = 0.5\n", ""), ["states.w", "'initial' is missing", "initial = 0.0"]),
    "non-finite parameter": (replaced("tau = 1.0", "tau = nan"), ["parameters.tau", "not finite"]),
    "infinite parameter": (replaced("tau = 1.0", "tau = inf"), ["parameters.tau", "not finite"]),
    "unsupported function": (replaced('"u - w"', '"sin(u)"'), ["states.w.derivative", "sin", "tanh", "softplus"]),
    "loop without a state": (
        replaced('power = "u**2"', 'power = "u*other"\nother = "power + 1"'),
        ["loop without a state", "power", "other", "put a state"],
    ),
    "not explicit": (replaced('"u - w"', '"u - prospective(w, tau)"'), ["states.w.derivative", "not explicit"]),
    "zero time constant": (replaced('"u - w"', '"retrospective(u, 0)"'), ["states.w.derivative", "time constant"]),
    "negative time constant": (
        replaced('"u - w"', '"prospective(u, -tau)"'),
        ["states.w.derivative", "time constant", "-1"],
    ),
    "zero parameter as divisor": (replaced("tau = 1.0", "tau = 0.0"), ["states.u.derivative"]),
    "zero unit": (replaced("unit = 1e-3", "unit = 0.0"), ["time.unit", "positive"]),
    "negative span": (replaced("span = 5.0", "span = -5.0"), ["time.span", "positive"]),
    "unknown table": (replaced("[parameters]", "[paramters]"), ["paramters", "did you mean 'parameters'?"]),
    "unknown key": (replaced("initial = 0.5", "initail = 0.5"), ["states.w", "initail", "did you mean 'initial'?"]),
    "unknown kind": (replaced('"sine"', '"sinus"'), ["inputs.drive", "sinus", "did you mean 'sine'?"]),
    "wrong type": (replaced("initial = 0.5", 'initial = "0.5"'), ["states.w.initial", "expected a number", "a string"]),
    "division by a state": (replaced('"u - w"', '"u/w"'), ["states.w.derivative", "division"]),
    "high power": (replaced("u**2", "u**99"), ["definitions.power", "power"]),
    "power of powers": (replaced("u**2", "((u**9)**9)**9"), ["definitions.power"]),
    "deep nesting": (replaced("u**2", deep(40)), ["definitions.power", "nested"]),
    "deep brackets": (replaced("u**2", "(" * 3000 + "u" + ")" * 3000), ["definitions.power"]),
    "long": (replaced("u**2", "u" + "+u" * 5000), ["definitions.power"]),
    "import": (replaced("u**2", "__import__('os').system('touch smuggled')"), ["definitions.power"]),
    "attribute": (replaced("u**2", "u.__class__"), ["definitions.power"]),
    "lambda": (replaced("u**2", "(lambda: u)()"), ["definitions.power"]),
    "newline in expression": (
        replaced('"u**2"', '"u\\n.control\\nshell touch smuggled\\n.endc"'),
        ["definitions.power"],
    ),
    "control in name": (
        replaced('name = "mine"', 'name = "mine\\n.control\\nshell touch smuggled\\n.endc"'),
        ["name"],
    ),
    "newline in key": (replaced("[states.w]", '[states."w\\n.control\\nshell touch smuggled"]'), ["states", "name"]),
    "path as name": (replaced('name = "mine"', 'name = "../mine"'), ["name"]),
    "unknown output": (replaced('"power"]', '"pwoer"]'), ["outputs.signals", "pwoer", "did you mean 'power'?"]),
    "divergence": (replaced('"u - w"', '"1 + w**2"'), ["own.toml: ", "diverges", "'w'", "t = 1", "shorten the span"]),
    "empty": ("", ["own.toml", "empty"]),
    "blank": ("\n \n", ["own.toml", "empty"]),
    "truncated": (GOOD[: GOOD.index("[states.w]") + 20], ["own.toml", "TOML"]),
    "no toml": ("<html></html>", ["own.toml", "not valid TOML"]),
    "csv missing": (
        replaced('kind = "sine"\namplitude = 0.5\nfrequency = 0.2', 'kind = "file"\npath = "no.csv"'),
        ["inputs.drive", "no.csv", "no such file"],
    ),
    "unreachable parts": (
        replaced('"u - w"', '"1e12*(u - w)"').replace("span = 5.0", "span = 1e-11"),
        ["own.toml: ", "signal 'w'", "would have to be at least", "at most", "change the time unit"],
    ),
}


@pytest.mark.parametrize("command", ["run", "netlist"])
@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_files_are_refused_and_leave_nothing_that_looks_whole(ask, case: str, command: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    text, texts = BAD_FILES[case]
    (tmp_path / "own.toml").write_text(text)
    started = time.perf_counter()
    answer = ask(command, "own.toml", "--out" if command == "run" else "-o", "results/x")
    assert time.perf_counter() - started < 5
    refused(answer, *texts)
    assert "\n  " in answer.err or "hint" in answer.err, "says what to do"
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == [tmp_path / "own.toml"]


@pytest.mark.parametrize(
    "rows, texts",
    [
        ("time,value\n0,1\n1,\n2,3\n", ["line 3", "the value is missing"]),
        ("time,value\n0,1\n1,nan\n2,3\n", ["line 3", "nan"]),
        ("0,1\n2,2\n1,3\n", ["line 3", "does not come after 2"]),
        ("0,1\n1,2\n1,3\n", ["line 3", "does not come after 1"]),
        ("0,1\n\n1,2\n", ["line 2", "blank"]),
        ("time,value\n0,1\n1,x\n", ["line 3", "'x' is not a number"]),
        ("", ["empty"]),
    ],
)
def test_bad_stimulus_files_are_named_to_the_line(ask, rows: str, texts: list[str], tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "in.csv").write_text(rows)
    table = 'kind = "sine"\namplitude = 0.5\nfrequency = 0.2'
    (tmp_path / "own.toml").write_text(replaced(table, 'kind = "file"\npath = "in.csv"'))
    refused(ask("run", "own.toml", "--out", "results"), "own.toml", "inputs.drive", "in.csv", *texts)
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("command, option", [("run", "--out"), ("netlist", "-o")])
def test_a_place_that_cannot_be_written(ask, command: str, option: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "file").write_text("in the way")  # permissions do not stop root, this does
    answer = ask(command, "rc_low_pass", option, tmp_path / "file" / "deeper" / "x")
    refused(answer, "cannot write", str(tmp_path / "file" / "deeper"), "choose another folder")
    assert (tmp_path / "file").read_text() == "in the way"


def test_a_netlist_over_a_folder(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "folder").mkdir()
    refused(ask("netlist", "rc_low_pass", "-o", tmp_path / "folder"), "cannot write", "folder")


def test_ngspice_missing_says_how_to_install_it(tmp_path: Path) -> None:
    done = shell("run", "rc_low_pass", "--out", "out", cwd=tmp_path, PATH=str(tmp_path))
    assert done.returncode == 1 and done.stdout == "" and "Traceback" not in done.stderr
    assert "ngspice was not found" in done.stderr and "sudo apt-get install ngspice" in done.stderr
    assert not (tmp_path / "out" / "metrics.json").exists()


def fake_ngspice(folder: Path, body: str) -> str:
    folder.mkdir()
    (folder / "ngspice").write_text(f"#!/bin/sh\n{body}\n")
    (folder / "ngspice").chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


@pytest.mark.parametrize(
    "body, text",
    [
        ("kill -9 $$", "killed by SIGKILL"),
        ("echo 'doAnalyses: TRAN:  Timestep too small; time = 1e-3, timestep = 1e-18' >&2; exit 1", "no solution"),
        ("sleep 20", "timed out after"),
    ],
    ids=["killed", "no convergence", "timeout"],
)
def test_a_failing_simulator_leaves_deck_and_log(body: str, text: str, tmp_path: Path) -> None:
    path = fake_ngspice(tmp_path / "bin", body)
    done = shell("run", "rc_low_pass", "--out", "out", "--timeout", "2", cwd=tmp_path, PATH=path)
    assert done.returncode == 1 and done.stdout == "" and "Traceback" not in done.stderr
    assert text in done.stderr and "ngspice.log" in done.stderr
    assert str(Path("out", "ngspice-failed", "netlist.cir")) in done.stderr
    assert {each.name for each in (tmp_path / "out" / "ngspice-failed").iterdir()} == {"netlist.cir", "ngspice.log"}
    assert not (tmp_path / "out" / "metrics.json").exists()


def test_an_error_is_one_message_on_stderr_of_a_real_process(tmp_path: Path) -> None:
    done = shell("run", "chian", cwd=tmp_path)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr == "error: unknown task or system 'chian'\n  did you mean 'chain'? (or name a .toml file)\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_signal_ends_the_simulator_too(number: signal.Signals, tmp_path: Path, ngspice: str) -> None:
    path = fake_ngspice(tmp_path / "bin", f'echo $$ > "{tmp_path}/pid"; exec {ngspice} "$@"')
    with subprocess.Popen(
        [sys.executable, "-m", "vle_analog", "run", "lorenz", "--span", "4000", "--out", "out"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent), "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as tool:
        pid = tmp_path / "pid"
        until(lambda: pid.exists() and pid.read_text().strip() != "", 60)
        tool.send_signal(number)
        out, err = tool.communicate(timeout=30)
    until(lambda: gone(int(pid.read_text())), 5)
    if (
        number == signal.SIGKILL
    ):  # nothing can be tidied then; ngspice ends when it next writes to a pipe that nobody reads
        return
    assert tool.returncode == 128 + number and out == "" and "Traceback" not in err
    assert ("interrupted" in err) == (number == signal.SIGINT)
    assert list((tmp_path / "out").iterdir()) == []


def until(condition: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def gone(pid: int) -> bool:
    """Whether a process has ended (one that nobody reaps has)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_signals_that_are_ignored_stay_so(ask, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    """As under nohup."""
    seen = []
    monkeypatch.setattr(cli, "app", lambda: seen.append(signal.getsignal(signal.SIGHUP)))
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert ask("tasks").code == 0 and seen == [signal.SIG_IGN]
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_second_run_into_a_folder_in_use_is_refused(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "out").mkdir()
    descriptor = os.open(tmp_path / "out", os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        refused(ask("run", "lorenz", "--out", "out"), "out: another run is writing here", "choose another folder")
    finally:
        os.close(descriptor)


def test_derive_prints_every_step_as_text_or_latex(ask) -> None:  # type: ignore[no-untyped-def]
    text = ask("derive", "--rule", "gle").out
    for part in ("Euler-Lagrange", "Exact adjoint", "Local rules", "Plasticity", "dw1/dt = eta e1 r0"):
        assert part in text
    latex = ask("derive", "--task", "temporal_xor", "--latex").out
    assert latex.startswith("\\documentclass") and latex.rstrip().endswith("\\end{document}")
    refused(ask("derive", "--rule", "gel"), "unknown rule 'gel'", "gle")
    refused(ask("derive", "--task", "chian"), "unknown task 'chian'", "chain")
