"""What the tool stands on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that the tool stands on.

    Attributes:
        name: of it.
        state: what is there.
        remedy: what would mend it; empty where nothing needs to be.
        needed: whether the tool's main job needs it.
    """

    name: str
    state: str
    remedy: str = ""
    needed: bool = True


@dataclass(frozen=True)
class Health:
    """All of them."""

    findings: Sequence[Finding]

    @property
    def missing(self) -> list[Finding]:
        """What the main job needs and does not have."""
        return [finding for finding in self.findings if finding.remedy and finding.needed]
