"""Refusals of what a system is made into: domains, ranges, part values, the reference run, options of the build."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.refusals.case import BASE, Act, Refusal, building, edited, made, reading
from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.design.operating_point import resting_point
from vle_analog.design.prototype import Prototype
from vle_analog.design.subject import Subject
from vle_analog.design.system_board import SystemBoard
from vle_analog.equations.resolve import resolve
from vle_analog.errors import VleAnalogError
from vle_analog.fleet.fleet import Fleet
from vle_analog.options import build
from vle_analog.production.production import Production
from vle_analog.production.variation import Tolerance, Variation

RATE, SQUARE = "-x + u", '"x**2"'
REAL = Build(fidelity="macromodel")
#: the reference's rates cannot be followed, and can
STIFF = {RATE: "1e9*(u - x)", "frequency = 0.2": "frequency = 1e3"}, {RATE: "1e2*(u - x)"}
#: an event that does not let the system rest
FIRING = {RATE: "2 - x", "[outputs]": '[events.fire]\nwhen = "x > 1"\nset = {x = "0"}\n[outputs]'}


def shorter(bad: dict[str, str], span: float, where: str, says: str, build: Build | None = None) -> Refusal:
    """What a shorter span mends."""
    return made(bad, bad | {"span = 5.0": f"span = {span}"}, where, says, "shorten the span", build)


def read_from_hint(
    bad: dict[str, str],
    pattern: str,
    mend: Callable[[re.Match[str]], Act],
    where: str,
    says: str,
    build: Build | None = None,
) -> Refusal:
    """What the numbers in the hint mend."""
    act = building(edited(bad), build)

    def mended(folder: Path) -> object:
        try:
            act(folder)
        except VleAnalogError as error:
            found = re.search(pattern, error.hint or "")
            assert found is not None, error
            return mend(found)(folder)
        raise AssertionError("it is accepted")

    return Refusal(act, where, says, "", mended)


def in_unit(bad: dict[str, str]) -> Callable[[re.Match[str]], Act]:
    """The file in a time unit between the two that are told."""
    unit = next(iter(key for key in bad if key.startswith("unit")), "unit = 1e-3")

    def mend(told: re.Match[str]) -> Act:
        return building(edited(bad | {unit: f"unit = {(float(told[1]) * float(told[2])) ** 0.5:.3g}"}))

    return mend


def unit(bad: dict[str, str], where: str) -> Refusal:
    return read_from_hint(
        bad, r"a time unit between (\S+) and (\S+) s realises it", in_unit(bad), where, "would have to be at least"
    )


def asked(bad: Callable[[], Any], mended: Callable[[], Any], says: str, remedy: str, where: str = "") -> Refusal:
    """Options that cannot be asked."""
    return Refusal(lambda folder: bad(), where, says, remedy, lambda folder: mended())


def plan(kind: type, **said: Any) -> Callable[[], Any]:
    """Options by their names, as the command line gives them."""
    return lambda: build(kind, said)


def resting(text: dict[str, str]) -> Act:
    return lambda folder: resting_point(building(edited(text))(folder))


def noisy_run(text: dict[str, str]) -> Act:
    """The run with noise that is advised: its circuit."""
    production = Production(noise=0)
    return lambda folder: design(reading(edited(text))(folder), REAL, production.passes(0))


DOMAINS = [
    shorter({RATE: "-1", SQUARE: '"log(x + 2)"'}, 2.0, "base.toml: equation of 'y'", "'x + 2' crosses zero at t = 2.5"),
    shorter(
        {RATE: "-1", SQUARE: '"u/(x + 2)"'}, 2.0, "base.toml: equation of 'y'", "division by 'x + 2' is not defined"
    ),
    shorter({RATE: "3*x**2", SQUARE: '"log(4 - x)"'}, 0.4, "base.toml: equation of 'y'", "crosses zero at t = 0.583"),
    shorter({RATE: "-a/x + u"}, 0.1, "base.toml: equation of 'x'", "division by 'x' is not defined there"),
    shorter({RATE: "-1 - log(x)**2"}, 0.1, "base.toml: equation of 'x'", "log(x) is not defined there"),
    made(
        {RATE: "-x - 2", "initial = 0.5": "initial = -0.5", SQUARE: '"reciprocal(x)"'},
        {RATE: "-x - 2", "initial = 0.5": "initial = -0.5", SQUARE: '"-reciprocal(-x)"'},
        "base.toml: equation of 'y'",
        "'x' is never above 0",
        "write -reciprocal(-x) for a signal that stays negative",
    ),
    made(
        {SQUARE: '"tan(3.1*x)"'},
        Build(fidelity="macromodel", parts=(("tan", "ideal"),)),
        "base.toml: signal 'y'",
        "the argument of 'tan(3.1*x)' reaches 1.55; its part takes 1.5",
        "--part tan=ideal",
        REAL,
    ),
    read_from_hint(
        {SQUARE: '"tan(3.1*x)"'},
        r"straight pieces: (tabulated\(.*\))$",
        lambda told: building(edited({SQUARE: f'"{told[1]}"'}), REAL),
        "base.toml: signal 'y'",
        "its part takes 1.5",
        REAL,
    ),
    made(
        {RATE: "sin(20*u) - x"},
        Build(fidelity="macromodel", parts=(("sin", "ideal"), ("cos", "ideal"))),
        "base.toml: equation of 'x': signal",
        "'20*u' turns too far for a sine shaper",
        "--part sin=ideal --part cos=ideal",
        REAL,
    ),
]

#: a difference that a multiplier takes
COMPARED = {RATE: "-x + u*(x - u)"}
SUBTRACTING = Build(fidelity="macromodel", subtract=True)

VALUES = [
    made(
        COMPARED,
        replace(SUBTRACTING, parts=(("multiplier", "ad633"),)),
        "`subtract`",
        "nobody says what 'multiplier_pwm' makes of voltages that both pins of an input have in common",
        "such as ad633",
        replace(SUBTRACTING, parts=(("multiplier", "multiplier_pwm"),)),
    ),
    made(
        COMPARED,
        replace(SUBTRACTING, scales=(("u", 2.0), ("x", 2.0))),
        "signal 'u'",
        "'u' and 'x', which a multiplier subtracts, need the same volts per unit",
        "--scale x=2",
        replace(SUBTRACTING, scales=(("u", 2.0), ("x", 4.0))),
    ),
    made(
        {SQUARE: '"delay(x, 0.5)"'},
        Build(),
        "",
        "a system with delays is not started by a reset",
        "leave `start` out",
        Build(start="reset"),
    ),
    unit({"unit = 1e-3": "unit = 1e-12"}, "base.toml: signal 'x'"),
    unit({"unit = 1e-3": "unit = 1e6"}, "base.toml: signal 'x'"),
    unit({RATE: "-5e-7*x + u"}, "base.toml: signal 'x'"),
    made(
        {RATE: "-1e6*x + u", "unit = 1e-3": "unit = 1.0"},
        {RATE: "-1e6*x", "unit = 1e-3": "unit = 1.0"},
        "base.toml: signal 'x'",
        "the weakest input's resistor, of '1.0e-6*u'",
        "leave the weaker of the two out",
    ),
    read_from_hint(
        {SQUARE: '"prospective(u, a)"'},
        r"--bandwidth (\S+) can be built",
        lambda told: building(edited({SQUARE: '"prospective(u, a)"'}), Build(bandwidth=float(told[1]))),
        "base.toml: signal 'y'",
        "because of C2",
        Build(bandwidth=1e6),
    ),
    read_from_hint(
        {SQUARE: '"prospective(u, a)"'},
        r"--bandwidth (\S+) can be built",
        lambda told: building(
            edited({SQUARE: '"prospective(u, a)"'}), Build(bandwidth=float(told[1]), realisation="differentiator")
        ),
        "base.toml: equation of 'y': signal 'y__d'",
        "because of RS",
        Build(bandwidth=1e6, realisation="differentiator"),
    ),
    made(
        {SQUARE: '"u/(x + 2)"'},
        Build(scales=(("y", 8.0),)),
        "base.toml: signal 'y'",
        "because of R2",
        "fix volts per unit with --scale",
        Build(scales=(("y", 1e-5),)),
    ),
    shorter({RATE: "-1/x**2 - 1"}, 0.01, "base.toml: equation of 'x': signal 'over__y'", "because of R2"),
    made(
        {},
        Build(scales=(("x", 16.0),)),
        "signal 'x'",
        "would reach 50 V",
        "at most 16 V per unit",
        Build(scales=(("x", 100.0),)),
    ),
    made(
        {},
        Build(scales=(("x", 9.0),)),
        "base",
        "a scale is given for 'xx'",
        "did you mean 'x'?",
        Build(scales=(("xx", 9.0),)),
    ),
    made(
        {},
        Build(scales=(("x", 9.0),)),
        "signal 'y'",
        "follow from its inputs'",
        "give a scale for 'x' instead",
        Build(scales=(("y", 1.0),)),
    ),
    made(
        {},
        Build(scales=(("x", 0.5),)),
        "signal 'x'",
        "-1.0 V per unit is not",
        "e.g. --scale x=0.5",
        Build(scales=(("x", -1.0),)),
    ),
    made(
        {"[outputs]": '[fidelity]\nu = "macromodel"\n[outputs]'},
        {"[outputs]": '[fidelity]\ny = "macromodel"\n[outputs]'},
        "base.toml",
        "no block drives 'u'",
        "known: x, y",
    ),
]

RUNS = [
    shorter(
        {RATE: "x**2 + 1", "initial = 0.5": "initial = 2.0"}, 0.3, "base.toml", "the reference solution diverges: 'x'"
    ),
    made(*STIFF, "base.toml", "too stiff for a span of 5", "slow the fastest time constant down"),
    Refusal(
        resting({"[outputs]": '[states.q]\nderivative = "1"\ninitial = 0.0\n[outputs]'}),
        "base",
        "nothing holds 'q'",
        "vle-analog run SUBJECT --noise 0",
        noisy_run({"[outputs]": '[states.q]\nderivative = "1"\ninitial = 0.0\n[outputs]'}),
    ),
    Refusal(
        resting({RATE: "x**2 + 1", "span = 5.0": "span = 0.2"}),
        "base",
        "no operating point with the inputs held",
        "vle-analog run SUBJECT --noise 0",
        noisy_run({RATE: "x**2 + 1", "span = 5.0": "span = 0.2"}),
    ),
    Refusal(
        resting(FIRING),
        "base",
        "the event 'fire' goes on happening with the inputs held",
        "vle-analog run SUBJECT --noise 0",
        noisy_run(FIRING),
    ),
    Refusal(
        resting(FIRING | {"span = 5.0": "span = 0.3"}),
        "base",
        "the event 'fire' happens on the way to where the equations rest",
        "vle-analog run SUBJECT --noise 0",
        noisy_run(FIRING | {"span = 5.0": "span = 0.3"}),
    ),
    Refusal(
        resting({RATE: "x - x**3", "initial = 0.5": "initial = 0.0"}),
        "base",
        "the operating point is not stable: 'x'",
        "vle-analog run SUBJECT --noise 0",
        noisy_run({RATE: "x - x**3", "initial = 0.5": "initial = 0.0"}),
    ),
]

OPTIONS = [
    asked(plan(Build, scales=("x",)), plan(Build, scales=("x=0.5",)), "SIGNAL=VOLTS", "scales=x=0.5"),
    asked(
        plan(Build, scales=("x=nan",)),
        plan(Build, scales=("x=0.5",)),
        "not SIGNAL=VOLTS with a positive",
        "`scales=x=0.5`",
    ),
    asked(
        plan(Build, realisation="leed"), plan(Build, realisation="lead"), "unknown realisation", "did you mean 'lead'?"
    ),
    asked(plan(Build, start="rest"), plan(Build, start="reset"), "unknown way to start", "did you mean 'reset'?"),
    asked(plan(Build, chop="slwo"), plan(Build, chop="slow"), "unknown way to chop", "did you mean 'slow'?"),
    asked(
        plan(Fleet, task="lorenz", start="reset"),
        plan(Fleet, task="lorenz"),
        "boards of a study start with charged capacitors",
        "leave `start` out",
    ),
    asked(
        plan(Fleet, task="lorenz", chop="slow"),
        plan(Fleet, task="lorenz"),
        "`chop` is for learning tasks",
        "leave `chop` out",
    ),
    asked(plan(Build, hysteresis=1.5), plan(Build, hysteresis=0.02), "must be from 0 to below 1", "e.g. 0.02"),
    made(
        {RATE: "-x + u"},
        {RATE: "-sign(x) + u"},
        "",
        "of which there are none",
        "compare with sign(x)",
        Build(hysteresis=0.02),
    ),
    asked(
        lambda: build(Build, {"parts": ("opamp@xx=tl072",)}).apart(["x", "y"], "macromodel"),
        lambda: build(Build, {"parts": ("opamp@x=tl072",)}).apart(["x", "y"], "macromodel"),
        "no block is called 'xx'",
        "did you mean 'x'?",
    ),
    asked(plan(Build, bandwidth=1.0), plan(Build, bandwidth=100.0), "`bandwidth` must be over 1", "e.g. 100"),
    Refusal(
        lambda folder: resolve(reading(BASE)(folder), "leed"),
        "",
        "unknown realisation",
        "did you mean 'lead'?",
        lambda folder: resolve(reading(BASE)(folder), "lead"),
    ),
    asked(
        plan(Fleet, task="lorenz", trim="1e-4"),
        plan(Fleet, task="lorenz", trim="1e-4", fidelity="macromodel"),
        "no offsets to trim",
        "take real ones",
    ),
    asked(
        plan(Fleet, task="chain", trim="1e-4", fidelity="macromodel", parts=["multiplier=multiplier_pwm"]),
        plan(Fleet, task="chain", trim="opamp=1e-5", fidelity="macromodel", parts=["multiplier=multiplier_pwm"]),
        "no pin at which a trimmer nulls its offset",
        "trim=opamp=1e-5",
    ),
    asked(
        lambda: Prototype(
            Subject("lorenz"), production=Production(Variation(Tolerance(0.01, lot=0.5), sampling="latin"))
        ),
        lambda: Prototype(
            Subject("lorenz"), production=Production(Variation(Tolerance(0.01, lot=0.5), sampling="sobol"))
        ),
        "a latin hypercube",
        "take `sampling=sobol`",
    ),
    asked(
        lambda: Prototype(Subject("lorenz"), Build(step=5.0)).loaded,
        lambda: Prototype(Subject("lorenz"), Build(step=1.0)).loaded,
        "over a tenth of the span",
        "take 1 or less",
    ),
    asked(
        lambda: Subject("lorens").load(),
        lambda: Subject("lorenz").load(),
        "unknown task or system 'lorens'",
        "did you mean 'lorenz'?",
    ),
    asked(
        plan(Fleet, task="lorens"),
        plan(Fleet, task="lorenz"),
        "unknown task or system 'lorens'",
        "did you mean 'lorenz'?",
    ),
    asked(
        lambda: Subject("lorenz", span=-1.0),
        lambda: Subject("lorenz", span=20.0),
        "`span` must be a positive",
        "e.g. 20",
    ),
    asked(
        lambda: Subject("lorenz", parameters=(("ro", 20.0),)).load(),
        lambda: Subject("lorenz", parameters=(("rho", 20.0),)).load(),
        "'lorenz' has no such parameter",
        "did you mean 'rho'?",
    ),
    asked(
        plan(Subject, name="lorenz", parameters=("rho=x",)),
        plan(Subject, name="lorenz", parameters=("rho=20",)),
        "not a finite number",
        "`parameters=rho=20`",
    ),
    asked(
        lambda: Subject("lorenz", eta=1.0).load(),
        lambda: Subject("lorenz").load(),
        "`eta` is for learning tasks",
        "leave `eta` out",
    ),
    asked(
        lambda: Subject("chain", parameters=(("a", 1.0),)).load(),
        lambda: Subject("chain").load(),
        "`parameters` is for systems",
        "leave `parameters` out",
    ),
    asked(
        lambda: SystemBoard("chain").system,
        lambda: SystemBoard("lorenz").system,
        "is a learning task, no system",
        "name a system",
    ),
]

CASES = [*DOMAINS, *VALUES, *RUNS, *OPTIONS]
