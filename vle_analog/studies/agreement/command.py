"""The compiled engine held to ngspice: random boards of real parts in both, their exams, what they learn on the way.

Boards have 1 % resistors, 5 % capacitors and offsets as data sheets say; with --kinds one kind of non-ideality at a
time, then all. Of deployed ones all neurons' outputs on the exam are compared; of learning ones everything that is
learned, on the way, and the verdict with weights held. Writes agreement.json and agreement.md, case by case. What
ngspice found is kept in accounts/: an interrupted study goes on where it was. All cases take hours.
"""

from vle_analog.lab.study import Study
from vle_analog.studies.agreement.report import report
from vle_analog.studies.agreement.study import AgreementPlan, agreement

STUDY = Study(
    AgreementPlan,
    agreement,
    report,
    folder=lambda plan: "engine_agreement",
    writes=lambda plan: ("agreement.md", "agreement.html", "agreement.json"),
    extends=("cases", "boards", "kinds"),
    default="engine_agreement",
    examples=("vle-analog agreement", "vle-analog agreement 'deployed chain' --kinds --boards 2"),
)
