"""Refusals of SBML files; none where the library that reads them is not installed."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from tests.refusals.case import Act, Refusal
from vle_analog.equations.sbml import load_sbml

INSTALLED = importlib.util.find_spec("libsbml") is not None

LAW = "<apply><times/><ci>k</ci><ci>S</ci></apply>"
MODEL = f"""\
<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2">
<model id="decay">
<listOfCompartments><compartment id="cell" size="1" constant="true" spatialDimensions="3"/></listOfCompartments>
<listOfSpecies>
<species id="S" compartment="cell" initialConcentration="2" hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false"/>
</listOfSpecies>
<listOfParameters><parameter id="k" value="0.5" constant="true"/></listOfParameters>
<listOfReactions><reaction id="R" reversible="false">
<listOfReactants><speciesReference species="S" stoichiometry="1" constant="true"/></listOfReactants>
<kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML">{LAW}</math></kineticLaw>
</reaction></listOfReactions>
</model>
</sbml>
"""  # noqa: E501
KINETIC = MODEL[MODEL.index("<kineticLaw>") : MODEL.index("</reaction>")]
RULES = (
    '<listOfRules>{0}<math xmlns="http://www.w3.org/1998/Math/MathML"><apply><minus/><ci>{1}</ci><cn>1</cn></apply></math>{2}'
    "</listOfRules><listOfReactions>"
)
MATH = '<math xmlns="http://www.w3.org/1998/Math/MathML">{0}</math>'
TRIGGER = (
    '<trigger initialValue="false" persistent="true">'
    + MATH.format("<apply><lt/><ci>S</ci><cn>1</cn></apply>")
    + "</trigger>"
)
EVENT = (
    '</listOfReactions><listOfEvents><event id="E" useValuesFromTriggerTime="true">{0}<listOfEventAssignments>'
    f'<eventAssignment variable="S">{MATH.format("<cn>2</cn>")}</eventAssignment>'
    "</listOfEventAssignments></event></listOfEvents>"
)
DELAYED = EVENT.format(TRIGGER + f"<delay>{MATH.format('<cn>1</cn>')}</delay>")
END = "</listOfReactions>"
CALM = MODEL.replace(END, EVENT.format(TRIGGER))


def loading(content: bytes | str) -> Act:
    """Load an SBML file."""

    def act(folder: Path) -> object:
        (folder / "decay.xml").write_bytes(content if isinstance(content, bytes) else content.encode())
        return load_sbml(folder / "decay.xml")

    return act


def model(old: str, bad: str, says: str, remedy: str, mended: str = MODEL) -> Refusal:
    assert MODEL.count(old) == 1, old
    return Refusal(loading(MODEL.replace(old, bad)), "decay.xml", says, remedy, loading(mended))


def _without_library(folder: Path) -> object:
    usual = sys.modules.get("libsbml")
    sys.modules["libsbml"] = None  # type: ignore[assignment]
    try:
        return loading(MODEL)(folder)
    finally:
        del sys.modules["libsbml"]
        if usual is not None:
            sys.modules["libsbml"] = usual


CASES = (
    [
        Refusal(
            lambda folder: load_sbml(folder),
            "",
            "the file cannot be read",
            "check path and permissions",
            loading(MODEL),
        ),
        Refusal(
            loading(MODEL.replace("decay", "d\u00e4").encode("latin-1")),
            "decay.xml",
            "not a text file in UTF-8",
            "save it as UTF-8",
            loading(MODEL),
        ),
        Refusal(loading(MODEL[:-20]), "decay.xml: line", "not valid SBML", "is the file complete", loading(MODEL)),
        Refusal(
            loading(MODEL[: MODEL.index("<model")] + "</sbml>"),
            "decay.xml",
            "there is no model in it",
            "name a file with a <model>",
            loading(MODEL),
        ),
        model(END, DELAYED, "it has a delay", "let it happen at once", CALM),
        model(END, EVENT.format(""), "it has no trigger", "give it one", CALM),
        model(
            "<listOfReactions>",
            RULES.format("<algebraicRule>", "S", "</algebraicRule>"),
            "algebraic rules",
            "solve them for a variable",
        ),
        model(
            "<listOfReactions>",
            RULES.format('<rateRule variable="cell">', "S", "</rateRule>"),
            "its size changes",
            "hold it constant",
        ),
        model(' value="0.5"', "", "it has no value", "give it one"),
        model(' initialConcentration="2"', "", "it has no initial value", "give it one"),
        model(KINETIC, "", "it has no kinetic law", "give it one, or take it out"),
        model(LAW, "<apply><arccsch/><ci>S</ci></apply>", "is not known here", "rewrite the formula"),
        model(
            LAW,
            "<apply><ci>f</ci><ci>S</ci></apply>",
            "the function 'f' is not defined for 1 arguments",
            "rewrite the formula",
        ),
        Refusal(
            _without_library,
            "",
            "python-libsbml, which is not installed",
            "pip install 'vle-analog[sbml]'",
            loading(MODEL),
        ),
        model("<ci>k</ci><ci>S</ci>", "<ci>k</ci><ci>R</ci>", "has no value of its own", "rewrite the formula"),
    ]
    if INSTALLED
    else []
)
