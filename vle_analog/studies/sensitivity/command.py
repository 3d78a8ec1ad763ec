"""Of a system: which part moves a quantity by how much. Of a block: its figures as expressions in its parts.

Of a system (its name or file, with --of 'period(x)') every resistor and capacitor is taken 0.5 % up and down and every
device's error one standard deviation, one at a time, on boards in the compiled engine; the table has what each moves
the quantity by, relative sensitivities, and what all together leave of it. Writes sensitivity.json, sensitivity.png and
sensitivity.md; finished boards are kept in boards/.

Of a block (leaky_integrator, summer, ...) gain, time constants and errors are printed as expressions in its parts, and
what each part changes; numbers are for the block's own file's parts, 100 kohm and 1 ms, with one input, and a
macromodel's op-amp and multiplier unless told otherwise. Without a name all blocks are listed.
"""

from vle_analog.lab.study import Study
from vle_analog.studies.sensitivity.plan import SensitivityPlan, run, told

STUDY = Study(
    SensitivityPlan,
    run,
    told,
    folder=lambda plan: plan.place,
    writes=lambda plan: plan.files,
    default="sensitivity-NAME",
    boards=True,
    long=True,
    examples=("vle-analog sensitivity van_der_pol --of 'period(x)'", "vle-analog sensitivity leaky_integrator"),
)
