"""SBML: reactions, rules and functions become the equations that they mean; what has no equations is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp
from scipy.integrate import solve_ivp

import vle_analog as va
from vle_analog.design.subject import Subject, is_system
from vle_analog.equations.resolve import resolve
from vle_analog.equations.sbml import load_sbml
from vle_analog.equations.system import EquationSystem, evaluate
from vle_analog.errors import SystemFileError, VleAnalogError
from vle_analog.reference.integrator import Integrator

libsbml = pytest.importorskip("libsbml")


class Model:
    """A model in the making."""

    def __init__(self, compartment: float = 2.0) -> None:
        self.document = libsbml.SBMLDocument(3, 2)
        self.model = self.document.createModel()
        self.model.setId("enzyme")
        cell = self.model.createCompartment()
        cell.setId("cell")
        cell.setSize(compartment)
        cell.setConstant(True)
        cell.setSpatialDimensions(3)

    def species(self, name: str, amount: float, boundary: bool = False, counted: bool = False) -> None:
        each = self.model.createSpecies()
        each.setId(name)
        each.setCompartment("cell")
        each.setInitialAmount(amount)
        each.setBoundaryCondition(boundary)
        each.setHasOnlySubstanceUnits(counted)
        each.setConstant(False)

    def parameter(self, name: str, value: float | None, constant: bool = True) -> None:
        each = self.model.createParameter()
        each.setId(name)
        each.setConstant(constant)
        if value is not None:
            each.setValue(value)

    def reaction(self, name: str, takes: list[str], makes: list[str], law: str, **local: float) -> None:
        each = self.model.createReaction()
        each.setId(name)
        each.setReversible(False)
        each.setFast(False)
        for create, names in ((each.createReactant, takes), (each.createProduct, makes)):
            for other in names:
                reference = create()
                reference.setSpecies(other)
                reference.setStoichiometry(1.0)
                reference.setConstant(True)
        kinetic = each.createKineticLaw()
        kinetic.setMath(libsbml.parseL3Formula(law))
        for key, value in local.items():
            parameter = kinetic.createLocalParameter()
            parameter.setId(key)
            parameter.setValue(value)

    def rule(self, variable: str, text: str, rate: bool = False) -> None:
        each = self.model.createRateRule() if rate else self.model.createAssignmentRule()
        each.setVariable(variable)
        each.setMath(libsbml.parseL3Formula(text))

    def saved(self, folder: Path) -> Path:
        path = folder / "model.xml"
        path.write_text(libsbml.writeSBMLToString(self.document))
        return path


def enzyme() -> Model:
    """Michaelis and Menten's reaction, by concentration in a cell of 2, beside a rate rule and a sum."""
    found = Model()
    found.species("S", 2.0)
    found.species("P", 0.0)
    found.species("E0", 1.0, boundary=True)
    found.parameter("Vmax", 1.5)
    found.parameter("slow", 1.0, constant=False)
    found.parameter("total", None, constant=False)
    found.reaction("r", ["S"], ["P"], "cell * E0 * Vmax * S / (K + S) * slow", K=0.4)
    found.rule("slow", "-0.1 * slow", rate=True)
    found.rule("total", "S + P")
    return found


def rate(name: str, system: EquationSystem) -> sp.Expr:
    (state,) = (each for each in system.states if str(each.symbol) == name)
    return state.derivative


def test_an_enzyme_in_a_circuit(tmp_path: Path) -> None:
    path = enzyme().saved(tmp_path)
    assert is_system(str(path))
    system = Subject(str(path), span=6.0, parameters=(("Vmax", 1.2),)).load()
    assert isinstance(system, EquationSystem) and system.name == "enzyme"
    run = va.run(system)
    assert run.comparison.trace_nrmse_max < 1e-3

    def exact(t: float, y: np.ndarray) -> list[float]:
        substrate, _, slow = y
        speed = 0.5 * 1.2 * substrate / (0.4 + substrate) * slow  # E0: an amount of 1 in a cell of 2
        return [-speed, speed, -0.1 * slow]

    time = run.ideal.time
    found = solve_ivp(exact, (0, 6.0), [1.0, 0.0, 1.0], t_eval=time, rtol=1e-10, atol=1e-12).y
    assert run.ideal["S"] == pytest.approx(found[0], abs=2e-5)
    assert run.ideal["P"] == pytest.approx(found[1], abs=2e-5)
    assert run.ideal["slow"] == pytest.approx(found[2], abs=2e-5)


def test_amounts_and_concentrations(tmp_path: Path) -> None:
    model = Model(compartment=4.0)
    model.species("c", 2.0)
    model.species("n", 2.0, counted=True)
    model.reaction("decay_c", ["c"], [], "3 * c")
    model.reaction("decay_n", ["n"], [], "3 * n")
    system = load_sbml(model.saved(tmp_path))
    assert [float(np.ravel(each.initial)[0]) for each in system.states] == [0.5, 2.0]
    cell, c, n = sp.symbols("cell c n")
    assert sp.simplify(rate("c", system) + 3 * c / cell) == 0 and sp.simplify(rate("n", system) + 3 * n) == 0


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x^2 - x/4 + -x", lambda x: x**2 - x / 4 - x),
        ("root(3, x) + sqrt(x)", lambda x: x ** (1 / 3) + np.sqrt(x)),
        ("ln(x) + log10(x) + exp(-x)", lambda x: np.log(x) + np.log10(x) + np.exp(-x)),
        ("sin(x) + cos(x) + tanh(x) + abs(x - 1)", lambda x: np.sin(x) + np.cos(x) + np.tanh(x) + abs(x - 1)),
        ("piecewise(x, x < 0.5, 2*x, x < 0.8, 3)", lambda x: x if x < 0.5 else 2 * x if x < 0.8 else 3.0),
        ("max(x, 0.6) - min(x, 0.6)", lambda x: max(x, 0.6) - min(x, 0.6)),
        ("pi + exponentiale", lambda x: np.pi + np.e),
        ("twice(x) + twice(2)", lambda x: 2 * x + 4),
    ],
)
def test_formulas_mean_what_they_say(tmp_path: Path, text: str, value: Any) -> None:
    model = Model()
    model.parameter("x", 1.0, constant=False)
    model.parameter("y", None, constant=False)
    definition = model.model.createFunctionDefinition()
    definition.setId("twice")
    definition.setMath(libsbml.parseL3Formula("lambda(z, 2*z)"))
    model.rule("x", "-0.1*x", rate=True)
    model.rule("y", text)
    system = load_sbml(model.saved(tmp_path))
    (expression,) = (each.expression for each in system.definitions if str(each.symbol) == "y")
    for x in (0.3, 0.7, 0.9):
        assert float(evaluate(expression, (), {"x": np.array(x), "cell": np.array(2.0)})) == pytest.approx(value(x))


def test_names_that_no_netlist_has_are_changed(tmp_path: Path) -> None:
    model = Model()
    for name in ("S__1", "s_1", "_x", "t"):
        model.parameter(name, 1.0, constant=False)
        model.rule(name, f"-{name}", rate=True)
    system = load_sbml(model.saved(tmp_path))
    assert [str(each.symbol) for each in system.states] == ["S_1", "s_1_2", "x", "t_2"]


def test_time_is_an_input(tmp_path: Path) -> None:
    model = Model()
    model.parameter("x", 0.0, constant=False)
    model.rule("x", "time - x", rate=True)
    system = load_sbml(model.saved(tmp_path))
    assert [str(each.symbol) for each in system.inputs] == ["t"]


def test_events_and_delays(tmp_path: Path) -> None:
    """A dose whenever little is left, at a rate that a parameter tells; and what was a while ago."""
    model = Model(1.0)
    model.species("S", 1.0)
    model.parameter("k", 0.5, constant=False)
    model.parameter("past", None, constant=False)
    model.rule("past", "delay(S, 0.5)")
    model.reaction("r", ["S"], [], "k*S")
    event = model.model.createEvent()
    event.setId("dose")
    event.setUseValuesFromTriggerTime(True)
    trigger = event.createTrigger()
    trigger.setMath(libsbml.parseL3Formula("S < 0.4"))
    trigger.setPersistent(True)
    trigger.setInitialValue(True)
    for name, value in (("S", "S + 0.6"), ("k", "2*k")):
        assignment = event.createEventAssignment()
        assignment.setVariable(name)
        assignment.setMath(libsbml.parseL3Formula(value))
    system = load_sbml(model.saved(tmp_path))
    found = Integrator(resolve(system)).run(0.002, span=2.9, record=["S", "past"])
    first = np.log(2.5) / 0.5
    np.testing.assert_allclose(found.events["dose"][:2], [first, first + np.log(2.5) / 1.0], rtol=1e-9)
    run = found.waveforms
    late = (run.time > 1.0) & (run.time < 1.5)
    np.testing.assert_allclose(run["past"][late], np.exp(-0.5 * (run.time[late] - 0.5)), rtol=1e-7)


def spoilt(how: str) -> Model:
    model = enzyme()
    match how:
        case "event":
            event = model.model.createEvent()
            event.setUseValuesFromTriggerTime(True)
            trigger = event.createTrigger()
            trigger.setMath(libsbml.parseL3Formula("S < 0.5"))
            trigger.setPersistent(True)
            trigger.setInitialValue(True)
            event.createDelay().setMath(libsbml.parseL3Formula("2"))
        case "algebraic":
            model.model.createAlgebraicRule().setMath(libsbml.parseL3Formula("S - P"))
        case "delay":
            model.parameter("d", None, constant=False)
            model.rule("d", "delay(S, S)")
        case "law":
            model.model.getReaction("r").unsetKineticLaw()
        case "value":
            model.parameter("lost", None)
        case "name":
            model.parameter("q", None, constant=False)
            model.rule("q", "nobody + 1")
    return model


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("event", "event 'event': it has a delay"),
        ("algebraic", "algebraic rules"),
        ("delay", "varies in time"),
        ("law", "no kinetic law"),
        ("value", "parameter 'lost': it has no value"),
        ("name", "'nobody'"),
    ],
)
def test_what_is_not_known_is_refused(tmp_path: Path, how: str, words: str) -> None:
    with pytest.raises(VleAnalogError) as refused:
        load_sbml(spoilt(how).saved(tmp_path))
    assert words in str(refused.value) and "model.xml" in str(refused.value)


@pytest.mark.parametrize("text", ["", "<a/>", "<sbml", "name = 'x'"])
def test_what_is_no_sbml_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.xml").write_text(text)
    with pytest.raises(SystemFileError, match=r"a\.xml"):
        load_sbml(tmp_path / "a.xml")
