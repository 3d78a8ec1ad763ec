"""Refusals of the inputs in a system file: their tables, their numbers, the files that they come from."""

from __future__ import annotations

from pathlib import Path

from tests.refusals.case import BASE, Refusal, building, edited, file, reading
from vle_analog.equations.stimulusfile import MAX_BYTES

SINE = 'kind = "sine"\namplitude = 0.5\nfrequency = 0.2'
FILED = edited({SINE: 'kind = "file"\npath = "u.csv"'})
GOOD = "time,value\n0,0\n5,1\n"


def source(bad: str, mended: str, key: str, says: str, remedy: str) -> Refusal:
    """An input of other keys."""
    return file({SINE: bad}, {SINE: mended}, f"base.toml: inputs.u{key}", says, remedy)


def keys(kind: str, bad: str, mended: str, key: str, says: str, remedy: str) -> Refusal:
    """An input of a kind, with keys that are separated by blanks."""
    first, second = (
        f'kind = "{kind}"\n' + text.replace(" ", "\n").replace("=", " = ").replace(",", ", ") for text in (bad, mended)
    )
    return source(first, second, f".{key}", says, remedy)


def csv(bad: str | bytes, mended: str, says: str, remedy: str, line: str = "") -> Refusal:
    """A file of values."""

    def act(folder: Path) -> object:
        (folder / "u.csv").write_bytes(bad if isinstance(bad, bytes) else bad.encode())
        return reading(FILED)(folder)

    return Refusal(act, f"u.csv{line}", says, remedy, reading(FILED, u_csv=mended))


def _huge(folder: Path) -> object:
    with (folder / "u.csv").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    return reading(FILED)(folder)


def _folder(folder: Path) -> object:
    (folder / "u.csv").mkdir()
    return reading(FILED)(folder)


def _endless(folder: Path) -> object:
    return reading(edited({SINE: f'kind = "file"\npath = "{"u" * 5000}.csv"'}))(folder)


KIND = [
    source('kimd = "sine"', SINE, "", "unknown key 'kimd'", "did you mean 'kind'?"),
    source("amplitude = 0.5", SINE, "", "'kind' is missing", "kind is one of constant"),
    source("kind = 1", 'kind = "constant"\nvalue = 1.0', ".kind", "expected a string", "kind is one of constant"),
    source('kind = "sin"', SINE, ".kind", "unknown kind 'sin'", "did you mean 'sine'?"),
]

NUMBERS = [
    keys("constant", "value=1e300", "value=1.0", "value", "is above", "choose other units"),
    keys("square", "high=1.0 period=0.0", "high=1.0 period=2.0", "period", "is not positive", "give a number above 0"),
    keys("square", "high=1.0 period=1e-300", "high=1.0 period=2.0", "period", "is below", "choose other units"),
    keys(
        "sum_of_sines",
        "amplitude=[1.0] frequency=[1.0,2.0]",
        "amplitude=[1.0,1.0] frequency=[1.0,2.0]",
        "amplitude",
        "do not match",
        "one amplitude, one frequency and one phase per sine",
    ),
    keys(
        "sine",
        "amplitude=1.0 frequency=-0.2",
        "amplitude=1.0 frequency=0.2 phase=3.14",
        "frequency",
        "is negative",
        "change the phase instead",
    ),
    keys(
        "pwl",
        "times=[0.0,1.0] values=[0.0]",
        "times=[0.0,1.0] values=[0.0,1.0]",
        "values",
        "2 times but 1 values",
        "one value for each time",
    ),
    keys(
        "pwl",
        "times=[0.0,0.0] values=[0.0,1.0]",
        "times=[0.0,0.01] values=[0.0,1.0]",
        "times",
        "does not come after",
        "make a jump a short ramp",
    ),
    keys(
        "held",
        "amplitude=1.0 hold=1e-9 seed=1",
        "amplitude=1.0 hold=1.0 seed=1",
        "hold",
        "held values are more than",
        "make hold longer",
    ),
    keys(
        "held",
        "amplitude=1.0 hold=1.0 seed=1 smoothing=1000.0",
        "amplitude=1.0 hold=1.0 seed=1 smoothing=0.0",
        "smoothing",
        "is not between 0",
        "0 for short linear ramps",
    ),
    keys(
        "held",
        "amplitude=1.0 hold=1.0 seed=-1",
        "amplitude=1.0 hold=1.0 seed=0",
        "seed",
        "is negative",
        "give an integer from 0 on",
    ),
    keys(
        "square",
        "high=1.0 period=2.0 edge=1.5",
        "high=1.0 period=2.0 edge=0.5",
        "edge",
        "does not fit into",
        "shorten it",
    ),
    keys(
        "triangle",
        "high=1.0 period=2.0 rise=1.0",
        "high=1.0 period=2.0 rise=0.99",
        "rise",
        "rising part of 1",
        "falls in a short time, not in none",
    ),
    keys(
        "pulse",
        "high=1.0 start=1.0 width=1.0 edge=3.0",
        "high=1.0 start=1.0 width=1.0 edge=0.1",
        "edge",
        "does not fit into",
        "shorten it",
    ),
    keys(
        "noise",
        "deviation=1.0 bandwidth=2.0 seed=-1",
        "deviation=1.0 bandwidth=2.0 seed=1",
        "seed",
        "is negative",
        "give an integer from 0 on",
    ),
    keys("square", "high=1.0 period=2.0 duty=1.5", "high=1.0 period=2.0 duty=0.5", "duty", "a duty of 1.5", "e.g. 0.5"),
    keys(
        "square",
        "high=1.0 period=2.0 phase=1.5",
        "high=1.0 period=2.0 phase=0.25",
        "phase",
        "a phase of 1.5",
        "e.g. 0.25",
    ),
    keys(
        "expression",
        'value="1/(t-1)"',
        'value="1/(t+1)"',
        "value",
        "is not finite at t = 1",
        "keep logarithms and quotients in range",
    ),
]

VALUES = [
    csv("", GOOD, "the file is empty", "write rows of 'time,value'"),
    csv("time,value\n0,0\n", GOOD, "only 1 row of data", "give at least two rows"),
    csv("0,0\n\n5,1\n", GOOD, "the line is blank", "remove it", ": line 2"),
    csv("0,0,0\n5,1\n", GOOD, "3 field(s) where two", "write 'time,value' with numbers", ": line 1"),
    csv("0,0\n5,\n", GOOD, "the value is missing", "fill the gap or remove the row", ": line 2"),
    csv("0,0\n5,one\n", GOOD, "is not a number", "write 'time,value'", ": line 2"),
    csv("0,0\n5,nan\n", GOOD, "the value is nan", "give a finite number", ": line 2"),
    csv("0,0\n5,1_0\n", GOOD, "is not two numbers", "write 'time,value'", ": line 2"),
    csv("0,0\n5,1\n5,2\n", "0,0\n5,1\n5.01,2\n", "does not come after 5", "make a jump a short ramp", ": line 3"),
    csv("time,value\n0,\u00fc".encode("latin-1"), GOOD, "not a text file in UTF-8", "save it as CSV"),
    Refusal(reading(FILED), "u.csv", "there is no such file", "check the path", reading(FILED, u_csv=GOOD)),
    Refusal(_folder, "u.csv", "not a regular file", "name a CSV file", reading(FILED, u_csv=GOOD)),
    Refusal(_huge, "u.csv", "is larger than 100 MB", "thin it out: fewer rows will do", reading(FILED, u_csv=GOOD)),
    Refusal(_endless, "inputs.u.path", "cannot be read", "check the path", reading(FILED, u_csv=GOOD)),
]

FAST = [
    Refusal(
        building(edited({"frequency = 0.2": "frequency = 1e9"})),
        "base.toml",
        "input 'u' changes so fast",
        "slow the input down",
        building(BASE),
    ),
]

CASES = [*KIND, *NUMBERS, *VALUES, *FAST]
