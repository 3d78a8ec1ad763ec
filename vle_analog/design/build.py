"""How equations become a circuit: with which parts, how it looks ahead, at which voltages."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from vle_analog.circuit.parts import chosen, device
from vle_analog.circuit.technology import FIDELITIES, IDEAL, LAW, Supply, Technology
from vle_analog.equations.ladder import MOST
from vle_analog.equations.resolve import REALISATIONS
from vle_analog.errors import UsageError, nearest
from vle_analog.fields import at_least, pairs, positive
from vle_analog.learning.chopper import CHOPPERS, NONE, SLOW
from vle_analog.options import option
from vle_analog.production.reset import RESET, STARTS
from vle_analog.production.rounding import Preferred
from vle_analog.production.trimming import Trim

#: between a role and the blocks in which a part plays it
OF_BLOCKS = "@"


def _parts(texts: list[str]) -> tuple[tuple[str, str], ...]:
    return in_order(pairs(texts, name="parts", form="ROLE=NAME", example="opamp=tl072"))


def in_order(parts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Parts by role, sorted, and behind them those of some blocks alone, in the order in which they are given."""
    whole = sorted((key, name) for key, name in parts.items() if OF_BLOCKS not in key)
    return (*whole, *((key, name) for key, name in parts.items() if OF_BLOCKS in key))


def _scales(texts: list[str]) -> tuple[tuple[str, float], ...]:
    scales = []
    for text in texts:
        name, _, volts = text.partition("=")
        try:
            scale = float(volts)
        except ValueError:
            scale = 0.0
        if not 0 < scale < math.inf:
            raise UsageError(f"`scales` {text}: not SIGNAL=VOLTS with a positive number", hint="e.g. `scales=x=0.5`")
        scales.append((name, scale))
    return tuple(dict(scales).items())


def chosen_parts() -> Any:
    """A field of roles and the parts that a user chose for them."""
    return option(
        "A part of your choice, e.g. opamp=tl072, or multiplier=ideal; of some blocks alone, by name or pattern, "
        "multiplier@p3=ad633; `vle-analog bench` lists them. May be repeated; of patterns that fit, the last counts.",
        (),
        flag="part",
        metavar="ROLE[@BLOCKS]=NAME",
        parse=_parts,
        many=True,
    )


@dataclass(frozen=True)
class Build:
    """How to build a circuit of equations.

    Attributes:
        realisation: of `prospective`: ``algebraic``, ``lead`` or ``differentiator``.
        bandwidth: of the latter two: how many times faster than tau their own pole is.
        step: the simulator's step bound, model units; found from the reference, or from the network, when None.
        scales: signals and volts per model unit that the user fixes.
        fidelity: of the parts; the system's own, or ideal, when None.
        parts: roles and the parts that play them instead of the fidelity's; ``role@blocks`` in some blocks alone.
        supply: of the board; +-15 V when None.
        series: of values that its parts are bought in; as the design has them when None.
        chop: where a learning network's errors are chopped, one of `chopper.CHOPPERS`; at the top where parts are real,
            nowhere where they are ideal, when None.
        chop_period, chop_smoothing: of the chopper's clock, model units; found from the error neurons when None.
        subtract: whether multipliers take differences of two signals by both pins of an input, without an op-amp.
        delay_order: of the all-pass ladders that realise delays; found from the signals when None.
        delay_error: what these may make of the outputs, RMS over their range.
        hysteresis: of comparators (`sign`, `heaviside`): between thresholds, over their arguments' largest values.
        start: how states get their start values, one of `reset.STARTS`.

    Raises:
        UsageError: no such realisation, fidelity, role or part, or a number that cannot be used.
    """

    realisation: str = option(
        f"How circuits look ahead: {', '.join(REALISATIONS)}.",
        "algebraic",
        flag="prospective",
        known=lambda: REALISATIONS,
    )
    bandwidth: float = option("Band limit of lead stages and differentiators, in multiples of 1/tau.", 100.0)
    step: float | None = option("The simulator's step bound, model units (default: found from the equations).", None)
    scales: tuple[tuple[str, float], ...] = option(
        "Volts per model unit of one signal, instead of the tool's own choice. May be repeated.",
        (),
        flag="scale",
        metavar="SIGNAL=VOLTS",
        parse=_scales,
        many=True,
    )
    fidelity: str | None = option(
        f"Of the parts: {', '.join(FIDELITIES)} (default: ideal, or what the system's file says). Parts of all but "
        "ideal ones scatter as their data sheets say.",
        None,
        known=lambda: FIDELITIES,
    )
    parts: tuple[tuple[str, str], ...] = chosen_parts()
    supply: Supply | None = option(
        "Of the board: +-5, +-12, or 0,5 with a mid-rail (default: +-15). Ranges of signals go with it.",
        None,
        metavar="VOLTS",
        parse=Supply.parse,
    )
    series: Preferred | None = option(
        "Series of the values that resistors and capacitors are bought in, e.g. E96,E12; these are simulated then "
        "(exact: values as designed).",
        None,
        metavar="SERIES,SERIES",
        parse=Preferred.parse,
    )

    chop: str | None = option(
        f"Where errors of learning networks change their sign with a clock, so that offsets average out: "
        f"{'; '.join(f'{key}: {words}' for key, words in CHOPPERS.items())} (default: slow with real parts, none with "
        "ideal ones).",
        None,
    )
    chop_period: float | None = option(
        "Of the chopper's clock, in model units of time (default: by the slowest error neuron).", None
    )
    chop_smoothing: float | None = option(
        "Time constant of each of two leaky integrators that make the chopper's clock smooth, in model units of time; "
        "0 for abrupt edges (default: by the slowest error neuron).",
        None,
    )
    subtract: bool = option(
        "Multipliers take differences of two signals by both pins of an input, without an op-amp and two resistors: "
        "worth it where signals that are nearly the same are compared.",
        False,
    )
    delay_order: int | None = option(
        f"Order of the all-pass ladder of every delay, 1 to {MOST} (default: as `delay_error` asks for).", None
    )
    delay_error: float = option("What delays' ladders may change the outputs by, RMS over their range.", 3e-4)
    hysteresis: float = option(
        "Of comparators (sign, heaviside): width between their thresholds over the largest value of what they compare.",
        0.0,
    )
    start: str = option(
        f"How states get their start values: {'; '.join(f'{key}: {words}' for key, words in STARTS.items())}.",
        "capacitors",
    )

    def __post_init__(self) -> None:
        if self.realisation not in REALISATIONS:
            raise UsageError(
                f"unknown realisation of prospective '{self.realisation}'",
                hint=nearest(self.realisation, REALISATIONS),
            )
        if not 1 < self.bandwidth < math.inf:
            raise UsageError(f"`bandwidth` must be over 1, not {self.bandwidth:g}", hint="e.g. 100")
        positive(step=self.step, chop_period=self.chop_period, delay_error=self.delay_error)
        at_least(0, chop_smoothing=self.chop_smoothing)
        if self.chop is not None and self.chop not in CHOPPERS:
            raise UsageError(f"unknown way to chop errors '{self.chop}'", hint=nearest(self.chop, CHOPPERS))
        if self.start not in STARTS:
            raise UsageError(f"unknown way to start '{self.start}'", hint=nearest(self.start, STARTS))
        if not 0 <= self.hysteresis < 1:
            raise UsageError(f"`hysteresis` must be from 0 to below 1, not {self.hysteresis:g}", hint="e.g. 0.02")
        if self.delay_order is not None and not 1 <= self.delay_order <= MOST:
            raise UsageError(
                f"`delay_order` must be 1 to {MOST}, not {self.delay_order}",
                hint="a delay in two parts, delay(delay(x, T/2), T/2), has two ladders",
            )
        _ = self.technology  # refuses unknown ones before anything runs
        for key, name in self.parts:
            chosen(parts={key.partition(OF_BLOCKS)[0]: name})

    @property
    def technology(self) -> Technology | None:
        """The chosen parts; None where nothing was chosen."""
        if self.fidelity is None and not self.roles:
            return None
        return chosen(self.fidelity or IDEAL.name, self.roles, self.supply)

    @property
    def roles(self) -> dict[str, str]:
        """The chosen parts by role, those of some blocks alone apart."""
        return {role: name for role, name in self.parts if OF_BLOCKS not in role}

    def apart(self, blocks: Iterable[str], fidelity: str) -> dict[str, Technology]:
        """Technologies of the blocks that have parts of their own, by block.

        Args:
            blocks: names of all.
            fidelity: of their other parts.

        Raises:
            UsageError: unknown roles or parts, or a pattern that fits no block.
        """
        own: dict[str, dict[str, str]] = {}
        known = list(blocks)
        for key, name in self.parts:
            role, _, pattern = key.partition(OF_BLOCKS)
            if not pattern:
                continue
            fitting = [block for block in known if fnmatchcase(block, pattern)]
            if not fitting:
                raise UsageError(f"`parts` {key}={name}: no block is called '{pattern}'", hint=nearest(pattern, known))
            for block in fitting:
                own.setdefault(block, {})[role] = name
        found = {}
        for block, parts in own.items():
            made = chosen(fidelity, {**self.roles, **parts}, self.supply)
            label = "_".join(f"{role}_{part}" for role, part in sorted(parts.items()))
            found[block] = replace(made, name=f"{fidelity}_{label}")
        return found

    @property
    def is_ideal(self) -> bool:
        """Whether no real part was chosen."""
        return self.technology is None or self.technology.is_ideal

    def plasticity(self, learns: bool = True) -> dict[str, Any]:
        """What the board asks of how a network on it learns, by fields of `Plasticity`.

        Args:
            learns: whether anything learns on the board.

        Raises:
            UsageError: a clock for nothing.
        """
        chop = self.chop or (SLOW if learns and not self.is_ideal else NONE)
        clock = {"chop_period": self.chop_period, "chop_smoothing": self.chop_smoothing}
        given = {name: value for name, value in clock.items() if value is not None}
        if chop == NONE:
            for name in given:
                raise UsageError(
                    f"nothing is chopped that `{name}` could be for", hint="add `chop=slow`, or leave it out"
                )
            return {} if self.chop is None else {"chop": NONE}
        return {"chop": chop, **given}

    def refuse_chopping(self, name: str) -> None:
        """Refuse a chopper for what does not learn.

        Raises:
            UsageError: names the first option of one.
        """
        for option_name in ("chop", "chop_period", "chop_smoothing"):
            if getattr(self, option_name) is not None:
                raise UsageError(
                    f"`{option_name}` is for learning tasks; '{name}' is a system", hint=f"leave `{option_name}` out"
                )

    def refuse_idle_trimmers(self, trim: Trim | None) -> None:
        """Refuse trimmers of parts that have no offsets, or no pin for a trimmer.

        Raises:
            UsageError: as said.
        """
        technology = self.technology or IDEAL
        for role in () if trim is None else trim.roles:
            if technology.part(role) == LAW:
                raise UsageError(f"ideal {role}s have no offsets to trim", hint="leave `trim` out, or take real ones")
            sheet = device(technology.part(role)).sheet
            if sheet.assembly is not None and not sheet.summing:
                hint = "leave `trim` out, or trim op-amps alone: `trim=opamp=1e-5`"
                raise UsageError(f"'{technology.part(role)}' has no pin at which a trimmer nulls its offset", hint=hint)

    def refuse_reset(self) -> None:
        """Refuse to start many boards by a reset: they begin as their capacitors are charged.

        Raises:
            UsageError: as said.
        """
        if self.start == RESET:
            hint = "leave `start` out; `vle-analog run`, `netlist`, `bom` and `schematic` take it"
            raise UsageError("boards of a study start with charged capacitors, not by a reset", hint=hint)


DEFAULT = Build()
