"""How boards are built and made, as plain data: for digests and records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from vle_analog.circuit.technology import USUAL
from vle_analog.design.build import DEFAULT, Build
from vle_analog.production.production import Production
from vle_analog.production.variation import Variation

#: of a tolerance, all but its deviation as it is by itself
_PLAIN: Mapping[str, Any] = {"distribution": "lognormal", "lot": 0.0, "board": 0.0, "matched": 0.0, "coefficient": 0.0}


def settings_of(build: Build, production: Production) -> dict[str, Any]:
    """Plain data that determine a build and a production, by name."""
    variation = production.variation
    plain = Variation(
        replace(variation.resistors, **_PLAIN), replace(variation.capacitors, **_PLAIN), grades=variation.grades
    )
    supply = {} if build.supply in (None, USUAL) else {"supply": str(build.supply)}
    series = {} if build.series is None else {"series": str(build.series)}
    changed = {
        name: getattr(build, name)
        for name in ("hysteresis", "delay_order", "delay_error")
        if getattr(build, name) != getattr(DEFAULT, name)
    }
    return {
        **supply,
        **series,
        **changed,
        "resistors": variation.resistors.sigma,
        "capacitors": variation.capacitors.sigma,
        "step": build.step,
        "realisation": build.realisation,
        "bandwidth": build.bandwidth,
        "scales": build.scales,
        "fidelity": build.fidelity or "ideal",
        "parts": build.parts,
        "offsets": production.offsets,
        **({} if production.clocks == 1 else {"clocks": production.clocks}),
        **({} if production.power.exact else {"power": asdict(production.power)}),
        **({"sources": production.sources} if production.sources else {}),
        "trim": None if production.trim is None else production.trim.plain,
        # 0 stands for each board's own seed, too: so does the next entry tell a seed of 0 apart
        "noise": (production.noise or 0) if production.strength else None,
        "noise_seed": production.noise if production.strength and production.noise == 0 else None,
        "noise_scale": production.strength or 1.0,
        "grades": [asdict(grade) for grade in variation.grades],
        "variation": None if variation == plain else variation.to_json(),
    }
