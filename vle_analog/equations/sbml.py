"""Systems from SBML, in which biologists exchange models of reactions (level 1 to 3; libsbml reads it).

A species is a state in the unit that its formulas mean, a concentration or an amount; reactions, rate rules and
assignment rules become derivatives and definitions; what is constant is a parameter. What an event assigns to is a
state, too. An event whose trigger holds at time zero does not happen then, whatever its ``initialValue``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from vle_analog.equations.events import Said
from vle_analog.equations.expression import Expression
from vle_analog.equations.system import EquationSystem
from vle_analog.equations.written import system
from vle_analog.errors import SystemFileError, UsageError, VleAnalogError

#: endings of files that are read as SBML
SUFFIXES = (".xml", ".sbml")
#: of a run, unless told otherwise: seconds of circuit time per model unit, and model units
UNIT, SPAN = 1e-3, 10.0
#: operators between arguments; functions of one argument, by their names in libsbml
_BETWEEN = {
    "AST_PLUS": " + ", "AST_TIMES": "*", "AST_LOGICAL_AND": " and ", "AST_LOGICAL_OR": " or ",
    "AST_RELATIONAL_LT": " < ", "AST_RELATIONAL_GT": " > ", "AST_RELATIONAL_LEQ": " <= ", "AST_RELATIONAL_GEQ": " >= ",
}  # fmt: skip
_OF_ONE = {
    "ABS": "abs", "ARCTAN": "atan", "COS": "cos", "COSH": "cosh", "COT": "cot", "COTH": "coth", "CSC": "csc",
    "EXP": "exp", "LN": "log", "SEC": "sec", "SECH": "sech", "SIN": "sin", "SINH": "sinh", "TAN": "tan", "TANH": "tanh",
}  # fmt: skip
_CONSTANTS = {"AST_CONSTANT_E": "exp(1)", "AST_REAL_E": "", "AST_CONSTANT_PI": "pi", "AST_CONSTANT_TRUE": "1",
              "AST_CONSTANT_FALSE": "0", "AST_NAME_TIME": "t"}  # fmt: skip


def is_sbml(name: str) -> bool:
    """Whether a name is that of an SBML file."""
    return name.endswith(SUFFIXES)


def load_sbml(path: str | Path) -> EquationSystem:
    """The system that an SBML file describes; a run of 10 of its units of time, each a millisecond in the circuit.

    Raises:
        UsageError: libsbml is not installed.
        SystemFileError: a file that cannot be read, is no SBML, or has what no such system has: events
            with delays or priorities, algebraic rules, compartments that change.
        EquationError: names, expressions or a system that cannot be used.
    """
    path = Path(path)
    try:
        import libsbml
    except ImportError:
        raise UsageError(
            "SBML is read by python-libsbml, which is not installed", hint="pip install 'vle-analog[sbml]'"
        ) from None
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SystemFileError(
            f"the file cannot be read: {error.strerror}", where=path.name, hint="check path and permissions"
        ) from None
    except UnicodeDecodeError as error:
        raise SystemFileError(
            f"not a text file in UTF-8 (byte {error.start})", where=path.name, hint="save it as UTF-8"
        ) from None
    document = libsbml.readSBMLFromString(text)
    try:
        _check(libsbml, document)
        return _Reader(libsbml, document.getModel()).system(path.stem)
    except VleAnalogError as error:
        raise error.located(path.name) from None


def _check(libsbml: Any, document: Any) -> None:
    """Refuse what is no model, and expand what the reader does not know."""
    for number in range(document.getNumErrors()):
        error = document.getError(number)
        if error.getSeverity() >= libsbml.LIBSBML_SEV_ERROR:
            raise SystemFileError(
                f"not valid SBML: {' '.join(error.getMessage().split())[:200]}",
                where=f"line {error.getLine()}",
                hint="correct it there; is the file complete?",
            )
    if document.getModel() is None:
        raise SystemFileError("there is no model in it", hint="name a file with a <model>")
    properties = libsbml.ConversionProperties()
    properties.addOption("promoteLocalParameters", True)
    document.convert(properties)
    document.expandInitialAssignments()
    model = document.getModel()
    if count := model.getNumInitialAssignments():
        raise SystemFileError(
            f"it has {count} initial assignments, which are not known here", hint="take them out of the model"
        )


@dataclass
class _Reader:
    """One model on its way to a system.

    Args:
        libsbml: the module.
        model: what it read.
    """

    libsbml: Any
    model: Any
    names: dict[str, str] = field(default_factory=dict)

    def system(self, title: str) -> EquationSystem:
        """The model's system, by its own name or else the given one."""
        model = self.model
        for each in (*_all(model, "Compartments"), *_all(model, "Species"), *_all(model, "Parameters")):
            self.names[each.getId()] = self._free(each.getId())
        rules = {each.getVariable(): each for each in _all(model, "Rules") if not each.isAlgebraic()}
        if len(rules) < model.getNumRules():
            raise SystemFileError("it has algebraic rules", hint="solve them for a variable: an assignment rule")
        assigned = {each.getVariable() for event in _all(model, "Events") for each in _all(event, "EventAssignments")}
        derivatives: dict[str, Any] = {}
        others: dict[str, Expression] = {}
        initial: dict[str, float] = {}
        for each in _all(model, "Compartments"):
            if each.getId() in rules:
                raise SystemFileError(
                    "its size changes", where=f"compartment '{each.getId()}'", hint="hold it constant"
                )
            others[self.names[each.getId()]] = each.getSize() if each.isSetSize() else 1.0
        for species in _all(model, "Species"):
            name, start = self.names[species.getId()], self._start(species)
            if species.getId() in rules:
                self._ruled(rules[species.getId()], start, derivatives, others, initial)
            elif species.getId() in assigned and species.getBoundaryCondition():
                derivatives[name], initial[name] = "0", start
            elif species.getBoundaryCondition() or species.getConstant():
                others[name] = start
            else:
                derivatives[name], initial[name] = self._rate(species), start
        for parameter in _all(model, "Parameters"):
            name = self.names[parameter.getId()]
            if parameter.getId() in rules:
                start = parameter.getValue() if parameter.isSetValue() else 0.0
                self._ruled(rules[parameter.getId()], start, derivatives, others, initial)
            elif not parameter.isSetValue():
                raise SystemFileError("it has no value", where=f"parameter '{parameter.getId()}'", hint="give it one")
            elif parameter.getId() in assigned:
                derivatives[name], initial[name] = "0", parameter.getValue()
            else:
                others[name] = parameter.getValue()
        events = {name: said for each in _all(model, "Events") for name, said in [self._event(each)]}
        label = re.sub(r"[^A-Za-z0-9_-]", "_", model.getId() or title).strip("_-")
        label = label if label[:1].isalpha() else f"model_{label}"
        return system(label[:60], initial=initial, where=others, events=events, unit=UNIT, span=SPAN, **derivatives)

    def _event(self, event: Any) -> tuple[str, Said]:
        """An event's name, and what it is."""
        given = event.getId() or "event"
        name = self.names.setdefault(f"event {given}", self._free(given))
        for what, there in (("delay", event.isSetDelay()), ("priority", event.isSetPriority())):
            if there:
                raise SystemFileError(
                    f"it has a {what}",
                    where=f"event '{given}'",
                    hint="let it happen at once, or write the system as TOML",
                )
        if event.getTrigger() is None or event.getTrigger().getMath() is None:
            raise SystemFileError("it has no trigger", where=f"event '{given}'", hint="give it one, or take it out")
        values: dict[str, Expression] = {
            self.names.get(each.getVariable(), each.getVariable()): self._text(each.getMath(), {}, given)
            for each in _all(event, "EventAssignments")
        }
        return name, (self._text(event.getTrigger().getMath(), {}, given), values)

    def _free(self, name: str) -> str:
        """A name that SPICE and expressions can have, and that no other has, whatever its case."""
        plain = re.sub(r"_+", "_", re.sub(r"[^A-Za-z0-9_]", "_", name)).strip("_") or "x"
        plain = plain if plain[0].isalpha() else f"x{plain}"
        taken, found, number = {each.lower() for each in self.names.values()}, plain, 2
        while found.lower() in taken or found.lower() in ("t", "pi", "and", "or", "not"):
            found, number = f"{plain}_{number}", number + 1
        return found

    def _start(self, species: Any) -> float:
        """The initial value in the unit that formulas mean."""
        compartment = self.model.getCompartment(species.getCompartment())
        size = compartment.getSize() if compartment is not None and compartment.isSetSize() else 1.0
        amount = species.getHasOnlySubstanceUnits()
        if species.isSetInitialConcentration():
            return float(species.getInitialConcentration() * (size if amount else 1.0))
        if species.isSetInitialAmount():
            return float(species.getInitialAmount() / (1.0 if amount else size))
        raise SystemFileError("it has no initial value", where=f"species '{species.getId()}'", hint="give it one")

    def _rate(self, species: Any) -> str:
        """The sum of all reactions that make or use a species."""
        terms = []
        for reaction in _all(self.model, "Reactions"):
            law = reaction.getKineticLaw()
            net = 0.0
            for references, sign in ((_all(reaction, "Reactants"), -1), (_all(reaction, "Products"), 1)):
                for each in references:
                    if each.getSpecies() == species.getId():
                        net += sign * (each.getStoichiometry() if each.isSetStoichiometry() else 1.0)
            if net:
                if law is None or law.getMath() is None:
                    raise SystemFileError(
                        "it has no kinetic law",
                        where=f"reaction '{reaction.getId()}'",
                        hint="give it one, or take it out",
                    )
                terms.append(f"{net!r}*({self._text(law.getMath(), {}, reaction.getId())})")
        rate = " + ".join(terms) or "0"
        if species.getHasOnlySubstanceUnits():
            return rate
        return f"({rate})/{self.names[species.getCompartment()]}"

    def _ruled(
        self,
        rule: Any,
        start: float,
        derivatives: dict[str, Expression],
        others: dict[str, Expression],
        initial: dict[str, float],
    ) -> None:
        """A variable that a rule determines."""
        name, text = self.names[rule.getVariable()], self._text(rule.getMath(), {}, rule.getVariable())
        if rule.isRate():
            derivatives[name], initial[name] = text, start
        else:
            others[name] = text

    def _text(self, node: Any, given: Mapping[str, str], where: str) -> str:
        """A formula as expressions are written here; ``given`` has a function's arguments by their names."""
        kind, inner = self._kind(node), [node.getChild(k) for k in range(node.getNumChildren())]
        if _CONSTANTS.get(kind):
            return _CONSTANTS[kind]
        if node.isNumber():
            return f"({node.getValue()!r})"
        if kind == "AST_NAME":
            if node.getName() not in given and node.getName() not in self.names:
                self._refuse(f"'{node.getName()}' has no value of its own", where)
            return given.get(node.getName()) or self.names[node.getName()]
        texts = [f"({self._text(each, given, where)})" for each in inner]
        if kind in _BETWEEN and texts:
            return _BETWEEN[kind].join(texts)
        return self._called(kind, node, texts, where)

    def _called(self, kind: str, node: Any, texts: list[str], where: str) -> str:
        name = kind.removeprefix("AST_FUNCTION_")
        match kind, texts:
            case "AST_MINUS", [one]:
                return f"-{one}"
            case "AST_MINUS", [one, other]:
                return f"{one} - {other}"
            case "AST_DIVIDE", [one, other]:
                return f"{one}/{other}"
            case (("AST_POWER" | "AST_FUNCTION_POWER"), [one, other]):
                return f"{one}**{other}"
            case "AST_LOGICAL_NOT", [one]:
                return f"not {one}"
            case "AST_FUNCTION_ROOT", [degree, one]:
                return f"{one}**(1/{degree})"
            case "AST_FUNCTION_LOG", [base, one]:
                return f"log({one})/log({base})"
            case (("AST_FUNCTION_MAX" | "AST_FUNCTION_MIN"), _):
                return f"{name.lower()}({', '.join(texts)})"
            case "AST_FUNCTION_DELAY", [one, duration]:
                return f"delay({one}, {duration})"
            case "AST_FUNCTION_PIECEWISE", _:
                return _piecewise(texts)
            case "AST_FUNCTION", _:
                return self._expanded(node, texts, where)
        if name in _OF_ONE and len(texts) == 1:
            return f"{_OF_ONE[name]}({texts[0]})"
        self._refuse(f"'{node.getName() or name.lower()}' is not known here", where)

    def _expanded(self, node: Any, texts: list[str], where: str) -> str:
        """A call of a function that the model defines, written out."""
        definition = self.model.getFunctionDefinition(node.getName())
        if definition is None or definition.getBody() is None or definition.getNumArguments() != len(texts):
            self._refuse(f"the function '{node.getName()}' is not defined for {len(texts)} arguments", where)
        names = [definition.getArgument(k).getName() for k in range(definition.getNumArguments())]
        return f"({self._text(definition.getBody(), dict(zip(names, texts, strict=True)), where)})"

    def _kind(self, node: Any) -> str:
        return _kinds(self.libsbml)[node.getType()]

    def _refuse(self, what: str, where: str) -> NoReturn:
        raise SystemFileError(what, where=f"formula of '{where}'", hint="rewrite the formula, or the system as TOML")


def _piecewise(texts: list[str]) -> str:
    """Values and conditions in turn, and a value where none holds: conditions are 0 or 1."""
    *pairs, last = texts if len(texts) % 2 else [*texts, "0"]
    for value, condition in reversed(list(zip(pairs[::2], pairs[1::2], strict=True))):
        last = f"({last} + {condition}*({value} - {last}))"
    return last


def _all(parent: Any, what: str) -> Iterator[Any]:
    """All members of a list of a model or reaction."""
    found = getattr(parent, f"getListOf{what}")()
    return (found.get(k) for k in range(found.size()))


def _kinds(libsbml: Any) -> dict[int, str]:
    """Names of libsbml's kinds of nodes, by number."""
    return {number: name for name, number in vars(libsbml).items() if name.startswith("AST_") and name.isupper()}
