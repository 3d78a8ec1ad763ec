"""Tell before any simulation what parts leave: headroom, slew, bandwidth, offset, noise, and which binds where.

Block by block, the worst instance counts: peaks and slopes are the reference run's, the parts' figures their data
sheets', offsets and wrong gains one standard deviation. Errors are relative to the signal's peak, false rates of change
to the true one's RMS. Drift and loop follow offsets, wrong gains and lags along the whole run, through loops and across
events; how far a nonlinear part's curve is from its law stands beside them. How resistors and capacitors scatter is not
counted: `tolerance` tells. Parts are a macromodel's unless told otherwise.
"""

from vle_analog.lab.study import Study, named
from vle_analog.studies.margins.report import report
from vle_analog.studies.margins.study import MarginsPlan, weigh

STUDY = Study(
    MarginsPlan,
    weigh,
    report,
    writes=lambda plan: named("margins"),
    bound="a margin fails",
    long=True,
    output="Folder for margins.json, margins.md and margins.png",
    examples=("vle-analog margins van_der_pol", "vle-analog margins chain --part opamp=tl072"),
)
