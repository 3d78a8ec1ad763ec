"""What is asked of a simulator: how long, how finely, and which nodes to keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from vle_analog.circuit.circuit import NOMINAL, Circuit
from vle_analog.errors import CircuitError, nearest
from vle_analog.units import spice_number


@dataclass(frozen=True)
class Testbench:
    """A transient run.

    Attributes:
        span: seconds of circuit time.
        step: the solver's step bound in seconds.
        reason: why this step, for the reader of the netlist.
        probes: signals to save.
        triggers: nodes besides, on which events are told.
        start: seconds of the stimuli's time at which the run begins.
        guess: volts by node from which the simulator starts to look for the first point's.
        leave: whether the run leaves all node voltages at its end, for another to go on from.
        options: solver options beyond the defaults. An absolute current tolerance of 1 pA is below what
            rounding leaves of a summing node's currents at the first steps after a corner: ngspice then never
            converges. Circuits here work with microamperes. Each Newton step settles one nonlinearity
            of a signal's path, at the first point from zero: the ten steps that ngspice allows are too few.
    """

    span: float
    step: float
    reason: str
    probes: tuple[str, ...]
    triggers: tuple[str, ...] = ()
    start: float = 0.0
    guess: Mapping[str, float] = field(default_factory=dict)
    leave: bool = False
    options: Mapping[str, str] = field(
        default_factory=lambda: {
            "method": "trap",
            "reltol": "1e-5",
            "vntol": "1e-8",
            "abstol": "1e-10",
            "itl4": "100",
            "xtrtol": "7",
        }
    )

    @property
    def saved(self) -> tuple[str, ...]:
        """All nodes to save."""
        return (*self.probes, *self.triggers)

    def at(self, celsius: float) -> Testbench:
        """The testbench at a circuit's temperature."""
        if celsius == NOMINAL:
            return self
        return replace(self, options={**self.options, "temp": spice_number(celsius)})

    def strict(self) -> Testbench:
        """The testbench of a solver whose own error control alone decides its steps.

        Between them slow phases of relaxation are microvolts and picoamperes, and picofarads hold femtocoulombs.
        """
        tight = {"reltol": "1e-6", "vntol": "1e-10", "abstol": "1e-13", "chgtol": "1e-18", "xtrtol": "1"}
        return replace(self, options={**self.options, **tight})

    def check(self, circuit: Circuit) -> None:
        """Refuse probes that the circuit does not have.

        Raises:
            CircuitError: the unknown probe and the nearest signal.
        """
        for probe in self.probes:
            if probe not in circuit.volts_per_unit:
                raise CircuitError(f"no signal '{probe}' to probe", hint=nearest(probe, circuit.volts_per_unit))


@dataclass(frozen=True)
class Deck:
    """A complete netlist.

    Attributes:
        text: the deck.
        files: text of the side files that it names (long stimuli), by name.
        extension: that its simulator expects of its name.
    """

    text: str
    files: Mapping[str, str]
    extension: str = ".cir"

    def __repr__(self) -> str:
        """Its length."""
        return f"<Deck of {len(self.text.splitlines())} lines, {len(self.files)} side files>"
