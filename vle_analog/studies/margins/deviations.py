"""By how much a design's errors take each node off its ideal over the whole run: what accumulates, and what loops make.

Every device's error by one standard deviation, every part's lag and finite gain, followed along the reference run
(`engine/walk.py`). Independent errors add up by their squares, what is the same in all parts of a kind by itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from vle_analog.design.design import Design
from vle_analog.engine.anatomy import Key, dissected
from vle_analog.engine.tangent import response
from vle_analog.engine.walk import Walk
from vle_analog.production.trimming import Trim
from vle_analog.studies.margins.cause import Cause, drifts_by
from vle_analog.studies.margins.path import APART, ErrorValues, along, single_errors
from vle_analog.studies.margins.result import Pole
from vle_analog.studies.margins.signals import Activities
from vle_analog.waveforms import Array

#: samples that are looked at
_TOLD = 1000
#: of more errors those of a kind go together, so many times with other signs
_DRAWS = 8
#: operating points at which poles are looked for, in circuits of so many states at most
_POINTS, _FEW = 9, 60
#: what is by so much more over a walk than over its first half still grows
_GROWING = 1.2


@dataclass(frozen=True)
class Deviations:
    """What errors make of each node.

    Attributes:
        nodes: that are told of: those that states move.
        moved: all that states move.
        causes: what errs; first the deterministic ones.
        fixed: how many these are.
        squares: mean squares over the run, volts^2, shape (nodes, causes).
        products: mean products of the deterministic ones, volts^2, shape (nodes, fixed, fixed).
        time: at which deviations were looked at, model units, shape (times,).
        drifting, looping: volts of each node by what offsets do, and by what lags and wrong gains do, by one standard
            deviation, shape (times, nodes).
        begin: of the walk, model units; what came before is not counted.
        span: of the run, model units.
        pole: the one that matters most; None without states.
        expansion: logarithm of the factor by which a small deviation grows over the walk.
    """

    nodes: tuple[str, ...]
    moved: frozenset[str]
    causes: tuple[Cause, ...]
    fixed: int
    squares: Array
    products: Array
    time: Array
    drifting: Array
    looping: Array
    begin: float
    span: float
    pole: Pole | None
    expansion: float
    _place: Mapping[str, int] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_place", {node: place for place, node in enumerate(self.nodes)})

    @property
    def whole(self) -> bool:
        """Whether the walk covers the run."""
        return self.begin == 0

    def drift(self, node: str, factors: Mapping[str, float]) -> float:
        """RMS volts by offsets, one standard deviation; ``factors``: by kind of cause, what it is times as here."""
        return self._rms(node, factors, drifts=True)

    def loop(self, node: str, factors: Mapping[str, float]) -> float:
        """RMS volts by lags and wrong gains, likewise."""
        return self._rms(node, factors, drifts=False)

    def blamed(self, node: str, drifts: bool) -> Cause | None:
        """The cause that does most to a node, of drifts or of the others; None where nothing does."""
        squares: dict[Cause, float] = {}
        for cause, square in zip(self.causes, self.squares[self._place[node]].tolist(), strict=True):
            if drifts_by(cause.kind) == drifts and square > 0:
                squares[cause] = squares.get(cause, 0.0) + square
        return max(squares, key=lambda cause: squares[cause]) if squares else None

    def course(self, node: str, drifts: bool) -> Array:
        """RMS volts so far at each of the times, of one standard deviation."""
        own = (self.drifting if drifts else self.looping)[:, self._place[node]]
        return np.asarray(np.sqrt(np.cumsum(own**2) / np.arange(1, len(own) + 1)))

    def grows(self, node: str, drifts: bool) -> bool:
        """Whether it is still becoming more at the end."""
        course = self.course(node, drifts)
        return bool(course[-1] > _GROWING * course[len(course) // 2])

    def reaches(self, node: str, volts: float) -> float | None:
        """Moment at which one standard deviation of a drift is so many volts; None for never."""
        over = np.flatnonzero(self.drifting[:, self._place[node]] > volts)
        return float(self.time[over[0]]) if over.size else None

    def _rms(self, node: str, factors: Mapping[str, float], drifts: bool) -> float:
        place = self._place[node]
        scale = np.array(
            [factors.get(cause.kind, 1.0) if drifts_by(cause.kind) == drifts else 0.0 for cause in self.causes]
        )
        fixed = scale[: self.fixed]
        square = fixed @ self.products[place] @ fixed + self.squares[place, self.fixed :] @ scale[self.fixed :] ** 2
        return math.sqrt(max(float(square), 0.0))


@dataclass(frozen=True)
class Course:
    """What errors add up to over a run, of parts that may not be those that it was followed for.

    Attributes:
        known: deviations; None where they are not known.
        why: in words, why they are not.
        factors: by kind of cause, how many times as large as there it is.
    """

    known: Deviations | None = None
    why: str = ""
    factors: Mapping[str, float] = field(default_factory=dict)

    def with_factors(self, factors: Mapping[str, float]) -> Course:
        """The same for parts whose errors are so many times as large."""
        return replace(self, factors={**self.factors, **factors})


def deviations(
    design: Design,
    active: Activities,
    nodes: Iterable[str],
    stated: Mapping[str, float],
    scale: float = 1.0,
    trim: Trim | None = None,
) -> Deviations | None:
    """Follow what the nominal circuit's devices err by along the reference run.

    A run that is too long for its number of parts is followed over its last stretch alone.

    Args:
        design: whose reference converged.
        active: what its nodes do.
        nodes: that are asked about; those that no state moves are left out.
        stated: offsets in volts of op-amps that nobody says the scatter of, by the stage.
        scale: errors that scatter, over one standard deviation.
        trim: offsets that are nulled; None for none.

    Returns:
        None where states move none of these nodes.

    Raises:
        CircuitError: a part or a stage that the engine does not know.
    """
    anatomy, specimen = dissected(design.nominal)
    errors = list(single_errors(design.nominal, specimen.values, stated, scale, trim))
    if len(errors) > APART:
        errors = list(_together(errors, specimen.values))
    begin, walk = along(design, active, anatomy, specimen.values, errors)
    fixed = tuple(Cause(kind) for kind in walk.causes)
    moved = walk.moved
    told = tuple(node for node in nodes if node in moved)
    if not told:
        return None
    sums = _Sums(told, (*fixed, *(cause for cause, _ in errors)), len(fixed))
    expansion = 0.0
    for stretch in walk.stretches(sums.nodes, max(1, len(walk.time) // _TOLD)):
        sums.add(stretch.time, stretch.deviations)
        expansion = stretch.expansion
    pole = _pole(walk, design.system.span)
    return sums.made(moved, begin, design.system.span, pole, expansion)


def _together(errors: Iterable[ErrorValues], values: Mapping[Key, float]) -> Iterable[ErrorValues]:
    """Errors of a kind all at once, with random signs, several times; these mean squares add up to the errors'.

    The mean over signs of a square of a sum is the sum of the squares (a sketch: Hutchinson, Communications in
    Statistics 19 (1990) 433); of eight it scatters by a third, as the error of one board does by far more.
    """
    kinds: dict[str, dict[Key, float]] = {}
    for cause, changed in errors:
        kinds.setdefault(cause.kind, {}).update(changed)
    random = np.random.default_rng(0)
    for kind, changed in kinds.items():
        for _ in range(_DRAWS):
            signs = random.choice((-1.0, 1.0), len(changed)) / math.sqrt(_DRAWS)
            moved = zip(changed.items(), signs.tolist(), strict=True)
            yield Cause(kind), {key: values[key] + sign * (value - values[key]) for (key, value), sign in moved}


class _Sums:
    """Sums over a walk's samples."""

    def __init__(self, nodes: tuple[str, ...], causes: tuple[Cause, ...], fixed: int) -> None:
        self.nodes, self.causes, self.fixed = nodes, causes, fixed
        self._squares = np.zeros((len(nodes), len(causes)))
        self._products = np.zeros((len(nodes), fixed, fixed))
        self._drifts = np.array([drifts_by(cause.kind) for cause in causes])
        self._times: list[Array] = []
        self._courses: tuple[list[Array], list[Array]] = ([], [])

    def add(self, time: Array, volts: Array) -> None:
        """Deviations, shape (times, nodes, causes)."""
        self._squares += np.sum(volts**2, axis=0)
        own = volts[:, :, : self.fixed]
        self._products += np.einsum("tni,tnj->nij", own, own)
        self._times.append(time)
        for course, chosen in zip(self._courses, (self._drifts, ~self._drifts), strict=True):
            together = np.sum(own[:, :, chosen[: self.fixed]], axis=2) ** 2
            apart = np.sum(volts[:, :, self.fixed :][:, :, chosen[self.fixed :]] ** 2, axis=2)
            course.append(np.sqrt(together + apart))

    def made(self, moved: frozenset[str], begin: float, span: float, pole: Pole | None, expansion: float) -> Deviations:
        """All of it, as means."""
        time = np.concatenate(self._times)
        return Deviations(
            nodes=self.nodes,
            moved=moved,
            causes=self.causes,
            fixed=self.fixed,
            squares=self._squares / len(time),
            products=self._products / len(time),
            time=time,
            drifting=np.concatenate(self._courses[0]),
            looping=np.concatenate(self._courses[1]),
            begin=begin,
            span=span,
            pole=pole,
            expansion=expansion,
        )


def _pole(walk: Walk, span: float) -> Pole | None:
    """The pole whose shift does most, of some operating points along the run; None without, or of a large circuit."""
    if not 0 < len(walk.states) <= _FEW:
        return None
    from scipy.optimize import linear_sum_assignment  # loads for a third of a second

    places = np.unique(np.linspace(0, len(walk.time) - 1, _POINTS).astype(int))
    volts = {node: own[places] for node, own in walk.volts.items()}
    found: list[Pole] = []
    every = zip(*(response(program, volts, walk.unit).poles() for program in (walk.perfect, walk.real)), strict=True)
    for time, (ideal, shifted) in zip(walk.time[places], every, strict=True):
        rows, columns = linear_sum_assignment(np.abs(ideal[:, None] - shifted[None, :]))
        pairs = zip(ideal[rows].tolist(), shifted[columns].tolist(), strict=True)
        found += [Pole(complex(one), complex(other), float(time), span) for one, other in pairs]
    return max((pole for pole in found if pole.ideal.imag >= 0), key=lambda pole: pole.weight)
