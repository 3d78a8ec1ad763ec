"""What every mistake in a system or stimulus file is answered with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.effort import effort_below
from tests.tool import refused

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
    "unsupported function": (replaced('"u - w"', '"erf(u)"'), ["states.w.derivative", "erf", "tanh", "softplus"]),
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
    "outside of a domain": (replaced('"u - w"', '"log(u - 1) - w"'), ["equation of 'w'", "log(u - 1) is not defined"]),
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
        ["own.toml: ", "signal 'w'", "would have to be at least", "at most", "rescale the equations"],
    ),
}


@pytest.mark.parametrize("command", ["run", "netlist"])
@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_files_are_refused_and_leave_nothing_that_looks_whole(ask, case: str, command: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    text, texts = BAD_FILES[case]
    (tmp_path / "own.toml").write_text(text)
    with effort_below(100):
        answer = ask(command, "own.toml", "--out" if command == "run" else "-o", "results/x")
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
