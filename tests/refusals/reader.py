"""Refusals of the reader of system files: of the file, its tables, its names."""

from __future__ import annotations

from pathlib import Path

from tests.refusals.case import BASE, Refusal, edited, file, reading
from vle_analog.equations.systemfile import load_system
from vle_analog.equations.tomlfile import MAX_BYTES, MAX_DEPTH
from vle_analog.library import system_files

SHIPPED = system_files()["lorenz"].read_text(encoding="utf-8")
LONG = ", ".join(f"{n}.0" for n in range(MAX_BYTES // 12))
PWL = 'kind = "pwl"\ntimes = [{0}]\nvalues = [{1}]'
SINE = 'kind = "sine"\namplitude = 0.5\nfrequency = 0.2'
PARAMETER, STATE = "a = 1.0", "[states.x]"


def _missing(folder: Path) -> object:
    return load_system(folder / "nowhere.toml")


def _folder(folder: Path) -> object:
    return load_system(folder)


def of_file(bad: str | bytes, says: str, remedy: str, mended: str, where: str = "base.toml", **beside: str) -> Refusal:
    return Refusal(reading(bad), where, says, remedy, reading(mended, **beside))


def named(bad: str, says: str, remedy: str, mended: str) -> Refusal:
    """A state of another name."""
    return file(
        {"[definitions]": f'[states."{bad}"]\nderivative = "-x"\ninitial = 0.0\n[definitions]'},
        {"[definitions]": f'[states.{mended}]\nderivative = "-x"\ninitial = 0.0\n[definitions]'},
        "base.toml: states.",
        says,
        remedy,
    )


def listed(header: str, key: str, remedy: str) -> Refusal:
    """A table that is written as a list of tables."""
    return file({header: f"[[{key}]]"}, {}, f"base.toml: {key}", "expected a table, got a list", remedy)


FILE = [
    of_file(
        edited({SINE: PWL.format(LONG, LONG)}),
        "larger than",
        "put long stimuli into a CSV file",
        edited({SINE: 'kind = "file"\npath = "long.csv"'}),
        long_csv="0,0\n1,1\n",
    ),
    Refusal(_missing, "nowhere.toml", "there is no such file", "check the path", reading(BASE, "nowhere.toml")),
    of_file(
        BASE.replace("base", "b\u00e4se", 1).encode("latin-1"), "not a text file in UTF-8", "save it as UTF-8", BASE
    ),
    Refusal(_folder, "", "cannot be read", "check path and permissions", reading(BASE)),
    of_file("\n", "the file is empty", "see circuits/systems/ for examples", SHIPPED),
    of_file("a." * MAX_DEPTH + "b = 1\n" + BASE, "a key has more than", "see circuits/systems/ for examples", BASE),
    of_file(BASE.replace("span = 5.0", "span = "), "not valid TOML", "correct it there", BASE),
    of_file(BASE[:60], "at line", "is the file complete", BASE),
    of_file(
        edited({"span = 5.0": f"span = 5{'0' * 5000}"}),
        "too many digits",
        "write it as a decimal number",
        edited({"span = 5.0": "span = 5e0"}),
    ),
    of_file(
        "x = " + "[" * 5000 + "]" * 5000 + "\n" + BASE, "nested too deeply", "see circuits/systems/ for examples", BASE
    ),
]

TABLES = [
    file({"initial = 0.5": "inital = 0.5"}, {}, "states.x", "unknown key 'inital'", "did you mean 'initial'?"),
    file({"[outputs]": "[output]"}, {}, "top level", "unknown table 'output'", "did you mean 'outputs'?"),
    file(
        {"initial = 0.5": ""}, {"initial = 0.5": "initial = 0.0"}, "states.x", "'initial' is missing", "initial = 0.0"
    ),
    file({"amplitude = 0.5": ""}, {}, "inputs.u", "'amplitude' is missing", "amplitude = 0.5"),
    file(
        {"signals =": "# signals ="}, {"signals =": "signals ="}, "outputs", "'signals' is missing", 'signals = ["x"]'
    ),
    file({"initial = 0.5": "initial = inf"}, {}, "states.x.initial", "inf is not finite", "give a finite number"),
    file({"initial = 0.5": 'initial = "0.5"'}, {}, "states.x.initial", "expected a number", "without quotation marks"),
    file({'"x**2"': "2"}, {'"x**2"': '"2"'}, "definitions.y", "expected a string", 'write it in quotation marks: "2"'),
    file({'["x", "y"]': '"x"'}, {'["x", "y"]': '["x"]'}, "outputs.signals", "expected a list", 'signals = ["x"]'),
    file({"[inputs.u]\n" + SINE: "[inputs]\nu = 1.0"}, {}, "inputs.u", "expected a table", "write a table, [inputs.u]"),
    listed("[states.x]", "states", "write a table for each by its name, [states.NAME]"),
    listed("[inputs.u]", "inputs", "write a table for each by its name, [inputs.NAME]"),
    listed("[definitions]", "definitions", "write a table, [definitions], with NAME = ... for each"),
    listed("[outputs]", "outputs", "write a table, [outputs]"),
    file(
        {"[outputs]": '[[events]]\nwhen = "x < 0.1"\nset = {x = "1"}\n[outputs]'},
        {"[outputs]": '[events.low]\nwhen = "x < 0.1"\nset = {x = "1"}\n[outputs]'},
        "events",
        "expected a table, got a list",
        "write a table for each by its name, [events.NAME]",
    ),
    file(
        {SINE: PWL.format("", "")},
        {SINE: PWL.format("0.0, 1.0", "0.0, 1.0")},
        "inputs.u.times",
        "at least 1",
        "times = [0.0, 1.0]",
    ),
]

NAMES = [
    named("x-1", "not made of letters", "start with an ASCII letter, as in x_1", "x_1"),
    named("x__1", "internal names have such underscores", "use single underscores", "x_1"),
    named("n" * 40, "more than 32 characters", "shorten it", "n" * 32),
    named("lambda", "Python reserves it", "as in lambda_1", "lambda_1"),
    named("pi", "it is the number", "as in pi_1", "pi_1"),
    named("time", "SPICE reserves it", "as in time_1", "time_1"),
    named("exp", "it is a function", "as in exp_1", "exp_1"),
    named("X", "differ only in case", "rename one of them", "z"),
    named("u", "the name 'u' is taken by inputs.u", "rename one of them", "z"),
    file({PARAMETER: "x = 1.0"}, {PARAMETER: "b = 1.0"}, "parameters.x", "is taken by", "rename one of them"),
    file(
        {'"base"': '"2 bases"'},
        {'"base"': '"bases-2"'},
        "base.toml: name",
        "not a name for a system",
        "starting with a letter",
    ),
]

POINTS = "[tables.f]\n{0}\n[outputs]"


def points(bad: str, mended: str, says: str, remedy: str, name: str = "f") -> Refusal:
    """A function given by points."""
    head = POINTS.replace(".f]", f".{name}]")
    return file({"[outputs]": head.format(bad)}, {"[outputs]": POINTS.format(mended)}, f"tables.{name}", says, remedy)


TWO = "x = [0.0, 1.0]\ny = [0.0, 2.0]"
TABLES_OF_POINTS = [
    points("x = [0.0, 1.0]", TWO, "its points are not said", "give x and y, lists of numbers"),
    points('x = [0.0, 1.0]\ny = [0.0, 2.0]\npath = "f.csv"', TWO, "or twice", "or path, a CSV file"),
    points("x = [0.0, 1.0]\ny = [0.0]", TWO, "2 values of x but 1 of y", "give one y for each x"),
    points("x = [0.0]\ny = [0.0]", TWO, "1 points", "give 2 to 64"),
    points(TWO, TWO, "taken by a signal or parameter", "rename one", "a"),
]

FRAME = [
    file({"span = 5.0": "span = -5.0"}, {}, "time.span", "not a positive, finite time", "give a number above 0"),
    file({'["x", "y"]': '["x", "yy"]'}, {}, "outputs.signals", "unknown signal 'yy'", "did you mean 'y'?"),
    file({'["x", "y"]': '["x", "x"]'}, {'["x", "y"]': '["x"]'}, "outputs.signals", "named twice", "name each once"),
    Refusal(
        reading('name = "base"\n[time]\nunit = 1e-3\nspan = 5.0\n'),
        "states",
        "there is nothing to solve",
        "declare at least one state",
        reading(BASE),
    ),
]

CASES = [*FILE, *TABLES, *NAMES, *TABLES_OF_POINTS, *FRAME]
