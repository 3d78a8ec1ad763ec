"""Say what the tool stands on here: ngspice, versions, cores, caches, folders of parts, optional extras.

What is missing is said with what would mend it.
"""

from vle_analog.lab.study import Study
from vle_analog.studies.doctor.report import report
from vle_analog.studies.doctor.study import DoctorPlan, doctor

STUDY = Study(
    DoctorPlan,
    doctor,
    report,
    bound="something is missing",
    parts=False,
    output=None,
    examples=("vle-analog doctor", "vle-analog doctor --strict"),
)
