"""Rank the sources of noise of a signal, around the circuit's operating point with its inputs held.

Of a task it is the network at work, with the weights that it ideally learns in resistors. Writes noise-sources.png,
noise-sources.md and noise-sources.json. Resistors are at 27 C; parts' densities are their data sheets'.
"""

from vle_analog.lab.study import Study, named
from vle_analog.studies.noise_sources.report import report
from vle_analog.studies.noise_sources.study import NoiseSourcesPlan, noise_sources

STUDY = Study(
    NoiseSourcesPlan,
    noise_sources,
    report,
    folder=lambda plan: f"noise-sources-{plan.prototype.place}",
    writes=lambda plan: named("noise-sources"),
    default="noise-sources-NAME",
    timeout=True,
    examples=("vle-analog noise-sources state_variable_filter --fidelity macromodel",),
)
