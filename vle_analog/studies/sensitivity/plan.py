"""What can be asked: a block's figures as expressions in its parts, or what the parts of a system move."""

from __future__ import annotations

from dataclasses import dataclass

from vle_analog.design.subject import is_system
from vle_analog.lab.lab import Lab
from vle_analog.options import part
from vle_analog.report.report import Report
from vle_analog.studies.sensitivity.parts import PartsPlan, parts_sensitivity
from vle_analog.studies.sensitivity.parts_report import parts_report
from vle_analog.studies.sensitivity.report import report
from vle_analog.studies.sensitivity.result import BlockList, Formulas, PartsSensitivity, Sensitivity
from vle_analog.studies.sensitivity.study import BlockPlan, block_figures, blocks

Result = Sensitivity | Formulas | BlockList | PartsSensitivity


def _kind(name: str | None) -> type[BlockPlan | PartsPlan]:
    """What a user's name is of: a block, or a system."""
    return PartsPlan if name is not None and name not in blocks() and is_system(name) else BlockPlan


@dataclass(frozen=True)
class SensitivityPlan:
    """What a study asks.

    Attributes:
        asked: of a block, or of a system.
    """

    asked: BlockPlan | PartsPlan = part(which=_kind)

    @property
    def place(self) -> str | None:
        """What the folder's name begins with to which results go; a block's are only printed."""
        return f"sensitivity-{self.asked.board.place}" if isinstance(self.asked, PartsPlan) else None

    @property
    def files(self) -> tuple[str, ...]:
        """Files of the report, the last of which makes it complete."""
        if isinstance(self.asked, PartsPlan):
            return "sensitivity.png", "sensitivity.md", "sensitivity.json"
        return () if self.asked.block is None else ("sensitivity.md", "sensitivity.tex", "sensitivity.json")

    def check(self) -> None:
        """Refuse a system that cannot be read, or what cannot be measured.

        Raises:
            VleAnalogError: as said.
        """
        if isinstance(self.asked, PartsPlan):
            self.asked.check()


def run(plan: SensitivityPlan, lab: Lab) -> Result:
    """What a plan asks for.

    Raises:
        VleAnalogError: as `block_figures` or `parts_sensitivity`.
    """
    if isinstance(plan.asked, PartsPlan):
        return parts_sensitivity(plan.asked, lab)
    return block_figures(plan.asked, lab)


def told(result: Result) -> Report:
    """A result's report."""
    return parts_report(result) if isinstance(result, PartsSensitivity) else report(result)
