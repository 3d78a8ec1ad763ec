"""Patch an analog computer: put a system's equations on integrators and multipliers of a machine that there is.

lucidac: a configuration in JSON for LUCIDAC, run in its maker's emulator where lucipy is installed
(pip install 'vle-analog[lucidac]') and held against the reference; analog-thing: a sheet for THE ANALOG THING, what to
plug and to set. Amplitudes and time are scaled by the reference run. Inputs that are sines, and sin, cos, exp, tanh and
logistic where their arguments' derivatives are at hand, are made by integrators. What does not fit is told with the
count, and the command ends with code 3. A file FOLDER/patch/*.py that $VLE_ANALOG_LIBRARY names may declare a machine
of your own.
"""

from vle_analog.lab.study import Study
from vle_analog.studies.patch.report import report
from vle_analog.studies.patch.study import BOUND, PatchPlan, patch

STUDY = Study(
    PatchPlan,
    patch,
    report,
    folder=lambda plan: f"patch-{plan.place}",
    writes=lambda plan: ("patch.md", "patch.html", "patch.json"),
    bound=f"the emulator is over {100 * BOUND:g} % off",
    default="patch-NAME",
    parts=False,
    examples=(
        "vle-analog patch lorenz",
        "vle-analog patch van_der_pol --machine analog-thing",
        "vle-analog patch my_system.toml --set mu=2 --out results/mine",
    ),
)
