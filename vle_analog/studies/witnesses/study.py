"""Decks in other simulators: each deck in ngspice, at half the step once more, and in every witness that is there."""

from __future__ import annotations

import hashlib
import math
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

import vle_analog.errors
from vle_analog.circuit.cell.reader import spice_value
from vle_analog.compare.metrics import align
from vle_analog.errors import SimulationError, UsageError
from vle_analog.lab.lab import Lab
from vle_analog.options import option
from vle_analog.simulate.dots import DotDeck, with_dots
from vle_analog.simulate.eecircuit import EECircuit
from vle_analog.simulate.neospice import Neospice
from vle_analog.simulate.simulator import Simulator, Vectors
from vle_analog.simulate.witness import Witness
from vle_analog.studies.witnesses.result import BOUND, DeckAgreement, Deviation, Testimony, Witnesses
from vle_analog.units import spice_number
from vle_analog.waveforms import Array, Waveforms

#: simulators that are asked, by name
KNOWN: Mapping[str, Witness] = {witness.name: witness for witness in (EECircuit(), Neospice())}


@dataclass(frozen=True)
class WitnessesPlan:
    """What is asked.

    Attributes:
        decks: files of this tool's, in ngspice's dialect.

    Raises:
        UsageError: no deck, or a file that is not there.
    """

    decks: tuple[Path, ...] = option(
        "Decks that `netlist` wrote.",
        metavar="DECK",
        parse=lambda texts: tuple(map(Path, texts)),
        many=True,
        argument=True,
    )

    def __post_init__(self) -> None:
        if not self.decks:
            raise UsageError("no deck is named", hint="name files that `vle-analog netlist` wrote")
        for path in self.decks:
            if not path.is_file():
                raise UsageError(f"there is no deck {path}", hint="check the path")


#: range of a signal, over its magnitude, below which it hardly moves
_STILL = 0.01


def witnesses(plan: WitnessesPlan, lab: Lab) -> Witnesses:
    """Compare decks.

    Args:
        plan: what to compare.
        lab: whose simulator is held to the witnesses; told how far it is.

    Raises:
        SimulationError: ngspice fails, or no witness is installed.
    """
    commit, absent = _commit(), {}  # now: files may change while decks run
    versions = {lab.simulator.name: lab.simulator.version()}
    for name, witness in KNOWN.items():
        try:
            versions[name] = witness.version()
        except SimulationError as error:
            absent[name] = str(error)
    asked = [KNOWN[name] for name in versions if name in KNOWN]
    if not asked:
        raise SimulationError("no witness is installed", hint="; ".join(absent.values()))
    tell, decks = lab.stage("decks"), []
    for number, path in enumerate(plan.decks):
        tell(number / len(plan.decks))
        decks.append(compared(path, lab.simulator, asked, lab.timeout))
    return Witnesses(versions, absent, commit, datetime.now(UTC).isoformat(timespec="seconds"), decks)


def compared(path: Path, simulator: Simulator, asked: Sequence[Witness], timeout: float | None = None) -> DeckAgreement:
    """One deck in ngspice and in witnesses.

    Args:
        path: of the deck.
        simulator: ngspice.
        asked: witnesses.
        timeout: seconds of wall-clock time for each run.

    Raises:
        SimulationError: ngspice fails.
    """
    text = path.read_text(encoding="utf-8")
    dotted = with_dots(text)
    span = spice_value(dotted.span)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        first, finer = (
            _waveforms(simulator.run(deck, span=span, folder=folder / "ngspice", timeout=timeout), dotted)
            for deck in (text, _finer(text, dotted))
        )
        horizon = min(span, _horizon(first, finer))
        testimonies = {}
        for witness in asked:
            started = time.perf_counter()
            try:
                vectors = witness.run(text, span=span, folder=folder / witness.name, timeout=timeout)
                found, excluded = _judged(first, _waveforms(vectors, dotted), span, horizon), ""
            except SimulationError as error:
                found, excluded = None, error.what
            testimonies[witness.name] = Testimony(found, excluded, time.perf_counter() - started)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return DeckAgreement(path.name, digest, span, horizon, deviation(first, finer, span), testimonies)


def deviation(first: Waveforms, other: Waveforms, until: float) -> Deviation:
    """How far one run is from another up to a time, at the first one's times and over its ranges."""
    worst, signal, when, rms = -1.0, "", 0.0, 0.0
    for name, times, difference in _differences(first, other):
        times, difference = times[times <= until], difference[times <= until]
        place = int(np.argmax(difference))
        rms = max(rms, float(np.sqrt(np.average(difference**2, weights=np.gradient(times)))))
        if difference[place] > worst:
            worst, signal, when = float(difference[place]), name, float(times[place])
    return Deviation(worst, signal, when, rms, until)


def _judged(first: Waveforms, other: Waveforms, span: float, horizon: float) -> Deviation:
    """The deviation over the whole span, or where that is too much, as far as there is a reason for it."""
    whole = deviation(first, other, span)
    return whole if whole.worst <= BOUND or horizon >= span else deviation(first, other, horizon)


def _differences(first: Waveforms, other: Waveforms) -> list[tuple[str, Array, Array]]:
    """Signal, times, and magnitude of the difference over the first one's range."""
    return [
        (pair.name, pair.time, np.abs(pair.analog - pair.ideal) / _range(pair.ideal))
        for pair in align(first, other, first.signals)
    ]


def _range(values: Array) -> float:
    """A signal's range, but at least a hundredth of its largest magnitude: what hardly moves moves by solvers' errors.

    1 where it is zero throughout.
    """
    return max(float(np.ptp(values)), _STILL * float(np.max(np.abs(values)))) or 1.0


def _horizon(first: Waveforms, finer: Waveforms) -> float:
    """The time from which on half the step makes more of a difference than may be; infinite if it never does."""
    ends = [
        float(times[int(np.argmax(difference > BOUND))])
        for _, times, difference in _differences(first, finer)
        if np.any(difference > BOUND)
    ]
    return min(ends, default=math.inf)


def _waveforms(vectors: Vectors, dotted: DotDeck) -> Waveforms:
    """The probes' voltages."""
    return Waveforms(vectors.time, {probe: vectors.values[probe.lower()] for probe in dotted.probes})


def _finer(text: str, dotted: DotDeck) -> str:
    """The deck at half the step."""
    half = spice_number(spice_value(dotted.step) / 2)
    return text.replace(f"tran {dotted.step} {dotted.span} 0 {dotted.step}", f"tran {half} {dotted.span} 0 {half}")


def _commit() -> str:
    """Of the sources; empty where they are no checkout, with a plus sign where files differ from it."""
    folder = Path(vle_analog.errors.__file__).parent
    words = ["git", "-C", str(folder), "describe", "--always", "--abbrev=12", "--dirty=+", "--exclude=*"]
    try:
        return subprocess.run(words, capture_output=True, text=True, timeout=10).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""
