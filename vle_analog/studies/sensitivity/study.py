"""Blocks' gains, time constants and errors as expressions in their parts, and how strongly each part counts.

All of it is read off the equations to which stages are reduced (`vle_analog.engine.reduce`), so a new stage is a file
and no code. Errors are to first order in what ideal parts do not have.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sympy as sp

from vle_analog.circuit.cell.cell import Cell
from vle_analog.circuit.cell.reader import spice_value
from vle_analog.circuit.cell.stage import roles
from vle_analog.circuit.parts import chosen, library
from vle_analog.circuit.technology import Technology
from vle_analog.design.build import chosen_parts
from vle_analog.engine.figures import device, op_amp
from vle_analog.engine.reduce import GIN
from vle_analog.errors import CircuitError, UsageError, nearest
from vle_analog.lab.lab import Lab
from vle_analog.laws.law import THERMAL
from vle_analog.library import system_files
from vle_analog.options import option
from vle_analog.studies.sensitivity import response as stage
from vle_analog.studies.sensitivity.response import Response, coefficient, order, response, shift, times
from vle_analog.studies.sensitivity.result import Block, BlockList, Entry, Formulas, Sensitivity, Share

#: the block that is a part and no stage
MULTIPLIER = "multiplier"
#: volts of a multiplier's factors and of a divider's denominator in a typical design: half of full scale
_HALF = 5.0

#: an op-amp's gain and gain-bandwidth product, as a data sheet has them
GAIN, BANDWIDTH = sp.symbols("A0 GBW")
_STATED = {stage.ONE_OVER_GAIN: 1 / GAIN, stage.ONE_OVER_SPEED: 1 / (2 * sp.pi * BANDWIDTH)}
#: errors that are zero but for scatter, and those by which a part follows late
_RANDOM = {str(each) for each in (stage.OFFSET, stage.BIAS, stage.GAIN_ERROR)} | {"XOS", "YOS", "ZOS"}
#: symbols that may be zero or negative; of all others there is no circuit
_SIGNED = _RANDOM | {"FX", "TM", "x", "y"}
_SPEEDS = (stage.ONE_OVER_SPEED, stage.POLE)
_MEANINGS = {
    "Rk": "an input's resistor, ohms",
    "g": "sum of R/Rk over all inputs",
    "Gin": "sum of 1/Rk over all inputs, siemens",
    "A0": "the op-amp's gain",
    "GBW": "its gain-bandwidth product, hertz",
    "VOS": "its offset, volts",
    "IB": "current into its inverting input, half of the offset current included, amperes",
    "D": "denominator v(d1) - v(d2), volts",
    "x": "first factor, volts",
    "y": "second factor, volts",
    "scale": "the multiplier's, volts",
    "XOS": "its first input's offset, volts",
    "YOS": "its second input's offset, volts",
    "ZOS": "its output's offset, volts",
    "GE": "its gain error",
    "FX": "its feedthrough, (y + FX x) in place of y",
    "TM": "time constant of its pole, seconds",
}
_CURVE_MEANINGS = {
    "kin": "volts per unit of its argument",
    "kout": "volts per unit of its value",
    "x": "its input, volts",
    "VT": "kT/q at 27 C, volts",
    "VOS": "its pair's offset, volts",
    "TM": _MEANINGS["TM"],
}


def _values(texts: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """Numbers in SPICE's notation by symbol, from texts NAME=NUMBER."""
    values = {}
    for text in texts:
        name, _, number = (word.strip() for word in text.partition("="))
        try:
            values[name] = spice_value(number)
        except ValueError:
            raise UsageError(f"`values` '{text}' is not NAME=NUMBER", hint="e.g. `values=R=47k`") from None
    return tuple(values.items())


@dataclass(frozen=True)
class BlockPlan:
    """What is asked of a block.

    Attributes:
        block: name of its cell; all blocks are listed when None.
        parts: roles and the parts that play them; a macromodel's for the others.
        values: symbols and numbers instead of typical values, SI units.
        latex: whether only the expressions are wanted, as formulas.
    """

    block: str | None = option(
        "A stage's cell, or a system; without it, all cells are listed.", None, metavar="BLOCK", argument=True
    )
    parts: tuple[tuple[str, str], ...] = chosen_parts()
    values: tuple[tuple[str, float], ...] = option(
        "Instead of a typical value, e.g. R=47k or g=3. May be repeated.",
        (),
        flag="value",
        metavar="NAME=NUMBER",
        parse=_values,
        many=True,
    )
    latex: bool = option("The expressions in LaTeX instead of a table.", False)


def block_figures(plan: BlockPlan, lab: Lab) -> Sensitivity | Formulas | BlockList:
    """Derive a block's figures, or list all blocks.

    Args:
        plan: what is asked.
        lab: told how far it is.

    Raises:
        UsageError, CircuitError: as `sensitivity`.
    """
    if plan.block is None:
        return listed()
    lab.progress("deriving", 0.0)
    derived = sensitivity(plan.block, dict(plan.parts), dict(plan.values))
    return Formulas(derived) if plan.latex else derived


def listed() -> BlockList:
    """All blocks."""
    return BlockList(tuple(Block(name, cell.sheet.summary, cell.sheet.law) for name, cell in blocks().items()))


def blocks() -> dict[str, Cell]:
    """The cells whose figures there are, by name: all stages, the multiplier, and smooth nonlinear cells."""
    cells = library()
    known = (MULTIPLIER, *stage.CURVES)
    return {name: cell for name, cell in sorted(cells.items()) if cell.role is None or name in known}


def sensitivity(
    name: str, parts: Mapping[str, str] | None = None, given: Mapping[str, float] | None = None
) -> Sensitivity:
    """A block's figures as expressions, and their values for its file's own parts, 100 kohm and 1 ms.

    Args:
        name: of a block.
        parts: that play roles, by role; a macromodel's for the others.
        given: values instead of the typical ones, by symbol.

    Raises:
        UsageError: no such block, part or symbol, or a value that it cannot have.
        CircuitError: the stage cannot be reduced.
    """
    if name not in (known := blocks()):
        raise UsageError(f"no block or system '{name}'", hint=nearest(name, [*known, *system_files()]))
    technology = chosen("macromodel", parts)
    cell = known[name]
    entries = _curve(name) if name in stage.CURVES else _product() if name == MULTIPLIER else _stage(_response(cell))
    symbols = {str(free_symbol) for _, _, expression, shares, _ in entries for free_symbol in expression.free_symbols}
    symbols |= {str(each) for *_, shares, _ in entries for one in shares.values() for each in one.free_symbols}
    design = _design(cell, symbols, technology, given or {})
    return Sensitivity(
        name,
        cell.sheet.summary,
        cell.sheet.law,
        {role: part for role, part in technology.parts if role == name or role in cell.uses},
        design,
        {
            each: text
            for each, text in (_CURVE_MEANINGS if name in stage.CURVES else _MEANINGS).items()
            if each in design
        },
        tuple(_entry(raw, design) for raw in entries),
    )


#: name, unit, expression, by part: sensitivity or an error's term; whether it is an error
_Raw = tuple[str, str, sp.Expr, dict[str, sp.Expr], bool]


def _response(cell: Cell) -> Response:
    return response(cell, roles(cell, library()))


def _stage(found: Response) -> list[_Raw]:
    """Gain and time constants of a stage, then its errors."""
    ideal = found.ideal()
    zeros = order(ideal)
    if abs(zeros) > 1:
        raise CircuitError(f"its output goes with the {zeros}th power of the frequency")
    gain = coefficient(ideal, zeros)
    poles, leads = times(ideal)
    if zeros:  # an integrator's, a differentiator's one figure: a time
        raw = [_dependence("integration time" if zeros < 0 else "differentiation time", "s", -(gain**zeros))]
    else:
        raw = [_dependence("gain", "", gain)]
    raw += [_dependence(text, "s", each) for text, each in _numbered("time constant", poles)]
    raw += [_dependence(text, "s", each) for text, each in _numbered("lead time constant", leads)]
    relative, absolute = found.relative(), found.absolute()
    raw.append(_error("gain error", "", {each: coefficient(slope, 0) for each, slope in relative.items()}))
    for text, pole in _numbered("time constant", poles):
        raw.append(_error(f"{text} error", "", {each: shift(slope, pole) for each, slope in relative.items()}))
    raw.append(_error("leak", "1/s", {each: -coefficient(slope, -1) for each, slope in relative.items()}))
    raw.append(_error("lag", "s", {speed: -coefficient(relative[speed], 1) for speed in _SPEEDS if speed in relative}))
    raw.append(_error("offset", "V", {each: coefficient(slope, 0) for each, slope in absolute.items()}))
    raw.append(_error("drift", "V/s", {each: coefficient(slope, -1) for each, slope in absolute.items()}))
    return [each for each in raw if each[3]]


def _product() -> list[_Raw]:
    """A multiplier's: what goes with the product is its gain's error, the rest is at its output as an offset."""
    product, slopes = stage.multiplier()
    gains = {each: sp.cancel(slope / product) for each, slope in slopes.items()}
    constant = {each: slope for each, slope in gains.items() if not slope.free_symbols}
    return [
        _dependence("gain", "1/V", 1 / stage.SCALE),
        _error("gain error", "", constant),
        _error("offset", "V", {each: slope for each, slope in slopes.items() if each not in constant}),
        _error("lag", "s", {stage.POLE: sp.S.One}),
    ]


def _curve(role: str) -> list[_Raw]:
    """A nonlinear cell's at a voltage: its slope there is its gain."""
    output = stage.curve(role)
    slope = sp.diff(output, stage.X)
    ideal, gain = (each.subs(stage.OFFSET, 0) for each in (output, slope))
    return [
        _dependence("output", "V", ideal),
        _dependence("gain", "", sp.simplify(gain)),
        _error("gain error", "", {stage.OFFSET: _at_ideal(sp.diff(sp.log(slope), stage.OFFSET))}),
        _error("offset", "V", {stage.OFFSET: _at_ideal(sp.diff(output, stage.OFFSET))}),
        _error("lag", "s", {stage.POLE: sp.S.One}),
    ]


def _at_ideal(slope: sp.Expr) -> sp.Expr:
    return sp.simplify(slope.subs(stage.OFFSET, 0))


def _dependence(name: str, unit: str, expression: sp.Expr) -> _Raw:
    """A figure and its relative change by each part's."""
    shares = {
        str(free_symbol): sp.simplify(free_symbol / expression * sp.diff(expression, free_symbol))
        for free_symbol in sorted(expression.free_symbols, key=str)
    }
    return name, unit, expression, {each: share for each, share in shares.items() if share != 0}, False


def _error(name: str, unit: str, slopes: Mapping[sp.Symbol, sp.Expr]) -> _Raw:
    """An error as the sum of its terms, op-amps' by their data sheets' figures."""
    terms = {
        each: sp.factor_terms(slope * _STATED.get(each, each), sign=True)
        for each, slope in slopes.items()
        if slope != 0
    }
    called = {stage.ONE_OVER_GAIN: str(GAIN), stage.ONE_OVER_SPEED: str(BANDWIDTH)}
    return (
        name,
        unit,
        sp.Add(*terms.values()),
        {called.get(each, str(each)): term for each, term in terms.items()},
        True,
    )


def _numbered(name: str, constants: Iterable[sp.Expr]) -> list[tuple[str, sp.Expr]]:
    found = tuple(constants)
    return [(name if len(found) == 1 else f"{name} {k}", each) for k, each in enumerate(found, 1)]


def _entry(raw: _Raw, design: Mapping[str, float]) -> Entry:
    name, unit, expression, parts, error = raw
    shares = {
        part: Share(each, value_of(each, design), error and part in _RANDOM and bool(value_of(each, design)))
        for part, each in parts.items()
    }
    steady = sum(each.value for part, each in shares.items() if part not in _RANDOM)
    return Entry(name, unit, expression, steady if error else value_of(expression, design), shares, error)


def value_of(expression: sp.Expr, design: Mapping[str, float]) -> float:
    """An expression's value.

    Args:
        expression: in symbols of the design.
        design: by symbol.
    """
    return float(expression.subs({sp.Symbol(each): value for each, value in design.items()}))


def _design(cell: Cell, symbols: Iterable[str], technology: Technology, given: Mapping[str, float]) -> dict[str, float]:
    """A value for each symbol: the user's, the cell's default, or the part's."""
    cells = library(technology)
    figures = op_amp(cells["opamp"], cells)
    curved = cell.name in stage.CURVES
    product = device(cells[cell.name if curved else MULTIPLIER], cells)
    playing = (cell.name,) if curved else ("opamp", MULTIPLIER)  # parameters of both have different names
    scatter = {name: spread.sigma for role in playing for name, spread in cells[role].spread.items()}
    if {"IB", "IOS"} <= scatter.keys():  # into the inverting input
        scatter["IB"] = math.hypot(scatter["IB"], 0.5 * scatter["IOS"])
    usual = {
        **{name: cell.signed(name) for name in cell.parameters},
        "Rk": technology.usual_resistor,
        "A0": 1 / figures.a,
        "GBW": 1 / (2 * math.pi * figures.t) if figures.t else math.inf,
        "scale": technology.multiplier_volts,
        "FX": product.feedthrough,
        **dict.fromkeys(("D", "x", "y"), 0.5 if curved else _HALF),
        "VT": THERMAL,
        **dict.fromkeys(_RANDOM, 0.0),
        **scatter,
    }
    wanted = sorted(symbols)
    for name, value in given.items():
        if name not in wanted:
            raise UsageError(f"'{cell.name}' does not depend on '{name}'", hint=nearest(name, wanted))
        if not math.isfinite(value) or (value <= 0 and name not in _SIGNED):
            kind = "finite" if name in _SIGNED else "positive"
            raise UsageError(f"{name} must be a {kind} number, not {value:g}")
    usual |= given
    usual.setdefault("TM", product.lag_of(usual))
    usual = {"g": usual.get("R", usual["Rk"]) / usual["Rk"], GIN: 1 / usual["Rk"], **usual}  # of one input
    return {name: usual[name] for name in wanted}
