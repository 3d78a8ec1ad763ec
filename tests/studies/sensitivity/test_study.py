"""Blocks' expressions, held to ngspice: parts and op-amps changed one at a time, at macromodel fidelity.

A part is changed by 1 %, an op-amp's gain and bandwidth are halved, offsets are set from nothing. All blocks stand side
by side in one deck per change. Each output is loaded so that feedback and load are 10 kohm together: the load at which
the part's gain is stated.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

from tests.tool import visible
from vle_analog.circuit.cell.cell import needed, parse_cell
from vle_analog.circuit.parts import chosen, library
from vle_analog.errors import CircuitError, UsageError
from vle_analog.lab.lab import Lab
from vle_analog.simulate import Ngspice
from vle_analog.simulate.rawfile import Plot
from vle_analog.studies.sensitivity import response as symbols
from vle_analog.studies.sensitivity.report import report
from vle_analog.studies.sensitivity.response import S, coefficient, order, times
from vle_analog.studies.sensitivity.result import Sensitivity
from vle_analog.studies.sensitivity.study import _response, blocks, sensitivity, value_of

#: slow and of high resistance: the part's gain falls by time constants near 10 us, and by loads near 10 kohm
DESIGNS: dict[str, dict[str, float]] = {
    "summer": {"R": 2.2e6, "Rk": 1e6},
    "integrator": {"C": 5e-9, "Rk": 1e6},
    "leaky_integrator": {"R": 2e6, "C": 2e-9, "Rk": 0.7e6},
    "inverter": {"R1": 0.47e6, "R2": 1.2e6},
    "lead": {"R1": 0.5e6, "C1": 24e-9, "R2": 1e6, "C2": 4e-9},
    "differentiator": {"RS": 0.3e6, "C": 10e-9, "RF": 1e6},
    "divider": {"R1": 1e6, "R2": 0.6e6, "C": 4e-9, "D": 5.0},
}
FEEDBACK = {"summer": "R", "leaky_integrator": "R", "inverter": "R2", "lead": "R2", "differentiator": "RF"}
#: errors that are there in no block but where a test puts one
NONE = dict.fromkeys(("VOS", "IB", "XOS", "YOS", "ZOS", "GE"), 0.0)
#: by what is changed: the cell's name, its text before and after, the figure's value
CHANGES: dict[str, tuple[str, str, str, float]] = {
    "A0": ("opa2134", "A0=1e6", "A0=5e5", 5e5),
    "GBW": ("opa2134", "GBW=8meg", "GBW=4meg", 4e6),
    "VOS": ("opamp", "VOS=0", "VOS=1m", 1e-3),
    "IB": ("opamp", "IB=0", "IB=10n", 10e-9),
    "XOS": ("multiplier", "XOS=0", "XOS=10m", 10e-3),
    "YOS": ("multiplier", "YOS=0", "YOS=10m", 10e-3),
    "ZOS": ("multiplier", "ZOS=0", "ZOS=10m", 10e-3),
    "GE": ("multiplier", "GE=0", "GE=5m", 5e-3),
    "FX": ("ad633", "FX=3m", "FX=6m", 6e-3),
    "TM": ("ad633", "1.591549u", "3.183099u", 2 / (2 * math.pi * 1e6)),
}
OF_MULTIPLIERS = ("XOS", "YOS", "ZOS", "GE", "FX", "TM")
TECHNOLOGY = chosen("macromodel")
#: factors of the multiplier, volts
FACTORS = {"x": 4.0, "y": -6.0}
BOUND = 0.02
#: at which all stages are slow, hertz; on the grid of the analysis
SLOWLY = 10**-0.3


@pytest.fixture(scope="module")
def found() -> dict[str, Sensitivity]:
    tables = {name: sensitivity(name, given=given) for name, given in DESIGNS.items()}
    return {**tables, "multiplier": sensitivity("multiplier", given=FACTORS)}


def quiet(table: Sensitivity) -> dict[str, float]:
    """The design without scatter."""
    return {name: NONE.get(name, value) for name, value in table.design.items()}


def predicted(table: Sensitivity, figure: str, changed: str) -> float:
    """What the expression says that the change does; 0 where the block has no such figure."""
    entry = next((each for each in table.entries if each.name == figure), None)
    if entry is None:
        return 0.0
    before = quiet(table)
    after = {**before, changed: CHANGES[changed][3]}
    return value_of(entry.expression, after) - value_of(entry.expression, before)


class Board:
    """All stages and a multiplier side by side, each also with each of its parts 1 % larger; one text changed."""

    def __init__(self, folder: Path, change: str | None) -> None:
        self.folder, self.cells = folder, library(TECHNOLOGY)
        texts = {each.name: each.subckt for each in needed([*DESIGNS, "multiplier"], self.cells)}
        if change is not None:
            name, before, after, _ = CHANGES[change]
            assert before in texts[name]
            for each in {name, *({"divider"} if name == "multiplier" else ())}:  # which hands its own on to one
                texts[each] = texts[each].replace(before, after)
        self.lines = [*texts.values(), ".global vcc vee", "Vcc vcc 0 15", "Vee vee 0 -15", "Vin in 0 dc 0 ac 1"]
        self.lines += ["Vd d 0 5", "Vx x 0 dc 4 ac 1", "Vy y 0 -6", "Vzero zero 0 0"]
        self.lines.append("Xw x 0 y 0 w multiplier")
        for stage, design in DESIGNS.items():
            self._placed(stage, "", design)
            if change is None:
                for part in design:
                    self._placed(stage, f"_{part}".lower(), {**design, part: 1.01 * design[part]})

    def _placed(self, stage: str, mark: str, design: dict[str, float]) -> None:
        cell, out = self.cells[stage], f"{stage}{mark}"
        nodes = {"p": "0", "in": "in", "ref": "in", "d1": "d", "d2": "0", "s": f"{out}_s", "out": out}
        if mark == "_d":
            nodes["d1"] = "d1"
            self.lines.append(f"Vd1 d1 0 {design['D']!r}")
        given = " ".join(f"{name}={value!r}" for name, value in design.items() if name in cell.parameters)
        self.lines.append(f"X{out} {' '.join(nodes[port] for port in cell.ports)} {stage} {given}")
        if "Rk" in design:
            self.lines.append(f"R{out}_k in {out}_s {design['Rk']!r}")
        rest = 1 / design[FEEDBACK[stage]] if stage in FEEDBACK else 0.0
        self.lines.append(f"R{out}_load {out} 0 {1 / (1e-4 - rest)!r}")

    def run(self, analysis: str, axis: str) -> Plot:
        control = [".options reltol=1e-7 vntol=1e-10 abstol=1e-15", ".control", "set filetype=binary", analysis]
        deck = ["* blocks side by side", *self.lines, *control, "write waveforms.raw", "quit", ".endc", ".end"]
        return Ngspice().run_sweep("\n".join(deck) + "\n", axis, folder=self.folder / axis, timeout=60)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str | None, str], Plot]:
    """A board's small-signal response, operating point or start, by change: each simulated once."""
    kept: dict[tuple[str | None, str], Plot] = {}
    analyses = {"frequency": "ac dec 10 0.1 1meg", "v-sweep": "dc Vzero 0 1 1", "time": "tran 2u 1m 0 2u uic"}

    def ask(change: str | None, axis: str) -> Plot:
        if (change, axis) not in kept:
            kept[change, axis] = Board(tmp_path_factory.mktemp("board"), change).run(analyses[axis], axis)
        return kept[change, axis]

    return ask


def logarithm(plot: Plot, over: Plot, node: str, hertz: float = SLOWLY) -> complex:
    """Of the ratio of two responses."""
    place = int(np.argmin(np.abs(np.real(plot.data["frequency"]) - hertz)))
    assert float(np.real(plot.data["frequency"][place])) == pytest.approx(hertz)
    return complex(np.log(plot.data[node][place] / over.data[node][place]))


def fitted(plot: Plot, node: str, design: tuple[int, int, int], upto: float) -> tuple[float, list[float], list[float]]:
    """Gain, time constants of poles, of zeros: ``s^n (b0 + b1 s + ...) / (1 + a1 s + ...)`` through the response.

    Args:
        plot: small-signal.
        node: of the output.
        design: n, numbers of poles and of zeros.
        upto: hertz.
    """
    n, poles, zeros = design
    hertz = np.real(plot.data["frequency"])
    chosen_ones = (hertz >= upto / 1e3) & (hertz <= upto)
    s = 2j * np.pi * hertz[chosen_ones]
    unit = 2 * np.pi * upto  # so that columns are of one size
    h = plot.data[node][chosen_ones] / (s / unit) ** n
    s = s / unit
    columns = [s**k for k in range(zeros + 1)] + [-h * s**k for k in range(1, poles + 1)]
    system = np.array(columns).T / h[:, None]
    right = np.ones(len(h), complex)
    solution = np.linalg.lstsq(np.vstack([system.real, system.imag]), np.concatenate([right.real, right.imag]), None)[0]
    above, below = solution[: zeros + 1], np.concatenate([[1.0], solution[zeros + 1 :]])
    constants = [sorted((-1 / np.roots(each[::-1])).real / unit)[::-1] for each in (below, above)]
    return float(above[0] / unit**n), constants[0], constants[1]


def shape(name: str) -> tuple[int, int, int]:
    ideal = _response(blocks()[name]).ideal()
    poles, zeros = times(ideal)
    return order(ideal), len(poles), len(zeros)


def fastest(name: str, table: Sensitivity) -> float:
    """Hertz up to which a stage's response is fitted, three quarters of one over its shortest time constant."""
    return 0.75 / min([each.value for each in table.entries if each.unit == "s" and not each.error], default=1e-3)


def figures(name: str, table: Sensitivity, plot: Plot, node: str) -> dict[str, float]:
    """Gain and time constants as measured, by the names of the table."""
    n, poles, zeros = shape(name)
    gain, constants, leads = fitted(plot, node, (n, poles, zeros), fastest(name, table))
    return {
        {-1: "integration time", 0: "gain", 1: "differentiation time"}[n]: -(gain**n) if n else gain,
        **({"time constant": constants[0]} if poles else {}),
        **({"lead time constant": leads[0]} if zeros else {}),
    }


@pytest.mark.parametrize("name", DESIGNS)
def test_parts_one_percent_larger(name: str, found, measured) -> None:  # type: ignore[no-untyped-def]
    plot = measured(None, "frequency")
    before = figures(name, found[name], plot, name)
    assert set(before) == {each.name for each in found[name].entries if not each.error}
    for part in DESIGNS[name]:
        after = figures(name, found[name], plot, f"{name}_{part}".lower())
        for figure, value in before.items():
            entry = found[name][figure]
            change = math.log(after[figure] / value) / math.log(1.01)
            assert value == pytest.approx(entry.value, rel=1e-3), figure
            expected = entry.shares[part].value if part in entry.shares else 0.0
            assert change == pytest.approx(expected, abs=BOUND / 10), (figure, part)


DYNAMIC = [(name, changed) for name in DESIGNS for changed in ("A0", "GBW")]
DYNAMIC += [("divider", changed) for changed in ("XOS", "GE", "TM")]


@pytest.mark.parametrize(("name", "changed"), DYNAMIC)
def test_what_finite_gain_and_speed_do(name: str, changed: str, found, measured) -> None:  # type: ignore[no-untyped-def]
    after, before = measured(changed, "frequency"), measured(None, "frequency")
    omega = 2 * math.pi * SLOWLY
    ratio = logarithm(after, before, name)
    n, poles, zeros = shape(name)
    constants = [
        fitted(plot, name, (n, poles + 1, zeros), fastest(name, found[name]))[1][0]  # one pole is the op-amp's
        for plot in (after, before)
        if poles
    ]
    got = {
        "gain error": ratio.real,
        "lag": -ratio.imag / omega,
        "leak": ratio.imag * omega,
        **({"time constant error": math.log(constants[0] / constants[1])} if poles else {}),
    }
    expected = {figure: each for figure in got if (each := predicted(found[name], figure, changed))}
    assert expected
    for figure, each in expected.items():
        assert got[figure] == pytest.approx(each, rel=BOUND), figure


STATIC = [(name, changed) for name in DESIGNS for changed in ("VOS", "IB")]
STATIC += [("divider", changed) for changed in ("YOS", "ZOS", "FX")]


@pytest.mark.parametrize(("name", "changed"), STATIC)
def test_what_offsets_do(name: str, changed: str, found, measured) -> None:  # type: ignore[no-untyped-def]
    expected = {figure: predicted(found[name], figure, changed) for figure in ("offset", "drift")}
    assert any(expected.values())
    got = dict.fromkeys(expected, 0.0)
    if name == "integrator":  # without feedback at rest: from its start on
        after, before = measured(changed, "time"), measured(None, "time")
        late = after.data["time"] > 0.2e-3
        time = after.data["time"][late]
        volts = after.data[name][late] - np.interp(time, before.data["time"], before.data[name])
        got["drift"], got["offset"] = np.polyfit(time, volts, 1)
    else:
        after, before = measured(changed, "v-sweep"), measured(None, "v-sweep")
        got["offset"] = float(after.data[name][0] - before.data[name][0])
    for figure, each in expected.items():
        assert got[figure] == pytest.approx(each, rel=BOUND, abs=1e-7), figure


@pytest.mark.parametrize("changed", OF_MULTIPLIERS)
def test_a_multiplier(changed: str, found, measured) -> None:  # type: ignore[no-untyped-def]
    table = found["multiplier"]
    if changed == "TM":
        ratio = logarithm(measured(changed, "frequency"), measured(None, "frequency"), "w", 1e3)
        assert -ratio.imag / (2e3 * math.pi) == pytest.approx(predicted(table, "lag", changed), rel=BOUND)
        return
    after, before = (measured(each, "v-sweep").data["w"][0] for each in (changed, None))
    product = FACTORS["x"] * FACTORS["y"] * table["gain"].value
    expected = predicted(table, "offset", changed) + predicted(table, "gain error", changed) * product
    assert expected
    assert float(after - before) == pytest.approx(expected, rel=BOUND)


@pytest.mark.parametrize("part", ["ad633", "ad734"])
def test_a_multiplier_s_figures_are_its_part_s(part: str) -> None:
    table = sensitivity("multiplier", {"multiplier": part})
    cell = library(TECHNOLOGY)[part]
    assert table.parts == {"multiplier": part}
    others = ("DX", "FY", "CX")  # these bend, or are of two signals
    linear = {name: each.sigma for name, each in cell.spread.items() if name not in others}
    assert {name: table.design[name] for name in linear} == linear
    assert table["lag"].value == pytest.approx({"ad633": 1, "ad734": 0.1}[part] / (2 * math.pi * 1e6), rel=1e-5)


@pytest.mark.parametrize("name", sorted({*DESIGNS} - {"divider"}))
def test_errors_are_loop_gain_s(name: str) -> None:
    """Every linear stage: ``H / (1 + (a + t s) N)`` with N the transfer from the non-inverting input, noise gain."""
    response = _response(blocks()[name])
    noise_gain = response.absolute()[symbols.OFFSET]
    relative = response.relative()
    assert sp.simplify(relative[symbols.ONE_OVER_GAIN] + noise_gain) == 0
    assert sp.simplify(relative[symbols.ONE_OVER_SPEED] + S * noise_gain) == 0


def test_the_textbook_s_expressions() -> None:
    a0, gbw, vos, ib, g, r, c = sp.symbols("A0 GBW VOS IB g R C")
    table = sensitivity("leaky_integrator")
    assert sp.simplify(table["gain error"].expression + (1 + g) / a0) == 0
    assert sp.simplify(table["lag"].expression - (1 + g) / (2 * sp.pi * gbw)) == 0
    assert sp.simplify(table["offset"].expression - (1 + g) * vos - ib * r) == 0
    assert table["time constant"].expression == r * c
    assert {part: each.value for part, each in table["time constant"].shares.items()} == {"R": 1, "C": 1}
    assert table["offset"].deviation == pytest.approx(math.hypot(2 * 0.5e-3, 5e-12 * 100e3))


def test_a_laurent_series() -> None:
    expression = (2 + 3 * S) / (S * (1 + S))
    assert [coefficient(expression, power) for power in (-2, -1, 0, 1)] == [0, 2, 1, -1]


def test_an_ideal_op_amp_and_other_values() -> None:
    ideal = sensitivity("leaky_integrator", {"opamp": "ideal"}, {"R": 200e3, "Rk": 50e3})
    assert ideal.parts == {}
    assert ideal.design["g"] == 4
    assert ideal["lag"].value == 0 and ideal["offset"].deviation == 0
    assert ideal["gain error"].value == pytest.approx(-5e-9)
    assert ideal.record()["design"]["GBW"] is None


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (lambda: sensitivity("leaky"), "no block or system 'leaky'"),
        (lambda: sensitivity("summer", {"opamp": "ad633"}), "no part 'ad633' for the role 'opamp'"),
        (lambda: sensitivity("summer", given={"C": 1e-9}), "'summer' does not depend on 'C'"),
        (lambda: sensitivity("summer", given={"R": math.inf}), "R must be a positive number, not inf"),
        (lambda: sensitivity("summer", given={"VOS": math.nan}), "VOS must be a finite number"),
        (lambda: sensitivity("summer", given={"Rk": 0.0}), "Rk must be a positive number, not 0"),
    ],
)
def test_refused(given: Callable[[], object], error: str) -> None:
    with pytest.raises(UsageError) as caught:
        given()
    assert error in f"{caught.value}"


def test_a_stage_of_several_inputs_is_refused() -> None:
    lines = ["R1 a s {R}", "R2 b s {R}", "Rf s out {R}", "XA p s out opamp"]
    text = "\n".join([".subckt two p a b s out params: R=1k", *lines, ".ends two"])
    with pytest.raises(CircuitError, match="several inputs: a, b"):
        _response(parse_cell(text, "two", "here"))


def test_what_is_written(tmp_path: Path, found) -> None:  # type: ignore[no-untyped-def]
    Lab(tmp_path / "out").save(report(found["divider"]))
    record = json.loads((tmp_path / "out" / "sensitivity.json").read_text())
    assert visible(tmp_path / "out") == {f"sensitivity.{kind}" for kind in ("html", "json", "md", "tex")}
    assert sp.sympify(record["figures"]["gain"]["expression"]).free_symbols == set(sp.symbols("D R1 R2 scale"))
    assert record["figures"]["gain"]["sensitivities"]["D"]["value"] == -1
    assert "terms" in record["figures"]["offset"]
