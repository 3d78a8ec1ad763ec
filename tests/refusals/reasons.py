"""Refusals that have no case, by file and a piece of their code, and why."""

from __future__ import annotations

_FAMILIES = (
    "of families of signals, which tasks make in Python and no file can say; tests/equations/test_checks.py has it"
)
_BY_HAND = "of an `EquationSystem` made by hand, past the readers; tests/equations/test_checks.py has it"
_EARLIER = "another refusal comes first: this guards what is called without it"
_LEARNERS = "of runs of networks that learn, which no system is"
_OF_TASKS = "of tables of a task's data, which no system reads"
_CHOPPED = "of a clock that chops errors of networks that learn, which no system is"
_OWN_BLOCK = "of a block kind of the user's own library, which a checked system does not reach by itself"

REASONS: dict[tuple[str, str], str] = {
    ("equations/checks.py", "is not a symbol"): _BY_HAND,
    ("equations/checks.py", "is not a template"): _FAMILIES,
    ("equations/checks.py", "it has no stimulus"): _BY_HAND,
    ("equations/checks.py", "a gate is a scalar"): _FAMILIES,
    ("equations/checks.py", "a gate takes the values 0 and 1 only"): _BY_HAND,
    ("equations/checks.py", "the {noun} is not a number"): _BY_HAND,
    ("equations/checks.py", "the {noun} has shape"): _FAMILIES,
    ("equations/checks.py", "give a sympy expression"): _BY_HAND,
    ("equations/checks.py", "the index {names} is not one of"): _FAMILIES,
    ("equations/checks.py", "the bare index"): _FAMILIES,
    ("equations/checks.py", "unknown name '{name}'"): _BY_HAND,
    ("equations/checks.py", "picks a single instance"): _FAMILIES,
    ("equations/checks.py", "is declared with"): _FAMILIES,
    ("equations/checks.py", "is not over its whole range"): _FAMILIES,
    ("equations/checks.py", "it sums over"): _FAMILIES,
    ("equations/checks.py", "unsupported term"): _BY_HAND,
    (
        "equations/expression.py",
        "self.refuse(f\"unsupported operator in '{_source(node)}'\"",
    ): "~ is refused as a character first",
    ("equations/resolve.py", "has no causal circuit"): _EARLIER,
    ("equations/resolve.py", "it depends on itself through prospective"): _EARLIER,
    ("equations/templates.py", "loop_error(error.args[1])"): _EARLIER,
    ("equations/system.py", "stimuli for"): _FAMILIES,
    ("reference/integrator.py", "must be positive"): _EARLIER,
    ("reference/held.py", "is no operator on a whole signal"): _LEARNERS,
    ("reference/held.py", "the network cannot be held"): _LEARNERS,
    ("reference/streams.py", "no stream is given"): _LEARNERS,
    ("reference/integrator.py", "rows of inputs are too few"): _LEARNERS,
    ("reference/integrator.py", "np.sum(steps"): _LEARNERS,
    ("stimulus.py", "a trace"): _LEARNERS,
    ("stimulus.py", "a phase from"): _CHOPPED,
    ("design/build.py", "nothing is chopped"): _CHOPPED,
    ("equations/sbml.py", "initial assignments, which are not known"): "libsbml expands all that it can read",
    ("blocks/delay.py", "no stage of parts delays"): _EARLIER,
    ("equations/checks.py", "is another one for each instance"): _FAMILIES,
    ("equations/events.py", "is a family of states"): _FAMILIES,
    ("equations/past.py", "is a family of states"): _FAMILIES,
    ("equations/events.py", "a learning network has no"): _LEARNERS,
    ("equations/stimulusfile.py", "the first column is called"): _OF_TASKS,
    ("equations/stimulusfile.py", "give every column a name"): _OF_TASKS,
    ("synthesis/events.py", "no integrator drives it"): _EARLIER,
    ("synthesis/lower.py", "no block realises"): _OWN_BLOCK,
    ("synthesis/lower.py", "is not an integer power"): _EARLIER,
    ("synthesis/polarity.py", "no assignment of polarities"): "every diagram has one",
    ("synthesis/realize.py", "has no op-amp stage"): _OWN_BLOCK,
    ("synthesis/scaling.py", "gives no finite range"): _EARLIER,
}
