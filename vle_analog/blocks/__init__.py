"""One block kind per law. Equations are offered to the kinds in this order; the first that does not
refuse takes them."""

from vle_analog.blocks.integrators import Integrator, LeakyIntegrator
from vle_analog.blocks.look_ahead import BandLimited, Differentiator, LeadStage
from vle_analog.blocks.multiplier import Multiplier
from vle_analog.blocks.nonlinearity import Divider, NonlinearStage
from vle_analog.blocks.weighted_sum import WeightedSum

BLOCK_KINDS = (
    LeakyIntegrator,
    Integrator,
    LeadStage,
    Differentiator,
    Divider,
    NonlinearStage,
    Multiplier,
    WeightedSum,
)

__all__ = [
    "BLOCK_KINDS",
    "BandLimited",
    "Differentiator",
    "Divider",
    "Integrator",
    "LeadStage",
    "LeakyIntegrator",
    "Multiplier",
    "NonlinearStage",
    "WeightedSum",
]
