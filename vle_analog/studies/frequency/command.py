"""Compare all rules' error paths with the exact adjoint, gain and phase over frequency.

Prints learned coefficients, errors and gains; writes frequency.png and frequency.json. An earlier call's
are replaced once both are ready; no other file is touched.
"""

from vle_analog.lab.study import Study
from vle_analog.studies.frequency.report import report
from vle_analog.studies.frequency.study import FrequencyPlan, frequency

STUDY = Study(
    FrequencyPlan,
    frequency,
    report,
    folder=lambda plan: "frequency",
    writes=lambda plan: ("frequency.png", "frequency.html", "frequency.json"),
    default="frequency",
    parts=False,
    examples=("vle-analog frequency", "vle-analog frequency --tau-m 1 --tau-r 0.2"),
)
