"""Parts as they scatter: offsets, bias currents and gain errors of op-amps, multipliers and matched pairs.

What scatters, and how far, is in the header of each part's cell; where it enters is `with_errors`'.
"""

from __future__ import annotations

from collections.abc import Mapping

from vle_analog.circuit.circuit import Circuit
from vle_analog.errors import UsageError
from vle_analog.owner import Owner
from vle_analog.production.devices import DeviceError, with_errors
from vle_analog.production.draws import Numbers
from vle_analog.production.variation import Variation


def scattered(
    circuit: Circuit,
    seed: Numbers,
    scale: float = 1.0,
    kinds: Mapping[str, float] | None = None,
    variation: Variation | None = None,
) -> Circuit:
    """The circuit whose board's parts scatter as their data sheets say.

    Draws are normal unless the variation says otherwise, with the data sheet's typical value as standard deviation,
    cut off at its maximum. Each depends on the seed and the part's full name alone (``Xu.VOS`` for the op-amp of
    instance u), and on what the variation says that boards and lots have in common.

    Args:
        circuit: any; ideal parts do not scatter.
        seed: of the draws.
        scale: of all of them; 1 as data sheets say, 0 for none.
        kinds: further factors by role and parameter, ``opamp.VOS``; what is not named does not scatter. All ones when
            None. With a factor of 0 an op-amp's source is there, with the value 0: boards of any factors have one
            structure.
        variation: distribution, and shares of lots and boards; the seed is then the board's number.

    Raises:
        UsageError: a negative scale or factor.
        CircuitError: a cell whose ``spread`` notes cannot be read.
    """
    if not 0 <= scale < float("inf"):
        raise UsageError(f"the scale of offsets must be at least 0, not {scale:g}")
    for kind, factor in (kinds or {}).items():
        if not 0 <= factor < float("inf"):
            raise UsageError(f"the factor of '{kind}' must be at least 0, not {factor:g}")
    if scale == 0:
        return circuit

    size = (variation or Variation()).errors(circuit, seed)

    def scatter(error: DeviceError) -> float | None:
        if error.owner is not Owner.BOARD or (kinds is not None and error.kind not in kinds):
            return None
        factor = scale if kinds is None else scale * kinds[error.kind]
        return factor * size(error)

    return with_errors(circuit, scatter)
