"""How the network of a task file learns: a rule, rates, and any setting of plasticity."""

from __future__ import annotations

from dataclasses import MISSING, fields, replace
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from pydantic import Field, create_model

from vle_analog.equations.tables import Number, Numbers, Table
from vle_analog.errors import SystemFileError
from vle_analog.learning.plasticity import Plasticity
from vle_analog.learning.rules import rule_named
from vle_analog.userfile import is_file

#: two numbers
_Pair = Annotated[list[Number], Field(min_length=2, max_length=2)]


class Annealing(Table):
    """Rates fall from the part ``begin`` of a run on, as a discharging capacitor does; the time constant is a part,
    too."""

    begin: Number
    tau: Number


class LearningTable(Table):
    """What a learning table has besides the settings of plasticity.

    ``etas`` are the rates among which a study looks for a rule's best; a loss of ``threshold`` over the target's
    variance counts as learned.
    """

    rule: str = "gle"
    eta: Number
    etas: Numbers | None = None
    threshold: Number = 0.03
    annealed: Annealing | None = None

    @property
    def grid(self) -> tuple[float, ...]:
        """Rates among which a study looks for a rule's best."""
        return tuple(self.etas or (float(f"{factor * self.eta:.2g}") for factor in (0.3, 1.0, 3.0)))

    def plasticity(self, folder: Path, span: float) -> Plasticity:
        """How the network learns unless a run says otherwise.

        Args:
            folder: of the task's file, in which a rule's lies if it has one.
            span: of the run, model units.

        Raises:
            UsageError: an unknown rule, or a value that cannot be used.
        """
        given = {name: getattr(self, name) for name in self.model_fields_set & _SETTINGS}
        pairs = {name: tuple(value) for name, value in given.items() if isinstance(value, list)}
        made = Plasticity(**{**given, **pairs, "rule": self.rule_in(folder), "eta": self.eta, "eta_tau": self.eta})
        falling = self.annealed
        return made if falling is None else replace(made, anneal=(falling.begin * span, falling.tau * span))

    def rule_in(self, folder: Path) -> str:
        """The rule's name, or the path of its file."""
        return str(folder / self.rule) if is_file(self.rule) else self.rule

    def rule_file(self, folder: Path) -> Path | None:
        """The file of the rule; None for one that has a name."""
        return folder / self.rule if is_file(self.rule) else None

    def check(self, folder: Path) -> None:
        """Refuse what cannot be.

        Raises:
            SystemFileError: says what, and where.
        """
        rule_named(self.rule_in(folder))
        for name, values in (("eta", [self.eta]), ("etas", self.etas or [1.0]), ("threshold", [self.threshold])):
            if min(values) <= 0:
                raise SystemFileError(f"{min(values):g} is not positive", where=f"learning.{name}", hint="e.g. 0.02")
        if self.annealed is not None and not (0 <= self.annealed.begin < 1 and self.annealed.tau > 0):
            raise SystemFileError(
                "it begins at a part of the run, and has a positive time constant",
                where="learning.annealed",
                hint="for example {begin = 0.5, tau = 0.2}",
            )
        self.plasticity(folder, 1.0)


#: settings of plasticity that a file's table names as `Plasticity` does
_SETTINGS = frozenset(each.name for each in fields(Plasticity)) - {"rule", "eta", "eta_tau", "anneal", "feedback_seed"}


def _annotation(hint: Any) -> Any:
    """The type of a setting as a table has it: whole numbers may stand for others, lists for pairs."""
    options = [_annotation(each) for each in get_args(hint)] if type(None) in get_args(hint) else []
    if options:
        joined: Any = options[0]
        for each in options[1:]:
            joined = joined | each
        return joined
    if get_origin(hint) is tuple:
        return _Pair
    return Number if hint is float else hint


def _complete() -> type[LearningTable]:
    hints = get_type_hints(Plasticity)
    settings: dict[str, Any] = {
        each.name: (_annotation(hints[each.name]), None if each.default is MISSING else each.default)
        for each in fields(Plasticity)
        if each.name in _SETTINGS
    }
    return create_model("LearningTable", __base__=LearningTable, **settings)


#: what a file's table may have: all of the above, and every setting of plasticity
CompleteTable = _complete()
