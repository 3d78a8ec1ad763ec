"""Take in a maker's SPICE model of an op-amp as a part of your own, and measure it.

FILE is as the maker has it, for PSpice or LTspice: .lib .mod .cir .sub, of any encoding, with what it includes beside
it. It is written anew for ngspice; what cannot be is refused by its line. Which pin is which is told by names, by
comments, or tried in ngspice, and shown. Every command then takes it: --part opamp=NAME.
"""

from vle_analog.lab.study import Study
from vle_analog.studies.part.add.report import report
from vle_analog.studies.part.add.study import AddPlan, add

STUDY = Study(
    AddPlan,
    add,
    report,
    output=None,
    examples=("vle-analog part add TL082.lib",),
)
