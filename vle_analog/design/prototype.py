"""One board of anything: what it is a circuit of, how it is built, what making it does to its parts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from vle_analog.design.build import Build
from vle_analog.design.design import Design, Progress, design
from vle_analog.design.subject import Subject, system_of
from vle_analog.equations.system import EquationSystem
from vle_analog.errors import OutputError, SimulationError, UsageError, VleAnalogError
from vle_analog.options import at_least, option
from vle_analog.production.production import Production
from vle_analog.tasks import Task


@dataclass(frozen=True)
class Prototype:
    """One board.

    Attributes:
        subject: task or system.
        build: how its circuit is built.
        production: how far parts miss their values, and their noise.
        board: number of the board, which decides all draws.

    Raises:
        UsageError: whatever cannot be asked.
    """

    subject: Subject
    build: Build = field(default_factory=Build)
    production: Production = field(default_factory=Production)
    board: int = option("Number of the board: seed of its parts' scatter and mismatch.", 0)

    def __post_init__(self) -> None:
        at_least(0, board=self.board)

    def load(self) -> EquationSystem | Task:
        """The task or system.

        Raises:
            VleAnalogError: as `Subject.load`; a step that is too long for its span.
        """
        loaded = self.subject.load()
        span, step = system_of(loaded).span, self.build.step
        if step is not None and step > span / 10:
            raise UsageError(
                f"`step` {step:g} is over a tenth of the span of {span:g} model units",
                hint=f"take {span / 10:g} or less, or leave it out: the reference then tells which is needed",
            )
        return loaded

    def design(self, loaded: EquationSystem | Task, progress: Progress | None = None) -> Design:
        """The board's circuit, reference and netlist.

        Args:
            loaded: what `load` gave.
            progress: told what goes on.

        Raises:
            VleAnalogError: bad equations, or no part values.
        """
        return design(loaded, self.build, (lambda circuit: self.production.made(circuit, self.board),), progress)


@contextmanager
def from_file(loaded: EquationSystem | Task) -> Iterator[None]:
    """Errors about the equations name the file that these come from."""
    file = system_of(loaded).origin
    try:
        yield
    except (SimulationError, OutputError, UsageError):
        raise
    except VleAnalogError as error:
        if file and not (error.where or "").startswith(file):
            raise error.located(file) from None
        raise
