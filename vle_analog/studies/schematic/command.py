"""Draw a task's or system's circuit: block diagram and schematic pages, for people and for editors.

svg: NAME-diagram.svg and a page each; kicad: a project of hierarchical sheets (KiCad 6 or later); asc: a drawing for
LTspice with its symbols; net: KiCad's netlist for board layout; cir: the drawing as a netlist for ngspice, its parts
called by their designators; build: a sheet for the bench, what to solder, to measure and to adjust page by page; test:
a deck for each page that drives its inputs and says what must come out; faults: what each part looks like when it is
open, shorted or missing, by these decks. Designators and values are those of `vle-analog bom`.
"""

from vle_analog.lab.study import Study
from vle_analog.studies.schematic.report import report
from vle_analog.studies.schematic.study import SchematicPlan, draw

STUDY = Study(
    SchematicPlan,
    draw,
    report,
    output=None,
    examples=(
        "vle-analog schematic lorenz",
        "vle-analog schematic chain --span 100",
        "vle-analog schematic lorenz --format build,test,faults",
    ),
)
