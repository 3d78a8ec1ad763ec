"""Why a run of ngspice failed, in a user's words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vle_analog.simulate.process import Ending
from vle_analog.units import engineering

# What ngspice 39 prints about a deck that it cannot use. With some of these it still runs and returns 0.
_DECK_COMPLAINTS = re.compile(
    r"error on line|unknown subckt|undefined parameter|netlist line no|no such (command|function|parameter)"
    r"|could ?n[o']t (find|open)|cannot open file|can'?t find model|syntax error|fatal error|too few parameters"
    r"|is not available|mismatch of \.subckt|no such file|not enough args|simulation interrupted",
    re.IGNORECASE,
)
# A singular matrix alone may be overcome; given up is what counts.
_STUCK = re.compile(r"timestep too small|simulation\(s\) aborted", re.IGNORECASE)
_TIMESTEP = re.compile(r"timestep too small; (?:time = (?P<time>[^,\s]+)|initial timepoint)", re.IGNORECASE)
_NODE = re.compile(r"trouble with (?:node \"(?P<node>[^\"]+)\"|(?P<part>\S+)-instance (?P<instance>\S+))")
_SINGULAR = re.compile(r"singular matrix:\s+check nodes? (.+)", re.IGNORECASE)
_DOMAIN = re.compile(r"error: .* out of range for .*|.*divide by zero.*|.*math error.*", re.IGNORECASE)

_CHATTER = re.compile(r"\s*(Note:|Circuit:|Doing analysis|Using transient|No\. of Data Rows|ngspice-\S+ done)")

_SIGNALS = {
    "SIGKILL": "something ended it, often the kernel when memory runs out: shorten the span or save fewer nodes.",
    "SIGABRT": "ngspice itself crashed: look for an unclosed parenthesis in an expression of the deck.",
    "SIGSEGV": "ngspice itself crashed: look for an unclosed parenthesis in an expression of the deck.",
}

Finding = tuple[str, str]  # what is wrong, and a hint


def deck_complaint(log: Sequence[str]) -> Finding | None:
    """The first complaint about the deck itself, quoted with the lines that explain it; None if there is none.

    Such a run is refused even if it reached its span: ngspice simulates on with, say, a missing stimulus file as zero.
    """
    lines = [line.strip() for line in log if line.strip() and not _CHATTER.match(line)]
    for index, line in enumerate(lines):
        if _DECK_COMPLAINTS.search(line):
            quote = " / ".join(lines[index : index + 3])
            return f"ngspice does not accept the deck: {quote}", "correct the deck line that ngspice quotes."
    return None


def gave_up(log: Sequence[str]) -> bool:
    """Whether ngspice says that it did not come to the end of what was asked."""
    return any(_STUCK.search(line) for line in log)


def diagnose(log: Sequence[str], ending: Ending, *, reached: float, span: float | None) -> Finding:
    """What made a run fail.

    Args:
        log: the lines that ngspice printed.
        ending: how the process ended.
        reached: circuit time simulated so far, in seconds.
        span: circuit time asked for, in seconds; None for a small-signal analysis.
    """
    progress = f" at {100 * reached / span:.0f} % of the span" if span else ""
    if ending.timed_out:
        hint = "allow more wall-clock time with the option --timeout, or ask for a shorter span"
        if span and reached > 0:
            hint += f"; at this pace the whole run takes about {ending.seconds * span / reached:.2g} s"
        return f"ngspice timed out after {ending.seconds:.3g} s{progress}", hint + "."
    found = _stuck(log, span) or deck_complaint(log)
    if ending.signal:
        killed = f"ngspice was killed by {ending.signal}{progress}"
        if found:  # a crash over a deck that it has just complained of
            return f"{found[0]}; then {killed}", found[1]
        return killed, _SIGNALS.get(ending.signal, "something outside ended it: run it again.")
    return found or _incomplete(log, reached, span)


def _stuck(log: Sequence[str], span: float | None) -> Finding | None:
    """No convergence: when, and at which node if ngspice names one."""
    if not gave_up(log):
        return None
    text = "\n".join(log)
    step, node, singular, domain = (pattern.search(text) for pattern in (_TIMESTEP, _NODE, _SINGULAR, _DOMAIN))
    what = "ngspice found no solution"
    if step and step["time"]:
        time = float(step["time"])
        share = f" ({100 * time / span:.0f} % of the span)" if span else ""
        what += f" at t = {engineering(time, 's', 6)}{share}, however small the time step"
    elif step:
        what += " at the first time point"
    if node:
        what += f"; it has trouble with {_named(node)}"
    if singular and not node:  # with a node named, the warning stems from an attempt that was overcome
        what += f"; the matrix is singular at {singular[1].strip()}"
        return what, "look for sources in parallel, a loop of sources, or a node without a DC path to ground."
    if domain:
        what += f"; it says '{domain[0].strip()}'"
    return what, (
        "look there for a signal that runs away, a function outside its domain or a loop without a state; "
        "otherwise try a smaller step bound."
    )


def _named(node: re.Match[str]) -> str:
    return f"node '{node['node']}'" if node["node"] else f"part '{node['instance']}' ({node['part']})"


def _incomplete(log: Sequence[str], reached: float, span: float | None) -> Finding:
    """It ended of its own accord, without complaint, and yet too early."""
    last = next((line.strip() for line in reversed(log) if line.strip() and not _CHATTER.match(line)), "nothing")
    if reached > 0 and span:
        what = f"ngspice stopped at t = {engineering(reached, 's', 6)} of {engineering(span, 's', 6)}"
    else:
        what = "ngspice wrote no usable waveforms.raw"
    return (
        f"{what}; its last words: '{last}'",
        "the deck's .control block must run the analysis and write waveforms.raw.",
    )
