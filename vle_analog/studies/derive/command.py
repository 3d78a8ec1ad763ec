"""Print the derivation: energy, Euler-Lagrange equations, exact adjoint, local rules, plasticity."""

from vle_analog.lab.study import Study
from vle_analog.studies.derive.study import DerivePlan, derive

STUDY = Study(
    DerivePlan,
    derive,
    parts=False,
    output=None,
    examples=("vle-analog derive",),
)
