import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.effort import effort_below
from vle_analog.equations.expression import MAX_CALLS, parse_expression
from vle_analog.equations.functions import SUPPORTED
from vle_analog.equations.operators import prospective
from vle_analog.errors import EquationError
from vle_analog.laws.deadzone import deadzone
from vle_analog.laws.heaviside import heaviside
from vle_analog.laws.hyperbolic import tanh
from vle_analog.laws.logistic import logistic
from vle_analog.laws.rectifier import rectifier
from vle_analog.laws.softplus import softplus

NAMES = ["x", "y", "a", "b", "tau", "drive", "E", "I", "S", "gamma_1"]
SYMBOLS = {name: sp.Symbol(name) for name in NAMES}
CONSTANTS = frozenset({"a", "b", "tau"})
x, y, a, b, tau = (SYMBOLS[name] for name in NAMES[:5])


def parse(text):
    return parse_expression(text, SYMBOLS, where="states.x.derivative", constants=CONSTANTS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  x + y ", x + y),
        ("-x**2*y", -(x**2) * y),
        ("a*(1 - x**2)*y - x", a * (1 - x**2) * y - x),
        ("x/(a*b) - 1/a**3", x / (a * b) - a**-3),
        ("1/3*x", x / 3),
        ("2**3", sp.Integer(8)),
        ("tanh(x) + softplus(-y)", tanh(x) + softplus(-y)),
        ("prospective(x, 2*tau)", prospective(x, 2 * tau)),
        ("deadzone(x, -a, a)", deadzone(x, -a, a)),
        ("E + I + S", SYMBOLS["E"] + SYMBOLS["I"] + SYMBOLS["S"]),
        ("2*pi*x", 2 * sp.pi * x),
        ("x**9*y**9", x**9 * y**9),
        ("x**10 - x**-1", x**10 - 1 / x),
        ("1/x + a/(a + y)", 1 / x + a / (a + y)),
        ("x**0.5 + x**a + x**2.0 + 2**y", x**0.5 + x**a + x**2 + 2**y),
        ("exp(x) + log(x) - ln(y) + arctan(x)", sp.exp(x) + sp.log(x) - sp.log(y) + sp.atan(x)),
        ("Abs(x)*sgn(y) + abs(a)", sp.Abs(x) * sp.sign(y) + sp.Abs(a)),
        ("sigmoid(x) + sigma(x)", 2 * logistic(x)),
        ("relu(x) + max(x, 0) + max(0, x)", 3 * rectifier(x)),
        ("max(x, y)", y + rectifier(x - y)),
        ("min(x, y)", -(-y + rectifier(-x + y))),
        ("cot(x)", sp.cos(x) / sp.sin(x)),
        ("x < y", heaviside(y - x)),
        ("0 < x <= 1 and not y > 0", heaviside(x) * heaviside(1 - x) * (1 - heaviside(y))),
        ("x if x > 0 else y", y + heaviside(x) * (x - y)),
        ("Piecewise((x, x > 0), (y, True))", y + heaviside(x) * (x - y)),
        ("pow(x, 3) + pow(x, a)", x**3 + x**a),
        ("+".join(["x"] * 700), 700 * x),
        ("(" * 50 + "x" + ")" * 50, x),
    ],
)
def test_accepted(text, expected):
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        # names and functions
        ("drve - x", "unknown name 'drve'", "did you mean 'drive'?"),
        ("erf(x)", "unsupported function 'erf'", "supported: Piecewise, abs, atan, clip, cos"),
        ("thanh(x)", "unsupported function 'thanh'", "did you mean 'tanh'?"),
        ("Piecewise((x, x > 0))", "leaves open", "end it with (0, True)"),
        ("Piecewise(x, 0)", "not made of pairs", "write Piecewise("),
        ("max(x)", "max with 1 argument(s)", "write max(x, y, ...)"),
        ("x if y else a", "'y' is not a condition", "x > 0"),
        ("x and y", "'x' is not a condition", "x > 0"),
        ("tanh", "has no argument", "write tanh(x)"),
        ("tanh(x, y)", "tanh with 2 argument(s)", "write tanh(x)"),
        ("prospective(x)", "prospective with 1 argument(s)", "write prospective(x, tau)"),
        ("prospective(x, y)", "'y' in prospective varies", "parameters"),
        ("deadzone(x, y, 1)", "'y' in deadzone varies", "parameters"),
        ("x(y)", "'x' is not a function", "x*(...)"),
        ("2(x + y)", "called like a function", "products with *"),
        ("2x", "not an expression", "2*x"),
        # division and powers
        ("x/0", "which is zero", "divisor"),
        ("x/(a - a)", "which is zero", "divisor"),
        ("x**21", "a power above 20", "powers are -20 to 20"),
        ("(-8)**(1/3)", "not a finite real number", "1e308"),
        ("0**-1", "division by zero", "change the divisor"),
        ("x^2", "'^'", "x**2"),
        ("x**15*x**15", "degree 30", "powers are -20 to 20"),
        ("(x**9)**9", "degree 81", "powers are -20 to 20"),
        # equations in place of right-hand sides
        ("x' = -x", "an equals sign", "only the right-hand side"),
        ("-x'", "a derivative", "must be explicit"),
        ("d(x) + y", "not explicit", "prospective(x, tau)"),
        ("diff(x)", "not explicit", "prospective(x, tau)"),
        # what would be huge
        ("9**9**9", "not a finite real number", "1e308"),
        ("((((9**9)**9)**9)**9)**9", "not a finite real number", "1e308"),
        ("1e999*x", "too large", "1e308"),
        ("9" * 400, "too large", "1e308"),
        ("x*1e300*1e300", "too large", "1e308"),
        ("((x + y + a + b + 1)**9 + 1)**2", "more than 5000 terms", "definitions"),
        ("((x + 1)**9 + 1)**9", "degree 81", "powers are"),
        ("(" * 51 + "x" + ")" * 51, "nested deeper than 50", "definitions"),
        ("-" * 900 + "x", "nested deeper than 50", "definitions"),
        ("-" * 3000 + "x", "not an expression", "right-hand side"),
        ("tanh(" * 40 + "x" + ")" * 40, f"nested deeper than {MAX_CALLS} function calls", "definitions"),
        ("*".join(["x"] * 900), "than 1500", "definitions"),
        ("x+" * 3000 + "x", "longer than 4000", "definitions"),
        # code
        ("__import__('os').system('true')", "a double underscore", "no Python code is run"),
        ("x.real", "attribute access '.real'", "no Python code is run"),
        ("x.real()", "attribute access '.real'", "no Python code is run"),
        ("(1).real", "attribute access", "no Python code is run"),
        ("lambda: x", "a colon", "no lambda"),
        ("(y := x)", "an equals sign", "right-hand side"),
        ("x[0]", "square brackets", "x_1"),
        ("[x for x in y]", "square brackets", "x_1"),
        ("x == y", "a comparison for equality", "< and >"),
        ("(x > 0) & (y > 0)", "'&'", "and, or, not"),
        ("x, y", "a comma", "names, numbers"),
        ("tanh(*x)", "a starred argument", "names, numbers"),
        ("tanh(**x)", "a keyword argument", "tanh(x)"),
        ("prospective(x, tau=2)", "an equals sign", "right-hand side"),
        ("'x'", "a text string", "names, numbers"),
        ("open('f')", "a text string", "names, numbers"),
        ("x\n.control", "a line break", "one line"),
        ("x\x00", "a line break or control character", "one line"),
        ("x; y", "a semicolon", "one expression"),
        ("$(shell rm)", "'$'", "operators are"),
        ("shell rm", "not an expression", "right-hand side"),
        ("x # y", "a comment", "quotation marks"),
        ("x²", "U+00B2", "ASCII"),
        ("ｘ", "U+FF58", "ASCII"),
        ("1j*x", "not a real number", "1.5"),
        ("True", "not a real number", "1.5"),
        ("None", "not a real number", "1.5"),
        ("", "empty", "'0'"),
        (" \t", "empty", "'0'"),
        ("x +", "not an expression", "right-hand side"),
    ],
)
def test_refused_saying_what_where_and_what_to_do(text, what, hint):
    with effort_below(20), pytest.raises(EquationError) as caught:
        parse(text)
    assert caught.value.where == "states.x.derivative"
    assert what in caught.value.what
    assert hint in caught.value.hint
    assert len(str(caught.value)) < 400 and str(caught.value).count("\n") == 1


@pytest.mark.parametrize("name", ["asin", "erf", "log1p", "sind", "swish", "atan2", "arcsinh", "sinc", "gamma_2"])
def test_a_different_law_is_never_offered_as_a_spelling(name):
    with pytest.raises(EquationError) as caught:
        parse(f"{name}(x)")
    assert "did you mean" not in caught.value.hint


def test_unsupported_function_lists_all_supported_ones():
    with pytest.raises(EquationError) as caught:
        parse("erf(x)")
    assert all(name in caught.value.hint for name in SUPPORTED)


_FRAGMENTS = st.sampled_from(
    [
        *NAMES,
        *SUPPORTED,
        *"+-*/()., =<>[]{}'\"\\;:^#@\n",
        "**",
        "**9",
        "9",
        "0",
        "1e400",
        "0.5",
        "lambda",
        "__",
        "if ",
        "pi",
    ]
)


@settings(max_examples=400, deadline=2000)
@given(st.one_of(st.text(max_size=60), st.lists(_FRAGMENTS, max_size=40).map("".join)))
def test_any_text_gives_an_expression_or_our_error(text):
    try:
        result = parse(text)
    except EquationError as error:
        assert error.where == "states.x.derivative" and "\n" not in error.what
    else:
        assert isinstance(result, sp.Expr)
        assert {str(each) for each in result.free_symbols} <= set(NAMES)


def _numbers():
    return st.one_of(st.integers(0, 20).map(str), st.floats(0.001, 100).map(repr))


def _grown(inner):
    return st.one_of(
        st.tuples(inner, st.sampled_from([" + ", " - ", "*"]), inner).map(lambda p: f"({p[0]}){p[1]}({p[2]})"),
        st.tuples(inner, st.sampled_from(["a", "b", "tau", "2", "(a*b)"])).map(lambda p: f"({p[0]})/{p[1]}"),
        st.tuples(inner, st.integers(1, 3)).map(lambda p: f"({p[0]})**{p[1]}"),
        inner.map(lambda e: f"-({e})"),
    )


@settings(max_examples=200, deadline=2000)
@given(st.recursive(st.one_of(_numbers(), st.sampled_from(NAMES)), _grown, max_leaves=8))
def test_valid_expressions_mean_what_python_means(text):
    values = {name: 0.3 + 0.17 * place for place, name in enumerate(NAMES)}
    try:
        parsed = parse(text)
    except EquationError as error:
        assert "degree" in error.what or "combine" in error.what
        return
    number = float(parsed.subs({SYMBOLS[name]: value for name, value in values.items()}))
    # cancellation in a sum of large terms is measured against those terms
    size = eval(text.replace(" - ", " + ").replace("-(", "+("), {}, dict(values))
    assert number == pytest.approx(eval(text, {}, dict(values)), rel=1e-9, abs=1e-9 * max(size, 1e-12))


@pytest.mark.parametrize("text", ["(5e-117)**3", "1e-200*1e-200", "x + (1e-200)**2"])
def test_a_number_smaller_than_any_float_is_nothing(text: str) -> None:
    x = sp.Symbol("x")
    expected = x if "x" in text else 0
    assert parse_expression(text, {"x": x}, where="here") == expected
