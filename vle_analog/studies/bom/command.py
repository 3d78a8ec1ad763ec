"""List what a board of a task's or system's circuit takes: parts, packages, supply current.

Values are rounded to the series so that each stage keeps its gains and time constants as well as can be. With --out,
FILE.csv has one line per kind and value of part, and FILE-placement.csv one per designator: its part in the netlist,
its nodes and its block. What --part does not say is a macromodel's part.
"""

from vle_analog.lab.study import Study
from vle_analog.studies.bom.report import report
from vle_analog.studies.bom.study import BomPlan, bom

STUDY = Study(
    BomPlan,
    bom,
    report,
    output=None,
    examples=("vle-analog bom lorenz", "vle-analog bom xor_small --out bom.csv"),
)
