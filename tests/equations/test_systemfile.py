from pathlib import Path

import numpy as np
import pytest
import sympy as sp

from tests.effort import effort_below
from vle_analog.equations.operators import prospective, retrospective
from vle_analog.equations.systemfile import load_system
from vle_analog.errors import EquationError, SystemFileError, VleAnalogError
from vle_analog.library import system_files
from vle_analog.sequences import Held
from vle_analog.stimulus import Piecewise, Sines

GOOD = """
name = "van_der_pol"
[time]
unit = 1e-3
span = 40.0
[parameters]
mu = 1.0
[inputs.drive]
kind = "sine"
amplitude = 0.5
frequency = 0.2
phase = 0.0
[states.x]
derivative = "y"
initial = 2.0
[states.y]
derivative = "mu*(1 - x**2)*y - x + drive"
initial = 0.0
[definitions]
energy = "x**2 + y**2"
[outputs]
signals = ["x", "y", "energy"]
"""


@pytest.fixture
def load(tmp_path):
    def from_text(text):
        path = tmp_path / "sys.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_system(path)

    return from_text


def test_t_is_the_time_unless_something_else_is_called_so(load):
    from vle_analog.stimulus import Clock

    driven = load(GOOD.replace("- x + drive", "- x + cos(2*t)"))
    assert [str(each.symbol) for each in driven.inputs] == ["drive", "t"] and driven.inputs[1].stimulus == Clock()
    own = load(GOOD.replace("mu = 1.0", "mu = 1.0\nt = 3.0").replace("- x + drive", "- x + t"))
    assert [str(each.symbol) for each in own.inputs] == ["drive"]
    with pytest.raises(EquationError, match="'x' is not a function"):
        load(GOOD.replace("mu = 1.0", "mu = 1.0\nt = 3.0").replace("- x + drive", "- x(t - 1)"))


def test_the_format_of_the_manual(load):
    system = load(GOOD)
    x, y, mu, drive = sp.symbols("x y mu drive")
    assert (system.name, system.unit, system.span, system.origin) == ("van_der_pol", 1e-3, 40.0, "sys.toml")
    assert system.outputs == system.probes == ("x", "y", "energy")
    assert [(each.symbol, each.initial) for each in system.states] == [(x, 2.0), (y, 0.0)]
    assert system.states[1].derivative == mu * (1 - x**2) * y - x + drive  # parameters stay symbols
    assert system.definitions[0].expression == x**2 + y**2
    assert system.inputs[0].stimulus == Sines((0.5,), (0.2,), (0.0,))
    assert {name: float(value) for name, value in system.constants.items()} == {"mu": 1.0}


def test_outputs_are_all_states_unless_named(load):
    assert load(GOOD.split("[outputs]")[0]).probes == ("x", "y")


def test_outputs_of_a_system_without_states_are_its_definitions(load):
    text = GOOD.split("[states.x]")[0] + '[definitions]\nlag = "retrospective(drive, mu)"\ntwice = "2*lag"\n'
    assert load(text).probes == load(text + "[outputs]\nsignals = []").probes == ("lag", "twice")


INPUT = GOOD[GOOD.index("kind") : GOOD.index("[states.x]")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('kind = "sine"\namplitude = 1\nfrequency = 2', Sines((1.0,), (2.0,), (0.0,))),
        (
            'kind = "sum_of_sines"\namplitude = [1, 0.5]\nfrequency = [0.1, 0.2]\nphase = [0, 1.5]',
            Sines((1.0, 0.5), (0.1, 0.2), (0.0, 1.5)),
        ),
        ('kind = "held"\namplitude = 1.0\nhold = 2.0\nseed = 4\nsmoothing = 0.3', Held(1.0, 2.0, 4, 0.3)),
        ('kind = "held"\namplitude = 1.0\nhold = 2.0\nseed = 4', Held(1.0, 2.0, 4)),
    ],
)
def test_kinds_of_input(load, text, expected):
    assert load(GOOD.replace(INPUT, text + "\n")).inputs[0].stimulus == expected


def test_tables_as_input_from_lists_and_from_a_file_beside_the_system(load, tmp_path):
    (tmp_path / "drive.csv").write_text("time,value\n0,1\n3,5\n")
    for text in ('kind = "pwl"\ntimes = [0, 3]\nvalues = [1, 5]\n', 'kind = "file"\npath = "drive.csv"\n'):
        stimulus = load(GOOD.replace(INPUT, text)).inputs[0].stimulus
        assert isinstance(stimulus, Piecewise)
        np.testing.assert_allclose(stimulus(np.array([1.5])), [3.0])


@pytest.mark.parametrize("first", ["time,value", "t (ms),CH1 (V)", '"Zeit","u"', "0,1"])
def test_a_file_of_values_may_begin_with_names_of_its_columns(load, tmp_path, first):
    (tmp_path / "drive.csv").write_text(first + "\n0.5,1\n3.5,5\n")
    stimulus = load(GOOD.replace(INPUT, 'kind = "file"\npath = "drive.csv"\n')).inputs[0].stimulus
    np.testing.assert_allclose(stimulus(np.array([2.0])), [3.0])


@pytest.mark.parametrize("first", ["O.5,1", "0.5,x", "nan,value", "time", "time,", "a,b,c"])
def test_a_first_line_that_is_neither_names_nor_numbers_is_refused(load, tmp_path, first):
    (tmp_path / "drive.csv").write_text(first + "\n0.5,1\n3.5,5\n")
    with pytest.raises(SystemFileError, match=r"number|missing|field|nan"):
        load(GOOD.replace(INPUT, 'kind = "file"\npath = "drive.csv"\n'))


def test_a_system_of_definitions_alone(load):
    text = (
        GOOD.split("[states.x]")[0] + '[definitions]\nlag = "retrospective(drive, mu)"\nback = "prospective(lag, mu)"\n'
    )
    system = load(text + '[outputs]\nsignals = ["back"]')
    lag, drive, mu = sp.symbols("lag drive mu")
    assert [each.expression for each in system.definitions] == [retrospective(drive, mu), prospective(lag, mu)]


@pytest.mark.parametrize("path", system_files().values(), ids=lambda path: path.stem)
def test_shipped_systems_load_at_once_and_say_what_they_are(path):
    with effort_below(40):
        system = load_system(path)
    assert system.name == path.stem
    header = path.read_text().split("name =")[0]
    assert header.startswith("# ") and "Reference: " in header


def test_at_least_the_nine_promised_systems_are_shipped():
    assert system_files().keys() >= {
        "rc_low_pass", "harmonic_oscillator", "van_der_pol", "lorenz", "roessler", "fitzhugh_nagumo", "duffing",
        "lotka_volterra", "prospective_identity",
    }  # fmt: skip


def _replaced(old, new):
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


def _rate(text):
    return _replaced('derivative = "y"', f"derivative = {text}")


HELD = GOOD.replace(INPUT, 'kind = "held"\namplitude = 1.0\nhold = 2.0\nseed = 4\nsmoothing = 0.1\n')
SUM = GOOD.replace(INPUT, 'kind = "sum_of_sines"\namplitude = [1.0]\nfrequency = [1.0, 2.0]\n')
PWL = GOOD.replace(INPUT, 'kind = "pwl"\ntimes = [0.0, 1.0, 1.0]\nvalues = [0.0, 1.0, 2.0]\n')


@pytest.mark.parametrize(
    ("text", "where", "what", "hint"),
    [
        # the file itself
        ("", "", "the file is empty", "examples"),
        ("  \n", "", "the file is empty", "examples"),
        (GOOD[: GOOD.index("1 - x")], "", "line", "complete"),
        ('name = "a"\nname = "b"', "", "line 2", "complete"),
        (b"\xff\xfe\x00", "", "UTF-8", "save"),
        ("a = " + "[" * 5000, "", "nested too deeply", "examples"),
        ("a = " + "1" * 6000, "", "too many digits", "decimal"),
        # keys and tables
        (GOOD[: GOOD.index("[states.y]")], ": states.x.derivative", "unknown name 'y'", "known:"),
        (_replaced('name = "van_der_pol"', ""), ": top level", "'name' is missing", "name ="),
        (_replaced("[time]", "[tyme]"), ": top level", "unknown table 'tyme'", "did you mean 'time'?"),
        (_replaced("[time]\nunit = 1e-3\nspan = 40.0", ""), ": top level", "'time' is missing", "[time]"),
        (_replaced("unit = 1e-3", "units = 1e-3"), ": time", "unknown key 'units'", "did you mean 'unit'?"),
        (_replaced("initial = 2.0", ""), ": states.x", "'initial' is missing", "initial = 0.0"),
        (_replaced("initial = 2.0", "intial = 2.0"), ": states.x", "unknown key 'intial'", "did you mean 'initial'?"),
        (_replaced("signals =", "signal ="), ": outputs", "unknown key 'signal'", "did you mean 'signals'?"),
        (
            _replaced('kind = "sine"', 'kind = "sin"'),
            ": inputs.drive.kind",
            "unknown kind 'sin'",
            "did you mean 'sine'?",
        ),
        (_replaced('kind = "sine"', 'kind = "white"'), ": inputs.drive.kind", "unknown kind 'white'", "sum_of_sines"),
        (_replaced('kind = "sine"', ""), ": inputs.drive", "'kind' is missing", "pwl"),
        (_replaced('kind = "sine"', 'kin = "sine"'), ": inputs.drive", "unknown key 'kin'", "did you mean 'kind'?"),
        (_replaced("phase = 0.0", "phse = 0.0"), ": inputs.drive", "unknown key 'phse'", "did you mean 'phase'?"),
        (_replaced("frequency = 0.2", ""), ": inputs.drive", "'frequency' is missing", "cycles"),
        # types
        (
            _replaced("mu = 1.0", 'mu = "1.0"'),
            ": parameters.mu",
            "expected a number, got a string",
            "without quotation",
        ),
        (_replaced("mu = 1.0", "mu = true"), ": parameters.mu", "expected a number, got a boolean", "number"),
        (_replaced("mu = 1.0", "mu = [1.0]"), ": parameters.mu", "expected a number, got a list", "number"),
        (_replaced("mu = 1.0", "mu = 1979-05-27"), ": parameters.mu", "got a date or time", "number"),
        (_rate("0"), ": states.x.derivative", "expected a string, got an integer", '"0"'),
        (_replaced("unit = 1e-3", 'unit = "1 ms"'), ": time.unit", "expected a number, got a string", "number"),
        (_replaced('["x", "y", "energy"]', '"x"'), ": outputs.signals", "expected a list, got a string", '["x"]'),
        (_replaced('["x", "y", "energy"]', "[1]"), ": outputs.signals.0", "expected a string", '"1"'),
        (
            "parameters = 3\n" + _replaced("[parameters]\nmu = 1.0", ""),
            ": parameters",
            "expected a table",
            "write a table",
        ),
        (_replaced("phase = 0.0", "phase = [0.0]"), ": inputs.drive.phase", "expected a number, got a list", "number"),
        (HELD.replace("seed = 4", "seed = 4.5"), ": inputs.drive.seed", "expected an integer, got a float", "integer"),
        ("states = 1\n" + GOOD.split("[states.x]")[0], ": states", "expected a table, got an integer", "table"),
        # values
        (_replaced("mu = 1.0", "mu = nan"), ": parameters.mu", "nan is not finite", "finite"),
        (_replaced("mu = 1.0", "mu = inf"), ": parameters.mu", "inf is not finite", "finite"),
        (_replaced("mu = 1.0", "mu = 1" + "0" * 400), ": parameters.mu", "", ""),
        (_replaced("initial = 2.0", "initial = -inf"), ": states.x.initial", "not finite", "finite"),
        (_replaced("span = 40.0", "span = 0.0"), ": time.span", "not a positive", "above 0"),
        (_replaced("unit = 1e-3", "unit = -1.0"), ": time.unit", "not a positive", "above 0"),
        (HELD.replace("hold = 2.0", "hold = -2.0"), ": inputs.drive.hold", "not positive", "above 0"),
        (HELD.replace("hold = 2.0", "hold = 1e-9").replace("0.1", "0.0"), ": inputs.drive.hold", "more than", "longer"),
        (HELD.replace("smoothing = 0.1", "smoothing = -1.0"), ": inputs.drive.smoothing", "not between", "sigma"),
        (HELD.replace("seed = 4", "seed = -4"), ": inputs.drive.seed", "negative", "from 0"),
        (_replaced("frequency = 0.2", "frequency = -0.2"), ": inputs.drive.frequency", "negative", "phase"),
        (SUM, ": inputs.drive.amplitude", "do not match", "per sine"),
        (PWL, ": inputs.drive.times", "does not come after", "ramp"),
        # names
        (_replaced("[states.x]", "[states.X]"), ": states.y.derivative", "unknown name 'x'", "known"),
        (_replaced('energy = "', 'X = "0"\nenergy = "'), ": definitions.X", "differ only in case", "rename"),
        (_replaced("energy =", "drive ="), ": definitions.drive", "taken by inputs.drive", "rename"),
        (_replaced("mu = 1.0", "mu = 1.0\nlambda = 2.0"), ": parameters.lambda", "Python reserves", "lambda_1"),
        (_replaced("energy =", "Time ="), ": definitions.Time", "SPICE reserves", "Time_1"),
        (_replaced("mu = 1.0", 'mu = 1.0\n"a\\n.control" = 2.0'), "", "letters, digits", "letter"),
        (_replaced("mu = 1.0", 'mu = 1.0\n"a.b" = 2.0'), ": parameters.a.b", "letters, digits", "letter"),
        (_replaced('"van_der_pol"', '"x\\n.control"'), ": name", "not a name for a system", "letters"),
        (_replaced('["x", "y", "energy"]', '["x", "enrgy"]'), ": outputs.signals", "'enrgy'", "did you mean 'energy'?"),
        (_replaced('["x", "y", "energy"]', '["mu"]'), ": outputs.signals", "unknown signal 'mu'", "known"),
        # equations
        (_replaced('"x**2 + y**2"', '"x**2 + w**2"'), ": definitions.energy", "unknown name 'w'", "known"),
        (_rate('"erf(y)"'), ": states.x.derivative", "unsupported function 'erf'", "softplus"),
        (_rate('"retrospective(y, -mu)"'), ": states.x.derivative", "time constant -mu", "above 0"),
        (_rate('"y/(mu - 1)"'), ": states.x.derivative", "1/(mu - 1)", "parameters"),
        (_replaced('"x**2 + y**2"', '"energy + x"'), ": definitions.energy", "energy -> energy", "state"),
        (_rate("\"__import__('os').system('true')\""), ": states.x.derivative", "double underscore", "code"),
        (_rate('"""y\n.control\nshell true"""'), ": states.x.derivative", "line break", "one line"),
    ],
)
def test_bad_files_say_what_where_and_what_to_do(load, text, where, what, hint):
    with pytest.raises((SystemFileError, EquationError)) as caught:
        load(text)
    error = caught.value
    assert error.where.startswith(f"sys.toml{where}"), str(error)
    assert what in error.what, str(error)
    assert hint in (error.hint or ""), str(error)
    assert "sys.toml" not in error.where[1:], str(error)
    assert "pydantic" not in str(error) and str(error).count("\n") <= 1


def test_files_that_cannot_be_read(tmp_path):
    for path, what in [
        (tmp_path / "none.toml", "no such file"),
        (tmp_path, "cannot be read"),
        ("a\0b", "cannot be read"),
    ]:
        with pytest.raises(SystemFileError, match=what):
            load_system(path)
    big = tmp_path / "big.toml"
    big.write_bytes(b"#" * 2_000_000)
    with pytest.raises(SystemFileError, match="larger than"):
        load_system(big)


@pytest.mark.parametrize("part", ["a", '"a.b"', "'a'"])
@pytest.mark.parametrize("form", ["{} = 1", "[{}]", "[[ {} ]]", "x = {{{} = 1}}", "x = {{y = 2, {} = 1}}"])
def test_deep_keys_are_refused_at_once(load, form, part):
    with effort_below(10), pytest.raises(SystemFileError, match="more than 16 parts"):
        load(form.format(" . ".join([part] * 20_000)))


@pytest.mark.parametrize("text", ["[{,", '{"', "{'", "a.", "[a.b.c]\n", '"' * 3 + "\\", "a-" * 40 + "\n{ "])
def test_large_files_of_any_kind_are_refused_soon(load, text):
    with effort_below(40), pytest.raises(SystemFileError):
        load(text * (900_000 // len(text)))


def test_a_bad_stimulus_file_is_traced_through_the_system_file(load, tmp_path):
    (tmp_path / "drive.csv").write_text("time,value\n0,1\n1,nan\n")
    with pytest.raises(SystemFileError, match="the value is nan") as caught:
        load(GOOD.replace(INPUT, 'kind = "file"\npath = "drive.csv"\n'))
    assert caught.value.where == f"sys.toml: inputs.drive.path: {tmp_path / 'drive.csv'}: line 3"
    with pytest.raises(SystemFileError, match="no such file"):
        load(GOOD.replace(INPUT, 'kind = "file"\npath = "missing.csv"\n'))


def test_every_truncation_is_refused_or_a_system(load):
    for length in range(0, len(GOOD), 3):
        try:
            load(GOOD[:length])
        except VleAnalogError as error:
            assert error.where.startswith("sys.toml")
        else:
            assert length > GOOD.index("initial = 0.0")


def test_loading_imports_no_relative_of_the_working_directory(load, tmp_path, monkeypatch):
    (tmp_path / "drive.csv").write_text("0,1\n3,5\n")
    monkeypatch.chdir(Path("/"))
    assert load(GOOD.replace(INPUT, 'kind = "file"\npath = "drive.csv"\n')).inputs


def test_an_endless_stimulus_file_is_refused_at_once(tmp_path):
    path = tmp_path / "endless.toml"
    path.write_text(
        'name = "endless"\n[time]\nunit = 1e-3\nspan = 1.0\n[inputs.u]\nkind = "file"\npath = "/dev/zero"\n'
        '[states.x]\nderivative = "u - x"\ninitial = 0.0\n'
    )
    with pytest.raises(SystemFileError, match="not a regular file"):
        load_system(path)
