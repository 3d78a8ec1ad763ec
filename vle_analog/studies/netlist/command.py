"""Write a task's or system's netlist; it runs alone, under `ngspice -b` or in the simulator of the dialect."""

from vle_analog.lab.study import Study
from vle_analog.studies.netlist.study import NetlistPlan, netlist

STUDY = Study(
    NetlistPlan,
    netlist,
    output=None,
    examples=("vle-analog netlist lorenz", "vle-analog netlist lorenz --fidelity macromodel --board 3"),
)
