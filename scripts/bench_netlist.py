"""ngspice on the tool's netlists and on hand-written ones of the same equations: ``python scripts/bench_netlist.py``.

(a) The 1-5-5-1 learner of ``xor_small`` as an op-amp circuit, against the least that holds its equations: per state
a capacitor and a behavioural current source with the right-hand side, per algebraic signal a behavioural voltage
source. (b) One layer of leaky integrators with tanh and fixed weights, the tool's against op-amps, resistors and
capacitors typed one after the other. Same options, step bound and stimuli; runs interleaved; medians.

Beside them variants of the tool's text, which say where its time goes: laws of both of their input voltages, as ngspice
could derive them; laws that hear one of both alone, without a source that takes their difference; and a circuit in
which all that is not linear is replaced by controlled sources that are.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import results
import sympy as sp
from PySpice.Spice.Netlist import Circuit as PySpiceCircuit
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Drive
from vle_analog.compare.metrics import nrmse
from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.equations.resolve import resolve, start_values
from vle_analog.equations.system import (
    Definition,
    EquationSystem,
    Input,
    Parameter,
    State,
    index,
    indices_of,
    instance_names,
    name_of,
    shape_of,
)
from vle_analog.lesson.chip import LEARNING_OPTIONS, in_model_units
from vle_analog.netlist.ngspice import render
from vle_analog.netlist.stimuli import drive
from vle_analog.netlist.testbench import Deck, Testbench
from vle_analog.simulate.ngspice import Ngspice
from vle_analog.simulate.simulator import Vectors
from vle_analog.simulate.usage import Usage, metered
from vle_analog.stimulus import Sines
from vle_analog.tasks import TASKS

#: model units: of the learner's run, the layer's run, and the step bound of both
SPAN, LAYER_SPAN, STEP = 150.0, 500.0, 0.05
REPEATS = 5
NEURONS = 5
#: cells' lines in the tool's text, and what variants have in their places: linear ones of so little gain that no loop
#: runs away
LAW = "E1 x 0 inp inn {1/kin}\nB1 out 0 V={kout}*tanh(V(x))"
ONE_VOLTAGE = {LAW: "B1 out 0 V={kout}*tanh(V(inp)/{kin})"}
TWO_VOLTAGES = {LAW: "B1 out 0 V={kout}*tanh(V(inp,inn)/{kin})"}
LINEAR = {
    LAW: "E1 out 0 inp inn {kout/kin}",
    "B1 w 0 V={1/scale}*V(x)*V(y)": "E1 w 0 x 0 {1m/scale}",
    "B1 0 sum I={1/high}*V(gate)*I(Vbus)": "F1 0 sum Vbus 1m",
}
#: of writing by hand: whether a signal is written out that one expression alone uses, that is a sum or product of no
#: more than two signals, or a linear one
STYLES: Mapping[str, Callable[[bool, bool, bool], bool]] = {
    "a node per signal": lambda once, two, linear: False,
    "sums of two written out": lambda once, two, linear: linear,
    "what is used once written out": lambda once, two, linear: once and two,
    "most written out": lambda once, two, linear: once or two,
}


def scalar(expression: sp.Expr, at: Mapping[sp.Idx, int], system: EquationSystem) -> sp.Expr:
    """A template's expression for one instance: sums written out, constants as numbers, signals by node."""
    if isinstance(expression, sp.Sum):
        (index, low, high), *rest = expression.limits
        inner = sp.Sum(expression.function, *rest) if rest else expression.function
        return sp.Add(*(scalar(inner, {**at, index: n}, system) for n in range(int(low), int(high) + 1)))
    if isinstance(expression, sp.Symbol | sp.Indexed):
        where = tuple(at[index] for index in indices_of(expression))
        if name_of(expression) in system.constants:
            return sp.Float(float(system.constants[name_of(expression)][where]))
        return sp.Symbol("_".join([name_of(expression), *map(str, where)]))
    if not expression.args:
        return expression
    return expression.func(*(scalar(each, at, system) for each in expression.args))


def instances(template: State | Definition, expression: sp.Expr, system: EquationSystem) -> Iterator[sp.Expr]:
    """The expressions of all instances, in the order of `instance_names`."""
    indices = indices_of(template.symbol)
    for where in np.ndindex(*shape_of(template.symbol)):
        yield scalar(expression, dict(zip(indices, where, strict=True)), system)


def inlined(system: EquationSystem, style: str) -> tuple[dict[str, sp.Expr], dict[str, sp.Expr]]:
    """Derivatives of states and algebraic signals, by node.

    Args:
        system: resolved.
        style: of `STYLES`, which signals are written out where they are used; the others have a node.
    """
    signals = {
        name: value
        for each in system.definitions
        for name, value in zip(instance_names(each.symbol), instances(each, each.expression, system), strict=True)
    }
    states = {
        name: value
        for each in system.states
        for name, value in zip(instance_names(each.symbol), instances(each, each.derivative, system), strict=True)
    }
    probed = {name for probe in system.probes for name in instance_names(system.symbols[probe])}
    for name in [name for name in signals if name not in probed]:
        users = [each for each in (*signals.values(), *states.values()) if sp.Symbol(name) in each.free_symbols]
        two = len(signals[name].free_symbols) <= 2 and not signals[name].has(sp.Function)
        linear = two and all(signals[name].diff(each).is_number for each in signals[name].free_symbols)
        if STYLES[style](len(users) == 1, two, linear):
            written_out = {sp.Symbol(name): signals.pop(name)}
            signals = {other: each.xreplace(written_out) for other, each in signals.items()}
            states = {other: each.xreplace(written_out) for other, each in states.items()}
    return states, signals


class Printer(StrPrinter):
    """Expressions as ngspice reads them."""

    def _print_Symbol(self, expr: sp.Symbol) -> str:
        return f"V({expr.name})"

    def _print_Pow(self, expr: sp.Pow, rational: bool = False) -> str:
        base = self.parenthesize(expr.base, PRECEDENCE["Pow"])
        return "*".join([base] * 2) if expr.exp == 2 else super()._print_Pow(expr, rational)

    def _print_Float(self, expr: sp.Float) -> str:
        return f"{float(expr):.10g}"

    def _print_reciprocal(self, expr: sp.Expr) -> str:
        return f"(1/({self._print(expr.args[0])}))"


def by_hand(system: EquationSystem, bench: Testbench, style: str) -> Deck:
    """The least that holds the equations: volts are model units; a nanofarad per state, and microamperes.

    A state that low-passes a signal with a node of its own is a resistor and a capacitor.
    """
    explicit = resolve(system)
    states, signals = inlined(explicit, style)
    start = start_values(explicit)
    initial = {
        name: float(value)
        for each in explicit.states
        for name, value in zip(instance_names(each.symbol), np.ravel(start[name_of(each.symbol)]), strict=True)
    }
    lines, files = [f".title {system.name} by hand"], {}
    deck = PySpiceCircuit("hand")
    for given in explicit.inputs:
        for node, stimulus in zip(instance_names(given.symbol), given.stimuli, strict=True):
            lines += drive(deck, Drive(node, (node, "0"), stimulus, 1.0, system.unit), bench, files)
    text = Printer().doprint
    driven = {*signals, *(node for given in explicit.inputs for node in instance_names(given.symbol))}
    lines += [f"Bv{name} {name} 0 V={text(each)}" for name, each in signals.items()]
    for name, each in states.items():
        lines += [f"C{name} {name} 0 {system.unit * 1e-6:.6g} ic={initial[name]:.10g}"]
        rate = -each.diff(sp.Symbol(name))
        source = sp.expand(each / rate + sp.Symbol(name)) if rate.is_number and rate > 0 else sp.S.Zero
        if source.is_Symbol and source.name in driven:
            lines += [f"R{name} {source.name} {name} {1e6 / float(rate):.10g}"]
        else:
            lines += [f"Bi{name} 0 {name} I={text(each)} m=1u"]
    return Deck("\n".join([*map(folded, lines), *control(bench)]), files)


def folded(line: str) -> str:
    """Over several lines, each of bounded length."""
    return re.sub(r"(.{80,110}?)([+*-]V\()", r"\1\n+ \2", line) if len(line) > 120 and line[0] == "B" else line


def control(bench: Testbench) -> list[str]:
    """The same commands as the tool's."""
    return [
        ".options " + " ".join(f"{key}={value}" for key, value in bench.options.items()),
        *(".control", "set filetype=binary", *(f"save v({probe})" for probe in bench.probes)),
        f"tran {bench.step:.10g} {bench.span:.10g} 0 {bench.step:.10g} uic",
        *("write waveforms.raw", "quit", ".endc", ".end", ""),
    ]


def layer_system() -> EquationSystem:
    """``tau du/dt = -u + sum w x``, ``y = tanh(u)``: five neurons, five sines."""
    rng = np.random.default_rng(0)
    i, k = index("i", NEURONS), index("k", NEURONS)
    u, y, x, w, tau = (sp.IndexedBase(name) for name in ("u", "y", "x", "w", "tau"))
    drive_ = sp.Sum(w[i, k] * x[k], (k, 0, NEURONS - 1))
    return EquationSystem(
        "layer",
        (State(u[i], (drive_ - u[i]) / tau[i], 0.0),),
        (Definition(y[i], sp.tanh(u[i])),),
        (Input(x[i], tuple(Sines((1.0,), (0.05 * (n + 1),), (0.5 * n,)) for n in range(NEURONS))),),
        (
            Parameter(w[i, k], rng.normal(0, 0.8, (NEURONS, NEURONS))),
            Parameter(tau[i], np.geomspace(0.5, 2, NEURONS)),
        ),
        outputs=("y",),
        span=LAYER_SPAN,
    )


def layer_by_hand(system: EquationSystem, bench: Testbench) -> Deck:
    """Five op-amps with R parallel C, an inverter per input for negative weights, 5 V per unit everywhere."""
    w, tau = (system.constants[name] for name in ("w", "tau"))
    lines, files = [".title one layer, typed"], {}
    deck = PySpiceCircuit("hand")
    for n, stimulus in enumerate(system.inputs[0].stimuli):
        lines += drive(deck, Drive(f"x{n}", (f"x{n}", "0"), stimulus, 5.0, system.unit), bench, files)
        lines += [f"Ra{n} x{n} a{n} 100k", f"Rb{n} a{n} xn{n} 100k", f"Ex{n} xn{n} 0 0 a{n} 1e9"]
    for n in range(NEURONS):
        for m in range(NEURONS):  # the integrator inverts: -u from +w x
            source = f"x{m}" if w[n, m] > 0 else f"xn{m}"
            lines += [f"Rw{n}_{m} {source} s{n} {100e3 / abs(w[n, m]):.10g}"]
        lines += [f"Rf{n} s{n} u{n} 100k", f"Cf{n} u{n} s{n} {tau[n] * system.unit / 100e3:.10g} ic=0"]
        lines += [f"Eu{n} u{n} 0 0 s{n} 1e9", f"By{n} y_{n} 0 V=-5*tanh(V(u{n})/5)"]
    return Deck("\n".join([*lines, *control(bench)]), files)


def changed(deck: Deck, lines: Mapping[str, str]) -> Deck:
    """A deck with other lines in its cells.

    Raises:
        ValueError: it has none of them.
    """
    text = deck.text
    for line, other in lines.items():
        text = text.replace(line, other)
    if text == deck.text:
        raise ValueError("the cells have other lines today")
    return replace(deck, text=text)


def run(deck: Deck, bench: Testbench) -> tuple[Vectors, Usage]:
    """One run in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        return metered(Ngspice(), deck.text, span=bench.span, folder=Path(folder), files=deck.files)


def compared(decks: Mapping[str, Deck], bench: Testbench, repeats: int) -> tuple[dict[str, Vectors], dict[str, Any]]:
    """Interleaved runs: waveforms of the last ones, and by deck the medians and the ratio of the first one to it."""
    runs = [{name: run(deck, bench) for name, deck in decks.items()} for _ in range(repeats)]
    first, rows = next(iter(decks)), {}
    for name in decks:
        usage = [each[name][1] for each in runs]
        rows[name] = {
            "microseconds_per_point": 1e6 * median(each.per_point for each in usage),
            "points": usage[0].points,
            "iterations_per_point": usage[0].iterations / usage[0].points,
            "equations": usage[0].equations,
            "fill_in": usage[0].fill_in,
            "load_share": median(each.load for each in usage),
            "ratio": median(each[first][1].per_point / each[name][1].per_point for each in runs),
        }
    return {name: runs[-1][name][0] for name in decks}, rows


def differences(
    found: Mapping[str, Vectors], circuit: Circuit, probes: tuple[str, ...], volts: float
) -> dict[str, float]:
    """Largest NRMSE of any probe between the tool's circuit, the first deck, and each other one."""
    (_, tool), *others = found.items()
    ours = in_model_units(tool, circuit, probes)
    return {
        name: max(
            nrmse(
                ours.signals[probe], np.interp(ours.time, each.time / circuit.unit, each.values[probe.lower()] / volts)
            )
            for probe in probes
        )
        for name, each in others
    }


def main(repeats: int, folder: str | None) -> None:
    """Print the tables and write ``results/bench_netlist.json``."""
    task = TASKS["xor_small"]("vle", None, SPAN, 0)
    circuit = design(task, Build(step=STEP)).circuit
    unit, weights = circuit.unit, tuple(task.learning.parameters)
    bench = Testbench(SPAN * unit, STEP * unit, "as given", weights, options=LEARNING_OPTIONS)
    tool = render(circuit, bench)
    decks = {
        "tool": tool,
        "tool, laws of one voltage": changed(tool, ONE_VOLTAGE),
        "tool, laws of two voltages": changed(tool, TWO_VOLTAGES),
        "tool, all linear": changed(tool, LINEAR),
        **{f"by hand, {style}": by_hand(task.system, bench, style) for style in STYLES},
    }
    found, learner = compared(decks, bench, repeats)
    hand = {name: each for name, each in found.items() if name == "tool" or name.startswith("by hand")}
    apart = differences(hand, circuit, weights, 1.0)

    system = layer_system()
    layer = design(system, Build(step=STEP)).circuit
    names = tuple(f"y_{n}" for n in range(NEURONS))
    bench = replace(bench, span=LAYER_SPAN * unit, probes=names)
    tool = render(layer, bench)
    decks = {
        "tool": tool,
        "laws of one voltage": changed(tool, ONE_VOLTAGE),
        "laws of two voltages": changed(tool, TWO_VOLTAGES),
        "typed": layer_by_hand(system, bench),
    }
    found, flat = compared(decks, bench, repeats)
    apart |= differences({name: found[name] for name in ("tool", "typed")}, layer, names, 5.0)

    fastest = max(row["ratio"] for name, row in learner.items() if name.startswith("by hand"))
    table: dict[str, Any] = {
        "learner": learner,
        "layer": flat,
        "nrmse": apart,
        "ratio_learner": fastest,
        "ratio_learner_one_voltage": fastest / learner["tool, laws of one voltage"]["ratio"],
        "ratio_learner_linear": fastest / learner["tool, all linear"]["ratio"],
        "ratio_learner_two_voltages": fastest / learner["tool, laws of two voltages"]["ratio"],
        "ratio_layer": flat["typed"]["ratio"],
        "ratio_layer_two_voltages": flat["typed"]["ratio"] / flat["laws of two voltages"]["ratio"],
        "ratio_layer_one_voltage": flat["typed"]["ratio"] / flat["laws of one voltage"]["ratio"],
    }
    print(json.dumps(table, indent=2))
    print(f"learner: {table['ratio_learner']:.2f} times the least netlist's time per point (at most 4 is aimed at)")
    print(f"layer: {table['ratio_layer']:.2f} times the typed netlist's (at most 1.5)")
    results.write("bench_netlist", table, folder=folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repeats", nargs="?", type=int, default=REPEATS)
    parser.add_argument("--out")
    given = parser.parse_args()
    main(given.repeats, given.out)
