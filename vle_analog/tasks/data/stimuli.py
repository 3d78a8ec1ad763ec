"""Inputs and targets of the kinds that inputs of systems have: squares, chirps, noise, expressions, ..."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from vle_analog.equations.inputs import Setting as Inputs
from vle_analog.equations.inputs import stimulus_of
from vle_analog.equations.tables import inside
from vle_analog.errors import SystemFileError
from vle_analog.stimulus import Stimulus
from vle_analog.tasks.data.kind import DataTable, Material, Part, Setting


class StimuliData(DataTable):
    """One table per input and, without a teacher, per target.

    A ``seed`` in one is that of the data to learn from, and greater by one in those to validate by, by two in the exam.
    """

    inputs: list[dict[str, Any]]
    targets: list[dict[str, Any]] | None = None

    def has_targets(self, setting: Setting) -> bool:
        return self.targets is not None

    def files(self, folder: Path) -> tuple[Path, ...]:
        tables = [*self.inputs, *(self.targets or ())]
        return tuple(folder / table["path"] for table in tables if isinstance(table.get("path"), str))

    def check(self, setting: Setting) -> None:
        super().check(setting)
        for name, given, wanted in (
            ("inputs", self.inputs, setting.inputs),
            ("targets", self.targets, setting.outputs),
        ):
            if given is not None and len(given) != wanted:
                raise SystemFileError(
                    f"{len(given)} {name} for a network with {wanted}", where=f"data.{name}", hint="give one table each"
                )

    def material(self, part: Part, setting: Setting, rng: np.random.Generator, span: float) -> Material:
        around, later = Inputs(setting.folder, span, {}), list(Part).index(part)

        def stimuli(tables: list[dict[str, Any]]) -> tuple[Stimulus, ...]:
            seeded = ({**each, **({"seed": each["seed"] + later} if _seeded(each) else {})} for each in tables)
            with inside("data"):
                return tuple(stimulus_of(str(number), each, around) for number, each in enumerate(seeded))

        inputs, targets = stimuli(self.inputs), None if self.targets is None else stimuli(self.targets)
        answers = None if targets is None else self.judged(targets, span)
        return Material(inputs if len(inputs) > 1 else inputs[0], targets, answers)


def _seeded(table: dict[str, Any]) -> bool:
    return isinstance(table.get("seed"), int)
