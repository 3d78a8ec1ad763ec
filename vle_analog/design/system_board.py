"""Boards of a system: what all have in common."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from vle_analog.design.build import Build
from vle_analog.design.design import Design, Progress, design
from vle_analog.design.produced import Produced
from vle_analog.design.settings import settings_of
from vle_analog.design.subject import Parameters, Subject, parameters
from vle_analog.equations.system import EquationSystem
from vle_analog.errors import UsageError
from vle_analog.library import system_files
from vle_analog.options import option
from vle_analog.production.production import Production
from vle_analog.tasks import Task, known_tasks
from vle_analog.userfile import told_apart

#: part of every key: to be raised when the same board comes to other results. 2: multipliers bend, each its own way;
#: 3: what is held against a noisy run takes the very same steps;
#: 4: tanh, logistic, softplus and the dead zone are circuits of parts; 5: a period is measured where one crossing alone
#: is in the second half of the run
_EDITION = 5
#: moments at which an input is looked at to tell it from others, besides its corners
_MOMENTS = 1001


@dataclass(frozen=True)
class SystemBoard(Produced):
    """A system of equations on boards, as a user asks for it.

    Attributes:
        name: of a system that comes with the tool, or of a file that defines one.
        span: how long to run, model units; its own when None.
        parameters: with other values than its file's.
        build: how its circuit is built.
        production: how far parts miss their values, and their noise.

    Raises:
        UsageError: whatever cannot be asked.
    """

    name: str = option(
        "A system of `vle-analog tasks`, or your own .toml file.", metavar="SYSTEM", argument=True, known=system_files
    )
    span: float | None = option("How long to run, in model units of time (default: the system's own).", None)
    parameters: Parameters = parameters("Of a system another value of a parameter, e.g. rho=20. May be repeated.")
    build: Build = field(default_factory=Build)
    production: Production = field(default_factory=Production)

    def __post_init__(self) -> None:
        _ = self.subject  # refuses what cannot be asked before anything runs
        self.build.refuse_chopping(self.name)
        self.refuse_idle()
        self.build.refuse_reset()

    @property
    def subject(self) -> Subject:
        """The system by its name, with changes."""
        return Subject(self.name, span=self.span, parameters=self.parameters)

    @cached_property
    def system(self) -> EquationSystem:
        """The system, read when it is first asked for.

        Raises:
            VleAnalogError: as `Subject.load`; a learning task.
        """
        loaded = self.subject.load()
        if isinstance(loaded, Task):
            raise UsageError(f"'{self.name}' is a learning task, no system", hint="name a system of `vle-analog tasks`")
        return loaded

    @property
    def title(self) -> str:
        """What people call it."""
        return self.system.name

    @property
    def place(self) -> str:
        """This title, and where it comes from if another thing might have the title."""
        return told_apart(self.name, self.title, {*known_tasks(), *system_files()})

    @property
    def mode(self) -> str:
        """What boards are for."""
        return "as designed"

    @property
    def is_ideal(self) -> bool:
        """Whether no real part was chosen, by the user or in the system's file."""
        return self.build.is_ideal and (self.build.technology is not None or not self.system.fidelity)

    def design(self, progress: Progress | None = None) -> Design:
        """The circuit of all boards, exact, its reference and netlist.

        Raises:
            VleAnalogError: bad equations, or no part values.
        """
        return design(self.system, self.build, progress=progress)

    def key(self) -> str:
        """Digest of all that the result depends on, but for the cells' files."""
        settings = settings_of(self.build, self.production)
        digest = hashlib.sha256(json.dumps([_EDITION, settings], sort_keys=True).encode())
        system = self.system
        plain = system.updated(inputs=(), origin=None)
        constants = {name: value.tolist() for name, value in system.constants.items()}
        digest.update(f"({plain.text}, {constants!r})".encode())
        for each in system.inputs:
            digest.update(repr(each.symbol).encode())
            for stimulus in each.stimuli:
                times = np.union1d(np.linspace(0, system.span, _MOMENTS), stimulus.breakpoints(system.span))
                digest.update(np.stack([times, stimulus(times)]).tobytes())
        return digest.hexdigest()[:24]

    def departures(self) -> dict[str, Any]:
        """What of it is not as it is by itself, by name, for records."""
        usual = settings_of(Build(), Production())
        own = settings_of(self.build, self.production)
        changed = {name: value for name, value in own.items() if value != usual.get(name)}
        return changed | ({"parameters": dict(self.parameters)} if self.parameters else {})
