"""Show a part of your own: what is known of it, where from, and its cell."""

from vle_analog.lab.study import Study
from vle_analog.studies.part.show.report import report
from vle_analog.studies.part.show.study import ShowPlan, shown

STUDY = Study(
    ShowPlan,
    shown,
    report,
    output=None,
    examples=("vle-analog part show tl082",),
)
