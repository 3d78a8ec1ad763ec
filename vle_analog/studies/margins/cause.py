"""What takes a circuit's nodes off their ideal, by kind and by owner."""

from __future__ import annotations

from dataclasses import dataclass

from vle_analog.engine.tangent import GAIN, LAG

#: parameters of errors that change a slope and not a level: of an output, and of a law's argument
_SLOPES = (".GE", ".KE")
#: what is the same in all multipliers and stands at their outputs: x^2 where y is nulled
_FEEDTHROUGH = f"multiplier.{GAIN}"


@dataclass(frozen=True)
class Cause:
    """What takes nodes off: ``role.parameter`` as `DeviceError` has it, or ``role.gain`` and ``role.lag``.

    Attributes:
        kind: as said.
        owner: instance that the device is in; empty for all parts of the role.
    """

    kind: str
    owner: str = ""

    @property
    def role(self) -> str:
        """The role of the part."""
        return self.kind.partition(".")[0]

    @property
    def parameter(self) -> str:
        """What of the part."""
        return self.kind.partition(".")[2]


def drifts_by(kind: str) -> bool:
    """Whether a kind of cause stands at an output, whatever the signal does."""
    return kind == _FEEDTHROUGH or not kind.endswith((*_SLOPES, f".{GAIN}", f".{LAG}"))
