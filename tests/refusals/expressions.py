"""Refusals of the expressions in a system file."""

from __future__ import annotations

from tests.refusals.case import Refusal, file, rate

OPERATORS = "names, numbers and + - * / **"
NESTED = "(" * 60 + "x" + ")" * 60
#: a sum whose powers have many terms when they are multiplied out
WIDE = "(x + u + y + a + 1)"

TEXT = [
    rate("", "0", "the expression is empty", "write '0' for nothing"),
    rate("-x" + " - x" * 1099, "-1100*x", "longer than 4000 characters", "split it into definitions"),
    rate("-x\\n+ u", "-x + u", "a line break or control character", "write the expression on one line"),
    rate("-x + \u00fc", "-x + u", "the character '\u00fc'", "use ASCII letters"),
    rate("-x + __u", "-x + u", "a double underscore", "write an expression of names"),
    rate("-x + (u == 1)", "-x + (u > 1)", "a comparison for equality", "compare with < and >"),
    rate("-x; u", "-x + u", "a semicolon", "write one expression"),
    rate("x = -x + u", "-x + u", "an equals sign", "write only the right-hand side"),
    rate("x' + u", "-x + u", "a derivative (')", "give the derivative of each state under [states]"),
    rate("-x + 'u'", "-x + u", "a text string", OPERATORS),
    rate("-x[0] + u", "-x + u", "square brackets", "give each signal a name of its own"),
    rate("-{x} + u", "-(x) + u", "braces", "use round brackets"),
    rate("-x + u*!(x > 0)", "-x + u*(x <= 0)", "an exclamation mark", "x <= 0"),
    rate("lambda: x", "-x + u", "a colon", OPERATORS),
    rate("-x^3 + u", "-x**3 + u", "'^'", "write powers with **"),
    rate("-x + u # decay", "-x + u", "a comment", "put comments outside"),
    rate("-x \\\\ u", "-x / (2 + u)", "a backslash", OPERATORS),
    rate("-x + u*((x > 0) & (u > 0))", "-x + u*((x > 0) and (u > 0))", "'&'", "and, or, not"),
    rate("-x + u@x", "-x + u*x", "'@'", "the operators are + - * / **"),
    rate(NESTED, "x", "nested deeper than 50 levels", "split it into definitions"),
    rate("-x + 2u", "-x + 2*u", "is not an expression", "write products with *, for example 2*x"),
    rate("-x + + * u", "-x + u", "is not an expression", "write only the right-hand side"),
    rate(
        "-x*x" + "-x*x" * 599, "-600*x*x", "more than 1500 names, numbers and operations", "split it into definitions"
    ),
]

SYNTAX = [
    rate("-x + (u, x)", "-x + u", "a comma", OPERATORS),
    rate("-x.real + u", "-x + u", "attribute access '.real'", "use plain names"),
    rate("-x // 2 + u", "-x / 2 + u", "unsupported operator", "the operators are + - * / **"),
    rate("~x + u", "-x + u", "'~'", "and, or, not"),
    rate("-x + u*(not x)", "-x + u*(not x > 0)", "'x' is not a condition", "compare with < and >, for example x > 0"),
    rate("-x + (u is x)", "-x + (u > x)", "the comparison 'u is x'", "compare with < and >"),
    rate(
        "Piecewise(x, u)", "Piecewise((-x, x > 0), (0, True))", "not made of pairs", "Piecewise((x, x > 0), (0, True))"
    ),
    rate(
        "Piecewise((-x, x > 0))", "Piecewise((-x, x > 0), (0, True))", "leaves open what else", "end it with (0, True)"
    ),
    rate("-x + True", "-x + 1.5", "'True' is not a real number", "write a number such as 1.5"),
    rate("-x + 1e999", "-x + 1e9*u*1e-9", "a number that is too large", "numbers stay below 1e308"),
    rate("-x + unknown", "-x + u", "unknown name 'unknown'", "known: "),
    rate("-x + tanh", "-x + tanh(x)", "the function 'tanh' has no argument", "write tanh(x)"),
    rate("-x + u(2)", "-x + u*(2)", "'u' is not a function", "write products with *, as in u*(...)"),
    rate("-x + (u + x)(2)", "-x + (u + x)*(2)", "is called like a function", "write products with *"),
    rate("-x + tanhh(u)", "-x + tanh(u)", "unsupported function 'tanhh'", "did you mean 'tanh'?"),
    rate("-x + gamma(u)", "-x + tanh(u)", "unsupported function 'gamma'", "supported: "),
    rate("-x + tanh(**u)", "-x + tanh(u)", "a keyword argument", "write tanh(x)"),
    rate("-x + tanh(u, x)", "-x + tanh(u)", "tanh with 2 argument(s)", "write tanh(x)"),
    rate("-x + " + "tanh(" * 8 + "u" + ")" * 8, "-x + y", "function calls", "split it into definitions"),
    rate("-x + d(u)", "-x + prospective(u, a)", "makes the system not explicit", "write prospective(x, tau)"),
    rate("-x + prospective(u, x)", "-x + prospective(u, a)", "'x' in prospective varies", "use numbers and parameters"),
]

VALUES = [
    rate("-x + u/0", "-x + u/2", "division by '0', which is zero", "change the divisor"),
    rate("-x + (a - a)**-1", "-x + (a + a)**-1", "division by zero", "change the divisor"),
    rate("-x + 10.0**400", "-x + 10.0**2*u*1e-2", "is not a finite real number", "numbers stay below 1e308"),
    rate("-x + x**21", "-x + x**20", "a power above 20", "powers are -20 to 20"),
    rate(
        "-x*" + "*".join(["u"] * 30), "-x*" + "*".join(["u"] * 19), "nest to degree", "a product has at most 20 factors"
    ),
    rate("-x + 1e300*1e300*x", "-x + 1e300*(1e-300*x)", "not finite or too large", "numbers stay below 1e308"),
    file(
        {"-x + u": f"-x + 1e-12*{WIDE}**18"},
        {"-x + u": "-x + 1e-12*w**18", 'y = "x**2"': f'y = "x**2"\nw = "{WIDE}"'},
        "base.toml: states.x.derivative",
        "multiplied out, more than 5000 terms",
        "split it into definitions",
    ),
    rate("-x + prospective(u, a - a)", "-x + prospective(u, a)", "is 0", "time constants are above 0"),
    rate("-x + prospective(a, a)", "-x + a", "prospective of a constant is that constant", "write a alone"),
    rate("-x + deadzone(u, 1, -1)", "-x + deadzone(u, -1, 1)", "low 1 above high -1", "exchange them"),
    file(
        {"a = 1.0": "a = 0.0", "-x + u": "-x/a + u"},
        {"-x + u": "-x/a + u"},
        "base.toml: states.x.derivative",
        "the constant '1/a' is inf",
        "change the parameters so that it is finite",
    ),
    rate("-" * 60 + "x + u", "-x + u", "nested deeper than 50 levels", "split it into definitions"),
    rate(
        "-x + u*(" + "not " * 60 + "x > 0)",
        "-x + u*(x > 0)",
        "nested deeper than 50 levels",
        "split it into definitions",
    ),
]

PIECES = [
    rate("-x + table(x)", "-x + table(x, (0, 0), (1, 2))", "not made of a signal and points", "write table(x, (0, 0)"),
    rate("-x + table(x, (0, u), (1, 2))", "-x + table(x, (0, 0), (1, 2))", "is not made of numbers", "with numbers"),
    rate(
        "-x + table(x, (1, 0), (0, 2))", "-x + table(x, (0, 2), (1, 0))", "x = 0 does not come", "sort the points by x"
    ),
    rate(
        "-x + tabulated(u*x, 0, 1, 4)", "-x + tabulated(x*x, 0, 1, 4)", "of several signals", "tabulate what is of one"
    ),
    rate(
        "-x + tabulated(tan(x), 1, 0, 4)",
        "-x + tabulated(tan(x), -1, 1, 8)",
        "no range from low",
        "tabulated(tan(x), -1",
    ),
    rate(
        "-x + tabulated(log(x), 0, 1, 4)",
        "-x + tabulated(log(x), 0.1, 1, 8)/9",
        "not finite everywhere",
        "smaller range",
    ),
    rate("-x + tabulated(sin(9*x), -3, 3, 3)", "-x + tabulated(sin(9*x), -3, 3, 50)", "off by", "take more pieces"),
]

LOOPS = [
    file(
        {'y = "x**2"': 'y = "w*x"\nw = "y*x"'},
        {'y = "x**2"': 'y = "w*x"\nw = "retrospective(y, 0.1)*x"'},
        "definitions.",
        "loop without a state",
        "put a state, such as retrospective(x, tau), into the loop",
    ),
    rate(
        "-x + u - prospective(0.1*x, a)",
        "-x + u - prospective(0.1*retrospective(x, a), a)",
        "depends on itself",
        "put a state (for example retrospective(x, tau)) into the loop",
    ),
]

CASES: list[Refusal] = [*TEXT, *SYNTAX, *VALUES, *PIECES, *LOOPS]
