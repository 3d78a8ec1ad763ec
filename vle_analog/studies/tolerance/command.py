"""Tolerances: how large may each non-ideality of boards be, alone, that enough boards are good?

Sizes from a thousandth of the boards' own (--mismatch, and what data sheets say) to a hundred times it and beyond are
tried on the same boards with the same draws; the largest good one is found by bisection to 5 %. What all boards share
(bandwidth, lag, feedthrough) is tried on one board. Wilson's interval says how sure a yield is. Writes tolerance.json,
tolerance.png and tolerance.md. Finished boards are kept in boards/: an interrupted study goes on where it was, and one
with more boards, another criterion or yield runs only what is new.
"""

from vle_analog.lab.study import Study, named
from vle_analog.studies.tolerance.report import report
from vle_analog.studies.tolerance.study import TolerancePlan, estimate, tolerance

STUDY = Study(
    TolerancePlan,
    tolerance,
    report,
    folder=lambda plan: f"tolerance-{plan.fleet.board.place}",
    writes=lambda plan: named("tolerance"),
    extends=("boards", "first", "criterion", "wanted"),
    default="tolerance-NAME",
    boards=True,
    estimate=estimate,
    examples=("vle-analog tolerance van_der_pol --boards 32", "vle-analog tolerance chain --rule gle --dry-run"),
)
