"""Error budget: what each non-ideality of boards costs, alone and among all others.

The same boards learn, or solve their equations, without non-idealities, with each kind alone, with all but one, with
one kind after another, and with all; losses are taken with the weights held, on fresh data, and of a system the error
of a quantity (--of). Sobol indices say which kinds' sizes the loss depends on when all vary at once. Writes
budget.json, budget.png and budget.md. Finished boards are kept in boards/: an interrupted study goes on where it was,
and one with more boards or rows runs only what is new.
"""

from vle_analog.lab.study import Study, named
from vle_analog.studies.budget.report import report
from vle_analog.studies.budget.study import BudgetPlan, budget, estimate

STUDY = Study(
    BudgetPlan,
    budget,
    report,
    folder=lambda plan: f"budget-{plan.fleet.board.place}",
    writes=lambda plan: named("budget"),
    extends=("boards", "first", "rows", "sobol_boards"),
    default="budget-NAME",
    boards=True,
    estimate=estimate,
    examples=(
        "vle-analog budget van_der_pol --boards 32 --of 'error(period(x))'",
        "vle-analog budget chain --rule gle --dry-run",
    ),
)
