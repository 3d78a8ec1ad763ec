"""ngspice in batch mode, one process per deck.

What a deck must contain, besides the circuit, for :meth:`Ngspice.run`::

    .control
    set filetype=binary
    save u v                        (nodes to keep, or all are kept)
    tran 10u 1m 0 10u uic           (the fourth number bounds the step: always give it)
    write waveforms.raw
    wrnodev final.txt               (optional: all node voltages at the end, with six digits)
    quit                            (without it ngspice returns 1 after a good run; its return code is not judged)
    .endc
    .end

and the same with ``ac`` in place of ``tran`` for :meth:`Ngspice.run_ac`.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Container, Mapping
from pathlib import Path

import numpy as np

from vle_analog.analyses import Analysis, Dc, Noise, Tran
from vle_analog.errors import SimulationError
from vle_analog.simulate.diagnosis import Finding, deck_complaint, diagnose, gave_up
from vle_analog.simulate.disk import unwritable
from vle_analog.simulate.process import Ending, run_process
from vle_analog.simulate.rawfile import Plot, read_raw
from vle_analog.simulate.simulator import NO_FILES, Vectors
from vle_analog.units import engineering

DECK, LOG, RAW, FINAL = "netlist.cir", "ngspice.log", "waveforms.raw", "final.txt"

#: what stands for what plots are over, and its unit
_AXES = {"time": ("t", "s"), "frequency": ("f", "Hz"), "v-sweep": ("v", "V")}
_SPAN_TOLERANCE = 1e-6  # relative: ngspice's last point is the span up to rounding
_NODE = re.compile(r"^\.ic v\((\S+)\) = (\S+)$", re.MULTILINE)  # what `wrnodev` writes
_REFERENCE = re.compile(r"^ Reference value : *(\S+)$")  # printed to stderr about four times a second
# User settings that would change the output's format or where files are looked for; `-n` keeps .spiceinit away.
_IGNORED_VARIABLES = ("SPICE_ASCIIRAWFILE", "SPICE_USERINIT_DIR", "NGSPICE_INPUT_DIR")


class Ngspice:
    """Runs decks under ``ngspice -n -b``.

    Args:
        executable: name or path of ngspice.
        keep_raw: leave the raw file in the folder after a good run, as deck and log are.
    """

    name = "ngspice"

    def __init__(self, executable: str = "ngspice", *, keep_raw: bool = False) -> None:
        self.executable = executable
        self.keep_raw = keep_raw

    def version(self) -> str:
        """What ngspice calls itself, e.g. ``ngspice-39``.

        Raises:
            SimulationError: it is missing, or not ngspice.
        """
        try:
            done = subprocess.run(
                [self._found(), "--version"],
                capture_output=True,
                env=_environment(Path("/")),
                errors="replace",
                timeout=10,
                stdin=subprocess.DEVNULL,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SimulationError(f"'{self.executable} --version' does not run: {error}") from error
        match = re.search(r"ngspice-\S+", done.stdout)
        if match is None:
            raise SimulationError(f"'{self.executable}' is not ngspice", hint="name another executable.")
        return match[0]

    def run(
        self,
        deck: str,
        *,
        span: float,
        folder: Path,
        files: Mapping[str, str] = NO_FILES,
        timeout: float | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> Vectors:
        """Run a transient deck; see :meth:`vle_analog.simulate.simulator.Simulator.run`.

        The module's docstring says what the deck must contain. ngspice drops a saved node that does not exist without
        a word: it is then missing from the result. The run counts as good if every saved vector is finite
        and the last time is ``span`` (relative 1e-6), whatever ngspice returned, unless it complained about the deck.

        Raises:
            SimulationError: ngspice is missing, was killed, timed out, refused the deck or did not reach the span.
                Deck and log stay in ``folder`` and are named.
            OutputError: deck or log cannot be written.
        """
        run = _Run(folder, span, progress)
        ending = run.start(self._found(), deck, files, timeout)
        plot = run.plot("time", ending)
        run.check_span(plot, ending)
        run.check_numbers(plot, "time")
        if not self.keep_raw:
            run.raw.unlink()
        if progress is not None:
            progress(1.0)
        vectors = {name: values for name, values in plot.data.items() if name != "time"}
        return Vectors(plot.data["time"], vectors, run.final())

    def analyse(
        self,
        deck: str,
        analysis: Analysis,
        *,
        folder: Path,
        files: Mapping[str, str] = NO_FILES,
        timeout: float | None = None,
    ) -> Plot:
        """Run one analysis; see :meth:`vle_analog.simulate.simulator.Simulator.analyse`.

        Raises:
            SimulationError: as :meth:`run` does.
            OutputError: deck or log cannot be written.
        """
        run = _Run(folder, analysis.span if isinstance(analysis, Tran) else None, None)
        ending = run.start(self._found(), deck, files, timeout)
        plot = run.plot(analysis.axis, ending)
        if isinstance(analysis, Tran):
            run.check_span(plot, ending)
        if isinstance(analysis, Dc) and len(plot.data[analysis.axis]) < analysis.points:
            raise run.failure(diagnose(run.log, ending, reached=0.0, span=None))
        # what refers noise to a source is one over the gain from there, which may be nothing
        run.check_numbers(plot, analysis.axis, but=("inoise_spectrum",) if isinstance(analysis, Noise) else ())
        if not self.keep_raw:
            run.raw.unlink()
        return plot

    def run_ac(
        self, deck: str, *, folder: Path, files: Mapping[str, str] = NO_FILES, timeout: float | None = None
    ) -> Plot:
        """Run a small-signal (``ac``) deck.

        Returns:
            The analysis: ``data["frequency"]`` in hertz, shape (n,), and complex phasors of shape (n,) by node name.

        Raises:
            SimulationError: as :meth:`run` does.
        """
        return self.run_sweep(deck, "frequency", folder=folder, files=files, timeout=timeout)

    def run_sweep(
        self, deck: str, axis: str, *, folder: Path, files: Mapping[str, str] = NO_FILES, timeout: float | None = None
    ) -> Plot:
        """Run a deck of one's own whose analysis has a known axis; whether it gives all that was asked is not known.

        Args:
            deck: as for :meth:`run`, with another analysis; after ``noise``, ``setplot noise1`` before ``write``.
            axis: ``frequency`` (hertz) for ``ac`` and ``noise``, ``v-sweep`` (volts) for ``dc``, ``time`` (seconds).
            folder, files, timeout: as for :meth:`run`.

        Returns:
            The first analysis over that axis.

        Raises:
            SimulationError: as :meth:`run` does.
        """
        run = _Run(folder, None, None)
        ending = run.start(self._found(), deck, files, timeout)
        plot = run.plot(axis, ending)
        if gave_up(run.log):
            raise run.failure(diagnose(run.log, ending, reached=0.0, span=None))
        if not self.keep_raw:
            run.raw.unlink()
        return plot

    def _found(self) -> str:
        path = shutil.which(self.executable)
        if path is None:
            raise SimulationError(
                f"ngspice was not found: there is no executable '{self.executable}'",
                hint="install it with: sudo apt-get install ngspice",
            )
        return os.path.abspath(path)  # the run has another working directory


def _environment(folder: Path) -> dict[str, str]:
    """What ngspice is told of its surroundings. Without a home, or with one of a long name that is none, it crashes
    (39): it gets the folder then."""
    kept = {key: value for key, value in os.environ.items() if key not in _IGNORED_VARIABLES}
    home = kept.get("HOME", "")
    return {**kept, "LC_ALL": "C", "HOME": home if os.path.isdir(home) else os.path.abspath(folder)}


class _Run:
    """One run in one folder: the files, the log and how far it came."""

    def __init__(self, folder: Path, span: float | None, progress: Callable[[float], None] | None) -> None:
        self.folder, self.span, self.progress = folder, span, progress
        self.raw = folder / RAW
        self.log: list[str] = []
        self.reached = 0.0

    def start(self, executable: str, deck: str, files: Mapping[str, str], timeout: float | None) -> Ending:
        """Write deck and side files as given, run ngspice to its end, write the log."""
        environment = _environment(self.folder)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.raw.unlink(missing_ok=True)
            (self.folder / FINAL).unlink(missing_ok=True)
        except OSError as error:
            raise unwritable(error, self.folder) from error
        for name, text in {**files, DECK: deck}.items():
            if Path(name).name != name:
                raise SimulationError(f"side file '{name}' would lie outside the run's folder {self.folder}")
            self._write(name, text)
        try:
            return run_process(
                [executable, "-n", "-b", DECK],
                folder=self.folder,
                environment=environment,
                timeout=timeout,
                on_line=self._line,
            )
        finally:
            self._write(LOG, "\n".join(self.log) + "\n")

    def _write(self, name: str, text: str) -> None:
        try:
            (self.folder / name).write_bytes(text.encode())
        except OSError as error:
            raise unwritable(error, self.folder / name) from error

    def _line(self, line: str) -> None:
        match = _REFERENCE.match(line)
        if match is None:
            self.log.append(line)
            return
        with contextlib.suppress(ValueError):
            value = float(match[1])
            # A second analysis starts anew: progress never falls, and 1.0 is kept for a run found good.
            if self.span and self.reached < value < self.span:
                self.reached = value
                if self.progress is not None:
                    self.progress(value / self.span)

    def plot(self, axis: str, ending: Ending) -> Plot:
        """The first plot over ``axis``, if the deck was accepted and the raw file has one."""
        complaint = deck_complaint(self.log)
        plots: list[Plot] = []
        if complaint is None and not ending.timed_out and self.raw.exists():
            try:
                plots = read_raw(self.raw)
            except SimulationError as error:
                if ending.signal is None:
                    raise self.failure((error.what, error.hint or "")) from error
        for plot in plots:
            if axis in plot.data and len(plot.data[axis]):
                return plot
        raise self.failure(diagnose(self.log, ending, reached=self.reached, span=self.span))

    def check_span(self, plot: Plot, ending: Ending) -> None:
        """Refuse a run in time that ended before its span."""
        self.reached = float(plot.data["time"][-1])
        if self.span is not None and not math.isclose(self.reached, self.span, rel_tol=_SPAN_TOLERANCE):
            raise self.failure(diagnose(self.log, ending, reached=self.reached, span=self.span))

    def check_numbers(self, plot: Plot, axis: str, but: Container[str] = ()) -> None:
        """Refuse a plot with what is not a finite number, but for some vectors."""
        symbol, unit = _AXES[axis]
        for name, values in plot.data.items():
            bad = np.flatnonzero(~np.isfinite(values))
            if bad.size and name not in but:
                at = engineering(float(np.real(plot.data[axis][bad[0]])), unit, 6)
                hint = "look for a division by zero or an exponential that overflows."
                raise self.failure((f"node '{name}' is not a finite number from {symbol} = {at} on", hint))

    def final(self) -> dict[str, float]:
        """The node voltages that the deck left at its end; none if it did not."""
        try:
            text = (self.folder / FINAL).read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return {}
        return {name.lower(): float(value) for name, value in _NODE.findall(text)}

    def failure(self, finding: Finding) -> SimulationError:
        """The error that says what, why, and where deck and log are."""
        what, hint = finding
        return SimulationError(what, where=str(self.folder / DECK), hint=f"{hint} Log: {self.folder / LOG}".lstrip())
