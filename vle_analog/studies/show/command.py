"""Say what is in a folder of results: which commands made them, when, their answers, and which files belong to them.

Without a folder all folders in results/ are listed.
"""

from vle_analog.lab.study import Study
from vle_analog.studies.show.report import report
from vle_analog.studies.show.study import ShowPlan, shown

STUDY = Study(
    ShowPlan,
    shown,
    report,
    parts=False,
    output=None,
    examples=("vle-analog show", "vle-analog show results/lorenz"),
)
