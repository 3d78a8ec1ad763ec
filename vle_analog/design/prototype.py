"""One board of anything: what it is a circuit of, how it is built, what making it does to its parts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from vle_analog.design.build import Build
from vle_analog.design.design import Design, Pass, Progress, design
from vle_analog.design.produced import Produced
from vle_analog.design.subject import Subject, system_of
from vle_analog.equations.system import EquationSystem
from vle_analog.errors import OutputError, SimulationError, UsageError, VleAnalogError
from vle_analog.fields import at_least
from vle_analog.library import system_files
from vle_analog.options import names_of, option, part
from vle_analog.production.assembly import REAL
from vle_analog.production.production import Production
from vle_analog.production.rounding import Preferred
from vle_analog.production.trimmers import with_trimmers
from vle_analog.tasks import Task, is_task, known_tasks
from vle_analog.userfile import told_apart


@dataclass(frozen=True)
class Prototype(Produced):
    """One board of a circuit, as a user asks for it.

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
        if self.production.variation.sampling == "latin":
            raise UsageError(
                "a latin hypercube is of many boards, and this is one",
                hint="take `sampling=sobol`, or one of the boards that `vle-analog montecarlo` makes",
            )
        self.refuse_idle()

    @cached_property
    def loaded(self) -> EquationSystem | Task:
        """The task or system, read when it is first asked for.

        Raises:
            VleAnalogError: as `Subject.load`; a step that is too long for its span.
        """
        if not is_task(self.subject.name):
            self.build.refuse_chopping(self.subject.name)
        loaded = self.subject.load(self.build.plasticity())
        span, step = system_of(loaded).span, self.build.step
        if step is not None and step > span / 10:
            raise UsageError(
                f"`step` {step:g} is over a tenth of the span of {span:g} model units",
                hint=f"take {span / 10:g} or less, or leave it out: the reference then tells which is needed",
            )
        return loaded

    @property
    def is_ideal(self) -> bool:
        """Whether no real part was chosen, by the user or in the system's file."""
        return self.build.is_ideal and (self.build.technology is not None or not system_of(self.loaded).fidelity)

    @property
    def name(self) -> str:
        """Name of the task or system."""
        return self.loaded.name

    @property
    def place(self) -> str:
        """This name, and where it comes from if another thing might have the name."""
        return told_apart(self.subject.name, self.name, {*known_tasks(), *system_files()})

    @property
    def passes(self) -> tuple[Pass, ...]:
        """What its circuit goes through until it is this board; a teacher, which is no part of it, is spared."""
        return (lambda circuit: self.production.made(circuit, self.board, with_trimmers),)

    @property
    def bought(self) -> tuple[Pass, ...]:
        """What a design goes through until it is what one buys: trimmers where they are asked for, in the middle."""
        trim = self.production.trim
        return () if trim is None else (lambda circuit: with_trimmers(circuit, trim),)

    def check(self) -> None:
        """Refuse what cannot be loaded.

        Raises:
            VleAnalogError: as `loaded` does.
        """
        _ = self.loaded

    def design(self, progress: Progress | None = None) -> Design:
        """The board's circuit, reference and netlist.

        Args:
            progress: told what goes on.

        Raises:
            VleAnalogError: bad equations, or no part values.
        """
        return design(self.loaded, self.build, self.passes, progress)


def bought() -> Any:
    """A field of a prototype as one buys and builds it: of real parts, with values that are on sale.

    What scatters from board to board, and how it is simulated, makes no difference there.
    """
    others = [name for name in names_of(Production) if name != "trim"]
    return part(without=(*others, "board", "step"), defaults={"fidelity": REAL, "series": Preferred()})


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
