"""List the parts of your own: makers' models that were taken in."""

from vle_analog.lab.study import Study
from vle_analog.studies.part.list.report import report
from vle_analog.studies.part.list.study import ListPlan, listed

STUDY = Study(
    ListPlan,
    listed,
    report,
    output=None,
    examples=("vle-analog part list",),
)
