"""See how circuits and their simulation grow with a network's width, and how far ngspice is from real time.

Networks of temporal XOR (1-N-N-1), or of --task, learning on chip and with fixed weights; each ends at the width that
ngspice cannot simulate, or not within --timeout. Writes scaling.png, scaling.md and scaling.json. Every finished run is
kept in runs/: an interrupted study goes on where it was.
"""

from vle_analog.lab.study import Study, named
from vle_analog.studies.scaling.report import report
from vle_analog.studies.scaling.study import ScalingPlan, scaling

STUDY = Study(
    ScalingPlan,
    scaling,
    report,
    folder=lambda plan: "scaling",
    writes=lambda plan: named("scaling"),
    extends=("widths",),
    default="scaling",
    timeout=True,
    examples=("vle-analog scaling --widths 2,4,8",),
)
